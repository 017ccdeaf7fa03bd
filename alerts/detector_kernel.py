"""One pass over bins, memory in and out, the same for a backtest and for a live tick.

Each bin: learn from the bin of twelve hours ago → expect → compare in six windows → negative binomial tail → weigh the signs →
"by chance once in that many weeks" → open or close. docs/adr/0006-spike-detector.md says why each part is there and what it brought.
"""

from __future__ import annotations

import math

import numpy as np

from alerts.detector_calibration import close_calibration_day, score_alone
from alerts.detector_compiling import compiled
from alerts.detector_crowd import is_counted, volume_factor
from alerts.detector_drift import SURPLUS_HOURS, close_drift_day, follow_surplus
from alerts.detector_forest import Forest, weigh
from alerts.detector_knobs import LOWEST, NO_SCORE, Habits, Knobs, Limits
from alerts.detector_learning import learn
from alerts.detector_maths import between, follow, hour_of_week
from alerts.detector_opening import CALM_WINDOW, floor_speaks, is_calm, open_or_close
from alerts.detector_signs import COUNT, VIEW_EXPECTED, VIEW_NEGATIVE, read_signs
from alerts.detector_state import (
    BINS_COUNTED,
    BINS_SEEN,
    CALENDAR,
    CROWD_3H,
    DAY_NUMBER,
    EXPECTED,
    HOUR_OF_WEEK,
    IS_OPEN,
    LAST_LOUD,
    LAST_UNKNOWN,
    LEVEL_POSTS,
    LEVEL_UNITS,
    LOCATION,
    LOUD_DAY,
    MOOD,
    MOOD_VARIANCE,
    MOOD_VARIANCES,
    MOODS,
    NEGATIVE,
    OTHERS,
    RAISED,
    SCALE,
    SEEN_NEGATIVE,
    SUM_OTHERS,
    SUM_USUAL,
    SURPRISE_3H,
    SURPRISE_24H,
    TAILS,
    TODAY_SCORE,
    TODAY_SHORT,
    TODAY_TAIL,
    TYPICAL_DAY,
    UNFACTORED,
    USUAL_OTHERS,
    VOLUME,
    VOLUME_VARIANCE,
    VOLUMES,
    Floats,
    Memory,
    Singles,
)
from alerts.detector_usual import recent_at, refresh_schedule, share_odds, unfactored_at, units_at
from alerts.detector_windows import FRAME_BINS, enter_windows, frame_windows, judge_windows, leave_windows, loudest

# columns of the output
OBSERVED, USUAL, WINDOW, SCORE, FIRING, OPENED, CLOSED, COLD, KNOWN, FLOOR, BIN_EXPECTED, TAIL = range(12)
COLUMNS = 12


@compiled
def begin(memory: Memory, knobs: Knobs) -> None:
    """Prior values of a memory that has seen nothing."""
    head = memory.head
    head[HOUR_OF_WEEK] = -1
    head[DAY_NUMBER] = -1
    head[VOLUME_VARIANCE] = knobs.volume_sd**2
    head[MOOD_VARIANCE] = knobs.mood_sd**2
    head[LOCATION] = knobs.location_prior
    head[SCALE] = knobs.scale_prior
    head[TYPICAL_DAY] = -1.0
    head[LOUD_DAY] = -0.5
    head[TODAY_TAIL] = LOWEST
    head[TODAY_SCORE] = LOWEST
    head[LAST_UNKNOWN] = -1e9
    head[LAST_LOUD] = -1e9
    for h in range(168):
        memory.factors[0, h] = 1.0
    for d in range(7):
        memory.weekdays[2, d] = 1.0


