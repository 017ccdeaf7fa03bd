"""What a user could pick instead of Kentongan's detector, as a score per 5-minute bin; each is measured at the same number of false alerts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]
PER_DAY = 288


def sums(values: Scores, bins: int) -> Scores:
    """Sum over the last bins."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    start = np.maximum(np.arange(len(values)) - bins + 1, 0)
    window: Scores = total[1:] - total[start]
    return window


def spike_rule(negative: Scores) -> Scores:
    """Negatives of the last hour over those of the hour before, at least 6: ElastAlert's `spike` with spike_height as the score."""
    hour = sums(negative, 12)
    before = np.concatenate([np.zeros(12), hour[:-12]])
    ratio: Scores = np.where(hour >= 6, hour / np.maximum(before, 1), 0.0)
    return ratio


def z_score(negative: Scores) -> Scores:
    """Standard deviations of the last hour above the mean of the last seven days, at least 6 posts."""
    hour = sums(negative, 12)
    first = np.concatenate([[0.0], np.cumsum(hour)])
    second = np.concatenate([[0.0], np.cumsum(hour * hour)])
    start = np.maximum(np.arange(len(hour)) - 7 * PER_DAY, 0)
    stop = np.maximum(np.arange(len(hour)) - 12, 1)
    n = np.maximum(stop - start, 1)
    mean = (first[stop] - first[start]) / n
    spread = np.sqrt(np.maximum((second[stop] - second[start]) / n - mean * mean, 0.25))
    ready = np.arange(len(hour)) >= 2 * PER_DAY
    score: Scores = np.where(ready & (hour >= 6), (hour - mean) / spread, 0.0)
    return score


def plain_tail(negative: Scores) -> Scores:
    """-log10 of the negative binomial chance of the last hour, its mean and variance those of the same hour on the last fourteen days."""
    from scipy.stats import nbinom

    hour = sums(negative, 12)
    past = np.stack([np.concatenate([np.full(d * PER_DAY, np.nan), hour[: -d * PER_DAY]]) for d in range(1, 15)])
    known = (~np.isnan(past)).sum(axis=0)
    n = np.maximum(known, 1)
    mean = np.nansum(past, axis=0) / n + 0.2
    variance = np.maximum(np.nansum((past - mean) ** 2, axis=0) / np.maximum(n - 1, 1), 1.2 * mean)
    p = mean / variance
    chance: Any = nbinom.sf(hour - 1, mean * p / (1 - p), p)
    score: Scores = np.where((known >= 3) & (hour >= 6), -np.log10(np.maximum(chance, 1e-300)), 0.0)
    return score


def openings(score: Scores, mark: float, close: float, quiet_bins: int = 72) -> list[int]:
    """Bins at which an alert opens; it closes after six hours below `close`."""
    found = []
    last = -(10**9)
    is_open = False
    for n in np.flatnonzero(score >= close):
        if is_open and n - last > quiet_bins:
            is_open = False
        if not is_open and score[n] >= mark:
            is_open = True
            found.append(int(n))
        last = n
    return found
