"""Laws of the spike detector, on streams small enough to understand."""

from __future__ import annotations

import dataclasses
import random
from datetime import timedelta

import numpy as np
import pytest

from alerts.detector import Bin, Detector, Verdict
from alerts.detector_state import HEADER
from kentongan.clock import BIN
from kentongan.config import AlertPolicy, RuleConfig
from kentongan.errors import InputError, StoreError
from tests.alerts.streams import MONDAY, PER_DAY, Stream, add, calm, judged, opened_h

CALENDAR_ROW = HEADER.size + 41 * 8 + 12 * 288 * 4  # in a state of 5-minute bins
CRISIS_H = 21 * 24 + 10.0  # Monday of the fourth week, 10:00 WIB


def crisis(hours: float = 6, per_hour: float = 30, days: float = 24, **fields: float) -> Stream:
    stream = calm(days, **fields)  # type: ignore[arg-type]  # seed is an int in every caller
    add(stream.negative, CRISIS_H, hours, per_hour)
    return stream


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


# --- outages


def outage(stream: Stream, start_h: float, hours: float, *, reported: bool) -> Stream:
    first, last = round(start_h * 12), round((start_h + hours) * 12)
    stream.negative[first:last] = 0
    stream.others[first:last] = 0
    if reported:
        stream.observed[first:last] = False
    return stream


@pytest.mark.parametrize("reported", [True, False])
def test_an_outage_inside_a_crisis_is_unknown_and_does_not_close_the_alert(reported: bool) -> None:
    stream = outage(crisis(hours=14, negative_h=40, others_h=160, per_hour=300), CRISIS_H + 2, 8, reported=reported)
    verdicts = judged(stream.bins())
    inside = [v for v in verdicts if CRISIS_H + 2.5 < (v.bin_end - MONDAY) / timedelta(hours=1) <= CRISIS_H + 10]
    assert not any(v.known or v.closed for v in inside)
    assert all(v.firing for v in inside)
    assert len(opened_h(verdicts)) == 1


@pytest.mark.parametrize("reported", [True, False])
def test_a_long_outage_does_not_poison_the_baseline(reported: bool) -> None:
    whole = calm(24, negative_h=20, others_h=80)
    holed = outage(calm(24, negative_h=20, others_h=80), 17 * 24, 60, reported=reported)
    after = [round(h * 12) for h in (20 * 24 + 10, 21 * 24 + 14, 22 * 24 + 3)]
    expected, seen = judged(whole.bins()), judged(holed.bins())
    assert opened_h(seen) == []
    for n in after:
        assert seen[n].bin_expected == pytest.approx(expected[n].bin_expected, rel=0.25)


@pytest.mark.parametrize("reported", [True, False])
def test_after_three_months_of_silence_a_crisis_is_heard_and_a_calm_start_is_not_one(reported: bool) -> None:
    calm_again = outage(calm(120, seed=2), 20 * 24, 90 * 24, reported=reported)
    struck = outage(calm(120, seed=2), 20 * 24, 90 * 24, reported=reported)
    add(struck.negative, 115 * 24 + 10, 6, 60)
    assert [h for h in opened_h(judged(calm_again.bins())) if h > 110 * 24] == []
    assert any(115 * 24 + 10 < h <= 115 * 24 + 11 for h in opened_h(judged(struck.bins())))


def test_what_an_unobserved_bin_holds_means_nothing() -> None:
    empty, full = (outage(calm(16), 300, 12, reported=True) for _ in range(2))
    full.negative[300 * 12 : 312 * 12] = 999
    assert judged(empty.bins())[-1] == judged(full.bins())[-1]


def test_bins_left_out_count_as_unobserved() -> None:
    stream = outage(calm(16), 300, 12, reported=True)
    bins = stream.bins()
    assert judged(bins)[-200:] == judged(bins[: 300 * 12] + bins[312 * 12 :])[-200:]


def test_a_quiet_night_of_a_small_agency_is_no_outage() -> None:
    assert all(v.known for v in judged(calm(10, negative_h=0.1, others_h=0.3).bins()))


# --- cold start


def test_on_the_first_day_a_crisis_opens_by_the_floor_without_a_chance() -> None:
    stream = calm(1, negative_h=2, others_h=8)
    add(stream.negative, 9, 3, 60)
    first = next(v for v in judged(stream.bins()) if v.opened)
    assert first.cold_start
    assert first.chance_weeks is None
    assert first.observed >= RuleConfig().cold_start_floor


def test_listening_that_begins_in_the_middle_of_a_crisis_is_not_blind() -> None:
    stream = calm(1, negative_h=80, others_h=20)
    assert any(v.opened and v.chance_weeks is None for v in judged(stream.bins())[:72])


