"""Elasticsearch in trouble while a source is read: a clear error line, the cursor stays, and after recovery nothing is lost or doubled.

An expired key and an unknown certificate are drilled in `test_elastic_secured`, on a server that has both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import pytest
from elasticsearch import Elasticsearch

from kentongan.settings import Settings
from tests.pipeline.conftest import House, Rows
from tests.pipeline.drill import drill
from tests.servers.elasticsearch import RUNNING, fresh_prefix
from tests.store.elastic_home import remove
from tests.store.elastic_wire import Answer, between, error

pytestmark = pytest.mark.elasticsearch


@pytest.fixture
def sound(house: House, elasticsearch_server: str) -> Iterator[Settings]:
    prefix = fresh_prefix()
    yield Settings(
        var=house.root / "var", database=house.database, config=house.config, elasticsearch_url=elasticsearch_server, elasticsearch_prefix=prefix
    )
    remove(elasticsearch_server, prefix)


@contextmanager
def locked(settings: Settings, block: str) -> Iterator[None]:
    with Elasticsearch([settings.elasticsearch_url]) as client:
        client.indices.put_settings(index=f"{settings.elasticsearch_prefix}-mentions", settings={block: True})
        yield
        client.indices.put_settings(index=f"{settings.elasticsearch_prefix}-mentions", settings={block: None})


@pytest.mark.parametrize(
    ("block", "told"), [("index.blocks.read_only_allow_delete", "diska server hampir penuh"), ("index.blocks.read_only", "terkunci untuk ditulisi")]
)
def test_a_lock_against_writing(house: House, rows: Rows, sound: Settings, block: str, told: str) -> None:
    drill(house, rows, sound, sound, locked(sound, block), told)


@contextmanager
def a_primary_missing(settings: Settings) -> Iterator[None]:
    index = f"{settings.elasticsearch_prefix}-mentions-2026.02"
    rule = "index.routing.allocation.require._name"
    with Elasticsearch([settings.elasticsearch_url]) as client:
        client.indices.create(index=index, settings={rule: "nowhere"}, wait_for_active_shards=0)
        yield
        client.indices.put_settings(index=index, settings={rule: None})
        client.cluster.health(index=index, wait_for_status="yellow")


def test_a_red_index(house: House, rows: Rows, sound: Settings) -> None:
    drill(house, rows, sound, sound, a_primary_missing(sound), "klaster merah")


def test_a_server_that_keeps_rejecting_with_429(house: House, rows: Rows, sound: Settings) -> None:
    asked: list[str] = []

    def busy(method: str, path: str, body: bytes) -> Answer | None:
        if "_bulk" not in path:
            return None
        asked.append(path)
        return error(429, "es_rejected_execution_exception")

    with between(sound.elasticsearch_url, busy) as url:
        drill(house, rows, sound, replace(sound, elasticsearch_url=url), nullcontext(), "kewalahan")
    assert len(asked) == 6  # five times more, with growing pauses


@pytest.mark.slow
def test_a_server_that_is_killed_while_it_takes_a_bulk(house: House, rows: Rows, sound: Settings) -> None:
    node = RUNNING.get(sound.elasticsearch_url)
    if node is None:
        pytest.skip("only a server that the tests started may be killed: unset KENTONGAN_TEST_ELASTICSEARCH_URL")

    def kill(method: str, path: str, body: bytes) -> Answer | None:
        if "_bulk" in path and node.process is not None and node.process.poll() is None:
            node.kill()
        return None

    @contextmanager
    def dead() -> Iterator[None]:
        try:
            yield
        finally:
            node.start()

    with between(sound.elasticsearch_url, kill) as url:
        drill(house, rows, sound, replace(sound, elasticsearch_url=url), dead(), "tidak terjangkau")
