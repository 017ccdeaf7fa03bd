"""`kentongan digest`: the weekly risk digest as one HTML file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from kentongan.pipeline.cli.detect import moment
from kentongan.pipeline.weekly import make_digest, week_end
from kentongan.pipeline.wiring import open_context
from kentongan.settings import read_settings
from kentongan.words import say


@click.command("digest", help=say(
    "Tulis ringkasan risiko tujuh hari sebagai satu berkas HTML.\n\n\b\nContoh:\n  kentongan digest\n  kentongan digest --end 2026-03-23 --lang en",
    "Write the risk digest of seven days as one HTML file.\n\n\b\nExamples:\n  kentongan digest\n  kentongan digest --end 2026-03-23 --lang en",
))  # fmt: skip
@click.option(
    "--end", callback=moment, metavar="TIME", help=say("Akhir pekan ringkasan (bawaan: Senin lalu 00.00 WIB)", "End (default: last Monday 00:00 WIB)")
)
@click.option("--running", is_flag=True, help=say("Tujuh hari sampai sekarang", "The seven days up to now"))
@click.option("--lang", type=click.Choice(["id", "en"]), help=say("Bahasa halaman", "Language of the page"))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help=say("Folder tujuan", "Target folder"))
@click.option("--db", type=click.Path(path_type=Path, exists=True, dir_okay=False), help=say("Berkas basis data", "Database file"))
def command(end: datetime | None, running: bool, lang: str | None, out: Path | None, db: Path | None) -> int:
    """Prints where the page lies, and the summary for a chat."""
    with open_context(read_settings(database=db)) as ctx:
        if end is None:
            end = week_end(ctx.clock.now(), running=running)
        made = make_digest(ctx, end=end, lang="en" if lang == "en" else "id" if lang == "id" else None, folder=out)
        click.echo(made.chat)
    return 0
