"""`kentongan run`: the chain once; with --demo the made-up three weeks through Airflow, as `make run` does."""

from __future__ import annotations

import click

from kentongan.pipeline.cli.amount import Amount
from kentongan.pipeline.collect import CollectReport, collect_sources, due_sources
from kentongan.pipeline.copies import try_to_copy
from kentongan.pipeline.deliver import detect_and_alert
from kentongan.pipeline.factchecks import refresh
from kentongan.pipeline.report import print_alerts, print_counts, print_withheld
from kentongan.pipeline.wiring import open_context
from kentongan.settings import read_settings
from kentongan.words import say


@click.command("run", help=say(
    "Jalankan rantai sekali pada sumber yang sudah waktunya.\n\n--demo memutar tiga pekan karangan tentang sepuluh instansi melalui Airflow.\n\n"
    "\b\nContoh:\n  kentongan run\n  kentongan run --demo",
    "Run the chain once on the sources that are due.\n\n--demo plays three made-up weeks of ten real agencies through Airflow.\n\n"
    "\b\nExamples:\n  kentongan run\n  kentongan run --demo",
))  # fmt: skip
@click.option("--demo", is_flag=True, help=say("Peragaan: semua bertanda SIMULASI", "Demonstration: everything is marked SIMULASI"))
@click.option("--seconds", default=120.0, show_default=True, type=Amount(1, 3600), help=say("Batas waktu mendengarkan", "Time limit for listening"))
def command(demo: bool, seconds: float) -> int:
    """Exit code 0 also when some sources are down: each is named with its reason."""
    if demo:
        from kentongan.pipeline.story import tell

        return tell()
    with open_context(read_settings()) as ctx:
        names = due_sources(ctx)
        if not names:
            click.echo(
                say("Belum ada sumber yang waktunya dibaca; lihat `kentongan sources`.", "No source is due yet; see `kentongan sources`."), err=True
            )
        ctx.note(say(f"Mendengarkan {len(names)} sumber ...", f"Listening to {len(names)} sources ..."))
        heard = collect_sources(ctx, names, seconds)
        print_sources(heard)
        refresh(ctx)
        found = detect_and_alert(ctx)
        try_to_copy(ctx)
        if found.skipped:
            click.echo(
                say("Deteksi sedang dikerjakan proses lain; ulangi sebentar lagi.", "Another process is detecting; repeat in a moment."), err=True
            )
        print_counts(heard.absorbed)
        print_alerts(ctx, found.opened)
        print_withheld(ctx, found.withheld)
    return 0


def print_sources(report: CollectReport) -> None:
    """The sources that could not be reached, with their reason, on standard error."""
    for outcome in report.outcomes:
        if outcome.state == "failed":
            click.echo(f"  {say('putus', 'down')}: {outcome.source}: {outcome.error}", err=True)
