"""The claim base in memory: which checked claim is nearest to a text, and is it near enough to be the same."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from kentongan.ports import ClaimMatch
from kentongan.records import Claim
from kentongan.scoring.claim_grams import CLAIM_BITS, ClaimReader
from kentongan.scoring.claim_search import invert, look_up, scales
from kentongan.scoring.fact_checks import claim_from_post
from kentongan.scoring.model import load_model

__all__ = ["MATCHED_FROM", "HashedClaimIndex", "claim_from_post"]

Array = np.ndarray[Any, Any]
# At this similarity 0.2 % of everyday mentions find one of 8,958 claims (bench/quality_claims.py).
MATCHED_FROM = 0.41
LONGEST_TEXT = 400  # characters of a claim's own text that are indexed
_LEAST_WAITING = 256  # rows outside the inverted index before it is made anew


class HashedClaimIndex:
    """A ClaimIndex of character and word n-grams; incremental, safe to share between threads.

    A look-up costs well under a millisecond at 100,000 claims; adding costs a rebuild (a fraction of a second there) every 2 % of growth.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reader = ClaimReader()
        self._rarity = load_model().rarity
        self._claims: list[Claim] = []  # one per row: a claim has a row for its title and one for its text
        self._rows: dict[str, list[int]] = {}
        self._buckets = np.zeros(0, np.int32)
        self._ends = np.zeros(0, np.int64)
        self._scale = np.zeros(0, np.float64)
        self._alive = np.zeros(0, np.bool_)
        self._starts = np.zeros((1 << CLAIM_BITS) + 1, np.int64)
        self._postings = np.zeros(0, np.int32)
        self._indexed = 0
        self._scores = np.zeros(0, np.float32)
        self._marks = np.zeros(1 << CLAIM_BITS, np.uint8)

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, claims: Sequence[Claim]) -> None:
        """Make the claims findable; one with a known id replaces the old."""
        latest = {claim.id: claim for claim in claims}
        rows = [(claim, text) for claim in latest.values() for text in _texts(claim)]
        if not rows:
            return
        buckets, ends = self._reader.buckets([text for _, text in rows])
        with self._lock:
            for claim_id in latest:
                for row in self._rows.pop(claim_id, ()):
                    self._alive[row] = False
            first = len(self._claims)
            for number, (claim, _) in enumerate(rows):
                self._claims.append(claim)
                self._rows.setdefault(claim.id, []).append(first + number)
            self._ends = np.concatenate([self._ends, ends + len(self._buckets)])
            self._buckets = np.concatenate([self._buckets, buckets])
            self._scale = np.concatenate([self._scale, scales(buckets, ends, self._rarity)])
            self._alive = np.concatenate([self._alive, np.ones(len(rows), np.bool_)])
            self._scores = np.zeros(len(self._claims), np.float32)
            if len(self._claims) - self._indexed > max(_LEAST_WAITING, self._indexed // 50):
                self._starts, self._postings = invert(self._buckets, self._ends, 1 << CLAIM_BITS)
                self._indexed = len(self._claims)

    def nearest(self, text: str, k: int = 1) -> list[ClaimMatch]:
        """The k most similar claims, best first; empty when the base is empty or shares no word with the text."""
        if not self._rows or not text or k < 1:
            return []
        query, _ = self._reader.buckets([text])
        with self._lock:
            rows, similarities = look_up(
                query, self._rarity, self._starts, self._postings, self._indexed, self._buckets, self._ends, self._scale, self._alive,
                self._scores, self._marks, 2 * k,
            )  # fmt: skip
            found: dict[str, ClaimMatch] = {}
            for row, similarity in zip(rows.tolist(), similarities.tolist(), strict=True):
                if row >= 0 and similarity > 0:
                    claim = self._claims[row]
                    value = min(1.0, similarity)
                    found.setdefault(claim.id, ClaimMatch(claim=claim, similarity=value, matched=value >= MATCHED_FROM))
        return list(found.values())[:k]


def _texts(claim: Claim) -> list[str]:
    """What of a claim is searched: its headline, and the claim as it circulates where that is more than the headline."""
    texts = [claim.title] if claim.title.strip() else []
    text = claim.text[:LONGEST_TEXT].strip()
    if text and text.casefold() != claim.title.strip().casefold():
        texts.append(text)
    return texts or [claim.url or claim.id]
