"""Small made-up streams of counts for the detector's tests: a daily rhythm, Poisson noise, and what is laid on top."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from alerts.detector import Detector
from alerts.detector_verdict import Bin, Verdict
from kentongan.clock import BIN
from kentongan.config import RuleConfig

MONDAY = datetime(2026, 1, 4, 17, tzinfo=UTC)  # Monday 5 January 2026, 00:00 WIB
PER_DAY = 288
CRISIS_H = 21 * 24 + 10.0  # Monday of the fourth week, 10:00 WIB
Counts = npt.NDArray[np.int64]


@dataclass(slots=True)
class Stream:
    """Negatives and others per 5-minute bin from MONDAY on."""

    negative: Counts
    others: Counts
    observed: npt.NDArray[np.bool_]

    def bins(self, first: int = 0, last: int | None = None, *, with_total: bool = True) -> list[Bin]:
        """The bins [first, last)."""
        return [
            Bin(
                start=MONDAY + n * BIN,
                negative=int(self.negative[n]),
                total=int(self.negative[n] + self.others[n]) if with_total else None,
                observed=bool(self.observed[n]),
            )
            for n in range(first, len(self.negative) if last is None else last)
        ]


def rhythm(days: float) -> npt.NDArray[np.float64]:
    """A day with a low at 03:00 and a high at 15:00, mean 1, per bin."""
    hour = np.arange(round(days * PER_DAY)) % PER_DAY / 12
    wave: npt.NDArray[np.float64] = 1 - 0.6 * np.cos((hour - 3) / 24 * 2 * np.pi)
    return wave


def calm(days: float, *, negative_h: float = 4.0, others_h: float = 16.0, seed: int = 1) -> Stream:
    """A stream in which nothing happens; rates per hour."""
    rng = np.random.default_rng(seed)
    day = rhythm(days) / 12
    return Stream(
        negative=rng.poisson(negative_h * day),
        others=rng.poisson(others_h * day),
        observed=np.ones(len(day), bool),
    )


def add(counts: Counts, start_h: float, hours: float, per_hour: float, *, seed: int = 7) -> None:
    """More posts for some hours, start_h hours after MONDAY."""
    first, last = round(start_h * 12), round((start_h + hours) * 12)
    counts[first:last] += np.random.default_rng(seed).poisson(per_hour / 12, len(counts[first:last]))


def crisis(hours: float = 6, per_hour: float = 30, days: float = 24, **fields: float) -> Stream:
    stream = calm(days, **fields)  # type: ignore[arg-type]  # seed is an int in every caller
    add(stream.negative, CRISIS_H, hours, per_hour)
    return stream


def outage(stream: Stream, start_h: float, hours: float, *, reported: bool) -> Stream:
    first, last = round(start_h * 12), round((start_h + hours) * 12)
    stream.negative[first:last] = 0
    stream.others[first:last] = 0
    if reported:
        stream.observed[first:last] = False
    return stream


def judged(bins: Iterable[Bin], rule: RuleConfig | None = None) -> list[Verdict]:
    """The verdicts of a fresh detector."""
    return Detector(rule or RuleConfig(open_log_weeks=1.0)).evaluate(b"", list(bins))[1]


def opened_h(verdicts: Iterable[Verdict]) -> list[float]:
    """When alerts opened, in hours after MONDAY."""
    return [(v.bin_end - MONDAY) / timedelta(hours=1) for v in verdicts if v.opened]
