"""Six windows that end with a bin: what was counted in them, what was expected, and how unlikely that is."""

from __future__ import annotations

import math

import numpy as np

from alerts.detector_compiling import compiled
from alerts.detector_knobs import LOWEST, NO_SCORE, Knobs, Limits
from alerts.detector_maths import tail_log10
from alerts.detector_signs import VIEW_DISPERSION, VIEW_EXPECTED, VIEW_NEGATIVE, VIEW_TAIL
from alerts.detector_state import (
    BINS_COUNTED,
    EXPECTED,
    MOOD_VARIANCES,
    MOODS,
    NEGATIVE,
    OTHERS,
    SPREAD_TOTAL,
    SPREAD_WEIGHT,
    SUM_EXPECTED,
    SUM_NEGATIVE,
    SUM_OTHERS,
    SUM_USUAL,
    USUAL_OTHERS,
    Floats,
    Memory,
)

# rows of a frame
FRAME_BINS, FRAME_FADING, FRAME_THREADS, FRAME_PRICE, FRAME_WORTH, FRAME_NOISE = range(6)


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
    return float(dispersion)


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
def loudest(view: Floats, tail: float) -> int:
    """The longest window that shows the highest tail score."""
    shown = 0
    for j in range(view.shape[1]):
        if view[VIEW_TAIL, j] >= tail - 1e-12:
            shown = j
    return shown
