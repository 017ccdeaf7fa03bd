"""`kentongan agencies`: who is listened for, and what a text is attributed to and why."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

import click

from kentongan.agencies import Attributor, Span
from kentongan.clock import zone_label
from kentongan.config import AgencyConfig, load_config
from kentongan.settings import read_settings
from kentongan.text import clean, mask_handles, mask_personal
from kentongan.words import say

HOW = {
    "alias": ("alias", "alias"),
    "handle": ("akun", "account"),
    "hashtag": ("tagar", "hashtag"),
    "spelling": ("salah ketik", "typing slip"),
}


@click.group("agencies", invoke_without_command=True, help=say(
    "Daftar instansi; `try` menunjukkan sebuah teks tentang siapa dan mengapa.\n\n\b\n"
    "Contoh:\n  kentongan agencies\n  kentongan agencies --json\n  kentongan agencies try \"listrik mati lagi @pln_123\"",
    "List agencies; `try` shows whom a text is about and why.\n\n\b\n"
    "Examples:\n  kentongan agencies\n  kentongan agencies --json\n  kentongan agencies try \"listrik mati lagi @pln_123\"",
))  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help=say("Satu objek JSON per baris", "One JSON object a line"))
@click.pass_context
def command(context: click.Context, as_json: bool) -> None:
    """Without a sub-command: the list."""
    if context.invoked_subcommand is not None:
        return
    for slug, agency in load_config(read_settings().config).agencies.items():
        if as_json:
            click.echo(json.dumps({**agency.model_dump(mode="json"), "slug": slug}, ensure_ascii=False))
        else:
            accounts = ", ".join(sorted({f"@{handle}" for platform, handle in agency.accounts() if platform == "x"})) or "-"
            count = f"{len(agency.aliases)} alias"
            click.echo(f"{slug:<16} {agency.name:<48} {zone_label(agency.timezone):<5} {agency.slack_channel or '-':<20} {count:<9} {accounts}")


@command.command(
    "try",
    help=say("Tentang instansi mana teks ini, dan mengapa (- = baca masukan standar)", "Whom this text is about, and why (- = read standard input)"),
)
@click.argument("text")
@click.option("--title", default="", help=say("Judul, bila ada", "Title, if any"))
@click.option("--json", "as_json", is_flag=True, help=say("Keluaran JSON", "JSON output"))
def try_text(text: str, title: str, as_json: bool) -> int:
    """Exit code 1 when it is about no agency."""
    agencies = load_config(read_settings().config).agencies
    hotlines = frozenset(line for agency in agencies.values() for line in agency.hotlines)
    content = mask_personal(clean(sys.stdin.read() if text == "-" else text), hotlines)
    joined = f"{mask_personal(clean(title), hotlines)}\n{content}" if title else content
    spans = Attributor(agencies).explain(joined)
    slugs = sorted({span.agency for span in spans})
    if as_json:
        places = [
            {"agency": s.agency, "start": s.start, "end": s.end, "written": joined[s.start : s.end], "alias": s.alias, "how": s.how} for s in spans
        ]
        click.echo(json.dumps({"agencies": slugs, "text": joined, "spans": places}, ensure_ascii=False))
        return 0 if slugs else 1
    click.echo(f"{say('Teks', 'Text')}: {mask_handles(joined, _official(agencies))}")
    if not slugs:
        click.echo(say("Tidak tentang instansi mana pun yang terdaftar.", "About no listed agency."))
        return 1
    for slug in slugs:
        click.echo(f"{slug} ({agencies[slug].name})")
        for span in spans:
            if span.agency == slug:
                click.echo(f"  {_reason(joined, span)}")
    return 0


def _official(agencies: Mapping[str, AgencyConfig]) -> frozenset[str]:
    return frozenset(handle for agency in agencies.values() for _, handle in agency.accounts())


def _reason(text: str, span: Span) -> str:
    written = text[span.start : span.end]
    return f"{span.start}-{span.end} {written!r} = {say(*HOW[span.how])} {span.alias!r}"
