"""What the Indonesian calendar makes of a day: public holidays, Ramadan, Lebaran, as a factor on how busy each bin usually is.

A prior, not a verdict: the detector's recent days (half-life three days) and the volume of the conversation correct it where an agency differs.
The dates are those of the holidays library (since 2024 they include the joint leave that the government adds around Lebaran).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import numpy.typing as npt

# The clocks of Indonesia: WIB, WITA, WIT. Elsewhere nothing is known of the calendar, and every day is ordinary.
ZONES = frozenset({"Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Ujung_Pandang", "Asia/Jayapura"})
HOLIDAY = 0.9  # on a weekday; a weekend's own schedule says the rest
LEBARAN = 0.75  # from the eve of Idul Fitri to the fifth day after: the country travels home
LEBARAN_DAYS = range(-1, 6)
RAMADAN_DAYS = 30
# Posts by local hour in Ramadan over the same hour of an ordinary day: awake for sahur, slower mornings, silent at iftar, late evenings.
RAMADAN_HOURS = (1.1, 1.1, 1.2, 1.6, 1.6, 1.3, 0.9, 0.85, 0.85, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.95, 1.0, 1.05, 0.8, 0.9, 1.0, 1.05, 1.1, 1.1)

ORDINARY = (1.0,) * 24


@lru_cache(maxsize=64)
def _year(year: int) -> tuple[frozenset[date], tuple[date, ...]]:
    """(days off, first days of Idul Fitri) in that year. Two Idul Fitri fall into some years (2033)."""
    known = holidays.country_holidays("ID", years=year, language="en_US", categories=("public", "government"))
    fitri = tuple(day for day in sorted(known) if known[day].startswith("Eid al-Fitr") and "Second" not in known[day] and "Joint" not in known[day])
    return frozenset(known), fitri


@lru_cache(maxsize=4096)
def factors_of(day: date) -> tuple[float, ...]:
    """24 factors, one per local hour, 1 = as on any such weekday."""
    for first in (first for year in (day.year, day.year + 1) for first in _year(year)[1]):
        if (day - first).days in LEBARAN_DAYS:
            return (LEBARAN,) * 24
        if timedelta(0) < first - day <= timedelta(days=RAMADAN_DAYS):
            return RAMADAN_HOURS
    return (HOLIDAY,) * 24 if day.weekday() < 5 and day in _year(day.year)[0] else ORDINARY


def local_seconds(start_s: npt.NDArray[np.int64], zone: ZoneInfo) -> npt.NDArray[np.int64]:
    """Seconds on the zone's wall clock (as if it were UTC) for ascending Unix seconds."""
    if not len(start_s):
        return start_s
    hours = start_s // 3600
    known, place = np.unique(hours, return_inverse=True)
    offsets = np.empty(len(known), np.int64)
    for n, hour in enumerate(known):
        offset = datetime.fromtimestamp(int(hour) * 3600, zone).utcoffset()
        offsets[n] = int((offset or timedelta(0)).total_seconds())
    return start_s + offsets[place]


def calendar_factors(local_s: npt.NDArray[np.int64], zone: str) -> npt.NDArray[np.float64]:
    """The factor of each bin, by its start on the zone's wall clock in seconds (as if it were UTC)."""
    if zone not in ZONES:
        return np.ones(len(local_s))
    hours, place = np.unique(local_s // 3600, return_inverse=True)
    first = date(1970, 1, 1)
    values = np.array([factors_of(first + timedelta(days=int(hour) // 24))[int(hour) % 24] for hour in hours])
    factors: npt.NDArray[np.float64] = values[place] if len(values) else np.ones(0)
    return factors
