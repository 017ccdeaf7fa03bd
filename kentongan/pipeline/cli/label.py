"""`kentongan label`: a person's word against the machine's, and what people said as training data."""

from __future__ import annotations

import uuid
from pathlib import Path

import click

from kentongan.errors import InputError
from kentongan.pipeline.absorb import NO_AGENCY
from kentongan.pipeline.cli.person import by_option
from kentongan.pipeline.corrections import correct, export
from kentongan.pipeline.wiring import Context, open_context
from kentongan.problems import nearest
from kentongan.records import ScoredMention
from kentongan.settings import read_settings
from kentongan.words import number, say

AUTO = "auto"
WORDS = {"negative": "negatif", "neutral": "netral", "positive": "positif"}


@click.command("label", help=say(
    "Perbaiki label sebutan. Kata petugas menang atas mesin, bertahan bila dinilai ulang, ikut dihitung. `auto`: tarik lagi.\n\n"
    "\b\nContoh:\n  kentongan label 0b6f4c1e-8d0a-5c57-9a35-2f6f0f3f7c11 --sentiment neutral --hoax no\n"
    "  kentongan label 0b6f4c1e-8d0a-5c57-9a35-2f6f0f3f7c11 --sentiment negative --for pln\n"
    "  kentongan label 0b6f4c1e-8d0a-5c57-9a35-2f6f0f3f7c11 --agency pln\n  kentongan label --export koreksi.csv",
    "Correct the labels of mentions. A person's word wins over the machine's, survives rescoring, and is counted. `auto` takes it back.\n\n"
    "\b\nExamples:\n  kentongan label 0b6f4c1e-8d0a-5c57-9a35-2f6f0f3f7c11 --sentiment neutral --hoax no\n"
    "  kentongan label 0b6f4c1e-8d0a-5c57-9a35-2f6f0f3f7c11 --sentiment negative --for pln\n"
    "  kentongan label 0b6f4c1e-8d0a-5c57-9a35-2f6f0f3f7c11 --agency pln\n  kentongan label --export corrections.csv",
))  # fmt: skip
@click.argument("ids", nargs=-1)
@click.option("--sentiment", type=click.Choice([*WORDS, AUTO]), help=say("Sentimen", "Sentiment"))
@click.option("--for", "about", default="", metavar="SLUG", help=say("Sentimen hanya bagi instansi ini", "The sentiment for this agency only"))
@click.option("--hoax", type=click.Choice(["yes", "no", AUTO]), help=say("Hoaks atau bukan", "Hoax or not"))
@click.option(
    "--agency", "agencies", multiple=True, metavar="SLUG|none|auto", help=say("Tentang siapa; boleh berulang", "About whom; may be repeated")
)
@click.option(
    "--export",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    help=say("Tulis perbaikan ke CSV ini", "Write corrections to this CSV"),
)
@click.option("--with-text", is_flag=True, help=say("Sertakan teks yang sudah disamarkan", "With the masked texts"))
@click.option("--db", type=click.Path(path_type=Path, exists=True, dir_okay=False), help=say("Berkas basis data", "Database file"))
@by_option
def command(
    ids: tuple[str, ...], sentiment: str | None, about: str, hoax: str | None, agencies: tuple[str, ...], target: Path | None, with_text: bool,
    db: Path | None, by: str,
) -> int:  # fmt: skip
    """Exit code 1 when an id is not stored."""
    said = {}
    if sentiment:
        said[f"sentiment:{about}" if about else "sentiment"] = _value(sentiment)
    if hoax:
        said["hoax"] = _value(hoax)
    if agencies:
        said["agency"] = _value(",".join(sorted(set(agencies))))
    if bool(target) == bool(ids):
        raise click.UsageError(
            say("sebutkan id sebutan (lihat `kentongan search`), atau --export BERKAS", "name mention ids (see `kentongan search`), or --export FILE")
        )
    if ids and not said:
        raise click.UsageError(say("katakan --sentiment, --hoax, atau --agency", "say --sentiment, --hoax or --agency"))
    if (about and not sentiment) or (with_text and not target) or (target and said):
        raise click.UsageError(
            say(
                "--for butuh --sentiment; --with-text butuh --export; --export berdiri sendiri",
                "--for needs --sentiment; --with-text needs --export; --export stands alone",
            )
        )
    with open_context(read_settings(database=db)) as ctx:
        if target:
            done = export(ctx, target, with_text=with_text)
            click.echo(say(f"{target}: {number(done)} sebutan yang diperbaiki", f"{target}: {number(done)} corrected mentions"))
            return 0
        _check(ctx, agencies, about)
        found, unknown = correct(ctx, [_mention_id(one) for one in dict.fromkeys(ids)], said, by)
        for item in found:
            click.echo(_line(item))
    for one in unknown:
        click.echo(say(f"{one}: tidak tersimpan; periksa idnya dan --db", f"{one}: not stored; check the id and --db"), err=True)
    return 1 if unknown else 0


def _value(text: str) -> str:
    return "" if text == AUTO else text


def _check(ctx: Context, agencies: tuple[str, ...], about: str) -> None:
    for slug in (*agencies, *([about] if about else [])):
        alone = slug in (NO_AGENCY, AUTO) and slug != about
        if alone and len(set(agencies)) > 1:
            raise InputError(say(f"--agency {slug} berdiri sendiri", f"--agency {slug} stands alone"))
        if not alone and slug not in ctx.config.agencies:
            raise InputError(say(f"tidak ada instansi {slug!r}", f"no agency {slug!r}") + nearest(slug, ctx.config.agencies))


def _mention_id(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as exc:
        what = say(f"{text!r} bukan id sebutan; salin dari `kentongan search`", f"{text!r} is no mention id; copy it from `kentongan search`")
        raise click.BadParameter(what, param_hint="ID") from exc


def _line(item: ScoredMention) -> str:
    """How it counts now."""
    each = (f"{slug} {say(WORDS[label], label)}" for slug in item.mention.agencies for label in [item.label_for(slug)])
    hoax = say("hoaks", "hoax") if item.is_hoax() else say("bukan hoaks", "no hoax")
    return f"{item.mention.id}: {', '.join(each) or say('tentang tidak satu pun instansi', 'about no agency')}; {hoax}"
