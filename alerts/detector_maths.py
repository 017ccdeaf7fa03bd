"""Compiled arithmetic that knows nothing of agencies: the negative binomial's tail, quantiles, the clock, a clipped filter."""

from __future__ import annotations

import math

from alerts.detector_compiling import compiled
from alerts.detector_state import Floats


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
def quantile(values: Floats, known: int, part: float) -> float:
    """The quantile of the first `known` values, linear between them; sorts them in place."""
    for i in range(1, known):
        value = values[i]
        k = i - 1
        while k >= 0 and values[k] > value:
            values[k + 1] = values[k]
            k -= 1
        values[k + 1] = value
    place = part * (known - 1)
    low = int(place)
    high = min(low + 1, known - 1)
    between: float = values[low] + (values[high] - values[low]) * (place - low)
    return between


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
def capped(usual: float, sigmas: float) -> float:
    """The most that a bin may teach: usual + so many standard deviations of a restless count."""
    return usual + sigmas * math.sqrt(2.0 * usual + 0.15 * usual * usual) + 1.0


@compiled
def follow(
    head: Floats, place: int, count: float, expected: float, fade: float, sd: float, clip: float, limit: float, noise: float, counted: bool
) -> float:
    """One step of an Ornstein-Uhlenbeck filter on log(count / expected), an upward surprise clipped; returns where it now stands.

    head[place] is its value, head[place + 1] its variance; noise: of one bin beyond Poisson, relative variance.
    """
    value: float = head[place] * fade
    variance: float = fade * fade * head[place + 1] + (1.0 - fade * fade) * sd * sd
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
def between(x: float, xs: Floats, ys: Floats) -> float:
    """Piecewise linear through (xs, ys); constant below the first, the last slope goes on above the last."""
    n = len(xs)
    if x <= xs[0]:
        return float(ys[0])
    i = 1
    while i < n - 1 and x > xs[i]:
        i += 1
    slope = (ys[i] - ys[i - 1]) / (xs[i] - xs[i - 1])
    return float(ys[i - 1] + slope * (x - xs[i - 1]))
