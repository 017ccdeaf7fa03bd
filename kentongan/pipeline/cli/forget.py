"""`kentongan forget`: a data-subject request (UU PDP 27/2022): delete, and keep out for good."""

from __future__ import annotations

import uuid
from pathlib import Path

import click

from kentongan.pipeline.detect import recount
from kentongan.pipeline.privacy import forget
from kentongan.pipeline.wiring import open_context
from kentongan.settings import read_settings
from kentongan.words import number, say


@click.command("forget", help=say(
    "Hapus sebutan menurut id, atau semua sebutan satu akun, dan jangan kumpulkan lagi.\n\n\b\nContoh:\n"
    "  kentongan forget 0b6f4c1e-8d0a-5c57-9a35-2f6f0f3f7c11 --reason 'permintaan 12/2026'\n"
    "  kentongan forget --account x:namaakun --reason 'permintaan 12/2026'",
    "Delete mentions by id, or all of one account, and never collect them again.\n\n\b\nExamples:\n"
    "  kentongan forget 0b6f4c1e-8d0a-5c57-9a35-2f6f0f3f7c11 --reason 'request 12/2026'\n"
    "  kentongan forget --account x:handle --reason 'request 12/2026'",
))  # fmt: skip
@click.argument("ids", nargs=-1)
@click.option("--account", "accounts", multiple=True, metavar="PLATFORM:HANDLE", help=say("Akun; boleh berulang", "An account; may be repeated"))
@click.option("--reason", required=True, help=say("Untuk catatan audit; tanpa nama orang", "For the audit trail; no person's name"))
@click.option("--yes", is_flag=True, help=say("Jangan bertanya dulu", "Do not ask first"))
@click.option("--db", type=click.Path(path_type=Path, exists=True, dir_okay=False), help=say("Berkas basis data", "Database file"))
def command(ids: tuple[str, ...], accounts: tuple[str, ...], reason: str, yes: bool, db: Path | None) -> int:
    """Exit code 1 when an id is not stored and was not forgotten before; it is kept out all the same."""
    if not ids and not accounts:
        raise click.UsageError(say("Sebutkan id sebutan atau --account PLATFORM:AKUN", "Name a mention id or --account PLATFORM:HANDLE"))
    named = [_mention_id(text) for text in dict.fromkeys(ids)]
    pairs = [_account(text) for text in dict.fromkeys(accounts)]
    if not yes:
        click.confirm(say("Hapus untuk selamanya?", "Delete for good?"), abort=True, err=True)
    with open_context(read_settings(database=db)) as ctx:
        done = forget(ctx, ids=named, accounts=pairs, reason=reason)
        recount(ctx)
    click.echo(
        say(
            f"{number(done.mentions)} sebutan dihapus dari {number(done.bins)} hitungan 5 menit; yang disebut di sini tidak akan dikumpulkan lagi.",
            f"{number(done.mentions)} mentions deleted from {number(done.bins)} five-minute counts; what is named here will not be collected again.",
        )
    )
    for platform in done.silent_accounts:
        click.echo(
            say(
                f"--account {platform}:…: tidak ada sebutannya yang tersimpan; periksa platform dan ejaannya (`search --json`)",
                f"--account {platform}:…: no mention of it is stored; check platform and spelling (`search --json`)",
            ),
            err=True,
        )
    for one in done.unknown_ids:
        click.echo(say(f"{one}: tidak tersimpan; periksa idnya dan --db", f"{one}: not stored; check the id and --db"), err=True)
    return 1 if done.unknown_ids else 0


def _mention_id(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as exc:
        what = say(f"{text!r} bukan id sebutan; salin dari `kentongan search`", f"{text!r} is no mention id; copy it from `kentongan search`")
        raise click.BadParameter(what, param_hint="ID") from exc


def _account(text: str) -> tuple[str, str]:
    platform, colon, handle = text.partition(":")
    if not (platform and colon and handle):
        raise click.BadParameter(say("tulis PLATFORM:AKUN, misalnya x:namaakun", "write PLATFORM:HANDLE, e.g. x:handle"), param_hint="--account")
    return platform, handle
