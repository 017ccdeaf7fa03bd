"""Quiet hours, silences, people's acts: small laws."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.actions import acknowledge, mark_false_alarm, snooze
from alerts.holding import active_silence, configured_silences, quiet_until
from kentongan.config import SilenceConfig
from kentongan.records import AlertState, Silence
from tests.alerts.builders import PLN, alert_of, at, opened, terms
from tests.factories import T0


@pytest.mark.parametrize(("local_hour", "ends_after_h"), [(21.99, None), (22, 8.0), (23.5, 6.5), (24, 6.0), (29.99, 0.01), (30, None)], ids=str)
def test_quiet_hours_over_midnight_end_in_the_morning(local_hour: float, ends_after_h: float | None) -> None:
    moment = T0 + timedelta(hours=local_hour - 10)
    until = quiet_until(PLN, moment)
    assert (until is None) == (ends_after_h is None)
    if until is not None and ends_after_h is not None:
        assert until - moment == timedelta(hours=ends_after_h)


def test_quiet_hours_within_one_day() -> None:
    siesta = PLN.model_copy(update={"quiet_hours": (12, 14)})
    assert quiet_until(siesta, at(1)) is None
    assert quiet_until(siesta, at(3)) == at(4)


def test_an_agency_may_have_no_quiet_hours() -> None:
    assert quiet_until(PLN.model_copy(update={"quiet_hours": None}), at(14)) is None


def test_the_silence_that_ends_last_is_named_and_its_end_is_not_part_of_it() -> None:
    short, long = (
        Silence(id=str(h), agency=agency, rule="*", starts_at=at(0), ends_at=at(h), owner="D", reason="r") for h, agency in ((1, "pln"), (2, "*"))
    )
    assert active_silence([short, long], "pln", "negative_volume", at(0)) == long
    assert active_silence([short], "pln", "negative_volume", at(1)) is None
    assert active_silence([short], "kpk", "negative_volume", at(0)) is None


def test_a_silence_of_one_rule_leaves_the_others_loud() -> None:
    config = SilenceConfig(agency="pln", rule="hoax_volume", starts_at=at(0), ends_at=at(1), owner="D", reason="r")
    records = configured_silences([config])
    assert active_silence(records, "pln", "negative_volume", at(0)) is None
    assert active_silence(records, "pln", "hoax_volume", at(0)) is not None


def test_acts_of_people_twice_change_nothing_and_none_revives_a_resolved_alert() -> None:
    alert = alert_of(opened())
    taken = acknowledge(alert, by="Dewi", at=at(1))
    assert acknowledge(taken, by="Budi", at=at(2)) == taken
    put_off = snooze(alert, until=at(3), by="Dewi", at=at(1))
    assert snooze(put_off, until=at(3), by="Dewi", at=at(2)) == put_off
    assert snooze(alert, until=at(1), by="Dewi", at=at(1)) == alert, "a moment that has passed"
    false = mark_false_alarm(alert, by="Dewi", at=at(1))
    assert mark_false_alarm(false, by="Budi", at=at(2)) == false


def test_who_did_it_and_when_is_kept_for_the_audit() -> None:
    taken = acknowledge(alert_of(opened()), by="Dewi", at=at(1))
    assert (taken.state, taken.acknowledged_at, taken.timeline[-1].by) == (AlertState.ACKNOWLEDGED, at(1), "Dewi")


def test_terms_of_this_room_are_those_of_the_default_policy() -> None:
    assert (terms().policy.reminder_h, terms().policy.cooldown_h, terms().policy.late_after_h) == (4, 1, 24)
