"""`kentongan detect`: evaluate closed bins, open, update and close alerts, deliver."""

from __future__ import annotations

from datetime import datetime

import click

from kentongan.clock import parse_time
from kentongan.pipeline.deliver import detect_and_alert
from kentongan.pipeline.report import print_alerts, print_withheld
from kentongan.pipeline.wiring import open_context
from kentongan.settings import read_settings
from kentongan.words import say


def moment(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """A time given on the command line; naive = WIB."""
    if value is None:
        return None
    try:
        return parse_time(value)
    except ValueError as exc:
        raise click.BadParameter(
            say(f"{value!r} bukan waktu; tulis misalnya 2026-03-02T10:00", f"{value!r} is no time; write e.g. 2026-03-02T10:00")
        ) from exc


@click.command("detect", help=say(
    "Evaluasi semua bin yang sudah tutup sejak tanda terakhir, lalu kirim yang perlu dikirim.\n\n\b\nContoh:\n  kentongan detect\n"
    "  kentongan detect --until 2026-03-02T10:00",
    "Evaluate all closed bins since the watermark, then deliver what is due.\n\n\b\nExamples:\n  kentongan detect\n"
    "  kentongan detect --until 2026-03-02T10:00",
))  # fmt: skip
@click.option(
    "--until",
    callback=moment,
    metavar="TIME",
    help=say("Sampai saat ini saja (bawaan, dan paling jauh: sekarang)", "Only up to this time (default, and at most: now)"),
)
def command(until: datetime | None) -> int:
    """Exit code 0 also when there was nothing to do."""
    with open_context(read_settings()) as ctx:
        if until and until > ctx.clock.now():
            click.echo(say("--until masih akan datang: dievaluasi sampai sekarang.", "--until is yet to come: evaluated up to now."), err=True)
        report = detect_and_alert(ctx, until)
        if report.skipped:
            click.echo(say("Sedang dikerjakan proses lain.", "Another process is at it."), err=True)
            return 0
        click.echo(say(f"Bin dievaluasi: {report.bins}", f"Bins evaluated: {report.bins}"))
        print_alerts(ctx, report.opened)
        print_withheld(ctx, report.withheld)
    return 0
