"""Times as people and feeds in Indonesia write them: RFC 822, ISO 8601, "Jum, 20 Agustus 2026 | 09.00 WIB", and naive ones (= local)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from kentongan.clock import JAKARTA, utc

LONGEST = 100  # characters of a date that are looked at
# First three letters, Indonesian and English, with old spellings (Pebruari, Nopember) and the abbreviations in use (Ags, Agt).
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan", "feb peb", "mar", "apr", "mei may", "jun", "jul", "agu ags agt aug", "sep", "okt oct", "nov nop", "des dec"), start=1
    )
    for name in names.split()
}
_ZONES_H = {
    "wib": 7, "wita": 8, "wit": 9, "utc": 0, "gmt": 0, "ut": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
    "pst": -8, "pdt": -7, "cet": 1, "cest": 2, "bst": 1, "sgt": 8, "myt": 8, "jst": 9, "ict": 7,
}  # fmt: skip
_CLOCK = re.compile(r"(?<![\d.:])(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?(?![\d])\s*([ap]m\b)?", re.IGNORECASE)
_OFFSET = re.compile(r"^\s*(?:utc|gmt)?\s*([+-])(\d{1,2})(?::?(\d{2}))?(?!\d)", re.IGNORECASE)
_ZONE_NAME = re.compile(r"^\W*([A-Za-z]{1,4})\b")
_WORDY = re.compile(r"(?<!\d)(\d{1,2})[\s.\-/]+([A-Za-z]{3,})\.?[\s,.\-/]+(\d{4}|\d{2})(?![\d:])")  # 20 November 2026
_AMERICAN = re.compile(r"\b([A-Za-z]{3,})\.?\s+(\d{1,2})(?:,|\s)\s*(?:.*?)(?<![+\-\d])(\d{4})(?!\d)")  # Nov 20, 2026; Fri Nov 20 09:00:00 +0700 2026
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?!\d)")  # 20/11/2026: day first, as in Indonesia
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?!\d)")


def parse_date(text: str, zone: tzinfo = JAKARTA) -> datetime:
    """The moment in `text`, aware UTC; a time without a zone is local time of `zone`, a day without a time its first minute there.

    Raises ValueError when there is no date in it, or a zone name that is not known.
    """
    text = text.strip()[:LONGEST]
    try:
        return utc(datetime.fromisoformat(text), zone)
    except ValueError:
        pass
    except OverflowError as exc:
        raise ValueError(f"{text!r} lies outside the calendar") from exc
    try:
        return _worded(text, zone)
    except OverflowError as exc:
        raise ValueError(f"{text!r} lies outside the calendar") from exc


def _worded(text: str, zone: tzinfo) -> datetime:
    year, month, day, rest = _day(text)
    clock = _CLOCK.search(rest)
    if clock is None:
        return utc(datetime(year, month, day, tzinfo=zone))
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if clock[4]:
        hour = hour % 12 + (12 if clock[4].lower() == "pm" else 0)
    known = _zone(rest[clock.end() :], zone)
    return utc(datetime(year, month, day, hour, minute, min(second, 59), tzinfo=known), zone)


def _day(text: str) -> tuple[int, int, int, str]:
    """Year, month, day, and the text without the words of the date."""
    if found := _WORDY.search(text):
        year = int(found[3]) + (2000 if len(found[3]) == 2 else 0)
        return year, _month(found[2]), int(found[1]), text[: found.start()] + " " + text[found.end() :]
    if found := _YEAR_FIRST.search(text):
        return int(found[1]), int(found[2]), int(found[3]), text[: found.start()] + " " + text[found.end() :]
    if found := _NUMERIC.search(text):
        return int(found[3]), int(found[2]), int(found[1]), text[: found.start()] + " " + text[found.end() :]
    for found in _AMERICAN.finditer(text):
        if found[1][:3].lower() in _MONTHS:
            return int(found[3]), _month(found[1]), int(found[2]), text[: found.start(3)] + text[found.end(3) :]
    # "Fri Nov 20 ...": the weekday came first, look again behind it
    behind = re.sub(r"^\W*[A-Za-z]+\W+", "", text)
    if behind != text:
        return _day(behind)
    raise ValueError(f"no date in {text[:60]!r}")


def _month(word: str) -> int:
    number = _MONTHS.get(word[:3].lower())
    if number is None:
        raise ValueError(f"unknown month {word[:20]!r}")
    return number


def _zone(after: str, default: tzinfo) -> tzinfo:
    """The zone that stands right behind the clock, else `default`."""
    if offset := _OFFSET.match(after):
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        if minutes > 15 * 60:
            raise ValueError(f"no such time zone {offset[0].strip()!r}")
        return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    if name := _ZONE_NAME.match(after):
        hours = _ZONES_H.get(name[1].lower())
        if hours is not None:
            return UTC if hours == 0 else timezone(timedelta(hours=hours))
        if name[1].isupper():
            raise ValueError(f"unknown time zone {name[1]!r}")
    return default
