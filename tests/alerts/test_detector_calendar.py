"""The Indonesian calendar shifts what is usual, on the agency's own clock, and nowhere else."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from alerts.detector_calendar import HOLIDAY, LEBARAN, ORDINARY, RAMADAN_HOURS, calendar_factors, factors_of, local_seconds


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 20), LEBARAN),  # the eve: Idul Fitri is 21 March 2026
        (date(2026, 3, 21), LEBARAN),
        (date(2026, 3, 26), LEBARAN),
        (date(2026, 3, 27), 1.0),
        (date(2026, 8, 17), HOLIDAY),  # Independence Day, a Monday
        (date(2026, 2, 16), HOLIDAY),  # joint leave before the Lunar New Year
        (date(2026, 12, 26), 1.0),  # a Saturday has a schedule of its own
        (date(2026, 9, 1), 1.0),
    ],
)
def test_a_day_of_the_calendar_has_its_factor(day: date, expected: float) -> None:
    assert factors_of(day) == (expected,) * 24


def test_the_thirty_days_before_lebaran_have_the_hours_of_ramadan() -> None:
    eid = date(2026, 3, 21)
    ramadan = [day for day in (eid - timedelta(days=n) for n in range(60)) if factors_of(day) == RAMADAN_HOURS]
    assert (ramadan[0], ramadan[-1]) == (eid - timedelta(days=2), eid - timedelta(days=30))
    assert factors_of(eid - timedelta(days=31)) == ORDINARY


def test_a_year_with_two_lebaran_has_both() -> None:
    assert factors_of(date(2033, 1, 2))[0] == factors_of(date(2033, 12, 23))[0] == LEBARAN


@pytest.mark.parametrize(("zone", "offset"), [("Asia/Jakarta", 7), ("Asia/Makassar", 8), ("Asia/Jayapura", 9)])
def test_the_day_begins_at_midnight_of_wib_wita_and_wit(zone: str, offset: int) -> None:
    midnight = datetime(2026, 8, 17, tzinfo=UTC) - timedelta(hours=offset)
    bins = int(midnight.timestamp()) + 300 * np.arange(-1, 1)
    assert calendar_factors(local_seconds(bins, ZoneInfo(zone)), zone).tolist() == [1.0, HOLIDAY]


def test_outside_indonesia_every_day_is_ordinary() -> None:
    bins = int(datetime(2026, 3, 21, tzinfo=UTC).timestamp()) + 300 * np.arange(288)
    assert set(calendar_factors(bins, "Europe/Berlin")) == {1.0}
