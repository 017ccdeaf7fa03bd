"""One event that fires two rules is one message: the second rule is a note below it, or a line in it, and neither is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alerts.actions import acknowledge
from alerts.grouping import group
from alerts.incidents import companions, fold, is_same_event, lead_of
from alerts.lifecycle import Decision, decide
from alerts.message import compose
from alerts.slack_buttons import buttons
from kentongan.config import AgencyConfig, AlertPolicy, RuleConfig
from kentongan.pipeline.updates import updates
from kentongan.records import Alert, AlertState, NotifyReason, Silence
from tests.alerts.builders import AGENCIES, SLACK_PLN, alert_of, at, fires, open_state, opened, reasons, terms, tick, withheld
from tests.alerts.desk import Desk
from tests.factories import claim
from tests.servers.slack import Answer, Reset, SlackServer

R = NotifyReason
SAID = {"words": ("token", "gratis", "tautan"), "topics": ("token",)}
HERE = {"destinations": (SLACK_PLN,)}
BAD: dict[str, Any] = {"rule": "negative_volume", "severity": "high", **SAID}
HOAX: dict[str, Any] = {"rule": "hoax_volume", "severity": "high", "nearest_claim": claim(title="Token listrik gratis"), **SAID}


def begins(hours: float, fields: dict[str, Any], **more: Any) -> Decision:
    return opened(hours, terms(rule=RuleConfig(min_authors=1), **HERE), **{**fields, **more})


def goes_on(alert: Alert, hours: float, lead: Alert | None = None, *, closed: bool = False, **fields: Any) -> Decision:
    signal = None if closed else fires(hours, **{**BAD, "rule": alert.rule, **fields})
    return decide(alert, signal, tick(hours), terms(lead=lead, **HERE), closed=closed)


# what is one event


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"words": ("token", "gratis")}, True),
        ({"words": ("token",)}, True),
        ({"words": ("token",), "topics": ()}, False),
        ({"words": ("gempa", "runtuh")}, False),
        ({"words": ()}, False),
    ],
    ids=["two-words", "a-word-and-a-topic", "one-word", "other-words", "nothing-known"],
)
def test_two_alerts_are_one_event_where_their_mentions_speak_of_one_matter(other: dict[str, Any], same: bool) -> None:
    first, second = alert_of(begins(0, BAD)), alert_of(begins(0.2, {**HOAX, "nearest_claim": None}, **other))
    assert is_same_event(first, second) is is_same_event(second, first) is same


def test_openings_far_apart_are_two_events_whatever_is_said() -> None:
    assert not is_same_event(alert_of(begins(0, BAD)), alert_of(begins(7, HOAX)))


def test_another_agencys_alert_is_another_event() -> None:
    assert not is_same_event(alert_of(begins(0, BAD)), replace(alert_of(begins(0, HOAX)), agency="bpjs-kesehatan"))


# folding


def test_the_second_rule_becomes_a_note_below_the_first_and_its_timeline_says_so() -> None:
    first = alert_of(begins(0, BAD))
    (second,) = fold([begins(0.2, HOAX)], [first])
    assert lead_of(alert_of(second)) == first.id
    assert [(n.transition, n.episode, n.within and n.within.id) for n in second.notices] == [(R.FIRST, alert_of(second).id, first.id)]


def test_two_rules_in_one_tick_are_one_message_led_by_the_worse_and_by_the_hoax_where_they_are_equal() -> None:
    bad, hoax = fold([begins(0, BAD), begins(0, HOAX)], [])
    assert (reasons(bad), reasons(hoax)) == ([], [R.FIRST])
    assert [a.id for a in hoax.notices[0].related] == [alert_of(bad).id]
    bad, hoax = fold([begins(0, BAD, severity="critical"), begins(0, HOAX)], [])
    assert (reasons(bad), reasons(hoax)) == ([R.FIRST], [])


def test_what_is_not_known_to_be_the_same_keeps_its_own_message() -> None:
    decisions = (begins(0, BAD, words=(), topics=()), begins(0, HOAX))
    assert fold(decisions, []) == decisions


def test_folding_keeps_order_and_alerts_and_changes_nothing_when_done_again() -> None:
    decisions = [begins(0, BAD), begins(0, HOAX)]
    once = fold(decisions, [])
    assert [alert_of(d).id for d in once] == [alert_of(d).id for d in decisions]
    assert fold(decisions, []) == once
    assert fold(once, []) == once


def test_a_second_alert_never_leads_a_third_and_an_over_one_leads_none() -> None:
    first = alert_of(begins(0, BAD))
    second = alert_of(fold([begins(0.2, HOAX)], [first])[0])
    (third,) = fold([begins(0.3, {**BAD, "rule": "total_volume"})], [first, second])
    assert lead_of(alert_of(third)) == first.id
    over = replace(first, state=AlertState.RESOLVED, resolved_at=at(0.1))
    assert lead_of(alert_of(fold([begins(0.2, HOAX)], [over])[0])) == ""


def test_what_waited_for_the_morning_and_a_wide_event_are_left_alone() -> None:
    night = decide(None, fires(14, **{**BAD, "severity": "low"}), tick(14), terms(**HERE))  # 00.00 WIB
    morning = goes_on(alert_of(night), 20, severity="low")
    assert reasons(morning) == [R.FIRST]
    assert fold([morning], [alert_of(begins(19.9, HOAX))])[0].notices[0].within is None
    agencies = [AgencyConfig(slug=f"a{n}", name=f"A{n}", aliases=(f"a{n}",)) for n in range(6)]
    wide = group([decide(None, fires(0, agency=a.slug, **BAD), tick(0), terms(agency=a, **HERE)) for a in agencies], AlertPolicy())
    assert fold(wide, []) == wide


def test_who_is_on_the_first_is_on_a_second_that_is_no_worse() -> None:
    taken = acknowledge(alert_of(begins(0, BAD)), by="Dewi", at=at(0.1))
    same, worse = (alert_of(fold([begins(0.2, HOAX, severity=level)], [taken])[0]) for level in ("high", "critical"))
    assert (same.state, worse.state) == (AlertState.ACKNOWLEDGED, AlertState.OPEN)


# while both are open


def pair(lead_level: str = "high", level: str = "high") -> tuple[Alert, Alert]:
    first = alert_of(begins(0, BAD, severity=lead_level))
    return first, alert_of(fold([begins(0.2, HOAX, severity=level)], [first])[0])


def test_the_second_is_not_reminded_of_nor_doubled_nor_passed_on_while_the_first_is_as_bad() -> None:
    first, second = pair()
    for hours in (1.5, 4.5, 9):
        decision = goes_on(second, hours, first, rule="hoax_volume", severity="high", observed=400)
        assert reasons(decision) == []
        second = alert_of(decision)
    assert reasons(goes_on(second, 10, replace(first, state=AlertState.RESOLVED), rule="hoax_volume", observed=400)) == [R.DOUBLED]


def test_the_second_is_told_and_passed_on_when_it_is_worse_than_the_first() -> None:
    first, second = pair("medium", "high")
    worse = goes_on(second, 0.4, first, severity="critical")
    assert [(n.transition, n.within and n.within.id) for n in worse.notices] == [(R.ESCALATED, first.id)]
    call = decide(alert_of(worse), None, tick(0.8), terms(lead=first, groups=(("duty",),)))
    assert reasons(call) == [R.UNATTENDED]


def test_the_second_catching_up_with_the_first_is_shown_in_place() -> None:
    first, second = pair("critical", "low")
    caught_up = goes_on(second, 1, first, severity="high")
    assert (reasons(caught_up), withheld(caught_up), caught_up.refresh) == ([], [R.IN_PLACE], True)


def test_a_silence_on_the_leads_rule_alone_does_not_silence_the_second() -> None:
    hush = Silence(id="s", agency="pln", rule="negative_volume", starts_at=at(0.1), ends_at=at(9), owner="Dewi", reason="pemeliharaan")
    first, second = pair()
    assert reasons(decide(second, None, tick(4.5), terms(lead=first, silences=(hush,), **HERE))) == [R.REMINDER]
    (alone,) = fold([begins(0.2, HOAX)], [first], [hush])
    assert alone.notices[0].within is None


# in Slack


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with SlackServer() as slack:
        yield Desk(open_state(tmp_path), slack)


def take(desk: Desk, decision: Decision) -> Alert:
    """Save it folded, with the update of the message it belongs to, and deliver."""
    (folded,) = fold([decision], desk.state.alerts())
    alert = desk.save(folded)
    if lead_of(alert):
        desk.state.save_alert(alert, updates(desk.state, alert, desk.clock.now()))
    desk.run()
    return alert


def messages(desk: Desk) -> list[dict[str, Any]]:
    return desk.slack.channel("#humas-pln").messages


def said(message: dict[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False)


def test_one_page_and_a_quiet_note_with_all_its_evidence(desk: Desk) -> None:
    take(desk, begins(0, BAD))
    take(desk, begins(0.2, HOAX))
    root, note = messages(desk)
    assert (note["thread_ts"], note.get("subtype")) == (root["ts"], None), "in the thread alone: nobody is called twice"
    assert root["text"].startswith("TINGGI · PLN: keluhan")
    assert "*Peristiwa yang sama:* TINGGI, 37 sebutan yang diduga hoaks dalam 1 jam" in said(root)
    assert "Token listrik gratis" in said(root), "the fact-check of the hoax helps with the complaints, too"
    assert "unggahan yang diduga hoaks menyebar" in note["text"]
    assert "Token listrik gratis" in said(note)


def test_a_second_that_is_worse_is_shown_in_the_channel(desk: Desk) -> None:
    take(desk, begins(0, BAD, severity="medium"))
    take(desk, begins(0.2, HOAX, severity="critical"))
    root, note = messages(desk)
    assert note["subtype"] == "thread_broadcast"
    assert root["text"].startswith("KRITIS · PLN"), "the message shows the level of the whole event"


def test_each_end_is_told_once_and_the_message_is_over_when_both_are(desk: Desk) -> None:
    first = take(desk, begins(0, BAD))
    second = take(desk, begins(0.2, HOAX))
    take(desk, goes_on(first, 6, closed=True))
    root, *_ = messages(desk)
    assert root["text"].startswith("REDA SEBAGIAN · PLN: sebutan negatif kembali biasa, sebutan yang diduga hoaks belum")
    assert "Tidak ada yang mendesak" not in root["text"]
    lead = desk.state.alert(first.id)
    take(desk, goes_on(second, 12, lead, closed=True))
    root, _, _, end = messages(desk)
    assert root["text"].startswith("SELESAI · PLN")
    assert end["text"].startswith("SELESAI · PLN")
    assert (end["thread_ts"], len(messages(desk))) == (root["ts"], 4)


def test_an_end_before_the_leads_says_that_the_other_goes_on(desk: Desk) -> None:
    first = take(desk, begins(0, BAD))
    second = take(desk, begins(0.2, HOAX))
    take(desk, goes_on(second, 6, first, closed=True))
    root, _, end = messages(desk)
    assert end["text"].startswith("REDA SEBAGIAN · PLN: sebutan yang diduga hoaks kembali biasa, sebutan negatif belum")
    assert root["text"].startswith("TINGGI · PLN")
    assert "sudah reda" in said(root)


@pytest.mark.parametrize(
    "trouble", [Answer(429, {"ok": False}, {"Retry-After": "3"}), Answer(500, "oops"), Reset(done=True), Reset(done=False)], ids=repr
)
def test_a_note_arrives_exactly_once_whatever_slack_does(desk: Desk, trouble: Any) -> None:
    first = take(desk, begins(0, BAD))
    desk.slack.misbehave("chat.postMessage", trouble)
    second = take(desk, begins(0.2, HOAX))
    desk.until_settled()
    take(desk, goes_on(second, 6, first, closed=True))
    desk.until_settled()
    keys = [key for key in desk.posted() if key]
    assert len(keys) == len(set(keys)) == 3
    assert [m.get("thread_ts") for m in messages(desk)][1:] == [messages(desk)[0]["ts"]] * 2


def test_a_note_waits_for_a_lead_that_slack_puts_off(desk: Desk) -> None:
    desk.slack.misbehave("chat.postMessage", Answer(429, {"ok": False}, {"Retry-After": "120"}))
    first = take(desk, begins(0, BAD))
    second = take(desk, begins(0.2, HOAX))
    assert messages(desk) == []
    desk.until_settled()
    assert [m["posted_key"].split("/")[0] for m in messages(desk)] == [first.id, second.id]
    assert messages(desk)[1]["thread_ts"] == messages(desk)[0]["ts"]


def test_a_note_whose_lead_never_came_is_a_message_of_its_own(desk: Desk) -> None:
    desk.slack.misbehave("chat.postMessage", Answer(200, {"ok": False, "error": "invalid_blocks"}))
    take(desk, begins(0, BAD))
    take(desk, begins(0.2, HOAX))
    (alone,) = messages(desk)
    assert "thread_ts" not in alone
    assert "unggahan yang diduga hoaks menyebar" in alone["text"]


def test_one_button_row_takes_on_the_whole_event() -> None:
    _, hoax = fold([begins(0, BAD), begins(0, HOAX)], [])
    (row,) = buttons(hoax.notices[0], AGENCIES, "id")
    assert row["elements"][0]["type"] == "button"


@pytest.mark.parametrize("lang", ["id", "en"])
def test_a_note_names_its_lead_and_no_command_of_its_own(lang: Any) -> None:
    first = alert_of(begins(0, BAD))
    (second,) = fold([begins(0.2, HOAX)], [first])
    text = compose(second.notices[0], AGENCIES, lang)
    assert any(first.id[:8] in mark for mark in text.marks)
    assert text.commands == ()


def test_the_companions_of_an_alert_are_those_told_with_it() -> None:
    first, second = pair()
    assert companions(first, [first, second, alert_of(begins(0.3, BAD))]) == (second,)
