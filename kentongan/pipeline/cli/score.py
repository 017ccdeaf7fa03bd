"""`kentongan score`: texts in, scores out, line by line, in the same order."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Literal, cast

import click

from kentongan.errors import InputError
from kentongan.ports import Scorer, ScoreRequest
from kentongan.records import Score
from kentongan.scoring.claims_file import read_claims
from kentongan.words import number, say

CHUNK = 1 << 18  # bytes asked for at once; a slow pipe gives less and is answered at once
LONGEST_LINE = 16 << 20  # bytes; what is longer is no mention and is answered with an error
REPORT_EVERY = 20_000  # lines between two notes of progress on a terminal
_BOM = b"\xef\xbb\xbf"

Id = str | int | float
Tier = Literal["auto", "fast", "strong"]
Row = tuple[Id, ScoreRequest | str]  # a string is what is wrong with the line


class Unreadable(ValueError):
    """What is wrong with one line, in the reader's language."""


@click.command("score", help=say(
    "Baca teks, tulis skornya sebagai JSONL, urutannya sama.\n\n\b\nMasukan:  {\"text\": ..., \"id\"?: ..., \"title\"?: ..., \"rating\"?: 1-5}\n"
    "Keluaran: {\"id\", \"lang\", \"sentiment\": {label, score, confidence, unsure}, \"hoax\": {likelihood, evidence}, \"topics\"}\n\n"
    "id yang tidak ada menjadi nomor baris. Baris yang tidak terbaca menjadi {\"id\", \"error\"} di tempatnya, sisanya jalan terus, dan kode "
    "keluarnya 1. Baris kosong dilewati tetapi tetap dihitung; dengan --lines setiap baris dijawab.\n\n\b\nContoh:\n"
    "  kentongan score mentions.jsonl > scores.jsonl\n  echo \"makasih PLN, gelap lagi\" | kentongan score --lines\n"
    "  kentongan score --claims cek-fakta.jsonl mentions.jsonl",
    "Read texts, write their scores as JSONL, in the same order.\n\n\b\nInput:  {\"text\": ..., \"id\"?: ..., \"title\"?: ..., \"rating\"?: 1-5}\n"
    "Output: {\"id\", \"lang\", \"sentiment\": {label, score, confidence, unsure}, \"hoax\": {likelihood, evidence}, \"topics\"}\n\n"
    "A missing id becomes the line number. An unreadable line becomes {\"id\", \"error\"} in its place, the rest goes on, and the exit code is 1. "
    "Blank lines are skipped but counted; with --lines every line is answered.\n\n\b\nExamples:\n"
    "  kentongan score mentions.jsonl > scores.jsonl\n  echo \"makasih PLN, gelap lagi\" | kentongan score --lines\n"
    "  kentongan score --claims fact-checks.jsonl mentions.jsonl",
))  # fmt: skip
@click.argument("file", default="-", type=click.Path(path_type=Path, allow_dash=True), metavar="[FILE|-]")
@click.option("--lines", is_flag=True, help=say("Masukan berupa teks biasa, satu teks per baris", "Input is plain text, one text a line"))
@click.option(
    "--tier",
    type=click.Choice(["auto", "fast", "strong"]),
    default="auto",
    show_default=True,
    help=say(
        "fast: model linear saja; strong: transformer membaca semua; auto: transformer membaca yang model linear ragukan",
        "fast: the linear model alone; strong: the transformer reads everything; auto: it reads what the linear model is unsure of",
    ),
)
@click.option(
    "--claims",
    "claims_file",
    type=click.Path(path_type=Path),
    help=say("JSONL klaim yang sudah diperiksa", "JSONL of checked claims to match against"),
)
def command(file: Path, lines: bool, tier: Tier, claims_file: Path | None) -> int:
    """Exit code 1 when any line could not be scored."""
    failed = 0
    with _opened(file) as stream:
        scorer = _scorer(claims_file, tier)
        counted = 0
        for rows in _rows(stream, lines):
            failed += _answer(rows, scorer, sys.stdout.buffer)
            counted = _report(counted, len(rows))
    if failed:
        click.echo(
            say(f"{number(failed)} baris tidak dapat dinilai (lihat kunci `error`)", f"{failed} lines could not be scored (see the key `error`)"),
            err=True,
        )
    return 1 if failed else 0


