"""The whole chain on the bundled stream: the planted crisis and hoax are told, the campaign and the calm agencies are not."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.incidents import lead_of
from kentongan.clock import FixedClock, parse_time
from kentongan.pipeline.replay import ReplayReport, replay_file
from kentongan.pipeline.weekly import make_digest
from kentongan.pipeline.wiring import Context, open_context
from kentongan.records import Alert
from kentongan.settings import Settings, packaged_config
from kentongan.simulation import simulate, truth


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stream") / "stream.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in simulate()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def played(stream: Path) -> Iterator[tuple[Context, ReplayReport, io.StringIO, Path]]:
    """The stream played once into a database that the tests of this module only read (or play into again)."""
    var = stream.parent / "var"
    settings = Settings(var=var, database=var / "k.db", config=packaged_config())
    clock, said = FixedClock(datetime(1970, 1, 1, tzinfo=UTC)), io.StringIO()
    with open_context(settings, clock=clock, event_time=True, terminal_only=True, stream=said) as ctx:
        report = replay_file(ctx, stream, clock, source="simulasi")
        yield ctx, report, said, stream


def _alerts(ctx: Context, agency: str) -> list[Alert]:
    return ctx.state.alerts(agency=agency)


def test_every_row_is_collected_and_none_is_rejected(played: tuple) -> None:
    _, report, _, stream = played
    assert report.rejected == 0
    assert report.absorbed.collected == len(stream.read_text(encoding="utf-8").splitlines())


def test_the_crisis_is_told_within_an_hour_of_its_start(played: tuple) -> None:
    ctx, *_ = played
    event = next(e for e in truth()["events"] if e["kind"] == "crisis")
    opened = [a.opened_at for a in _alerts(ctx, event["agency"]) if a.rule == "negative_volume"]
    start = parse_time(event["start"])
    assert any(start <= at <= start + timedelta(hours=1) for at in opened)


def test_the_end_of_each_names_the_agencys_own_clarification_and_no_everyday_post(played: tuple) -> None:
    ctx, *_ = played
    said = {(a.agency, a.rule): a.spike.statement for a in ctx.state.alerts() if a.resolved_at}
    outage, hoax = said["pln", "negative_volume"], said["bpjs-kesehatan", "hoax_volume"]
    assert outage is not None
    assert "gangguan pada sistem transmisi" in outage.text
    assert hoax is not None
    assert "tidak pernah membagikan bantuan THR" in hoax.text


def test_the_hoax_is_told_while_it_spreads(played: tuple) -> None:
    ctx, *_ = played
    event = next(e for e in truth()["events"] if e["kind"] == "hoax")
    opened = [a.opened_at for a in _alerts(ctx, event["agency"]) if a.rule == "hoax_volume"]
    assert any(parse_time(event["start"]) <= at <= parse_time(event["end"]) for at in opened)


def test_the_hoax_is_one_event_for_the_officer(played: tuple) -> None:
    ctx, *_ = played
    (hoax,) = (a for a in _alerts(ctx, "bpjs-kesehatan") if a.rule == "hoax_volume")
    assert [a.rule for a in _alerts(ctx, "bpjs-kesehatan") if a.id != hoax.id and lead_of(a) != hoax.id] == []  # complaints about it go under it
    told = [str(d.notice.transition) for d in ctx.state.deliveries() if d.notice.alert.id == hoax.id]
    assert (told.count("first"), told.count("resolved")) == (1, 1)


def test_the_happy_campaign_opens_no_alert(played: tuple) -> None:
    ctx, *_ = played
    assert _alerts(ctx, next(e for e in truth()["events"] if e["kind"] == "campaign")["agency"]) == []


def test_a_calm_agency_opens_no_alert(played: tuple) -> None:
    ctx, *_ = played
    assert {agency: len(_alerts(ctx, agency)) for agency in truth()["calm_agencies"]} == dict.fromkeys(truth()["calm_agencies"], 0)


def test_every_message_says_simulasi(played: tuple) -> None:
    _, _, said, _ = played
    messages = [part for part in said.getvalue().split("━" * 80) if part.strip()]
    assert messages
    assert all("SIMULASI" in part for part in messages)


def test_no_private_account_appears_in_any_message(played: tuple) -> None:
    _, _, said, stream = played
    rows = [json.loads(line) for line in stream.read_text(encoding="utf-8").splitlines()]
    private = {row["author"] for row in rows if row["author_kind"] == "citizen"}
    words = said.getvalue()
    assert [handle for handle in private if handle in words] == []


def test_playing_it_again_changes_and_sends_nothing(played: tuple) -> None:
    ctx, _, said, stream = played
    before, words = (ctx.mentions.count(), ctx.state.alerts(), ctx.state.deliveries()), said.getvalue()
    clock = ctx.clock
    assert isinstance(clock, FixedClock)
    again = replay_file(ctx, stream, clock, source="simulasi")
    assert (again.absorbed.new, again.detected.opened, again.detected.notices) == (0, [], 0)
    assert (ctx.mentions.count(), ctx.state.alerts(), ctx.state.deliveries()) == before
    assert said.getvalue() == words


def test_the_digest_ranks_the_crisis_first_and_names_no_private_account(played: tuple, tmp_path: Path) -> None:
    ctx, _, _, stream = played
    made = make_digest(ctx, end=parse_time("2026-03-23T00:00:00"), lang="id", folder=tmp_path)
    assert {week.slug for week in made.numbers.agencies[:2]} == {"pln", "bpjs-kesehatan"}
    page = made.path.read_text(encoding="utf-8")
    assert made.path.name.startswith("SIMULASI-")
    assert "SIMULASI" in page
    rows = [json.loads(line) for line in stream.read_text(encoding="utf-8").splitlines()]
    assert [row["author"] for row in rows if row["author_kind"] == "citizen" and row["author"] in page] == []
    pln = next(week for week in made.numbers.agencies if week.slug == "pln")
    assert pln.answers.answered > 0
    assert pln.answers.median is not None
