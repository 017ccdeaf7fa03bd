"""What a rule would have done on a history of counts: the alerts it would have opened, bin by bin, never looking ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from alerts.backtest_series import Series
from alerts.detector import Detector
from alerts.detector_state import WINDOWS_H, fresh_memory
from alerts.detector_verdict import Course, Verdict
from kentongan.config import AlertPolicy, RuleConfig
from kentongan.records import Spike


@dataclass(frozen=True, kw_only=True, slots=True)
class BacktestAlert:
    """An alert that would have opened; `ended_at` None: still open when the counts end."""

    agency: str
    verdict: Verdict
    ended_at: datetime | None
    peak: int  # most in one window while it was open ...
    peak_hours: float  # ... and how long that window was

    def spike(self, rule: str) -> Spike:
        """As the message writer wants it; nothing is known of authors and texts."""
        v = self.verdict
        return Spike(
            agency=self.agency,
            rule=rule,
            window=v.window,
            observed=v.observed,
            expected=v.expected,
            chance_weeks=v.chance_weeks,
            severity=v.severity,
            bin_end=v.bin_end,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Backtest:
    """One agency's history under one rule."""

    series: Series
    course: Course
    alerts: tuple[BacktestAlert, ...]
    unknown_bins: int  # not observed, or an outage by the looks of it
    cold_bins: int


def backtest(series: Series, rule: RuleConfig, policy: AlertPolicy) -> Backtest:
    """The course of a series and the alerts in it, oldest first."""
    from alerts import detector_kernel as kernel

    detector = Detector(rule, series.zone.key, policy, width=series.width)
    memory = fresh_memory(int(series.width.total_seconds()))
    course = detector.run(memory, series.first_s, series.negative, series.others, series.observed, has_total=series.has_total)
    opened = np.flatnonzero(course.column(kernel.OPENED))
    closed = np.flatnonzero(course.column(kernel.CLOSED))
    observed = course.column(kernel.OBSERVED)
    alerts = []
    for place in opened:
        later = closed[closed > place]
        end = int(later[0]) if len(later) else len(observed) - 1
        highest = int(place) + int(observed[place : end + 1].argmax())
        start = datetime.fromtimestamp(int(course.start_s[place]), UTC)
        alerts.append(
            BacktestAlert(
                agency=series.agency,
                verdict=detector.verdict(course.table[place].tolist(), start, int(series.negative[place])),
                ended_at=datetime.fromtimestamp(int(course.start_s[end]), UTC) + series.width if len(later) else None,
                peak=int(observed[highest]),
                peak_hours=WINDOWS_H[int(course.column(kernel.WINDOW)[highest])],
            )
        )
    return Backtest(
        series=series,
        course=course,
        alerts=tuple(alerts),
        unknown_bins=int((course.column(kernel.KNOWN) == 0).sum()),
        cold_bins=int(course.column(kernel.COLD).sum()),
    )


def in_time_order(backtests: Iterable[Backtest]) -> list[BacktestAlert]:
    """All alerts, by the moment they would have been sent."""
    return sorted((alert for test in backtests for alert in test.alerts), key=lambda a: (a.verdict.bin_end, a.agency))


def per_week(backtests: Iterable[Backtest]) -> float:
    """Alerts per agency-week."""
    tests = list(backtests)
    weeks = sum(test.series.weeks for test in tests)
    return sum(len(test.alerts) for test in tests) / weeks if weeks else 0.0


RuleFor = Callable[[str], RuleConfig]


def hourly(values: np.ndarray[tuple[int], np.dtype[np.float64]], width: timedelta) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Sums per hour of a series of bins; a last part of an hour is left out."""
    per_hour = round(timedelta(hours=1) / width)
    whole = len(values) // per_hour * per_hour
    sums: np.ndarray[tuple[int], np.dtype[np.float64]] = values[:whole].reshape(-1, per_hour).sum(axis=1)
    return sums
