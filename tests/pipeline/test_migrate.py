"""`kentongan migrate`, in the middle of a crisis: killed, resumed, and the new homes go on where the old ones stopped."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kentongan.clock import FixedClock, SystemClock, parse_time
from kentongan.pipeline.cli.migrate import open_homes
from kentongan.pipeline.migrate import Outcome, migrate, verify
from kentongan.pipeline.moving import Checkpoint
from kentongan.pipeline.replay import replay_file
from kentongan.pipeline.wiring import open_context
from kentongan.ports import MentionQuery
from kentongan.records import BinKey, NotifyReason
from kentongan.settings import Settings, packaged_config
from kentongan.simulation import simulate, truth
from tests.factories import T0, mention
from tests.servers.elasticsearch import fresh_prefix
from tests.servers.postgres import fresh_schema
from tests.servers.slack import TOKEN, SlackServer
from tests.store.elastic_home import remove
from tests.store.elastic_wire import Answer, between

pytestmark = [pytest.mark.postgres, pytest.mark.elasticsearch]

WEEKS = 2


@dataclass
class Silent:
    """Progress that nobody looks at."""

    steps: list[str] = field(default_factory=list)

    def begin(self, id_text: str, en_text: str, total: int | None) -> None:
        self.steps.append(en_text)

    def advance(self, count: int) -> None:
        pass


@dataclass(frozen=True, kw_only=True)
class Move:
    """An installation on one SQLite file, and empty servers that it may move to."""

    old: Settings
    new: Settings

    def run(self, *, back: bool = False, only_verify: bool = False, force: bool = False, wait_s: float = 0) -> Outcome:
        with open_homes(self.new, {"mentions", "state"}, back=back) as homes:
            if only_verify:
                return verify(homes, progress=Silent())
            note = Checkpoint(self.new.var / "migration.json", homes.source_place, homes.target_place)
            return migrate(homes, clock=SystemClock(), progress=Silent(), checkpoint=note, force=force, wait_s=wait_s)

    def command(self, *arguments: str, elastic: str = "") -> tuple[list[str], dict[str, str]]:
        """The command line as a process, and its environment."""
        environment = {
            "KENTONGAN_VAR": str(self.new.var), "KENTONGAN_DB": str(self.new.database), "KENTONGAN_STATE_URL": self.new.state_url,
            "ELASTICSEARCH_URL": elastic or self.new.elasticsearch_url, "KENTONGAN_ELASTIC_PREFIX": self.new.elasticsearch_prefix,
            "KENTONGAN_LANG": "en", "PATH": "/usr/bin:/bin",
        }  # fmt: skip
        return [sys.executable, "-m", "kentongan.pipeline.cli", "migrate", *arguments], environment

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command, environment = self.command(*arguments)
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """PLN's two weeks, not marked as simulated: up to the middle of its crisis, from there on, and in one piece."""
    folder = tmp_path_factory.mktemp("streams")
    start = parse_time(next(event for event in truth(weeks=WEEKS)["events"] if event["kind"] == "crisis")["start"])
    middle = start + timedelta(hours=2)
    rows = [{**row, "tags": []} for row in simulate(weeks=WEEKS) if "PLN" in row["text"]]
    parts = (
        [row for row in rows if parse_time(row["published_at"]) < middle],
        [row for row in rows if parse_time(row["published_at"]) >= middle],
        rows,
    )
    paths = folder / "first.jsonl", folder / "second.jsonl", folder / "whole.jsonl"
    for path, part in zip(paths, parts, strict=True):
        path.write_text("".join(json.dumps(row) + "\n" for row in part), encoding="utf-8")
    return paths


def play(settings: Settings, stream: Path, slack: SlackServer | None = None) -> None:
    """The stream by event time; alerts go to the Slack server, or to nowhere."""
    there = replace(settings, slack_bot_token=TOKEN, slack_base_url=slack.url) if slack else settings
    clock = FixedClock(datetime(1970, 1, 1, tzinfo=UTC))
    with open_context(there, clock=clock, event_time=True, stream=io.StringIO()) as ctx:
        replay_file(ctx, stream, clock, source="x")


