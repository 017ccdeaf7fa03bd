"""`kentongan digest`: the weekly risk digest as one HTML file, and its summary to the leadership."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from kentongan.errors import ConfigError
from kentongan.pipeline.cli.detect import moment
from kentongan.pipeline.leadership import tell_leadership, trouble
from kentongan.pipeline.weekly import Digest, is_week_end, make_digest, week_end
from kentongan.pipeline.wiring import Context, open_context
from kentongan.settings import read_settings
from kentongan.words import say


@click.command("digest", help=say(
    "Tulis ringkasan risiko tujuh hari sebagai satu berkas HTML, dan cetak intinya.\n\n"
    "--send mengirim intinya ke `leadership` di receivers.yml, sekali untuk tiap minggu; simulasi tidak pernah keluar dari mesin ini.\n\n"
    "\b\nContoh:\n  kentongan digest\n  kentongan digest --end 2026-03-23 --lang en\n  kentongan digest --send",
    "Write the risk digest of seven days as one HTML file, and print what matters.\n\n"
    "--send sends that to `leadership` of receivers.yml, once for each week; a simulation never leaves this machine.\n\n"
    "\b\nExamples:\n  kentongan digest\n  kentongan digest --end 2026-03-23 --lang en\n  kentongan digest --send",
))  # fmt: skip
@click.option(
    "--end", callback=moment, metavar="TIME", help=say("Akhir tujuh hari itu (bawaan: Senin lalu 00.00 WIB)", "End (default: last Monday 00:00 WIB)")
)
@click.option("--running", is_flag=True, help=say("Tujuh hari sampai sekarang", "The seven days up to now"))
@click.option("--send", is_flag=True, help=say("Kirim intinya ke pimpinan", "Send the summary to the leadership"))
@click.option(
    "--again", is_flag=True, help=say("Dengan --send: juga yang sudah atau mungkin terkirim", "With --send: also where it was or may have been sent")
)
@click.option("--lang", type=click.Choice(["id", "en"]), help=say("Bahasa halaman", "Language of the page"))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help=say("Folder tujuan", "Target folder"))
@click.option("--db", type=click.Path(path_type=Path, exists=True, dir_okay=False), help=say("Berkas basis data", "Database file"))
def command(end: datetime | None, running: bool, send: bool, again: bool, lang: str | None, out: Path | None, db: Path | None) -> int:
    """Prints the summary, which says where the page lies. Exit code 1 when it did not reach somebody it was to be sent to."""
    if running and end:
        raise click.UsageError(say("pilih --running atau --end", "choose --running or --end"))
    if again and not send:
        raise click.UsageError(say("--again hanya bersama --send", "--again goes with --send"))
    if send and (running or (end and not is_week_end(end))):
        what = say("--send hanya untuk minggu penuh, sampai Senin 00.00 WIB", "--send is for full weeks only, up to a Monday 00:00 WIB")
        raise click.UsageError(what)
    with open_context(read_settings(database=db)) as ctx:
        if send and not ctx.config.receivers.leadership:
            path = ctx.config.folder / "receivers.yml"
            raise ConfigError(say(f'{path}: leadership masih kosong; isi misalnya ["slack:#pimpinan"]', f"{path}: leadership is empty; set it"))
        made = make_digest(
            ctx, end=end or week_end(ctx.clock.now(), running=running), lang="en" if lang == "en" else "id" if lang == "id" else None, folder=out
        )
        click.echo(str(made.summary))
        return _send(ctx, made, again) if send else 0


def _send(ctx: Context, made: Digest, again: bool) -> int:
    told = tell_leadership(ctx, made, again=again)
    for one in told:
        click.echo(f"{'✗' if trouble([one]) else '✓'} {one}", err=True)
    return 1 if trouble(told) else 0
