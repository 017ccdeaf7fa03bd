"""What a claim is made of for the search: its words and character 4-grams as sorted buckets. Compiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kentongan.scoring.characters import LONGEST_GROWTH, kind_table, load_slang, lower_table
from kentongan.scoring.ngrams import LONGEST_WORD, PAD, STYLES, fnv, jit, mix, tokenize
from kentongan.scoring.reader import readable

# numba keeps compiled code by this file's date and does not see that `ngrams.py` or `characters.py`, which it compiled in, have changed. So their
# fingerprint stands here: a test asks for the new one, and writing it makes the old compiled code invalid.
COMPILED_WITH = "5958f746c635"
Array = np.ndarray[Any, Any]
CLAIM_BITS = 18
_WORDS, _GRAMS = 11, 13  # seeds of the two kinds


@jit
def _text_buckets(tokens, chars, ends, word, scratch):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Fill `scratch` with the buckets of one text; returns how many. Masked links, handles, numbers and punctuation are left out."""
    count = 0
    start = 0
    for t in range(tokens):
        length = 1
        word[0] = PAD
        for j in range(start, ends[t]):
            word[length] = chars[j]
            length += 1
        start = ends[t]
        if length < 2 or word[1] >= PAD or (length == 2 and word[1] < 48):
            continue
        word[length] = PAD
        length += 1
        scratch[count] = np.int64(mix(fnv(word, 1, length - 1, _WORDS)) >> np.uint64(64 - CLAIM_BITS))
        count += 1
        for s in range(length - 3):
            scratch[count] = np.int64(mix(fnv(word, s, s + 4, _GRAMS)) >> np.uint64(64 - CLAIM_BITS))
            count += 1
    return count


@jit
def _claim_buckets(codes, offsets, lower, kinds, slang_keys, slang_spans, slang_chars):  # type: ignore[no-untyped-def]
    """(buckets, ends): sorted distinct buckets of each text, one after the other."""
    texts = offsets.shape[0] - 1
    longest = 0
    for d in range(texts):
        longest = max(longest, offsets[d + 1] - offsets[d])
    chars = np.empty(longest * LONGEST_GROWTH + 64, np.uint32)
    ends = np.empty(longest + 1, np.int64)
    spots = np.empty((longest + 1, 2), np.int32)
    flags = np.empty(longest + 1, np.uint8)
    style = np.zeros(STYLES, np.int32)
    word = np.empty(LONGEST_WORD + 24, np.uint32)
    scratch = np.empty(longest * LONGEST_GROWTH * 2 + 64, np.int32)
    out = np.empty(offsets[texts] * 3 + 64, np.int32)
    out_ends = np.zeros(texts, np.int64)
    filled = 0
    for d in range(texts):
        tokens = tokenize(codes, offsets[d], offsets[d + 1], lower, kinds, slang_keys, slang_spans, slang_chars, chars, ends, spots, flags, style)
        count = _text_buckets(tokens, chars, ends, word, scratch)
        found = np.sort(scratch[:count])
        if filled + count > out.shape[0]:
            bigger = np.empty((filled + count) * 2, np.int32)
            bigger[:filled] = out[:filled]
            out = bigger
        for j in range(count):
            if j == 0 or found[j] != found[j - 1]:
                out[filled] = found[j]
                filled += 1
        out_ends[d] = filled
    return out[:filled].copy(), out_ends


class ClaimReader:
    """Texts to buckets."""

    def __init__(self) -> None:
        self._slang = load_slang()
        self._lower = lower_table()
        self._kinds = kind_table()

    def buckets(self, texts: Sequence[str]) -> tuple[Array, Array]:
        """(buckets int32, ends int64): sorted distinct buckets of each text, one after the other."""
        ready = [readable(text) for text in texts]
        offsets = np.zeros(len(ready) + 1, np.int64)
        np.cumsum([len(text) for text in ready], out=offsets[1:])
        codes = np.frombuffer("".join(ready).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        found: tuple[Array, Array] = _claim_buckets(codes, offsets, self._lower, self._kinds, self._slang.keys, self._slang.spans, self._slang.chars)
        return found
