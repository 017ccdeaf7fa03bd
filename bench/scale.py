"""How large Kentongan grows: bytes and processor time per mention, measured; machines for a million mentions a day and more, computed from them.

    python bench/scale.py [--rows 50000] [--write]

Starts the assembled Elasticsearch (bash .ci/servers/elasticsearch.sh) and ends it. Posts are those of `kentongan simulate`, five agencies in turn,
through attribution, masking, scoring and saving as a collecting task does it, pages of 500; network and feed parsing are not in it. A second
set has random words (`bench/store.py`): it compresses worse than any language, so it bounds the disk from above. --write: into results/scale.md.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import psutil
from elasticsearch import Elasticsearch
from store import made_mentions

from kentongan.clock import FixedClock, SystemClock
from kentongan.pipeline.absorb import Heard, absorb
from kentongan.pipeline.migrate import Homes, migrate
from kentongan.pipeline.moving import Checkpoint
from kentongan.pipeline.wiring import open_context
from kentongan.ports import MentionStore
from kentongan.records import Category
from kentongan.settings import Settings, packaged_config
from kentongan.simulation import background
from kentongan.store.mentions_elastic import ElasticMentions
from kentongan.store.mentions_sqlite import SqliteMentions
from kentongan.store.state_sql import SqlState
from listeners.replay import Recorded, read_recording

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.servers.elasticsearch import ElasticServer, cache_folder

RESULT = Path(__file__).parent / "results" / "scale.md"
VERSION = "9.4.3"
AGENCIES = ("bpjs-kesehatan", "ditjen-pajak", "pemprov-dki", "pln", "polri")
PAGE = 500
STATS_S = 12  # the server looks at the size on disk every ten seconds (index.store.stats_refresh_interval)
# --- what the computed table assumes; change a number here, run again -----------------------------------------------
KEEP_DAYS = 90
PEAK = 5  # the busiest five minutes against the mean of the day
BUSY = 0.7  # of a core, before another one is added
COPIES = 2  # primary and one replica
FULL = 0.85  # of a disk: above it Elasticsearch moves no shard there (cluster.routing.allocation.disk.watermark.low)
SHARD_BYTES, SHARD_DOCUMENTS = 40e9, 200e6  # Elastic, "Size your shards": 10 to 50 GB, at most 200 million documents
NODE_RAM, DISK_PER_RAM, NODE_CORES = 64e9, 30, 16  # a data node; 30 bytes of disk per byte of memory is Elastic's ratio for hot nodes
WORKER_RAM = 0.7e9  # a worker process with both tiers of sentiment; see the measured peak
CLAIM_S = 290e-6  # looking a text up among 100,000 fact-checks (bench/results/hoax.md); the base measured with here is empty


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one mention costs."""

    bytes_written: float  # as the bulk left it
    bytes_merged: float
    ours_s: float  # of our processor time
    server_s: float  # of the server's; 0 for SQLite


def posts(rows: int, folder: Path, seed: int) -> list[Heard]:
    """Generated posts by time; another seed gives other posts."""
    path = folder / "posts.jsonl"
    made: list[dict[str, Any]] = []
    for agency in AGENCIES:
        made += background(agency, rows=rows // len(AGENCIES), seed=seed)
    made.sort(key=lambda row: str(row["published_at"]))
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in made), encoding="utf-8")
    return [Heard(post=r.post, source="x", category=Category.MICROBLOG) for r in read_recording(path, {}, "x") if isinstance(r, Recorded)]


def in_pages(things: list[Any]) -> Iterator[list[Any]]:
    rest = iter(things)
    while page := list(islice(rest, PAGE)):
        yield page


def through_the_chain(settings: Settings, heard: list[Heard]) -> tuple[float, int]:
    """(processor seconds, mentions stored) of absorbing all posts; the scorer is warm."""
    clock = FixedClock(heard[-1].post.published_at + timedelta(minutes=2))
    with open_context(settings, clock=clock, event_time=True, terminal_only=True, stream=io.StringIO()) as ctx:
        absorb(ctx, heard[:1])
        begun = time.process_time()
        for page in in_pages(heard):
            absorb(ctx, page)
        return time.process_time() - begun, ctx.mentions.count()


def sqlite_bytes(path: Path) -> int:
    """The file, its log emptied into it."""
    import sqlite3

    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return path.stat().st_size


class Node:
    """The server under measurement."""

    def __init__(self, server: ElasticServer) -> None:
        self.server = server
        self._process = psutil.Process(int((server.folder / "tmp" / "pid").read_text()))

    def seconds(self) -> float:
        """Processor seconds so far."""
        used = self._process.cpu_times()
        return float(used.user + used.system)

    def size(self, prefix: str, *, merge: bool) -> int:
        """Bytes of a tenant's mentions on disk."""
        with Elasticsearch([self.server.url], request_timeout=600) as client:
            names = f"{prefix}-mentions-*"
            if merge:
                client.indices.forcemerge(index=names, max_num_segments=1, wait_for_completion=True)
            client.indices.flush(index=names, force=True)
            client.indices.refresh(index=names)
            time.sleep(STATS_S)
            return int(client.indices.stats(index=names)["_all"]["primaries"]["store"]["size_in_bytes"])


