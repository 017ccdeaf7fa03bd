"""`kentongan search`: stored mentions, without any private person's name."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from kentongan.errors import ConfigError, InputError
from kentongan.pipeline.cli.detect import moment
from kentongan.pipeline.quotes import quote
from kentongan.pipeline.wiring import Context, open_context
from kentongan.places import places
from kentongan.ports import MentionQuery
from kentongan.records import AuthorKind, ScoredMention, Window
from kentongan.settings import read_settings
from kentongan.words import number, say

LABELS = {"negative": "negatif", "neutral": "netral", "positive": "positif"}


@click.command("search", help=say(
    "Cari sebutan; kata digabung DAN, \"frasa\", -kecuali, awalan*.\n\n\b\nContoh:\n  kentongan search 'listrik padam' --agency pln\n"
    "  kentongan search '\"bansos 2 juta\"' --hoax --json",
    "Search mentions; words are ANDed, \"phrases\", -not, prefix*.\n\n\b\nExamples:\n  kentongan search 'listrik padam' --agency pln\n"
    "  kentongan search '\"bansos 2 juta\"' --hoax --json",
))  # fmt: skip
@click.argument("words", nargs=-1)
@click.option("--agency", default="", metavar="SLUG")
@click.option("--label", type=click.Choice(["negative", "neutral", "positive"]), help=say("Sentimen", "Sentiment"))
@click.option("--hoax", is_flag=True, help=say("Hanya dugaan hoaks (0,5 ke atas)", "Likely hoaxes only (0.5 and up)"))
@click.option("--source", default="", metavar="NAME")
@click.option(
    "--place",
    default="",
    metavar="NAME",
    help=say("Provinsi, kabupaten, atau kota, mis. 'Jawa Barat'", "Province, regency or city, e.g. 'Jawa Barat'"),
)
@click.option("--who", type=click.Choice([str(kind) for kind in AuthorKind]), help=say("Siapa yang berbicara", "Who speaks"))
@click.option(
    "--facet",
    type=click.Choice(["place", "who", "topic"]),
    help=say("Hitung menurut tempat, penutur, atau topik", "Count by place, speaker or topic"),
)
@click.option("--since", callback=moment, metavar="TIME", help=say("Terbit sejak", "Published since"))
@click.option("--until", callback=moment, metavar="TIME", help=say("Terbit sebelum", "Published before"))
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help=say("Satu objek JSON per baris", "One JSON object a line"))
@click.option("--db", type=click.Path(exists=True, dir_okay=False), help=say("Berkas basis data", "Database file"))
def command(
    words: tuple[str, ...], agency: str, label: str | None, hoax: bool, source: str, place: str, who: str | None, facet: str | None,
    since: datetime | None, until: datetime | None, limit: int, as_json: bool, db: str | None,
) -> int:  # fmt: skip
    """Exit code 0 also when nothing was found."""
    from pathlib import Path

    window = Window(start=since or datetime(2000, 1, 1, tzinfo=UTC), end=until or datetime(2100, 1, 1, tzinfo=UTC)) if since or until else None
    query = MentionQuery(
        text=" ".join(words),
        agency=agency,
        label=label or "",
        hoax_at_least=0.5 if hoax else None,
        source=source,
        window=window,
        place=_place(place),
        author_kind=who or "",
    )
    with open_context(read_settings(database=Path(db) if db else None)) as ctx:
        if agency and agency not in ctx.config.agencies:
            raise ConfigError(say(f"tidak ada instansi {agency!r}; lihat `kentongan agencies`", f"no agency {agency!r}; see `kentongan agencies`"))
        if facet:
            return _facets(ctx, query, facet, as_json)
        total, found = _found(ctx, query, limit)
        for item in found:
            click.echo(_json_line(item) if as_json else _lines(ctx, item))
        click.echo(say(f"{number(total)} sebutan ditemukan", f"{number(total)} mentions found"), err=True)
    return 0


def _place(asked: str) -> str:
    code = places().code_of(asked) if asked else ""
    if asked and not code:
        raise InputError(
            say(f"--place: {asked!r} bukan nama atau kode daerah; mis. 'Kota Bandung', 'Jabar', 32.73",
                f"--place: {asked!r} is no name or code of a region; e.g. 'Kota Bandung', 'Jabar', 32.73")
        )  # fmt: skip
    return code


def _facets(ctx: Context, query: MentionQuery, facet: str, as_json: bool) -> int:
    """Counts of all matches, busiest first; reads each match once."""
    counts: Counter[str] = Counter()
    for item in ctx.mentions.scan(query):
        values = {"place": item.mention.places, "who": (str(item.mention.author.kind),), "topic": item.score.topics}[facet]
        counts.update(values)
    for value, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        named = places().name_of(value) if facet == "place" else value
        click.echo(json.dumps({"value": value, "name": named, "count": count}, ensure_ascii=False) if as_json else f"{number(count):>9}  {named}")
    return 0


def _found(ctx: Context, query: MentionQuery, limit: int) -> tuple[int, Iterator[ScoredMention]]:
    page = ctx.mentions.search(query, limit=min(limit, 500))

    def items() -> Iterator[ScoredMention]:
        left, current = limit, page
        while True:
            yield from current.mentions[:left]
            left -= len(current.mentions)
            if left <= 0 or not current.after:
                return
            current = ctx.mentions.search(query, limit=min(left, 500), after=current.after)

    return page.total, items()


def _json_line(item: ScoredMention) -> str:
    """What may leave: no author, no handle, an address only where it names no private person."""
    shown = quote(item)
    m, s = item.mention, item.score
    return json.dumps({
        "id": m.id, "published_at": m.published_at.isoformat(), "source": m.source, "platform": m.platform, "category": m.category,
        "agencies": list(m.agencies), "text": shown.text, "url": shown.url, "lang": s.lang, "sentiment": s.sentiment.label,
        "sentiment_score": round(s.sentiment.score, 3), "hoax_likelihood": round(s.hoax.likelihood, 3), "topics": list(s.topics),
        "places": list(m.places), "who": str(m.author.kind),
        "labels": dict(item.labels),
    }, ensure_ascii=False)  # fmt: skip


def _lines(ctx: Context, item: ScoredMention) -> str:
    shown = quote(item)
    m = item.mention
    agency = ctx.config.agencies.get(m.agencies[0]) if m.agencies else None
    local = m.published_at.astimezone(ZoneInfo(agency.timezone if agency else "Asia/Jakarta"))
    label = item.label_for(m.agencies[0] if m.agencies else "")
    hoax = f" · {say('hoaks', 'hoax')} {item.score.hoax.likelihood:.0%}" if item.is_hoax() else ""
    hoax += f" · {say('diperbaiki', 'corrected')}" if any(item.labels.values()) else ""
    head = f"{local:%d-%m-%Y %H.%M} · {m.source} · {', '.join(m.agencies)} · {say(LABELS[label], label)}{hoax}"
    return "\n".join([head, f"  {shown.text}", "  " + " · ".join(part for part in (m.id, shown.url) if part), ""])
