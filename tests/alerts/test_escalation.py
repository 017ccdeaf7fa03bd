"""Nobody takes it on: the next group is told, then the leadership, each once; with a reason where nobody is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.actions import acknowledge, mark_false_alarm, snooze
from alerts.lifecycle import Decision, decide
from alerts.message import compose
from alerts.terminal import draw
from kentongan.config import AgencyConfig
from kentongan.pipeline.receivers import groups_for
from kentongan.records import Alert, NotifyReason, Silence
from tests.alerts.builders import AGENCIES, PLN, SLACK_PLN, alert_of, at, fires, open_state, opened, reasons, terms, tick, withheld
from tests.alerts.desk import Desk
from tests.servers.slack import SlackServer

DUTY, BOARD = "slack:#pimpinan-pln", "slack:#menteri"
ASKED = terms(destinations=(SLACK_PLN,), groups=((DUTY,), (BOARD,)))
MINUTE = 1 / 60


def goes_on(alert: Alert, minutes: float, **fields: object) -> Decision:
    return decide(alert, fires(minutes * MINUTE, severity=alert.severity, **fields), tick(minutes * MINUTE), ASKED)


def after(alert: Alert, minutes: int, step: int = 5) -> tuple[Alert, list[tuple[int, str, str]]]:
    """The alert after so many minutes of bins; (minute, reason, destination) of all that was told."""
    told = []
    for minute in range(step, minutes + 1, step):
        decision = goes_on(alert, minute)
        told += [(minute, str(n.transition), n.destination) for n in decision.notices]
        alert = decision.alert or alert
    return alert, told


@pytest.mark.parametrize(("severity", "first", "second"), [("critical", 15, 30), ("high", 60, 120)])
def test_the_next_group_and_then_the_leadership_are_told_once_each(severity: str, first: int, second: int) -> None:
    _, told = after(alert_of(opened(agreed=ASKED, severity=severity)), 200)
    assert told == [(first, "unattended", DUTY), (second, "unattended", BOARD)]


@pytest.mark.parametrize("severity", ["low", "medium"])
def test_low_and_medium_alerts_are_nobody_elses_business(severity: str) -> None:
    _, told = after(alert_of(opened(agreed=ASKED, severity=severity)), 200)
    assert told == []


def test_once_somebody_is_on_it_nobody_else_is_called() -> None:
    taken = acknowledge(alert_of(opened(agreed=ASKED, severity="critical")), by="slack:U1", at=at(0.1))
    assert after(taken, 200)[1] == []
    assert after(mark_false_alarm(alert_of(opened(agreed=ASKED, severity="critical")), by="slack:U1", at=at(0.1)), 200)[1] == []


def test_a_higher_severity_begins_the_wait_anew_and_is_told_to_all_who_know() -> None:
    alert, told = after(alert_of(opened(agreed=ASKED, severity="high")), 60)
    assert [place for _, _, place in told] == [DUTY]
    worse = decide(alert, fires(65 * MINUTE, severity="critical"), tick(65 * MINUTE), ASKED)
    assert [(n.transition, n.destination) for n in worse.notices] == [(NotifyReason.ESCALATED, SLACK_PLN), (NotifyReason.ESCALATED, DUTY)]


def test_while_it_is_put_off_the_next_group_waits_too() -> None:
    put_off = snooze(alert_of(opened(agreed=ASKED, severity="critical")), until=at(1), by="slack:U1", at=at(0.1))
    alert, told = after(put_off, 100)
    assert told == [(75, "unattended", DUTY), (90, "unattended", BOARD)]
    assert NotifyReason.SNOOZED in [entry.detail for entry in alert.timeline]


def test_a_silence_holds_it_back_with_its_name() -> None:
    silence = Silence(id="s", agency="pln", rule="*", starts_at=at(0.1), ends_at=at(9), owner="Dewi", reason="uji")
    agreed = terms(destinations=(SLACK_PLN,), groups=((DUTY,),), silences=(silence,))
    alert = alert_of(opened(agreed=agreed, severity="critical"))
    assert withheld(decide(alert, fires(0.5, severity="critical"), tick(0.5), agreed)) == [NotifyReason.SILENCED]


def test_when_nobody_listens_the_next_group_is_told_all_the_same() -> None:
    alert = alert_of(opened(agreed=ASKED, severity="critical"))
    assert reasons(decide(alert, None, tick(0.5), ASKED, down=True)) == [NotifyReason.UNATTENDED]


def test_without_a_next_group_the_reason_is_recorded_once_and_reminders_go_on() -> None:
    agreed = terms(destinations=(SLACK_PLN,), groups=())
    alert = alert_of(opened(agreed=agreed, severity="critical"))
    noted = decide(alert, fires(0.5, severity="critical"), tick(0.5), agreed)
    assert withheld(noted) == [NotifyReason.NO_NEXT_GROUP]
    again = decide(alert_of(noted), fires(4.5, severity="critical"), tick(4.5), agreed)
    assert reasons(again) == [NotifyReason.REMINDER]


def test_the_end_is_told_to_every_group_that_was_told() -> None:
    alert, _ = after(alert_of(opened(agreed=ASKED, severity="critical")), 20)
    over = decide(alert, None, tick(3), ASKED, closed=True)
    assert [n.destination for n in over.notices] == [SLACK_PLN, DUTY]


def test_the_group_reads_why_it_was_called() -> None:
    (notice,) = goes_on(alert_of(opened(agreed=ASKED, severity="critical")), 15).notices
    shown = draw(compose(notice, AGENCIES, "id"), lang="id")
    assert "KRITIS · PLN: sudah 15 menit belum ada yang menangani" in shown
    assert "Diteruskan ke sini" in shown


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with SlackServer(("humas-pln", "pimpinan-pln")) as server:
        state = open_state(tmp_path)
        yield Desk(state=state, slack=server)
        state.close()


def test_the_group_gets_a_message_of_its_own_and_its_end_in_the_thread(desk: Desk) -> None:
    alert = desk.save(opened(agreed=ASKED, severity="critical"))
    desk.run()
    alert = desk.save(goes_on(alert, 15))
    desk.clock.advance(timedelta(minutes=15))
    desk.run()
    desk.save(decide(alert, None, tick(3), ASKED, closed=True))
    desk.run()
    root, end = desk.slack.channel("#pimpinan-pln").messages
    assert end["thread_ts"] == root["ts"]
    assert root["text"].startswith("SELESAI")
    assert [key.split("/")[1] for key in desk.posted()] == ["first", "resolved"]


def test_groups_are_the_agencys_own_then_the_leadership_without_those_who_know_already() -> None:
    agency = AgencyConfig(slug="pln", name="PLN", aliases=("PLN",), slack_channel="#a", escalate_to=("#a", "#b", "#b", "smoke:x"))
    receivers = dict.fromkeys(("slack", "terminal"))
    assert groups_for(agency, receivers, ("slack:#b", "slack:#c")) == (("slack:#b",), ("slack:#c",))  # type: ignore[arg-type]  # names are enough
    assert groups_for(PLN, {"terminal": None}, ()) == ()  # type: ignore[dict-item]
    assert groups_for(agency, receivers, (), simulated=True) is None  # type: ignore[arg-type]
