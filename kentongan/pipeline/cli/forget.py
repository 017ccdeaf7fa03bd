"""`kentongan forget`: a data-subject request (UU PDP 27/2022): delete, and keep out for good."""

from __future__ import annotations

import click

from kentongan.pipeline.detect import recount
from kentongan.pipeline.privacy import forget
from kentongan.pipeline.wiring import open_context
from kentongan.settings import read_settings
from kentongan.words import say


@click.command("forget", help=say(
    "Hapus sebutan menurut id, atau semua sebutan satu akun, dan jangan kumpulkan lagi.\n\n\b\nContoh:\n"
    "  kentongan forget 0b6f…  --reason 'permintaan 12/2026'\n  kentongan forget --account x:namaakun --reason 'permintaan 12/2026'",
    "Delete mentions by id, or all of one account, and never collect them again.\n\n\b\nExamples:\n"
    "  kentongan forget 0b6f…  --reason 'request 12/2026'\n  kentongan forget --account x:handle --reason 'request 12/2026'",
))  # fmt: skip
@click.argument("ids", nargs=-1)
@click.option("--account", "accounts", multiple=True, metavar="PLATFORM:HANDLE", help=say("Akun; boleh berulang", "An account; may be repeated"))
@click.option("--reason", required=True, help=say("Untuk catatan audit; tanpa nama orang", "For the audit trail; no person's name"))
@click.option("--yes", is_flag=True, help=say("Jangan bertanya dulu", "Do not ask first"))
def command(ids: tuple[str, ...], accounts: tuple[str, ...], reason: str, yes: bool) -> int:
    """Exit code 0 also when nothing was stored: the tombstone keeps it out all the same."""
    if not ids and not accounts:
        raise click.UsageError(say("Sebutkan id sebutan atau --account PLATFORM:AKUN", "Name a mention id or --account PLATFORM:HANDLE"))
    pairs = []
    for account in accounts:
        platform, colon, handle = account.partition(":")
        if not (platform and colon and handle):
            raise click.BadParameter(say("tulis PLATFORM:AKUN, misalnya x:namaakun", "write PLATFORM:HANDLE, e.g. x:handle"), param_hint="--account")
        pairs.append((platform, handle))
    if not yes:
        click.confirm(say("Hapus untuk selamanya?", "Delete for good?"), abort=True, err=True)
    with open_context(read_settings()) as ctx:
        done = forget(ctx, ids=ids, accounts=pairs, reason=reason)
        recount(ctx)
    click.echo(
        say(
            f"Dihapus dari {done} hitungan 5 menit; tidak akan dikumpulkan lagi.",
            f"Gone from {done} five-minute counts; will not be collected again.",
        )
    )
    return 0
