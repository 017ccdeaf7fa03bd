"""A month copied into a new mapping while others read and write: nothing lost, nothing doubled, whenever it is cut short."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from elasticsearch import Elasticsearch

from kentongan import records as r
from kentongan.clock import FixedClock
from kentongan.errors import StoreError
from kentongan.ports import MentionQuery
from kentongan.store.elastic_client import Connection
from kentongan.store.elastic_copies import ElasticCopies
from kentongan.store.elastic_reindex import Reindex
from kentongan.store.mentions_elastic import ElasticMentions
from tests.factories import T0, mention
from tests.servers.elasticsearch import fresh_prefix
from tests.store.elastic_home import remove

pytestmark = pytest.mark.elasticsearch
SECOND = timedelta(seconds=1)


class Home:
    """One tenant with a month of mentions, and the means to look at it raw."""

    def __init__(self, url: str) -> None:
        self.url, self.prefix = url, fresh_prefix()
        self.store = self.open()
        self.client = Elasticsearch([url])
        self.connection = Connection(url)
        self.index = f"{self.prefix}-mentions-2026.03"

    def open(self) -> ElasticMentions:
        return ElasticMentions(self.url, prefix=self.prefix, clock=FixedClock(T0), retention_days=36_500, backoff_s=0.05)

    def fill(self, number: int) -> list[r.ScoredMention]:
        page = [mention(text=f"mati {n}", native_id=f"n{n}", published_at=T0 - n * SECOND) for n in range(number)]
        self.store.save(page, T0)
        return page

    def make_older(self) -> None:
        """This month as an earlier edition of the mapping made it: one field fewer."""
        self.client.indices.put_mapping(index=self.index, meta={"kentongan": "mentions", "version": 0})

    def move(self, **how: bool) -> list[str]:
        return [one.new for one in Reindex(self.connection, self.prefix, lambda line: None).run(**how) if "mentions" in one.new]  # type: ignore[arg-type]

    def indices(self) -> list[str]:
        return sorted(self.client.indices.get(index=f"{self.prefix}-mentions-*"))

    def versions(self) -> dict[str, int]:
        hits = self.client.search(index=f"{self.prefix}-mentions", size=5000, version=True)["hits"]["hits"]
        return {hit["_id"]: hit["_version"] for hit in hits}


@pytest.fixture
def home(elasticsearch_server: str) -> Iterator[Home]:
    found = Home(elasticsearch_server)
    yield found
    found.store.close()
    found.connection.close()
    found.client.close()
    remove(found.url, found.prefix)


def test_a_month_of_an_older_mapping_moves_whole_and_keeps_its_versions(home: Home) -> None:
    page = home.fill(300)
    corrected = replace(page[0], labels={"sentiment": "positive"})
    home.store.save([corrected], T0 + SECOND)
    home.store.count()
    before = home.versions()
    home.make_older()
    assert home.move() == [f"{home.index}-r2"]
    assert home.indices() == [f"{home.index}-r2"]
    assert home.versions() == before
    assert sorted(home.store.scan(MentionQuery()), key=lambda s: s.mention.id) == sorted([corrected, *page[1:]], key=lambda s: s.mention.id)
    assert home.move() == []  # nothing differs any more


def test_a_writer_goes_on_in_the_new_index_without_being_opened_again(home: Home) -> None:
    page = home.fill(20)
    home.move(everything=True)
    changed = replace(page[3], mention=replace(page[3].mention, metrics={"likes": 4}))
    new = mention(published_at=T0)
    saved = home.store.save([changed, new, page[5]], T0 + SECOND)
    assert (saved.new, saved.changed, saved.unchanged) == (1, 1, 1)
    assert home.indices() == [f"{home.index}-r2"]
    assert home.store.count() == 21


def test_what_is_saved_forgotten_and_changed_while_it_copies_is_so_afterwards(home: Home) -> None:
    page = home.fill(6000)
    first = threading.Event()
    stop = threading.Event()
    saved: list[r.ScoredMention] = []
    trouble: list[Exception] = []

    def write() -> None:
        writer = home.open()
        try:
            while not stop.is_set() or len(saved) < 10:
                n = len(saved)
                new = mention(native_id=f"baru{n}", text=f"baru {n}", published_at=T0 - n * SECOND)
                changed = replace(page[n], mention=replace(page[n].mention, metrics={"likes": n + 1}))
                writer.save([new, changed], T0 + (n + 1) * SECOND)
                writer.forget(ids=[page[-1 - n].mention.id])
                saved.append(new)
                if n == 3:
                    first.set()
        except Exception as exc:  # noqa: BLE001  # looked at below
            trouble.append(exc)
            first.set()
        finally:
            writer.close()

    writer = threading.Thread(target=write)
    writer.start()
    first.wait(60)
    moved = home.move(everything=True)
    stop.set()
    writer.join(120)
    assert trouble == []
    assert moved == [f"{home.index}-r2"]
    assert home.indices() == moved
    n = len(saved)
    assert n >= 10
    expected = {s.mention.id for s in saved} | {s.mention.id for s in page[:-n]}
    found = {s.mention.id: s for s in home.store.scan(MentionQuery())}
    assert set(found) == expected
    assert all(found[page[k].mention.id].mention.metrics == {"likes": k + 1} for k in range(n))


CHILD = """
import sys
from kentongan.store.elastic_client import Connection
from kentongan.store import elastic_reindex
elastic_reindex.AT_ONCE, elastic_reindex.NOTED_EVERY_S = 50, 0
list(elastic_reindex.Reindex(Connection(sys.argv[1]), sys.argv[2], lambda line: print(line, flush=True)).run(everything=True))
"""


def test_a_copy_that_was_killed_shows_nothing_twice_and_goes_on_where_it_was(home: Home) -> None:
    page = home.fill(3000)
    child = subprocess.Popen([sys.executable, "-c", CHILD, home.url, home.prefix], stdout=subprocess.PIPE, text=True, env=os.environ.copy())
    assert child.stdout is not None
    assert child.stdout.readline().startswith(f"{home.index} → {home.index}-r2")
    assert "/ 2,999" in child.stdout.readline().replace(".", ",")
    child.kill()
    child.wait()
    child.stdout.close()
    assert home.indices() == [home.index, f"{home.index}-r2"]
    assert home.store.count() == len(page)  # the copy is behind the alias, and hidden
    copied = int(home.client.indices.get_mapping(index=f"{home.index}-r2")[f"{home.index}-r2"]["mappings"]["_meta"]["copied_seq_no"])
    assert 0 < copied < len(page) - 1
    home.store.forget(ids=[page[0].mention.id])
    assert home.move(everything=True) == [f"{home.index}-r2"]
    assert home.indices() == [f"{home.index}-r2"]
    assert set(home.versions()) == {s.mention.id for s in page[1:]}


def test_a_copy_that_holds_too_little_is_not_put_in_use(home: Home) -> None:
    home.fill(30)
    new = f"{home.index}-r2"
    home.client.indices.create(index=new, aliases={f"{home.prefix}-mentions": {"filter": {"match_none": {}}}})
    meta = home.client.indices.get_mapping(index=new)[new]["mappings"]["_meta"]
    home.client.indices.put_mapping(index=new, meta={**meta, "copied_from": home.index, "copied_seq_no": 10})  # somebody emptied it
    with pytest.raises(StoreError, match=r"yang lama tetap dipakai"):
        home.move(everything=True)
    assert home.store.count() == 30
    assert home.store.save([mention(published_at=T0)], T0).new == 1  # and takes writes again


def test_copies_for_dashboards_move_too(home: Home) -> None:
    copies = ElasticCopies(home.url, prefix=home.prefix, backoff_s=0.05)
    health = [r.SourceHealth(source="antara", state="up", at=T0 + n * SECOND) for n in range(40)]
    copies.put_health(health[:20])
    moved = [one.new for one in Reindex(home.connection, home.prefix, lambda line: None).run(everything=True)]
    assert moved == [f"{home.prefix}-health-2026.03-r2"]
    copies.put_health(health[10:])
    home.client.indices.refresh(index=f"{home.prefix}-health")
    assert home.client.count(index=f"{home.prefix}-health")["count"] == 40
    copies.close()


def test_a_document_that_another_program_wrote_is_named_without_its_text_and_the_old_index_stays(home: Home) -> None:
    home.fill(3)
    home.client.index(index=home.index, id="asing", document={"id": "asing", "text": "kutipan warga", "published_at": T0.isoformat()})
    with pytest.raises(StoreError, match=rf"{home.index}/asing") as caught:
        home.move(everything=True)
    assert "kutipan" not in "".join(traceback.format_exception(caught.value))
    assert home.indices() == [home.index, f"{home.index}-r2"]
    home.client.delete(index=home.index, id="asing")
    assert home.move(everything=True) == [f"{home.index}-r2"]
    assert home.store.count() == 3