def test_a_busy_agency_without_a_crisis_starts_in_silence() -> None:
    assert opened_h(judged(calm(5, negative_h=60, others_h=240).bins())) == []
    assert opened_h(judged(calm(5, negative_h=60, others_h=0).bins(with_total=False))) == []


@pytest.mark.parametrize("negative_h", [10, 12])
def test_a_calm_agency_of_which_half_is_bad_by_nature_starts_in_silence(negative_h: float) -> None:
    loud = [seed for seed in range(10) if any(v.opened for v in judged(calm(1, negative_h=negative_h, others_h=10, seed=seed).bins()))]
    assert len(loud) <= 2, loud


def test_below_the_floor_the_first_day_is_silent() -> None:
    stream = calm(1, negative_h=0.5, others_h=2)
    add(stream.negative, 9, 1, 15, seed=3)
    assert opened_h(judged(stream.bins())) == []


def test_after_the_first_day_every_alert_says_how_rare_it_is() -> None:
    for v in judged(crisis().bins()):
        assert v.cold_start == (v.bin_end <= MONDAY + timedelta(days=1))
        if v.opened:
            assert v.chance_weeks is not None
            assert v.chance_weeks >= 10 ** RuleConfig(open_log_weeks=1.0).open_log_weeks * 0.999


# --- state


def as_seen(verdicts: list[Verdict]) -> list[Verdict]:
    return [dataclasses.replace(v) for v in verdicts]


def test_one_by_one_and_all_at_once_agree_to_the_last_bit() -> None:
    stream = outage(crisis(), 480, 3, reported=True)
    bins = stream.bins()
    detector = Detector(RuleConfig(open_log_weeks=1.0))
    state_at_once, at_once = detector.evaluate(b"", bins)
    state, verdicts = b"", []
    rng = random.Random(5)
    n = 0
    while n < len(bins):
        step = rng.choice([1, 1, 2, 7, 100, 1000])
        state, some = detector.evaluate(state, bins[n : n + step])
        verdicts += some
        n += step
    assert verdicts == at_once
    assert state == state_at_once


def test_a_verdict_never_depends_on_what_comes_later() -> None:
    bins = crisis().bins()
    whole = judged(bins)
    for cut in (PER_DAY // 2, 3 * PER_DAY + 5, round((CRISIS_H + 1) * 12)):
        assert judged(bins[:cut]) == whole[:cut]


def test_the_state_does_not_grow() -> None:
    detector = Detector(RuleConfig())
    early, _ = detector.evaluate(b"", calm(2).bins())
    late, _ = detector.evaluate(b"", calm(40).bins())
    assert len(early) == len(late) < 50_000


def test_a_gap_of_days_between_two_calls_is_bridged() -> None:
    bins = calm(20).bins()
    detector = Detector(RuleConfig())
    state, _ = detector.evaluate(b"", bins[: 10 * PER_DAY])
    _, verdicts = detector.evaluate(state, bins[12 * PER_DAY :])
    assert len(verdicts) == 8 * PER_DAY
    assert not any(v.opened for v in verdicts)


def test_no_bins_change_nothing() -> None:
    assert Detector(RuleConfig()).evaluate(b"abc", []) == (b"abc", [])


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (lambda s: b"not a state", "not a detector state"),
        (lambda s: s[:4] + b"\xff\xff" + s[6:], "format 65535"),
        (lambda s: s[:-8], "bytes instead of"),
    ],
)
def test_a_state_that_is_not_ours_is_refused_with_the_next_step(broken, says: str) -> None:  # type: ignore[no-untyped-def]
    bins = calm(1).bins()
    detector = Detector(RuleConfig())
    state, _ = detector.evaluate(b"", bins[:10])
    with pytest.raises(StoreError, match=says) as caught:
        detector.evaluate(broken(state), bins[10:])
    assert "evaluate the stored counts again" in str(caught.value)


def test_a_state_of_the_format_before_goes_on_as_if_nothing_had_happened() -> None:
    bins = crisis().bins()
    detector = Detector(RuleConfig(open_log_weeks=1.0))
    state, _ = detector.evaluate(b"", bins[: 20 * PER_DAY])
    head = state[6 : HEADER.size + 40 * 8]
    ring = state[HEADER.size + 41 * 8 : CALENDAR_ROW]
    before = b"".join([state[:4], b"\x03\x00", head, ring, state[CALENDAR_ROW + 4 * 288 :]])
    assert detector.evaluate(before, bins[20 * PER_DAY :])[1] == detector.evaluate(state, bins[20 * PER_DAY :])[1]


