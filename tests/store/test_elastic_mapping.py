"""The templates: every field of the records has its place, nothing that some servers lack is used, setting up twice changes nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from elasticsearch import BadRequestError, Elasticsearch

import mappings
from kentongan import records as r
from kentongan.clock import FixedClock
from kentongan.errors import StoreError
from kentongan.store.elastic_client import Connection
from kentongan.store.elastic_documents import to_document
from kentongan.store.elastic_tenant import setup
from kentongan.store.mentions_elastic import ElasticMentions
from tests.factories import T0, mention
from tests.servers.elasticsearch import fresh_prefix
from tests.store.elastic_home import open_home, remove

server = pytest.mark.elasticsearch
# Field types that every build has; no paid licence tier is needed for any of them.
KNOWN_TYPES = {"keyword", "text", "date", "boolean", "object", "byte", "short", "integer", "long", "float", "double"}


def properties(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = mappings.component_templates()[f"kentongan-{kind}-fields"]["template"]["mappings"]
    return found


def types(node: dict[str, Any]) -> Iterator[str]:
    for field in [*node.get("properties", {}).values(), *node.get("fields", {}).values()]:
        yield field.get("type", "object")
        yield from types(field)


def test_every_field_of_a_mention_and_its_score_is_mapped() -> None:
    mapped = set(mappings.mapped_fields())
    names = {field.name for kind in (r.Mention, r.Score) for field in fields(kind)}
    names |= {f"author.{field.name}" for field in fields(r.Author)} | {f"sentiment.{field.name}" for field in fields(r.Sentiment)}
    names |= {f"hoax.{field.name}" for field in fields(r.Hoax)}
    assert names - mapped == set()


def test_every_field_of_a_document_is_mapped_at_the_top() -> None:
    full = mention(labels={"sentiment": "neutral"}, agencies=("pln", "polri", "kpk"), hoax=0.9, title="x", official_of="kpk")
    assert set(json.loads(to_document(full, T0))) <= set(properties("mentions")["properties"])


@pytest.mark.parametrize("kind", mappings.KINDS)
def test_mappings_are_strict_and_use_only_types_that_every_build_has(kind: str) -> None:
    mapping = properties(kind)
    assert mapping["dynamic"] == "strict"
    assert mapping["_meta"] == {"kentongan": kind, "version": mappings.version(kind)}
    assert set(types(mapping)) <= KNOWN_TYPES


def test_lifecycle_settings_are_in_a_component_of_their_own() -> None:
    without = mappings.component_templates("x")
    assert "lifecycle" not in str(without)
    assert set(mappings.component_templates("x", lifecycle=True)) - set(without) == {"x-mentions-lifecycle"}
    assert "x-mentions-lifecycle" not in mappings.index_template("x")["composed_of"]
    assert "x-mentions-lifecycle" in mappings.index_template("x", lifecycle=True)["composed_of"]


@pytest.mark.parametrize("kind", mappings.KINDS)
def test_an_index_template_names_its_tenant_and_components_that_exist(kind: str) -> None:
    body = mappings.index_template("dinas", kind)
    assert body["index_patterns"] == [f"dinas-{kind}-*"]
    assert body["template"]["aliases"] == {f"dinas-{kind}": {}}
    assert set(body["composed_of"]) <= set(mappings.component_templates("dinas"))


def test_a_way_of_writing_stands_for_one_word_only() -> None:
    written = Counter(way for ways in mappings.slang().values() for way in ways)
    assert len(written) > 150
    assert [way for way, times in written.items() if times > 1] == []
    assert set(written) & set(mappings.slang()) == set()


@server
def test_setting_up_twice_changes_nothing(elasticsearch_server: str) -> None:
    prefix = fresh_prefix()
    connection = Connection(elasticsearch_server)
    with Elasticsearch([elasticsearch_server]) as client:
        seen = []
        for _ in range(2):
            setup(connection, prefix, T0)
            put = client.cluster.get_component_template(name=f"{prefix}-*")["component_templates"]
            for found in put:  # the server stamps the moment of each put
                for stamp in ("created_date_millis", "modified_date_millis"):
                    found["component_template"].pop(stamp, None)
            seen.append((sorted(put, key=lambda found: found["name"]), dict(client.indices.get(index=f"{prefix}-*"))))
        assert seen[0] == seen[1]
        assert len(seen[0][0]) == len(mappings.component_templates())
        assert {t["name"] for t in client.indices.get_index_template(name=f"{prefix}-*")["index_templates"]} == {
            f"{prefix}-{k}" for k in mappings.KINDS
        }
        assert {alias: list(client.indices.get_alias(name=alias)) for alias in (f"{prefix}-{k}" for k in mappings.KINDS)} == {
            f"{prefix}-{k}": [f"{prefix}-{k}-2026.03"] for k in mappings.KINDS
        }
    connection.close()
    remove(elasticsearch_server, prefix)


@server
def test_a_document_with_an_unknown_field_is_refused(elasticsearch_server: str) -> None:
    with open_home(elasticsearch_server, FixedClock(T0)) as store, Elasticsearch([elasticsearch_server]) as client:
        store.save([mention()], T0)
        (index,) = client.indices.get_alias(name=store.alias)
        with pytest.raises(BadRequestError, match="strict_dynamic_mapping_exception"):
            client.index(index=index, document={**json.loads(to_document(mention(), T0)), "nama_asli": "x"})


@server
def test_an_index_of_guessed_fields_is_never_written_to(elasticsearch_server: str) -> None:
    prefix = fresh_prefix()
    with Elasticsearch([elasticsearch_server]) as client:
        client.indices.create(index=f"{prefix}-mentions-2026.03")
    store = ElasticMentions(elasticsearch_server, prefix=prefix, retention_days=36_500)
    with pytest.raises(StoreError, match=rf"{prefix}-mentions-2026.03.*docs/elasticsearch.md"):
        store.save([mention(published_at=T0)], T0)
    store.close()
    remove(elasticsearch_server, prefix)


@server
def test_templates_of_a_newer_program_are_left_alone(elasticsearch_server: str) -> None:
    prefix = fresh_prefix()
    with Elasticsearch([elasticsearch_server]) as client:
        client.indices.put_index_template(name=f"{prefix}-mentions", index_patterns=[f"{prefix}-mentions-*"], meta={"version": 99})
        store = ElasticMentions(elasticsearch_server, prefix=prefix)
        with pytest.raises(StoreError, match=r"versi 99.*perbarui"):
            store.setup()
        assert client.indices.get_index_template(name=f"{prefix}-mentions")["index_templates"][0]["index_template"]["_meta"] == {"version": 99}
    remove(elasticsearch_server, prefix)


@server
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Gak bisa login dari kemaren", "tidak kemarin"),
        ("antriannya lamaaaaa", "lama"),
        ("makasih PLN", "terima kasih"),
        ("terima kasih PLN", "mksh"),
        ("sudah dibayarkan", "bayar"),
        ("Café di Jl. Jend.Sudirman", "cafe sudirman"),
        ("padam!listrik_mati,lagi", "mati lagi"),
    ],
)
def test_slang_inflection_and_sloppy_signs_are_found(elasticsearch_server: str, text: str, found: str) -> None:
    with Elasticsearch([elasticsearch_server]) as client:
        prefix = fresh_prefix()
        ElasticMentions(elasticsearch_server, prefix=prefix).setup()
        (index,) = client.indices.get_alias(name=f"{prefix}-mentions")

        def words(analyzer: str, words: str) -> set[str]:
            return {token["token"] for token in client.indices.analyze(index=index, analyzer=analyzer, text=words)["tokens"]}

        analyzers = ("kentongan_indonesian", "kentongan_exact", "kentongan_slang")
        indexed = {analyzer: words(analyzer, text) for analyzer in analyzers}
        assert all(any(words(a, word) and words(a, word) <= indexed[a] for a in analyzers) for word in found.split())
    remove(elasticsearch_server, prefix)
