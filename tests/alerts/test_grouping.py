"""Many agencies at once are told as one event."""

from __future__ import annotations

from alerts.grouping import group
from alerts.lifecycle import Decision, decide
from alerts.message import compose
from kentongan.config import AgencyConfig, AlertPolicy
from kentongan.records import NotifyReason
from tests.alerts.builders import alert_of, fires, reasons, terms, tick

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
