"""Alerts of a week, and what was withheld."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kentongan.ports import Evaluation
from kentongan.records import Alert, AlertState, NotifyReason, TimelineEntry, Withheld
from tests.digests.conftest import END, START, Home, hours
from tests.factories import alert, mention, spike


def opened(at_h: float, closed_h: float | None = None, **fields: object) -> Alert:
    plain: dict[str, object] = {"opened_at": hours(at_h), "updated_at": hours(at_h), "notified_severity": "high"}
    if closed_h is not None:
        plain |= {"resolved_at": hours(closed_h), "state": AlertState.RESOLVED}
    return alert(**{**plain, **fields})


def withheld(at_h: float, reason: NotifyReason, **fields: object) -> Withheld:
    plain: dict[str, object] = {"agency": "pln", "rule": "negative_volume", "observed": 20, "expected": 5.0}
    return Withheld(at=hours(at_h), reason=reason, **{**plain, **fields})  # type: ignore[arg-type]  # fields of Withheld, varied by name


def test_alerts_opened_in_the_week_are_listed_newest_first_and_raise_the_risk(home: Home) -> None:
    home.state.save_alert(opened(10, 20, severity="medium"))
    home.state.save_alert(opened(50, 60, severity="medium"))
    week = home.pln()
    assert [a.alert.opened_at for a in week.alerts] == [hours(50), hours(10)]
    assert week.risk.alerts == pytest.approx(15 * 4 / 8)


def test_an_alert_of_another_week_is_left_out(home: Home) -> None:
    home.state.save_alert(opened(-50, -40))
    home.state.save_alert(opened(170, 180))
    assert home.pln().alerts == ()


def test_an_alert_that_goes_on_from_the_week_before_is_listed_and_counts_when_it_lasts_a_day(home: Home) -> None:
    home.state.save_alert(opened(-50, 23, rule="hoax_volume"))
    home.state.save_alert(opened(-50, 25))
    carried = home.pln().alerts
    assert {(a.alert.rule, a.carried_over, a.counted) for a in carried} == {("hoax_volume", True, False), ("negative_volume", True, True)}


def test_an_alert_opened_long_ago_and_still_open_is_not_forgotten(home: Home) -> None:
    home.state.save_alert(opened(-24 * 60))
    (still,) = home.pln().alerts
    assert still.counted


def test_a_false_alarm_is_listed_and_raises_no_risk(home: Home) -> None:
    home.state.save_alert(opened(10, 20, timeline=(TimelineEntry(at=hours(12), event="false_alarm", by="Dewi"),)))
    week = home.pln()
    assert (week.alerts[0].false_alarm, week.risk.alerts) == (True, 0)


def test_the_peak_is_compared_with_what_is_usual_in_its_own_window(home: Home) -> None:
    """The latest spike may be of an hour, the peak of a day: "465, usually 2" would be untrue."""
    latest = spike(observed=9, expected=2.0)
    home.state.save_alert(opened(10, 40, spike=latest, peak_observed=465, peak_window_h=24.0))
    seen = [(12, 60, 3.0), (20, 465, 83.0), (39, 9, 2.0)]
    home.state.add_evaluations([
        Evaluation(agency="pln", rule="negative_volume", bin_start=hours(at), observed=n, expected=e, chance_weeks=50) for at, n, e in seen
    ])  # fmt: skip
    assert home.pln().alerts[0].usual == 83.0


def test_where_the_peaks_expectation_is_gone_nothing_is_called_usual(home: Home) -> None:
    home.state.save_alert(opened(10, 40, peak_observed=465))
    assert home.pln().alerts[0].usual is None


def test_an_alert_that_nobody_was_told_of_says_so(home: Home) -> None:
    home.state.save_alert(opened(10, 20, notified_severity=None))
    assert not home.pln().alerts[0].told


def test_what_was_silenced_is_listed_with_its_owner_and_reason(home: Home) -> None:
    order = "Humas PLN: pemeliharaan terencana"
    home.state.add_withheld([withheld(10, NotifyReason.SILENCED, detail=order), withheld(14, NotifyReason.SILENCED, detail=order, observed=31)])
    (line,) = home.pln().withheld
    assert (line.reason, line.detail, line.times, line.first, line.last, line.observed) == (
        NotifyReason.SILENCED, order, 2, hours(10), hours(14), 31,
    )  # fmt: skip


def test_everything_withheld_for_another_reason_than_repetition_is_listed_once(home: Home) -> None:
    reasons = [
        NotifyReason.TOO_FEW_AUTHORS,
        NotifyReason.TOO_FEW_AUTHORS,
        NotifyReason.COLD_START,
        NotifyReason.SOURCE_OUTAGE,
        NotifyReason.QUIET_HOURS,
    ]
    home.state.add_withheld([withheld(n, reason, detail=str(n)) for n, reason in enumerate([NotifyReason.DUPLICATE, *reasons])])
    assert [line.reason for line in home.pln().withheld] == [reasons[0], *reasons[2:]]


def test_what_was_withheld_in_another_week_or_of_another_agency_is_left_out(home: Home) -> None:
    home.state.add_withheld([withheld(-1, NotifyReason.COLD_START), withheld(168, NotifyReason.COLD_START)])
    home.state.add_withheld([withheld(5, NotifyReason.COLD_START, agency="bmkg")])
    assert home.pln().withheld == ()


def test_the_week_before_has_its_own_alerts_in_its_risk(home: Home) -> None:
    home.save(mention(published_at=START - timedelta(days=7)))
    home.state.save_alert(opened(-100, -90, severity="critical"))
    week = home.pln()
    assert week.risk_before is not None
    assert (week.risk.alerts, week.risk_before.alerts) == (0, 15)


def test_an_alert_resolved_after_the_week_was_going_on_in_it(home: Home) -> None:
    late = opened(160)
    home.state.save_alert(late)
    home.state.save_alert(replace(late, state=AlertState.RESOLVED, resolved_at=END + timedelta(hours=5)))
    assert len(home.pln().alerts) == 1
    assert home.pln(END + timedelta(days=7)).alerts[0].carried_over
