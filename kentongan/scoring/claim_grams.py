"""What a claim is made of for the search: its words (without affixes, by meaning) and character 4-grams as sorted buckets. Compiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kentongan.scoring.characters import LONGEST_GROWTH, kind_table, load_slang, lower_table
from kentongan.scoring.claim_words import claim_form, load_forms
from kentongan.scoring.ngrams import LONGEST_WORD, NUMBER, PAD, STYLES, fnv, jit, mix, tokenize
from kentongan.scoring.reader import readable

# numba keeps compiled code by this file's date and does not see that `ngrams.py`, `characters.py` or `claim_words.py`, which it compiled in, have
# changed. So their fingerprint stands here: a test asks for the new one, and writing it makes the old compiled code invalid.
COMPILED_WITH = "785d242a5f2c"
Array = np.ndarray[Any, Any]
CLAIM_BITS = 18
WORDS_END = 1 << (CLAIM_BITS - 1)  # buckets below it are words, the others character 4-grams
_WORDS, _GRAMS, _NUMBERS = 11, 13, 17  # seeds of the kinds
_SHIFT = 65 - CLAIM_BITS


@jit
def _number(codes, begin, end, form):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """Put the digits of codes[begin:end] into form[1:], without leading zeros; returns their end, 1 where there are none."""
    length = 1
    for i in range(begin, end):
        if 48 <= codes[i] <= 57 and (length > 1 or codes[i] > 48) and length < LONGEST_WORD:
            form[length] = codes[i]
            length += 1
    return length


@jit
def _text_buckets(codes, begin, spots, tokens, chars, ends, word, form, scratch, said, forms):  # type: ignore[no-untyped-def]
    """Fill `scratch` with the buckets of one text and `said` with its words and numbers in order; returns how many of each.

    Masked links, handles and punctuation are left out, and words that say nothing. Rp50.000 is the number 50000.
    """
    count, spoken = 0, 0
    start, read = 0, 0
    for t in range(tokens):
        length = 1
        for j in range(start, ends[t]):
            word[length] = chars[j]
            length += 1
        start = ends[t]
        if word[1] == NUMBER or word[length - 1] == 48:
            until = spots[t, 1]
            if spots[t, 0] < read:
                continue  # behind the point of a number that was read
            for later in range(t + 1, tokens):  # 50.000 and 2,4 are one number
                point = codes[begin + until]
                if spots[later, 0] != until + 1 or not (point == 44 or point == 46) or not 48 <= codes[begin + until + 1] <= 57:
                    break
                until = read = spots[later, 1]
            size = _number(codes, begin + spots[t, 0], begin + until, form)
            if size > 1:
                scratch[count] = said[spoken] = np.int64(mix(fnv(form, 1, size, _NUMBERS)) >> np.uint64(_SHIFT))
                count += 1
                spoken += 1
            continue
        if length < 2 or word[1] >= PAD or (length == 2 and word[1] < 48):
            continue
        length = claim_form(word, length, form, forms)
        if length == 0:
            continue
        scratch[count] = said[spoken] = np.int64(mix(fnv(form, 1, length, _WORDS)) >> np.uint64(_SHIFT))
        count += 1
        spoken += 1
        form[0] = PAD
        form[length] = PAD
        length += 1
        for s in range(length - 3):
            scratch[count] = WORDS_END + np.int64(mix(fnv(form, s, s + 4, _GRAMS)) >> np.uint64(_SHIFT))
            count += 1
    return count, spoken


@jit
def _claim_buckets(codes, offsets, lower, kinds, slang_keys, slang_spans, slang_chars, forms):  # type: ignore[no-untyped-def]
    """(buckets, ends, words, word ends): sorted distinct buckets of each text, one after the other; its words' buckets in their order."""
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
    form = np.empty(LONGEST_WORD + 24, np.uint32)
    scratch = np.empty(longest * LONGEST_GROWTH * 2 + 64, np.int32)
    said = np.empty(longest + 1, np.int32)
    out = np.empty(offsets[texts] * 3 + 64, np.int32)
    out_ends = np.zeros(texts, np.int64)
    words = np.empty(offsets[texts] + 1, np.int32)
    word_ends = np.zeros(texts, np.int64)
    filled, words_filled = 0, 0
    for d in range(texts):
        tokens = tokenize(codes, offsets[d], offsets[d + 1], lower, kinds, slang_keys, slang_spans, slang_chars, chars, ends, spots, flags, style)
        count, spoken = _text_buckets(codes, offsets[d], spots, tokens, chars, ends, word, form, scratch, said, forms)
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
        for j in range(spoken):
            words[words_filled + j] = said[j]
        words_filled += spoken
        word_ends[d] = words_filled
    return out[:filled].copy(), out_ends, words[:words_filled].copy(), word_ends


@dataclass(frozen=True, slots=True)
class ClaimReading:
    """What of texts is compared; one text after the other, ending at its `..._ends`."""

    buckets: Array  # int32: sorted distinct buckets of words and grams
    ends: Array  # int64
    words: Array  # int32: buckets of the words in their order, repeated ones too
    word_ends: Array  # int64


class ClaimReader:
    """Texts to buckets."""

    def __init__(self) -> None:
        self._slang = load_slang()
        self._lower = lower_table()
        self._kinds = kind_table()
        self._forms = load_forms()

    def read(self, texts: Sequence[str]) -> ClaimReading:
        """The buckets of each text, in order."""
        ready = [readable(text) for text in texts]
        offsets = np.zeros(len(ready) + 1, np.int64)
        np.cumsum([len(text) for text in ready], out=offsets[1:])
        codes = np.frombuffer("".join(ready).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        slang = self._slang
        return ClaimReading(*_claim_buckets(codes, offsets, self._lower, self._kinds, slang.keys, slang.spans, slang.chars, self._forms))
