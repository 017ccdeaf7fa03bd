"""`kentongan status`: how things stand, and what is wrong; for a person, or for cron."""

from __future__ import annotations

import click

from kentongan.pipeline.status import status_text
from kentongan.pipeline.vigil import look
from kentongan.pipeline.wiring import open_context
from kentongan.settings import read_settings
from kentongan.words import say


@click.command("status", help=say(
    "Peringatan terbuka, evaluasi terakhir, sumber, kotak keluar; lalu gangguan Kentongan sendiri. Kode keluar 1 bila ada gangguan.\n\n"
    "\b\nContoh:\n  kentongan status\n  kentongan status --quiet || mail -s 'Kentongan terganggu' ops@instansi.example",
    "Open alerts, last evaluation, sources, outbox; then trouble of Kentongan itself. Exit code 1 when there is any.\n\n"
    "\b\nExamples:\n  kentongan status\n  kentongan status --quiet || mail -s 'Kentongan in trouble' ops@agency.example",
))  # fmt: skip
@click.option("--quiet", is_flag=True, help=say("Hanya gangguan", "Trouble only"))
def command(quiet: bool) -> int:
    """Reads only; tells nobody."""
    with open_context(read_settings()) as ctx:
        if not quiet:
            click.echo(status_text(ctx))
        troubles = look(ctx)
        for trouble in troubles:
            click.echo(f"{say('GANGGUAN', 'TROUBLE')} · {trouble.headline}: {trouble.sentence}")
        return 1 if troubles else 0
