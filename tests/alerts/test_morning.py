"""Quiet hours: what waited is one message per agency in the morning; critical and high never wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.lifecycle import Decision, decide, tell_end
from alerts.message import compose
from alerts.morning import summarise
from alerts.slack_buttons import buttons
from alerts.terminal import draw
from kentongan.pipeline.updates import updates
from kentongan.records import Alert, AlertState, NotifyReason
from tests.alerts.builders import AGENCIES, SLACK_PLN, alert_of, at, fires, opened, reasons, terms, tick
from tests.alerts.desk import Desk

TO_SLACK = terms(destinations=(SLACK_PLN,))
NIGHT, MORNING = 14.0, 20.0  # hours after Monday 10.00 WIB: 00.00 and 06.00 on Tuesday


def held(hours: float, rule: str = "negative_volume", **fields: object) -> Alert:
    """An alert that opened in the quiet hours, untold."""
    plain: dict[str, object] = {"severity": "medium", "rule": rule, **fields}
    decision = opened(hours, TO_SLACK, **plain)
    assert decision.notices == ()
    return alert_of(decision)


def ended(alert: Alert, hours: float) -> Alert:
    decision = decide(alert, None, tick(hours), TO_SLACK, closed=True)
    assert decision.notices == ()
    return alert_of(decision)


def morning(*alerts: Alert) -> tuple[Decision, ...]:
    """What becomes of these in the first bin after the quiet hours."""
    return summarise([_told(alert) for alert in alerts])


def _told(alert: Alert) -> Decision:
    if alert.state is AlertState.RESOLVED:
        return tell_end(alert, tick(MORNING), TO_SLACK)
    return decide(alert, fires(MORNING, severity=alert.severity, rule=alert.rule), tick(MORNING), TO_SLACK)


def test_one_night_is_one_message_with_what_goes_on_first() -> None:
    over, going = ended(held(NIGHT), 16), held(17, "hoax_volume", severity="low")
    decisions = morning(over, going)
    (notice,) = [n for d in decisions for n in d.notices]
    assert (notice.transition, notice.alert.id, [a.id for a in notice.related]) == (NotifyReason.MORNING, going.id, [over.id])
    shown = draw(compose(notice, AGENCIES, "id"), lang="id")
    assert "RINGKASAN PAGI · PLN: 2 peringatan semalam" in shown
    assert "1 masih berlangsung, 1 sudah reda." in shown
    assert "SEDANG 00.00–02.00 WIB" in shown


def test_a_single_alert_keeps_its_own_message() -> None:
    (decision,) = morning(held(NIGHT))
    assert reasons(decision) == [NotifyReason.FIRST]


def test_two_agencies_get_a_summary_each() -> None:
    nights = [held(NIGHT, rule, agency=agency) for agency in ("pln", "bpjs-kesehatan") for rule in ("negative_volume", "hoax_volume")]
    found = [n for d in morning(*nights) for n in d.notices]
    assert [(n.transition, n.alert.agency, len(n.related)) for n in found] == [
        (NotifyReason.MORNING, agency, 1) for agency in ("pln", "bpjs-kesehatan")
    ]


@pytest.mark.parametrize("severity", ["high", "critical"])
def test_what_is_grave_never_waits(severity: str) -> None:
    assert reasons(opened(NIGHT, TO_SLACK, severity=severity)) == [NotifyReason.FIRST]


def test_what_did_not_wait_is_not_part_of_it() -> None:
    fresh = opened(MORNING, TO_SLACK, rule="hoax_volume", severity="medium")
    decisions = summarise([*morning(held(NIGHT)), fresh])
    assert [reasons(d) for d in decisions] == [[NotifyReason.FIRST], [NotifyReason.FIRST]]


def test_each_open_alert_of_the_night_can_be_taken_on_from_the_summary() -> None:
    going, also = held(NIGHT), held(NIGHT, "hoax_volume")
    (notice,) = [n for d in morning(going, also) for n in d.notices]
    ((menu,),) = [row["elements"] for row in buttons(notice, AGENCIES, "id")]
    assert {option["value"] for option in menu["options"]} == {going.id, also.id}


def test_the_end_of_each_alert_of_the_night_is_told_later(desk: Desk) -> None:
    desk.clock.advance(timedelta(hours=MORNING))
    decisions = morning(held(NIGHT), held(NIGHT, "hoax_volume"))
    for decision in decisions:
        desk.save(decision)
    desk.run()
    for decision in decisions:
        desk.save(decide(alert_of(decision), None, tick(MORNING + 3), TO_SLACK, closed=True))
    desk.until_settled()
    assert sorted(key.split("/")[1] for key in desk.posted()) == ["morning", "resolved", "resolved"]


def test_what_people_do_brings_the_summary_up_to_date(desk: Desk) -> None:
    desk.clock.advance(timedelta(hours=MORNING))
    decisions = morning(held(NIGHT), held(NIGHT, "hoax_volume"))
    for decision in decisions:
        desk.save(decision)
    desk.run()
    for decision in decisions:  # the lead's own act, and that of the other
        alert = replace(alert_of(decision), state=AlertState.ACKNOWLEDGED, acknowledged_at=at(MORNING))
        desk.state.save_alert(alert, updates(desk.state, alert, at(MORNING)))
    desk.run()
    assert len(desk.slack.calls("chat.update")) >= 1
    assert len(desk.slack.channel("#humas-pln").messages) == 1


def test_a_summary_is_a_message_of_its_own_even_where_one_alert_was_told_in_the_evening(desk: Desk) -> None:
    evening = desk.save(opened(0, TO_SLACK, severity="medium"))
    desk.run()
    reminded = decide(evening, fires(NIGHT, severity="medium"), tick(NIGHT), TO_SLACK)
    assert reminded.notices == ()
    decisions = morning(alert_of(reminded), held(NIGHT, "hoax_volume", severity="low"))
    desk.clock.advance(timedelta(hours=MORNING))
    for decision in decisions:
        desk.save(decision)
    desk.run()
    first, summary = desk.slack.channel("#humas-pln").messages
    assert "thread_ts" not in summary
    assert summary["text"].startswith("RINGKASAN PAGI")
    assert first["text"].startswith("SEDANG")
