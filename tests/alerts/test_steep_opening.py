"""A crisis that climbs a level every few minutes is one message that is kept up to date, and one call when it is critical."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.actions import acknowledge
from alerts.lifecycle import Decision, decide
from kentongan.config import AlertPolicy
from kentongan.pipeline.updates import updates
from kentongan.records import Alert, NotifyReason
from tests.alerts.builders import SLACK_PLN, alert_of, at, fires, open_state, opened, reasons, terms, tick, withheld
from tests.alerts.desk import Desk
from tests.servers.slack import SlackServer

R = NotifyReason
MINUTE = 1 / 60


def climb(alert: Alert, minutes: float, severity: str, **agreed: object) -> Decision:
    return decide(alert, fires(minutes * MINUTE, severity=severity), tick(minutes * MINUTE), terms(**agreed))


def test_a_level_more_within_minutes_is_shown_in_place_and_named_as_such() -> None:
    high = climb(alert_of(opened(severity="medium")), 5, "high")
    assert (reasons(high), withheld(high), high.refresh) == ([], [R.IN_PLACE], True)
    assert high.withheld[0].detail == "high"
    assert alert_of(high).notified_severity == "medium"


def test_critical_is_told_at_once_however_fresh_the_last_message_is() -> None:
    high = climb(alert_of(opened(severity="medium")), 5, "high")
    assert reasons(climb(alert_of(high), 10, "critical")) == [R.ESCALATED]
    assert reasons(climb(alert_of(opened(severity="medium")), 5, "critical")) == [R.ESCALATED]


def test_high_is_told_once_the_last_message_is_a_quarter_of_an_hour_old() -> None:
    high = climb(alert_of(opened(severity="medium")), 5, "high")
    waits = climb(alert_of(high), 10, "high")
    told = climb(alert_of(waits), 15, "high")
    assert (reasons(waits), waits.refresh, reasons(told)) == ([], False, [R.ESCALATED])
    assert reasons(climb(alert_of(told), 20, "high")) == []


def test_who_took_it_on_after_it_was_shown_is_not_called_for_it_but_for_critical() -> None:
    high = alert_of(climb(alert_of(opened(severity="medium")), 5, "high"))
    taken = acknowledge(high, by="Dewi", at=at(0.2))
    assert reasons(climb(taken, 20, "high")) == []
    assert reasons(climb(taken, 20, "critical")) == [R.ESCALATED]


def test_who_took_it_on_before_it_rose_is_told() -> None:
    taken = acknowledge(alert_of(opened(severity="medium")), by="Dewi", at=at(0.01))
    high = alert_of(climb(taken, 5, "high"))
    assert reasons(climb(high, 15, "high")) == [R.ESCALATED]


def test_every_level_of_a_climb_is_shown() -> None:
    medium = climb(alert_of(opened(severity="low")), 3, "medium")
    high = climb(alert_of(medium), 6, "high")
    assert [d.refresh for d in (medium, high)] == [True, True]


def test_the_pause_is_a_knob() -> None:
    at_once = {"policy": AlertPolicy(raised_after_min=0)}
    assert reasons(climb(alert_of(opened(severity="medium")), 5, "high", **at_once)) == [R.ESCALATED]


# in Slack


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with SlackServer() as slack:
        yield Desk(open_state(tmp_path), slack)


def play(desk: Desk, deliver_each: bool) -> None:
    """Medium, high five minutes later, critical after ten."""
    agreed = {"destinations": (SLACK_PLN,)}
    alert = desk.save(opened(severity="medium", agreed=terms(**agreed)))
    for minutes, severity in ((5, "high"), (10, "critical")):
        if deliver_each:
            desk.run()
        decision = climb(alert, minutes, severity, **agreed)
        alert = desk.save(decision)
        if decision.refresh:
            desk.state.save_alert(alert, updates(desk.state, alert, at(minutes * MINUTE)))
    desk.until_settled()


@pytest.mark.parametrize("deliver_each", [True, False], ids=["delivered-each-time", "delivered-at-the-end"])
def test_three_levels_in_ten_minutes_are_one_message_and_one_note(desk: Desk, deliver_each: bool) -> None:
    play(desk, deliver_each)
    root, note = desk.slack.channel("#humas-pln").messages
    assert root["text"].startswith("KRITIS · PLN")
    assert (note["thread_ts"], note["subtype"]) == (root["ts"], "thread_broadcast")


def test_the_message_shows_the_higher_level_before_it_is_told(desk: Desk) -> None:
    agreed = {"destinations": (SLACK_PLN,)}
    alert = desk.save(opened(severity="medium", agreed=terms(**agreed)))
    desk.run()
    high = desk.save(climb(alert, 5, "high", **agreed))
    desk.state.save_alert(high, updates(desk.state, high, at(5 * MINUTE)))
    desk.run()
    (root,) = desk.slack.channel("#humas-pln").messages
    assert root["text"].startswith("TINGGI · PLN: keluhan dan sebutan negatif melonjak")


def test_each_level_has_an_update_of_its_own(desk: Desk) -> None:
    alert = desk.save(opened(severity="low", agreed=terms(destinations=(SLACK_PLN,))))
    first = replace(alert, timeline=(*alert.timeline,))
    medium = alert_of(climb(first, 3, "medium"))
    high = alert_of(climb(medium, 6, "high"))
    keys = {notice.key for shown in (medium, high) for notice in updates(desk.state, shown, at(0.2))}
    assert len(keys) == 2