def measure_elastic(node: Node, prefix: str, work: Callable[[], tuple[float, int]]) -> Cost:
    """The cost of what `work` puts there; it returns (our processor seconds, mentions)."""
    before = node.seconds()
    ours, stored = work()
    written = node.size(prefix, merge=False)
    theirs = node.seconds() - before
    return Cost(bytes_written=written / stored, bytes_merged=node.size(prefix, merge=True) / stored, ours_s=ours / stored, server_s=theirs / stored)


class Quiet:
    """Progress that nobody looks at."""

    def begin(self, id_text: str, en_text: str, total: int | None) -> None: ...
    def advance(self, count: int) -> None: ...


def measure_moving(folder: Path, url: str) -> dict[str, float]:
    """`kentongan migrate` of the file's mentions, with the comparison at the end: how many a second."""
    file, state = SqliteMentions(folder / "chain.db"), SqlState(f"sqlite:///{folder / 'chain.db'}")
    target = ElasticMentions(url, prefix="moved", timeout_s=120)
    homes = Homes(source=file, target=target, source_state=state, target_state=None, source_place="file", target_place="server")
    begun, used = time.perf_counter(), time.process_time()
    outcome = migrate(homes, clock=SystemClock(), progress=Quiet(), checkpoint=Checkpoint(folder / "migration.json", "file", "server"))
    assert outcome.equal
    found = {
        "moved_a_second": outcome.copied / (time.perf_counter() - begun),
        "moved_a_core": outcome.copied / (time.process_time() - used),
    }
    for store in (file, state, target):
        store.close()
    return found


def save_all(store: MentionStore, mentions: list[Any], revised: datetime) -> tuple[float, int]:
    """Save made mentions in pages."""
    begun = time.process_time()
    for page in in_pages(mentions):
        store.save(page, revised)
    used = time.process_time() - begun
    return used, store.count()