@compiled
def note_bin(memory: Memory, slot: int, counted: bool, x: float, o: float, usual: float, expected: float, unfactored: float, calendar: float) -> None:
    """Write what was counted in a bin, and what was expected of it, into the ring; the filters stand at this bin already."""
    ring = memory.ring
    ring[NEGATIVE, slot] = x if counted else -1.0
    ring[OTHERS, slot] = o
    ring[USUAL_OTHERS, slot] = usual
    ring[EXPECTED, slot] = expected
    ring[UNFACTORED, slot] = unfactored
    ring[MOODS, slot] = memory.head[MOOD]
    ring[MOOD_VARIANCES, slot] = memory.head[MOOD_VARIANCE]
    ring[VOLUMES, slot] = memory.head[VOLUME]
    ring[CALENDAR, slot] = calendar


@compiled
def note_view(memory: Memory, knobs: Knobs, t: int, slot: int, counted: bool, x: float, tail: float, score: float, view: Floats) -> None:
    """Keep what the windows showed, for the signs of later bins and for the day's maxima."""
    head = memory.head
    memory.ring[SURPRISE_3H, slot] = math.log((view[VIEW_NEGATIVE, 2] + 0.5) / (view[VIEW_EXPECTED, 2] + 0.5))
    memory.ring[SURPRISE_24H, slot] = math.log((view[VIEW_NEGATIVE, 5] + 0.5) / (view[VIEW_EXPECTED, 5] + 0.5))
    memory.ring[CROWD_3H, slot] = math.log((memory.sums[SUM_OTHERS, 2] + 1.0) / (memory.sums[SUM_USUAL, 2] + 1.0))
    head[BINS_SEEN] = t + 1
    if not counted:
        head[LAST_UNKNOWN] = t
        return
    head[BINS_COUNTED] += 1
    head[SEEN_NEGATIVE] += x
    head[TODAY_TAIL] = max(head[TODAY_TAIL], tail)
    head[TODAY_SCORE] = max(head[TODAY_SCORE], score + head[RAISED])
    for row in range(3):
        head[TODAY_SHORT + row] = max(head[TODAY_SHORT + row], view[VIEW_NEGATIVE, 2 * row])
    if tail >= knobs.loud:
        head[LAST_LOUD] = t


