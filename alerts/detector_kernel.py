"""The detector's arithmetic, compiled: one pass over bins, memory in and out, the same for a backtest and for a live tick.

Each bin: learn from the bin of twelve hours ago → expect (level x schedule x share x weekly factor x volume) → compare in six windows → negative
binomial tail → "by chance once in that many weeks" → open or close. docs/adr/0301-spike-detector.md says why each part is there and what it brought.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeVar, cast

import numba
import numpy as np

from alerts.detector_state import (
    BINS_BELOW,
    BINS_COUNTED,
    BINS_SEEN,
    CALIBRATION_DAYS,
    DAY_MAXIMUM,
    DAY_NEGATIVE,
    DAY_NUMBER,
    DAY_OTHERS,
    DAYS_CLOSED,
    EXPECTED,
    HOUR_EXPECTED,
    HOUR_NEGATIVE,
    HOUR_OF_WEEK,
    IS_OPEN,
    LEVEL_POSTS,
    LEVEL_UNITS,
    LOCATION,
    MOOD,
    MOOD_VARIANCE,
    MOOD_VARIANCES,
    MOODS,
    NEGATIVE,
    OTHERS,
    SCALE,
    SEEN_NEGATIVE,
    SHARE_NEGATIVE,
    SHARE_OTHERS,
    SILENT_BINS,
    SILENT_EXPECTED,
    UNFACTORED,
    VOLUME,
    VOLUME_VARIANCE,
    WEEKS,
    Floats,
    Memory,
)

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """The function compiled by numba, its machine code cached on disk where a folder for that can be written."""
    try:
        return cast(Function, numba.njit(cache=True)(function))
    except RuntimeError:  # "cannot cache function: no locator available": a read-only installation without a home folder
        return cast(Function, numba.njit(function))


class Knobs(NamedTuple):
    """Constants of the model, tuned on simulated seeds (bench/results/spikes.md). sd and clip are in natural-log units and sigmas."""

    level_half_life_d: float = 6.0
    schedule_power: float = 0.7  # < 1: part of the daily swing is left to the volume filter, which follows the real one
    schedule_half_life_d: float = 35.0
    schedule_prior_h: float = 3.0  # hours of the generic schedule mixed into each cell
    cap_sigmas: float = 3.0  # one bin moves the level by no more than that
    volume_tau_h: float = 6.0
    volume_sd: float = 0.35
    volume_clip: float = 4.0
    volume_limit: float = 3.0
    volume_up: float = 0.65  # part of a surge of other posts by which negatives are expected to rise
    volume_down: float = 0.7
    volume_down_limit: float = 1.5
    mood_tau_h: float = 12.0
    mood_sd: float = 0.2
    mood_clip: float = 2.5
    mood_limit: float = 2.0
    mood_use: float = 0.3  # a mood before the window moves the expectation by at most e^±0.3
    mood_decay: float = 0.6  # how fast a mood fades across a window, in 1 / mood_tau_h
    share_half_life_d: float = 14.0
    share_clip: float = 1.5
    weekly_prior: float = 1.5
    weekly_from: float = 1.5  # smaller recurring peaks are left to the dispersion
    bin_dispersion: float = 0.2  # relative variance of one 5-minute bin beyond Poisson
    model_variance: float = 0.04  # relative variance of the expectation, any window
    young_variance: float = 0.12  # the same while the history is short, divided by its days
    dispersion_prior: float = 1.5
    dispersion_weight: float = 200.0
    dispersion_half_life_d: float = 21.0
    outage_expected: float = 12.0  # so many posts missing in a row is an outage, not silence
    outage_limit_d: float = 7.0  # ... unless it lasts longer than this
    location_prior: float = -1.0  # Gumbel law of the daily maxima of the score
    scale_prior: float = 0.45
    calibration_weight_d: float = 20.0
    calibration_from_d: float = 5.0


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
OBSERVED, USUAL, WINDOW, SCORE, FIRING, OPENED, CLOSED, COLD, KNOWN, FLOOR, BIN_EXPECTED = range(11)
COLUMNS = 11
NO_SCORE = -9.0


@compiled
def continued_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function (modified Lentz)."""
    tiny = 1e-300
    c = 1.0
    d = 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    h = d
    for m in range(1, 500):
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        d = 1.0 + even * d
        d = 1.0 / (d if abs(d) > tiny else tiny)
        c = 1.0 + even / c
        c = c if abs(c) > tiny else tiny
        h *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        d = 1.0 + odd * d
        d = 1.0 / (d if abs(d) > tiny else tiny)
        c = 1.0 + odd / c
        c = c if abs(c) > tiny else tiny
        step = d * c
        h *= step
        if abs(step - 1.0) < 1e-9:
            break
    return h


