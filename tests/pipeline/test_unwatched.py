"""An alert whose agency, rule or claim is taken out of Kentongan's hands is closed with that reason: told below its message, without a ping."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.grouping import group
from alerts.incidents import fold, lead_of
from alerts.lifecycle import decide
from alerts.message import compose
from alerts.outbox import deliver
from alerts.unwatched import was_unwatched
from kentongan.clock import FixedClock
from kentongan.config import AgencyConfig, AlertPolicy
from kentongan.pipeline.claims import take_out
from kentongan.pipeline.detect import detect
from kentongan.pipeline.unwatched import GRACE
from kentongan.pipeline.wiring import Context, open_context
from kentongan.records import Alert, AlertState, NotifyReason
from kentongan.settings import Settings, packaged_config
from tests.alerts.builders import AGENCIES, SLACK_PLN, alert_of, at, fires, opened, reasons, slack_receiver, terms, tick
from tests.factories import T0, claim
from tests.servers.slack import SlackServer


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    settings = Settings(var=tmp_path, database=tmp_path / "k.db", config=packaged_config())
    with open_context(settings, clock=FixedClock(T0), terminal_only=True) as found:
        yield found


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


def told(ctx: Context, slack: SlackServer, **fields: object) -> Alert:
    """An alert of PLN whose first message is in Slack."""
    decision = opened(0, terms(destinations=(SLACK_PLN,)), **fields)
    ctx.state.save_alert(alert_of(decision), decision.notices)
    send(ctx, slack)
    return alert_of(decision)


def send(ctx: Context, slack: SlackServer) -> None:
    deliver(
        ctx.state, {"slack": slack_receiver(slack)}, clock=ctx.clock, worker="w", fallback=(), late_after=timedelta(days=1), sleep=lambda _: None
    )  # fmt: skip


def pass_time(ctx: Context, step: timedelta) -> None:
    assert isinstance(ctx.clock, FixedClock)
    ctx.clock.advance(step)


def without(ctx: Context, gone: str) -> None:
    agencies = {} if gone == "agency" else ctx.config.agencies
    rules = {name: rule.model_copy(update={"enabled": gone != "rule"}) for name, rule in ctx.config.rules.items()}
    ctx.config = ctx.config.model_copy(update={"agencies": agencies, "rules": rules})


@pytest.mark.parametrize("gone", ["agency", "rule"])
def test_what_is_watched_no_longer_is_closed_with_that_reason_below_its_message(gone: str, ctx: Context, slack: SlackServer) -> None:
    alert = told(ctx, slack)
    without(ctx, gone)
    assert detect(ctx).resolved == []  # somebody may just be editing the folder
    pass_time(ctx, GRACE)
    assert [one.id for one in detect(ctx).resolved] == [alert.id]
    assert detect(ctx).resolved == []
    closed = ctx.state.alert(alert.id)
    assert closed is not None
    assert (closed.state, was_unwatched(closed)) == (AlertState.RESOLVED, gone)
    send(ctx, slack)
    root, reply = slack.channel("#humas-pln").messages
    assert (reply["thread_ts"], "subtype" in reply) == (root["ts"], False)
    for message in (root, reply):
        assert "tidak dipantau lagi" in message["text"]
        assert "kembali biasa" not in str(message["blocks"])
        assert message["blocks"][0]["text"]["text"].startswith("⚪"), "a green tick would say that all is well"


def test_a_folder_that_lacks_an_agency_for_a_moment_closes_nothing(ctx: Context, slack: SlackServer) -> None:
    alert = told(ctx, slack)
    whole = ctx.config
    for _ in range(3):
        without(ctx, "agency")
        detect(ctx)
        pass_time(ctx, GRACE - timedelta(minutes=1))
        ctx.config = whole
        detect(ctx)
    kept = ctx.state.alert(alert.id)
    assert kept is not None
    assert kept.state is AlertState.OPEN


def test_what_nobody_was_told_of_is_closed_without_a_word(ctx: Context) -> None:
    alert = replace(alert_of(opened(0)), notified_severity=None)
    ctx.state.save_alert(alert)
    without(ctx, "agency")
    detect(ctx)
    pass_time(ctx, GRACE)
    report = detect(ctx)
    assert ([one.id for one in report.resolved], report.notices) == ([alert.id], 0)


def test_a_hoax_and_its_complaints_are_closed_in_one_message(ctx: Context, slack: SlackServer) -> None:
    lead = told(ctx, slack, rule="hoax_volume")
    below = alert_of(opened(0.1, rule="negative_volume"))
    *before, first = below.timeline
    below = replace(below, timeline=(*before, replace(first, detail=lead.id)))
    assert lead_of(below) == lead.id
    ctx.state.save_alert(below)
    without(ctx, "agency")
    detect(ctx)
    pass_time(ctx, GRACE)
    assert {one.id for one in detect(ctx).resolved} == {lead.id, below.id}
    send(ctx, slack)
    root, *notes = slack.channel("#humas-pln").messages
    assert all(note["thread_ts"] == root["ts"] and "subtype" not in note for note in notes)
    assert "tidak dipantau lagi" in root["text"]


def test_a_claim_that_is_taken_out_is_no_longer_pointed_at(ctx: Context, slack: SlackServer) -> None:
    known = claim(id="c1", title="Token listrik gratis dari PLN")
    ctx.state.put_claims([known])
    alert = told(ctx, slack, rule="hoax_volume", nearest_claim=known)
    (root,) = slack.channel("#humas-pln").messages
    assert known.title in str(root["blocks"])
    take_out(ctx, known, "humas", "salah masuk")
    kept = ctx.state.alert(alert.id)
    assert kept is not None
    assert (kept.state, kept.spike.nearest_claim) == (AlertState.OPEN, None)
    send(ctx, slack)
    (root,) = slack.channel("#humas-pln").messages
    assert known.title not in str(root["blocks"])


def test_an_alert_of_that_claim_itself_is_closed(ctx: Context) -> None:
    known = claim(id="c1")
    ctx.state.put_claims([known])
    alert = replace(alert_of(opened(0)), claim_id="c1", spike=fires(0, claim_id="c1"))
    ctx.state.save_alert(alert)
    take_out(ctx, known, "humas", "salah masuk")
    closed = ctx.state.alert(alert.id)
    assert closed is not None
    assert was_unwatched(closed) == "claim"
    assert ctx.state.deliveries(episode=alert.id) == []  # nobody was told that it began


def test_the_same_agency_watched_again_is_told_without_a_cooldown(ctx: Context, slack: SlackServer) -> None:
    told(ctx, slack)
    without(ctx, "agency")
    detect(ctx)
    pass_time(ctx, GRACE)
    (closed,) = detect(ctx).resolved
    again = decide(None, fires(0.75), tick(0.75), terms(), last_resolved=closed)
    assert reasons(again) == [NotifyReason.FIRST]
    assert "DITUTUP" in compose(ctx.state.deliveries(episode=closed.id)[-1].notice, AGENCIES, "id").headline
    assert at(0.5) == closed.resolved_at


def test_one_of_many_agencies_that_is_taken_out_is_marked_in_their_message(ctx: Context, slack: SlackServer) -> None:
    decisions = []
    for n in range(6):
        agency = AgencyConfig(slug=f"a{n}", name=f"Instansi {n}", aliases=("Instansi",))
        decisions.append(decide(None, fires(0, agency=agency.slug), tick(0), terms(agency=agency, destinations=(SLACK_PLN,))))
    for decision in group(decisions, AlertPolicy()):
        ctx.state.save_alert(alert_of(decision), decision.notices)
    send(ctx, slack)
    kept = {f"a{n}": AgencyConfig(slug=f"a{n}", name=f"Instansi {n}", aliases=("Instansi",)) for n in range(1, 6)}
    ctx.config = ctx.config.model_copy(update={"agencies": kept})
    detect(ctx)
    pass_time(ctx, GRACE)
    detect(ctx)
    send(ctx, slack)
    root = slack.channel("#humas-pln").messages[0]
    assert "5 dari 6 instansi masih melonjak" in root["text"]
    assert "tidak dipantau lagi" in str(root["blocks"])


def test_a_claim_taken_out_of_a_hoax_and_its_complaints_leaves_their_one_message(ctx: Context, slack: SlackServer) -> None:
    known = claim(id="c1", title="Token listrik gratis dari PLN")
    ctx.state.put_claims([known])
    lead = told(ctx, slack, rule="hoax_volume", nearest_claim=known)
    (second,) = fold([opened(0.1, terms(destinations=(SLACK_PLN,)), rule="negative_volume", nearest_claim=known)], [lead])
    ctx.state.save_alert(alert_of(second), second.notices)
    send(ctx, slack)
    take_out(ctx, known, "humas", "salah masuk")
    send(ctx, slack)
    assert known.title not in str(slack.channel("#humas-pln").messages[0]["blocks"])
    assert all(alert.spike.nearest_claim is None for alert in ctx.state.alerts())
