"""What the spike detector keeps between calls, and bins that it refuses."""

from __future__ import annotations

import dataclasses
import random
from datetime import timedelta

import numpy as np
import pytest

from alerts.detector import Detector
from alerts.detector_state import CALIBRATION_DAYS, HEAD_SIZE, HEADER
from alerts.detector_verdict import Bin, Verdict
from kentongan.clock import BIN
from kentongan.config import RuleConfig
from kentongan.errors import InputError, StoreError
from tests.alerts.streams import CRISIS_H, MONDAY, PER_DAY, calm, crisis, judged, opened_h, outage

CALENDAR_ROW = HEADER.size + HEAD_SIZE * 8 + 12 * 288 * 4  # in a state of 5-minute bins


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


def test_a_state_with_numbers_that_are_none_is_refused() -> None:
    detector = Detector(RuleConfig())
    state, _ = detector.evaluate(b"", calm(2).bins())
    with pytest.raises(StoreError, match="no number"):
        detector.evaluate(state[:-8] + b"\xff" * 8, calm(3).bins(2 * PER_DAY))


def test_a_state_of_an_older_format_goes_on_with_what_it_knows() -> None:
    bins = crisis().bins()
    detector = Detector(RuleConfig(open_log_weeks=1.0))
    state, _ = detector.evaluate(b"", bins[: 20 * PER_DAY])
    head = state[6 : HEADER.size + 40 * 8]
    ring = state[HEADER.size + HEAD_SIZE * 8 : CALENDAR_ROW]
    rest = state[CALENDAR_ROW + 4 * 288 : -2 * 4 * CALIBRATION_DAYS]
    before = b"".join([state[:4], b"\x03\x00", head, ring, rest])
    old, new = (detector.evaluate(known, bins[20 * PER_DAY :])[1] for known in (before, state))
    assert [v.bin_expected for v in old] == [v.bin_expected for v in new]
    assert [v.bin_start for v in old if v.opened] == [v.bin_start for v in new if v.opened] != []


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
