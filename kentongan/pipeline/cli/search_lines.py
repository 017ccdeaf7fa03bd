"""How `kentongan search` shows what it found: lines for people, JSON lines and CSV for programs. No author, no handle, no address of a person."""

from __future__ import annotations

import csv
import io
import json
from zoneinfo import ZoneInfo

import click

from kentongan.pipeline.quotes import QUOTE_CHARS, quotable, quote
from kentongan.pipeline.wiring import Context
from kentongan.places import places
from kentongan.records import ScoredMention
from kentongan.store.matches import matches
from kentongan.store.query_text import QueryText
from kentongan.text import excerpt, no_formula
from kentongan.words import say

LABELS = {"negative": "negatif", "neutral": "netral", "positive": "positif"}
COLUMNS = (
    "id", "published_at", "source", "platform", "category", "agencies", "text", "url", "lang", "sentiment", "sentiment_score", "hoax_likelihood",
    "topics", "places", "place_names", "who", "sentiment_by_agency", "hoax", "labels",
)  # fmt: skip
_LEAD = 60  # characters shown before the first match of a long text


def snippet(text: str, query: QueryText) -> str:
    """One line of the text around the first match."""
    line = " ".join(text.split())
    if len(line) <= QUOTE_CHARS:
        return line
    found = matches(line, query)
    start = max(0, found[0][0] - _LEAD) if found else 0
    if start and (blank := line.find(" ", start)) >= 0:
        start = min(blank + 1, found[0][0])
    return ("… " if start else "") + excerpt(line[start:], QUOTE_CHARS)


def lit(line: str, query: QueryText) -> str:
    """The line with what was found in bold; a file or a pipe gets it plain."""
    pieces, at = [], 0
    for start, end in matches(line, query):
        pieces += [line[at:start], click.style(line[start:end], bold=True)]
        at = end
    return "".join(pieces) + line[at:]


def for_people(ctx: Context, item: ScoredMention, query: QueryText, about: str = "") -> str:
    """Three lines: when, where, about whom; the words; the id. about: the agency that was asked for, whose sentiment is told; else each one's."""
    m = item.mention
    agency = ctx.config.agencies.get(m.agencies[0]) if m.agencies else None
    local = m.published_at.astimezone(ZoneInfo(agency.timezone if agency else "Asia/Jakarta"))
    parts = [f"{local:%d-%m-%Y %H.%M}", m.source, ", ".join(m.agencies), _felt(item, about)]
    if item.is_hoax():
        parts.append(say("hoaks", "hoax") + ("" if item.labels.get("hoax") else f" {item.score.hoax.likelihood:.0%}"))
    if any(item.labels.values()):
        parts.append(say("diperbaiki", "corrected"))
    if narrow := [code for code in m.places if not any(other != code and other.startswith(code) for other in m.places)]:
        parts.append(", ".join(map(places().name_of, narrow)))
    below = " · ".join(part for part in (m.id, quote(item).url) if part)
    return "\n".join([" · ".join(parts), f"  {lit(snippet(quotable(item), query), query)}", f"  {below}", ""])


def _felt(item: ScoredMention, about: str) -> str:
    """The sentiment that counts: of the agency asked for, or of all where they agree, else of each."""
    slugs = [about] if about in item.mention.agencies else item.mention.agencies
    each = {slug: say(LABELS[label], label) for slug in slugs for label in [item.label_for(slug)]}
    if len(set(each.values())) < 2:
        return next(iter(each.values()), say(LABELS[item.label_for("")], item.label_for("")))
    return ", ".join(f"{slug} {label}" for slug, label in each.items())


def _fields(item: ScoredMention, query: QueryText) -> dict[str, object]:
    """What counts (sentiment, sentiment_by_agency, hoax: a person's word wins), and what the machine measured (the scores)."""
    m, s = item.mention, item.score
    return {
        "id": m.id, "published_at": m.published_at.isoformat(), "source": m.source, "platform": m.platform, "category": str(m.category),
        "agencies": list(m.agencies), "text": snippet(quotable(item), query), "url": quote(item).url, "lang": s.lang, "sentiment": item.label_for(""),
        "sentiment_score": round(s.sentiment.score, 3), "hoax_likelihood": round(s.hoax.likelihood, 3), "topics": list(s.topics),
        "places": list(m.places), "place_names": [places().name_of(code) for code in m.places], "who": str(m.author.kind),
        "sentiment_by_agency": {slug: item.label_for(slug) for slug in m.agencies}, "hoax": item.is_hoax(), "labels": dict(item.labels),
    }  # fmt: skip


def as_json(item: ScoredMention, query: QueryText) -> str:
    """One JSON object; `matches`: the words that were found, as they are written in `text`."""
    shown = _fields(item, query)
    text = str(shown["text"])
    return json.dumps({**shown, "matches": [text[start:end] for start, end in matches(text, query)]}, ensure_ascii=False)


def csv_head() -> str:
    """The line of column names."""
    return ",".join(COLUMNS)


def as_csv(item: ScoredMention, query: QueryText) -> str:
    """One line of CSV. Lists are parted by blanks, names by semicolons; what a spreadsheet would run as a formula begins with an apostrophe."""
    shown = _fields(item, query)
    cells = []
    for column in COLUMNS:
        value = shown[column]
        cell: object = value
        if isinstance(value, dict):
            cell = " ".join(f"{name}={one}" for name, one in value.items())
        elif isinstance(value, list):
            cell = ("; " if column == "place_names" else " ").join(map(str, value))
        cells.append(no_formula(cell) if isinstance(cell, str) else cell)
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()