def test_a_state_of_another_bin_width_is_refused() -> None:
    state, _ = Detector(RuleConfig()).evaluate(b"", calm(1).bins())
    later = Bin(start=MONDAY + timedelta(days=2), negative=0, total=0)
    with pytest.raises(StoreError, match="300 s"):
        Detector(RuleConfig(), width=timedelta(minutes=15)).evaluate(state, [later])


# --- bins that cannot be right


def at(minutes: float, **fields: object) -> Bin:
    return Bin(start=MONDAY + timedelta(minutes=minutes), **{"negative": 1, "total": 2, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bins", "says"),
    [
        ([at(0), at(7)], "not on the grid"),
        ([at(0), at(5), at(5)], "repeated or out of order"),
        ([at(5), at(0)], "out of order|already evaluated"),
        ([at(0, negative=-1)], "negative must be"),
        ([at(0, negative=3)], "negative must be"),
        ([at(0), at(5, total=None)], "total"),
        ([at(0), at(60 * 24 * 900)], "more than 400 days"),
    ],
)
def test_bins_that_cannot_be_right_are_refused(bins: list[Bin], says: str) -> None:
    with pytest.raises(InputError, match=says):
        Detector(RuleConfig()).evaluate(b"", bins)


def test_a_bin_that_was_evaluated_before_is_refused() -> None:
    detector = Detector(RuleConfig())
    state, _ = detector.evaluate(b"", [at(0), at(5)])
    with pytest.raises(InputError, match="already evaluated"):
        detector.evaluate(state, [at(5)])


@pytest.mark.parametrize("minutes", [0.5, 7, 90])
def test_bins_of_an_odd_width_are_refused(minutes: float) -> None:
    with pytest.raises(InputError, match="1 to 60 minutes"):
        Detector(RuleConfig(), width=timedelta(minutes=minutes))


@pytest.mark.parametrize("minutes", [1, 10, 15, 60])
def test_other_bin_widths_find_the_crisis_too(minutes: int) -> None:
    rng = np.random.default_rng(4)
    per_hour = 60 // minutes
    n = 24 * 24 * per_hour
    hour = np.arange(n) % (24 * per_hour) / per_hour
    day = (1 - 0.6 * np.cos((hour - 3) / 24 * 2 * np.pi)) / per_hour
    negative, others = rng.poisson(4 * day), rng.poisson(16 * day)
    first = round(CRISIS_H * per_hour)
    negative[first : first + 6 * per_hour] += rng.poisson(30 / per_hour, 6 * per_hour)
    width = timedelta(minutes=minutes)
    bins = [Bin(start=MONDAY + k * width, negative=int(a), total=int(a + b)) for k, (a, b) in enumerate(zip(negative, others, strict=True))]
    opened = opened_h(Detector(RuleConfig(open_log_weeks=1.0), width=width).evaluate(b"", bins)[1])
    inside = [h for h in opened if h > CRISIS_H]
    assert len(inside) == 1
    assert inside[0] <= CRISIS_H + 1.5


# --- the schedule is read on the agency's own clock


def test_the_schedule_is_that_of_the_agencys_zone() -> None:
    stream = calm(15, negative_h=0, others_h=200)
    two_hours = 24
    jayapura = [dataclasses.replace(b, start=b.start - two_hours * BIN) for b in stream.bins()]
    here = Detector(RuleConfig(), "Asia/Jakarta").evaluate(b"", stream.bins())[1]
    there = Detector(RuleConfig(), "Asia/Jayapura").evaluate(b"", jayapura)[1]
    assert [v.bin_expected for v in here] == [v.bin_expected for v in there]


# --- severity and honesty


def test_severity_follows_how_rare_it_is() -> None:
    detector = Detector(RuleConfig(), policy=AlertPolicy(severity_weeks={"low": 0, "medium": 26, "high": 104, "critical": 260}))
    assert [detector.severity(w, 100) for w in (10.0, 30.0, 200.0, 300.0)] == ["low", "medium", "high", "critical"]
    assert [detector.severity(None, n) for n in (20, 60)] == ["medium", "high"]


def test_no_more_is_said_than_the_calibration_supports() -> None:
    stream = crisis(per_hour=2000)
    peak = max(judged(stream.bins()), key=lambda v: v.score)
    assert peak.score > 3
    assert peak.chance_weeks is not None
    assert 400 < peak.chance_weeks < 520


def test_a_rarer_thing_is_always_said_to_be_rarer() -> None:
    said = [Detector(RuleConfig()).chance_weeks(score / 10) for score in range(-20, 60)]
    assert said == sorted(set(said))
    assert said[30] == pytest.approx(10.0)
    assert said[40] == pytest.approx(100.0)


def test_seven_posts_are_never_critical_however_rare() -> None:
    detector = Detector(RuleConfig())
    assert [detector.severity(519.0, n) for n in (7, 12, 30)] == ["medium", "high", "critical"]
