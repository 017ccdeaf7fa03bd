"""Recordings: our own JSONL, and CSV with a mapping of columns. Also a source that follows a growing JSONL file.

Our JSONL has one object a line; the keys are those of NAMES in `_recordings.py`, `published_at` and `text` (or `title`) are required.
"""

from __future__ import annotations

import difflib
import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import tzinfo
from itertools import chain
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from kentongan.clock import JAKARTA
from kentongan.config import Strict
from kentongan.errors import InputError, SourceChanged, SourceDown
from kentongan.ports import ListenRequest, Web
from kentongan.records import Page
from kentongan.words import say
from listeners._csv_rows import CsvRows
from listeners._pages import options_of, refuse_if_mostly_unreadable, rejection_notes
from listeners._recordings import BY_HAND, NAMES, Recorded, Rejected, RowReader

__all__ = ["Options", "Recorded", "Rejected", "listen", "read_recording"]

IGNORE = "-"  # `--map column=-`
REQUIRED = ("published_at", "text")
FINGERPRINT_BYTES = 256
_BLANK = "\ufeff\0 \t\r\n"


def read_recording(
    path: Path | str, mapping: Mapping[str, str] | None = None, platform: str = "", zone: tzinfo = JAKARTA
) -> Iterator[Recorded | Rejected]:
    """Row by row, in the order of the file and in bounded memory.

    mapping: {column of the file: our field}; fields that it leaves out are guessed from well-known column names, `-` ignores a column.
    platform: of rows that name none. zone: of times without a zone. Raises InputError for a file that cannot be read, a mapped column
    that is absent, an unknown field, and when nothing can be taken for time or text.
    """
    path = Path(path)
    mapping = dict(mapping or {})
    unknown = [name for name in mapping.values() if name not in NAMES and name != IGNORE]
    if unknown:
        near = difflib.get_close_matches(unknown[0], NAMES, n=1, cutoff=0.4)
        hint = say(f"maksudnya {near[0]!r}?", f"did you mean {near[0]!r}?") if near else ", ".join(NAMES)
        raise InputError(say(f"--map: tidak ada bidang {unknown[0]!r}; {hint}", f"--map: no field {unknown[0]!r}; {hint}"))
    try:
        with _open(path) as stream:
            lines = iter(stream)
            first_line, first = next(((number, line) for number, line in enumerate(lines, start=1) if line.strip(_BLANK)), (0, ""))
            if not first:
                raise InputError(say(f"{path}: berkas kosong", f"{path}: the file is empty"))
            lines = chain([first], lines)
            reader = RowReader(platform, zone)
            if first.lstrip("\ufeff \t").startswith("{"):
                yield from _json_rows(path, lines, first_line, mapping, reader)
            elif first.lstrip("\ufeff \t").startswith("["):
                raise InputError(
                    say(f"{path}: larik JSON; tulis satu objek per baris (JSONL)", f"{path}: a JSON array; write one object per line (JSONL)")
                )
            else:
                yield from _csv_rows(path, lines, first_line, mapping, reader)
    except (OSError, EOFError, UnicodeError) as exc:
        raise InputError(say(f"{path}: tidak dapat dibaca ({exc})", f"{path}: cannot be read ({exc})")) from exc


def _open(path: Path) -> IO[str]:
    """Text of a plain or gzipped file; UTF-8 with or without mark, or UTF-16 as spreadsheets save it; bad bytes become U+FFFD."""
    with path.open("rb") as raw:
        start = raw.read(4)
    encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    opener: Any = gzip.open if start[:2] == b"\x1f\x8b" else open
    stream: IO[str] = opener(path, "rt", encoding=encoding, errors="replace", newline="")
    return stream


def _json_rows(path: Path, lines: Iterator[str], first_line: int, mapping: Mapping[str, str], reader: RowReader) -> Iterator[Recorded | Rejected]:
    names = {alias: field for field, aliases in NAMES.items() for alias in reversed(aliases)}
    names.update(mapping)
    needed = [column for column, field in mapping.items() if field in REQUIRED]  # the others may be absent from some rows
    for number, line in enumerate(lines, start=first_line):
        row = _object(line)
        if isinstance(row, str):
            if row:
                yield Rejected(line=number, reason=row)
            continue
        for column in needed:
            if column not in row:
                raise InputError(_no_column(path, column, list(row)))
        needed = []
        yield reader.read(_by_field(row, names), number)


def _object(line: str) -> dict[str, Any] | str:
    """The object in one line, or why there is none ("" for a blank line)."""
    line = line.strip(_BLANK)
    if not line:
        return ""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return say("bukan JSON yang utuh", "not complete JSON")
    return row if isinstance(row, dict) else say("bukan objek JSON", "not a JSON object")


