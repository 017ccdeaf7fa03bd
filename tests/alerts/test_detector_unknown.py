"""The spike detector where little is known: outages, silences, the first day."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from kentongan.config import RuleConfig
from tests.alerts.streams import CRISIS_H, MONDAY, PER_DAY, add, calm, crisis, judged, opened_h, outage

# --- outages


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
    stream = calm(1, negative_h=90, others_h=10)
    assert any(v.opened and v.chance_weeks is None for v in judged(stream.bins())[:72])


def test_a_busy_agency_without_a_crisis_starts_in_silence() -> None:
    assert opened_h(judged(calm(5, negative_h=60, others_h=240).bins())) == []
    assert opened_h(judged(calm(5, negative_h=60, others_h=0).bins(with_total=False))) == []


@pytest.mark.parametrize("negative_h", [10, 12])
def test_a_calm_agency_of_which_half_is_bad_by_nature_starts_in_silence(negative_h: float) -> None:
    loud = [seed for seed in range(10) if any(v.opened for v in judged(calm(1, negative_h=negative_h, others_h=10, seed=seed).bins()))]
    assert len(loud) <= 2, loud


def test_a_busy_agency_whose_mood_swings_starts_in_silence() -> None:
    """Three fifths are bad, a little more in the evening: far beyond chance at four hundred posts an hour, and no crisis."""
    stream = calm(1, negative_h=240, others_h=160)
    swing = np.exp(0.15 * np.sin(np.arange(PER_DAY) / PER_DAY * 2 * np.pi))
    stream.negative, stream.others = (stream.negative * swing).astype(int), (stream.others / swing).astype(int)
    assert opened_h(judged(stream.bins())) == []


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
