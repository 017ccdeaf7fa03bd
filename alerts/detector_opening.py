"""When an alert opens and closes, given how rare a bin is; and the floor that speaks while nothing is known."""

from __future__ import annotations

import math

from alerts.detector_compiling import compiled
from alerts.detector_knobs import Knobs, Limits
from alerts.detector_signs import VIEW_EXPECTED, VIEW_NEGATIVE
from alerts.detector_state import (
    BINS_BELOW,
    BINS_COUNTED,
    BINS_OPEN,
    BINS_SEEN,
    IS_OPEN,
    NEGATIVE,
    OTHERS,
    SEEN_NEGATIVE,
    SUM_EXPECTED,
    SUM_OTHERS,
    Floats,
    Memory,
)

CALM_WINDOW = 2  # three hours
DAY_WINDOW = 5  # on the first day all that was seen


@compiled
def floor_speaks(memory: Memory, limits: Limits, slot: int, hour_bins: int, has_total: bool) -> bool:
    """At cold start: so many negatives within an hour, and surely more of what is said than elsewhere and before, or some times the hours before."""
    size = memory.ring.shape[1]
    negative = 0.0
    others = 0.0
    seen = 0
    for back in range(hour_bins):
        k = (slot - back) % size
        if back < memory.head[BINS_SEEN] and memory.ring[NEGATIVE, k] >= 0:
            negative += memory.ring[NEGATIVE, k]
            others += memory.ring[OTHERS, k]
            seen += 1
    if negative < limits.floor:
        return False
    counted = memory.head[BINS_COUNTED] - seen
    bad = max(0.0, memory.head[SEEN_NEGATIVE] - negative)
    crowd = 1.0
    if has_total:
        # A calm agency of which half is bad must not wake anybody by chance: compared with a share that few agencies have, or with its own so far.
        rest = max(0.0, memory.sums[SUM_OTHERS, DAY_WINDOW] - others)
        share = max(limits.floor_share, (bad + limits.floor_share * limits.floor) / (bad + rest + limits.floor))
        usual = share * (negative + others)
        variance = usual * (1.0 - share)
        if negative - usual >= limits.floor_sigmas * math.sqrt(variance * (1.0 + limits.floor_mood**2 * variance)):
            return True
        # Nor must a morning: where everybody talks more than before, so do the discontented.
        crowd = max(1.0, (others + 5.0) / (rest / max(counted, 1.0) * hour_bins + 5.0)) ** limits.floor_crowd
    if counted < limits.floor_hours * hour_bins:
        return False
    return bool(negative >= limits.floor_ratio * max(bad / counted * hour_bins * crowd, memory.sums[SUM_EXPECTED, 1]))


@compiled
def is_calm(view: Floats, knobs: Knobs) -> bool:
    """True when the last three hours were ordinary: a day's window that remembers the peak neither opens an alert nor keeps it open."""
    return bool(view[VIEW_NEGATIVE, CALM_WINDOW] <= knobs.calm * view[VIEW_EXPECTED, CALM_WINDOW] + 1.0)


@compiled
def open_or_close(head: Floats, limits: Limits, loud: bool, quiet: bool) -> int:
    """1: the alert opens; -1: it closes; 0: all stays as it is."""
    if head[IS_OPEN] == 0:
        if loud:
            head[IS_OPEN] = 1
            head[BINS_BELOW] = 0
            return 1
        head[BINS_OPEN] = max(0.0, head[BINS_OPEN] - 1.0)
        return 0
    head[BINS_OPEN] += 1
    if quiet:
        head[BINS_BELOW] += 1
        if head[BINS_BELOW] >= limits.close_bins:
            head[IS_OPEN] = 0
            return -1
    else:
        head[BINS_BELOW] = 0
    return 0
