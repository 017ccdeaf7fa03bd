"""How fast mentions go into Elasticsearch, against the client's own parallel_bulk of the same documents in the same run, as a table.

    python bench/elastic.py [--mentions 20000] [--pages 500 2000 5000] [--rounds 3] [--url http://localhost:9200] [--write]

--write keeps the table as bench/results/elastic.md. Every rate is end to end: until the last document is found by a search.
Without --url the assembled server (bash .ci/servers/elasticsearch.sh) is started and ended. The documents of the yardstick are made beforehand, so it
holds nothing but sending; `save` makes them, looks their ids up, checks every answer. Rounds alternate; the table tells the median, and the median of
each round's ratios. Processor time, of this process and of the server, tells what it costs also on a machine that is busy with other work.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from elasticsearch import Elasticsearch
from elasticsearch.helpers import parallel_bulk
from store import made_mentions

from kentongan import records as r
from kentongan.clock import FixedClock, floor_bin
from kentongan.ports import MentionQuery
from kentongan.store.elastic_client import Connection
from kentongan.store.elastic_documents import to_document
from kentongan.store.elastic_reindex import Reindex
from kentongan.store.mentions_elastic import ElasticMentions

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.servers.elasticsearch import ElasticServer, cache_folder, fresh_prefix
from tests.store.elastic_home import remove

VERSION = "9.4.3"


SERVER: list[int] = []  # its process, where it is ours


def cpu_s() -> float:
    """Processor seconds so far: ours, and the server's."""
    theirs = 0.0
    for pid in SERVER:
        spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        theirs += sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")
    return time.process_time() + theirs


Rate = tuple[float, float]  # how many a second, and a processor second


def rate(number: int, work: Callable[[], object]) -> Rate:
    """How many a second, and how many a processor second."""
    start, used = time.perf_counter(), cpu_s()
    work()
    return number / (time.perf_counter() - start), number / (cpu_s() - used)


def raw(url: str, prefix: str, mentions: list[r.ScoredMention], threads: int) -> Rate:
    """The rate of parallel_bulk of the same documents, into indices of the same templates."""
    store = open_store(url, prefix, mentions)
    revised = mentions[-1].mention.collected_at
    index = store.alias + "-" + f"{mentions[0].mention.published_at:%Y.%m}"
    actions = [{"_index": index, "_id": scored.mention.id, "_source": json.loads(to_document(scored, revised))} for scored in mentions]
    with Elasticsearch([url], request_timeout=60) as client:

        def send() -> None:
            sent = sum(1 for ok, _ in parallel_bulk(client, actions, thread_count=threads) if ok)
            client.indices.refresh(index=index)
            assert sent == client.count(index=index)["count"] == len(mentions)

        found = rate(len(mentions), send)
    store.close()
    return found


def open_store(url: str, prefix: str, mentions: list[r.ScoredMention]) -> ElasticMentions:
    """A store that is set up; the first mention's month is there."""
    store = ElasticMentions(url, prefix=prefix, clock=FixedClock(mentions[-1].mention.collected_at))
    store.setup()
    return store


def saving(url: str, mentions: list[r.ScoredMention], page: int) -> Rate:
    """The rate of saving new mentions in pages of this size."""
    prefix = fresh_prefix()
    store = open_store(url, prefix, mentions)
    revised = mentions[-1].mention.collected_at

    def save() -> None:
        for at in range(0, len(mentions), page):
            store.save(mentions[at : at + page], revised)
        assert store.count() == len(mentions)

    found = rate(len(mentions), save)
    store.close()
    remove(url, prefix)
    return found


