"""The compiled adder: n-grams of the tokens of `ngrams.tokenize` to weights, counts and the words that moved the sentiment most."""

from __future__ import annotations

from typing import Any

import numpy as np

from kentongan.scoring.characters import FNV_PRIME, LONGEST_GROWTH, WORD_SEED
from kentongan.scoring.ngrams import BITS, BREAKS, GRAM, LONGEST_WORD, NEGATED, NEGATES, PAD, PAIR, REACH, STYLES, TOP, fnv, jit, mix, tokenize

# numba keeps compiled code by this file's date and does not see that `ngrams.py` or `characters.py`, which it compiled in, have changed. So their
# fingerprint stands here: a test asks for the new one, and writing it makes the old compiled code invalid.
COMPILED_WITH = "5958f746c635"
Array = np.ndarray[Any, Any]


@jit
def _add(h, group, token, share, weights, polar, total, count, moved, out, at):  # type: ignore[no-untyped-def]
    """Add one feature to the totals and to its word; in training (`out` not empty) note its bucket, + 2 ** BITS for group 1."""
    bucket = np.int64(mix(h) >> np.uint64(64 - BITS))
    count[group] += 1
    for c in range(weights.shape[1]):
        total[group, c] += weights[bucket, c]
    moved[token, group] += share * (np.int32(weights[bucket, polar]) - np.int32(weights[bucket, polar + 2]))
    if at < out.shape[0]:
        out[at] = bucket + (group << BITS)
        return at + 1
    return at


@jit
def _grams(tokens, chars, ends, flags, weights, polar, total, count, moved, out, at):  # type: ignore[no-untyped-def]
    """All features of one text."""
    word = np.empty(LONGEST_WORD + 24, np.uint32)
    previous = np.uint64(0)
    negated = 0
    start = 0
    for t in range(tokens):
        word[0] = PAD
        length = 1
        for j in range(start, ends[t]):
            word[length] = chars[j]
            length += 1
        start = ends[t]
        word[length] = PAD
        length += 1
        if flags[t] & BREAKS:
            previous = np.uint64(0)
            negated = 0
        h = fnv(word, 1, length - 1, WORD_SEED)
        at = _add(h, 0, t, 2, weights, polar, total, count, moved, out, at)
        if previous != np.uint64(0):
            pair = (previous * np.uint64(FNV_PRIME)) ^ (h + np.uint64(PAIR))
            at = _add(pair, 0, t, 2, weights, polar, total, count, moved, out, at)
        if flags[t] & NEGATES:
            negated = REACH
        elif negated > 0:
            at = _add(h ^ np.uint64(NEGATED), 0, t, 2, weights, polar, total, count, moved, out, at)
            negated -= 1
        if length > 3:
            for n in range(3, 6):
                for s in range(length - n + 1):
                    at = _add(fnv(word, s, s + n, GRAM), 1, t, 2, weights, polar, total, count, moved, out, at)
        previous = h
    return at


@jit
def _strongest(tokens, spots, moved, count, top):  # type: ignore[no-untyped-def]
    """Places of the TOP words for negative (side 0) and for positive (side 1), strongest first; end 0 = none."""
    words = np.sqrt(float(max(count[0], 1)))
    grams = np.sqrt(float(max(count[1], 1)))
    best = np.zeros(TOP)
    for side in range(2):
        best[:] = 0.0
        for t in range(tokens):
            value = moved[t, 0] / words + moved[t, 1] / grams
            if side == 1:
                value = -value
            k = TOP
            while k > 0 and value > best[k - 1]:
                k -= 1
            if k < TOP:
                for j in range(TOP - 1, k, -1):
                    best[j] = best[j - 1]
                    top[side, j] = top[side, j - 1]
                best[k] = value
                top[side, k] = spots[t]


@jit
def add_up(codes, offsets, lower, kinds, slang_keys, slang_spans, slang_chars, weights, polar, out, out_ends):  # type: ignore[no-untyped-def]
    """Read texts: codes[offsets[d]:offsets[d + 1]] each. Returns (sums [n, 2, classes], counts [n, 2], styles [n, STYLES], tops).

    weights: int16 [2 ** BITS, classes]; columns polar .. polar + 2 are negative, neutral, positive.
    out, out_ends: empty when scoring; in training, buckets of all features, and where each text's end.
    """
    texts = offsets.shape[0] - 1
    sums = np.zeros((texts, 2, weights.shape[1]), np.int32)
    counts = np.zeros((texts, 2), np.int32)
    styles = np.zeros((texts, STYLES), np.int32)
    tops = np.zeros((texts, 2, TOP, 2), np.int32)
    longest = 0
    for d in range(texts):
        longest = max(longest, offsets[d + 1] - offsets[d])
    chars = np.empty(longest * LONGEST_GROWTH + 64, np.uint32)
    ends = np.empty(longest + 1, np.int64)
    spots = np.empty((longest + 1, 2), np.int32)
    flags = np.empty(longest + 1, np.uint8)
    moved = np.empty((longest + 1, 2), np.int32)
    at = 0
    for d in range(texts):
        tokens = tokenize(codes, offsets[d], offsets[d + 1], lower, kinds, slang_keys, slang_spans, slang_chars, chars, ends, spots, flags, styles[d])
        moved[:tokens] = 0
        at = _grams(tokens, chars, ends, flags, weights, polar, sums[d], counts[d], moved, out, at)
        _strongest(tokens, spots, moved, counts[d], tops[d])
        if out_ends.shape[0] > 0:
            out_ends[d] = at
    return sums, counts, styles, tops
