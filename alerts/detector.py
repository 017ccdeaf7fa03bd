"""Spikes of one agency under one rule: state and bins in, state and verdicts out; strictly causal.

A verdict on a bin depends on that bin and earlier ones only, and is the same whether bins arrive one by one or all at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from alerts.detector_state import WINDOWS_H, Memory, fresh_memory, pack, unpack
from alerts.detector_verdict import Bin, Course, Verdict, chance_weeks, severity
from kentongan.clock import BIN
from kentongan.config import AlertPolicy, RuleConfig
from kentongan.errors import InputError
from kentongan.records import Window

MAX_GAP = timedelta(days=400)  # a longer gap is a mistake in a date rather than an outage

# Posts by hour of day (local), 1 = average: night low, office hours, evening peak; stands in until the agency's own day is known.
GENERIC_DAY = (
    *(0.45, 0.30, 0.20, 0.20, 0.30, 0.45, 0.70, 0.95, 1.15, 1.30, 1.35, 1.30),
    *(1.25, 1.25, 1.20, 1.20, 1.20, 1.25, 1.30, 1.40, 1.45, 1.30, 1.00, 0.70),
)
GENERIC_WEEKEND = 0.85


def generic_schedule() -> npt.NDArray[np.float64]:
    """24 hours of a weekday, then 24 of a weekend day; 1 = the weekday's average."""
    day = np.array(GENERIC_DAY)
    day /= day.mean()
    return np.concatenate([day, day * GENERIC_WEEKEND])


def window_bins(width: timedelta) -> list[int]:
    """Bins in each of the windows; at least one."""
    return [max(1, round(timedelta(hours=hours) / width)) for hours in WINDOWS_H]


