"""When an alert opens and closes, given how rare a bin is; and the floor that speaks while nothing is known."""

from __future__ import annotations

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
    Floats,
    Memory,
)

CALM_WINDOW = 2  # three hours


@compiled
def floor_speaks(memory: Memory, limits: Limits, slot: int, hour_bins: int, has_total: bool) -> bool:
    """At cold start: so many negatives within an hour, and they are most of what is said, or three times the hours before."""
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
    if has_total and negative >= limits.floor_share * (negative + others):
        return True
    counted = memory.head[BINS_COUNTED] - seen
    if counted < limits.floor_hours * hour_bins:
        return False
    hourly = (memory.head[SEEN_NEGATIVE] - negative) / counted * hour_bins
    return bool(negative >= limits.floor_ratio * max(hourly, memory.sums[SUM_EXPECTED, 1]))


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
