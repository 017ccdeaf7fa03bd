"""How fast the stores are, as a table: `python bench/store.py [--mentions 20000] [--state URL]`.

The clock tells what a user waits for, processor time what the store costs also on a busy machine. The yardstick is SQLite's own
executemany of the same JSON into one table, in pages of the same size, with the same care for power cuts.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kentongan import records as r
from kentongan.codec import to_json
from kentongan.ports import MentionQuery
from kentongan.store.mentions_sqlite import SqliteMentions
from kentongan.store.sqlite_file import open_sqlite
from kentongan.store.state_sql import SqlState

START = datetime(2026, 3, 2, tzinfo=UTC)
PAGE = 500
AGENCIES = ("bpjs-kesehatan", "kpk", "pertamina", "pln", "polri")


def made_mentions(number: int, seed: int = 1) -> list[r.ScoredMention]:
    """Mentions of tweet length with words as frequent as in a language (Zipf), one every seven seconds."""
    rng = random.Random(seed)
    letters = "abdegijklmnoprstuwy"
    words = ["".join(rng.choices(letters, k=rng.randint(2, 9))) for _ in range(20_000)]
    none = r.Evidence(kind="none", weight=0.0, text_id="tidak ada tanda", text_en="no sign")
    found = []
    for i in range(number):
        label, score = rng.choice((("negative", -0.7), ("neutral", 0.0), ("positive", 0.6)))
        mention = r.Mention(
            id=f"{rng.getrandbits(128):032x}", platform="x", source="x-search", category=r.Category.MICROBLOG, native_id=str(10**18 + i),
            published_at=START + timedelta(seconds=7 * i), collected_at=START + timedelta(seconds=7 * i + 90),
            text=" ".join(words[int(len(words) * rng.random() ** 3)] for _ in range(22)), url=f"https://x.com/i/status/{10**18 + i}",
            author=r.Author(key=f"v1:{rng.getrandbits(60) % 30_000:064x}", kind=r.AuthorKind.CITIZEN), metrics={"likes": rng.randint(0, 99)},
            agencies=tuple(sorted(rng.sample(AGENCIES, rng.choice((1, 1, 1, 2))))), content_hash=f"{rng.getrandbits(64):016x}",
            cluster_id=f"{rng.getrandbits(64):016x}",
        )  # fmt: skip
        sentiment = r.Sentiment(label=label, score=score, confidence=0.8)
        scores = r.Score(
            lang="id", sentiment=sentiment, sentiment_by_agency={}, sentiment_evidence=(none,), hoax=r.Hoax(likelihood=0.03, evidence=(none,)),
            topics=(), scorer_version="bench",
        )  # fmt: skip
        found.append(r.ScoredMention(mention=mention, score=scores))
    return found


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds that the work takes, by the clock and of the processor."""
    start, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - used


def rate(number: int, work: Callable[[], object]) -> tuple[float, float]:
    """How many a second, by the clock and of the processor."""
    seconds, used = timed(work)
    return number / seconds, number / used


def pages(mentions: list[r.ScoredMention]) -> list[list[r.ScoredMention]]:
    """The mentions in pages."""
    return [mentions[i : i + PAGE] for i in range(0, len(mentions), PAGE)]


def yardstick(path: Path, mentions: list[r.ScoredMention]) -> tuple[float, float]:
    """The rate of plain executemany of the same JSON, made meanwhile, into one table."""
    db = open_sqlite(path)
    db.execute("CREATE TABLE mention (id TEXT PRIMARY KEY, body TEXT)")

    def work() -> None:
        for page in pages(mentions):
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO mention VALUES (?, ?)", ((m.mention.id, to_json(m)) for m in page))
            db.execute("COMMIT")

    found = rate(len(mentions), work)
    db.close()
    return found


