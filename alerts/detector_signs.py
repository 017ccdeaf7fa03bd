"""Signs: what is known of a bin that looks unusual, as numbers that the forest weighs. Counts, expectations and their history; no text, no clock."""

from __future__ import annotations

import math
from itertools import pairwise

from alerts.detector_compiling import compiled
from alerts.detector_drift import DRIFT_NAMES, drift_signs
from alerts.detector_maths import hour_of_week
from alerts.detector_state import (
    BINS_COUNTED,
    BINS_SEEN,
    CROWD_3H,
    EXPECTED,
    LAST_LOUD,
    LAST_UNKNOWN,
    LOUD_DAY,
    MOOD,
    MOODS,
    NEGATIVE,
    SUM_OTHERS,
    SUM_USUAL,
    SURPRISE_3H,
    SURPRISE_24H,
    TAILS,
    TYPICAL_DAY,
    VOLUME,
    VOLUMES,
    WEEKS,
    WINDOWS_H,
    Floats,
    Memory,
    Singles,
    back,
)
from alerts.detector_usual import schedule_at

_W = [f"{hours:g}h" for hours in WINDOWS_H]
RECORD_WINDOWS = (0, 2, 4)  # 30 minutes, 3 hours, 12 hours
NAMES = (
    "tail",  # highest tail score: -log10 of the chance, less what looking at six windows costs
    *(f"tail_{w}" for w in _W),
    *(f"expected_{w}" for w in _W),  # log
    *(f"surprise_{w}" for w in _W),  # log of negatives over expected
    *(f"crowd_{w}" for w in _W),  # log of others over usual
    *(f"rise_{a}_{b}" for a, b in pairwise(_W)),  # surprise of the shorter less that of the longer window
    *(f"share_{w}" for w in _W),  # surprise less crowd
    "volume",
    "recent_factor",
    "mood",
    "share_odds",
    "weekly_factor",
    "usual_per_hour",
    "days",
    *(f"dispersion_{w}" for w in _W),
    *(f"tail_before_{h}" for h in ("15min", "1h", "3h")),
    "tail_max_4h",
    "typical_day",
    "loud_day",
    "hours_since_unknown",
    "hours_since_loud",
    *(f"record_{_W[w]}" for w in RECORD_WINDOWS),  # log of negatives over the busiest tenth of the last 60 days
    *(f"busiest_{_W[w]}" for w in RECORD_WINDOWS),  # the same over the median day
    *(f"mood_before_{h}" for h in ("1h", "3h", "12h")),
    "surprise_yesterday_3h",
    "surprise_yesterday_24h",
    "crowd_yesterday_3h",
    "volume_rise_30min",
    "volume_rise_2h",
    "last_10min",
    "burst",  # busiest bin of 20 minutes over the hour
    "schedule",
    "last_week",
    "past_weeks",
    "weeks_known",
    "last_week_3h",
    *DRIFT_NAMES,
)
COUNT = len(NAMES)
# rows of `view`, what the windows showed
VIEW_TAIL, VIEW_EXPECTED, VIEW_NEGATIVE, VIEW_DISPERSION = range(4)


