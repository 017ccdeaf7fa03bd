"""A `MentionQuery` as SQL over the tables of `mentions_rows`."""

from __future__ import annotations

from dataclasses import dataclass
from json import dumps
from typing import Any

from kentongan.errors import InputError
from kentongan.ports import MentionQuery
from kentongan.store.mentions_rows import LABEL_CODES
from kentongan.store.query_text import QueryText, Term, parse_query
from kentongan.store.sqlite_file import to_us
from kentongan.words import say

_MATCHING = "SELECT rowid FROM mention_text WHERE mention_text MATCH ?"


@dataclass(frozen=True, slots=True)
class Filter:
    """FROM and WHERE of a query. `time` and `no` name the columns that order it (an agency's list has its own)."""

    tables: str
    where: str
    values: tuple[Any, ...]
    time: str
    no: str
    impossible: bool = False  # nothing can match


def build_filter(query: MentionQuery) -> Filter:
    """The SQL of a query. Raises InputError when its text or label cannot be understood."""
    text = parse_query(query.text)
    lead = "a" if query.agency else "m"
    own: list[str] = []  # conditions on the leading table
    rest: list[str] = []  # conditions that need `mention`
    values: list[Any] = []
    more: list[Any] = []
    if query.agency:
        own.append("a.agency = ?")
        values.append(query.agency)
    if query.window is not None:
        own.append(f"{lead}.published >= ? AND {lead}.published < ?")
        values += [to_us(query.window.start), to_us(query.window.end)]
    if query.label:
        own.append(f"{lead}.label = ?")
        values.append(_label_code(query.label))
    for column, value in (
        ("category", query.category),
        ("source", query.source),
        ("platform", query.platform),
        ("cluster_id", query.cluster_id),
        ("claim_id", query.claim_id),
        ("lang", query.lang),
        ("author_kind", query.author_kind),
    ):
        if value:
            # The second condition lets SQLite use the partial index.
            rest.append(f"m.{column} = ?" + (" AND m.claim_id <> ''" if column == "claim_id" else ""))
            more.append(str(value))
    if query.place:
        rest.append("instr(m.places, ?)")
        more.append(f" {query.place} ")
    if query.hoax_at_least is not None:
        rest.append("m.hoax >= ?")
        more.append(query.hoax_at_least)
    if query.official is not None:
        rest.append("m.official_of <> ''" if query.official else "m.official_of = ''")
    for column, listed in (("parent_id", query.parent_ids), ("author_key", query.author_keys)):
        if listed:
            rest.append(f"m.{column} <> '' AND m.{column} IN (SELECT value FROM json_each(?))")  # noqa: S608  # our own names
            more.append(dumps(listed))
    _add_text(text, rest, more)
    few = bool(query.claim_id or query.parent_ids or (query.text and query.window is None))
    tables = _tables(bool(query.agency), bool(rest), few)
    return Filter(tables, " AND ".join(own + rest) or "1", tuple(values + more), f"{lead}.published", f"{lead}.no", text.hopeless)


def _tables(agency: bool, joined: bool, few: bool) -> str:
    """FROM. `few`: conditions on `mention` leave little, so it is read first (SQLite keeps the order of a CROSS JOIN); else the agency's list is."""
    if not agency:
        return "mention m"
    if not joined:
        return "mention_agency a"
    order = "mention m CROSS JOIN mention_agency a" if few else "mention_agency a CROSS JOIN mention m"
    return f"{order} ON m.no = a.no AND m.published = a.published"


def _add_text(text: QueryText, conditions: list[str], values: list[Any]) -> None:
    """On `mention`, whose rows are found by number: SQLite can start from the matches."""
    if text.wanted:
        match = " AND ".join(_fts_phrase(term) for term in text.wanted)
        if text.excluded:
            match = f"({match}) NOT ({' OR '.join(_fts_phrase(term) for term in text.excluded)})"
        conditions.append(f"m.no IN ({_MATCHING})")
        values.append(match)
    elif text.excluded:
        conditions.append(f"m.no NOT IN ({_MATCHING})")
        values.append(" OR ".join(_fts_phrase(term) for term in text.excluded))


def _fts_phrase(term: Term) -> str:
    """Quoted, so that nothing in it is an operator; `e-KTP` becomes the phrase `e KTP`, as it was indexed."""
    if term.forms:
        return "(" + " OR ".join(f'"{form}"' for form in term.forms) + ")"
    return '"' + term.text.replace('"', " ") + '"' + (" *" if term.prefix else "")


def _label_code(label: str) -> int:
    for name, code in LABEL_CODES.items():
        if name == label:
            return code
    raise InputError(
        say(f"label {label!r} tidak dikenal; pakai negative, neutral atau positive", f"unknown label {label!r}; use negative, neutral or positive")
    )


def page_mark(published_us: int, no: int) -> str:
    """The opaque `after` that begins the next page behind this mention."""
    return f"{published_us}.{no}"


def read_mark(after: str) -> tuple[int, int]:
    """What `page_mark` wrote. Raises InputError."""
    published, _, no = after.partition(".")
    try:
        return int(published), int(no)
    except ValueError:
        raise InputError(
            say(f"penanda halaman {after!r} tidak sah; mulai lagi tanpa penanda", f"page mark {after!r} is not valid; begin again without it")
        ) from None
