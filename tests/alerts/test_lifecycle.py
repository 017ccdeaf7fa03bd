"""Laws of `decide`: what opens, what is told, what is withheld and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.actions import acknowledge, mark_false_alarm, snooze
from alerts.holding import waits_for_morning
from alerts.lifecycle import Decision, decide, tell_end
from kentongan.config import RuleConfig
from kentongan.records import AlertState, NotifyReason, Silence, Window
from tests.alerts.builders import PLN, alert_of, at, fires, opened, reasons, terms, tick, withheld

R = NotifyReason


def silence(start: float, end: float) -> Silence:
    return Silence(id="s", agency="pln", rule="*", starts_at=at(start), ends_at=at(end), owner="Dewi", reason="pemeliharaan")


def resolved(hours: float) -> Decision:
    return decide(alert_of(opened()), None, tick(hours), terms(), closed=True)


# opening


def test_a_spike_opens_an_alert_and_is_told_once_to_each_destination() -> None:
    decision = opened(agreed=terms(destinations=("terminal", "slack:#humas-pln")))
    alert = alert_of(decision)
    assert (alert.state, alert.sequence, alert.opened_at) == (AlertState.OPEN, 0, at(0))
    assert [(n.transition, n.destination, n.sequence) for n in decision.notices] == [(R.FIRST, "terminal", 0), (R.FIRST, "slack:#humas-pln", 0)]
    assert decision.withheld == ()


def test_nothing_happens_without_a_spike_and_without_an_alert() -> None:
    assert decide(None, None, tick(0), terms()) == Decision()


def test_the_same_opening_gets_the_same_id_and_another_bin_another() -> None:
    assert alert_of(opened()).id == alert_of(opened()).id
    assert alert_of(opened()).id != alert_of(opened(1)).id
    assert alert_of(opened()).id != alert_of(opened(agreed=terms(simulated=True))).id


def test_too_few_authors_open_nothing() -> None:
    decision = opened(distinct_authors=2)
    assert decision.alert is None
    assert withheld(decision) == [R.TOO_FEW_AUTHORS]
    assert decision.withheld[0].detail == "2 < 3"


def test_a_young_agency_below_the_floor_opens_nothing() -> None:
    decision = opened(chance_weeks=None, observed=19)
    assert decision.alert is None
    assert withheld(decision) == [R.COLD_START]


def test_a_young_agency_at_the_floor_opens() -> None:
    assert reasons(opened(chance_weeks=None, observed=20)) == [R.FIRST]


def test_the_floor_of_the_rule_is_the_one_that_counts() -> None:
    agreed = terms(rule=RuleConfig(cold_start_floor=50, min_authors=40))
    assert withheld(opened(agreed=agreed, chance_weeks=None, observed=49)) == [R.COLD_START]
    assert withheld(opened(agreed=agreed)) == [R.TOO_FEW_AUTHORS]


def test_nothing_opens_while_nobody_listens() -> None:
    decision = decide(None, fires(0), tick(0), terms(), down=True)
    assert decision.alert is None
    assert withheld(decision) == [R.SOURCE_OUTAGE]


def test_a_refusal_is_recorded_once_in_a_reminder_interval() -> None:
    first = opened(distinct_authors=1).withheld[0]
    again = decide(None, fires(1, distinct_authors=1), tick(1), terms(), last_withheld=first)
    other = decide(None, fires(1), tick(1), terms(), down=True, last_withheld=first)
    later = decide(None, fires(4, distinct_authors=1), tick(4), terms(), last_withheld=first)
    assert (withheld(again), withheld(other), withheld(later)) == ([], [R.SOURCE_OUTAGE], [R.TOO_FEW_AUTHORS])


def test_a_second_spike_inside_the_cooldown_is_withheld_with_reason_cooldown() -> None:
    over = alert_of(resolved(6))
    inside = decide(None, fires(6.5), tick(6.5), terms(), last_resolved=over)
    after = decide(None, fires(7), tick(7), terms(), last_resolved=over)
    assert (withheld(inside), reasons(after)) == ([R.COOLDOWN], [R.FIRST])


def test_a_more_severe_spike_breaks_through_the_cooldown() -> None:
    over = alert_of(resolved(6))
    assert reasons(decide(None, fires(6.5, severity="critical"), tick(6.5), terms(), last_resolved=over)) == [R.FIRST]


# while it is open


def test_still_firing_is_a_duplicate_recorded_once() -> None:
    first = alert_of(opened())
    second = decide(first, fires(0.1), tick(0.1), terms())
    third = decide(alert_of(second), fires(0.2), tick(0.2), terms())
    assert (reasons(second), withheld(second)) == ([], [R.DUPLICATE])
    assert (reasons(third), withheld(third)) == ([], [])
    assert alert_of(third).spike.bin_end == at(0.2), "the latest spike is kept all the same"


def test_a_bin_that_was_decided_before_changes_nothing() -> None:
    alert = alert_of(opened())
    assert decide(alert, fires(0), tick(0), terms()) == Decision()
    assert decide(alert, None, tick(0), terms(), closed=True) == Decision()


def test_a_bin_of_a_resolved_episode_opens_nothing_again() -> None:
    over = alert_of(resolved(6))
    assert decide(None, fires(5, severity="critical"), tick(5), terms(), last_resolved=over) == Decision()


def test_a_quiet_bin_changes_nothing() -> None:
    assert decide(alert_of(opened()), None, tick(1), terms()) == Decision()


def test_a_higher_severity_is_told_at_once() -> None:
    decision = decide(alert_of(opened(severity="high")), fires(0.1, severity="critical"), tick(0.1), terms())
    assert reasons(decision) == [R.ESCALATED]
    assert (alert_of(decision).severity, alert_of(decision).sequence) == ("critical", 1)


def test_a_lower_severity_is_no_news_and_does_not_lower_the_alert() -> None:
    decision = decide(alert_of(opened(severity="high")), fires(0.1, severity="low"), tick(0.1), terms())
    assert (reasons(decision), alert_of(decision).severity) == ([], "high")


def test_twice_the_volume_last_told_is_told_and_resets_the_measure() -> None:
    almost = decide(alert_of(opened()), fires(0.6, observed=73), tick(0.6), terms())
    doubled = decide(alert_of(almost), fires(0.7, observed=74), tick(0.7), terms())
    again = decide(alert_of(doubled), fires(1.3, observed=100), tick(1.3), terms())
    assert (reasons(almost), reasons(doubled), reasons(again)) == ([], [R.DOUBLED], [])


def test_a_steep_rise_is_told_once_in_half_an_hour() -> None:
    alert, told = alert_of(opened(observed=10)), []
    for step in range(1, 13):  # doubles every five minutes
        decision = decide(alert, fires(step / 12, observed=10 * 2**step), tick(step / 12), terms())
        alert = decision.alert or alert
        told += [(step, r) for r in reasons(decision)]
    assert told == [(6, R.DOUBLED), (12, R.DOUBLED)]


def test_nobody_is_reminded_of_a_lull_but_at_once_when_it_goes_on() -> None:
    lull = decide(alert_of(opened()), fires(4, observed=2, severity="low", chance_weeks=0.0), tick(4), terms())
    assert reasons(lull) == []
    assert reasons(decide(lull.alert or alert_of(opened()), fires(5, observed=30), tick(5), terms())) == [R.REMINDER]


def test_the_same_rate_in_a_longer_window_is_not_doubled() -> None:
    longer = fires(3, observed=111, window=Window(start=at(0), end=at(3)))
    assert reasons(decide(alert_of(opened()), longer, tick(3), terms())) == []


def test_few_posts_in_a_short_window_are_not_twice_a_slow_burn() -> None:
    burn = alert_of(opened(observed=40, window=Window(start=at(-24), end=at(0))))
    short = fires(0.5, observed=8, window=Window(start=at(0), end=at(0.5)))
    assert reasons(decide(burn, short, tick(0.5), terms())) == []


def test_the_peak_is_kept_with_its_window() -> None:
    higher = decide(alert_of(opened()), fires(0.5, observed=60), tick(0.5), terms())
    lower = decide(alert_of(higher), fires(1, observed=20), tick(1), terms())
    assert (alert_of(lower).peak_observed, alert_of(lower).peak_window_h, alert_of(lower).spike.observed) == (60, 1.0, 20)


def test_a_reminder_comes_every_four_hours_while_nobody_takes_it_on() -> None:
    alert, told = alert_of(opened()), []
    for quarter in range(1, 4 * 13):
        decision = decide(alert, None, tick(quarter / 4), terms())
        alert = decision.alert or alert
        told += [(quarter / 4, r) for r in reasons(decision)]
    assert told == [(4.0, R.REMINDER), (8.0, R.REMINDER), (12.0, R.REMINDER)]


def test_an_outage_neither_worsens_nor_resolves_and_is_recorded_once() -> None:
    alert = alert_of(opened())
    worse = decide(alert, fires(1, severity="critical", observed=500), tick(1), terms(), down=True)
    end = decide(alert_of(worse), None, tick(2), terms(), closed=True, down=True)
    assert (reasons(worse), withheld(worse)) == ([], [R.SOURCE_OUTAGE])
    assert end == Decision(), "recorded before; and the alert stays open"


def test_reminders_go_on_during_an_outage() -> None:
    assert reasons(decide(alert_of(opened()), None, tick(4), terms(), down=True)) == [R.REMINDER]


# people


def test_acknowledging_stops_reminders_but_not_worsening() -> None:
    taken = acknowledge(alert_of(opened()), by="Dewi", at=at(0.2))
    quiet = decide(taken, None, tick(4), terms())
    still = decide(alert_of(quiet), None, tick(5), terms())
    doubled = decide(taken, fires(5, observed=90), tick(5), terms())
    worse = decide(taken, fires(5, severity="critical"), tick(5), terms())
    assert (withheld(quiet), still) == ([R.ACKNOWLEDGED], Decision())
    assert (reasons(doubled), reasons(worse)) == ([R.DOUBLED], [R.ESCALATED])


def test_a_snooze_stops_all_but_a_higher_severity_until_it_ends() -> None:
    put_off = snooze(alert_of(opened()), until=at(6), by="Dewi", at=at(0.1))
    doubled = decide(put_off, fires(1, observed=90), tick(1), terms())
    worse = decide(put_off, fires(1, severity="critical"), tick(1), terms())
    after = decide(alert_of(doubled), None, tick(6), terms())
    assert (withheld(doubled), reasons(worse), reasons(after)) == ([R.SNOOZED], [R.ESCALATED], [R.REMINDER])


def test_a_false_alarm_is_quiet_unless_it_gets_worse() -> None:
    false = mark_false_alarm(alert_of(opened()), by="Dewi", at=at(0.1))
    assert withheld(decide(false, fires(1, observed=400), tick(1), terms())) == [R.ACKNOWLEDGED]
    assert reasons(decide(false, fires(1, severity="critical"), tick(1), terms())) == [R.ESCALATED]


# silences and quiet hours


def test_a_silence_holds_the_message_but_not_the_alert_and_it_is_told_afterwards() -> None:
    agreed = terms(silences=[silence(-1, 2)])
    held = opened(agreed=agreed)
    still = decide(alert_of(held), fires(1), tick(1), agreed)
    after = decide(alert_of(still), None, tick(2), agreed)
    assert (withheld(held), held.withheld[0].detail, alert_of(held).state) == ([R.SILENCED], "Dewi: pemeliharaan", AlertState.OPEN)
    assert (reasons(still), withheld(still)) == ([], [])
    assert reasons(after) == [R.FIRST]


def test_what_began_and_ended_in_a_silence_is_never_told() -> None:
    agreed = terms(silences=[silence(-1, 9)])
    end = decide(alert_of(opened(agreed=agreed)), None, tick(6), agreed, closed=True)
    assert (reasons(end), withheld(end)) == ([], [R.SILENCED])
    assert not waits_for_morning(alert_of(end))


def test_the_end_of_a_told_alert_waits_for_the_end_of_the_silence() -> None:
    agreed = terms(silences=[silence(1, 9)])
    end = decide(alert_of(opened()), None, tick(6), agreed, closed=True)
    assert withheld(end) == [R.SILENCED]
    assert waits_for_morning(alert_of(end))
    assert reasons(tell_end(alert_of(end), tick(9), agreed)) == [R.RESOLVED]


@pytest.mark.parametrize("severity", ["low", "medium"])
def test_low_and_medium_wait_for_the_morning(severity: str) -> None:
    night = opened(13, severity=severity)  # 23.00 WIB
    later = decide(alert_of(night), fires(19.9, severity=severity), tick(19.9), terms())
    morning = decide(alert_of(later), None, tick(20), terms())  # 06.00 WIB
    assert (withheld(night), withheld(later), reasons(morning)) == ([R.QUIET_HOURS], [], [R.FIRST])
    assert alert_of(morning).opened_at == at(13)


@pytest.mark.parametrize("severity", ["high", "critical"])
def test_high_and_critical_wake_the_officer(severity: str) -> None:
    assert reasons(opened(13, severity=severity)) == [R.FIRST]


def test_quiet_hours_are_those_of_the_agencys_own_zone() -> None:
    jayapura = terms(agency=PLN.model_copy(update={"timezone": "Asia/Jayapura"}))
    assert reasons(opened(10.9, severity="low")) == [R.FIRST], "20.54 WIB"
    assert withheld(opened(11, agreed=jayapura, severity="low")) == [R.QUIET_HOURS], "23.00 WIT"


def test_a_worsening_alert_breaks_the_quiet_hours() -> None:
    night = opened(13, severity="medium")
    assert reasons(decide(alert_of(night), fires(14, severity="high"), tick(14), terms())) == [R.FIRST]


def test_what_was_over_before_the_morning_is_told_then_in_one_message() -> None:
    night = opened(13, severity="low")
    end = decide(alert_of(night), None, tick(18), terms(), closed=True)
    too_early = tell_end(alert_of(end), tick(19), terms())
    assert waits_for_morning(alert_of(end))
    assert reasons(too_early) == []
    morning = tell_end(alert_of(end), tick(20), terms())
    assert reasons(morning) == [R.FIRST]
    assert morning.notices[0].alert.state is AlertState.RESOLVED
    assert not waits_for_morning(alert_of(morning)), "told: it does not wait any more"


# the end


def test_the_end_is_told_once_with_the_next_sequence() -> None:
    end = resolved(6)
    assert (reasons(end), end.notices[0].sequence) == ([R.RESOLVED], 1)
    assert (alert_of(end).state, alert_of(end).resolved_at) == (AlertState.RESOLVED, at(6))


def test_the_end_of_a_snoozed_or_acknowledged_alert_is_told() -> None:
    put_off = snooze(acknowledge(alert_of(opened()), by="Dewi", at=at(0.1)), until=at(30), by="Dewi", at=at(0.1))
    assert reasons(decide(put_off, None, tick(6), terms(), closed=True)) == [R.RESOLVED]


# catching up after downtime


def test_a_catch_up_tells_one_message_with_how_things_stand_now() -> None:
    sent = []
    decision = decide(None, fires(0), tick(0, behind_h=30, catching_up=True), terms())
    assert withheld(decision) == [R.LATE]
    alert = alert_of(decision)
    for hour in range(1, 30):
        decision = decide(alert, fires(hour, observed=37 * hour), tick(hour, behind_h=30 - hour, catching_up=True), terms())
        alert = decision.alert or alert
        sent += reasons(decision)
    last = decide(alert, fires(30, observed=900), tick(30), terms())
    assert (sent, reasons(last)) == ([R.FIRST], []), "told when the catch-up came within an hour of now; then it is the old spike"


def test_a_catch_up_marks_as_late_what_is_older_than_a_day() -> None:
    old = decide(None, fires(0), tick(0, behind_h=30, catching_up=True), terms())
    now = decide(alert_of(old), fires(30), tick(30), terms())
    fresh = decide(None, fires(0), tick(0, behind_h=10, catching_up=True), terms())
    later = decide(alert_of(fresh), fires(10), tick(10), terms())
    assert (reasons(now), now.notices[0].late) == ([R.FIRST], True)
    assert (reasons(later), later.notices[0].late) == ([R.FIRST], False)


def test_an_episode_that_was_over_during_the_downtime_is_one_message() -> None:
    old = decide(None, fires(0), tick(0, behind_h=48, catching_up=True), terms())
    end = decide(alert_of(old), None, tick(6, behind_h=42, catching_up=True), terms(), closed=True)
    assert [(n.transition, n.late, n.alert.state) for n in end.notices] == [(R.FIRST, True, AlertState.RESOLVED)]


def test_the_last_bin_of_a_late_tick_is_told_although_it_is_late() -> None:
    decision = decide(None, fires(0), tick(0, behind_h=30), terms())
    assert [(n.transition, n.late) for n in decision.notices] == [(R.FIRST, True)]


def test_a_simulated_stream_is_never_late() -> None:
    agreed = terms(simulated=True)
    decision = decide(None, fires(0), tick(0, behind_h=5000, catching_up=True), agreed)
    assert [(n.transition, n.late, n.decided_at) for n in decision.notices] == [(R.FIRST, False, at(0))]


def test_a_message_is_dated_by_the_wall_clock_and_the_alert_by_the_event() -> None:
    decision = decide(None, fires(0), tick(0, behind_h=0.2), terms())
    assert decision.notices[0].decided_at == at(0) + timedelta(hours=0.2)
    assert alert_of(decision).opened_at == at(0)


def test_a_longer_history_of_people_changes_no_event_times() -> None:
    alert = alert_of(opened())
    assert acknowledge(alert, by="Dewi", at=at(99)).updated_at == alert.updated_at
    assert decide(replace(alert, acknowledged_at=at(99)), fires(0.1), tick(0.1), terms()).alert is not None


def test_the_end_is_also_told_where_the_beginning_was_if_messages_go_elsewhere_by_now() -> None:
    moved = terms(destinations=("slack:C0123ABCD",), told=("slack:#humas-pln",))
    ended = decide(alert_of(opened(agreed=terms(destinations=("slack:#humas-pln",)))), None, tick(7), moved, closed=True)
    assert [notice.destination for notice in ended.notices] == ["slack:C0123ABCD", "slack:#humas-pln"]
    worse = decide(alert_of(opened()), fires(1, severity="critical"), tick(1), moved)
    assert [notice.destination for notice in worse.notices] == ["slack:C0123ABCD"]
