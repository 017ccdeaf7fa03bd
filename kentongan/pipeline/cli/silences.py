"""`kentongan silences`: be quiet for a time, with an owner, a reason and an end. Evaluation goes on, and the digest lists what was withheld."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import click
from pydantic import ValidationError

from alerts.holding import configured_silences
from kentongan.clock import JAKARTA, parse_time, zone_label
from kentongan.config import SilenceConfig
from kentongan.errors import InputError
from kentongan.pipeline.cli.amount import Amount
from kentongan.pipeline.cli.person import this_user
from kentongan.pipeline.wiring import Context, open_context
from kentongan.problems import nearest
from kentongan.records import Silence
from kentongan.settings import read_settings
from kentongan.words import say


@click.group("silences", help=say(
    "Bisukan untuk sementara, paling lama 7 hari, dengan penanggung jawab dan alasan. Peringatan tetap dibuka dan dihitung.\n\n"
    "\b\nContoh:\n  kentongan silences add --agency pln --hours 6 --owner \"Humas PLN\" --reason \"pemeliharaan terencana\"\n"
    "  kentongan silences list\n  kentongan silences end 3f2a91c0",
    "Be quiet for a time, at most 7 days, with an owner and a reason. Alerts still open and are counted.\n\n"
    "\b\nExamples:\n  kentongan silences add --agency pln --hours 6 --owner \"PR PLN\" --reason \"planned maintenance\"\n"
    "  kentongan silences list\n  kentongan silences end 3f2a91c0",
))  # fmt: skip
def command() -> None:
    """Those of config/silences.yml are listed too, and ended there."""


@command.command("add", help=say("Tambah satu", "Add one"))
@click.option("--agency", required=True, help=say("Instansi (slug), atau '*'", "Agency (slug), or '*'"))
@click.option("--rule", default="*", show_default=True, help=say("Aturan dari rules.yml", "A rule of rules.yml"))
@click.option(
    "--from", "start", metavar="WAKTU", help=say("Mulai (bawaan: sekarang), mis. 2026-03-07T22:00", "From (default: now), e.g. 2026-03-07T22:00")
)
@click.option("--until", "end", metavar="WAKTU", help=say("Sampai, mis. 2026-03-08T04:00", "Until, e.g. 2026-03-08T04:00"))
@click.option("--hours", type=Amount(0, 168, min_open=True), help=say("Atau: berapa jam", "Or: for how many hours"))
@click.option("--owner", required=True, help=say("Siapa yang bertanggung jawab", "Who answers for it"))
@click.option("--reason", required=True, help=say("Mengapa", "Why"))
def add(agency: str, rule: str, start: str | None, end: str | None, hours: float | None, owner: str, reason: str) -> None:
    """A time without a zone is the agency's own."""
    if (end is None) == (hours is None):
        raise click.UsageError(say("pilih --until atau --hours", "choose --until or --hours"))
    if not owner.strip() or not reason.strip():
        raise click.UsageError(say("--owner dan --reason tidak boleh kosong", "--owner and --reason must not be empty"))
    with open_context(read_settings()) as ctx:
        if agency != "*" and agency not in ctx.config.agencies:
            raise InputError(say(f"--agency: tidak ada {agency!r}", f"--agency: no {agency!r}") + nearest(agency, ctx.config.agencies))
        if rule != "*" and rule not in ctx.config.rules:
            raise InputError(say(f"--rule: tidak ada {rule!r}", f"--rule: no {rule!r}") + nearest(rule, ctx.config.rules))
        zone = ZoneInfo(ctx.config.agencies[agency].timezone) if agency != "*" else JAKARTA
        now = ctx.clock.now()
        begins = _moment("--from", start, zone) if start else now
        ends = _moment("--until", end, zone) if end else begins + timedelta(hours=hours or 0)
        try:
            SilenceConfig(agency=agency, rule=rule, starts_at=begins, ends_at=ends, owner=owner, reason=reason)
        except ValidationError as exc:
            raise InputError(say("paling lama 7 hari, dan akhirnya sesudah mulainya", "at most 7 days, and its end after its start")) from exc
        if ends <= now:
            raise InputError(say("akhirnya sudah lewat", "its end has passed"))
        silence = Silence(id=uuid.uuid4().hex, agency=agency, rule=rule, starts_at=begins, ends_at=ends, owner=owner.strip(), reason=reason.strip())
        with ctx.state.transaction():
            ctx.state.put_silence(silence)
            ctx.state.add_audit(now, this_user(), "silence", silence.id, f"{agency} {rule} {ends.isoformat()}")
        click.echo(_line(ctx, silence))


@command.command("list", help=say("Yang berlaku dan yang akan datang", "Those in force and to come"))
def listing() -> None:
    """By start."""
    with open_context(read_settings()) as ctx:
        now = ctx.clock.now()
        configured = [s for s in configured_silences(ctx.config.silences) if s.ends_at > now]
        found = sorted((*ctx.state.silences(now, upcoming=True), *configured), key=lambda s: s.starts_at)
        for silence in found:
            click.echo(_line(ctx, silence))
        if not found:
            click.echo(say("Tidak ada yang dibisukan.", "Nothing is silenced."))


@command.command("end", help=say("Akhiri sekarang", "End it now"))
@click.argument("silence_id")
def end_now(silence_id: str) -> None:
    """What is still going on is told with the next evaluation."""
    with open_context(read_settings()) as ctx:
        now = ctx.clock.now()
        if silence_id.startswith("config:") or silence_id == "silences.yml":
            raise InputError(say("itu dari config/silences.yml: hapus di sana", "that one is of config/silences.yml: delete it there"))
        found = [s for s in ctx.state.silences(now, upcoming=True) if silence_id and s.id.startswith(silence_id.lower())]
        if len(found) != 1:
            raise InputError(say(f"{len(found)} pembisuan bernama {silence_id!r}; lihat: kentongan silences list",
                                 f"{len(found)} silences named {silence_id!r}; see: kentongan silences list"))  # fmt: skip
        old = found[0]
        ended = max(now, old.starts_at)
        with ctx.state.transaction():
            ctx.state.put_silence(
                Silence(id=old.id, agency=old.agency, rule=old.rule, starts_at=old.starts_at, ends_at=ended, owner=old.owner, reason=old.reason)
            )
            ctx.state.add_audit(now, this_user(), "silence_end", old.id)
        click.echo(say(f"{old.id[:8]}: diakhiri.", f"{old.id[:8]}: ended."))


def _moment(option: str, text: str, zone: ZoneInfo) -> datetime:
    try:
        return parse_time(text, zone)
    except ValueError as exc:
        raise click.BadParameter(say(f"{text!r} bukan waktu", f"{text!r} is no time"), param_hint=option) from exc


def _line(ctx: Context, silence: Silence) -> str:
    name = "silences.yml" if silence.id.startswith("config:") else silence.id[:8]
    agency = ctx.config.agencies.get(silence.agency)
    zone_name = agency.timezone if agency else "Asia/Jakarta"
    zone = ZoneInfo(zone_name)
    times = f"{silence.starts_at.astimezone(zone):%d-%m-%Y %H.%M}–{silence.ends_at.astimezone(zone):%d-%m-%Y %H.%M} {zone_label(zone_name)}"
    return f"{name:<12} {silence.agency} {silence.rule}  {times}  {silence.owner}: {silence.reason}"
