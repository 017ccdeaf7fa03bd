"""What a claim is made of for the search: its words (without affixes, by meaning) and character 4-grams as sorted buckets. Compiled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kentongan.scoring.characters import LONGEST_GROWTH, kind_table, load_slang, lower_table
from kentongan.scoring.claim_words import claim_form, load_forms, read_kinds
from kentongan.scoring.ngrams import LONGEST_WORD, NUMBER, PAD, STYLES, fnv, jit, mix, tokenize
from kentongan.scoring.reader import readable

# numba keeps compiled code by this file's date and does not see that `ngrams.py`, `characters.py` or `claim_words.py`, which it compiled in, have
# changed. So their fingerprint stands here: a test asks for the new one, and writing it makes the old compiled code invalid.
COMPILED_WITH = "a0fa5613060c"
Array = np.ndarray[Any, Any]
CLAIM_BITS = 18
TELLING, NAMED = 1, 2
WORDS_END = 1 << (CLAIM_BITS - 1)  # buckets below it are words, the others character 4-grams
_WORDS, _GRAMS, _NUMBERS = 11, 13, 17  # seeds of the kinds
_SHIFT = 65 - CLAIM_BITS
_TAG = re.compile(r"#\w+")
_SEAM = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[0-9])(?=[A-Za-z])|(?<=[A-Z])(?=[A-Z][a-z])")


def _letters(word: str) -> int:
    """A word of at most eleven letters a-z as one number; the same as in `_zeros`."""
    spelled = 0
    for letter in word:
        spelled = spelled * 32 + ord(letter) - 96
    return spelled


_UNITS = {
    3: "rb ribu ribuan ewu k thousand",
    6: "jt jti juta jutaan jeti yuta million",
    9: "miliar milyar milyard billion",
    12: "triliun trilyun trillion",
}  # zeros that a word behind a number stands for
UNITS = np.array([(_letters(word), zeros) for zeros, words in _UNITS.items() for word in words.split()], np.int64)


@jit
def _zeros(codes, begin, end):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    """How many zeros the word codes[begin:end] stands for behind a number; 0 where it is no such word."""
    if end - begin > 11:
        return 0
    spelled = np.int64(0)
    for i in range(begin, end):
        letter = np.int64(codes[i]) | 32
        if not 97 <= letter <= 122:
            return 0
        spelled = spelled * 32 + letter - 96
    for row in range(UNITS.shape[0]):
        if UNITS[row, 0] == spelled:
            return UNITS[row, 1]
    return 0


@jit
def _number(codes, begin, end, zeros, form):  # type: ignore[no-untyped-def]
    """Put the digits of codes[begin:end] into form[1:], without leading zeros; returns their end, 1 where there are none.

    zeros: how many the word behind it stands for: 2,4 and six are 2400000, and so is 2.400 with three.
    """
    length, behind, groups = 1, 0, 0
    for i in range(begin, end):
        if 48 <= codes[i] <= 57:
            behind += 1
            if (length > 1 or codes[i] > 48) and length < LONGEST_WORD:
                form[length] = codes[i]
                length += 1
        elif codes[i] == 44 or codes[i] == 46:
            behind = 0
            groups += 1
    if groups and behind != 3:
        zeros -= behind
    if length > 1:
        for _ in range(zeros):
            if length < LONGEST_WORD:
                form[length] = 48
                length += 1
    return length


@jit
def _number_at(codes, begin, spots, tokens, t, bare):  # type: ignore[no-untyped-def]
    """(where the digits end, zeros to add, where all of it ends), from `begin`, of the number that token t begins; (0, 0, 0) where it is none.

    bare: the token ends in a digit; else it is a number only with its unit behind it, as 20jt. 50.000, 2,4jt and 50 juta are of several tokens.
    """
    until = spots[t, 1]
    after = t + 1
    while bare and after < tokens and spots[after, 0] == until + 1 and 48 <= codes[begin + until + 1] <= 57:
        if codes[begin + until] != 44 and codes[begin + until] != 46:
            break
        until = spots[after, 1]
        after += 1
    digits_end = until
    while digits_end > spots[t, 0] and not 48 <= codes[begin + digits_end - 1] <= 57:
        digits_end -= 1
    zeros = _zeros(codes, begin + digits_end, begin + until)
    if not bare and zeros == 0:
        return 0, 0, 0
    if digits_end == until and after < tokens and spots[after, 0] == until + 1 and codes[begin + until] == 32:
        zeros = _zeros(codes, begin + spots[after, 0], begin + spots[after, 1])
        if zeros:
            until = spots[after, 1]
    return digits_end, zeros, until


@jit
def _text_buckets(codes, begin, spots, tokens, chars, ends, word, form, scratch, said, forms):  # type: ignore[no-untyped-def]
    """Fill `scratch` with the buckets of one text and `said` with its words and numbers in order; returns how many of each.

    Masked links, handles and punctuation are left out, and words that say nothing. Rp50.000, 50 ribu and 50rb are the number 50000.
    """
    count, spoken = 0, 0
    start, read = 0, 0
    for t in range(tokens):
        length = 1
        for j in range(start, ends[t]):
            word[length] = chars[j]
            length += 1
        start = ends[t]
        if spots[t, 0] < read:
            continue  # part of a number that was read
        bare = word[1] == NUMBER or word[length - 1] == 48
        digits_end, zeros, until = _number_at(codes, begin, spots, tokens, t, bare)
        if until:
            read = until
            size = _number(codes, begin + spots[t, 0], begin + digits_end, zeros, form)
            if size > 1:
                scratch[count] = said[spoken] = np.int64(mix(fnv(form, 1, size, _NUMBERS)) >> np.uint64(_SHIFT))
                count += 1
                spoken += 1
            while length > 1 and word[length - 1] == 48:
                length -= 1
            if not bare or word[1] == NUMBER or length < 4:
                continue  # covid19 is a word too, Rp50 and 20jt are none
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


def _unglued(text: str) -> str:
    """#GibranMundur2024 as three words."""
    return _TAG.sub(lambda tag: _SEAM.sub(" ", tag[0]), text) if "#" in text else text


class ClaimReader:
    """Texts to buckets."""

    def __init__(self) -> None:
        self._slang = load_slang()
        self._lower = lower_table()
        self._kinds = kind_table()
        self._forms = load_forms()

    def read(self, texts: Sequence[str]) -> ClaimReading:
        """The buckets of each text, in order."""
        ready = [_unglued(readable(text)) for text in texts]
        offsets = np.zeros(len(ready) + 1, np.int64)
        np.cumsum([len(text) for text in ready], out=offsets[1:])
        codes = np.frombuffer("".join(ready).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        slang = self._slang
        return ClaimReading(*_claim_buckets(codes, offsets, self._lower, self._kinds, slang.keys, slang.spans, slang.chars, self._forms))

    def kinds(self) -> Array:
        """int8 [buckets]: TELLING for words by which a claim says what happened, NAMED for those that say to whom, where or when, else 0."""
        found = np.zeros(1 << CLAIM_BITS, np.int8)
        for kind, words in zip((TELLING, NAMED), read_kinds(), strict=True):
            buckets = self.read(words).buckets
            found[buckets[buckets < WORDS_END]] = kind
        return found
