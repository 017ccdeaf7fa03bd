"""What is usual for a bin: level, daily schedule, recent days, weekday, share of negatives.

usual others  = level x schedule^0.7 x weekday x recent days^0.7
expected      = usual others x share x weekly factor x what the volume says
"""

from __future__ import annotations

import math

from alerts.detector_compiling import compiled
from alerts.detector_knobs import Habits
from alerts.detector_maths import hour_cell
from alerts.detector_state import (
    DAY_NEGATIVE,
    DAY_OTHERS,
    OWN_POSTS,
    OWN_UNITS,
    SHARE_NEGATIVE,
    SHARE_OTHERS,
    Floats,
    Memory,
)


@compiled
def refresh_schedule(memory: Memory, habits: Habits, generic: Floats, schedule: Floats) -> None:
    """Posts per level unit in each cell: what was seen, with some hours of the generic day mixed in."""
    for c in range(48):
        schedule[c] = (memory.hours[0, c] + habits.schedule_prior_h * generic[c]) / (memory.hours[1, c] + habits.schedule_prior_h)


@compiled
def schedule_at(schedule: Floats, middle_s: int) -> float:
    """The schedule between the middles of the two nearest hours."""
    part = (middle_s - 1800) % 3600 / 3600.0
    return float(schedule[hour_cell(middle_s - 1800)] * (1.0 - part) + schedule[hour_cell(middle_s + 1800)] * part)


@compiled
def recent_ratio(recent: Floats, hour: int, prior: float) -> float:
    """How the last days went in that hour of the day, over what the schedule says."""
    return float(max((recent[0, hour] + prior) / (recent[1, hour] + prior), 0.05))


@compiled
def recent_at(recent: Floats, habits: Habits, middle_s: int) -> float:
    """log of the recent factor, between the middles of the two nearest hours."""
    part = (middle_s - 1800) % 3600 / 3600.0
    before = math.log(recent_ratio(recent, (middle_s - 1800) % 86400 // 3600, habits.recent_prior))
    after = math.log(recent_ratio(recent, (middle_s + 1800) % 86400 // 3600, habits.recent_prior))
    return habits.recent_power * (before * (1.0 - part) + after * part)


@compiled
def units_at(memory: Memory, habits: Habits, schedule: Floats, local_s: int, width_s: int, calendar: float) -> float:
    """Schedule units of a bin: hour, weekday, and what the calendar makes of the day."""
    hour = schedule_at(schedule, local_s + width_s // 2) ** habits.schedule_power
    return float(hour * memory.weekdays[2, (local_s // 86400 + 3) % 7] * calendar)


@compiled
def share_odds(head: Floats) -> float:
    """Negatives per other post: decayed days, and on the first day what was seen so far."""
    if head[SHARE_OTHERS] > 0:
        return float((head[SHARE_NEGATIVE] + 0.01) / (head[SHARE_OTHERS] + 0.04))
    return float((head[DAY_NEGATIVE] + 0.01) / (head[DAY_OTHERS] + 0.04))


@compiled
def unfactored_at(head: Floats, habits: Habits, by_others: float, level: float, units: float, bins_per_day: int) -> float:
    """Negatives to expect, without the weekly factor: by the others and the share, or by their own level where there are hardly any others.

    by_others: others x share; level: others per unit. Never nothing: an agency that was silent for a month is not deaf.
    """
    own = head[OWN_POSTS] / head[OWN_UNITS] if head[OWN_UNITS] > 0 else 0.0
    found = by_others
    if own > 0 and level < habits.own_from * own:
        trust = max(0.0, (level / own - habits.own_alone) / (habits.own_from - habits.own_alone))
        found = trust * by_others + (1.0 - trust) * own * units
    return float(max(found, habits.least_per_day / bins_per_day * units))
