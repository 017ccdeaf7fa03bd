"""A real server in trouble: killed, locked, red. The save fails loudly, and after recovery the same pages complete it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from elasticsearch import Elasticsearch

from kentongan import records as r
from kentongan.clock import FixedClock
from kentongan.errors import StoreError
from kentongan.ports import MentionQuery, Saved
from kentongan.store.mentions_elastic import ElasticMentions
from tests.factories import T0, mention
from tests.servers.elasticsearch import RUNNING, fresh_prefix
from tests.store.elastic_home import open_home, remove

pytestmark = pytest.mark.elasticsearch


@pytest.mark.slow
def test_a_server_killed_during_a_bulk_loses_nothing_that_was_acknowledged(elasticsearch_server: str) -> None:
    """Pages are saved one after another until the server dies; after its return the rest is saved, and each mention is there once."""
    node = RUNNING.get(elasticsearch_server)
    if node is None:
        pytest.skip("only a server that the tests started may be killed: unset KENTONGAN_TEST_ELASTICSEARCH_URL")
    prefix = fresh_prefix()
    store = ElasticMentions(elasticsearch_server, prefix=prefix, retention_days=36_500)
    pages = [[mention(text=f"mati {p} {n}", published_at=T0 + timedelta(seconds=p * 300 + n)) for n in range(300)] for p in range(200)]
    acknowledged = 0
    enough = threading.Event()
    failure: list[StoreError] = []

    def save_until_it_fails() -> None:
        nonlocal acknowledged
        try:
            for page in pages:
                store.save(page, T0)
                acknowledged += 1
                if acknowledged == 2:
                    enough.set()
        except StoreError as exc:
            failure.append(exc)
        finally:
            enough.set()

    worker = threading.Thread(target=save_until_it_fails)
    worker.start()
    enough.wait(120)
    node.kill()
    worker.join(120)
    assert 2 <= acknowledged < len(pages)
    assert "tidak terjangkau" in str(failure[0])
    node.start()
    for page in pages[:acknowledged]:
        assert store.save(page, T0) == Saved(new=0, changed=0, unchanged=300)
    rest = pages[acknowledged : acknowledged + 2]
    assert sum(len(page) for page in rest) == sum(found.new + found.unchanged for found in (store.save(page, T0) for page in rest))
    assert list(store.scan(MentionQuery())) == [scored for page in pages[: acknowledged + 2] for scored in page]
    store.close()
    remove(elasticsearch_server, prefix)


@pytest.mark.parametrize(
    ("block", "advice"),
    [
        ("index.blocks.read_only", "index.blocks.read_only"),
        ("index.blocks.write", "index.blocks.write"),
        ("index.blocks.read_only_allow_delete", "diska"),
    ],
)
def test_a_locked_index_fails_the_page_and_once_unlocked_takes_it(elasticsearch_server: str, block: str, advice: str) -> None:
    with open_home(elasticsearch_server) as store, Elasticsearch([elasticsearch_server]) as client:
        store.setup()
        page = [mention(published_at=T0), mention(published_at=T0)]
        store.save([page[0]], T0)
        client.indices.put_settings(index=store.alias, settings={block: True})
        with pytest.raises(StoreError, match=advice):
            store.save(page, T0)
        client.indices.put_settings(index=store.alias, settings={block: None})
        assert store.save(page, T0) == Saved(new=1, changed=0, unchanged=1)


def test_a_red_index_is_an_error_and_never_an_empty_answer(elasticsearch_server: str) -> None:
    with open_home(elasticsearch_server, FixedClock(T0)) as home, Elasticsearch([elasticsearch_server]) as client:
        home.setup()
        lost = f"{home.alias}-2026.02"
        client.indices.create(index=lost, settings={"index.routing.allocation.require._name": "nowhere"}, wait_for_active_shards=0)
        store = ElasticMentions(elasticsearch_server, prefix=home.alias.removesuffix("-mentions"), clock=FixedClock(T0), timeout_s=2)
        at_once = [
            lambda: store.save([mention()], T0),
            lambda: store.get(["a"]),
            lambda: store.search(MentionQuery()),
            lambda: list(store.scan(MentionQuery())),
        ]
        for ask in at_once:
            with pytest.raises(StoreError, match="klaster merah"):
                ask()
        after_a_wait = [
            lambda: store.bin_counts([r.BinKey(agency="pln", start=T0)]),
            lambda: store.forget(ids=["a"]),
            lambda: store.purge(T0),
            store.count,
        ]
        for ask in after_a_wait:
            with pytest.raises(StoreError, match=r"klaster merah|_cluster/health"):
                ask()
        assert client.indices.exists(index=lost)  # what is out of reach is not taken for empty
        store.close()
