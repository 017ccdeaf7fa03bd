"""How a text and a claim compare, as a few numbers that a small model turns into "the same story?". Compiled."""

from __future__ import annotations

import numpy as np

from kentongan.scoring.claim_grams import WORDS_END
from kentongan.scoring.ngrams import jit

COLUMNS = (
    "letters of the claim found",  # 0-1, by rarity
    "weight of the words found",  # by rarity
    "rarest word found",
    "words of the claim found close together",  # 0-1
    "length of the text",
    "share of the text",  # 0-1
    "how many words found",
    "length of the claim",
    "close and weighty",
)
_SPREAD, _LEAST_SPAN = 2, 12  # "close together": within so many times the claim's words, at least so many words
_WEIGHT = 4.0  # added to sums: a claim of one word is not fully found by it


@jit
def compare(query, words, marks, rows, buckets, ends, rarity):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """float64 [rows, COLUMNS]; row -1 gives zeros. query: distinct buckets of the text; words: those of its words in their order.

    marks (uint8 [buckets], zeros) is work space and is left as it was.
    """
    out = np.zeros((rows.shape[0], 9))
    for b in query:
        marks[b] = 1
    whole = 0.0
    for b in words:
        if marks[b] == 1:
            whole += rarity[b]
            marks[b] = 2  # each word once
    for b in words:
        marks[b] = 1
    for r in range(rows.shape[0]):
        row = rows[r]
        if row < 0:
            continue
        begin = ends[row - 1] if row else 0
        i = begin
        found, total, rarest = 0.0, 0.0, 0.0
        shared = 0
        while i < ends[row] and buckets[i] < WORDS_END:
            weight = rarity[buckets[i]]
            total += weight
            if marks[buckets[i]]:
                found += weight
                shared += 1
                rarest = max(rarest, weight)
            i += 1
        size = i - begin
        letters, all_letters = 0.0, 0.0
        for j in range(i, ends[row]):
            weight = rarity[buckets[j]]
            all_letters += weight
            if marks[buckets[j]]:
                letters += weight
        close = _closest(words, buckets[begin:i], rarity)
        out[r, 0] = letters / (all_letters + _WEIGHT)
        out[r, 1] = np.log1p(found)
        out[r, 2] = rarest / 10
        out[r, 3] = close / (total + _WEIGHT)
        out[r, 4] = np.log1p(words.shape[0])
        out[r, 5] = found / (whole + _WEIGHT)
        out[r, 6] = min(shared, 8) / 8
        out[r, 7] = np.log1p(size)
        out[r, 8] = out[r, 3] * out[r, 1]
    for b in query:
        marks[b] = 0
    return out


@jit
def _closest(words, claim, rarity):  # type: ignore[no-untyped-def]
    """The largest weight of distinct words of the claim (sorted) that stand within one span of the text."""
    span = max(_LEAST_SPAN, _SPREAD * claim.shape[0])
    times = np.zeros(claim.shape[0], np.int64)
    places = np.empty(words.shape[0], np.int64)
    which = np.empty(words.shape[0], np.int64)
    hits, low = 0, 0
    now, best = 0.0, 0.0
    for p in range(words.shape[0]):
        k = np.searchsorted(claim, words[p])
        if k >= claim.shape[0] or claim[k] != words[p]:
            continue
        places[hits] = p
        which[hits] = k
        hits += 1
        times[k] += 1
        if times[k] == 1:
            now += rarity[claim[k]]
        while places[low] < p - span:
            times[which[low]] -= 1
            if times[which[low]] == 0:
                now -= rarity[claim[which[low]]]
            low += 1
        best = max(best, now)
    return best
