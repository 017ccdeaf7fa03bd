"""`kentongan notify`: deliver what waits in the outbox; --test proves a new set-up; --list looks into the outbox."""

from __future__ import annotations

import uuid
from pathlib import Path

import click

from alerts.slack import SlackReceiver
from kentongan.errors import ConfigError, ReceiverError
from kentongan.pipeline.cli.amount import Amount
from kentongan.pipeline.cli.outbox import list_outbox
from kentongan.pipeline.deliver import deliver_all
from kentongan.pipeline.preview import write_preview
from kentongan.pipeline.receivers import destinations_for
from kentongan.pipeline.wiring import Context, open_context
from kentongan.problems import nearest
from kentongan.records import Alert, AlertState, Notice, NotifyReason, Spike, Window
from kentongan.settings import read_settings
from kentongan.words import say


@click.command("notify", help=say(
    "Kirim pesan yang menunggu di kotak keluar.\n\n"
    "--test mengirim satu pesan uji ke setiap tujuan sungguhan, untuk membuktikan pemasangan baru; tidak ada peringatan yang dibuat.\n\n"
    "\b\nContoh:\n  kentongan notify\n  kentongan notify --test\n  kentongan notify --test --to slack:#humas-pln\n  kentongan notify --list\n"
    "  kentongan notify --preview var/preview",
    "Deliver what waits in the outbox.\n\n"
    "--test sends one test message to every real destination, to prove a new set-up; no alert is made.\n\n"
    "\b\nExamples:\n  kentongan notify\n  kentongan notify --test\n  kentongan notify --test --to slack:#humas-pln\n  kentongan notify --list\n"
    "  kentongan notify --preview var/preview",
))  # fmt: skip
@click.option("--test", "test", is_flag=True, help=say("Kirim pesan uji", "Send test messages"))
@click.option("--to", "to", metavar="TUJUAN", help=say("Hanya ke tujuan ini: terminal atau slack:#kanal", "Only there: terminal or slack:#channel"))
@click.option("--list", "listing", is_flag=True, help=say("Lihat yang menunggu dan surat mati", "Show what waits, and dead letters"))
@click.option("--json", "as_json", is_flag=True, help=say("Dengan --list: satu objek JSON per baris", "With --list: one JSON object a line"))
@click.option("--preview", "preview", type=click.Path(file_okay=False, path_type=Path), metavar="MAP",
              help=say("Tulis contoh pesan Slack sebagai halaman web ke sana", "Write sample Slack messages there, as web pages"))  # fmt: skip
@click.option("--wait", "wait_s", default=60.0, show_default=True, type=Amount(0, 600), metavar="S",
              help=say("Paling lama menunggu coba ulang (detik)", "Wait at most so long for tries again (seconds)"))  # fmt: skip
def command(test: bool, to: str | None, listing: bool, as_json: bool, preview: Path | None, wait_s: float) -> int:
    """Exit code 1 when something was refused for good or could not be sent yet; 2 for a destination that cannot be."""
    if to and not test:
        raise click.UsageError(say("--to hanya bersama --test", "--to goes with --test"))
    if as_json and not listing:
        raise click.UsageError(say("--json hanya bersama --list", "--json goes with --list"))
    if sum((test, listing, preview is not None)) > 1:
        raise click.UsageError(say("pilih --test, --list, atau --preview", "choose --test, --list or --preview"))
    if preview is not None:
        for path in write_preview(preview):
            click.echo(path)
        return 0
    with open_context(read_settings()) as ctx:
        if test:
            return send_tests(ctx, to)
        if listing:
            return list_outbox(ctx, as_json)
        return deliver_now(ctx, wait_s)


def deliver_now(ctx: Context, wait_s: float) -> int:
    """Deliver, say what became of each row; 1 when not everything got through."""
    report = deliver_all(ctx, worker="notify", patience_s=wait_s)
    through = {*report.sent, *report.found}
    buried = {key for key, _ in report.dead}
    waiting = {key: reason for key, reason in report.retried if key not in through | buried}
    for key, reason in report.dead:
        click.echo(f"{say('surat mati', 'dead letter')}: {_destination(key)}: {reason}", err=True)
    for key, reason in waiting.items():
        click.echo(f"{say('dicoba lagi nanti', 'tried again later')}: {_destination(key)}: {reason}", err=True)
    for key, reason in report.suppressed:
        click.echo(f"{say('tidak dikirim', 'not sent')}: {_destination(key)}: {reason}", err=True)
    n, dead, later, held = len(through), len(report.dead), len(waiting), len(report.suppressed)
    click.echo(say(f"Terkirim {n}, surat mati {dead}, menunggu {later}, tidak dikirim {held}.",
                   f"Sent {n}, dead letters {dead}, waiting {later}, not sent {held}."))  # fmt: skip
    return 1 if report.dead or waiting else 0


