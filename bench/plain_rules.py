"""Plain rules that a user could pick instead of Kentongan's detector, at the marks one would type in first, and what is counted as caught.

A day of trouble is found by hindsight: at least ten negatives, and three times the median day of the sixty around it; days that follow one
another are one trouble. An alert that begins in it (or in the three hours after it) catches it; every other alert lies outside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import numpy as np
from spikes_rivals import Scores, openings, spike_rule, z_score

WIB = ZoneInfo("Asia/Jakarta")
BIN_S = 300
SPIKE_HEIGHT = 3.0  # ElastAlert's own example
SIGMAS = 4.0
LEAST, TIMES = 10, 3.0  # negatives in a day of trouble; over the median day
AROUND_D = 30
GRACE = timedelta(hours=3)


@dataclass(frozen=True, kw_only=True)
class Tally:
    alerts: int
    caught: int  # troubles
    outside: int  # alerts


def days_of_trouble(negatives: Sequence[datetime]) -> list[tuple[date, date]]:
    """First and last day of each trouble, on the WIB clock."""
    if not negatives:
        return []
    days = [at.astimezone(WIB).date() for at in negatives]
    first = min(days)
    counts = [0] * ((max(days) - first).days + 1)
    for day in days:
        counts[(day - first).days] += 1
    found: list[tuple[date, date]] = []
    for n, count in enumerate(counts):
        around = counts[max(0, n - AROUND_D) : n] + counts[n + 1 : n + 1 + AROUND_D]
        if count < LEAST or count < TIMES * max(1, median(around) if around else 0):
            continue
        day = first + timedelta(days=n)
        if found and day - found[-1][1] == timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def tally(alerts: Sequence[datetime], troubles: Sequence[tuple[date, date]]) -> Tally:
    """How many troubles the alerts caught, and how many alerts lie outside of all."""
    caught: set[int] = set()
    outside = 0
    for at in alerts:
        inside = {n for n, (first, last) in enumerate(troubles) if first <= at.astimezone(WIB).date() and (at - GRACE).astimezone(WIB).date() <= last}
        caught |= inside
        outside += not inside
    return Tally(alerts=len(alerts), caught=len(caught), outside=outside)


def alerts_of(score: Callable[[Scores], Scores], mark: float) -> Callable[[Sequence[datetime]], list[datetime]]:
    """The rule: moments of negatives in, moments of alerts out."""

    def found(negatives: Sequence[datetime]) -> list[datetime]:
        if not negatives:
            return []
        bins = np.array([int(at.timestamp()) // BIN_S for at in negatives])
        counts = np.bincount(bins - bins.min()).astype(np.float64)
        places = openings(score(counts), mark, mark * 0.6)
        return [datetime.fromtimestamp((int(bins.min()) + place + 1) * BIN_S, WIB) for place in places]

    return found


PLAIN = {
    "spike rule, 3 x the hour before": alerts_of(spike_rule, SPIKE_HEIGHT),
    "z-score of 7 days over 4": alerts_of(z_score, SIGMAS),
}
