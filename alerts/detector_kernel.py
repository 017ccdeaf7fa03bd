"""One pass over bins, memory in and out, the same for a backtest and for a live tick.

Each bin: learn from the bin of twelve hours ago → expect → compare in six windows → negative binomial tail → weigh the signs →
"by chance once in that many weeks" → open or close. docs/adr/0010-spike-detector.md says why each part is there and what it brought.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from alerts.detector_forest import Forest, weigh
from alerts.detector_learning import Habits, learn, recent_at, refresh_schedule, share_odds, unfactored_at, units_at
from alerts.detector_maths import between, compiled, follow, hour_of_week, quantile, tail_log10
from alerts.detector_signs import COUNT, VIEW_DISPERSION, VIEW_EXPECTED, VIEW_NEGATIVE, VIEW_TAIL, read_signs
from alerts.detector_state import (
    BINS_BELOW,
    BINS_COUNTED,
    BINS_SEEN,
    CALIBRATION_DAYS,
    CROWD_3H,
    DAY_NUMBER,
    DAYS_CLOSED,
    EXPECTED,
    HOUR_OF_WEEK,
    IS_OPEN,
    LAST_LOUD,
    LAST_UNKNOWN,
    LEVEL_POSTS,
    LEVEL_UNITS,
    LOCATION,
    LOUD_DAY,
    MAX_SCORE,
    MAX_SHORT,
    MAX_TAIL,
    MOOD,
    MOOD_VARIANCE,
    MOOD_VARIANCES,
    MOODS,
    NEGATIVE,
    OTHERS,
    RAISED,
    SCALE,
    SEEN_NEGATIVE,
    SILENT_BINS,
    SILENT_EXPECTED,
    SPREAD_TOTAL,
    SPREAD_WEIGHT,
    SUM_EXPECTED,
    SUM_NEGATIVE,
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


class Knobs(NamedTuple):
    """Constants of the judgement, tuned on simulated seeds (bench/results/spikes.md). sd in natural logs, clip in sigmas."""

    volume_tau_h: float = 6.0
    volume_sd: float = 0.35
    volume_clip: float = 4.0
    volume_limit: float = 3.0
    volume_knee: float = 0.5  # up to here negatives are expected to rise nearly as the conversation does; a bigger surge is mostly benign
    volume_below_knee: float = 0.85
    volume_up: float = 0.65
    volume_down: float = 0.7
    volume_down_limit: float = 1.5
    mood_tau_h: float = 12.0
    mood_sd: float = 0.2
    mood_clip: float = 3.4
    mood_limit: float = 2.0
    mood_use: float = 0.3  # a mood before the window moves the expectation by at most e^±0.3
    mood_decay: float = 0.6  # how fast a mood fades across a window, in 1 / mood_tau_h
    bin_dispersion: float = 0.2  # relative variance of one 5-minute bin beyond Poisson
    model_variance: float = 0.08  # relative variance of the expectation, any window
    thread_size: float = 2.4  # posts come in threads: variance = (1 + this) x mean in long windows ...
    thread_hours: float = 2.0  # ... less in windows shorter than a thread lasts
    young_variance: float = 0.12  # relative variance while the history is short, divided by its days
    dispersion_prior: float = 0.8
    dispersion_bins: float = 200.0  # weight of the prior: bins ...
    dispersion_windows: float = 1.7  # ... and windows
    dispersion_clip: float = 4.0  # one window teaches no more than so many times the dispersion: a crisis must not blunt the next
    dispersion_half_life_d: float = 21.0
    outage_expected: float = 12.0  # so many posts missing in a row is an outage, not silence
    outage_limit_d: float = 7.0  # ... unless it lasts longer than this
    location_prior: float = -1.0  # without a total: Gumbel law of the daily maxima of the tail score
    scale_prior: float = 0.45
    calibration_weight_d: float = 20.0
    calibration_from_d: float = 5.0
    alone_honest: float = 0.5  # without a total: from here on the Gumbel law promises more than comes true ...
    alone_slope: float = 0.4  # ... and so much of the rest is said
    candidate: float = 0.0  # bins with a tail score above this are weighed
    loud: float = 2.2  # a tail score that counts as loud
    calm: float = 1.2  # times what is expected: the last three hours were ordinary, whatever the longer windows remember of the peak
    restless_days: float = 15.0  # of sixty: so many days with a high score are borne before the bar is raised
    restless_score: float = 1.0
    restless_gain: float = 3.0


# Negatives alone, no total: their own swings are all there is, so the mood follows faster, one prior dispersion serves all, and the score is
# calibrated on the agency's own daily maxima. Tuned on made-up series with heavy tails in the manner of tweets that name a company.
ALONE = Knobs(mood_sd=0.35, dispersion_prior=1.0, dispersion_windows=50.0, calibration_weight_d=10.0)


class Limits(NamedTuple):
    """What one rule asks for."""

    open_at: float
    close_at: float
    close_bins: float
    min_count: float
    floor: float
    floor_share: float = 0.5  # of an hour's posts: tells a crisis from a busy account when nothing else is known
    floor_ratio: float = 3.0  # times the hourly mean of the hours before
    floor_hours: float = 2.0  # so many hours seen before that mean is used


# columns of the output
OBSERVED, USUAL, WINDOW, SCORE, FIRING, OPENED, CLOSED, COLD, KNOWN, FLOOR, BIN_EXPECTED, TAIL = range(12)
COLUMNS = 12
# rows of a frame
FRAME_BINS, FRAME_FADING, FRAME_THREADS, FRAME_PRICE, FRAME_WORTH, FRAME_NOISE = range(6)
CALM_WINDOW = 2  # three hours
NO_SCORE = -9.0
LOWEST = -3.0


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
def is_counted(head: Floats, knobs: Knobs, observed: float, posts: float, usual: float, bins_per_day: int) -> bool:
    """False when nobody listened, or when so many posts are missing in a row that it must be an outage."""
    if observed <= 0:
        return False
    if posts > 0:
        head[SILENT_EXPECTED] = 0.0
        head[SILENT_BINS] = 0.0
        return True
    head[SILENT_EXPECTED] += usual
    head[SILENT_BINS] += 1
    return bool(head[SILENT_EXPECTED] < knobs.outage_expected or head[SILENT_BINS] > knobs.outage_limit_d * bins_per_day)


@compiled
def volume_factor(volume: float, knobs: Knobs) -> float:
    """By how much more negatives are expected when the conversation is e^volume times the usual."""
    if volume > 0:
        return math.exp(knobs.volume_below_knee * min(volume, knobs.volume_knee) + knobs.volume_up * max(0.0, volume - knobs.volume_knee))
    return math.exp(knobs.volume_down * max(volume, -knobs.volume_down_limit))


@compiled
def frame_windows(knobs: Knobs, windows_h: Floats, per_hour: float) -> Floats:
    """What each window length settles beforehand, a row each: bins, mood left, threads, price of looking, squared sigmas worth computing, noise."""
    windows = len(windows_h)
    frame = np.empty((6, windows))
    for j in range(windows):
        hours = windows_h[j]
        bins = max(1, round(hours * per_hour))
        price = math.log10(windows * 168.0 / hours)
        # a tail score below -2 is used nowhere: with fewer sigmas than this it certainly is
        twice = 2.0 * (price - 2.0) * math.log(10.0)
        frame[FRAME_BINS, j] = bins
        frame[FRAME_FADING, j] = math.exp(-knobs.mood_decay * hours / knobs.mood_tau_h)
        frame[FRAME_THREADS, j] = 1.0 + knobs.thread_size * (1.0 - math.exp(-hours / knobs.thread_hours))
        frame[FRAME_PRICE, j] = price
        frame[FRAME_WORTH, j] = max(0.0, twice - math.log(max(1.0, twice)) - 1.8) if twice > 0 else 0.0
        frame[FRAME_NOISE, j] = knobs.bin_dispersion * per_hour / 12.0 / bins
    return frame


@compiled
def leave_windows(memory: Memory, t: int, bins: int, j: int, before: Floats, knobs: Knobs) -> None:
    """Take the bin that drops out of window j out of its sums, and keep the mood that ruled just before the window. Before the ring moves on."""
    before[0, j] = 0.0
    before[1, j] = knobs.mood_sd**2
    if t < bins:
        return
    k = (t - bins) % memory.ring.shape[1]
    before[0, j] = memory.ring[MOODS, k]
    before[1, j] = memory.ring[MOOD_VARIANCES, k]
    if memory.ring[NEGATIVE, k] >= 0:
        memory.sums[SUM_NEGATIVE, j] -= memory.ring[NEGATIVE, k]
        memory.sums[SUM_EXPECTED, j] -= memory.ring[EXPECTED, k]
        memory.sums[SUM_OTHERS, j] -= memory.ring[OTHERS, k]
        memory.sums[SUM_USUAL, j] -= memory.ring[USUAL_OTHERS, k]


@compiled
def enter_windows(memory: Memory, slot: int) -> None:
    """Take the counted bin in that slot into the sums of every window."""
    for j in range(memory.sums.shape[1]):
        memory.sums[SUM_NEGATIVE, j] += memory.ring[NEGATIVE, slot]
        memory.sums[SUM_EXPECTED, j] += memory.ring[EXPECTED, slot]
        memory.sums[SUM_OTHERS, j] += memory.ring[OTHERS, slot]
        memory.sums[SUM_USUAL, j] += memory.ring[USUAL_OTHERS, slot]


@compiled
def dispersion_of(memory: Memory, knobs: Knobs, t: int, bins: int, j: int, fade: float) -> float:
    """How much wider this agency's counts spread than the model says, in windows like j; learns from the one that ended max(window, 12 h) ago."""
    size = memory.ring.shape[1]
    windows = memory.sums.shape[1]
    prior = knobs.dispersion_bins + knobs.dispersion_windows * bins
    dispersion = max(0.5, (knobs.dispersion_prior * prior + memory.sums[SPREAD_TOTAL, j]) / (prior + memory.sums[SPREAD_WEIGHT, j]))
    lag = max(bins, size // 2)
    if t >= lag:
        k = (t - lag) % size
        weight = memory.spread[windows + j, k]
        if weight > 0:
            memory.sums[SPREAD_WEIGHT, j] = memory.sums[SPREAD_WEIGHT, j] * fade + weight
            taught = weight * min(memory.spread[j, k], knobs.dispersion_clip * dispersion)
            memory.sums[SPREAD_TOTAL, j] = memory.sums[SPREAD_TOTAL, j] * fade + taught
    return dispersion


@compiled
def judge_windows(memory: Memory, knobs: Knobs, limits: Limits, frame: Floats, t: int, before: Floats, fade: float, view: Floats) -> float:
    """Fill `view` with what each window shows; returns the highest tail score, NO_SCORE where no window passes minimum and expectation."""
    size = memory.ring.shape[1]
    windows = frame.shape[1]
    young = knobs.young_variance / max(memory.head[BINS_COUNTED] / size, 0.15)
    best = NO_SCORE
    for j in range(windows):
        bins = int(frame[FRAME_BINS, j])
        dispersion = dispersion_of(memory, knobs, t, bins, j, fade)
        memory.spread[windows + j, t % size] = 0.0
        n = memory.sums[SUM_NEGATIVE, j]
        e = memory.sums[SUM_EXPECTED, j]
        view[VIEW_TAIL, j] = LOWEST
        view[VIEW_EXPECTED, j] = 0.0
        view[VIEW_NEGATIVE, j] = n
        view[VIEW_DISPERSION, j] = dispersion
        if e <= 1e-6:
            continue
        fading = frame[FRAME_FADING, j]
        e *= math.exp(max(min(before[0, j] * fading, knobs.mood_use), -knobs.mood_use))
        relative = max(0.005, frame[FRAME_NOISE, j] + (before[1, j] - knobs.mood_sd**2) * fading * fading + knobs.model_variance)
        variance = e * frame[FRAME_THREADS, j] + relative * e * e
        excess = n - e
        view[VIEW_EXPECTED, j] = e
        memory.spread[j, t % size] = excess * excess / variance
        memory.spread[windows + j, t % size] = min(1.0, 2.0 * e)
        if n >= limits.min_count and excess > 0:
            wide = dispersion * variance + young * e * e
            score = LOWEST
            if excess * excess > frame[FRAME_WORTH, j] * wide:
                score = tail_log10(n, e, wide) - frame[FRAME_PRICE, j]
            view[VIEW_TAIL, j] = max(score, LOWEST)
            best = max(best, score)
    return best


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
def open_or_close(head: Floats, limits: Limits, loud: bool, quiet: bool) -> int:
    """1: the alert opens; -1: it closes; 0: all stays as it is."""
    if head[IS_OPEN] == 0:
        if loud:
            head[IS_OPEN] = 1
            head[BINS_BELOW] = 0
            return 1
    elif quiet:
        head[BINS_BELOW] += 1
        if head[BINS_BELOW] >= limits.close_bins:
            head[IS_OPEN] = 0
            return -1
    else:
        head[BINS_BELOW] = 0
    return 0


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
            close_calibration_day(memory, knobs, has_total)
        if t - half >= size:
            k = (t - half) % size
            learn(
                memory, habits, generic, schedule, local - half * width_s, width_s, ring[NEGATIVE, k], ring[OTHERS, k], ring[UNFACTORED, k], has_total
            )
        # what is usual for this bin
        level = head[LEVEL_POSTS] / head[LEVEL_UNITS] if head[LEVEL_UNITS] > 0 else 0.0
        recent = recent_at(memory.recent, habits, local + width_s // 2)
        units = units_at(memory, habits, schedule, local, width_s)
        usual = level * units * math.exp(recent)
        factor = memory.factors[0, hour_of_week(local)]
        odds = share_odds(head) if has_total else 1.0
        x = negatives[i]
        o = others[i] if has_total else 0.0
        quiet_day = unfactored_at(head, habits, odds * usual, level, units, size) if has_total else usual
        counted = is_counted(head, knobs, observed[i], x + o, quiet_day * factor + (usual if has_total else 0.0), size)
        # how busy the conversation is, and its mood
        volume = 0.0
        if has_total:
            volume = follow(head, VOLUME, o, usual, volume_fade, knobs.volume_sd, knobs.volume_clip, knobs.volume_limit, noise, counted)
        unfactored = unfactored_at(head, habits, odds * usual * volume_factor(volume, knobs), level, units, size)
        expected = unfactored * factor
        mood = follow(head, MOOD, x, expected, mood_fade, knobs.mood_sd, knobs.mood_clip, knobs.mood_limit, noise, counted)
        for j in range(windows):
            leave_windows(memory, t, int(frame[FRAME_BINS, j]), j, before, knobs)
        ring[NEGATIVE, slot] = x if counted else -1.0
        ring[OTHERS, slot] = o
        ring[USUAL_OTHERS, slot] = usual
        ring[EXPECTED, slot] = expected
        ring[UNFACTORED, slot] = unfactored
        ring[MOODS, slot] = mood
        ring[MOOD_VARIANCES, slot] = head[MOOD_VARIANCE]
        ring[VOLUMES, slot] = volume
        if counted:
            enter_windows(memory, slot)
        else:
            head[LAST_UNKNOWN] = t
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
            score = (tail - head[LOCATION]) / (head[SCALE] * math.log(10.0)) - math.log10(7.0)
            score = min(score, knobs.alone_honest + (score - knobs.alone_honest) * knobs.alone_slope)
        ring[SURPRISE_3H, slot] = math.log((view[VIEW_NEGATIVE, 2] + 0.5) / (view[VIEW_EXPECTED, 2] + 0.5))
        ring[SURPRISE_24H, slot] = math.log((view[VIEW_NEGATIVE, 5] + 0.5) / (view[VIEW_EXPECTED, 5] + 0.5))
        ring[CROWD_3H, slot] = math.log((memory.sums[SUM_OTHERS, 2] + 1.0) / (memory.sums[SUM_USUAL, 2] + 1.0))
        head[BINS_SEEN] = t + 1
        if counted:
            head[BINS_COUNTED] += 1
            head[SEEN_NEGATIVE] += x
            head[TODAY_TAIL] = max(head[TODAY_TAIL], tail)
            head[TODAY_SCORE] = max(head[TODAY_SCORE], score + head[RAISED])
            for row in range(3):
                head[TODAY_SHORT + row] = max(head[TODAY_SHORT + row], view[VIEW_NEGATIVE, 2 * row])
            if tail >= knobs.loud:
                head[LAST_LOUD] = t
        # what that means for the alert
        cold = head[BINS_COUNTED] <= size
        floor = cold and counted and floor_speaks(memory, limits, slot, hour_bins, has_total)
        turn = 0
        if counted:
            calm = view[VIEW_NEGATIVE, CALM_WINDOW] <= knobs.calm * view[VIEW_EXPECTED, CALM_WINDOW] + 1.0
            quiet = (score < limits.close_at or calm) and not floor
            turn = open_or_close(head, limits, floor or (score >= limits.open_at and not cold and not calm), quiet)
        shown = 1
        if score > NO_SCORE and not floor:
            for j in range(windows):
                if view[VIEW_TAIL, j] >= tail - 1e-12:
                    shown = j
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
            learn(memory, habits, generic, schedule, local, width_s, x if counted else -1.0, o, unfactored, has_total)
