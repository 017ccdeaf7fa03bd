"""`kentongan search`: stored mentions, without any private person's name."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import click

from kentongan.emerging import count_terms, emerging
from kentongan.errors import ConfigError, InputError
from kentongan.pipeline.cli import search_lines as lines
from kentongan.pipeline.cli.detect import moment
from kentongan.pipeline.wiring import Context, open_context
from kentongan.places import places
from kentongan.ports import MentionQuery
from kentongan.records import AuthorKind, Category, ScoredMention, Window
from kentongan.settings import read_settings
from kentongan.store.query_text import parse_query
from kentongan.words import number, say

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # where no beginning is asked for
DAY, PAST = timedelta(days=1), timedelta(days=7)
EMERGING = 20


class _Words(click.Command):
    """`-medan` is a word that must not occur, not a row of short options (there are none but -h)."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" not in args:
            words = [arg for arg in args if len(arg) > 1 and arg[0] == "-" and arg[1] != "-" and arg != "-h"]
            args = [arg for arg in args if arg not in words] + (["--", *words] if words else [])
        return super().parse_args(ctx, args)


@click.command("search", cls=_Words, help=say(
    "Cari sebutan, yang terbaru lebih dulu. Tiap kata harus ada, dalam bentuk apa pun (padam: pemadaman, dipadamkan; gk: tidak; ktp-el: e-KTP). "
    "\"Frasa\" persis seperti diketik, -kecuali, awalan*.\n\n\b\nContoh:\n  kentongan search 'listrik padam' --agency pln\n"
    "  kentongan search pemadaman -medan --place Jabar --since 2026-03-01\n  kentongan search '\"bansos 2 juta\"' --hoax --json\n"
    "  kentongan search pungli --all --csv > pungli.csv",
    "Search mentions, newest first. Each word must occur, in any form (padam: pemadaman, dipadamkan; gk: tidak; ktp-el: e-KTP). "
    "\"Phrases\" exactly as typed, -not, prefix*.\n\n\b\nExamples:\n  kentongan search 'listrik padam' --agency pln\n"
    "  kentongan search pemadaman -medan --place Jabar --since 2026-03-01\n  kentongan search '\"bansos 2 juta\"' --hoax --json\n"
    "  kentongan search pungli --all --csv > pungli.csv",
))  # fmt: skip
@click.argument("words", nargs=-1)
@click.option("--agency", default="", metavar="SLUG", help=say("Instansi (lihat `kentongan agencies`)", "Agency (see `kentongan agencies`)"))
@click.option("--label", "--sentiment", "label", type=click.Choice(["negative", "neutral", "positive"]), help=say("Sentimen", "Sentiment"))
@click.option("--hoax", is_flag=True, help=say("Hanya dugaan hoaks (0,5 ke atas)", "Likely hoaxes only (0.5 and up)"))
@click.option("--source", default="", metavar="NAME", help=say("Nama sumber, mis. antara", "Name of a source, e.g. antara"))
@click.option("--platform", default="", metavar="NAME", help=say("Tempat unggahan, mis. mastodon, web", "Where it was posted, e.g. mastodon, web"))
@click.option("--category", type=click.Choice([str(kind) for kind in Category]), help=say("Jenis media", "Kind of medium"))
@click.option(
    "--place",
    default="",
    metavar="NAME",
    help=say("Provinsi, kabupaten, atau kota, mis. 'Jawa Barat'", "Province, regency or city, e.g. 'Jawa Barat'"),
)
@click.option("--who", type=click.Choice([str(kind) for kind in AuthorKind]), help=say("Siapa yang berbicara", "Who speaks"))
@click.option(
    "--facet",
    type=click.Choice(["place", "who", "topic", "emerging"]),
    help=say(
        "Hitung menurut tempat, penutur, atau topik; emerging: kata yang baru ramai (bawaan: sehari terakhir) dibanding tujuh hari sebelumnya",
        "Count by place, speaker or topic; emerging: words newly talked about (default: the last day) against the seven days before",
    ),
)
@click.option("--since", callback=moment, metavar="TIME", help=say("Terbit sejak", "Published since"))
@click.option("--until", callback=moment, metavar="TIME", help=say("Terbit sebelum", "Published before"))
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help=say("Sebanyak ini paling banyak", "At most so many"))
@click.option("--after", default="", metavar="MARK", help=say("Lanjutkan dari penanda halaman sebelumnya", "Go on from the mark of the page before"))
@click.option("--all", "everything", is_flag=True, help=say("Semua yang cocok, yang terlama lebih dulu", "All matches, oldest first"))
@click.option("--json", "as_json", is_flag=True, help=say("Satu objek JSON per baris", "One JSON object a line"))
@click.option("--csv", "as_csv", is_flag=True, help=say("CSV untuk lembar kerja", "CSV for a spreadsheet"))
@click.option("--db", type=click.Path(exists=True, dir_okay=False), help=say("Berkas basis data", "Database file"))
def command(
    words: tuple[str, ...], agency: str, label: str | None, hoax: bool, source: str, platform: str, category: str | None, place: str, who: str | None,
    facet: str | None, since: datetime | None, until: datetime | None, limit: int, after: str, everything: bool, as_json: bool, as_csv: bool,
    db: str | None,
) -> int:  # fmt: skip
    """Exit code 0 also when nothing was found."""
    from pathlib import Path

    query = MentionQuery(
        text=" ".join(words),
        agency=agency,
        label=label or "",
        hoax_at_least=0.5 if hoax else None,
        source=source,
        platform=platform,
        category=category or "",
        window=_window(since, until),
        place=_place(place),
        author_kind=who or "",
    )
    parsed = parse_query(query.text)
    if everything and after:
        raise InputError(say("--all sudah mencakup semuanya; lepaskan --after", "--all brings everything; leave --after out"))
    with open_context(read_settings(database=Path(db) if db else None)) as ctx:
        if agency and agency not in ctx.config.agencies:
            raise ConfigError(say(f"tidak ada instansi {agency!r}; lihat `kentongan agencies`", f"no agency {agency!r}; see `kentongan agencies`"))
        if facet == "emerging":
            return _emerging(ctx, query, as_json)
        if facet:
            return _facets(ctx, query, facet, as_json)
        if as_csv:
            click.echo(lines.csv_head())
        pages = _Pages(ctx, query, limit, after)
        count = 0
        for count, item in enumerate(ctx.mentions.scan(query) if everything else pages, 1):  # noqa: B007  # told below
            click.echo(
                lines.as_csv(item, parsed) if as_csv else lines.as_json(item, parsed) if as_json else lines.for_people(ctx, item, parsed, agency)
            )
        _tell(count if everything else pages.total, pages.after)
    return 0