@compiled
def run(
    memory: Memory,
    knobs: Knobs,
    habits: Habits,
    limits: Limits,
    forest: Forest,
    generic: Floats,
    windows_h: Floats,
    negatives: Floats,
    others: Floats,
    observed: Floats,
    local_s: Floats,
    calendar: Floats,
    width_s: int,
    has_total: bool,
    out: Floats,
    signs_out: Singles,
) -> None:
    """Step through the bins, oldest first; writes one row of `out` per bin and leaves the memory after the last one.

    signs_out: one row per bin for the signs of those that were weighed, or no row at all.
    """
    head = memory.head
    ring = memory.ring
    size = ring.shape[1]
    half = size // 2
    per_hour = 3600.0 / width_s
    hour_bins = max(1, round(per_hour))
    windows = len(windows_h)
    noise = knobs.bin_dispersion * 300.0 / width_s
    volume_fade = math.exp(-1.0 / (knobs.volume_tau_h * per_hour))
    mood_fade = math.exp(-1.0 / (knobs.mood_tau_h * per_hour))
    spread_fade = 2.0 ** (-1.0 / (knobs.dispersion_half_life_d * size))
    surplus_fade = math.exp(-1.0 / (SURPLUS_HOURS * per_hour))
    schedule = np.empty(48)
    frame = frame_windows(knobs, windows_h, per_hour)
    before = np.empty((2, windows))
    view = np.empty((4, windows))
    signs = np.zeros(COUNT, np.float32)
    if head[BINS_SEEN] == 0:
        begin(memory, knobs)
    refresh_schedule(memory, habits, generic, schedule)
    for i in range(len(negatives)):
        local = int(local_s[i])
        t = int(head[BINS_SEEN])
        slot = t % size
        if t > 0 and local % 86400 < width_s:
            close_drift_day(memory)
            close_calibration_day(memory, knobs, has_total)
        if t - half >= size:
            k = (t - half) % size
            then = local - half * width_s
            x, o, unfactored = ring[NEGATIVE, k], ring[OTHERS, k], ring[UNFACTORED, k]
            learn(memory, habits, generic, schedule, then, width_s, x, o, unfactored, ring[CALENDAR, k], has_total)
        # what is usual for this bin
        level = head[LEVEL_POSTS] / head[LEVEL_UNITS] if head[LEVEL_UNITS] > 0 else 0.0
        recent = recent_at(memory.recent, habits, local + width_s // 2)
        units = units_at(memory, habits, schedule, local, width_s, calendar[i])
        usual = level * units * math.exp(recent)
        factor = memory.factors[0, hour_of_week(local)]
        odds = share_odds(head) if has_total else 1.0
        x = negatives[i]
        o = others[i] if has_total else 0.0
        quiet_day = unfactored_at(head, habits, odds * usual, level, units, size) if has_total else usual
        counted = is_counted(head, knobs, observed[i], x + o, quiet_day * factor + (usual if has_total else 0.0), size)
        # how busy the conversation is, and its mood
        if has_total:
            follow(head, VOLUME, o, usual, volume_fade, knobs.volume_sd, knobs.volume_clip, knobs.volume_limit, noise, counted)
        unfactored = unfactored_at(head, habits, odds * usual * volume_factor(head[VOLUME], knobs), level, units, size)
        expected = unfactored * factor
        follow(head, MOOD, x, expected, mood_fade, knobs.mood_sd, knobs.mood_clip, knobs.mood_limit, noise, counted)
        for j in range(windows):
            leave_windows(memory, t, int(frame[FRAME_BINS, j]), j, before, knobs)
        note_bin(memory, slot, counted, x, o, usual, expected, unfactored, calendar[i])
        if counted:
            enter_windows(memory, slot)
            follow_surplus(head, x, expected, odds * o * factor, surplus_fade)
        tail = judge_windows(memory, knobs, limits, frame, t, before, spread_fade, view)
        ring[TAILS, slot] = max(tail, LOWEST)
        # how rare
        score = NO_SCORE
        if has_total:
            if counted and tail > knobs.candidate:
                read_signs(memory, view, schedule, local, width_s, usual, recent, factor, odds, signs)
                score = between(weigh(forest, signs), forest.score_at, forest.weeks_at) - head[RAISED]
                if len(signs_out) > 0:
                    signs_out[i] = signs
        elif counted and tail > NO_SCORE:
            score = score_alone(head, knobs, tail)
        note_view(memory, knobs, t, slot, counted, x, tail, score, view)
        # what that means for the alert
        cold = head[BINS_COUNTED] <= size
        floor = cold and counted and floor_speaks(memory, limits, slot, hour_bins, has_total)
        calm = is_calm(view, knobs)
        turn = 0
        if counted:
            remembered = calm and loudest(view, tail) > CALM_WINDOW  # a burst of half an hour may stand out where three hours look ordinary
            loud = floor or (score >= limits.open_at and not cold and not remembered)
            turn = open_or_close(head, limits, loud, not floor and (calm or score < limits.close_at))
        shown = 1 if floor or score <= NO_SCORE else loudest(view, tail)
        out[i, OBSERVED] = view[VIEW_NEGATIVE, shown]
        out[i, USUAL] = view[VIEW_EXPECTED, shown]
        out[i, WINDOW] = shown
        out[i, SCORE] = score
        out[i, FIRING] = head[IS_OPEN]
        out[i, OPENED] = 1.0 if turn > 0 else 0.0
        out[i, CLOSED] = 1.0 if turn < 0 else 0.0
        out[i, COLD] = 1.0 if cold else 0.0
        out[i, KNOWN] = 1.0 if counted else 0.0
        out[i, FLOOR] = 1.0 if floor else 0.0
        out[i, BIN_EXPECTED] = expected
        out[i, TAIL] = tail
        if t < size:
            learn(memory, habits, generic, schedule, local, width_s, x if counted else -1.0, o, unfactored, calendar[i], has_total)