def measured(rows: int) -> tuple[dict[str, Cost], dict[str, float]]:
    """Costs by home and kind of text, and other numbers."""
    home = cache_folder() / f"elasticsearch-{VERSION}"
    if not (home / ".complete").exists():
        sys.exit("no server: run `bash .ci/servers/elasticsearch.sh` once")
    server = ElasticServer(home=home, java_home=Path((cache_folder() / "java-home").read_text().strip()), java_options="-Xms1g -Xmx1g")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = Settings(var=folder, database=folder / "chain.db", config=packaged_config())
        heard, more, made = posts(rows, folder, 1), posts(rows, folder, 2), made_mentions(rows)
        try:
            server.start()
            node = Node(server)
            warm = Settings(var=folder, database=folder / "warm.db", config=packaged_config())
            through_the_chain(warm, posts(1000, folder, 3))  # compiles, and loads the models
            used, stored = through_the_chain(plain, heard)
            size = sqlite_bytes(folder / "chain.db")
            costs = {"SQLite, generated posts": Cost(bytes_written=size / stored, bytes_merged=size / stored, ours_s=used / stored, server_s=0)}
            there = Settings(
                var=folder, database=folder / "state.db", config=packaged_config(), elasticsearch_url=server.url, elasticsearch_prefix="chain"
            )
            costs["Elasticsearch, generated posts"] = measure_elastic(node, "chain", lambda: through_the_chain(there, more))
            other = measure_moving(folder, server.url) | {
                "characters": sum(len(h.post.text) for h in heard) / len(heard),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
            revised = made[-1].mention.collected_at
            words = SqliteMentions(folder / "words.db")
            used, stored = save_all(words, made, revised)
            words.close()
            size = sqlite_bytes(folder / "words.db")
            costs["SQLite, random words (saving alone)"] = Cost(
                bytes_written=size / stored, bytes_merged=size / stored, ours_s=used / stored, server_s=0
            )
            store = ElasticMentions(server.url, prefix="words", clock=FixedClock(revised))
            store.setup()
            costs["Elasticsearch, random words (saving alone)"] = measure_elastic(node, "words", lambda: save_all(store, made, revised))
            begun, before = time.perf_counter(), node.seconds()
            gone = store.purge(made[rows // 2].mention.published_at)
            other |= {"purged_a_second": gone / (time.perf_counter() - begun), "purge_server_s": (node.seconds() - before) / gone}
            store.close()
        finally:
            server.stop()
    return costs, other


def table_of_costs(costs: dict[str, Cost], other: dict[str, float], rows: int) -> str:
    """What was measured."""
    lines = [
        "| home and texts | bytes a mention, as written | merged to one segment | mentions per second of our core | of the server's core |",
        "|---|---:|---:|---:|---:|",
    ]
    for what, cost in costs.items():
        server = f"{1 / cost.server_s:,.0f}" if cost.server_s else "–"
        lines.append(f"| {what} | {cost.bytes_written:,.0f} | {cost.bytes_merged:,.0f} | {1 / cost.ours_s:,.0f} | {server} |")
    return "\n".join(lines) + (
        f"\n\n{rows:,} of each; the generated posts have {other['characters']:.0f} characters on average, the random ones 22 words. Our process took "
        f"{other['peak_mb']:,.0f} MB at most, all posts in memory. The nightly deletion of what is older than the retention: "
        f"{other['purged_a_second']:,.0f} mentions a second, {1 / other['purge_server_s']:,.0f} per second of the server's core. "
        f"`kentongan migrate` of the {rows:,} generated mentions, compared at the end: {other['moved_a_second']:,.0f} a second, "
        f"{other['moved_a_core']:,.0f} per second of our core. "
        f"Load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores; processor time is what counts here, not the clock.\n"
    )


def plan(a_day: float, costs: dict[str, Cost], other: dict[str, float]) -> list[str]:
    """One column of the computed table, from the dearer of the two kinds of text."""
    chain = costs["Elasticsearch, generated posts"]
    size = max(cost.bytes_written for what, cost in costs.items() if what.startswith("Elastic"))
    month = a_day * 30
    shards = max(math.ceil(month * size / SHARD_BYTES), math.ceil(month / SHARD_DOCUMENTS))
    months = KEEP_DAYS // 30 + 1
    disk = a_day * KEEP_DAYS * size * COPIES / FULL
    peak = a_day / 86_400 * PEAK
    ours = peak * (chain.ours_s + CLAIM_S) / BUSY
    theirs = peak * chain.server_s * COPIES / BUSY
    nodes = max(3, math.ceil(disk / (NODE_RAM * DISK_PER_RAM)), math.ceil(2 * theirs / NODE_CORES))  # half of a node's cores are for searches
    purge_h = a_day / other["purged_a_second"] / 3600
    lite = max(cost.bytes_written for what, cost in costs.items() if what.startswith("SQLite"))
    return [
        f"{a_day / 86_400:,.0f} / {peak:,.0f}", f"{ours:.2g}", f"{max(1, math.ceil(ours)) * WORKER_RAM / 1e9:.1f} GB", f"{theirs:.2g}",
        f"{a_day * KEEP_DAYS * size / 1e9:,.0f} GB", f"{disk / 1e12:,.2f} TB", f"{shards}", f"{shards * months * COPIES}", f"{nodes}",
        f"{purge_h:,.1f} h", f"{a_day * KEEP_DAYS * lite / 1e9:,.0f} GB",
    ]  # fmt: skip


def table_of_plans(costs: dict[str, Cost], other: dict[str, float]) -> str:
    """What follows for a number of mentions a day."""
    heads = [
        "mentions a second, mean / peak", "cores for attribute, mask, score, save", "memory for those workers", "cores for indexing, both copies",
        f"mentions of {KEEP_DAYS} days, one copy", "disk of the cluster", "primary shards a month", "shards in all, with replicas",
        f"data nodes ({NODE_RAM / 1e9:.0f} GB, {NODE_RAM * DISK_PER_RAM / 1e12:.1f} TB, {NODE_CORES} cores)", "deleting one day, on one core",
        "one SQLite file instead",
    ]  # fmt: skip
    columns = [plan(a_day, costs, other) for a_day in (1e5, 1e6, 1e7, 1e8)]
    lines = ["| a day | 100,000 | 1 million | 10 million | 100 million |", "|---|---:|---:|---:|---:|"]
    lines += [f"| {head} | {' | '.join(column[row] for column in columns)} |" for row, head in enumerate(heads)]
    return "\n".join(lines) + (
        f"\n\nAssumed: kept {KEEP_DAYS} days; the busiest five minutes {PEAK} times the mean; a core is full at {BUSY:.0%}; one replica; a disk full "
        f"at {FULL:.0%}; a shard of at most {SHARD_BYTES / 1e9:.0f} GB and {SHARD_DOCUMENTS / 1e6:.0f} million documents; {WORKER_RAM / 1e9:.1f} GB "
        f"a worker process; {CLAIM_S * 1e6:.0f} microseconds to look a text up among 100,000 fact-checks. Bytes as written, of the dearer kind of "
        "text. No fewer than three data nodes, so that one may be lost.\n"
    )


def main() -> None:
    """Measure, compute, print or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    costs, other = measured(given.rows)
    text = (
        f"# Scale\n\nMade by `python bench/scale.py --write`; Elasticsearch {VERSION}, one node, 1 GB of heap. What it means: docs/scale.md.\n\n"
        f"## Measured\n\n{table_of_costs(costs, other, given.rows)}\n## Computed\n\n{table_of_plans(costs, other)}"
    )
    if given.write:
        RESULT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
