"""What only the SQLite home of mentions promises: the file, its bytes, its model."""

from __future__ import annotations

import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kentongan import records as r
from kentongan.clock import floor_bin
from kentongan.ports import MentionQuery
from kentongan.store.mentions_rows import read_body
from kentongan.store.mentions_sqlite import SqliteMentions
from tests.factories import T0, mention

RARE = "zxqvkarburator"


def file_bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))


@pytest.mark.parametrize("way", ["forget", "blank", "purge"])
def test_the_words_of_a_mention_that_was_taken_away_leave_the_file(way: str, tmp_path: Path) -> None:
    path = tmp_path / "k.db"
    store = SqliteMentions(path)
    gone = mention(text=f"si {RARE} datang", title=f"Kabar {RARE}", published_at=T0 - timedelta(days=99), author=r.Author(key=f"v1:{RARE}"))
    store.save([gone], T0)
    store.save([mention(native_id=str(i), text=f"biasa saja nomor{i}") for i in range(2000)], T0)
    assert RARE.encode() in file_bytes(path)
    if way == "forget":
        store.forget(author_keys=[f"v1:{RARE}"])
    elif way == "blank":
        store.blank([gone.mention.id], T0)
    else:
        store.purge(T0 - timedelta(days=90))
    assert RARE.encode() not in file_bytes(path)
    assert store.search(MentionQuery(text="nomor7")).total == 1


def test_threads_that_share_a_store_lose_and_double_nothing(tmp_path: Path) -> None:
    store = SqliteMentions(tmp_path / "k.db")

    def work(first: int) -> int:
        new = 0
        for start in range(first, first + 100, 20):
            page = [mention(native_id=str(i)) for i in range(start, start + 40)]
            new += store.save(page, T0).new
            assert store.search(MentionQuery(agency="pln"), limit=1).total >= 40
        return new

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, (0, 50, 100, 0))) == store.count() == 220
    assert store.bin_counts([r.BinKey(agency="pln", start=T0)])[0].total == 220


def test_a_mention_without_agency_is_stored_and_counted_nowhere(tmp_path: Path) -> None:
    store = SqliteMentions(tmp_path / "k.db")
    store.save([mention(agencies=())], T0)
    assert store.count() == store.search(MentionQuery()).total == 1


def test_an_agency_that_is_named_twice_counts_once(tmp_path: Path) -> None:
    store = SqliteMentions(tmp_path / "k.db")
    store.save([mention(agencies=("pln", "pln"))], T0)
    assert store.bin_counts([r.BinKey(agency="pln", start=T0)])[0].total == 1


def test_a_damaged_page_is_all_or_nothing(tmp_path: Path) -> None:
    store = SqliteMentions(tmp_path / "k.db")
    good, bad = mention(), mention(published_at="kemarin")
    with pytest.raises(TypeError):  # a bug of the caller is not dressed up as the database's
        store.save([good, bad], T0)
    assert store.count() == 0
    assert store.save([good], T0).new == 1


texts = st.text(max_size=30)
names = st.sampled_from(["kpk", "pln", "polri"])


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> SqliteMentions:
    return SqliteMentions(tmp_path_factory.mktemp("texts") / "k.db")


@given(text=texts, title=texts, tags=st.lists(texts, max_size=2), metrics=st.dictionaries(texts, st.integers(0, 2**53), max_size=2))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_text_comes_back_as_it_was(library: SqliteMentions, text: str, title: str, tags: list[str], metrics: dict[str, int]) -> None:
    one = mention(text=text, title=title, tags=tuple(tags), metrics=metrics)
    library.save([one], T0)
    assert library.get([one.mention.id]) == [one]