def _by_field(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The row under our names; where two keys mean one field, the one that is our own name wins, then the first."""
    found: dict[str, Any] = {}
    for key, value in row.items():
        field = names.get(key) or names.get(key.lower())
        if field is not None and field != IGNORE and (field not in found or key == field):
            found[field] = value
    return found


def _csv_rows(path: Path, lines: Iterator[str], first_line: int, mapping: Mapping[str, str], reader: RowReader) -> Iterator[Recorded | Rejected]:
    rows = CsvRows(lines, first_line)
    plan = _columns(path, [name.strip("\ufeff ") for name in rows.header], mapping)
    reason = say("jumlah kolom tidak cocok dengan kepala tabel", "number of columns does not fit the header")
    for number, row in rows:
        if row is None:
            yield Rejected(line=number, reason=reason)
        else:
            yield reader.read({field: row[index] for field, index in plan}, number)


def _columns(path: Path, header: list[str], mapping: Mapping[str, str]) -> list[tuple[str, int]]:
    """(our field, index of its column). Raises InputError that names file, column, and the columns there are."""
    places = {name.lower(): index for index, name in reversed(list(enumerate(header)))}
    plan: dict[str, int] = {}
    spoken_for: set[int] = set()
    for column, field in mapping.items():
        index = header.index(column) if column in header else places.get(column.strip().lower())
        if index is None:
            raise InputError(_no_column(path, column, header))
        spoken_for.add(index)
        if field != IGNORE:
            plan[field] = index
    for field, aliases in NAMES.items():
        if field in plan or field in BY_HAND:
            continue
        found = next((places[alias] for alias in aliases if alias in places and places[alias] not in spoken_for), None)
        if found is not None:
            plan[field] = found
    for field in REQUIRED:
        if field not in plan:
            there = ", ".join(header)
            raise InputError(
                say(
                    f"{path}: tidak ada kolom untuk {field}; kolom yang ada: {there}; tunjuk dengan --map KOLOM={field}",
                    f"{path}: no column for {field}; the columns are: {there}; name one with --map COLUMN={field}",
                )
            )
    return list(plan.items())


def _no_column(path: Path, column: str, header: list[str]) -> str:
    near = difflib.get_close_matches(column, header, n=1, cutoff=0.4)
    there = ", ".join(header)
    hint = say(f"; maksudnya {near[0]!r}?", f"; did you mean {near[0]!r}?") if near else ""
    return say(f"{path}: tidak ada kolom {column!r}; yang ada: {there}{hint}", f"{path}: no column {column!r}; there are: {there}{hint}")


# --- a source that follows a growing file ---------------------------------------------------------------------------


class Options(Strict):
    path: Path  # of a JSONL file that others append to
    zone: str = "Asia/Jakarta"
    page_rows: int = Field(default=500, ge=1)


def listen(request: ListenRequest, web: Web) -> Iterator[Page]:
    """Complete lines behind the byte position in the cursor; a file that was replaced or cut is read from its start."""
    options = options_of(request, Options)
    where = f"{request.source} ({options.path})"
    cursor = request.cursor
    try:
        with options.path.open("rb") as stream:
            print_now = hashlib.blake2b(stream.read(FINGERPRINT_BYTES).partition(b"\n")[0], digest_size=8).hexdigest()
            size = stream.seek(0, 2)
            position = int(cursor.token or 0)
            again = position > size or (position > 0 and cursor.floor != print_now)
            stream.seek(0 if again else position)
            notes = [say("berkas diganti, dibaca dari awal", "the file was replaced, read from its start")] if again else []
            while page := _next_rows(stream, request.platform, ZoneInfo(options.zone), options.page_rows):
                rows, reasons, end = page
                refuse_if_mostly_unreadable(where, reasons, len(rows) + reasons.total())
                cursor = replace(cursor, token=str(end), floor=print_now)
                yield Page(
                    posts=tuple(row.post for row in rows),
                    origins=tuple((row.source, row.category) for row in rows),
                    cursor=cursor,
                    rejected=reasons.total(),
                    notes=(*notes, *rejection_notes(reasons)),
                )
                notes = []
    except FileNotFoundError as exc:
        raise SourceDown(say(f"{where}: berkas tidak ada (belum?)", f"{where}: the file is not there (yet?)")) from exc
    except OSError as exc:
        raise SourceChanged(say(f"{where}: tidak dapat dibaca ({exc})", f"{where}: cannot be read ({exc})")) from exc


def _next_rows(stream: IO[bytes], platform: str, zone: tzinfo, limit: int) -> tuple[list[Recorded], Counter[str], int] | None:
    """Up to `limit` rows, reasons of rejected lines, and the position behind them; None when there is no complete line."""
    names = {alias: field for field, aliases in NAMES.items() for alias in reversed(aliases)}
    reader = RowReader(platform, zone)
    rows: list[Recorded] = []
    reasons: Counter[str] = Counter()
    end = start = stream.tell()
    while len(rows) + reasons.total() < limit:
        line = stream.readline()
        if not line.endswith(b"\n"):
            stream.seek(end)
            break
        row = _object(line.decode("utf-8", "replace"))
        # The position in the file tells equal rows without an id apart, in this poll and in the next.
        read = reader.read(_by_field(row, names), 0, occurrence=end) if isinstance(row, dict) else row
        if isinstance(read, Recorded):
            rows.append(read)
        elif read:
            reasons[read.reason if isinstance(read, Rejected) else read] += 1
        end = stream.tell()
    return (rows, reasons, end) if end > start else None