def posted(slack: SlackServer) -> list[str]:
    """Delivery keys of the messages, oldest first; a picture has none."""
    return [message["posted_key"] for message in slack.channel("#humas-pln").messages if message["posted_key"]]


@pytest.fixture(scope="module")
def filled(streams: tuple[Path, Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, SlackServer]]:
    """A database in the middle of a crisis, and the Slack workspace that was told of it."""
    var = tmp_path_factory.mktemp("filled")
    with SlackServer() as slack:
        play(Settings(var=var, database=var / "k.db", config=packaged_config()), streams[0], slack)
        yield var, slack


@pytest.fixture
def move(request: pytest.FixtureRequest, filled: tuple[Path, SlackServer], tmp_path: Path) -> Iterator[Move]:
    """A copy of that installation, with a label, a silence of its own and an audit trail."""
    shutil.copytree(filled[0], tmp_path / "var")
    old = Settings(var=tmp_path / "var", database=tmp_path / "var" / "k.db", config=packaged_config())
    elastic, prefix = request.getfixturevalue("elasticsearch_server"), fresh_prefix()
    with fresh_schema(request.getfixturevalue("postgres_url")) as state:
        yield Move(old=old, new=replace(old, elasticsearch_url=elastic, elasticsearch_prefix=prefix, state_url=state))
    remove(elastic, prefix)