def bench_mentions(folder: Path, number: int) -> None:
    """The table of the mention store."""
    mentions = made_mentions(number)
    plain = yardstick(folder / "plain.db", mentions)
    path = folder / "mentions.db"
    store = SqliteMentions(path)
    saving = rate(number, lambda: [store.save(page, START) for page in pages(mentions)])
    again = rate(number, lambda: [store.save(page, START) for page in pages(mentions)])
    keys = [r.BinKey(agency=a, start=START + timedelta(minutes=5 * i)) for a in AGENCIES for i in range(1000)]
    word = mentions[0].mention.text.split()[0]
    pairs = sorted({(m.mention.published_at, m.mention.id) for m in mentions}, reverse=True)[:20]
    assert [m.mention.id for m in store.search(MentionQuery()).mentions] == [mention_id for _, mention_id in pairs]
    print(f"\nmentions in SQLite, {number:,} of them, pages of {PAGE}\n")
    print(f"| {'what':42} | {'a second':>10} | {'per CPU s':>10} | {'ratio':>5} |\n|{'-' * 44}|{'-' * 12}|{'-' * 12}|{'-' * 7}|")
    for what, (by_clock, by_cpu) in (
        ("plain executemany of the JSON, one table", plain), ("save, new", saving), ("save, unchanged", again),
        ("scan", rate(number, lambda: sum(1 for _ in store.scan(MentionQuery())))),
        ("bin_counts, 5,000 bins in a row", rate(len(keys), lambda: store.bin_counts(keys))),
        ("bin_counts, one bin a call", rate(500, lambda: [store.bin_counts(keys[i : i + 1]) for i in range(500)])),
        ("search, newest of an agency", rate(50, lambda: [store.search(MentionQuery(agency="pln")) for _ in range(50)])),
        ("search, one word", rate(50, lambda: [store.search(MentionQuery(text=word)) for _ in range(50)])),
    ):  # fmt: skip
        print(f"| {what:42} | {by_clock:10,.0f} | {by_cpu:10,.0f} | {by_cpu / plain[1]:5.2f} |")
    store.close()
    print(f"\n{path.stat().st_size / number:,.0f} bytes a mention")


def bench_state(url: str, shown: str) -> None:
    """The table of the state store."""
    opening = timed(lambda: SqlState(url).close())
    again = timed(lambda: SqlState(url).close())
    state = SqlState(url)
    keys = [r.BinKey(agency=a, start=START + timedelta(minutes=5 * i)) for a in AGENCIES for i in range(400)]
    counts = [r.BinCount(agency=k.agency, start=k.start, total=3, negative=1, positive=1, hoax=0) for k in keys]
    week = r.Window(start=START, end=START + timedelta(days=7))
    ids = [str(i) for i in range(500)]

    def ticks(number: int) -> None:
        for i in range(number):
            agency = AGENCIES[i % len(AGENCIES)]
            _, _, version = state.detector_state(agency, "negative_volume")
            state.save_detector_state(agency, "negative_volume", bytes(4000), START, version)

    def in_one() -> None:
        with state.transaction():
            ticks(100)

    print(f"\nstate in {shown}\n\n| {'what':42} | {'ms':>8} | {'CPU ms':>8} |\n|{'-' * 44}|{'-' * 10}|{'-' * 10}|")
    for what, (seconds, used), times in (
        ("open, tables made", opening, 1), ("open", again, 1), ("mark_dirty, 2,000 bins", timed(lambda: state.mark_dirty(keys)), 1),
        ("dirty, 2,000 bins", timed(state.dirty), 1), ("put_counts, 2,000 bins", timed(lambda: state.put_counts(counts)), 1),
        ("counts of a week, one agency", timed(lambda: state.counts("pln", week)), 1),
        ("labels of 500 mentions", timed(lambda: state.labels(ids)), 1),
        ("tombstoned, 500 ids and authors", timed(lambda: state.tombstoned(ids, ids)), 1),
        ("read and swap a detector's state", timed(lambda: ticks(50)), 50), ("the same, 100 in one transaction, each", timed(in_one), 100),
    ):  # fmt: skip
        print(f"| {what:42} | {seconds / times * 1000:8.2f} | {used / times * 1000:8.2f} |")
    state.close()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentions", type=int, default=20_000, help="how many mentions to save")
    parser.add_argument("--state", default="", help="address of a PostgreSQL to measure too (its tables stay)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench_mentions(folder, chosen.mentions)
        bench_state(f"sqlite:///{folder / 'state.db'}", "SQLite")
        if chosen.state:
            bench_state(chosen.state, "PostgreSQL")


if __name__ == "__main__":
    main()
