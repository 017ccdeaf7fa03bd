"""Two ordinary years under the Indonesian calendar: how often the detector alerts for nothing, with what it knows of the calendar and without.

    python bench/calendar_life.py

Made-up agencies without a crisis, on the real dates of Ramadan and Idul Fitri, but with habits of their own (not those of
alerts/detector_calendar.py): people are awake for sahur, silent at iftar, and away around Lebaran. Then a quarter of a year in seven time zones.
Prints two Markdown tables; the numbers go to docs/adr/0006-spike-detector.md. Takes two minutes on one core.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from lone_counts import PER_DAY, drift

from alerts import detector_calendar
from alerts import detector_kernel as kernel
from alerts.detector import Detector
from alerts.detector_state import fresh_memory
from kentongan.config import RuleConfig, load_config
from kentongan.settings import packaged_config

BIN_S = 300
AGENCIES = 12
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 730
FIRST_WEEKS = 2  # are not judged
FITRI = (date(2025, 3, 31), date(2026, 3, 21))  # as the government fixed them
ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe")

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.int64]


def clock(start_s: Days, zone: str) -> tuple[Floats, Days]:
    """(local hour, days since 1970 on the local calendar) of each bin."""
    local = detector_calendar.local_seconds(start_s, ZoneInfo(zone))
    return local % 86400 / 3600, local // 86400


def seasons(day: Days) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """(in Ramadan, around Lebaran) of each bin."""
    ramadan = np.zeros(len(day), bool)
    lebaran = np.zeros(len(day), bool)
    for first in FITRI:
        to = (first - date(1970, 1, 1)).days - day
        ramadan |= (to > 1) & (to <= 29)
        lebaran |= (to <= 1) & (to >= -6)
    return ramadan, lebaran


def life(seed: int, start_s: Days, zone: str, *, fasting: bool) -> tuple[Floats, Floats]:
    """(negatives, others) per bin of an agency of 2 to 300 posts an hour."""
    rng = np.random.default_rng([seed, 20261128])
    hour, day = clock(start_s, zone)
    swing = rng.uniform(0.4, 0.9)
    busy = np.exp(-swing * np.cos((hour - rng.uniform(2, 4)) / 24 * 2 * np.pi)) * np.where((day + 3) % 7 >= 5, rng.uniform(0.6, 1.0), 1.0)
    if fasting:
        ramadan, lebaran = seasons(day)
        night = 1 + rng.uniform(0.6, 2.0) * np.exp(-(((hour - 3.5) / 1.2) ** 2))
        iftar = 1 - rng.uniform(0.2, 0.6) * np.exp(-(((hour - 18.2) / 0.6) ** 2))
        busy = np.where(ramadan, busy * night * iftar, np.where(lebaran, busy * rng.uniform(0.5, 0.8), busy))
    n = len(start_s)
    crowd = np.exp(drift(rng, n, 6, 0.25) + drift(rng, n, 24 * 5, 0.2))
    mood = np.exp(drift(rng, n, 12, 0.2))
    per_hour = float(np.exp(rng.uniform(np.log(2), np.log(300))))
    share = rng.uniform(0.1, 0.4)
    rate = per_hour / 12 * busy / busy.mean() * crowd
    noise = rng.gamma(5.0, 0.2, (2, n))
    return rng.poisson(rate * share * mood * noise[0]).astype(np.float64), rng.poisson(rate * (1 - share) * noise[1]).astype(np.float64)


def openings(seed: int, start_s: Days, zone: str, rule: RuleConfig, *, fasting: bool) -> npt.NDArray[np.bool_]:
    """In which bins an alert opens."""
    negative, others = life(seed, start_s, zone, fasting=fasting)
    course = Detector(rule, zone).run(fresh_memory(BIN_S), int(start_s[0]), negative, others, np.ones(len(start_s)), has_total=True)
    return course.column(kernel.OPENED) > 0


def bins(days: int, first: datetime) -> Days:
    """Starts of the bins."""
    return int(first.timestamp()) + BIN_S * np.arange(days * PER_DAY, dtype=np.int64)


def of_the_year(rule: RuleConfig, known: bool) -> str:
    """A line of the first table."""
    start_s = bins(DAYS, FIRST)
    _, day = clock(start_s, "Asia/Jakarta")
    ramadan, lebaran = seasons(day)
    judged = np.arange(len(start_s)) >= FIRST_WEEKS * 7 * PER_DAY
    parts = {"ordinary days": judged & ~ramadan & ~lebaran, "Ramadan": judged & ramadan, "around Lebaran": judged & lebaran}
    before = detector_calendar.ZONES
    detector_calendar.ZONES = before if known else frozenset()  # where the calendar is not known, every day is ordinary
    try:
        opened = [openings(seed, start_s, "Asia/Jakarta", rule, fasting=True) for seed in range(AGENCIES)]
    finally:
        detector_calendar.ZONES = before
    cells = []
    for part in parts.values():
        weeks = AGENCIES * part.sum() / (7 * PER_DAY)
        false = sum(int((one & part).sum()) for one in opened)
        cells.append(f"{false / weeks:.3f} ({false} in {weeks:.0f} weeks)")
    return f"| {'known' if known else 'not known'} | " + " | ".join(cells) + " |"


def of_a_zone(rule: RuleConfig, zone: str) -> str:
    """A line of the second table: thirteen weeks in which clocks change in some zones."""
    start_s = bins(13 * 7, FIRST + timedelta(days=55))
    judged = np.arange(len(start_s)) >= FIRST_WEEKS * 7 * PER_DAY
    opened = [openings(100 + seed, start_s, zone, rule, fasting=False) for seed in range(AGENCIES)]
    false = sum(int((one & judged).sum()) for one in opened)
    return f"| {zone} | {false / (AGENCIES * judged.sum() / (7 * PER_DAY)):.3f} |"


def main() -> None:
    """Print both tables."""
    rule = load_config(packaged_config()).rule("negative_volume")
    print("| calendar | ordinary days | Ramadan | around Lebaran |\n|---|---:|---:|---:|")
    for known in (True, False):
        print(of_the_year(rule, known), flush=True)
    print("\n| zone | false / agency-week |\n|---|---:|")
    for zone in ZONES:
        print(of_a_zone(rule, zone), flush=True)


if __name__ == "__main__":
    main()
