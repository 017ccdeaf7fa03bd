"""Counts in a CSV → one gapless series of bins per agency, or an error that names file, line, column and the next step."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import NoReturn, TextIO
from zoneinfo import ZoneInfo

from alerts.backtest_series import Lines, Series, to_series
from kentongan.clock import parse_time, zone_label
from kentongan.errors import InputError
from kentongan.words import say

REQUIRED = ("agency", "time", "negative")
OPTIONAL = ("total", "late_total", "late_negative", "observed")
YES = {"": 1, "1": 1, "1.0": 1, "true": 1, "yes": 1, "ya": 1}
NO = {"0": 0, "0.0": 0, "false": 0, "no": 0, "tidak": 0}
UNKNOWN = {"", "nan", "null", "none", "na"}
YEARS = range(1971, 2200)
GROUPED = re.compile(r"\s*\d{1,3}([.,]\d{3})+\s*")  # 1.000 is a thousand to one and one to another
MAX_NOTES = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    series: tuple[Series, ...]  # in the order in which the agencies appear
    notes: tuple[str, ...]  # what was ignored or filled in


def read_counts(path: Path, zone_of: Callable[[str], ZoneInfo]) -> Counts:
    """All series in a CSV file. zone_of gives the zone in which an agency's times without offset are read.

    Bins may come in any order. Raises InputError.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return parse_counts(stream, str(path), zone_of)
    except OSError as exc:
        raise InputError(say(f"{path}: tidak dapat dibaca ({exc.strerror})", f"{path}: cannot be read ({exc.strerror})")) from exc
    except UnicodeDecodeError as exc:
        raise InputError(
            say(f"{path}: bukan teks UTF-8; simpan ulang sebagai CSV UTF-8", f"{path}: not UTF-8 text; save it again as CSV in UTF-8")
        ) from exc


def parse_counts(stream: TextIO, name: str, zone_of: Callable[[str], ZoneInfo]) -> Counts:
    """As read_counts, from an open text stream; `name` is used in errors."""
    reader = _Reader(name, zone_of)
    try:
        lines = reader.read(stream)
    except csv.Error as exc:
        raise InputError(say(f"{name}: bukan CSV ({exc})", f"{name}: not CSV ({exc})")) from exc
    if not lines:
        raise InputError(say(f"{name}: tidak ada baris data di bawah judul kolom", f"{name}: no lines of data below the header"))
    series = tuple(to_series(agency, found, name, reader.has_total) for agency, found in lines.items())
    return Counts(series=series, notes=(*reader.notes, *_missing_notes(series)))


def _missing_notes(series: tuple[Series, ...]) -> Iterator[str]:
    gaps = [s for s in series if s.missing]
    for s in gaps[:MAX_NOTES]:
        yield say(
            f"{s.agency}: {s.missing} bin tanpa baris, dianggap tidak teramati", f"{s.agency}: {s.missing} bins without a line, taken as not observed"
        )
    if len(gaps) > MAX_NOTES:
        more = len(gaps) - MAX_NOTES
        yield say(f"... dan {more} instansi lain dengan bin tanpa baris", f"... and {more} more agencies with bins without a line")