class Detector:
    """One rule in one time zone; keeps nothing between calls."""

    def __init__(self, rule: RuleConfig, zone: str = "Asia/Jakarta", policy: AlertPolicy | None = None, *, width: timedelta = BIN) -> None:
        """width: of a bin; 1 minute to 1 hour, a divisor of 12 hours. Raises InputError otherwise."""
        seconds = width.total_seconds()
        if seconds != int(seconds) or not 60 <= seconds <= 3600 or 43200 % int(seconds):
            raise InputError(f"bins of {width}: must be 1 to 60 minutes long and divide 12 hours; sum or split the counts")
        self.rule = rule
        self.zone = ZoneInfo(zone)
        self.policy = policy or AlertPolicy()
        self.width = width
        self._width_s = int(seconds)
        self._schedule = generic_schedule()
        self._windows = np.array(WINDOWS_H)
        self._bins = window_bins(width)

    def evaluate(self, state: bytes, bins: Sequence[Bin]) -> tuple[bytes, list[Verdict]]:
        """(new state, one verdict per bin). b"" is the state of an agency never seen.

        bins: ascending, on the grid of the state's last bin and after it; gaps count as not observed.
        Raises InputError for bins that are out of order, off the grid, already evaluated, or half with and half without a total;
        StoreError for a state of another format.
        """
        if not bins:
            return state, []
        has_total = any(item.total is not None for item in bins)
        starts = np.array([int(item.start.timestamp()) for item in bins], np.int64)
        if state:
            memory, last_s, knew_total = unpack(state, self.width)
            if any(item.observed for item in bins):
                if has_total != knew_total:
                    raise InputError("bins: a total is given for some bins and missing for others; give it for all or for none")
            else:
                has_total = knew_total
            first_s = last_s + self._width_s
        else:
            memory, first_s = fresh_memory(self._width_s), int(starts[0])
        places = self._places(starts, first_s)
        negative = np.zeros(places[-1] + 1)
        others = np.zeros_like(negative)
        observed = np.zeros_like(negative)
        for place, item in zip(places, bins, strict=True):
            if not item.observed:
                continue
            if item.negative < 0 or (item.total is not None and item.total < item.negative) or (item.total is None) == has_total:
                raise InputError(f"bin {item.start.isoformat()}: negative {item.negative}, total {item.total}: negative must be 0 to total")
            negative[place] = item.negative
            others[place] = (item.total or 0) - item.negative if has_total else 0
            observed[place] = 1
        course = self.run(memory, first_s, negative, others, observed, has_total=has_total)
        new_state = pack(memory, width_s=self._width_s, last_bin_s=int(course.start_s[-1]), has_total=has_total)
        return new_state, [self._verdict(course, int(place), item) for place, item in zip(places, bins, strict=True)]

    def run(
        self,
        memory: Memory,
        first_s: int,
        negative: npt.NDArray[np.float64],
        others: npt.NDArray[np.float64],
        observed: npt.NDArray[np.float64],
        *,
        has_total: bool,
        signs: npt.NDArray[np.float32] | None = None,
    ) -> Course:
        """The course of contiguous bins that begin at first_s (Unix seconds), as arrays; moves the memory on. For backtests.

        signs: for training; one row per bin, filled where the bin was weighed.
        """
        from alerts import detector_kernel as kernel
        from alerts.detector_calendar import calendar_factors, local_seconds
        from alerts.detector_forest import load_forest
        from alerts.detector_knobs import ALONE, SHARE, Habits, Knobs, Limits

        start_s = first_s + np.arange(len(negative), dtype=np.int64) * self._width_s
        local_s = local_seconds(start_s, self.zone)
        table = np.empty((len(negative), kernel.COLUMNS))
        kernel.run(
            memory,
            ALONE if not has_total else SHARE if self.rule.measure == "share" else Knobs(),
            Habits(),
            Limits(
                open_at=self.rule.open_log_weeks,
                close_at=self.rule.open_log_weeks - self.rule.close_below,
                close_bins=float(max(1, round(timedelta(hours=self.rule.close_after_h) / self.width))),
                min_count=float(self.rule.min_count),
                floor=float(self.rule.cold_start_floor),
            ),
            load_forest(),
            self._schedule,
            self._windows,
            negative,
            others,
            observed,
            local_s.astype(np.float64),
            calendar_factors(local_s, self.zone.key),
            self._width_s,
            has_total,
            table,
            np.empty((0, 1), np.float32) if signs is None else signs,
        )
        return Course(start_s=start_s, table=table, width=self.width)

    def _places(self, starts: npt.NDArray[np.int64], first_s: int) -> npt.NDArray[np.int64]:
        """Position of each bin counted from first_s; raises InputError where they are not ascending, on the grid, and near."""
        offsets = starts - first_s
        wrong = np.flatnonzero(offsets % self._width_s)
        if len(wrong):
            raise InputError(f"bin {_iso(starts[wrong[0]])}: not on the grid of {self.width} bins that holds {_iso(first_s)}")
        places = offsets // self._width_s
        if places[0] < 0:
            raise InputError(f"bin {_iso(starts[0])}: already evaluated; the next one must start at {_iso(first_s)} or later")
        steps = np.flatnonzero(np.diff(places) <= 0)
        if len(steps):
            raise InputError(f"bin {_iso(starts[steps[0] + 1])}: repeated or out of order; give each bin once, oldest first")
        if places[-1] - len(places) > MAX_GAP / self.width:
            raise InputError(f"bin {_iso(starts[-1])}: more than {MAX_GAP.days} days are missing since {_iso(first_s)}; is the date right?")
        return places

    def _verdict(self, course: Course, place: int, item: Bin) -> Verdict:
        row: list[float] = course.table[place].tolist()
        return self.verdict(row, item.start.astimezone(UTC), item.negative if item.observed else 0)

    def verdict(self, row: Sequence[float], start: datetime, bin_observed: int = 0) -> Verdict:
        """The verdict in one row of a course's table; start: of its bin."""
        observed, expected, window, score, firing, opened, closed, cold, known, floor, bin_expected, _ = row
        end = start + self.width
        only_floor = floor > 0
        chance = None if only_floor else chance_weeks(score)
        return Verdict(
            bin_start=start,
            bin_end=end,
            window=Window(start=end - self._bins[int(window)] * self.width, end=end),
            observed=int(observed),
            expected=expected,
            chance_weeks=chance,
            score=score,
            firing=firing > 0,
            opened=opened > 0,
            closed=closed > 0,
            cold_start=cold > 0,
            severity=severity(self.rule, self.policy, chance, int(observed)),
            known=known > 0,
            bin_observed=bin_observed,
            bin_expected=bin_expected,
        )


def _iso(seconds: Any) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()
