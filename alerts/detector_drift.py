"""Signs of a slow burn: what lasts for hours and stands out in none of them, and a share of negatives that is not this agency's."""

from __future__ import annotations

import math

import numpy as np

from alerts.detector_compiling import compiled
from alerts.detector_maths import quantile
from alerts.detector_state import (
    CALIBRATION_DAYS,
    CROWD_3H,
    DAY_EXCESS,
    DAY_ODDS,
    DAYS_ABOVE,
    DAYS_CLOSED,
    EXCESS_3D,
    EXCESS_7D,
    EXCESS_MEDIAN,
    EXCESS_SPREAD,
    EXPECTED,
    NEGATIVE,
    ODDS_MEDIAN,
    ODDS_SPREAD,
    SHARE_SURPLUS,
    SUM_EXPECTED,
    SUM_NEGATIVE,
    SUM_OTHERS,
    SURPLUS,
    SURPLUS_BINS,
    SURPRISE_3H,
    UNKNOWN_DAY,
    Floats,
    Memory,
    Singles,
    back,
)

SURPLUS_FROM = 1.25  # times what is expected: less is not summed up
SURPLUS_HOURS = 36.0  # in which a surplus fades to a third
FEWEST_POSTS = 8.0  # a day with fewer tells nothing
ABOVE = 0.2  # log: a day that ended so far above what was expected
GUESSED_SPREAD = 0.35  # of a day's log odds, while it is not known
BLOCKS = 8  # of three hours, in a day
DAY_WINDOW = 5
DRIFT_NAMES = (
    "surplus",  # log of the surplus over a day's expectation
    "surplus_sigmas",
    "surplus_hours",
    "share_surplus",
    "share_surplus_sigmas",
    "share_surplus_hours",
    *(f"odds_over_median_{w}" for w in ("3h", "6h", "12h", "24h")),
    *(f"odds_sigmas_{w}" for w in ("3h", "6h", "12h", "24h")),
    "excess_sigmas_24h",
    "excess_3d",
    "excess_7d",
    "days_above",
    "odds_spread",
    *(f"surprise_{h}h_ago" for h in (3, 6, 9, 12, 18)),
    *(f"crowd_{h}h_ago" for h in (6, 12)),
    "least_surprise_12h",  # of the blocks of three hours
    "least_surprise_24h",
    "least_share_12h",
    "least_share_24h",
    "slope_24h",
    "share_slope_24h",
    "hours_above_12h",
    "hours_above_24h",
    "hours_above_run",
    "hour_of_day",
    "weekend",
)


@compiled
def follow_surplus(head: Floats, negative: float, expected: float, by_share: float, fade: float) -> None:
    """Sum up what one counted bin has beyond the expected: by this hour's habits, and by the share of the others who are there."""
    for place, usual in ((SURPLUS, expected), (SHARE_SURPLUS, by_share)):
        head[place] = max(0.0, head[place] * fade + negative - SURPLUS_FROM * usual)
        head[place + 1] = head[place + 1] + 1.0 if head[place] > 0 else 0.0


@compiled
def robust(values: Floats, known: int) -> tuple[float, float]:
    """(median, robust standard deviation) of the first `known` values; changes them."""
    median = quantile(values, known, 0.5)
    for i in range(known):
        values[i] = abs(values[i] - median)
    return median, 1.4826 * quantile(values, known, 0.5)


@compiled
def close_drift_day(memory: Memory) -> None:
    """The day that ends joins the sixty: its odds of a negative post, and how it ended against what was expected. Before DAYS_CLOSED is raised."""
    head = memory.head
    closed = int(head[DAYS_CLOSED])
    negative = memory.sums[SUM_NEGATIVE, DAY_WINDOW]
    others = memory.sums[SUM_OTHERS, DAY_WINDOW]
    expected = memory.sums[SUM_EXPECTED, DAY_WINDOW]
    place = closed % CALIBRATION_DAYS
    told = negative + others >= FEWEST_POSTS
    memory.days[DAY_ODDS, place] = math.log((negative + 0.5) / (others + 0.5)) if told else UNKNOWN_DAY
    memory.days[DAY_EXCESS, place] = math.log((negative + 1.0) / (max(expected, 0.0) + 1.0)) if told else UNKNOWN_DAY
    values = np.empty(CALIBRATION_DAYS)
    for row in range(2):
        known = 0
        for i in range(CALIBRATION_DAYS):
            if memory.days[row, i] > UNKNOWN_DAY:
                values[known] = memory.days[row, i]
                known += 1
        median, spread = robust(values, known) if known >= 3 else (0.0, 0.0)
        head[ODDS_MEDIAN + 2 * row] = median
        weight = known / (known + 5.0)
        head[ODDS_SPREAD + 2 * row] = weight * spread + (1.0 - weight) * GUESSED_SPREAD if known >= 3 else 0.0
    head[EXCESS_3D] = 0.0
    head[EXCESS_7D] = 0.0
    for day in range(min(7, closed + 1)):
        excess = memory.days[DAY_EXCESS, (closed - day) % CALIBRATION_DAYS]
        if excess > UNKNOWN_DAY:
            head[EXCESS_7D] += excess / 7.0
            if day < 3:
                head[EXCESS_3D] += excess / 3.0
    head[DAYS_ABOVE] = head[DAYS_ABOVE] + 1.0 if memory.days[DAY_EXCESS, place] > ABOVE else 0.0


