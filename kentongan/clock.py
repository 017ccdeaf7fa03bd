"""Time as an argument: aware UTC everywhere, agencies' zones only where people read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")
ZONE_NAMES = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Ujung_Pandang": "WITA", "Asia/Jayapura": "WIT"}
BIN = timedelta(minutes=5)


class SystemClock:
    """The wall clock."""

    def now(self) -> datetime:
        """The present moment, aware, UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still until it is set: for replays and tests."""

    at: datetime

    def now(self) -> datetime:
        """The moment that was set last."""
        return self.at

    def advance(self, step: timedelta) -> None:
        """Move forward by `step`."""
        self.at += step


def utc(moment: datetime, zone: tzinfo = JAKARTA) -> datetime:
    """`moment` as aware UTC; a naive one is read as local time of `zone`."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC)


def floor_bin(moment: datetime, width: timedelta = BIN) -> datetime:
    """Start of the bin of `width` that holds `moment`; bins are counted from the Unix epoch."""
    seconds = int(moment.timestamp())
    step = int(width.total_seconds())
    return datetime.fromtimestamp(seconds - seconds % step, UTC)


def parse_time(text: str, zone: tzinfo = JAKARTA) -> datetime:
    """Aware UTC from ISO 8601 text (with T or a blank, with Z, an offset, or naive = `zone`).

    Raises ValueError when it is not a time.
    """
    try:
        return utc(datetime.fromisoformat(text.strip()), zone)
    except OverflowError as exc:  # at the edges of the calendar, where the zone leads out of it
        raise ValueError(f"{text.strip()!r} is out of the calendar") from exc


def zone_label(zone_name: str) -> str:
    """WIB, WITA or WIT for the Indonesian zones, else the zone's own name."""
    return ZONE_NAMES.get(zone_name, zone_name)