def test_killed_in_the_middle_it_resumes_and_the_crisis_goes_on_with_no_message_twice(
    move: Move, filled: tuple[Path, SlackServer], streams: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    _, slack = filled
    with open_context(move.old) as ctx:
        stored = ctx.mentions.count()
        assert [alert.state for alert in ctx.state.alerts()] == ["open"]
    reached, gate, bulks = threading.Event(), threading.Event(), []

    def hold(method: str, path: str, body: bytes) -> Answer | None:
        if path.startswith("/_bulk"):
            bulks.append(path)
            if len(bulks) == 4:
                reached.set()
                gate.wait(60)
        return None

    with between(move.new.elasticsearch_url, hold) as elastic:
        command, environment = move.command("--page", "200", elastic=elastic)
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert reached.wait(60)
        process.kill()
        process.communicate()
        gate.set()
        reached.clear()
        bulks.clear()
        again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert again.returncode == 0, again.stderr
    assert "Resumed at" in again.stdout
    assert "Both sides are equal." in again.stdout
    copied = int(next(line for line in again.stdout.splitlines() if "copied" in line).split()[0].replace(",", ""))
    assert copied == stored - 3 * 200 + 1, "three pages were safe; the very last moment of them is looked at again"

    before = posted(slack)
    play(move.new, streams[1], slack)
    alone = Settings(var=tmp_path / "alone", database=tmp_path / "alone" / "k.db", config=packaged_config())
    play(alone, streams[2])
    after = posted(slack)
    assert after[: len(before)] == before != after
    assert len(set(after)) == len(after)
    with open_context(move.new) as ctx, open_context(alone) as other:
        steps = [(d.notice.transition, d.notice.sequence, d.outcome) for d in other.state.deliveries()]
        # Slack's message is also brought up to date in between, which the terminal's cannot be.
        told = [d for d in ctx.state.deliveries() if d.notice.transition is not NotifyReason.UPDATED]
        assert [(d.notice.transition, d.notice.sequence, d.outcome) for d in told] == steps
        assert len(after) == len(steps)
        assert ctx.mentions.count() == other.mentions.count()
        assert [(a.agency, a.state, a.opened_at) for a in ctx.state.alerts()] == [(a.agency, a.state, a.opened_at) for a in other.state.alerts()]


def test_what_arrives_later_is_brought_by_a_second_run_and_what_was_forgotten_goes(move: Move) -> None:
    first = move.run()
    assert (first.equal, first.mended, first.removed) == (True, 0, 0)
    with open_context(move.old) as ctx:
        known = [scored.mention.id for scored in ctx.mentions.search(MentionQuery(), limit=3).mentions]
        ctx.mentions.save([mention(native_id="later"), mention(native_id="long-ago", published_at=T0 - timedelta(days=300))], ctx.clock.now())
        ctx.mentions.forget(ids=known[:1])
        ctx.state.add_tombstones(ids=known[:1], at=ctx.clock.now(), reason="permintaan")
        ctx.state.put_label(known[1], "sentiment", "neutral", "petugas", ctx.clock.now())
        ctx.mentions.blank(known[2:], ctx.clock.now())
    second = move.run()
    assert (second.equal, second.copied, second.mended, second.removed) == (True, 0, 3, 1)
    with open_context(move.new) as ctx:
        assert ctx.mentions.get(known[:1]) == []
        assert ctx.state.labels(known)[known[1]] == {"sentiment": "neutral"}
        assert ctx.mentions.get(known[2:])[0].mention.text == ""


def test_a_target_that_is_in_use_is_refused_and_nothing_is_written(move: Move) -> None:
    move.run()
    with open_context(move.new) as ctx:
        ctx.state.mark_dirty([BinKey(agency="pln", start=T0)])
        before = ctx.state.dirty()
    refused = move.call()
    assert refused.returncode == 1
    assert "in use" in refused.stderr
    with open_context(move.new) as ctx:
        assert ctx.state.dirty() == before
    assert move.call("--force").returncode == 0


def test_a_target_with_other_mentions_is_refused_and_they_are_named(move: Move) -> None:
    with open_context(move.new) as ctx:
        ctx.mentions.save([mention(native_id="other", published_at=ctx.clock.now())], ctx.clock.now())
    refused = move.call()
    assert refused.returncode == 1
    assert mention(native_id="other").mention.id in refused.stderr
    with open_context(move.new) as ctx:
        assert ctx.mentions.count() == 1


def test_what_differs_is_named_with_exit_code_1(move: Move) -> None:
    move.run()
    with open_context(move.old) as old, open_context(move.new) as new:
        ids = [scored.mention.id for scored in old.mentions.search(MentionQuery(), limit=2).mentions]
        new.mentions.blank(ids[:1], new.clock.now())
        new.mentions.forget(ids=ids[1:])
        new.state.set_meta("own", "1")
    told = move.call("--verify")
    assert told.returncode == 1
    assert f"newer at the target: 1: {ids[0]}" in told.stdout
    assert f"only at the source: 1: {ids[1]}" in told.stdout
    assert "meta: 1: own" in told.stdout


def test_while_another_process_works_the_state_does_not_move(move: Move) -> None:
    with open_context(move.old) as ctx:
        ctx.state.acquire_lease("detect", "other", ctx.clock.now(), 60)
    refused = move.call("--wait", "0")
    assert refused.returncode == 1
    assert "detect" in refused.stderr
    with open_context(move.new) as ctx:
        assert ctx.state.alerts() == []


def test_the_way_back_leads_to_an_equal_file(move: Move, tmp_path: Path) -> None:
    move.run()
    elsewhere = replace(move, new=replace(move.new, database=tmp_path / "back.db"))
    assert elsewhere.run(back=True).equal
    with open_homes(replace(move.new, database=tmp_path / "back.db"), {"mentions", "state"}, back=False) as homes:
        assert verify(homes, progress=Silent()).equal


def test_without_an_address_it_is_wrong_use(move: Move) -> None:
    command, environment = move.command()
    for name in ("ELASTICSEARCH_URL", "KENTONGAN_STATE_URL"):
        environment.pop(name)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "ELASTICSEARCH_URL" in done.stderr) == (2, True)
