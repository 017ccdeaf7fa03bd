"""Many agencies at once are told as one event."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from alerts.actions import acknowledge
from alerts.grouping import group
from alerts.lifecycle import Decision, decide
from alerts.message import compose
from kentongan.config import AgencyConfig, AlertPolicy
from kentongan.pipeline.updates import updates
from kentongan.records import AlertState, NotifyReason, Quote
from tests.alerts.builders import alert_of, at, fires, open_state, reasons, terms, tick
from tests.alerts.desk import Desk
from tests.servers.slack import SlackServer

POLICY = AlertPolicy(wide_event_agencies=5)


def openings(number: int, destination: str = "terminal") -> list[Decision]:
    found = []
    for n in range(number):
        agency = AgencyConfig(slug=f"a{n}", name=f"Instansi {n}", aliases=("Instansi",))
        place = destination or f"slack:#a{n}"
        spike = fires(0, agency=f"a{n}", observed=30 + n, severity="critical" if n == 2 else "high")
        found.append(decide(None, spike, tick(0), terms(agency=agency, destinations=(place,))))
    return found


def test_five_agencies_are_five_messages() -> None:
    decisions = openings(5)
    assert group(decisions, POLICY) == tuple(decisions)


def test_six_agencies_are_one_message_that_names_them_all() -> None:
    grouped = group(openings(6), POLICY)
    notices = [n for d in grouped for n in d.notices]
    assert [n.transition for n in notices] == [NotifyReason.WIDE_EVENT]
    assert {notices[0].alert.agency, *(a.agency for a in notices[0].related)} == {f"a{n}" for n in range(6)}
    assert notices[0].alert.agency == "a2", "the most severe leads"


def test_each_destination_gets_the_wide_event_once() -> None:
    notices = [n for d in group(openings(6, destination=""), POLICY) for n in d.notices]
    assert [n.destination for n in notices] == [f"slack:#a{n}" for n in range(6)]
    assert len({n.key for n in notices}) == 6
    assert len({n.episode for n in notices}) == 1


def test_all_alerts_are_kept_in_order_and_know_with_whom_they_were_told() -> None:
    decisions = openings(7)
    grouped = group(decisions, POLICY)
    assert [alert_of(d).id for d in grouped] == [alert_of(d).id for d in decisions]
    lead = alert_of(grouped[2]).id
    assert all((alert_of(d).timeline[-1].event, alert_of(d).timeline[-1].detail) == ("wide_event", lead) for d in grouped)


def test_the_end_of_an_alert_told_in_a_wide_event_is_told() -> None:
    member = alert_of(group(openings(6), POLICY)[0])
    agency = AgencyConfig(slug="a0", name="Instansi 0", aliases=("Instansi",))
    assert reasons(decide(member, None, tick(6), terms(agency=agency), closed=True)) == [NotifyReason.RESOLVED]


def test_two_rules_of_one_agency_count_once() -> None:
    decisions = openings(5)
    hoax = decide(None, fires(0, agency="a0", rule="hoax_volume"), tick(0), terms())
    assert group([*decisions, hoax], POLICY) == (*decisions, hoax)


def test_what_waited_for_the_morning_is_not_one_event() -> None:
    told = []
    for n in range(7):
        agency = AgencyConfig(slug=f"a{n}", name=f"Instansi {n}", aliases=("Instansi",))
        night = decide(None, fires(13 + n / 2, agency=f"a{n}", severity="low"), tick(13 + n / 2), terms(agency=agency))
        told.append(decide(alert_of(night), None, tick(20), terms(agency=agency)))
    assert [reasons(d) for d in told] == [[NotifyReason.FIRST]] * 7
    assert group(told, POLICY) == tuple(told)


def test_what_does_not_open_stays_as_it_is() -> None:
    hoax = decide(None, fires(-2, agency="a0", rule="hoax_volume"), tick(-2), terms())
    other = decide(alert_of(hoax), fires(0, agency="a0", rule="hoax_volume", severity="critical"), tick(0), terms())
    assert reasons(other) == [NotifyReason.ESCALATED]
    grouped = group([*openings(6), other, Decision()], POLICY)
    assert grouped[-2:] == (other, Decision())


def test_the_words_of_a_wide_event_name_every_agency_and_its_numbers() -> None:
    agencies = {f"a{n}": AgencyConfig(slug=f"a{n}", name=f"Instansi {n}", aliases=("Instansi",)) for n in range(6)}
    notice = next(n for d in group(openings(6), POLICY) for n in d.notices)
    text = compose(notice, agencies, "id")
    assert text.headline == "KRITIS · 6 instansi melonjak bersamaan"
    assert ("Instansi 0", "30 sebutan negatif dalam 1 jam, biasanya 6") in text.facts
    assert len(text.facts) == len(text.commands) == 6
    assert compose(notice, agencies, "en").headline == "CRITICAL · 6 agencies surge together"


def test_a_row_says_how_its_agency_stands_and_no_line_above_says_it_of_all() -> None:
    agencies = {f"a{n}": AgencyConfig(slug=f"a{n}", name=f"Instansi {n}", aliases=("Instansi",)) for n in range(6)}
    notice = next(n for d in group(openings(6), POLICY) for n in d.notices)
    taken = replace(notice, transition=NotifyReason.UPDATED, alert=acknowledge(notice.alert, by="slack:U1", at=at(0.1)))
    text = compose(taken, agencies, "id")
    rows = dict(text.facts)
    assert rows.pop(agencies[notice.alert.agency].name).endswith("; ditangani")
    assert not any("ditangani" in row for row in rows.values())
    assert text.marks == ()


def test_what_the_first_of_many_has_to_say_later_leaves_the_message_for_all_as_it_is(tmp_path: Path) -> None:
    place = "slack:#humas-pln"
    with SlackServer() as slack:
        desk = Desk(open_state(tmp_path), slack)
        grouped = group(openings(6, place), POLICY)
        for decision in grouped:
            desk.save(decision)
        desk.run()
        lead = next(d for d in grouped if d.notices)
        desk.save(decide(alert_of(lead), None, tick(6), terms(destinations=(place,)), closed=True))
        desk.clock.advance(timedelta(minutes=5))
        desk.run()
        root, *later = slack.channel("#humas-pln").messages
        assert "6 instansi melonjak bersamaan" in root["text"]
        assert ["SELESAI" in message["text"] for message in later] == [True]
        over = desk.state.alert(alert_of(lead).id)
        assert over is not None
        desk.state.save_alert(over, updates(desk.state, over, desk.clock.now()))
        desk.run()
        assert str(root["blocks"]).count("sudah reda") == 1
        assert "5 dari 6 instansi masih melonjak" in root["text"]


def test_when_all_of_many_are_over_their_message_says_so_and_asks_for_nothing() -> None:
    notice = next(n for d in group(openings(6), POLICY) for n in d.notices)
    ended = [replace(alert, state=AlertState.RESOLVED, resolved_at=at(6)) for alert in (notice.alert, *notice.related)]
    text = compose(replace(notice, transition=NotifyReason.UPDATED, alert=ended[0], related=tuple(ended[1:])), {}, "id")
    assert text.headline == "SELESAI · 6 instansi: percakapan kembali biasa"
    assert (text.over, text.unknown, text.steps, text.commands) == (True, False, (), ())


def test_the_evidence_of_many_is_that_of_the_worst_which_goes_on() -> None:
    quote = Quote(mention_id="m", text="loket tutup sejak pagi", platform="x", published_at=at(0))
    notice = next(n for d in group(openings(6), POLICY) for n in d.notices)
    over = replace(notice.alert, state=AlertState.RESOLVED, resolved_at=at(6))
    others = [replace(alert, spike=replace(alert.spike, top_mentions=(quote,))) for alert in notice.related]
    text = compose(replace(notice, transition=NotifyReason.UPDATED, alert=over, related=tuple(others)), {}, "id")
    assert [shown.text for shown in text.quotes] == ["“loket tutup sejak pagi”"]
    assert len(text.commands) == 5


def test_many_agencies_more_than_a_message_holds_are_counted_and_slack_takes_it(tmp_path: Path) -> None:
    with SlackServer() as slack:
        desk = Desk(open_state(tmp_path), slack)
        desk.save(next(decision for decision in group(openings(80, "slack:#humas-pln"), POLICY) if decision.notices))
        assert desk.run().dead == []
        (root,) = slack.channel("#humas-pln").messages
        assert re.search(r"… dan \d+ lagi: `kentongan alerts`", str(root["blocks"]))
