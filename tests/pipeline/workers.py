"""Several workers on one PostgreSQL, told the ticks of a simulated clock; and what they leave behind.

All are told each tick at once, so every step of it is a race: the same page of the same source, the same bins, the same row of the outbox.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kentongan.clock import FixedClock, parse_time
from kentongan.pipeline.detect import recount
from kentongan.pipeline.wiring import open_context
from kentongan.records import Window
from kentongan.settings import Settings, read_settings
from tests.pipeline.conftest import House
from tests.servers.elasticsearch import fresh_prefix
from tests.servers.postgres import fresh_schema
from tests.servers.slack import TOKEN, SlackServer
from tests.store.elastic_home import remove

ROOT = Path(__file__).resolve().parents[2]
TICK = timedelta(minutes=5)
SOURCES = ("rekaman-a", "rekaman-b", "rekaman-c")


@dataclass
class Outcome:
    """What a run left behind; ids that are drawn at random are left out."""

    mentions: int
    counts: list[tuple[str, datetime, int, int]]
    alerts: list[tuple[Any, ...]]
    deliveries: list[tuple[Any, ...]]
    posted: list[str] = field(default_factory=list)  # delivery keys, oldest first


class Workers:
    """Processes that are told ticks."""

    def __init__(self, environment: Mapping[str, str], number: int) -> None:
        self._environment = environment
        self._running = [self._start() for _ in range(number)]

    def _start(self) -> subprocess.Popen[str]:
        running = subprocess.Popen(
            [sys.executable, "-m", "tests.pipeline.worker_program"], env=self._environment, cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        return running

    def await_ready(self) -> None:
        for running in self._running:
            assert self._line(running) == "ready"

    def _line(self, running: subprocess.Popen[str]) -> str:
        assert running.stdout
        line = running.stdout.readline().strip()
        if not line:
            running.kill()
            raise AssertionError(running.communicate()[1][-3000:])
        return line

    def tick(self, at: datetime, kill_after_s: float | None = None) -> None:
        """Tell all of them at once, and wait for all. kill_after_s: the first is killed so much later, and another takes its place."""
        for running in self._running:
            assert running.stdin
            running.stdin.write(at.isoformat() + "\n")
            running.stdin.flush()
        survivors = self._running
        if kill_after_s is not None:
            first, *survivors = self._running
            try:
                first.wait(kill_after_s)
            except subprocess.TimeoutExpired:
                first.kill()
            first.communicate()
        for running in survivors:
            assert self._line(running) == "done"
        if kill_after_s is not None:
            self._running[0] = self._start()
            assert self._line(self._running[0]) == "ready"

    def stop(self) -> None:
        for running in self._running:
            running.kill()
            running.communicate()


@contextmanager
def installation(house: House, postgres: str, elastic: str) -> Iterator[dict[str, str]]:
    """The environment of one installation: state in PostgreSQL, mentions in a file or in Elasticsearch."""
    with ExitStack() as stack:
        state = stack.enter_context(fresh_schema(postgres))
        environment = {**house.environment, "KENTONGAN_STATE_URL": state, "SLACK_BOT_TOKEN": TOKEN}
        if elastic:
            prefix = fresh_prefix()
            stack.callback(remove, elastic, prefix)
            environment |= {"ELASTICSEARCH_URL": elastic, "KENTONGAN_ELASTIC_PREFIX": prefix}
        yield environment


def run(
    house: House, rows: Iterable[Mapping[str, Any]], ticks: list[datetime], *, workers: int, postgres: str, elastic: str = "",
    kill: Mapping[int, float] | None = None,
) -> Outcome:  # fmt: skip
    """Play the ticks; rows appear in the sources' files in the tick after their publication. kill: {number of a tick: seconds into it}."""
    rest = sorted(rows, key=lambda row: parse_time(row["published_at"]))
    with SlackServer() as slack, installation(house, postgres, elastic) as environment:
        environment["SLACK_BASE_URL"] = slack.url
        files = [house.stream(name, []) for name in SOURCES]
        crew = Workers(environment, workers)
        try:
            crew.await_ready()
            for number, at in enumerate(ticks):
                due = [row for row in rest if parse_time(row["published_at"]) < at]
                rest = rest[len(due) :]
                for row in due:
                    with files[sum(row["id"].encode()) % len(files)].open("a", encoding="utf-8") as file:
                        file.write(json.dumps(row) + "\n")
                crew.tick(at, (kill or {}).get(number))
        finally:
            crew.stop()
        assert not rest
        return outcome(read_settings(environment), ticks, slack)


def outcome(settings: Settings, ticks: list[datetime], slack: SlackServer) -> Outcome:
    """What lies in the stores and at Slack."""
    with open_context(settings, clock=FixedClock(ticks[-1]), terminal_only=True) as ctx:
        recount(ctx)
        week = Window(start=ticks[0] - timedelta(days=30), end=ticks[-1])
        found = Outcome(
            mentions=ctx.mentions.count(),
            counts=[(slug, c.start, c.total, c.negative) for slug, bins in sorted(ctx.state.counts_of_all(week).items()) for c in bins],
            alerts=[(a.agency, a.rule, a.state, a.opened_at, a.resolved_at, a.peak_observed) for a in ctx.state.alerts()],
            deliveries=sorted((d.notice.transition, d.notice.sequence, d.notice.destination, d.outcome) for d in ctx.state.deliveries()),
        )
    found.posted = [message["posted_key"] for message in slack.channel("#humas-pln").messages if message["posted_key"]]
    return found


def require_the_same(two: Outcome, one: Outcome) -> None:
    """Nothing lost, nothing doubled."""
    assert one.alerts
    assert (two.mentions, two.counts, two.alerts, two.deliveries) == (one.mentions, one.counts, one.alerts, one.deliveries)
    assert len(set(two.posted)) == len(two.posted) == len(one.posted) > 0
    assert [key.split("/", 1)[1] for key in two.posted] == [key.split("/", 1)[1] for key in one.posted]


def ticks_until(start: datetime, end: datetime) -> list[datetime]:
    return [start + TICK * n for n in range(1, (end - start) // TICK + 1)]
