"""What the bin of twelve hours ago teaches: level, daily schedule, recent days, weekday, share of negatives, peaks that come every week."""

from __future__ import annotations

import math

import numpy as np

from alerts.detector_compiling import compiled
from alerts.detector_knobs import Habits
from alerts.detector_maths import capped, hour_cell, hour_of_week
from alerts.detector_state import (
    BINS_OPEN,
    BINS_SEEN,
    DAY_NEGATIVE,
    DAY_NUMBER,
    DAY_OTHERS,
    DAY_POSTS,
    DAY_USUAL,
    HOUR_EXPECTED,
    HOUR_NEGATIVE,
    HOUR_OF_WEEK,
    HOUR_POSTS,
    HOUR_USUAL,
    LEVEL_POSTS,
    LEVEL_UNITS,
    OWN_POSTS,
    OWN_UNITS,
    SHARE_NEGATIVE,
    SHARE_OTHERS,
    WEEKS,
    Floats,
    Memory,
)
from alerts.detector_usual import recent_ratio, refresh_schedule, share_odds, units_at


@compiled
def close_hour(memory: Memory, habits: Habits) -> None:
    """Write the finished hour into its five weeks and the recent days; a peak that comes every week becomes a factor (lower median)."""
    head = memory.head
    hour = int(head[HOUR_OF_WEEK])
    seen = int(memory.factors[1, hour])
    memory.weeks[0, hour, seen % WEEKS] = head[HOUR_NEGATIVE]
    memory.weeks[1, hour, seen % WEEKS] = head[HOUR_EXPECTED]
    memory.factors[1, hour] = seen + 1
    known = min(seen + 1, WEEKS)
    factor = 1.0
    if known >= 3:
        ratios = np.empty(known)
        for i in range(known):
            ratio = (memory.weeks[0, hour, i] + habits.weekly_prior) / (memory.weeks[1, hour, i] + habits.weekly_prior)
            k = i - 1
            while k >= 0 and ratios[k] > ratio:
                ratios[k + 1] = ratios[k]
                k -= 1
            ratios[k + 1] = ratio
        factor = ratios[(known - 1) // 2]
        if factor < habits.weekly_from:
            factor = 1.0
    memory.factors[0, hour] = factor
    day_hour = hour % 24
    fade = 2.0 ** (-1.0 / habits.recent_half_life_d)
    memory.recent[0, day_hour] *= fade
    memory.recent[1, day_hour] *= fade
    if head[HOUR_USUAL] > 0:
        weight = min(1.0, head[HOUR_USUAL] / 2.0)
        memory.recent[0, day_hour] += weight * min((head[HOUR_POSTS] + 0.5) / (head[HOUR_USUAL] + 0.5), 4.0)
        memory.recent[1, day_hour] += weight
    head[HOUR_NEGATIVE] = 0.0
    head[HOUR_EXPECTED] = 0.0
    head[HOUR_POSTS] = 0.0
    head[HOUR_USUAL] = 0.0


@compiled
def close_day(memory: Memory, habits: Habits) -> None:
    """Add the finished day to the share of negatives (a crisis clipped to what its day could have brought by chance) and to its weekday."""
    head = memory.head
    bins_per_day = memory.ring.shape[1]
    negative = head[DAY_NEGATIVE]
    others = head[DAY_OTHERS]
    lasting = head[BINS_OPEN] > habits.lasting_d * bins_per_day
    if others > 0:
        if head[BINS_SEEN] >= 3 * bins_per_day and not lasting:
            usual = share_odds(head) * others
            reach = habits.share_clip * math.sqrt(1.5 * usual + 0.06 * usual * usual) + 0.5
            negative = min(max(negative, usual - reach), usual + reach)
        decay = 2.0 ** (-1.0 / (habits.lasting_half_life_d if lasting else habits.share_half_life_d))
        head[SHARE_NEGATIVE] = head[SHARE_NEGATIVE] * decay + negative
        head[SHARE_OTHERS] = head[SHARE_OTHERS] * decay + others
    fade = 2.0 ** (-1.0 / habits.weekday_half_life_d)
    for d in range(7):
        memory.weekdays[0, d] *= fade
        memory.weekdays[1, d] *= fade
    if head[DAY_USUAL] > 0:
        weekday = (int(head[DAY_NUMBER]) + 3) % 7
        weight = min(1.0, head[DAY_USUAL] / 20.0)
        memory.weekdays[0, weekday] += weight * math.log(min(max((head[DAY_POSTS] + 1.0) / (head[DAY_USUAL] + 1.0), 0.4), 2.5))
        memory.weekdays[1, weekday] += weight
    for d in range(7):
        memory.weekdays[2, d] = math.exp(memory.weekdays[0, d] / (memory.weekdays[1, d] + habits.weekday_prior))
    head[DAY_NEGATIVE] = 0.0
    head[DAY_OTHERS] = 0.0
    head[DAY_POSTS] = 0.0
    head[DAY_USUAL] = 0.0


@compiled
def learn(
    memory: Memory,
    habits: Habits,
    generic: Floats,
    schedule: Floats,
    local_s: int,
    width_s: int,
    negative: float,
    others: float,
    unfactored: float,
    calendar: float,
    has_total: bool,
) -> None:
    """Take one bin into the slow estimates. negative < 0: the bin was not counted. Without a total the level is that of the negatives."""
    head = memory.head
    per_hour = 3600.0 / width_s
    hour = hour_of_week(local_s)
    if hour != head[HOUR_OF_WEEK]:
        if head[HOUR_OF_WEEK] >= 0:
            close_hour(memory, habits)
        head[HOUR_OF_WEEK] = hour
        fade = 2.0 ** (-1.0 / (habits.schedule_half_life_d * 24.0))
        for c in range(48):
            memory.hours[0, c] *= fade
            memory.hours[1, c] *= fade
        refresh_schedule(memory, habits, generic, schedule)
    day = local_s // 86400
    if day != head[DAY_NUMBER]:
        if head[DAY_NUMBER] > 0:
            close_day(memory, habits)
        head[DAY_NUMBER] = day
    if negative < 0:
        return
    posts = others if has_total else negative
    units = units_at(memory, habits, schedule, local_s, width_s, calendar)
    usual = head[LEVEL_POSTS] / head[LEVEL_UNITS] * units if head[LEVEL_UNITS] > 0 else 0.0
    day_hour = hour % 24
    if head[BINS_SEEN] > per_hour:
        lively = usual * recent_ratio(memory.recent, day_hour, habits.recent_prior) ** habits.recent_power
        posts = min(posts, capped(max(usual, lively), habits.cap_sigmas))
    weekday = memory.weekdays[2, (day + 3) % 7]
    head[DAY_POSTS] += posts
    head[DAY_USUAL] += usual / weekday
    head[HOUR_POSTS] += posts
    head[HOUR_USUAL] += usual
    decay = 2.0 ** (-1.0 / (habits.level_half_life_d * memory.ring.shape[1]))
    head[LEVEL_POSTS] = head[LEVEL_POSTS] * decay + posts
    head[LEVEL_UNITS] = head[LEVEL_UNITS] * decay + units
    level = head[LEVEL_POSTS] / head[LEVEL_UNITS]
    if level > 0:
        cell = hour_cell(local_s)
        memory.hours[0, cell] += posts / (per_hour * level * calendar)
        memory.hours[1, cell] += 1.0 / per_hour
        schedule[cell] = (memory.hours[0, cell] + habits.schedule_prior_h * generic[cell]) / (memory.hours[1, cell] + habits.schedule_prior_h)
    own = head[OWN_POSTS] / head[OWN_UNITS] * units if head[OWN_UNITS] > 0 else 0.0
    decay = 2.0 ** (-1.0 / (habits.own_half_life_d * memory.ring.shape[1]))
    head[OWN_POSTS] = head[OWN_POSTS] * decay + (min(negative, capped(own, habits.cap_sigmas)) if head[BINS_SEEN] > per_hour else negative)
    head[OWN_UNITS] = head[OWN_UNITS] * decay + units
    head[DAY_NEGATIVE] += negative
    head[DAY_OTHERS] += level * units * memory.factors[0, hour]
    head[HOUR_NEGATIVE] += negative
    head[HOUR_EXPECTED] += unfactored
