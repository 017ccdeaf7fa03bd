"""`kentongan simulate`: the seeded example stream, its truth, or a calm background of one agency."""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from kentongan.clock import parse_time
from kentongan.errors import InputError
from kentongan.pipeline.cli.amount import Amount
from kentongan.words import number, say


@click.command("simulate", help=say(
    "Tulis aliran sebutan rekaan yang dapat diulang (JSONL): sepuluh instansi, tiga minggu, satu krisis, satu hoaks, satu kampanye gembira.\n\n"
    "Semua barisnya bertanda simulasi. Benih yang sama menghasilkan berkas yang sama di mesin mana pun.\n\n\b\n"
    "Contoh:\n  kentongan simulate --out var/aliran.jsonl --labels var/kebenaran.json\n"
    "  kentongan simulate --background pln --days 21 --rate 12 --end 2026-05-22T18:00 --out latar.jsonl\n"
    "  kentongan simulate --background pln --rows 100000 --out besar.jsonl",
    "Write a seeded stream of made-up mentions (JSONL): ten agencies, three weeks, a crisis, a hoax, a happy campaign.\n\n"
    "Every row is marked as simulated. The same seed gives the same file on any machine.\n\n\b\n"
    "Examples:\n  kentongan simulate --out var/stream.jsonl --labels var/truth.json\n"
    "  kentongan simulate --background pln --days 21 --rate 12 --end 2026-05-22T18:00 --out background.jsonl\n"
    "  kentongan simulate --background pln --rows 100000 --out big.jsonl",
))  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help=say("Benih pengacak", "Seed of the random numbers"))
@click.option("--out", default="-", show_default=True, help=say("Berkas tujuan; - = keluaran standar", "Where to write; - = standard output"))
@click.option(
    "--labels",
    type=click.Path(dir_okay=False, path_type=Path),
    help=say("Tulis juga apa yang sebenarnya terjadi (JSON)", "Also write what really happened (JSON)"),
)
@click.option(
    "--weeks",
    type=click.IntRange(1, 52),
    default=3,
    show_default=True,
    help=say("Panjang aliran; peristiwa ada di minggu terakhir", "Length; the events lie in the last week"),
)
@click.option("--start", default="2026-03-02", show_default=True, help=say("Hari pertama", "First day"))
@click.option("--background", "agency", metavar="AGENCY", help=say("Hanya latar tenang satu instansi", "Only a calm background of one agency"))
@click.option("--days", type=click.IntRange(1, 400), default=21, show_default=True, help=say("Panjang latar", "Length of the background"))
@click.option(
    "--rate",
    type=Amount(0, 100_000, min_open=True),
    default=10.0,
    show_default=True,
    help=say(
        "Sebutan warga dan media per jam di latar; jawaban akun resmi menyusul",
        "Public mentions an hour in the background; official answers come on top",
    ),
)
@click.option(
    "--rows", type=click.IntRange(1, 5_000_000), help=say("Tepat sekian baris, alih-alih --rate", "Exactly so many rows, instead of --rate")
)
@click.option("--end", help=say("Saat terakhir latar, mis. 2026-05-22T18:00 (WIB)", "Last moment of the background, e.g. 2026-05-22T18:00 (WIB)"))
def command(
    seed: int, out: str, labels: Path | None, weeks: int, start: str, agency: str | None, days: int, rate: float, rows: int | None, end: str | None
) -> None:
    """JSONL to a file or standard output; a note on what was written to standard error."""
    from kentongan.simulation import background, simulate, truth

    if agency:
        if labels:
            raise click.UsageError(say("--labels: latar tenang tidak punya peristiwa", "--labels: a calm background has no events"))
        written = _write(background(agency, seed=seed, days=days, per_hour=rate, rows=rows, end=_time(end, "--end") if end else None), out)
    else:
        if rows or end:
            raise click.UsageError(say("--rows dan --end hanya bersama --background", "--rows and --end go with --background only"))
        first = _day(start)
        written = _write(simulate(seed, first, weeks), out)
        if labels:
            _save(labels, json.dumps(truth(seed, first, weeks), ensure_ascii=False, indent=2) + "\n")
    target = say("keluaran standar", "standard output") if out == "-" else out
    click.echo(say(f"{number(written)} baris simulasi ditulis ke {target}", f"{number(written)} simulated rows written to {target}"), err=True)


def _write(rows: Iterable[dict[str, Any]], out: str) -> int:
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    if out == "-":
        sys.stdout.writelines(lines)
    else:
        _save(Path(out), "".join(lines))
    return len(lines)


def _save(path: Path, content: str) -> None:
    """Whole or not at all: written beside, then moved into place. A device or a pipe is written to as it is, never replaced."""
    place = path.resolve()
    draft = place.with_name(place.name + ".part")
    try:
        if place.exists() and not place.is_file() and not place.is_dir():
            place.write_text(content, encoding="utf-8")
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(content, encoding="utf-8")
        draft.replace(place)
    except OSError as exc:
        with suppress(OSError):
            draft.unlink()
        if exc.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):  # no wrong use: the same command works once there is room
            raise
        raise InputError(say(f"{path}: tidak dapat ditulis ({exc.strerror})", f"{path}: cannot be written ({exc.strerror})")) from exc


def _time(text: str, option: str) -> datetime:
    try:
        return parse_time(text)
    except ValueError as exc:
        raise InputError(
            say(f"{option} {text!r}: bukan waktu; contoh 2026-05-22T18:00", f"{option} {text!r}: not a time; e.g. 2026-05-22T18:00")
        ) from exc


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise InputError(say(f"--start {text!r}: bukan tanggal; contoh 2026-03-02", f"--start {text!r}: not a date; e.g. 2026-03-02")) from exc
