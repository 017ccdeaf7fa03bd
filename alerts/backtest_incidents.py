"""Marked incidents, and how soon a backtest's alerts found each of them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from alerts.backtest import Backtest
from kentongan.clock import parse_time
from kentongan.errors import InputError
from kentongan.words import say

COLUMNS = ("agency", "start", "end")
SHOWN = 12  # names in an error
GRACE = timedelta(minutes=30)  # an alert until so long after an incident still found it


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """Something that an alert should have told; aware UTC."""

    agency: str
    start: datetime
    end: datetime


def read_incidents(path: Path, zone_of: Callable[[str], ZoneInfo]) -> list[Incident]:
    """The incidents in a CSV with the columns agency,start,end. Raises InputError with line and column."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            head = stream.readline()
            delimiter = max(",;\t", key=head.count)
            columns = [column.strip().lower() for column in next(csv.reader([head], delimiter=delimiter), [])]
            return _incidents(csv.DictReader(stream, columns, delimiter=delimiter), str(path), zone_of)
    except OSError as exc:
        raise InputError(say(f"{path}: tidak dapat dibaca ({exc.strerror})", f"{path}: cannot be read ({exc.strerror})")) from exc
    except (UnicodeDecodeError, csv.Error) as exc:
        raise InputError(say(f"{path}: bukan CSV UTF-8", f"{path}: not CSV in UTF-8")) from exc


def _incidents(rows: csv.DictReader[str], name: str, zone_of: Callable[[str], ZoneInfo]) -> list[Incident]:
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise InputError(
            f"{name}: "
            + say(
                f"baris 1: kolom {', '.join(missing)} tidak ada; perlu {','.join(COLUMNS)}",
                f"line 1: no column {', '.join(missing)}; needs {','.join(COLUMNS)}",
            )
        )
    found = []
    for row in rows:
        moments = []
        for column in COLUMNS[1:]:
            try:
                moments.append(parse_time(row[column] or "", zone_of(row["agency"])).astimezone(UTC))
            except (ValueError, OverflowError) as exc:
                where = say(f"baris {rows.line_num + 1}, kolom {column}", f"line {rows.line_num + 1}, column {column}")
                wrong = say(f"{row[column] or ''!r} bukan waktu", f"{row[column] or ''!r} is no time")
                raise InputError(f"{name}: {where}: {wrong}") from exc
        if moments[1] < moments[0]:
            raise InputError(f"{name}: " + say(f"baris {rows.line_num + 1}: end sebelum start", f"line {rows.line_num + 1}: end before start"))
        found.append(Incident(agency=row["agency"], start=moments[0], end=moments[1]))
    return found


def is_counted(incident: Incident, tests: Iterable[Backtest]) -> bool:
    """True when the agency's counts reach into the incident: otherwise nobody can say whether it would have been found."""
    for series in (test.series for test in tests if test.series.agency == incident.agency):
        if series.start(0) <= incident.end + GRACE and incident.start < series.start(len(series.negative)):
            return True
    return False


def time_to_detect(incident: Incident, tests: Iterable[Backtest]) -> timedelta | None:
    """From its start to the first alert that opened in it, or was open already (zero); None: nobody was told."""
    delays = []
    for alert in (alert for test in tests if test.series.agency == incident.agency for alert in test.alerts):
        opened = alert.verdict.bin_end
        if opened <= incident.end + GRACE and (opened >= incident.start or alert.ended_at is None or alert.ended_at > incident.start):
            delays.append(max(opened - incident.start, timedelta(0)))
    return min(delays) if delays else None


def check_agencies(incidents: Sequence[Incident], tests: Sequence[Backtest]) -> None:
    """Raises InputError for an incident of an agency of which there are no counts: it would look missed."""
    known = {test.series.agency for test in tests}
    some = ", ".join(sorted(known)[:SHOWN]) + (", ..." if len(known) > SHOWN else "")
    for incident in incidents:
        if incident.agency not in known:
            raise InputError(
                say(
                    f"kejadian: tidak ada hitungan untuk {incident.agency!r}; yang ada: {some}",
                    f"incidents: no counts of {incident.agency!r}; there are {some}",
                )
            )
