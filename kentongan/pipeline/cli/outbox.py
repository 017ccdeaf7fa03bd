"""`kentongan outbox`: what waits and what could not be delivered; show one, try it again."""

from __future__ import annotations

import hashlib
import json

import click

from alerts.message import compose
from alerts.terminal import draw
from kentongan.errors import InputError
from kentongan.pipeline.cli.person import this_user
from kentongan.pipeline.deliver import deliver_all
from kentongan.pipeline.wiring import Context, open_context
from kentongan.records import Delivery
from kentongan.settings import Settings, read_settings
from kentongan.words import say

NAME_CHARS = 8
OUTCOMES = {
    "pending": ("menunggu", "waiting"),
    "failed": ("SURAT MATI", "DEAD LETTER"),
    "sent": ("terkirim", "sent"),
    "late": ("terlambat", "sent late"),
    "suppressed": ("tak dikirim", "not sent"),
}


@click.group("outbox", invoke_without_command=True, help=say(
    "Isi kotak keluar: apa yang menunggu, dan surat mati dengan alasannya.\n\n"
    "\b\nContoh:\n  kentongan outbox\n  kentongan outbox --all\n  kentongan outbox show 3f2a91c0\n  kentongan outbox retry 3f2a91c0\n"
    "  kentongan outbox retry --all",
    "The outbox: what waits, and dead letters with their reason.\n\n"
    "\b\nExamples:\n  kentongan outbox\n  kentongan outbox --all\n  kentongan outbox show 3f2a91c0\n  kentongan outbox retry 3f2a91c0\n"
    "  kentongan outbox retry --all",
))  # fmt: skip
@click.option("--all", "everything", is_flag=True, help=say("Juga yang sudah terkirim", "Delivered ones too"))
@click.option("--json", "as_json", is_flag=True, help=say("Satu objek JSON per baris", "One JSON object a line"))
@click.pass_context
def command(context: click.Context, everything: bool, as_json: bool) -> None:
    """Without a sub-command: the list, oldest first."""
    context.obj = read_settings()
    if context.invoked_subcommand is None:
        with open_context(context.obj) as ctx:
            list_outbox(ctx, as_json, everything=everything)


def list_outbox(ctx: Context, as_json: bool, *, everything: bool = False) -> int:
    """Rows that wait and dead letters, oldest first; exit code 0."""
    rows = ctx.state.deliveries() if everything else [*ctx.state.deliveries(outcome="failed"), *ctx.state.deliveries(outcome="pending")]
    for row in rows:
        click.echo(json.dumps(_plain(row), ensure_ascii=False) if as_json else _line(row))
    if not rows and not as_json:
        click.echo(say("Kotak keluar kosong: tidak ada yang menunggu, tidak ada surat mati.", "The outbox is empty: nothing waits, no dead letters."))
    return 0


@command.command("show", help=say("Satu pesan selengkapnya, seperti yang akan dibaca penerima", "One message in full, as its receiver would read it"))
@click.argument("name")
@click.pass_obj
def show(settings: Settings, name: str) -> None:
    """The line of the list, then the message."""
    with open_context(settings) as ctx:
        row = find_row(ctx, name)
        click.echo(_line(row))
        click.echo(draw(compose(row.notice, ctx.config.agencies)).strip("\n"))


@command.command(
    "retry", help=say("Coba lagi sekarang: satu pesan, atau semua surat mati (--all)", "Try again now: one message, or all dead letters (--all)")
)
@click.argument("name", required=False)
@click.option("--all", "everything", is_flag=True, help=say("Semua surat mati", "All dead letters"))
@click.pass_obj
def retry(settings: Settings, name: str | None, everything: bool) -> int:
    """Exit code 1 when it did not get through this time either; it then stays in the outbox."""
    if (name is None) != everything:
        raise click.UsageError(say("sebut satu pesan, atau --all", "name one message, or --all"))
    with open_context(settings) as ctx:
        rows = ctx.state.deliveries(outcome="failed") if everything else [find_row(ctx, name or "")]
        now = ctx.clock.now()
        keys = [row.notice.key for row in rows if ctx.state.retry_delivery(row.notice.key, now)]
        for key in keys:
            ctx.state.add_audit(now, this_user(), "retry", key)
        if name is not None and not keys:
            click.echo(
                say("Tidak dicoba lagi: sudah terkirim, atau sedang dikirim.", "Not tried again: it was delivered, or is being sent."), err=True
            )
            return 1
        report = deliver_all(ctx, worker="retry")
        through = [key for key in keys if key in {*report.sent, *report.found}]
        reasons = dict([*report.retried, *report.dead, *report.suppressed])
        for key in keys:
            if key not in through:
                click.echo(f"{short_name(key)}: {reasons.get(key, say('belum terkirim', 'not sent yet'))}", err=True)
        click.echo(say(f"Terkirim {len(through)} dari {len(keys)}.", f"Sent {len(through)} of {len(keys)}."))
        return 0 if len(through) == len(keys) else 1


def short_name(key: str) -> str:
    """A name short enough to type for a delivery key."""
    return hashlib.sha256(key.encode()).hexdigest()[:NAME_CHARS]


def find_row(ctx: Context, name: str) -> Delivery:
    """The row of this name (or key). Raises InputError when there is none, or more than one."""
    found = [row for row in ctx.state.deliveries() if row.notice.key == name or (name and short_name(row.notice.key).startswith(name.lower()))]
    if len(found) != 1:
        raise InputError(
            say(
                f"{len(found)} pesan bernama {name!r}; lihat: kentongan outbox --all",
                f"{len(found)} messages named {name!r}; see: kentongan outbox --all",
            )
        )
    return found[0]


def _plain(row: Delivery) -> dict[str, object]:
    notice = row.notice
    return {
        "name": short_name(notice.key),
        "key": notice.key,
        "alert": notice.episode,
        "agency": notice.alert.agency,
        "transition": str(notice.transition),
        "destination": notice.destination,
        "outcome": row.outcome,
        "attempts": row.attempts,
        "reason": row.reason,
        "decided_at": notice.decided_at.isoformat(),
        "next_attempt_at": row.next_attempt_at.isoformat() if row.next_attempt_at else None,
    }


def _line(row: Delivery) -> str:
    notice = row.notice
    tries = say(f"{row.attempts} percobaan", f"{row.attempts} tries")
    reason = f": {row.reason}" if row.reason else ""
    when = f"{notice.decided_at:%Y-%m-%d %H:%M}Z"
    what = f"{notice.alert.agency} {notice.transition} → {notice.destination}"
    return f"{short_name(notice.key)}  {say(*OUTCOMES[row.outcome]):<11} {when} {what} ({tries}){reason}"