class _Reader:
    """Reads one file; keeps what is said about it."""

    def __init__(self, name: str, zone_of: Callable[[str], ZoneInfo]) -> None:
        self.name = name
        self.zone_of = zone_of
        self.notes: list[str] = []
        self.has_total = False
        self._numbers = {str(n): n for n in range(1000)}
        self._naive: set[str] = set()  # zones in which times without offset were read
        self._memos: dict[str, dict[str, int]] = {}

    def wrong(self, line: int, column: str, id_text: str, en_text: str) -> NoReturn:
        raise InputError(f"{self.name}: " + say(f"baris {line}, kolom {column}: {id_text}", f"line {line}, column {column}: {en_text}"))

    def read(self, stream: TextIO) -> dict[str, Lines]:
        head = stream.readline()
        if not head.strip():
            raise InputError(
                say(f"{self.name}: kosong; baris pertama harus judul kolom", f"{self.name}: empty; the first line must hold the column names")
            )
        delimiter = max(",;\t", key=head.count)
        columns = [c.strip().lower() for c in next(csv.reader([head], delimiter=delimiter))]
        self._check_columns(columns)
        self.has_total = "total" in columns
        place = {c: columns.index(c) for c in (*REQUIRED, *OPTIONAL) if c in columns}
        # a column that is not there is read from a cell appended to each row
        pick = itemgetter(*(place.get(c, len(columns)) for c in (*REQUIRED, *OPTIONAL)))
        found: dict[str, Lines] = {}
        rows = csv.reader(stream, delimiter=delimiter)
        numbers = self._numbers
        has_total = self.has_total
        for row in rows:
            if len(row) != len(columns):
                if not row:
                    continue
                self._wrong_width(rows.line_num + 1, row, columns)
            row.append("")
            agency, time, negative, total, late_total, late_negative, observed = pick(row)
            lines = found.get(agency)
            if lines is None:
                lines = found.setdefault(agency, self._new_agency(agency, rows.line_num + 1))
            start = lines.times.get(time)
            if start is None:
                start = lines.times[time] = self._time(time, lines.zone, rows.line_num + 1)
            listened = 1 if observed in {"1", ""} else self._observed(observed, rows.line_num + 1)
            x = o = 0
            if listened:
                try:
                    n = numbers[negative]
                    late_n = numbers[late_negative] if late_negative else 0
                    t = numbers[total] if has_total else n
                    late_t = numbers[late_total] if late_total else 0
                except KeyError:
                    n, late_n, t, late_t = self._slow_numbers(negative, late_negative, total, late_total, rows.line_num + 1)
                if n > t or late_n > n or (has_total and late_t > t):
                    self._inconsistent(n, late_n, t, late_t, rows.line_num + 1)
                x = n - late_n
                o = max(0, t - late_t - x) if has_total else 0
            lines.start.append(start)
            lines.negative.append(x)
            lines.others.append(o)
            lines.observed.append(listened)
            lines.line.append(rows.line_num + 1)
        return found

    def _check_columns(self, columns: list[str]) -> None:
        missing = [c for c in REQUIRED if c not in columns]
        if missing:
            raise InputError(
                say(
                    f"{self.name}: baris 1: kolom {', '.join(missing)} tidak ada; yang ada: {', '.join(columns)}",
                    f"{self.name}: line 1: no column {', '.join(missing)}; there are {', '.join(columns)}",
                )
            )
        doubled = sorted({c for c in columns if c in (*REQUIRED, *OPTIONAL) and columns.count(c) > 1})
        if doubled:
            raise InputError(
                say(f"{self.name}: baris 1: kolom {doubled[0]} ada dua kali", f"{self.name}: line 1: column {doubled[0]} is there twice")
            )
        if "late_total" in columns and "total" not in columns:
            self.notes.append(say("kolom late_total diabaikan karena tidak ada total", "column late_total ignored because there is no total"))
        extra = [c for c in columns if c not in (*REQUIRED, *OPTIONAL)]
        if extra:
            self.notes.append(say(f"kolom diabaikan: {', '.join(extra)}", f"columns ignored: {', '.join(extra)}"))
        if "total" not in columns:
            self.notes.append(
                say(
                    "tanpa kolom total: keramaian percakapan tidak diketahui, hanya jumlah negatif yang dipakai",
                    "no column total: how busy the conversation is stays unknown, negative counts alone are used",
                )
            )

    def _wrong_width(self, line: int, row: list[str], columns: list[str]) -> NoReturn:
        raise InputError(
            say(
                f"{self.name}: baris {line}: {len(row)} kolom, judul punya {len(columns)}; apakah berkas terpotong?",
                f"{self.name}: line {line}: {len(row)} columns, the header has {len(columns)}; was the file cut off?",
            )
        )

    def _new_agency(self, agency: str, line: int) -> Lines:
        if not agency.strip():
            self.wrong(line, "agency", "kosong; tulis nama instansi", "empty; write the agency's name")
        zone = self.zone_of(agency)
        return Lines(zone=zone, times=self._memos.setdefault(zone.key, {}))

    def _time(self, text: str, zone: ZoneInfo, line: int) -> int:
        try:
            moment = parse_time(text, zone)
        except (ValueError, OverflowError):
            self.wrong(line, "time", f"{text!r} bukan waktu; tulis 2026-03-02T10:05 atau dengan zona +07:00",
                       f"{text!r} is no time; write 2026-03-02T10:05, or with an offset such as +07:00")  # fmt: skip
        if moment.year not in YEARS:
            self.wrong(line, "time", f"{text!r}: apakah tahunnya benar?", f"{text!r}: is the year right?")
        if datetime.fromisoformat(text.strip()).tzinfo is None and zone.key not in self._naive:
            self._naive.add(zone.key)
            label = zone_label(zone.key)
            self.notes.append(say(f"waktu tanpa zona dibaca sebagai {label}", f"times without an offset are read as {label}"))
        return int(moment.timestamp())

    def _observed(self, text: str, line: int) -> int:
        value = {**YES, **NO}.get(text.strip().lower())
        if value is None:
            self.wrong(line, "observed", f"{text!r} bukan 1 atau 0", f"{text!r} is neither 1 nor 0")
        return value

    def _slow_numbers(self, negative: str, late_negative: str, total: str, late_total: str, line: int) -> tuple[int, int, int, int]:
        n = self._number(negative, "negative", line)
        late_n = self._number(late_negative, "late_negative", line) if late_negative.strip() else 0
        t = self._number(total, "total", line) if self.has_total else n
        late_t = self._number(late_total, "late_total", line) if late_total.strip() else 0
        return n, late_n, t, late_t

    def _number(self, text: str, column: str, line: int) -> int:
        known = self._numbers.get(text)
        if known is not None:
            return known
        if text.strip().lower() in UNKNOWN:
            self.wrong(line, column, "kosong; tulis 0, atau observed=0 bila tidak ada yang mendengarkan",
                       "empty; write 0, or observed=0 where nobody listened")  # fmt: skip
        if GROUPED.fullmatch(text):
            self.wrong(
                line, column, f"{text!r} dapat dibaca dua cara; tulis tanpa titik dan koma", f"{text!r} can be read in two ways; write it plainly"
            )
        try:
            value = float(text)
        except ValueError:
            self.wrong(line, column, f"{text!r} bukan bilangan", f"{text!r} is no number")
        if not 0 <= value < 1e9 or value != int(value):
            self.wrong(line, column, f"{text!r} harus bilangan bulat dari 0", f"{text!r} must be a whole number from 0")
        self._numbers[text] = int(value)
        return int(value)

    def _inconsistent(self, n: int, late_n: int, t: int, late_t: int, line: int) -> NoReturn:
        if n > t:
            self.wrong(
                line,
                "negative",
                f"{n} lebih besar dari total {t}; total mencakup yang negatif",
                f"{n} is more than total {t}; total includes the negative",
            )
        if late_n > n:
            self.wrong(line, "late_negative", f"{late_n} lebih besar dari negative {n}; yang terlambat termasuk di dalamnya",
                       f"{late_n} is more than negative {n}, of which it is a part")  # fmt: skip
        self.wrong(line, "late_total", f"{late_t} lebih besar dari total {t}; yang terlambat termasuk di dalamnya",
                   f"{late_t} is more than total {t}, of which it is a part")  # fmt: skip
