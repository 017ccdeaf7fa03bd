"""`kentongan replay`: a recorded stream through the whole chain, by event time."""

from __future__ import annotations

import difflib
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kentongan.clock import FixedClock, SystemClock
from kentongan.config import load_config
from kentongan.errors import ConfigError
from kentongan.pipeline.replay import ReplayReport, replay_file
from kentongan.pipeline.report import print_summary
from kentongan.pipeline.wiring import open_context
from kentongan.settings import read_settings
from kentongan.words import say

AHEAD = timedelta(days=730)  # a made-up stream may lie ahead of us; what lies further is a mistyped date
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")


def parse_mapping(text: str | None) -> dict[str, str]:
    """{file column: our field} from `created_at=published_at,text=text`."""
    pairs: dict[str, str] = {}
    for part in (text or "").split(","):
        if not part.strip():
            continue
        column, equals, name = part.partition("=")
        if not equals or not column.strip() or not name.strip():
            raise click.BadParameter(say(f"{part!r}: tulis kolom=bidang, misalnya created_at=published_at", f"{part!r}: write column=field"),
                                     param_hint="--map")  # fmt: skip
        pairs[column.strip()] = name.strip()
    return pairs


@click.command("replay", help=say(
    "Putar ulang rekaman melalui seluruh rantai menurut waktu kejadian; peringatan tampil di terminal.\n\n\b\nContoh:\n"
    "  kentongan replay keluhan.csv --as x --agency pln --map created_at=published_at\n  kentongan replay rekaman.jsonl --as mastodon-pln",
    "Play a recording through the whole chain by event time; alerts appear on the terminal.\n\n\b\nExamples:\n"
    "  kentongan replay complaints.csv --as x --agency pln --map created_at=published_at\n  kentongan replay recording.jsonl --as mastodon-pln",
))  # fmt: skip
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--as", "source", required=True, metavar="SOURCE", help=say("Nama sumber asal rekaman", "Name of the source it came from"))
@click.option("--agency", default="", metavar="SLUG", help=say("Semua baris tentang instansi ini", "Every row is about this agency"))
@click.option("--map", "mapping", metavar="COL=FIELD,...", help=say("Kolom CSV ke bidang kami", "CSV columns to our fields"))
@click.option(
    "--db", type=click.Path(path_type=Path), help=say("Basis data (bawaan var/replay/SOURCE.db)", "Database (default var/replay/SOURCE.db)")
)
def command(file: Path, source: str, agency: str, mapping: str | None, db: Path | None) -> int:
    """Exit code 0 when every row was taken, 1 when rows were rejected and nothing at all was taken, 2 for wrong use."""
    source = checked_name(source)
    settings = read_settings()
    settings = read_settings(database=db or settings.var / "replay" / f"{source}.db")
    config = load_config(settings.config)
    if agency and agency not in config.agencies:
        near = difflib.get_close_matches(agency, config.agencies, n=1, cutoff=0.4)
        hint = say(f", maksudnya {near[0]!r}?", f", did you mean {near[0]!r}?") if near else ""
        raise ConfigError(say(f"--agency: tidak ada instansi {agency!r}{hint}", f"--agency: no agency {agency!r}{hint}"))
    columns = parse_mapping(mapping)
    clock = FixedClock(datetime(1970, 1, 1, tzinfo=UTC))
    console = Console(stderr=True)
    begun = time.monotonic()
    with (
        open_context(settings, clock=clock, config=config, event_time=True, terminal_only=True) as ctx,
        Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console) as bar,
    ):
        task = bar.add_task(say(f"Memutar {file.name}", f"Playing {file.name}"), total=None)
        report = replay_file(
            ctx, file, clock, source=source, agency=agency, mapping=columns, latest=SystemClock().now() + AHEAD,
            started=lambda rows: bar.update(task, total=rows), progress=lambda rows: bar.advance(task, rows),
        )  # fmt: skip
        print_summary(ctx, report, time.monotonic() - begun)
    return exit_code(report)


def checked_name(source: str) -> str:
    """The name, if it can be that of a source: it becomes part of a file's name, of ids and of what people read."""
    if not NAME.fullmatch(source):
        near = re.sub(r"\W+", "-", source, flags=re.ASCII)[:60].strip("-_") or "x"
        raise click.BadParameter(say(f"{source!r}: paling banyak 60 huruf, angka, - dan _, misalnya {near!r}",
                                     f"{source!r}: at most 60 letters, digits, - and _, e.g. {near!r}"), param_hint="--as")  # fmt: skip
    return source


def exit_code(report: ReplayReport) -> int:
    """1 when rows were rejected and none was taken."""
    return 1 if report.rejected and not report.absorbed.collected else 0