def using(url: str, mentions: list[r.ScoredMention]) -> dict[str, Rate]:
    """The rates of what is done with stored mentions."""
    prefix = fresh_prefix()
    store = open_store(url, prefix, mentions)
    pages = [mentions[at : at + 1000] for at in range(0, len(mentions), 1000)]
    revised = mentions[-1].mention.collected_at
    for page in pages:
        store.save(page, revised)
    bins = sorted({r.BinKey(agency=a, start=floor_bin(s.mention.published_at)) for s in mentions for a in s.mention.agencies})
    found = {
        "save, unchanged": rate(len(mentions), lambda: [store.save(page, revised + timedelta(hours=1)) for page in pages]),
        "bin_counts (bins)": rate(len(bins), lambda: store.bin_counts(bins)),
        "scan": rate(len(mentions), lambda: sum(1 for _ in store.scan(MentionQuery()))),
    }
    store.close()
    remove(url, prefix)
    return found


def copying(url: str, mentions: list[r.ScoredMention]) -> Rate:
    """The rate of `kentongan elastic reindex`."""
    prefix = fresh_prefix()
    store = open_store(url, prefix, mentions)
    for at in range(0, len(mentions), 1000):
        store.save(mentions[at : at + 1000], mentions[-1].mention.collected_at)
    connection = Connection(url)
    found = rate(len(mentions), lambda: list(Reindex(connection, prefix, lambda line: None).run(everything=True)))
    assert store.count() == len(mentions)
    connection.close()
    store.close()
    remove(url, prefix)
    return found


def measure(url: str, number: int, pages: list[int], rounds: int, threads: int) -> str:
    """The table, as Markdown."""
    mentions = made_mentions(number)
    results: dict[str, list[Rate]] = {}
    for turn in range(rounds + 1):  # the first warms the server up
        prefix = fresh_prefix()
        found = {"parallel_bulk": raw(url, prefix, mentions, threads)}
        remove(url, prefix)
        for page in pages:
            found[f"save, pages of {page}"] = saving(url, mentions, page)
        found |= using(url, mentions)
        found["elastic reindex"] = copying(url, mentions)
        if turn:
            for what, value in found.items():
                results.setdefault(what, []).append(value)
    lines = [
        f"{number:,} mentions of tweet length, median of {rounds} rounds, `parallel_bulk` with {threads} threads; Elasticsearch {VERSION} "
        f"with 1 GB of heap on the same machine, load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores. "
        "Until the last document is found by a search.",
        "",
        "| what | per second | lowest–highest | to the yardstick | per processor second | to the yardstick |",
        "|---|---|---|---|---|---|",
    ]
    yardstick = results["parallel_bulk"]
    for what, values in results.items():
        cells = []
        for at in (0, 1):
            ratio = statistics.median(value[at] / yard[at] for value, yard in zip(values, yardstick, strict=True))
            cells.append((f"{statistics.median(v[at] for v in values):,.0f}", f"{ratio:.2f}" if "bulk" in what or "pages" in what else ""))
        spread = f"{min(v[0] for v in values):,.0f}–{max(v[0] for v in values):,.0f}"
        lines.append(f"| {what} | {cells[0][0]} | {spread} | {cells[0][1]} | {cells[1][0]} | {cells[1][1]} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Parse the arguments, find or start a server, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mentions", type=int, default=20_000)
    parser.add_argument("--pages", type=int, nargs="+", default=[500, 2000, 5000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--url", default="")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with running(given.url) as url:
        table = measure(url, given.mentions, given.pages, given.rounds, given.threads)
    print(table, end="")
    if given.write:
        (Path(__file__).parent / "results" / "elastic.md").write_text(
            f"# Elasticsearch\n\n`python bench/elastic.py --write`: {table}", encoding="utf-8"
        )


@contextmanager
def running(url: str) -> Iterator[str]:
    """The address of a server: the one named, or one that is started and ended here."""
    if url:
        yield url
        return
    home = cache_folder() / f"elasticsearch-{VERSION}"
    if not (home / ".complete").exists():
        sys.exit("no server: run `bash .ci/servers/elasticsearch.sh` once, or name one with --url")
    java_home = Path((cache_folder() / "java-home").read_text().strip())
    server = ElasticServer(home=home, java_home=java_home, java_options="-Xms1g -Xmx1g")
    try:
        server.start()
        SERVER.append(int((server.folder / "tmp" / "pid").read_text()))
        yield server.url
    finally:
        server.stop()


if __name__ == "__main__":
    main()
