"""The input of `kentongan score`: bytes to lines, lines to requests, or to what is wrong with them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import IO, Any

from kentongan.errors import InputError
from kentongan.ports import ScoreRequest
from kentongan.problems import no_text
from kentongan.words import say

CHUNK = 1 << 18  # bytes asked for at once; a slow pipe gives less and is answered at once
LONGEST_LINE = 16 << 20  # bytes; what is longer is no mention and is answered with an error
_BOM = b"\xef\xbb\xbf"

Id = str | int | float
Row = tuple[Id, ScoreRequest | str]  # a string is what is wrong with the line


class Unreadable(ValueError):
    """What is wrong with one line, in the reader's language."""


def _raw_lines(stream: IO[bytes]) -> Iterator[list[bytes | None]]:
    """The lines that can be read without waiting, without their ends; None for one that is too long. Raises InputError for what is no text."""
    rest = b""
    too_long = first = False
    while chunk := stream.read1(CHUNK) if hasattr(stream, "read1") else stream.read(CHUNK):
        if not first:
            if wrong := no_text(chunk):
                raise InputError(f"{say('masukan', 'the input')}: {wrong}")
            first, chunk = True, chunk.removeprefix(_BOM)
        pieces = (rest + chunk).split(b"\n")
        rest = pieces.pop()
        ready: list[bytes | None] = [piece.removesuffix(b"\r") for piece in pieces]
        if too_long and ready:
            ready[0], too_long = None, False
        if len(rest) > LONGEST_LINE:
            rest, too_long = b"", True
        if ready:
            yield ready
    if rest or too_long:
        yield [None if too_long else rest.removesuffix(b"\r")]


def read_rows(stream: IO[bytes], plain: bool) -> Iterator[list[Row]]:
    """Lines as requests, or as what is wrong with them; in portions. Raises InputError where the whole is no text."""
    count = 0
    for portion in _raw_lines(stream):
        rows: list[Row] = []
        for raw in portion:
            count += 1
            if not plain and raw is not None and not raw.strip():
                continue
            rows.append(_row(raw, count, plain))
        yield rows


def _row(raw: bytes | None, line: int, plain: bool) -> Row:
    known: Id = line
    try:
        if raw is None:
            raise Unreadable(say(f"lebih dari {LONGEST_LINE >> 20} MB", f"more than {LONGEST_LINE >> 20} MB"))
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as exc:
            raise Unreadable(
                say(f"bukan UTF-8 (byte ke-{exc.start + 1}); simpan ulang sebagai UTF-8", f"not UTF-8 (byte {exc.start + 1}); save it as UTF-8")
            ) from exc
        if plain:
            return line, ScoreRequest(text=text)
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError) as exc:
            reason = getattr(exc, "msg", None) or type(exc).__name__
            raise Unreadable(
                say(f"bukan JSON ({reason}); untuk teks biasa pakai --lines", f"not JSON ({reason}); for plain text use --lines")
            ) from exc
        if not isinstance(fields, dict):
            raise Unreadable(say('harus objek JSON dengan "text"', 'must be a JSON object with "text"'))
        known = _id(fields.get("id"), line)
        return known, _request(fields)
    except Unreadable as exc:
        return known, f"{say('baris', 'line')} {line}: {exc}"


def _id(value: Any, line: int) -> Id:
    if value is None:
        return line
    if isinstance(value, bool) or not isinstance(value, (str, int, float)) or (isinstance(value, float) and not math.isfinite(value)):
        raise Unreadable(say('"id" harus teks atau angka', '"id" must be text or a number'))
    return value


def _request(fields: dict[str, Any]) -> ScoreRequest:
    text, title = fields.get("text"), fields.get("title")
    if not isinstance(text, str):
        raise Unreadable(say('"text" harus ada dan berupa teks', '"text" must be there and be text'))
    if title is not None and not isinstance(title, str):
        raise Unreadable(say('"title" harus berupa teks', '"title" must be text'))
    return ScoreRequest(text=text, title=title or "", rating=_rating(fields.get("rating")))


def _rating(value: Any) -> int | None:
    """1-5 stars; None or empty = none. A half star is rounded down: 4.5 is not full praise."""
    if value is None or value == "":
        return None
    wrong = Unreadable(say('"rating" harus angka 1 sampai 5', '"rating" must be a number from 1 to 5'))
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise wrong
    try:
        stars = float(value)
    except ValueError as exc:
        raise wrong from exc
    if not 1 <= stars <= 5:
        raise wrong
    return int(stars)
