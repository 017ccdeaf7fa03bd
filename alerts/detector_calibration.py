"""What this agency's days are like, and what a score is worth: "by chance once in so many weeks"."""

from __future__ import annotations

import math

import numpy as np

from alerts.detector_compiling import compiled
from alerts.detector_knobs import LOWEST, Knobs
from alerts.detector_maths import quantile
from alerts.detector_state import (
    CALIBRATION_DAYS,
    DAYS_CLOSED,
    LOCATION,
    LOUD_DAY,
    MAX_SCORE,
    MAX_SHORT,
    MAX_TAIL,
    RAISED,
    SCALE,
    TODAY_TAIL,
    TYPICAL_DAY,
    Floats,
    Memory,
)


@compiled
def close_calibration_day(memory: Memory, knobs: Knobs, has_total: bool) -> None:
    """The day's maxima join the sixty; what a typical, a loud and a record day is, and the Gumbel law, are told anew."""
    head = memory.head
    place = int(head[DAYS_CLOSED]) % CALIBRATION_DAYS
    head[DAYS_CLOSED] += 1
    for row in range(5):
        memory.maxima[row, place] = head[TODAY_TAIL + row]
        head[TODAY_TAIL + row] = LOWEST if row <= MAX_SCORE else 0.0
    known = int(min(head[DAYS_CLOSED], CALIBRATION_DAYS))
    values = np.empty(CALIBRATION_DAYS)
    for row in range(3):
        for i in range(known):
            values[i] = memory.maxima[MAX_SHORT + row, i]
        memory.records[0, row] = quantile(values, known, 0.9)
        memory.records[1, row] = quantile(values, known, 0.5)
    for i in range(known):
        values[i] = memory.maxima[MAX_TAIL, i]
    if known >= 3:
        weight = known / (known + 10.0)
        head[TYPICAL_DAY] = -1.0 + weight * (quantile(values, known, 0.5) + 1.0)
        head[LOUD_DAY] = -0.5 + weight * (quantile(values, known, 0.8) + 0.5)
    if has_total:
        restless = 0
        for i in range(known):
            if memory.maxima[MAX_SCORE, i] >= knobs.restless_score:
                restless += 1
        head[RAISED] = knobs.restless_gain * max(0.0, math.log10(max(restless, 1) / knobs.restless_days))
    elif known >= knobs.calibration_from_d:
        low = quantile(values, known, 0.3)
        scale = (quantile(values, known, 0.7) - low) / 1.2165
        location = low + 0.1856 * scale
        weight = known / (known + knobs.calibration_weight_d)
        head[LOCATION] = max(knobs.location_prior, knobs.location_prior + weight * (location - knobs.location_prior))
        head[SCALE] = max(knobs.scale_prior, knobs.scale_prior + weight * (scale - knobs.scale_prior))


@compiled
def score_alone(head: Floats, knobs: Knobs, tail: float) -> float:
    """log10 of "once in so many weeks" where negatives are all that is known: the Gumbel law of the agency's own daily maxima, told soberly."""
    score = (tail - head[LOCATION]) / (head[SCALE] * math.log(10.0)) - math.log10(7.0)
    score = min(score, knobs.alone_honest + (score - knobs.alone_honest) * knobs.alone_slope)
    return float(min(score, knobs.alone_rare + (score - knobs.alone_rare) * knobs.alone_rare_slope))
