"""Scored mentions as documents of Elasticsearch, and back: every field of the record once, then what is derived from it.

The derived fields are there for searching and counting and are never read back, so that a document gives the identical record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from kentongan.clock import BIN
from kentongan.codec import from_plain
from kentongan.places import places
from kentongan.records import BinKey, Label, Mention, Score, ScoredMention
from kentongan.store.mending import storable
from kentongan.store.mentions_rows import fingerprint, hoax_as_counted
from kentongan.store.sqlite_file import from_us, to_us

LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")
_MENTION_FIELDS = tuple(field.name for field in fields(Mention))
_SCORE_FIELDS = tuple(field.name for field in fields(Score))
# An empty value of these is left out: the record's default brings it back, and "exists" in Kibana means what it says.
_OPTIONAL_MENTION = tuple(field.name for field in fields(Mention) if field.default in ("", (), None) or field.name == "metrics")
_NO_CLAIM = {"hoax": {"claim_id"}}
_MENTION, _SCORE = TypeAdapter(Mention), TypeAdapter(Score)
_BIN_S = int(BIN.total_seconds())


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """What `save` must know of a document to decide: read from columns, not from the document itself."""

    index: str
    version: int  # revised_at in microseconds
    fingerprint: str
    content_hash: str
    deleted: bool
    labels: Mapping[str, str]
    bins: frozenset[BinKey]


COLUMNS = ("id", "fingerprint", "content_hash", "deleted_at", "kept_labels", "bins")  # docvalue_fields of `stored`


def stored(hit: Mapping[str, Any]) -> tuple[str, Stored]:
    """(mention id, what is stored) of one hit that was asked for COLUMNS and its version."""
    columns = hit["fields"]
    kept = columns.get("kept_labels")
    found = Stored(
        index=hit["_index"],
        version=hit["_version"],
        fingerprint=columns["fingerprint"][0],
        content_hash=columns.get("content_hash", [""])[0],
        deleted="deleted_at" in columns,
        labels=json.loads(kept[0]) if kept else {},
        bins=frozenset(read_bin_term(term) for term in columns.get("bins", ())),
    )
    return columns["id"][0], found


def merge(new: ScoredMention, old: Stored) -> ScoredMention | None:
    """What is to be written over the stored document; None when that has nothing to gain.

    People's corrections stay; the very text of a post that was blanked does not come back through a late rescore or a second door.
    """
    if _mark(new) == old.fingerprint:
        return None
    merged = replace(new, labels={**old.labels, **new.labels}) if old.labels else new
    came_back = old.deleted and new.mention.deleted_at is None and new.mention.content_hash == old.content_hash
    return None if came_back or _mark(merged) == old.fingerprint else merged


def bin_term(key: BinKey) -> str:
    """The bin as one keyword, e.g. `pln|1772420400`."""
    return f"{key.agency}|{to_us(key.start) // 1_000_000}"


def read_bin_term(term: str) -> BinKey:
    """The bin of `bin_term`."""
    agency, _, seconds = term.rpartition("|")
    return BinKey(agency=agency, start=from_us(int(seconds) * 1_000_000))


def _mark(scored: ScoredMention) -> str:
    return fingerprint(scored).hex()


def to_document(scored: ScoredMention, revised_at: datetime) -> bytes:
    """The document of one mention as JSON, as `mappings/components/mentions-fields.json` has it. Written without a detour over dictionaries."""
    try:
        record = _record(scored)
    except PydanticSerializationError:  # half a surrogate pair
        scored, _ = storable(scored)
        record = _record(scored)
    return record + b"," + json.dumps(_derived(scored, revised_at), ensure_ascii=False, separators=(",", ":")).encode()[1:]


def _record(scored: ScoredMention) -> bytes:
    """`{` and the fields of mention and score side by side; no closing bracket."""
    mention, score = scored.mention, scored.score
    absent: dict[str, Any] = {name: True for name in _OPTIONAL_MENTION if not getattr(mention, name)}
    if "rating" in absent and mention.rating is not None:
        del absent["rating"]
    empty = {name for name in ("key", "name") if not getattr(mention.author, name)}
    if mention.author.followers is None:
        empty.add("followers")
    absent["author"] = empty
    return (
        _MENTION.dump_json(mention, exclude=absent)[:-1]
        + b","
        + _SCORE.dump_json(score, exclude=_NO_CLAIM if not score.hoax.claim_id else None)[1:-1]
    )


def _derived(scored: ScoredMention, revised_at: datetime) -> dict[str, Any]:
    mention = scored.mention
    published_us = to_us(mention.published_at)
    second = published_us // 1_000_000
    about: dict[str, list[str]] = {}
    bins: dict[str, list[str]] = {}
    likely_hoax = scored.is_hoax()
    for agency in mention.agencies:
        label = scored.label_for(agency)
        about.setdefault(f"{label}_about", []).append(agency)
        if agency != mention.official_of:  # as `counted_bins` has it
            term = f"{agency}|{second - second % _BIN_S}"
            bins.setdefault("bins", []).append(term)
            if label != "neutral":
                bins.setdefault(f"bins_{label}", []).append(term)
            if likely_hoax:
                bins.setdefault("bins_hoax", []).append(term)
    derived: dict[str, Any] = {
        "label": scored.label_for(""),
        "likely_hoax": likely_hoax,
        "hoax_counted": hoax_as_counted(scored),
        "official": bool(mention.official_of),
        "published_us": published_us,
        "fingerprint": _mark(scored),
        "revised_at": revised_at.isoformat(),
        **about,
        **bins,
    }
    for field, named in (("provinces", [c for c in mention.places if len(c) == 2]), ("regencies", [c for c in mention.places if len(c) > 2])):
        if named:  # analysts read names, not codes
            derived[field] = [places().name_of(code) for code in named]
    if scored.labels:
        derived["labels"] = dict(scored.labels)
        derived["kept_labels"] = json.dumps(derived["labels"], ensure_ascii=False)
    return derived


def from_document(source: Mapping[str, Any]) -> ScoredMention:
    """The record in a document. Raises pydantic.ValidationError when another program wrote it."""
    return from_plain(
        ScoredMention,
        {
            "mention": {name: source[name] for name in _MENTION_FIELDS if name in source},
            "score": {name: source[name] for name in _SCORE_FIELDS if name in source},
            "labels": source.get("labels", {}),
        },
    )
