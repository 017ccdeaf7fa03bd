"""`kentongan alerts`: the open alerts; show one, take it on, put it off, call it a false alarm."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from alerts.actions import acknowledge, mark_false_alarm, mute_copies, snooze
from alerts.incidents import lead_of
from alerts.message import agency_of, alert_text, short_id
from alerts.terminal import draw, naming
from kentongan.clock import JAKARTA, parse_time, zone_label
from kentongan.errors import InputError
from kentongan.pipeline import orders
from kentongan.pipeline.cli.amount import Amount
from kentongan.pipeline.cli.person import by_option
from kentongan.pipeline.deliver import deliver_all
from kentongan.pipeline.timeline import entry_words
from kentongan.pipeline.wiring import Context, open_context
from kentongan.records import Alert, AlertState
from kentongan.settings import Settings, read_settings
from kentongan.words import current_language, say

STATES = {
    AlertState.OPEN: ("terbuka", "open"),
    AlertState.ACKNOWLEDGED: ("ditangani", "taken on"),
    AlertState.RESOLVED: ("selesai", "resolved"),
}


@click.group("alerts", invoke_without_command=True, help=say(
    "Daftar peringatan yang belum selesai; tangani, tunda, atau tandai salah alarm.\n\n"
    "\b\nContoh:\n  kentongan alerts\n  kentongan alerts show 3f2a91c0\n  kentongan alerts ack 3f2a91c0\n"
    "  kentongan alerts snooze 3f2a91c0 --hours 4\n  kentongan alerts false-alarm 3f2a91c0\n  kentongan alerts mute 3f2a91c0 1",
    "List the alerts that are not resolved; take one on, put it off, call it a false alarm.\n\n"
    "\b\nExamples:\n  kentongan alerts\n  kentongan alerts show 3f2a91c0\n  kentongan alerts ack 3f2a91c0\n"
    "  kentongan alerts snooze 3f2a91c0 --hours 4\n  kentongan alerts false-alarm 3f2a91c0\n  kentongan alerts mute 3f2a91c0 1",
))  # fmt: skip
@click.option("--all", "everything", is_flag=True, help=say("Juga yang sudah selesai", "Resolved ones too"))
@click.option("--json", "as_json", is_flag=True, help=say("Satu objek JSON per baris", "One JSON object a line"))
@click.option(
    "--db",
    type=click.Path(dir_okay=False, path_type=Path),
    help=say("Basis data lain, misalnya milik peragaan", "Another database, e.g. the demonstration's"),
)
@click.pass_context
def command(context: click.Context, everything: bool, as_json: bool, db: Path | None) -> None:
    """Without a sub-command: the list, newest first."""
    if db is not None and not db.is_file():
        raise InputError(say(f"--db: tidak ada berkas {db}", f"--db: no file {db}"))
    context.obj = read_settings(database=db)
    if context.invoked_subcommand is not None:
        return
    with open_context(context.obj) as ctx:
        found = ctx.state.alerts(states=() if everything else (AlertState.OPEN, AlertState.ACKNOWLEDGED))
        for alert in found:
            click.echo(json.dumps(_plain(alert), ensure_ascii=False) if as_json else _line(ctx, alert))
        if not found and not as_json:
            click.echo(say("Tidak ada peringatan yang terbuka.", "No alert is open."))


def _line(ctx: Context, alert: Alert) -> str:
    agency = agency_of(alert.agency, ctx.config.agencies)
    since = alert.opened_at.astimezone(ZoneInfo(agency.timezone))
    when = f"{since:%d-%m-%Y %H.%M} {zone_label(agency.timezone)}"
    return f"{short_id(alert)}  {when}  {say(*STATES[alert.state]):<10} {alert_text(alert, agency).headline}"


def _plain(alert: Alert) -> dict[str, object]:
    return {
        "id": alert.id,
        "agency": alert.agency,
        "rule": alert.rule,
        "state": str(alert.state),
        "severity": alert.severity,
        "simulated": alert.simulated,
        "opened_at": alert.opened_at.isoformat(),
        "resolved_at": alert.resolved_at.isoformat() if alert.resolved_at else None,
        "observed": alert.spike.observed,
        "expected": alert.spike.expected,
        "peak_observed": alert.peak_observed,
    }


@command.command("show", help=say("Satu peringatan selengkapnya, dengan riwayatnya", "One alert in full, with its history"))
@click.argument("alert_id")
@click.pass_obj
def show(settings: Settings, alert_id: str) -> None:
    """The message as it stands now, and the timeline below it."""
    with open_context(settings) as ctx:
        alert = find_alert(ctx, alert_id)
        agency = agency_of(alert.agency, ctx.config.agencies)
        text = naming(alert_text(alert, agency), settings.database if settings.database_named else None)
        click.echo(draw(text, draft=True).strip("\n"))
        for entry in alert.timeline:
            at = entry.at.astimezone(ZoneInfo(agency.timezone))
            click.echo(f"{at:%d-%m-%Y %H.%M} {zone_label(agency.timezone)}  {entry_words(entry, agency, current_language())}")


@command.command("ack", help=say("Tandai sebagai ditangani: pengingat berhenti", "Take it on: reminders stop"))
@click.argument("alert_id")
@by_option
@click.pass_obj
def ack(settings: Settings, alert_id: str, by: str) -> None:
    """Worsening is still told."""
    done = say("Ditandai sebagai ditangani; pengingat berhenti, pemburukan tetap dikabarkan.", "Taken on; reminders stop, worsening is still told.")
    change(settings, alert_id, "acknowledge", by, lambda alert, now: acknowledge(alert, by=by, at=now), done)


@command.command("snooze", help=say("Tunda: diam sampai saat itu, kecuali tingkatnya naik", "Put off: quiet until then, unless its level rises"))
@click.argument("alert_id")
@click.option("--hours", default=4.0, show_default=True, type=Amount(0, 168, min_open=True), help=say("Berapa jam", "For how many hours"))
@click.option("--until", "until_text", metavar="WAKTU", help=say("Sampai kapan, misalnya 2026-03-03T07:00", "Until when, e.g. 2026-03-03T07:00"))
@by_option
@click.pass_obj
def put_off(settings: Settings, alert_id: str, hours: float, until_text: str | None, by: str) -> None:
    """At most a week; a time without a zone is the agency's own."""

    def act(alert: Alert, now: datetime, zone: ZoneInfo) -> Alert:
        until = now + timedelta(hours=hours)
        if until_text is not None:
            try:
                until = parse_time(until_text, zone)
            except ValueError as exc:
                raise click.BadParameter(say(f"{until_text!r} bukan waktu", f"{until_text!r} is no time"), param_hint="--until") from exc
        if not now < until <= now + timedelta(days=7):
            raise click.BadParameter(say("harus di depan, paling lama 7 hari", "must be ahead, at most 7 days"), param_hint="--until")
        return snooze(alert, until=until, by=by, at=now)

    with open_context(settings) as ctx:
        zone = ZoneInfo(agency_of(find_alert(ctx, alert_id).agency, ctx.config.agencies).timezone)
    done = say("Ditunda; hanya kenaikan tingkat yang dikabarkan.", "Put off; only a higher level is told.")
    change(settings, alert_id, "snooze", by, lambda alert, now: act(alert, now, zone), done)


