"""Somebody deletes our message in Slack: what comes later still arrives, once, and people's acts are shown in what took its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.actions import acknowledge
from alerts.incidents import fold
from alerts.lifecycle import decide
from kentongan.pipeline.updates import updates
from kentongan.records import Alert
from tests.alerts.builders import SLACK_PLN, alert_of, at, fires, opened, terms, tick
from tests.alerts.desk import Desk
from tests.alerts.test_delivery_law import HOOK, Hook
from tests.servers.slack import Reset

HERE = terms(destinations=(SLACK_PLN,))


def told_and_deleted(desk: Desk) -> Alert:
    alert = desk.save(opened(0, HERE, severity="high"))
    desk.run()
    desk.slack.channel("#humas-pln").messages.clear()
    return alert


def worse(desk: Desk, alert: Alert) -> Alert:
    return desk.save(decide(alert, fires(1, severity="critical"), tick(1), HERE))


def test_what_takes_its_place_arrives_once_though_slack_gave_no_answer(desk: Desk) -> None:
    worse(desk, told_and_deleted(desk))
    desk.slack.misbehave("chat.postMessage", Reset(done=True))
    desk.until_settled()
    (message,) = desk.slack.channel("#humas-pln").messages
    assert "MUNGKIN TERULANG" not in str(message)
    assert desk.outcomes() == [("first", "sent"), ("escalated", "sent")]


@pytest.mark.parametrize("lost_answer", [False, True])
def test_who_takes_it_on_is_shown_in_what_took_its_place(desk: Desk, lost_answer: bool) -> None:
    alert = worse(desk, told_and_deleted(desk))
    desk.slack.misbehave("chat.postMessage", *[Reset(done=True)] * lost_answer)
    desk.until_settled()
    taken = acknowledge(alert, by="slack:U1", at=at(1.1))
    desk.state.save_alert(taken, updates(desk.state, taken, desk.clock.now()))
    desk.until_settled()
    (message,) = desk.slack.channel("#humas-pln").messages
    assert message["text"].startswith("DITANGANI")


def test_a_fallback_that_is_about_to_hear_of_a_beginning_hears_of_the_end_too(desk: Desk) -> None:
    hook, agreed = Hook(), terms(destinations=(HOOK,))
    lead = desk.save(opened(0, agreed, severity="high", words=("token", "gratis")))
    receivers = {**desk.receivers(), "hook": hook}
    desk.run(receivers=receivers)
    (joined,) = fold([opened(0.1, agreed, rule="hoax_volume", words=("token", "gratis"))], [lead])
    second = desk.save(joined)
    desk.save(decide(second, None, tick(6), replace(agreed, lead=lead), closed=True))
    hook.script = ["silent", "silent"]
    for _ in range(4):
        desk.run(receivers=receivers)
        desk.clock.advance(timedelta(minutes=1))
    told = [(str(row.notice.transition), row.outcome) for row in desk.state.deliveries(episode=second.id) if row.notice.destination == "terminal"]
    assert told == [("first", "sent"), ("resolved", "sent")]


def test_a_note_below_a_deleted_message_becomes_a_message_of_its_own(desk: Desk) -> None:
    lead = told_and_deleted(desk)
    note = opened(0.2, HERE, rule="hoax_volume")
    *before, first = alert_of(note).timeline
    joined = replace(alert_of(note), timeline=(*before, replace(first, detail=lead.id)))
    desk.save(replace(note, alert=joined, notices=tuple(replace(n, alert=joined, within=lead) for n in note.notices)))
    desk.until_settled()
    (message,) = desk.slack.channel("#humas-pln").messages
    assert message.get("thread_ts") is None
    assert "unggahan yang diduga hoaks menyebar" in message["text"]
    assert [outcome for _, outcome in desk.outcomes(SLACK_PLN)] == ["sent", "sent"]