@compiled
def drift_signs(memory: Memory, expected: Floats, local_s: int, per_hour: float, odds: float, n: int, out: Singles) -> int:
    """Fill `out` from n on; expected: per window; odds: negatives per other post. Returns the next place."""
    head = memory.head
    day = memory.sums[SUM_EXPECTED, DAY_WINDOW] + 1.0
    for k in range(2):
        surplus = head[SURPLUS + 2 * k]
        out[n + 3 * k] = math.log((surplus + 1.0) / day)
        out[n + 3 * k + 1] = surplus / math.sqrt(3.0 * day + 0.08 * day * day)
        out[n + 3 * k + 2] = min(head[SURPLUS_BINS + 2 * k] / per_hour, 96.0)
    n += 6
    known = head[ODDS_SPREAD] > 0
    median = head[ODDS_MEDIAN] if known else math.log(odds)
    spread = max(head[ODDS_SPREAD], 0.05) if known else GUESSED_SPREAD
    for j in range(4):
        negative = memory.sums[SUM_NEGATIVE, j + 2]
        others = memory.sums[SUM_OTHERS, j + 2]
        over = math.log((negative + 0.5) / (others + 0.5)) - median
        out[n + j] = over
        out[n + 4 + j] = over / math.sqrt(spread * spread + 1.0 / (negative + 1.0) + 1.0 / (others + 1.0))
    n += 8
    excess = math.log((memory.sums[SUM_NEGATIVE, DAY_WINDOW] + 1.0) / day) - head[EXCESS_MEDIAN]
    out[n] = excess / max(head[EXCESS_SPREAD] if head[EXCESS_SPREAD] > 0 else GUESSED_SPREAD, 0.05)
    out[n + 1] = head[EXCESS_3D]
    out[n + 2] = head[EXCESS_7D]
    out[n + 3] = min(head[DAYS_ABOVE], 14.0)
    out[n + 4] = spread
    n = block_signs(memory, per_hour, n + 5, out)
    n = hour_signs(memory, per_hour, n, out)
    out[n] = local_s % 86400 / 3600.0
    out[n + 1] = 1.0 if (local_s // 86400 + 3) % 7 >= 5 else 0.0
    return n + 2


@compiled
def block_signs(memory: Memory, per_hour: float, n: int, out: Singles) -> int:
    """The day in blocks of three hours: how long it has lasted, how it grows."""
    three = max(1, round(3.0 * per_hour))
    size = memory.ring.shape[1]
    surprise = np.empty(BLOCKS)
    crowd = np.empty(BLOCKS)
    for k in range(BLOCKS):
        bins = max(1, min(k * three, size - 1))  # of now, the ring knows the window that ended a bin ago
        surprise[k] = back(memory, SURPRISE_3H, bins, 0.0)
        crowd[k] = back(memory, CROWD_3H, bins, 0.0)
    for i, k in enumerate((1, 2, 3, 4, 6)):
        out[n + i] = surprise[k]
    out[n + 5] = crowd[2]
    out[n + 6] = crowd[4]
    least = 9.0
    least_share = 9.0
    slope = 0.0
    share_slope = 0.0
    for k in range(BLOCKS):
        least = min(least, surprise[k])
        least_share = min(least_share, surprise[k] - crowd[k])
        slope += (3.5 - k) * surprise[k] / 42.0
        share_slope += (3.5 - k) * (surprise[k] - crowd[k]) / 42.0
        if k == 3:
            out[n + 7] = least
            out[n + 9] = least_share
    out[n + 8] = least
    out[n + 10] = least_share
    out[n + 11] = slope
    out[n + 12] = share_slope
    return n + 13


@compiled
def hour_signs(memory: Memory, per_hour: float, n: int, out: Singles) -> int:
    """In how many of the last hours more was said than expected, and in how many in a row."""
    hour = max(1, round(per_hour))
    above = 0.0
    run = 0.0
    unbroken = True
    for h in range(24):
        negative = 0.0
        expected = 0.0
        for k in range(hour):
            count = back(memory, NEGATIVE, h * hour + k, -1.0)
            if count >= 0:
                negative += count
                expected += back(memory, EXPECTED, h * hour + k, 0.0)
        if negative > expected:
            above += 1.0
            run += 1.0 if unbroken else 0.0
        else:
            unbroken = False
        if h == 11:
            out[n] = above
    out[n + 1] = above
    out[n + 2] = run
    return n + 3
