"""`kentongan score`: texts in, scores out, line by line, in the same order."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Literal, cast

import click

from kentongan.errors import InputError
from kentongan.pipeline.cli.pace import Pace
from kentongan.pipeline.score_lines import Row, read_rows
from kentongan.ports import Scorer, ScoreRequest
from kentongan.records import Score
from kentongan.scoring.claims_file import read_claims
from kentongan.words import number, say

Tier = Literal["auto", "fast", "strong"]


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
        with Pace(file.name if str(file) != "-" else "", _size(stream)) as pace:
            for rows in read_rows(stream, lines):
                failed += _answer(rows, scorer, sys.stdout.buffer)
                pace.move(len(rows), stream.tell() if pace.total else 0)
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


def _size(stream: IO[bytes]) -> int:
    """Bytes of a regular file; 0 of a pipe, whose end nobody knows."""
    found = os.fstat(stream.fileno())
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


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