def _destination(key: str) -> str:
    return key.split("/", 3)[-1]


def send_tests(ctx: Context, to: str | None) -> int:
    """One marked message per destination; goes on after a failure, which gives exit code 1."""
    places = _test_places(ctx, to)
    failed = False
    refused: dict[str, str] = {}
    for name in dict.fromkeys(place.partition(":")[0] for place in places):
        receiver = ctx.receivers[name]
        if isinstance(receiver, SlackReceiver):
            try:
                click.echo(say(f"slack: token milik {receiver.identity()}", f"slack: the token is that of {receiver.identity()}"), err=True)
            except ReceiverError as exc:
                refused[name] = str(exc)
                click.echo(f"✗ {exc}")
    for place, agency in places.items():
        name = place.partition(":")[0]
        if name in refused:
            failed = True
            continue
        try:
            ctx.receivers[name].send(_test_notice(ctx, place, agency), "")
            click.echo(f"✓ {place}")
        except ReceiverError as exc:
            failed = True
            click.echo(f"✗ {exc}" if str(exc).startswith(place) else f"✗ {place}: {exc}")
    return 1 if failed else 0


def _test_places(ctx: Context, to: str | None) -> dict[str, str]:
    """Destination → agency it belongs to (any, for one of operations)."""
    if to is not None:
        name, _, place = to.partition(":")
        if name == "slack" and name not in ctx.receivers:
            raise ConfigError(say("slack: SLACK_BOT_TOKEN belum diisi (docs/slack.md)", "slack: SLACK_BOT_TOKEN is not set (docs/slack.md)"))
        if name not in ctx.receivers:
            raise ConfigError(say(f"--to: tidak ada penerima {name!r}", f"--to: no receiver {name!r}") + nearest(name, ctx.receivers))
        if name == "slack" and not place:
            raise ConfigError(say("--to: tulis kanalnya, misalnya slack:#humas-pln", "--to: name the channel, e.g. slack:#humas-pln"))
        return {to: next((a.slug for a in ctx.config.agencies.values() if f"slack:{a.slack_channel}" == to), next(iter(ctx.config.agencies)))}
    places = {place: agency.slug for agency in ctx.config.agencies.values() for place in destinations_for(agency, ctx.receivers)}
    first = next(iter(ctx.config.agencies))
    for place in (*ctx.config.receivers.operations, *ctx.config.receivers.fallback):
        places.setdefault(place, first)
    real = {place: agency for place, agency in places.items() if _is_real(ctx, place)}
    if not real:
        click.echo(
            say(
                "Belum ada penerima sungguhan (SLACK_BOT_TOKEN kosong, lihat docs/slack.md); pesan uji hanya ke terminal.",
                "No real receiver yet (SLACK_BOT_TOKEN is empty, see docs/slack.md); the test message goes to the terminal only.",
            ),
            err=True,
        )
    return real or {"terminal": first}


def _is_real(ctx: Context, place: str) -> bool:
    receiver = ctx.receivers.get(place.partition(":")[0])
    return receiver is not None and receiver.real


def _test_notice(ctx: Context, place: str, agency: str) -> Notice:
    now = ctx.clock.now()
    nothing = Spike(
        agency=agency, rule="test", window=Window(start=now, end=now), observed=0, expected=0.0, chance_weeks=None, severity="low", bin_end=now
    )
    alert = Alert(
        id=f"test-{uuid.uuid4().hex[:12]}", agency=agency, rule="test", state=AlertState.OPEN, severity="low", opened_at=now, updated_at=now,
        spike=nothing, peak_observed=0,
    )  # fmt: skip
    return Notice(episode=alert.id, transition=NotifyReason.TEST, sequence=0, destination=place, alert=alert, decided_at=now)