@compiled
def tail_log10(count: float, mean: float, variance: float) -> float:
    """-log10 P(X >= count) for a negative binomial X of that mean and variance (a variance at or below the mean counts as Poisson)."""
    variance = max(variance, mean * 1.0005)
    size = mean * mean / (variance - mean)
    p = mean / (size + mean)
    log_front = math.lgamma(count + size) - math.lgamma(count) - math.lgamma(size) + count * math.log(p) + size * math.log1p(-p)
    if p < (count + 1.0) / (count + size + 2.0):
        return -(log_front + math.log(continued_fraction(count, size, p) / count)) / math.log(10.0)
    rest = 1.0 - math.exp(log_front) * continued_fraction(size, count, 1.0 - p) / size
    return -math.log10(max(rest, 1e-15))


@compiled
def hour_cell(local_s: int) -> int:
    """0-23 on weekdays, 24-47 on Saturday and Sunday."""
    weekend = (local_s // 86400 + 3) % 7 >= 5
    hour = local_s % 86400 // 3600
    return hour + 24 if weekend else hour


@compiled
def hour_of_week(local_s: int) -> int:
    """0 = Monday 00:00-00:59 ... 167."""
    return (local_s // 3600 + 72) % 168


@compiled
def schedule_at(schedule: Floats, middle_s: int) -> float:
    """The schedule between the middles of the two nearest hours."""
    part = (middle_s - 1800) % 3600 / 3600.0
    return schedule[hour_cell(middle_s - 1800)] * (1.0 - part) + schedule[hour_cell(middle_s + 1800)] * part


@compiled
def refresh_schedule(memory: Memory, knobs: Knobs, generic: Floats, schedule: Floats) -> None:
    """Posts per level unit in each cell: what was seen, with some hours of the generic day mixed in."""
    for c in range(48):
        schedule[c] = (memory.hours[0, c] + knobs.schedule_prior_h * generic[c]) / (memory.hours[1, c] + knobs.schedule_prior_h)


@compiled
def quantile(ordered: Floats, part: float) -> float:
    """The quantile of ascending values, linear between them."""
    place = part * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@compiled
def share_odds(head: Floats) -> float:
    """Negatives per other post: decayed days, and on the first day what was seen so far."""
    if head[SHARE_OTHERS] > 0:
        return (head[SHARE_NEGATIVE] + 0.01) / (head[SHARE_OTHERS] + 0.04)
    return (head[DAY_NEGATIVE] + 0.01) / (head[DAY_OTHERS] + 0.04)


@compiled
def close_hour(memory: Memory, knobs: Knobs) -> None:
    """Write the finished hour of the week into its five weeks, and make its weekly factor: the lower median where it is a peak."""
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
            ratios[i] = (memory.weeks[0, hour, i] + knobs.weekly_prior) / (memory.weeks[1, hour, i] + knobs.weekly_prior)
        factor = np.sort(ratios)[(known - 1) // 2]
        if factor < knobs.weekly_from:
            factor = 1.0
    memory.factors[0, hour] = factor


@compiled
def close_day(head: Floats, knobs: Knobs, bins_per_day: int) -> None:
    """Add the finished day to the share of negatives, a crisis clipped to what its day could have brought by chance."""
    negative = head[DAY_NEGATIVE]
    others = head[DAY_OTHERS]
    if others > 0:
        if head[BINS_SEEN] >= 3 * bins_per_day:
            usual = share_odds(head) * others
            reach = knobs.share_clip * math.sqrt(1.5 * usual + 0.06 * usual * usual) + 0.5
            negative = min(max(negative, usual - reach), usual + reach)
        decay = 2.0 ** (-1.0 / knobs.share_half_life_d)
        head[SHARE_NEGATIVE] = head[SHARE_NEGATIVE] * decay + negative
        head[SHARE_OTHERS] = head[SHARE_OTHERS] * decay + others


@compiled
def learn(
    memory: Memory,
    knobs: Knobs,
    generic: Floats,
    schedule: Floats,
    local_s: int,
    width_s: int,
    negative: float,
    others: float,
    unfactored: float,
    has_total: bool,
) -> None:
    """Take one bin into the slow estimates: level, schedule, share, weekly factor. negative < 0: the bin was not counted."""
    head = memory.head
    per_hour = 3600.0 / width_s
    per_day = 86400 // width_s
    hour = hour_of_week(local_s)
    if hour != head[HOUR_OF_WEEK]:
        if head[HOUR_OF_WEEK] >= 0:
            close_hour(memory, knobs)
        head[HOUR_OF_WEEK] = hour
        head[HOUR_NEGATIVE] = 0.0
        head[HOUR_EXPECTED] = 0.0
    day = local_s // 86400
    if day != head[DAY_NUMBER]:
        if head[DAY_NUMBER] > 0:
            close_day(head, knobs, per_day)
        head[DAY_NUMBER] = day
        head[DAY_NEGATIVE] = 0.0
        head[DAY_OTHERS] = 0.0
    fade = 2.0 ** (-1.0 / (knobs.schedule_half_life_d * per_day))
    for c in range(48):
        memory.hours[0, c] *= fade
        memory.hours[1, c] *= fade
    if negative >= 0:
        posts = others if has_total else negative
        units = schedule_at(schedule, local_s + width_s // 2) ** knobs.schedule_power
        if head[BINS_SEEN] > per_hour:
            usual = head[LEVEL_POSTS] / head[LEVEL_UNITS] * units if head[LEVEL_UNITS] > 0 else 0.0
            posts = min(posts, usual + knobs.cap_sigmas * math.sqrt(2.0 * usual + 0.15 * usual * usual) + 1.0)
        decay = 2.0 ** (-1.0 / (knobs.level_half_life_d * per_day))
        head[LEVEL_POSTS] = head[LEVEL_POSTS] * decay + posts
        head[LEVEL_UNITS] = head[LEVEL_UNITS] * decay + units
        level = head[LEVEL_POSTS] / head[LEVEL_UNITS]
        if level > 0:
            cell = hour_cell(local_s)
            memory.hours[0, cell] += posts / (per_hour * level)
            memory.hours[1, cell] += 1.0 / per_hour
        head[DAY_NEGATIVE] += negative
        head[DAY_OTHERS] += level * units * memory.factors[0, hour]
        head[HOUR_NEGATIVE] += negative
        head[HOUR_EXPECTED] += unfactored
    refresh_schedule(memory, knobs, generic, schedule)


@compiled
def follow(
    memory: Memory, place: int, count: float, expected: float, fade: float, sd: float, clip: float, limit: float, noise: float, counted: bool
) -> float:
    """One step of an Ornstein-Uhlenbeck filter on log(count / expected), a surprise clipped; returns where it now stands."""
    head = memory.head
    value = head[place] * fade
    variance = fade * fade * head[place + 1] + (1.0 - fade * fade) * sd * sd
    if counted and expected > 0:
        mean = expected * math.exp(value)
        spread = 1.0 + mean * noise
        surprise = min(count - mean, clip * math.sqrt(mean * spread + variance * mean * mean) + 0.5)
        gain = spread + variance * mean
        value += variance * surprise / gain
        variance *= spread / gain
        value = max(min(value, limit), -limit)
    head[place] = value
    head[place + 1] = variance
    return value


@compiled
def calibrate(memory: Memory, knobs: Knobs) -> None:
    """Close a day: its highest score joins the sixty, and the Gumbel law of daily maxima is fitted again by two quantiles."""
    head = memory.head
    closed = int(head[DAYS_CLOSED])
    memory.maxima[closed % CALIBRATION_DAYS] = head[DAY_MAXIMUM]
    closed += 1
    head[DAYS_CLOSED] = closed
    head[DAY_MAXIMUM] = -3.0
    if closed >= knobs.calibration_from_d:
        known = min(closed, CALIBRATION_DAYS)
        ordered = np.sort(memory.maxima[:known]).astype(np.float64)
        low = quantile(ordered, 0.3)
        scale = (quantile(ordered, 0.7) - low) / 1.2165
        location = low + 0.1856 * scale
        weight = known / (known + knobs.calibration_weight_d)
        head[LOCATION] = max(knobs.location_prior, knobs.location_prior + weight * (location - knobs.location_prior))
        head[SCALE] = max(knobs.scale_prior, knobs.scale_prior + weight * (scale - knobs.scale_prior))


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
    head[DAY_MAXIMUM] = -3.0
    memory.factors[0, :] = 1.0


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
    before = memory.head[BINS_COUNTED] - seen
    if before < limits.floor_hours * hour_bins:
        return False
    hourly = (memory.head[SEEN_NEGATIVE] - negative) / before * hour_bins
    return negative >= limits.floor_ratio * max(hourly, memory.sums[1, 1])


@compiled
def run(
    memory: Memory,
    knobs: Knobs,
    limits: Limits,
    generic: Floats,
    windows_h: Floats,
    negatives: Floats,
    others: Floats,
    observed: Floats,
    local_s: Floats,
    width_s: int,
    has_total: bool,
    out: Floats,
) -> None:
    """Step through the bins, oldest first; writes one row of `out` per bin and leaves the memory after the last one."""
    head = memory.head
    ring = memory.ring
    spread = memory.spread
    sums = memory.sums
    size = ring.shape[1]
    half = size // 2
    per_hour = 3600.0 / width_s
    hour_bins = max(1, round(per_hour))
    windows = len(windows_h)
    noise = knobs.bin_dispersion * 300.0 / width_s
    volume_fade = math.exp(-1.0 / (knobs.volume_tau_h * per_hour))
    mood_fade = math.exp(-1.0 / (knobs.mood_tau_h * per_hour))
    dispersion_fade = 2.0 ** (-1.0 / (knobs.dispersion_half_life_d * size))
    ln10 = math.log(10.0)
    schedule = np.empty(48)
    if head[BINS_SEEN] == 0:
        begin(memory, knobs)
    refresh_schedule(memory, knobs, generic, schedule)
    for i in range(len(negatives)):
        local = int(local_s[i])
        t = int(head[BINS_SEEN])
        slot = t % size
        if t > 0 and local % 86400 < width_s:
            calibrate(memory, knobs)
        if t - half >= size:
            k = (t - half) % size
            before = local - half * width_s
            learn(memory, knobs, generic, schedule, before, width_s, ring[NEGATIVE, k], ring[OTHERS, k], ring[UNFACTORED, k], has_total)
        # --- what is usual for this bin
        level = head[LEVEL_POSTS] / head[LEVEL_UNITS] if head[LEVEL_UNITS] > 0 else 0.0
        usual_posts = level * schedule_at(schedule, local + width_s // 2) ** knobs.schedule_power
        factor = memory.factors[0, hour_of_week(local)]
        x = float(negatives[i])
        o = float(others[i]) if has_total else 0.0
        unfactored = (share_odds(head) if has_total else 1.0) * usual_posts
        counted = observed[i] > 0
        if counted:
            if x + o > 0:
                head[SILENT_EXPECTED] = 0.0
                head[SILENT_BINS] = 0.0
            else:
                head[SILENT_EXPECTED] += unfactored * factor + (usual_posts if has_total else 0.0)
                head[SILENT_BINS] += 1
                counted = head[SILENT_EXPECTED] < knobs.outage_expected or head[SILENT_BINS] > knobs.outage_limit_d * size
        # --- how busy the conversation is, and its mood
        volume = 0.0
        if has_total:
            volume = follow(memory, VOLUME, o, usual_posts, volume_fade, knobs.volume_sd, knobs.volume_clip, knobs.volume_limit, noise, counted)
        if volume > 0:
            unfactored *= math.exp(knobs.volume_up * volume)
        else:
            unfactored *= math.exp(knobs.volume_down * max(volume, -knobs.volume_down_limit))
        expected = unfactored * factor
        mood = follow(memory, MOOD, x, expected, mood_fade, knobs.mood_sd, knobs.mood_clip, knobs.mood_limit, noise, counted)
        # --- six windows
        days = head[BINS_COUNTED] / size
        best = NO_SCORE
        best_window = 1
        best_n = 0.0
        best_e = 0.0
        for j in range(windows):
            bins = max(1, round(windows_h[j] * per_hour))
            mood_before = 0.0
            mood_variance = knobs.mood_sd**2
            if t >= bins:
                k = (t - bins) % size
                mood_before = ring[MOODS, k]
                mood_variance = ring[MOOD_VARIANCES, k]
                if ring[NEGATIVE, k] >= 0:
                    sums[0, j] -= ring[NEGATIVE, k]
                    sums[1, j] -= ring[EXPECTED, k]
            if counted:
                sums[0, j] += np.float32(x)
                sums[1, j] += np.float32(expected)
            dispersion = max(0.5, (knobs.dispersion_prior * knobs.dispersion_weight + sums[3, j]) / (knobs.dispersion_weight + sums[2, j]))
            lag = max(bins, half)
            if t >= lag:
                k = (t - lag) % size
                weight = spread[windows + j, k]
                if weight > 0:
                    sums[2, j] = sums[2, j] * dispersion_fade + weight
                    sums[3, j] = sums[3, j] * dispersion_fade + weight * min(spread[j, k], 9.0 * dispersion)
            spread[windows + j, slot] = 0.0
            n = sums[0, j]
            e = sums[1, j]
            if e > 1e-6:
                fading = math.exp(-knobs.mood_decay * windows_h[j] / knobs.mood_tau_h)
                e *= math.exp(max(min(mood_before * fading, knobs.mood_use), -knobs.mood_use))
                relative = noise / bins + (mood_variance - knobs.mood_sd**2) * fading * fading + knobs.model_variance
                variance = e + relative * e * e
                spread[j, slot] = (n - e) ** 2 / variance
                spread[windows + j, slot] = min(1.0, 2.0 * e)
                if n >= limits.min_count and n > e:
                    wide = dispersion * variance + knobs.young_variance * e * e / max(days, 0.15)
                    score = tail_log10(n, e, wide) - math.log10(windows * 168.0 / windows_h[j])
                    if score > best:
                        best = score
                        best_window = j
                        best_n = n
                        best_e = e
        ring[NEGATIVE, slot] = x if counted else -1.0
        ring[OTHERS, slot] = o
        ring[EXPECTED, slot] = expected
        ring[UNFACTORED, slot] = unfactored
        ring[MOODS, slot] = mood
        ring[MOOD_VARIANCES, slot] = head[MOOD_VARIANCE]
        head[BINS_SEEN] = t + 1
        if counted:
            head[BINS_COUNTED] += 1
            head[SEEN_NEGATIVE] += x
        # --- how rare, and what that means for the alert
        if counted:
            head[DAY_MAXIMUM] = max(head[DAY_MAXIMUM], best)
        c = (best - head[LOCATION]) / (head[SCALE] * ln10) - math.log10(7.0) if best > NO_SCORE else NO_SCORE
        cold = head[BINS_COUNTED] <= size
        floor = False
        if cold and counted:
            floor = floor_speaks(memory, limits, slot, hour_bins, has_total)
        if best == NO_SCORE or floor:
            best_window = 1
            best_n = sums[0, 1]
            best_e = sums[1, 1]
        for column in range(COLUMNS):
            out[i, column] = 0.0
        if counted:
            if head[IS_OPEN] == 0:
                if floor or (c >= limits.open_at and not cold):
                    head[IS_OPEN] = 1
                    head[BINS_BELOW] = 0
                    out[i, OPENED] = 1.0
            elif c < limits.close_at and not floor:
                head[BINS_BELOW] += 1
                if head[BINS_BELOW] >= limits.close_bins:
                    head[IS_OPEN] = 0
                    out[i, CLOSED] = 1.0
            else:
                head[BINS_BELOW] = 0
        out[i, OBSERVED] = best_n
        out[i, USUAL] = best_e
        out[i, WINDOW] = best_window
        out[i, SCORE] = c
        out[i, FIRING] = head[IS_OPEN]
        out[i, COLD] = 1.0 if cold else 0.0
        out[i, KNOWN] = 1.0 if counted else 0.0
        out[i, FLOOR] = 1.0 if floor else 0.0
        out[i, BIN_EXPECTED] = expected
        if t < size:
            learn(memory, knobs, generic, schedule, local, width_s, x if counted else -1.0, o, unfactored, has_total)