def _opened(file: Path) -> IO[bytes]:
    if str(file) == "-":
        if sys.stdin.isatty():
            click.echo(say("Membaca dari masukan standar; Ctrl-D mengakhiri.", "Reading standard input; Ctrl-D ends it."), err=True)
        return cast(IO[bytes], sys.stdin.buffer)
    try:
        return file.open("rb")
    except OSError as exc:
        reason = exc.strerror or exc
        raise InputError(
            say(f"{file}: tidak dapat dibuka ({reason}); periksa namanya", f"{file}: cannot be opened ({reason}); check its name")
        ) from exc


def _scorer(claims_file: Path | None, tier: Tier) -> Scorer:
    if claims_file is None:
        from kentongan.scoring.scorer import open_scorer

        return open_scorer(tier=tier)
    with _opened(claims_file) as stream:
        claims = read_claims(stream.read(), str(claims_file))
    from kentongan.scoring.claims import HashedClaimIndex
    from kentongan.scoring.scorer import open_scorer

    index = HashedClaimIndex()
    index.add(claims)
    return open_scorer(index, tier)


def _raw_lines(stream: IO[bytes]) -> Iterator[list[bytes | None]]:
    """The lines that can be read without waiting, without their ends; None for one that is too long."""
    rest = b""
    too_long = first = False
    while chunk := stream.read1(CHUNK) if hasattr(stream, "read1") else stream.read(CHUNK):
        if not first:
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


def _rows(stream: IO[bytes], plain: bool) -> Iterator[list[Row]]:
    """Lines as requests, or as what is wrong with them; in portions."""
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
            raise Unreadable(say(f"bukan UTF-8 (byte ke-{exc.start + 1})", f"not UTF-8 (byte {exc.start + 1})")) from exc
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


def _answer(rows: Sequence[Row], scorer: Scorer, out: IO[bytes]) -> int:
    """Write one line per row; returns how many were errors."""
    scores = iter(scorer.score([request for _, request in rows if isinstance(request, ScoreRequest)]))
    failed = 0
    written = []
    for known, request in rows:
        if isinstance(request, str):
            failed += 1
            written.append(_line({"id": known, "error": request}))
        else:
            written.append(_line({"id": known, **plain_score(next(scores))}))
    out.write(b"".join(written))
    out.flush()
    return failed


def plain_score(score: Score) -> dict[str, Any]:
    """The score as `kentongan score` prints it."""
    evidence: list[dict[str, Any]] = []
    for item in score.hoax.evidence:
        shown = {"kind": item.kind, "weight": item.weight, "text_id": item.text_id, "text_en": item.text_en}
        if item.url:
            shown["url"] = item.url
        evidence.append(shown)
    felt = score.sentiment
    return {
        "lang": score.lang,
        "sentiment": {"label": felt.label, "score": felt.score, "confidence": felt.confidence, "unsure": felt.unsure},
        "hoax": {"likelihood": score.hoax.likelihood, "evidence": evidence},
        "topics": score.topics,
    }


_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode


def _line(fields: dict[str, Any]) -> bytes:
    try:
        return _ENCODE(fields).encode() + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair in an id
        return json.dumps(fields).encode() + b"\n"


def _report(before: int, more: int) -> int:
    """Progress on a terminal; returns how many lines are done."""
    done = before + more
    if sys.stderr.isatty() and done // REPORT_EVERY > before // REPORT_EVERY:
        click.echo(f"\r{number(done)} {say('baris', 'lines')}", err=True, nl=False)
    return done