def _tell(total: int, after: str) -> None:
    click.echo(say(f"{number(total)} sebutan ditemukan", f"{number(total)} mentions found"), err=True)
    if after:
        click.echo(say(f"lanjutkan dengan --after {after}", f"go on with --after {after}"), err=True)
    if not total:
        what = say(
            "longgarkan saringan, atau pakai lebih sedikit kata; isi basis data: `kentongan status`",
            "loosen the filters or use fewer words; what is stored: `kentongan status`",
        )
        click.echo(what, err=True)


def _window(since: datetime | None, until: datetime | None) -> Window | None:
    if since and until and since >= until:
        raise InputError(say("--since harus lebih awal daripada --until", "--since must be earlier than --until"))
    return Window(start=since or EARLIEST, end=until or datetime(2100, 1, 1, tzinfo=UTC)) if since or until else None


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


def _emerging(ctx: Context, query: MentionQuery, as_json: bool) -> int:
    """Words that rose against the seven days before among the same kind of mentions; reads each mention once."""
    window = query.window or Window(start=ctx.clock.now() - DAY, end=ctx.clock.now())
    if window.start <= EARLIEST:
        window = replace(window, start=window.end - DAY)
    past = Window(start=window.start - PAST, end=window.start)
    now, before = (
        count_terms((s.mention.text, s.mention.cluster_id, s.mention.author.key) for s in ctx.mentions.scan(replace(query, window=one)))
        for one in (window, past)
    )
    own = ctx.config.agencies[query.agency].own_words() if query.agency else ()
    for one in emerging(now, before, ignore=own, limit=EMERGING):
        told = {"value": one.term, "count": one.texts, "share": round(one.share, 4), "past_share": round(one.past_share, 4)}
        click.echo(json.dumps(told, ensure_ascii=False) if as_json else f"{number(one.texts):>9}  {one.term}")
    told_id = f"{number(now.texts)} teks berbeda, dibanding {number(before.texts)} dari tujuh hari sebelumnya"
    told_en = f"{number(now.texts)} different texts, against {number(before.texts)} of the seven days before"
    click.echo(say(told_id, told_en), err=True)
    return 0


class _Pages:
    """The newest `limit` matches behind a mark, page by page. `after`, at the end: the mark behind the last one shown, "" = no more."""

    def __init__(self, ctx: Context, query: MentionQuery, limit: int, after: str) -> None:
        self._ctx, self._query, self._limit, self.after = ctx, query, limit, after
        self.total = 0

    def __iter__(self) -> Iterator[ScoredMention]:
        left = self._limit
        while left > 0:
            page = self._ctx.mentions.search(self._query, limit=min(left, 500), after=self.after)
            self.total, self.after = page.total, page.after
            yield from page.mentions
            left -= len(page.mentions)
            if not page.after:
                return
