"""Scored mentions as documents of Elasticsearch, and back: every field of the record once, then what is derived from it.

The derived fields are there for searching and counting and are never read back, so that a document gives the identical record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from datetime import datetime
from typing import Any

from kentongan.codec import from_plain, to_plain
from kentongan.records import BinKey, Label, Mention, Score, ScoredMention
from kentongan.store.mending import storable
from kentongan.store.mentions_rows import counted_bins, fingerprint, hoax_as_counted
from kentongan.store.sqlite_file import from_us, to_us

LABELS: tuple[Label, ...] = ("negative", "neutral", "positive")
_MENTION_FIELDS = tuple(field.name for field in fields(Mention))
_SCORE_FIELDS = tuple(field.name for field in fields(Score))
_EMPTY: tuple[object, ...] = ("", None, [], {})
# An empty value of these is left out: the record's default brings it back, and "exists" in Kibana means what it says.
_OPTIONAL = frozenset(
    field.name
    for kind in (Mention, Score)
    for field in fields(kind)
    if field.default in ("", (), None) or (field.default_factory is not MISSING and not field.default_factory())
)


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


def to_document(scored: ScoredMention, revised_at: datetime) -> dict[str, Any]:
    """The document of one mention, as `mappings/components/mentions-fields.json` has it."""
    scored, _ = storable(scored)
    plain = to_plain(scored)
    document = {name: value for name, value in (plain["mention"] | plain["score"]).items() if name not in _OPTIONAL or value not in _EMPTY}
    document["author"] = {name: value for name, value in document["author"].items() if value not in _EMPTY}
    if scored.labels:
        document["labels"] = plain["labels"]
        document["kept_labels"] = json.dumps(plain["labels"], ensure_ascii=False)
    return document | _derived(scored) | {"revised_at": revised_at.isoformat()}


def _derived(scored: ScoredMention) -> dict[str, Any]:
    mention = scored.mention
    labels = {agency: scored.label_for(agency) for agency in mention.agencies}
    bins = {key.agency: bin_term(key) for key in counted_bins(mention)}
    likely_hoax = scored.is_hoax()
    lists = {f"{label}_about": [agency for agency, found in labels.items() if found == label] for label in LABELS}
    lists["bins"] = list(bins.values())
    lists["bins_negative"] = [term for agency, term in bins.items() if labels[agency] == "negative"]
    lists["bins_positive"] = [term for agency, term in bins.items() if labels[agency] == "positive"]
    lists["bins_hoax"] = lists["bins"] if likely_hoax else []
    return {
        "label": scored.label_for(""),
        "likely_hoax": likely_hoax,
        "hoax_counted": hoax_as_counted(scored),
        "official": bool(mention.official_of),
        "published_us": to_us(mention.published_at),
        "fingerprint": _mark(scored),
        **{name: values for name, values in lists.items() if values},
    }


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
