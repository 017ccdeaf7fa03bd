"""Laws of the spike detector, on streams small enough to understand: what alerts, what does not, and when it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kentongan.config import RuleConfig
from tests.alerts.streams import CRISIS_H, MONDAY, PER_DAY, add, calm, crisis, judged, opened_h

SHARE_RULE = RuleConfig(open_log_weeks=1.0, measure="share")

# --- what must alert, and what must not


def test_a_crisis_of_several_times_the_usual_opens_one_alert_within_an_hour() -> None:
    opened = opened_h(judged(crisis().bins()))
    assert len(opened) == 1
    assert CRISIS_H < opened[0] <= CRISIS_H + 1


def test_a_calm_month_opens_nothing() -> None:
    assert opened_h(judged(calm(30).bins())) == []


def test_a_happy_campaign_opens_nothing_even_if_a_few_grumble_along() -> None:
    stream = calm(24)
    add(stream.others, CRISIS_H, 8, 160)
    add(stream.negative, CRISIS_H, 8, 3)
    assert opened_h(judged(stream.bins())) == []


def test_the_same_grumbling_without_the_crowd_is_judged_rarer() -> None:
    with_crowd, alone = calm(24), calm(24)
    for stream in (with_crowd, alone):
        add(stream.negative, CRISIS_H, 8, 12)
    add(with_crowd.others, CRISIS_H, 8, 160)
    peak = round((CRISIS_H + 3) * 12)
    assert judged(with_crowd.bins())[peak].score < judged(alone.bins())[peak].score - 1


@pytest.mark.parametrize("few", [1, 3, 5])
def test_from_nothing_to_a_few_never_alerts(few: int) -> None:
    stream = calm(24, negative_h=0, others_h=0.2)
    stream.negative[round(CRISIS_H * 12)] = few
    assert opened_h(judged(stream.bins())) == []


def test_a_quiet_agency_still_hears_of_a_real_crisis() -> None:
    opened = opened_h(judged(crisis(negative_h=0.2, others_h=0.5, per_hour=15).bins()))
    assert len(opened) == 1
    assert opened[0] <= CRISIS_H + 1.5


def test_the_daily_rise_of_a_busy_agency_is_not_a_spike() -> None:
    assert opened_h(judged(calm(28, negative_h=120, others_h=400).bins())) == []


def test_a_peak_that_comes_every_week_is_expected_from_the_fourth_week_on() -> None:
    stream = calm(35)
    for week in range(5):
        add(stream.negative, week * 168 + 34, 1, 25, seed=week)
    late = [h for h in opened_h(judged(stream.bins())) if h >= 28 * 24]
    assert late == []


def test_counts_without_a_total_work_on_negatives_alone() -> None:
    opened = opened_h(judged(crisis(negative_h=20, per_hour=150).bins(with_total=False)))
    assert len(opened) == 1
    assert CRISIS_H < opened[0] <= CRISIS_H + 1


def test_an_agency_of_which_only_bad_is_said_is_not_deaf() -> None:
    opened = opened_h(judged(crisis(negative_h=1, others_h=0, per_hour=40, hours=3).bins()))
    assert len(opened) == 1
    assert CRISIS_H < opened[0] <= CRISIS_H + 1


def test_an_agency_of_which_only_bad_is_said_has_calm_months() -> None:
    assert opened_h(judged(calm(60, negative_h=6, others_h=0).bins())) == []


@pytest.mark.parametrize("with_total", [True, False])
def test_after_a_month_of_silence_a_crisis_is_heard_at_once(with_total: bool) -> None:
    opened = opened_h(judged(crisis(negative_h=0, others_h=0, per_hour=60, hours=2).bins(with_total=with_total)))
    assert len(opened) == 1
    assert CRISIS_H < opened[0] <= CRISIS_H + 0.5


# --- one alert per crisis, and its end


def test_a_short_crisis_is_over_when_it_is_over_though_the_day_remembers_its_peak() -> None:
    verdicts = judged(crisis(hours=1, per_hour=80).bins())
    closed = [(v.bin_end - MONDAY) / timedelta(hours=1) for v in verdicts if v.closed]
    assert len(closed) == len(opened_h(verdicts)) == 1
    assert closed[0] <= CRISIS_H + 1 + 3 + 6 + 1  # the three hours that must be ordinary, the six quiet ones of the rule


def test_a_crisis_that_flickers_opens_once_and_closes_after_the_quiet_hours() -> None:
    stream = calm(24)
    for n in range(4):
        add(stream.negative, CRISIS_H + 3 * n, 1, 40, seed=n)
    verdicts = judged(stream.bins())
    assert len(opened_h(verdicts)) == 1
    closed = [(v.bin_end - MONDAY) / timedelta(hours=1) for v in verdicts if v.closed]
    assert len(closed) == 1
    assert closed[0] >= CRISIS_H + 10 + 6


def test_firing_holds_from_opening_to_closing() -> None:
    firing = False
    for v in judged(crisis().bins()):
        assert not (v.opened and v.closed)
        if v.opened:
            assert not firing
            firing = True
        if v.closed:
            assert firing
            firing = False
        assert v.firing == firing


def test_a_higher_mark_opens_no_earlier() -> None:
    stream = crisis()
    low, high = (opened_h(judged(stream.bins(), RuleConfig(open_log_weeks=mark))) for mark in (0.8, 2.5))
    assert low
    assert not high or high[0] >= low[0]


def test_min_count_is_a_floor_under_every_window() -> None:
    verdicts = judged(crisis(per_hour=20).bins(), RuleConfig(open_log_weeks=0.8, min_count=30))
    assert all(v.observed >= 30 for v in verdicts if v.opened)


def test_an_alert_closes_soon_after_the_crisis_though_the_day_remembers_its_peak() -> None:
    verdicts = judged(crisis(hours=4, per_hour=120).bins())
    (closed,) = [(v.bin_end - MONDAY) / timedelta(hours=1) for v in verdicts if v.closed]
    assert CRISIS_H + 4 < closed < CRISIS_H + 4 + RuleConfig().close_after_h + 4


@pytest.mark.parametrize("with_total", [True, False])
def test_a_new_level_is_learnt_and_does_not_alert_for_weeks(with_total: bool) -> None:
    stream = calm(45, negative_h=20, others_h=80)
    add(stream.negative, 25 * 24, 20 * 24, 60)
    verdicts = judged(stream.bins(with_total=with_total))
    firing = [(v.bin_end - MONDAY) / timedelta(days=1) for v in verdicts if v.firing and v.bin_end > MONDAY + timedelta(days=25)]
    assert len(firing) > 0
    assert max(firing) < 25 + 9


def test_a_source_switched_on_is_a_matter_of_hours_where_the_share_stays() -> None:
    stream = calm(45, negative_h=20, others_h=80)
    add(stream.negative, 25 * 24, 20 * 24, 30)
    add(stream.others, 25 * 24, 20 * 24, 120)
    assert sum(v.firing for v in judged(stream.bins()) if v.bin_end > MONDAY + timedelta(days=25)) < 24 * 12


@pytest.mark.parametrize("with_total", [True, False])
def test_an_agency_that_never_had_a_post_is_heard_when_it_has_two_hundred(with_total: bool) -> None:
    stream = calm(24, negative_h=0, others_h=0)
    stream.negative[round(CRISIS_H * 12)] = 200
    opened = opened_h(judged(stream.bins(with_total=with_total)))
    assert opened == [CRISIS_H + 1 / 12]


def test_one_broken_bin_does_not_deafen_for_the_next_crisis() -> None:
    stream = crisis(hours=6, per_hour=60)
    stream.negative[18 * PER_DAY] = 100_000
    assert [h for h in opened_h(judged(stream.bins())) if h > 19 * 24] == pytest.approx([CRISIS_H + 0.25], abs=0.25)


def test_a_crowd_that_complains_as_much_as_ever_is_a_matter_of_volume_not_of_share() -> None:
    stream = calm(24, negative_h=8, others_h=24)
    add(stream.negative, CRISIS_H, 5, 80)
    add(stream.others, CRISIS_H, 5, 240, seed=8)
    assert len(opened_h(judged(stream.bins()))) == 1
    assert opened_h(judged(stream.bins(), SHARE_RULE)) == []


def test_the_share_rises_where_the_crowd_leaves_and_the_angry_stay() -> None:
    stream = calm(24, negative_h=12, others_h=48)
    stream.others[round(CRISIS_H * 12) : round((CRISIS_H + 8) * 12)] //= 10
    assert opened_h(judged(stream.bins())) == []
    assert len(opened_h(judged(stream.bins(), SHARE_RULE))) == 1