@command.command(
    "false-alarm",
    help=say("Bukan masalah: jangan ingatkan lagi, dan ingat untuk evaluasi", "No problem: stop reminding, and remember for evaluation"),
)
@click.argument("alert_id")
@by_option
@click.pass_obj
def false_alarm(settings: Settings, alert_id: str, by: str) -> None:
    """Also possible after it was resolved."""
    done = say("Ditandai sebagai salah alarm.", "Marked as a false alarm.")
    change(settings, alert_id, "false_alarm", by, lambda alert, now: mark_false_alarm(alert, by=by, at=now), done)


@command.command("mute", help=say(
    "Bisukan salinan satu kutipan: tambahannya tidak lagi dihitung sebagai pemburukan",
    "Mute the copies of one quotation: more of them no longer count as worse",
))  # fmt: skip
@click.argument("alert_id")
@click.argument("quotation", type=click.IntRange(1, 3))
@by_option
@click.pass_obj
def mute(settings: Settings, alert_id: str, quotation: int, by: str) -> None:
    """QUOTATION: its number in the message, from 1."""

    def act(alert: Alert, now: datetime) -> Alert:
        quotes = alert.spike.top_mentions
        if quotation > len(quotes):
            raise click.BadParameter(say(f"hanya ada {len(quotes)} kutipan", f"there are only {len(quotes)} quotations"), param_hint="QUOTATION")
        return mute_copies(alert, cluster_id=quotes[quotation - 1].cluster_id, by=by, at=now)

    done = say("Salinan kutipan itu dibisukan.", "Copies of that quotation are muted.")
    change(settings, alert_id, "mute", by, act, done)


@command.command("audit", help=say("Siapa melakukan apa: satu peringatan, atau yang terakhir", "Who did what: of one alert, or the latest"))
@click.argument("alert_id", required=False)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help=say("Paling banyak", "At most so many"))
@click.pass_obj
def audit(settings: Settings, alert_id: str | None, limit: int) -> None:
    """In order of time (WIB)."""
    with open_context(settings) as ctx:
        for entry in ctx.state.audit(subject=find_alert(ctx, alert_id).id if alert_id else "", limit=limit):
            what = " ".join(part for part in (entry.action, entry.subject, entry.detail) if part)
            click.echo(f"{entry.at.astimezone(JAKARTA):%d-%m-%Y %H.%M} WIB  {entry.actor}  {what}")


def change(settings: Settings, alert_id: str, action: str, by: str, act: Callable[[Alert, datetime], Alert], done: str) -> None:
    """Act on the alert as it stands now; acting twice changes nothing. Messages of it that can still be changed follow at once."""
    with open_context(settings) as ctx:
        with ctx.state.transaction():
            found = find_alert(ctx, alert_id)
            changed = orders.change(ctx, found, action, by, act)
        if changed is None:
            click.echo(say("Tidak berubah: sudah begitu, atau sudah selesai.", "Unchanged: it was so already, or it is resolved."), err=True)
            return
        if any(ctx.state.deliveries(episode=episode, outcome="pending") for episode in (found.id, lead_of(found)) if episode):
            deliver_all(ctx, patience_s=3.0)
        click.echo(f"{short_id(found)}: {done}")


def find_alert(ctx: Context, prefix: str) -> Alert:
    """The alert whose id begins with `prefix`. Raises InputError when there is none, or more than one."""
    exact = ctx.state.alert(prefix)
    found = [exact] if exact else [alert for alert in ctx.state.alerts() if prefix and alert.id.startswith(prefix.lower())]
    if not found:
        raise InputError(say(f"tidak ada peringatan {prefix!r}; lihat: kentongan alerts --all", f"no alert {prefix!r}; see: kentongan alerts --all"))
    if len(found) > 1:
        raise InputError(
            say(f"{prefix!r} cocok dengan {len(found)} peringatan; tulis lebih panjang", f"{prefix!r} fits {len(found)} alerts; write more of it")
        )
    return ctx.state.alert(found[0].id) or found[0]
