"""What else may go wrong while messages leave: broken parts, wrong clocks, strange pauses, messages stuck behind others."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.actions import acknowledge
from alerts.lifecycle import decide
from kentongan.pipeline.updates import updates
from kentongan.records import Notice
from tests.alerts.builders import SLACK_PLN, at, fires, opened, terms, tick
from tests.alerts.desk import Desk
from tests.servers.slack import Answer

TO_SLACK = terms(destinations=(SLACK_PLN,))
ARCHIVED = Answer(200, {"ok": False, "error": "is_archived"})


class Broken:
    """A receiver written for these tests: a part of it is broken."""

    name, real = "broken", True

    def __init__(self, error: Exception) -> None:
        self.error = error

    def send(self, notice: Notice, previous_ref: str) -> str:
        raise self.error

    def find(self, notice: Notice, previous_ref: str = "") -> str | None:
        return None

    def tell(self, destination: str, headline: str, sentence: str) -> str:
        raise self.error


@pytest.mark.parametrize("error", [ImportError("apprise"), OSError("no space left"), AssertionError(), KeyError("x")], ids=lambda e: type(e).__name__)
def test_a_receiver_whose_library_is_broken_does_not_stop_the_others(desk: Desk, error: Exception) -> None:
    desk.save(opened(agreed=terms(destinations=("broken:x", SLACK_PLN))))
    report = desk.run(receivers={**desk.receivers(), "broken": Broken(error)})
    assert (len(report.sent), len(report.retried), len(desk.posted())) == (1, 1, 1)


def paused(value: str) -> Answer:
    return Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": value})


@pytest.mark.parametrize("value", ["", "0", "-3", "2.5", "nan", "inf", "1e30", "9" * 400, "soon", "5, 5", "Mon, 02 Mar 2026 03:00:00 GMT"])
def test_a_pause_of_any_form_is_at_most_a_day(desk: Desk, value: str) -> None:
    desk.slack.misbehave("chat.postMessage", paused(value))
    desk.save(opened(agreed=TO_SLACK))
    desk.run()
    (row,) = desk.rows()
    assert row.next_attempt_at is not None
    assert timedelta(seconds=5) <= row.next_attempt_at - desk.clock.now() <= timedelta(days=1)
    desk.clock.advance(timedelta(days=1))
    desk.run()
    assert len(desk.posted()) == 1


def test_a_pause_asked_for_is_kept_by_all_messages_to_that_receiver(desk: Desk) -> None:
    desk.slack.misbehave("chat.postMessage", paused("30"))
    for n in range(3):
        desk.save(opened(agreed=TO_SLACK, rule=f"negative_{n}"))
    desk.run()
    assert len(desk.slack.calls("chat.postMessage")) == 1
    desk.clock.advance(timedelta(seconds=30))
    desk.run()
    assert len(desk.posted()) == 3


def test_what_was_put_off_by_a_clock_that_ran_ahead_does_not_wait_for_that_time(desk: Desk) -> None:
    desk.slack.misbehave("chat.postMessage", Answer(503, ""))
    desk.save(opened(agreed=TO_SLACK))
    desk.clock.advance(timedelta(days=30))
    desk.run()
    desk.clock.advance(timedelta(days=-30))
    desk.run()
    assert desk.outcomes() == [("first", "sent")]


def test_while_slack_is_down_the_fallback_hears_that_it_got_worse_and_that_it_is_over(desk: Desk) -> None:
    desk.slack.misbehave("chat.postMessage", *[Answer(503, "")] * 99)
    alert = desk.save(opened(agreed=TO_SLACK, severity="medium"))
    for _ in range(9):
        desk.run()
        desk.clock.advance(timedelta(minutes=5))
    assert desk.outcomes("terminal") == [("first", "sent")]
    alert = desk.save(decide(alert, fires(1, severity="critical", observed=200), tick(1), TO_SLACK))
    desk.run()
    assert desk.outcomes("terminal") == [("first", "sent"), ("escalated", "sent")]
    desk.save(decide(alert, None, tick(7), TO_SLACK, closed=True))
    desk.run()
    assert desk.outcomes("terminal")[-1] == ("resolved", "sent")
    assert {outcome for _, outcome in desk.outcomes(SLACK_PLN)} == {"pending"}
    desk.slack.misbehave("chat.postMessage")
    desk.slack._scripts.clear()
    desk.until_settled()
    assert [key.split("/")[1] for key in desk.posted()] == ["first", "escalated", "resolved"]
    assert len(desk.outcomes("terminal")) == 3


def test_a_message_that_never_came_is_not_brought_up_to_date(desk: Desk) -> None:
    desk.slack.misbehave("chat.postMessage", ARCHIVED)
    alert = acknowledge(desk.save(opened(agreed=TO_SLACK)), by="Dewi", at=at(0.1))
    desk.state.save_alert(alert, updates(desk.state, alert, at(0.1)))
    desk.run()
    assert desk.slack.calls("chat.update") == []
    assert desk.outcomes(SLACK_PLN) == [("first", "failed"), ("updated", "suppressed")]


class PowerCut(BaseException):
    """The worker is gone."""


class Hook(Broken):
    """Posts, and then its worker dies; what it sent cannot be read back."""

    def __init__(self) -> None:
        super().__init__(OSError())
        self.arrived: list[bool] = []

    def send(self, notice: Notice, previous_ref: str) -> str:
        self.arrived.append(notice.repeat)
        raise PowerCut


def test_where_nobody_can_tell_workers_that_die_leave_two_copies_at_most(desk: Desk) -> None:
    hook = Hook()
    desk.save(opened(agreed=terms(destinations=("broken:x",))))
    for _ in range(2):
        with pytest.raises(PowerCut):
            desk.run(receivers={**desk.receivers(), "broken": hook})
        desk.clock.advance(timedelta(minutes=5))
    desk.run(receivers={**desk.receivers(), "broken": hook})
    assert hook.arrived == [False, True]
    assert desk.outcomes() == [("first", "failed"), ("first", "sent")], "the fallback has it"
