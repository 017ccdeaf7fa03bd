"""Keys and certificates on a server with security and TLS switched on: each key does its work and no more, and trouble is told and made up for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from elasticsearch import ApiError, AuthenticationException, Elasticsearch, NotFoundError

import mappings
from kentongan.clock import FixedClock
from kentongan.errors import StoreError
from kentongan.pipeline import doctor_servers
from kentongan.pipeline.cli.elastic import command
from kentongan.ports import MentionQuery
from kentongan.records import SourceHealth
from kentongan.settings import Settings, packaged_config
from kentongan.store.elastic_client import Connection
from kentongan.store.elastic_copies import ElasticCopies
from kentongan.store.elastic_keys import Keys
from kentongan.store.elastic_reindex import Reindex
from kentongan.store.elastic_tenant import setup
from kentongan.store.kibana import Kibana
from kentongan.store.mentions_elastic import ElasticMentions
from tests.factories import T0, mention
from tests.pipeline.conftest import House, Rows
from tests.pipeline.drill import drill
from tests.servers.elastic_secure import SecureServer, secure_server
from tests.servers.elasticsearch import fresh_prefix

pytestmark = pytest.mark.elasticsearch
NOW = T0 + timedelta(days=40)
PREFIX, OTHER = "dinas", "lain"


@pytest.fixture(scope="module")
def server() -> Iterator[SecureServer]:
    """One for all tests here: two tenants, each set up with its own bootstrap key."""
    with secure_server() as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(found.certificate))
        for prefix in (PREFIX, OTHER):
            with_key = Connection(found.url, key(found, "bootstrap", prefix))
            setup(with_key, prefix, NOW)
            with_key.close()
        yield found


def key(server: SecureServer, role: str, prefix: str = PREFIX, expires: str = "") -> str:
    connection = Connection(server.root)
    try:
        return Keys(connection, prefix).create(role, expires)
    finally:
        connection.close()


def store(server: SecureServer, role: str, prefix: str = PREFIX) -> ElasticMentions:
    return ElasticMentions(server.url, key(server, role, prefix), prefix, retention_days=36_500, clock=FixedClock(NOW), backoff_s=0.05)


def test_a_writer_collects_counts_forgets_and_keeps_the_retention(server: SecureServer) -> None:
    writer = store(server, "writer")
    old, gone, kept = mention(published_at=T0), mention(published_at=NOW), mention(published_at=NOW)
    assert writer.save([old, gone, kept], NOW).new == 3  # a month that was not there among them
    assert writer.forget(ids=[gone.mention.id]) != []
    assert writer.purge(T0 + timedelta(days=1)) == 1
    assert list(writer.scan(MentionQuery())) == [kept]
    writer.blank([kept.mention.id], NOW)
    assert writer.count() == 1
    writer.close()


def test_the_doctor_is_content_with_a_writer_s_key(server: SecureServer, tmp_path: Path) -> None:
    settings = Settings(
        var=tmp_path, database=tmp_path / "k.db", config=packaged_config(), elasticsearch_url=server.url,
        elasticsearch_api_key=key(server, "writer"), elasticsearch_prefix=PREFIX,
    )  # fmt: skip
    finding = doctor_servers.elasticsearch(settings)
    assert finding.state == "ok", finding
    wrong = doctor_servers.elasticsearch(replace(settings, elasticsearch_api_key=key(server, "writer", OTHER)))
    assert wrong.state == "missing"
    assert "403" in wrong.what


def test_a_writer_s_copies_are_emptied_when_they_are_over_though_it_may_not_drop_the_month(server: SecureServer) -> None:
    api_key = key(server, "writer")
    copies = ElasticCopies(server.url, api_key=api_key, prefix=PREFIX, backoff_s=0.05)
    copies.put_health([SourceHealth(source="antara", state="up", at=T0), SourceHealth(source="antara", state="up", at=NOW)])
    copies.drop_months(NOW)
    copies.close()
    with Elasticsearch([server.url], api_key=api_key) as client:
        client.indices.refresh(index=f"{PREFIX}-health")
        assert client.count(index=f"{PREFIX}-health")["count"] == 1


def refused(server: SecureServer, role: str, prefix: str = PREFIX) -> list[str]:
    """What the server does not let this tenant's key do to the indices of `prefix`."""
    index = f"{prefix}-mentions-2026.04"
    with Elasticsearch([server.url], api_key=key(server, role)) as client:
        tries = {
            "read": lambda: client.search(index=f"{prefix}-mentions"),
            "write": lambda: client.delete(index=index, id="nobody"),
            "delete documents": lambda: client.delete_by_query(index=index, query={"term": {"id": "nobody"}}),
            "delete index": lambda: client.indices.delete(index=index),
            "close index": lambda: client.indices.close(index=index),
            "settings": lambda: client.indices.put_settings(index=index, settings={"refresh_interval": "5s"}),
            "templates": lambda: client.cluster.put_component_template(name="x", template={}),
            "keys": lambda: client.security.create_api_key(name="x"),
            "all indices": lambda: client.indices.get(index=".security-7"),
        }
        found = []
        for name, attempt in tries.items():
            try:
                attempt()
            except NotFoundError:
                continue  # allowed, and nothing there to delete
            except ApiError as exc:
                assert exc.meta.status == 403, (name, exc)
                found.append(name)
        return found