@compiled
def read_signs(
    memory: Memory, view: Floats, schedule: Floats, local_s: int, width_s: int, usual: float, recent: float, factor: float, odds: float, out: Singles
) -> None:
    """Fill `out` for the current bin, whose row of the ring is written already; view: one column per window.

    usual: others in this bin; recent: log of the recent-days factor; factor: weekly factor; odds: negatives per other post.
    """
    head = memory.head
    per_hour = 3600.0 / width_s
    n = window_signs(memory, view, out)
    out[n] = head[VOLUME]
    out[n + 1] = recent
    out[n + 2] = head[MOOD]
    out[n + 3] = math.log(odds)
    out[n + 4] = math.log(factor)
    out[n + 5] = math.log(usual * per_hour + 0.01)
    out[n + 6] = min(head[BINS_COUNTED] / memory.ring.shape[1], 60.0)
    n += 7
    for j in range(view.shape[1]):
        out[n + j] = view[VIEW_DISPERSION, j]
    n = history_signs(memory, view, per_hour, n + view.shape[1], out)
    ten = max(1, round(per_hour / 6))
    lately = 0.0
    for k in range(ten):
        lately += max(0.0, back(memory, NEGATIVE, k, 0.0))
    out[n] = math.log((lately + 0.5) / (ten * back(memory, EXPECTED, 0, 0.0) + 0.5))
    busiest = 0.0
    for k in range(max(1, round(per_hour / 3))):
        busiest = max(busiest, back(memory, NEGATIVE, k, 0.0))
    out[n + 1] = busiest / (view[VIEW_NEGATIVE, 1] + 1e-9)
    out[n + 2] = math.log(schedule_at(schedule, local_s + width_s // 2) + 0.02)
    n = week_signs(memory, hour_of_week(local_s), n + 3, out)
    drift_signs(memory, view[VIEW_EXPECTED], local_s, per_hour, odds, n, out)


@compiled
def window_signs(memory: Memory, view: Floats, out: Singles) -> int:
    """What the windows show, against what is expected and against the crowd; returns the next place in `out`."""
    windows = view.shape[1]
    best = -3.0
    for j in range(windows):
        best = max(best, view[VIEW_TAIL, j])
        surprise = math.log((view[VIEW_NEGATIVE, j] + 0.5) / (view[VIEW_EXPECTED, j] + 0.5))
        crowd = math.log((memory.sums[SUM_OTHERS, j] + 1.0) / (memory.sums[SUM_USUAL, j] + 1.0))
        out[1 + j] = view[VIEW_TAIL, j]
        out[1 + windows + j] = math.log(view[VIEW_EXPECTED, j] + 0.05)
        out[1 + 2 * windows + j] = surprise
        out[1 + 3 * windows + j] = crowd
        if j > 0:
            out[4 * windows + j] = out[2 * windows + j] - surprise
        out[5 * windows + j] = surprise - crowd
    out[0] = best
    return int(6 * windows)


@compiled
def history_signs(memory: Memory, view: Floats, per_hour: float, n: int, out: Singles) -> int:
    """What the last hours, yesterday and the last sixty days were like; returns the next place in `out`."""
    head = memory.head
    size = memory.ring.shape[1]
    seen = head[BINS_SEEN]
    hour = max(1, round(per_hour))
    out[n] = back(memory, TAILS, max(1, round(per_hour / 4)), -3.0)
    out[n + 1] = back(memory, TAILS, hour, -3.0)
    out[n + 2] = back(memory, TAILS, 3 * hour, -3.0)
    highest = 0.0
    for k in range(4 * hour):
        highest = max(highest, back(memory, TAILS, k, -3.0))
    out[n + 3] = highest
    out[n + 4] = head[TYPICAL_DAY]
    out[n + 5] = head[LOUD_DAY]
    out[n + 6] = min(seen - head[LAST_UNKNOWN], size) / per_hour
    out[n + 7] = min(seen - head[LAST_LOUD], 7.0 * size) / per_hour
    n += 8
    for k in range(3):
        count = view[VIEW_NEGATIVE, 2 * k] + 1.0
        out[n + k] = math.log(count / (memory.records[0, k] + 1.0))
        out[n + 3 + k] = math.log(count / (memory.records[1, k] + 1.0))
    n += 6
    out[n] = back(memory, MOODS, hour, 0.0)
    out[n + 1] = back(memory, MOODS, 3 * hour, 0.0)
    out[n + 2] = back(memory, MOODS, 12 * hour, 0.0)
    out[n + 3] = back(memory, SURPRISE_3H, size - 1, 0.0)
    out[n + 4] = back(memory, SURPRISE_24H, size - 1, 0.0)
    out[n + 5] = back(memory, CROWD_3H, size - 1, 0.0)
    out[n + 6] = head[VOLUME] - back(memory, VOLUMES, max(1, round(per_hour / 2)), head[VOLUME])
    out[n + 7] = head[VOLUME] - back(memory, VOLUMES, 2 * hour, head[VOLUME])
    return n + 8


@compiled
def week_signs(memory: Memory, hour: int, n: int, out: Singles) -> int:
    """How that hour of the week went in the weeks before; returns the next place in `out`."""
    seen = int(memory.factors[1, hour])
    known = min(seen, WEEKS)
    last = 0.0
    mean = 0.0
    for i in range(known):
        ratio = math.log((memory.weeks[0, hour, i] + 1.0) / (memory.weeks[1, hour, i] + 1.0))
        mean += ratio / (known + 1.0)
        if i == (seen - 1) % WEEKS:
            last = ratio
    out[n] = last
    out[n + 1] = mean
    out[n + 2] = known
    negative = 0.0
    expected = 0.0
    for b in range(3):
        h = (hour - b) % 168
        weeks = int(memory.factors[1, h])
        if weeks > 0:
            negative += memory.weeks[0, h, (weeks - 1) % WEEKS]
            expected += memory.weeks[1, h, (weeks - 1) % WEEKS]
    out[n + 3] = math.log((negative + 1.0) / (expected + 1.0))
    return n + 4
