"""When people post: by hour, weekday and fasting month, with chance on top. All in local time of Jakarta."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from kentongan.clock import JAKARTA

# Share of a day's posts by hour: little at night, a rise until noon, the peak after supper.
ORDINARY = (12, 7, 5, 4, 7, 16, 26, 36, 44, 52, 55, 54, 52, 50, 48, 48, 50, 50, 54, 62, 66, 58, 44, 24)
FASTING = (20, 14, 14, 34, 42, 34, 26, 32, 40, 46, 48, 46, 44, 42, 44, 48, 52, 50, 34, 50, 64, 62, 52, 32)
WEEKDAYS = (1.1, 1.08, 1.06, 1.06, 1.0, 0.86, 0.84)
# Ramadan and the Lebaran days after it, by the government's calendars for 2026 and 2027.
RAMADANS = ((date(2026, 2, 19), date(2026, 3, 20)), (date(2027, 2, 8), date(2027, 3, 9)))
LEBARAN_DAYS = 5
LEBARAN_SHARE = 0.8


def fasting(day: date) -> bool:
    """The day lies in Ramadan."""
    return any(first <= day <= last for first, last in RAMADANS)


def level(moment: datetime) -> float:
    """How busy the hour that begins at this local moment is; 1 on average over a week."""
    day = moment.date()
    hours = FASTING if fasting(day) else ORDINARY
    holiday = any(last < day <= last + timedelta(days=LEBARAN_DAYS) for _, last in RAMADANS)
    return hours[moment.hour] / (sum(hours) / 24) * WEEKDAYS[day.weekday()] * (LEBARAN_SHARE if holiday else 1)


def poisson(rng: random.Random, mean: float) -> int:
    """A count with this mean."""
    count = 0
    while mean > 20:  # halves: exp(-mean) stays far from zero
        half = mean / 2
        count += poisson(rng, half)
        mean -= half
    limit, product = math.exp(-mean), rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def arrivals(
    rng: random.Random, start: datetime, hours: int, per_hour: Callable[[datetime], float], *, step_min: int = 60, steady: float = 0.0
) -> Iterator[datetime]:
    """Moments in [start, start + hours), whole seconds, ascending; `per_hour` gives the rate at a step's begin.

    steady: 0 = pure chance (Poisson), 1 = as even as counts can be; between them that share of the rate comes evenly.
    """
    step = timedelta(minutes=step_min)
    for number in range(hours * 60 // step_min):
        begin = start + number * step
        mean = per_hour(begin) * step_min / 60
        even = int(mean * steady + rng.random())
        places = [(turn + rng.random()) / even for turn in range(even)]
        places += [rng.random() for _ in range(poisson(rng, mean * (1 - steady)))]
        yield from sorted(begin + timedelta(seconds=int(place * step_min * 60)) for place in places)


def moods(rng: random.Random, days: int, spread: float) -> list[float]:
    """One factor around 1 per day that drifts: no two days are equally busy, and neighbours are alike."""
    factors, drift = [], 0.0
    for _ in range(days):
        drift = 0.6 * drift + spread * (rng.random() + rng.random() + rng.random() - 1.5)
        factors.append(math.exp(drift))
    return factors


def local(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of the day in Jakarta."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=JAKARTA)