def test_a_writer_deletes_no_index_and_changes_no_template(server: SecureServer) -> None:
    assert refused(server, "writer") == ["delete index", "close index", "settings", "templates", "keys", "all indices"]


def test_an_analyst_reads_and_nothing_else(server: SecureServer) -> None:
    everything_else = ["write", "delete documents", "delete index", "close index", "settings", "templates", "keys", "all indices"]
    assert refused(server, "analyst") == everything_else
    analyst = store(server, "analyst")
    analyst.search(MentionQuery())
    with pytest.raises(StoreError, match="kurang hak"):
        analyst.save([mention(published_at=NOW)], NOW)
    analyst.close()


@pytest.mark.parametrize("role", ["writer", "analyst"])
def test_a_key_sees_nothing_of_another_tenant(server: SecureServer, role: str) -> None:
    assert refused(server, role, OTHER)[:3] == ["read", "write", "delete documents"]


def test_a_writer_s_key_before_the_set_up_makes_nothing_and_says_what_is_missing(server: SecureServer) -> None:
    writer = store(server, "writer", "baru")
    with pytest.raises(StoreError, match="elastic setup"):
        writer.save([mention(published_at=NOW)], NOW)
    bootstrap = Connection(server.url, key(server, "bootstrap", "baru"))
    setup(bootstrap, "baru", NOW)  # nothing is in its way
    bootstrap.close()
    assert writer.save([mention(published_at=NOW)], NOW).new == 1
    writer.close()


def test_a_bootstrap_key_migrates_its_own_tenant_and_no_other(server: SecureServer) -> None:
    writer = store(server, "writer", OTHER)
    writer.save([mention(published_at=NOW)], NOW)
    bootstrap = Connection(server.url, key(server, "bootstrap", OTHER))
    moved = list(Reindex(bootstrap, OTHER, lambda line: None).run(everything=True))
    assert {one.new for one in moved} == {f"{OTHER}-{kind}-2026.04-r2" for kind in mappings.KINDS}
    assert writer.count() == 1
    with pytest.raises(StoreError, match="kurang hak"):
        list(Reindex(bootstrap, PREFIX, lambda line: None).run(everything=True))
    bootstrap.close()
    writer.close()


def settings(server: SecureServer, house: House, prefix: str, api_key: str) -> Settings:
    return Settings(
        var=house.root / "var",
        database=house.database,
        config=house.config,
        elasticsearch_url=server.url,
        elasticsearch_api_key=api_key,
        elasticsearch_prefix=prefix,
    )


