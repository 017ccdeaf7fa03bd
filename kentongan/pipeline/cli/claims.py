"""`kentongan claims`: checked claims and the agencies' own clarifications: add one, list, take one out, take in a file."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from kentongan.clock import JAKARTA
from kentongan.errors import InputError
from kentongan.pipeline.claims import Kept, find_claim, keep_claims, own_claim, take_out, with_agencies
from kentongan.pipeline.cli.detect import moment
from kentongan.pipeline.cli.person import by_option
from kentongan.pipeline.factchecks import Rescored
from kentongan.pipeline.wiring import Context, open_context
from kentongan.problems import nearest
from kentongan.records import Claim
from kentongan.scoring.claims_file import read_claims
from kentongan.settings import read_settings
from kentongan.words import number, say

VERDICTS = ("salah", "menyesatkan", "penipuan", "manipulasi", "parodi", "klarifikasi", "diperiksa", "benar")


@click.group("claims", help=say(
    "Klaim yang sudah diperiksa dan klarifikasi instansi sendiri. Sebutan baru dicocokkan dengannya; klaim baru dicocokkan dengan sebutan "
    "sepekan terakhir.\n\n\b\nContoh:\n"
    "  kentongan claims add --title \"PLN bagikan token listrik gratis lewat WhatsApp\" --verdict salah --agency pln --url https://...\n"
    "  kentongan claims list --agency pln\n  kentongan claims import cek-fakta.jsonl\n  kentongan claims remove 3f2a91c0 --reason \"keliru\"",
    "Checked claims and the agencies' own clarifications. New mentions are matched with them; a new claim is matched with last week's "
    "mentions.\n\n\b\nExamples:\n"
    "  kentongan claims add --title \"PLN bagikan token listrik gratis lewat WhatsApp\" --verdict salah --agency pln --url https://...\n"
    "  kentongan claims list --agency pln\n  kentongan claims import fact-checks.jsonl\n  kentongan claims remove 3f2a91c0 --reason \"mistaken\"",
))  # fmt: skip
def command() -> None:
    """Every change is audited."""


@command.command("add", help=say("Tambah satu; judulnya kabar seperti yang beredar", "Add one; its title is the rumour as it goes round"))
@click.option("--title", required=True, help=say("Kabarnya dalam satu kalimat", "The rumour in one sentence"))
@click.option("--text", default="", help=say("Teks yang beredar, kalau ada", "The text that goes round, if known"))
@click.option("--verdict", type=click.Choice(VERDICTS), default="klarifikasi", show_default=True, help=say("Putusannya", "What was found"))
@click.option("--url", default="", help=say("Alamat klarifikasi atau cek faktanya", "Address of the clarification or fact-check"))
@click.option("--agency", default="", metavar="SLUG", help=say("Instansi yang mengklarifikasi", "The agency that clarifies"))
@click.option("--publisher", default="", help=say("Penerbitnya (bawaan: nama instansi)", "Publisher (default: the agency's name)"))
@click.option("--date", "at", callback=moment, metavar="WAKTU", help=say("Terbit (bawaan: sekarang)", "Published (default: now)"))
@by_option
def add(title: str, text: str, verdict: str, url: str, agency: str, publisher: str, at: datetime | None, by: str) -> None:
    """The same address, or title and publisher, replaces the old entry."""
    if url and not url.startswith(("https://", "http://")):
        raise InputError(say(f"--url: {url!r} tidak diawali https://", f"--url: {url!r} does not begin with https://"))
    with open_context(read_settings()) as ctx:
        _known_agency(ctx, agency)
        claim = own_claim(
            ctx, title=title, text=text, verdict=verdict, url=url, agency=agency, publisher=publisher, at=at or ctx.clock.now()
        )  # fmt: skip
        _tell(keep_claims(ctx, [claim], by, "claim_add"))
        click.echo(_line(claim))


@command.command("import", help=say(
    "Ambil banyak dari JSONL: {\"title\", \"text\"?, \"verdict\"?, \"publisher\"?, \"url\"?, \"published_at\"?, \"id\"?} per baris",
    "Take in many from JSONL: {\"title\", \"text\"?, \"verdict\"?, \"publisher\"?, \"url\"?, \"published_at\"?, \"id\"?} a line",
))  # fmt: skip
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@by_option
def take_in(file: Path, by: str) -> None:
    """All or nothing: an unreadable line is named and nothing is stored."""
    claims = read_claims(file.read_bytes(), str(file), numbered=False)
    if not claims:
        raise InputError(say(f"{file}: tidak ada klaim di dalamnya", f"{file}: no claim in it"))
    with open_context(read_settings()) as ctx:
        _tell(keep_claims(ctx, [with_agencies(ctx, claim) for claim in claims], by, "claim_import"))


@command.command("list", help=say("Klaim di dalam basis, terbaru dulu", "The claims in the base, newest first"))
@click.argument("words", nargs=-1)
@click.option("--agency", default="", metavar="SLUG")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--json", "as_json", is_flag=True, help=say("Satu objek JSON per baris", "One JSON object a line"))
def listing(words: tuple[str, ...], agency: str, limit: int, as_json: bool) -> None:
    """WORDS: the nearest claims first, found as a mention would find them."""
    with open_context(read_settings()) as ctx:
        _known_agency(ctx, agency)
        everything = ctx.state.claims()[::-1]
        found = [match.claim for match in ctx.claims.nearest(" ".join(words), limit)] if words else everything
        shown = [claim for claim in found if not agency or agency in claim.agencies]
        for claim in shown[:limit]:
            click.echo(json.dumps(_plain(claim), ensure_ascii=False) if as_json else _line(claim))
        click.echo(say(f"{number(len(everything))} klaim di dalam basis", f"{number(len(everything))} claims in the base"), err=True)


@command.command("remove", help=say("Keluarkan satu untuk seterusnya", "Take one out for good"))
@click.argument("claim_id")
@click.option("--reason", required=True, help=say("Untuk catatan audit", "For the audit trail"))
@by_option
def remove(claim_id: str, reason: str, by: str) -> None:
    """Its feed does not bring it back."""
    if not reason.strip():
        raise click.UsageError(say("--reason tidak boleh kosong", "--reason must not be empty"))
    with open_context(read_settings()) as ctx:
        claim = find_claim(ctx, claim_id)
        _tell_rescored(take_out(ctx, claim, by, reason.strip()))
        click.echo(say(f"{claim.id[:8]}: dikeluarkan.", f"{claim.id[:8]}: taken out."))


def _known_agency(ctx: Context, agency: str) -> None:
    if agency and agency not in ctx.config.agencies:
        raise InputError(say(f"--agency: tidak ada {agency!r}", f"--agency: no {agency!r}") + nearest(agency, ctx.config.agencies))


def _tell(kept: Kept) -> None:
    click.echo(say(f"{number(kept.new)} klaim baru atau berubah, {number(kept.known)} sudah ada.",
                   f"{number(kept.new)} claims new or changed, {number(kept.known)} known."), err=True)  # fmt: skip
    for fresh, old in kept.alike[:10]:
        click.echo(say(f"Serupa: “{fresh.title}” dan “{old.title}” ({old.id[:8]}, {old.publisher})",
                       f"Alike: “{fresh.title}” and “{old.title}” ({old.id[:8]}, {old.publisher})"), err=True)  # fmt: skip
    _tell_rescored(kept.rescored)


def _tell_rescored(done: Rescored) -> None:
    click.echo(say(f"{number(done.looked_at)} sebutan sepekan terakhir diperiksa, {number(done.changed)} berubah skornya.",
                   f"{number(done.looked_at)} of last week's mentions looked at, {number(done.changed)} scores changed."), err=True)  # fmt: skip


def _line(claim: Claim) -> str:
    day = claim.published_at.astimezone(JAKARTA)
    about = f" · {', '.join(claim.agencies)}" if claim.agencies else ""
    return f"{claim.id[:8]}  {day:%d-%m-%Y}  [{claim.verdict}] {claim.title} · {claim.publisher}{about}" + (
        f"\n          {claim.url}" if claim.url else ""
    )


def _plain(claim: Claim) -> dict[str, object]:
    return {
        "id": claim.id, "title": claim.title, "text": claim.text, "verdict": claim.verdict, "publisher": claim.publisher, "url": claim.url,
        "published_at": claim.published_at.isoformat(), "agencies": list(claim.agencies),
    }  # fmt: skip
