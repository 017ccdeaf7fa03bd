"""Two settings of a rule side by side on the same counts: which alerts both open, which only one does, and how much sooner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alerts.backtest import Backtest, BacktestAlert

SAME_WITHIN = timedelta(hours=6)  # openings of one crisis under two settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Pairing:
    """One agency under both settings."""

    agency: str
    weeks: float
    both: tuple[tuple[BacktestAlert, BacktestAlert], ...]  # (as it is, as tried)
    only_now: tuple[BacktestAlert, ...]
    only_tried: tuple[BacktestAlert, ...]

    @property
    def minutes_sooner(self) -> float | None:
        """Median minutes by which the tried setting opens before the present one; negative: later. None where they share no alert."""
        gains = sorted((now.verdict.bin_end - tried.verdict.bin_end) / timedelta(minutes=1) for now, tried in self.both)
        return None if not gains else (gains[(len(gains) - 1) // 2] + gains[len(gains) // 2]) / 2


def pair(now: Backtest, tried: Backtest) -> Pairing:
    """The alerts of one agency under both settings; two are the same where they overlap or open within six hours of one another."""
    left = list(tried.alerts)
    both, only_now = [], []
    for alert in now.alerts:
        same = next((other for other in left if _same(alert, other)), None)
        if same is None:
            only_now.append(alert)
        else:
            left.remove(same)
            both.append((alert, same))
    return Pairing(agency=now.series.agency, weeks=now.series.weeks, both=tuple(both), only_now=tuple(only_now), only_tried=tuple(left))


def _same(a: BacktestAlert, b: BacktestAlert) -> bool:
    first, second = sorted((a, b), key=lambda alert: alert.verdict.bin_end)
    end = first.ended_at or datetime.max.replace(tzinfo=UTC)
    return second.verdict.bin_end <= max(end, first.verdict.bin_end + SAME_WITHIN)


def pairs(now: Sequence[Backtest], tried: Sequence[Backtest]) -> list[Pairing]:
    """All agencies, in order."""
    return [pair(a, b) for a, b in zip(now, tried, strict=True)]