@pytest.fixture
def sound(server: SecureServer, house: House) -> Iterator[Settings]:
    """Settings with a good key of a tenant of its own, set up for the month of the rows."""
    prefix = fresh_prefix()
    bootstrap = Connection(server.url, key(server, "bootstrap", prefix))
    setup(bootstrap, prefix, T0)
    bootstrap.close()
    yield settings(server, house, prefix, key(server, "writer", prefix))


def test_an_expired_key_is_told_and_a_new_one_completes_the_page(server: SecureServer, house: House, rows: Rows, sound: Settings) -> None:
    api_key = key(server, "writer", sound.elasticsearch_prefix, expires="1s")
    deadline = time.monotonic() + 60
    with Elasticsearch([server.url], api_key=api_key) as client, pytest.raises(AuthenticationException):
        while time.monotonic() < deadline:
            client.security.authenticate()  # every key may ask this
    drill(house, rows, sound, replace(sound, elasticsearch_api_key=api_key), nullcontext(), r"mungkin kedaluwarsa.*ELASTICSEARCH_API_KEY")


@contextmanager
def not_trusted() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSL_CERT_FILE")
        yield


def test_a_certificate_of_an_unknown_authority_is_told_and_once_trusted_the_page_is_saved(house: House, rows: Rows, sound: Settings) -> None:
    drill(house, rows, sound, sound, not_trusted(), r"sertifikatnya tidak dikenal.*SSL_CERT_FILE")


def test_kibana_of_an_unknown_authority_is_told_and_a_password_with_signs_arrives(server: SecureServer) -> None:
    """Kibana signs in as Elasticsearch does, and that one is real here."""
    with not_trusted(), Kibana(server.root) as client, pytest.raises(StoreError, match="SSL_CERT_FILE"):
        client.version()
    with Elasticsearch([server.root]) as root:
        root.security.put_user(username="budi", password="p@ss:w/rd%1", roles=["superuser"])
    address = server.root.replace(f"elastic:{server.password}", f"budi:{quote('p@ss:w/rd%1', safe='')}")
    with Kibana(address) as client, pytest.raises(StoreError, match="HTTP 400"):  # not 401: signed in, but no Kibana
        client.version()


def run(server: SecureServer, monkeypatch: pytest.MonkeyPatch, *arguments: str, api_key: str = "") -> tuple[int, str]:
    """Exit code and output of `kentongan elastic ...`; with no key as the user `elastic`."""
    monkeypatch.setenv("ELASTICSEARCH_URL", server.url if api_key else server.root)
    monkeypatch.setenv("ELASTICSEARCH_API_KEY", api_key)
    monkeypatch.setenv("KENTONGAN_ELASTIC_PREFIX", PREFIX)
    done = CliRunner().invoke(command, list(arguments), standalone_mode=False)
    assert done.exception is None, done.exception
    return int(done.return_value or 0), done.stdout


def test_keys_are_made_listed_and_revoked_on_the_command_line(server: SecureServer, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(run(server, monkeypatch, "keys", "list")[1].splitlines())
    code, made = run(server, monkeypatch, "keys", "create", "writer", "--expires", "1h")
    assert code == 0
    assert run(server, monkeypatch, "check", api_key=made.strip())[0] == 0
    (mine,) = set(run(server, monkeypatch, "keys", "list")[1].splitlines()) - before
    assert run(server, monkeypatch, "keys", "revoke", mine.split()[0])[0] == 0
    for gone in (mine.split()[0], "-f3Xo5YBk2"):  # an id may begin with a dash
        assert run(server, monkeypatch, "keys", "revoke", gone)[0] == 1
    assert run(server, monkeypatch, "check", api_key=made.strip())[0] == 1
    assert run(server, monkeypatch, "keys", "roles")[1].split() == [f"{PREFIX}-{name}" for name in mappings.ROLES]


def test_a_key_cannot_make_keys_and_that_is_said(server: SecureServer) -> None:
    connection = Connection(server.url, key(server, "bootstrap"))
    with pytest.raises(StoreError, match=r"pengguna dan sandi|kurang hak"):
        Keys(connection, PREFIX).create("writer")
    connection.close()
