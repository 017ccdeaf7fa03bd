"""The claim base in memory: which checked claim is nearest to a text, and is it near enough to be the same."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from kentongan.ports import ClaimMatch
from kentongan.records import Claim
from kentongan.scoring.claim_grams import CLAIM_BITS, NAMED, TELLING, WORDS_END, ClaimReader
from kentongan.scoring.claim_model import LEAST_SIMILAR, ClaimModel, load_claim_model
from kentongan.scoring.claim_pairs import compare
from kentongan.scoring.claim_search import CANDIDATES, invert, look_up, scales
from kentongan.scoring.fact_checks import claim_from_post

__all__ = ["HashedClaimIndex", "claim_from_post"]

Array = np.ndarray[Any, Any]
LONGEST_TEXT = 800  # characters of a claim's own text that are indexed
FEWEST_WORDS = 4  # of a text that is indexed beside its headline: a name alone is no story
NAMES = 4  # words besides ranks, places and times: a text that finds no more of a claim, and not what happened, shares its names alone
_LEAST_WAITING = 256  # rows outside the inverted index before it is made anew


class HashedClaimIndex:
    """A ClaimIndex of words and character n-grams; incremental, safe to share between threads.

    A look-up costs well under a millisecond at 100,000 claims; adding costs a rebuild (a fraction of a second there) every 2 % of growth.
    """

    def __init__(self, model: ClaimModel | None = None) -> None:
        """model: another one than the shipped, for training."""
        self._lock = threading.Lock()
        self._reader = ClaimReader()
        self._kinds = self._reader.kinds()
        self._model = model or load_claim_model()
        self._weights = self._model.search_weights()
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
        reading = self._reader.read([text for _, text in rows])
        buckets, ends = reading.buckets, reading.ends
        with self._lock:
            self._forget(latest)
            first = len(self._claims)
            for number, (claim, _) in enumerate(rows):
                self._claims.append(claim)
                self._rows.setdefault(claim.id, []).append(first + number)
            self._ends = np.concatenate([self._ends, ends + len(self._buckets)])
            self._buckets = np.concatenate([self._buckets, buckets])
            self._scale = np.concatenate([self._scale, scales(buckets, ends, self._weights)])
            self._alive = np.concatenate([self._alive, np.ones(len(rows), np.bool_)])
            self._scores = np.zeros(len(self._claims), np.float32)
            if len(self._claims) - self._indexed > max(_LEAST_WAITING, self._indexed // 50):
                self._starts, self._postings = invert(self._buckets, self._ends, 1 << CLAIM_BITS)
                self._indexed = len(self._claims)

    def remove(self, ids: Collection[str]) -> None:
        """Make these claims unfindable; unknown ids do no harm. Their rows stay until the process ends."""
        with self._lock:
            self._forget(ids)

    def _forget(self, ids: Collection[str]) -> None:
        for claim_id in ids:
            for row in self._rows.pop(claim_id, ()):
                self._alive[row] = False

    def nearest(self, text: str, k: int = 1) -> list[ClaimMatch]:
        """The k claims most likely meant, best first; empty when the base is empty or shares no word with the text."""
        if not self._rows or not text or k < 1:
            return []
        query, rows, similarities, pairs = self._look_up(text, max(CANDIDATES, 2 * k))
        model = self._model
        same = pairs @ model.weights + model.bias
        found: dict[str, ClaimMatch] = {}
        for place in np.argsort(-(pairs @ model.order), kind="stable").tolist():
            similarity, claim = float(similarities[place]), self._claims[rows[place]]
            matched = similarity >= LEAST_SIMILAR and bool(same[place] >= model.same_from) and not self._names_alone(query, rows[place])
            found.setdefault(claim.id, ClaimMatch(claim=claim, similarity=min(1.0, similarity), matched=matched))
            if len(found) == k:
                break
        return list(found.values())

    def compared(self, text: str, k: int) -> tuple[list[Claim], Array, Array]:
        """(claims, similarities, the columns of `claim_pairs`) of the k nearest rows, best first; a claim may have two rows."""
        _, rows, similarities, pairs = self._look_up(text, k)
        return [self._claims[row] for row in rows], similarities, pairs

    def _look_up(self, text: str, k: int) -> tuple[Array, Array, Array, Array]:
        """(buckets of the text, rows, their similarities, their columns)."""
        query = self._reader.read([text])
        with self._lock:
            rows, similarities = look_up(
                query.buckets, self._weights, self._starts, self._postings, self._indexed, self._buckets, self._ends, self._scale, self._alive,
                self._scores, self._marks, k,
            )  # fmt: skip
            rows = rows[similarities > 0]
            pairs = compare(query.buckets, query.words, self._marks, rows, self._buckets, self._ends, self._model.rarity)
        return query.buckets, rows, similarities[: len(rows)], pairs

    def _names_alone(self, query: Array, row: int) -> bool:
        """The text shares the row's names, and nothing by which it says what happened ("Kapolri X lantik ..." beside "Kapolri X meninggal")."""
        buckets = self._buckets[self._ends[row - 1] if row else 0 : self._ends[row]]
        words = buckets[buckets < WORDS_END]
        found, kinds = np.isin(words, query), self._kinds[words]
        telling = kinds == TELLING
        return bool(telling.any() and not found[telling].any() and found[kinds != NAMED].sum() <= NAMES)


def _texts(claim: Claim) -> list[str]:
    """What of a claim is searched: its headline, and the claim as it circulates where that is more than the headline."""
    texts = [claim.title] if claim.title.strip() else []
    text = claim.text[:LONGEST_TEXT].strip()
    if text.casefold() != claim.title.strip().casefold() and len(text.split()) >= (FEWEST_WORDS if texts else 1):
        texts.append(text)
    return texts or [claim.url or claim.id]
