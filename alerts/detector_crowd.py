"""The conversation around the negatives: whether anybody listened, and how many more negatives a bigger crowd brings."""

from __future__ import annotations

import math

from alerts.detector_compiling import compiled
from alerts.detector_knobs import Knobs
from alerts.detector_state import BINS_COUNTED, SILENT_BINS, SILENT_EXPECTED, VOLUME_VARIANCE, Floats


@compiled
def is_counted(head: Floats, knobs: Knobs, observed: float, posts: float, usual: float, bins_per_day: int) -> bool:
    """False when nobody listened, or when so many posts are missing in a row that it must be an outage."""
    if observed <= 0:
        return False
    if posts > 0:
        if head[SILENT_BINS] > bins_per_day:
            head[VOLUME_VARIANCE] = knobs.resumed_variance
        head[SILENT_EXPECTED] = 0.0
        head[SILENT_BINS] = 0.0
        return True
    head[SILENT_EXPECTED] += usual
    head[SILENT_BINS] += 1
    if head[BINS_COUNTED] <= bins_per_day and head[SILENT_BINS] <= knobs.outage_young_h * bins_per_day / 24.0:
        return True
    return bool(head[SILENT_EXPECTED] < knobs.outage_expected or head[SILENT_BINS] > knobs.outage_limit_d * bins_per_day)


@compiled
def volume_factor(volume: float, knobs: Knobs) -> float:
    """By how much more negatives are expected when the conversation is e^volume times the usual."""
    if volume > 0:
        return math.exp(knobs.volume_below_knee * min(volume, knobs.volume_knee) + knobs.volume_up * max(0.0, volume - knobs.volume_knee))
    return math.exp(knobs.volume_down * max(volume, -knobs.volume_down_limit))
