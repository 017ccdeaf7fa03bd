"""A `MentionQuery` as a query of Elasticsearch, with the meaning it has in SQLite."""

from __future__ import annotations

import unicodedata
from typing import Any

from kentongan.errors import InputError
from kentongan.ports import MentionQuery
from kentongan.store.elastic_documents import LABELS
from kentongan.store.query_text import Term, parse_query
from kentongan.store.sqlite_file import to_us
from kentongan.words import say

Json = dict[str, Any]
NEWEST_FIRST = [{"published_us": "desc"}, {"id": "desc"}]
OLDEST_FIRST = [{"published_us": "asc"}, {"id": "asc"}]

_EXACT = ["text.exact", "title.exact"]
_MOST_EXPANSIONS = 1000  # words that `"mati lam"*` may end in; a single `lam*` has no such bound


def build_query(query: MentionQuery) -> Json:
    """The query, all of it in filter context, as results are ordered by time. Raises InputError for a text or label not understood."""
    text = parse_query(query.text)
    if text.hopeless:
        return {"match_none": {}}
    conditions: list[Json] = [_any_form(term) if term.forms else _occurs(term) for term in text.wanted]
    for field, value in (
        ("agencies", query.agency),
        ("category", str(query.category)),
        ("source", query.source),
        ("platform", query.platform),
        ("cluster_id", query.cluster_id),
        ("hoax.claim_id", query.claim_id),
        ("lang", query.lang),
        ("places", query.place),
        ("author.kind", str(query.author_kind)),
    ):
        if value:
            conditions.append({"term": {field: value}})
    if query.label:
        conditions.append(_label(query))
    if query.window is not None:
        conditions.append({"range": {"published_us": {"gte": to_us(query.window.start), "lt": to_us(query.window.end)}}})
    if query.hoax_at_least is not None:
        conditions.append({"range": {"hoax_counted": {"gte": query.hoax_at_least}}})
    if query.official is not None:
        conditions.append({"term": {"official": query.official}})
    for field, listed in (("parent_id", query.parent_ids), ("author.key", query.author_keys)):
        if listed:
            conditions.append({"terms": {field: [value for value in listed if value]}})
    return {"bool": {"filter": conditions, "must_not": [_occurs(term) for term in text.excluded]}}


def _label(query: MentionQuery) -> Json:
    if query.label not in LABELS:
        raise InputError(
            say(
                f"label {query.label!r} tidak dikenal; pakai negative, neutral atau positive",
                f"unknown label {query.label!r}; use negative, neutral or positive",
            )
        )
    return {"term": {f"{query.label}_about": query.agency}} if query.agency else {"term": {"label": query.label}}


def _any_form(term: Term) -> Json:
    """One of the forms of a word: looked up as they are, as `forms` folds them like the exact fields; those of several words are phrases."""
    single = [form for form in term.forms if form.isascii() and form.isalnum()]
    phrases = [Term(text=form) for form in term.forms if form not in single]
    return {"bool": {"should": [*({"terms": {field: single}} for field in _EXACT if single), *map(_occurs, phrases)]}}


def _occurs(term: Term) -> Json:
    """The words as typed."""
    if not term.prefix:
        return {"multi_match": {"query": term.text, "type": "phrase", "fields": _EXACT}}  # `e-KTP` is the phrase "e ktp", as it was indexed
    begin = _folded(term.text)
    if begin.isalnum():
        return {"bool": {"should": [{"prefix": {field: {"value": begin}}} for field in _EXACT]}}
    return {"multi_match": {"query": term.text, "type": "phrase_prefix", "fields": _EXACT, "max_expansions": _MOST_EXPANSIONS}}


def _folded(word: str) -> str:
    """Lower case without diacritics, as the exact fields keep words: a `prefix` query is not analysed by the server."""
    return "".join(char for char in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(char))


def page_mark(sort: list[Any]) -> str:
    """The opaque `after` that begins the next page behind the mention with these sort values."""
    return f"{sort[0]}.{sort[1]}"


def read_mark(after: str) -> list[Any]:
    """What `page_mark` wrote. Raises InputError."""
    published, _, mention_id = after.partition(".")
    try:
        return [int(published), mention_id]
    except ValueError:
        raise InputError(
            say(f"penanda halaman {after!r} tidak sah; mulai lagi tanpa penanda", f"page mark {after!r} is not valid; begin again without it")
        ) from None


def counting(terms: list[str], earliest_us: int, latest_us: int) -> Json:
    """The search that counts these bins exactly: one aggregation per measure, each over just the bins asked for.

    Exact on any number of shards: every shard returns each of the named bins.
    """

    def per_bin(field: str) -> Json:
        return {"terms": {"field": field, "include": terms, "size": len(terms), "min_doc_count": 1, "execution_hint": "map"}}

    return {
        "size": 0,
        "track_total_hits": False,
        "query": {"bool": {"filter": [{"range": {"published_us": {"gte": earliest_us, "lt": latest_us}}}, {"terms": {"bins": terms}}]}},
        "aggs": {measure: per_bin(field) for measure, field in MEASURES.items()},
    }


MEASURES = {"total": "bins", "negative": "bins_negative", "positive": "bins_positive", "hoax": "bins_hoax"}
