"""What one mention becomes in the tables of `mentions_tables`."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from kentongan.clock import floor_bin
from kentongan.codec import from_json
from kentongan.records import Author, BinKey, Label, Mention, ScoredMention
from kentongan.store.mending import storable
from kentongan.store.sqlite_file import to_us

LABEL_CODES: dict[Label, int] = {"negative": -1, "neutral": 0, "positive": 1}


@dataclass(frozen=True, slots=True)
class Rows:
    """One mention as rows; `no` is added when it is known."""

    scored: ScoredMention
    narrow: tuple[Any, ...]  # every column of `mention` but `no`
    agencies: tuple[tuple[Any, ...], ...]  # every column of `mention_agency` but `no`
    body: str


def make_rows(scored: ScoredMention, revised_us: int, mark: bytes) -> Rows:
    """The rows of one mention; half a surrogate pair (cut emojis in JSON bring it), which no database takes, becomes U+FFFD."""
    published = to_us(scored.mention.published_at)
    scored, body = storable(scored)
    mention, score = scored.mention, scored.score
    hoax = 1 if scored.is_hoax() else 0
    narrow = (
        mention.id,
        published,
        revised_us,
        mark,
        0 if mention.deleted_at is None else 1,
        LABEL_CODES[scored.label_for("")],
        hoax_as_counted(scored),
        " ".join(mention.agencies),
        mention.source,
        str(mention.category),
        mention.platform,
        score.lang,
        mention.official_of,
        mention.cluster_id,
        score.hoax.claim_id,
        mention.parent_id,
        mention.author.key,
        str(mention.author.kind),
        f" {' '.join(mention.places)} " if mention.places else "",
    )
    agencies = tuple(
        (agency, published, LABEL_CODES[scored.label_for(agency)], hoax, 0 if mention.official_of == agency else 1)
        for agency in dict.fromkeys(mention.agencies)
    )
    return Rows(scored, narrow, agencies, body)


def hoax_as_counted(scored: ScoredMention) -> float:
    """The likelihood, or 1 and 0 where a person has said yes or no."""
    if scored.labels.get("hoax"):
        return 1.0 if scored.is_hoax() else 0.0
    return scored.score.hoax.likelihood


def fingerprint(scored: ScoredMention) -> bytes:
    """Equal exactly when a save has nothing to add: content hash, metrics, scorer version, the matched claim, labels."""
    mention, hoax = scored.mention, scored.score.hoax
    parts: list[object] = [mention.content_hash, scored.score.scorer_version, sorted(mention.metrics.items()), sorted(scored.labels.items())]
    if hoax.claim_id:  # the claim base changes while text and scorer stay the same
        parts += [hoax.claim_id, hoax.likelihood, hoax.evidence[0].text_id, hoax.evidence[0].url]
    return blake2b(json.dumps(parts, separators=(",", ":")).encode(), digest_size=12).digest()


def with_kept_labels(new: ScoredMention, old: ScoredMention) -> ScoredMention:
    """`new` with the corrections that people made to `old`, unless it brings its own of that kind."""
    return replace(new, labels={**old.labels, **new.labels}) if old.labels else new


def blanked(scored: ScoredMention, at: datetime) -> ScoredMention:
    """What stays of a post that was deleted at its source: id, times, agencies, scores."""
    gone = replace(
        scored.mention, text="", title="", url="", native_id="", container="", author=Author(), tags=(), links=(), places=(), deleted_at=at
    )
    return replace(scored, mention=gone)


def counted_bins(mention: Mention) -> list[BinKey]:
    """The bins in which this mention is counted."""
    start = floor_bin(mention.published_at)
    return [BinKey(agency=agency, start=start) for agency in mention.agencies if agency != mention.official_of]


def read_body(body: str) -> ScoredMention:
    """The mention of a `mention_body` row."""
    return from_json(ScoredMention, body)
