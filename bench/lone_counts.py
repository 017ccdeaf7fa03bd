"""Counts without a total, in the manner of tweets that name a company: made-up heavy-tailed series with labelled anomalies.

A series has a daily and weekly rhythm, a level that drifts, counts wider than Poisson, and ordinary bursts whose height follows a power law:
most double a bin for half an hour, a few are as high as an anomaly and come from nowhere. Labelled anomalies rise 4 to 40 times over what is
usual and last hours. Everything comes from the seed; no recording went in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

BIN_S = 300
PER_DAY = 288
FIRST_ANOMALY_D = 5.0
GRACE_BINS = 6  # an alert until half an hour after an anomaly finds it
TAIL_BINS = 144  # one until twelve hours after it is no false one, only a double

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Lone:
    """One series: counts per 5-minute bin, and where its anomalies begin and end (bins)."""

    counts: Floats
    anomalies: tuple[tuple[int, int], ...]
    per_bin: float

    @property
    def weeks(self) -> float:
        """Weeks in which an alert is judged: from the first day on that anomalies may come."""
        return (len(self.counts) - FIRST_ANOMALY_D * PER_DAY) / (7 * PER_DAY)


def drift(rng: np.random.Generator, n: int, hours: float, sd: float) -> Floats:
    """A stationary wandering with that correlation time."""
    keep = float(np.exp(-1 / (hours * 12)))
    steps = rng.normal(0, sd * np.sqrt(1 - keep * keep), n)
    values = np.empty(n)
    now = rng.normal(0, sd)
    for k in range(n):
        now = keep * now + steps[k]
        values[k] = now
    return values


def pulse(n: int, start: int, rise: float, decay: float) -> Floats:
    """0 before, linear to 1 in `rise` bins, then exponential."""
    t = np.arange(n) - start
    return np.where(t < 0, 0.0, np.minimum(1.0, (t + 1) / max(rise, 1.0)) * np.exp(-np.maximum(0.0, t - rise) / decay))


def lone(seed: int) -> Lone:
    """One series of three to eight weeks, 0.3 to 300 posts in an average bin."""
    rng = np.random.default_rng([seed, 20261125])
    n = int(rng.integers(21, 57)) * PER_DAY
    per_bin = float(np.exp(rng.uniform(np.log(0.3), np.log(300))))
    hour = np.arange(n) % PER_DAY / 12
    swing = rng.uniform(0.1, 0.9)
    day = np.exp(-swing * np.cos((hour - rng.uniform(2, 6)) / 24 * 2 * np.pi) + 0.3 * swing * np.cos((hour - rng.uniform(0, 12)) / 12 * 2 * np.pi))
    weekend = np.where(np.arange(n) // PER_DAY % 7 >= 5, rng.uniform(0.6, 1.0), 1.0)
    rate = per_bin * day / day.mean() * weekend * np.exp(drift(rng, n, 10, 0.2) + drift(rng, n, 48, 0.2))
    usual = rate.copy()
    for _ in range(rng.poisson(rng.uniform(1, 8) * n / (7 * PER_DAY))):
        start = int(rng.integers(0, n))
        height = min(0.5 * (rng.pareto(2.5) + 1), 60.0)
        rate = rate + height * max(usual[start], 0.3 * per_bin) * pulse(n, start, rng.uniform(1, 4), rng.uniform(2, 18))
    anomalies = []
    at = FIRST_ANOMALY_D * PER_DAY + rng.uniform(0, 7) * PER_DAY
    while at < n - PER_DAY:
        start = int(at)
        decay = rng.uniform(12, 100)
        rise = rng.uniform(1, 18)
        height = float(np.exp(rng.uniform(np.log(4), np.log(40)))) + 3 / per_bin
        rate = rate + height * max(usual[start], 0.3 * per_bin) * pulse(n, start, rise, decay)
        end = min(n - 1, start + int(rise + 2 * decay))
        anomalies.append((start, end))
        at = end + rng.uniform(4, 16) * PER_DAY
    size = rng.uniform(2, 10)
    return Lone(counts=rng.poisson(rate * rng.gamma(size, 1 / size, n)).astype(np.float64), anomalies=tuple(anomalies), per_bin=per_bin)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What alerts made of many series."""

    anomalies: int
    recall: float
    within_hour: float
    false_per_week: float
    false: int
    doubles: float  # per anomaly that was found


def judge(series: list[Lone], places: list[list[int]]) -> Found:
    """Alerts given as the bins at whose end they are sent."""
    total = hits = fast = false = doubles = 0
    weeks = 0.0
    for one, alerts in zip(series, places, strict=True):
        left = [a for a in alerts if a >= FIRST_ANOMALY_D * PER_DAY]
        weeks += one.weeks
        for start, end in one.anomalies:
            total += 1
            near = [a for a in left if start <= a <= end + TAIL_BINS]
            hit = [a for a in near if a <= end + GRACE_BINS]
            left = [a for a in left if a not in near]
            if hit:
                hits += 1
                fast += hit[0] - start < 12
            doubles += max(0, len(near) - 1)
        false += len(left)
    return Found(
        anomalies=total,
        recall=hits / total,
        within_hour=fast / total,
        false_per_week=false / weeks,
        false=false,
        doubles=doubles / max(1, hits),
    )