class Model(RuleBasedStateMachine):
    """Any sequence of saving, blanking, forgetting, purging gives what a plain dictionary gives."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "k.db"
        self.store = SqliteMentions(self.path)
        self.known: dict[str, r.ScoredMention] = {}
        self.now = T0

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @rule(
        numbers=st.lists(st.integers(0, 7), max_size=4), minute=st.integers(0, 12), agencies=st.sets(names), word=st.sampled_from(["api", "air"]),
        sentiment=st.sampled_from([-0.9, 0.0, 0.9]), hoax=st.sampled_from([0.0, 0.9]), official=st.sampled_from(["", "pln"]),
    )  # fmt: skip
    def save(self, numbers: list[int], minute: int, agencies: set[str], word: str, sentiment: float, hoax: float, official: str) -> None:
        self.now += timedelta(seconds=1)
        page = [
            mention(
                native_id=str(n), published_at=T0 + timedelta(minutes=minute), agencies=tuple(sorted(agencies)), text=f"{word} {n}",
                sentiment=sentiment, hoax=hoax, official_of=official, content_hash=f"{minute}{sorted(agencies)}{word}{sentiment}{hoax}{official}",
                author=r.Author(key=f"v1:{n % 3}"),
            )
            for n in numbers
        ]  # fmt: skip
        self.store.save(page, self.now)
        for scored in page:
            old = self.known.get(scored.mention.id)
            if old is None or old.mention.content_hash != scored.mention.content_hash:
                self.known[scored.mention.id] = scored

    @rule(number=st.integers(0, 7))
    def blank(self, number: int) -> None:
        chosen = mention(native_id=str(number)).mention.id
        self.now += timedelta(seconds=1)
        self.store.blank([chosen], self.now)
        if chosen in self.known and self.known[chosen].mention.deleted_at is None:
            old = self.known[chosen]
            gone = replace(old.mention, text="", title="", url="", native_id="", author=r.Author(), deleted_at=self.now)
            self.known[chosen] = replace(old, mention=gone)

    @rule(number=st.integers(0, 7), author=st.integers(0, 3))
    def forget(self, number: int, author: int) -> None:
        chosen = mention(native_id=str(number)).mention.id
        self.store.forget(ids=[chosen], author_keys=[f"v1:{author}"])
        self.known = {k: s for k, s in self.known.items() if k != chosen and s.mention.author.key != f"v1:{author}"}

    @rule(minute=st.integers(0, 6))
    def purge(self, minute: int) -> None:
        limit = T0 + timedelta(minutes=minute)
        self.store.purge(limit)
        self.known = {k: s for k, s in self.known.items() if s.mention.published_at >= limit}

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = SqliteMentions(self.path)

    @invariant()
    def the_same_mentions(self) -> None:
        assert self.store.get(list(self.known)) == list(self.known.values())
        assert self.store.count() == len(self.known)

    @invariant()
    def the_same_counts(self) -> None:
        keys = [r.BinKey(agency=a, start=T0 + timedelta(minutes=m)) for a in ("kpk", "pln", "polri") for m in (0, 5, 10)]
        for found in self.store.bin_counts(keys):
            own = [
                s for s in self.known.values()
                if found.agency in s.mention.agencies and s.mention.official_of != found.agency and floor_bin(s.mention.published_at) == found.start
            ]  # fmt: skip
            expected = (
                len(own),
                *(sum(s.label_for(found.agency) == x for s in own) for x in ("negative", "positive")),
                sum(s.is_hoax() for s in own),
            )
            assert (found.total, found.negative, found.positive, found.hoax) == expected

    @invariant()
    def the_same_findings(self) -> None:
        for query in (MentionQuery(text="api"), MentionQuery(agency="pln"), MentionQuery(agency="pln", text="api", label="negative")):
            expected = {
                k for k, s in self.known.items()
                if (not query.text or "api" in s.mention.text) and (not query.agency or "pln" in s.mention.agencies)
                and (not query.label or s.label_for("pln") == query.label)
            }  # fmt: skip
            assert {s.mention.id for s in self.store.search(query).mentions} == expected

    @invariant()
    def the_file_holds_together(self) -> None:
        with sqlite3.connect(self.path) as db:
            db.execute("INSERT INTO mention_text (mention_text) VALUES ('integrity-check')")
            pairs = db.execute("SELECT m.id, b.body FROM mention m LEFT JOIN mention_body b ON b.no = m.no").fetchall()
            loose = db.execute("SELECT count(*) FROM mention_agency WHERE no NOT IN (SELECT no FROM mention)").fetchone()[0]
        db.close()
        assert all(read_body(body).mention.id == mention_id for mention_id, body in pairs)
        assert loose == 0


Model.TestCase.settings = settings(max_examples=25, stateful_step_count=15, deadline=None, derandomize=True)
TestModel = Model.TestCase
