"""The compiled reader: cuts texts into normalised words and adds up the weights of their n-grams, for every model at once.

Training and scoring share this code, so a weight learned for a bucket is met again under the same bucket. Weights and sums
are integers: the same text gives the same sums on every machine.

Normalisation: lower case; links, handles and numbers become one token each; a letter repeated three times or more counts
once; slang becomes its standard form; the clitic -nya is cut off; words after a negator are seen once more as negated.
Features: words, pairs of words, negated words (group 0); character 3-5-grams inside padded words (group 1).
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from kentongan.scoring.characters import BLANK, FNV_PRIME, FNV_START, INVISIBLE, KIND_END, LETTER, LOWER_END, SYMBOL, WORD_SEED

BITS = 19  # 524,288 buckets: 4 MB of int16 for 8 classes
LONGEST_WORD = 40  # what is longer is cut: nobody writes it, and it must not cost more
TOP = 3  # words kept that moved the sentiment most, for each direction
REACH = 3  # words after a negator that are seen as negated

# columns of the style counts
CHARS, LETTERS, UPPER, WORDS, CAPS, EXCLAIMS, EXCLAIM_RUN, QUESTIONS, DIGITS, LINKS, HANDLES, EMOJI, LINES, FOREIGN, STRETCHED, REPLY = range(16)
STYLES = 16

PAD, URL, HANDLE, NUMBER = 0xE000, 0xE001, 0xE002, 0xE003  # private-use code points stand for the masked tokens
NEGATES, BREAKS = 1, 2  # flags of a token: it negates what follows; the clause ends before it
PAIR, NEGATED, GRAM = 0x517CC1B727220A95, 0xA5A5A5A55A5A5A5A, 0xC0FFEE
Array = np.ndarray[Any, Any]


def jit(function: Any) -> Any:
    """Compiled, and kept on disk where there is a place to write; without one, each process compiles anew (some seconds)."""
    try:
        return nb.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # numba finds no cache folder: read-only package and no home
        return nb.njit(nogil=True)(function)


@jit
def mix(h):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    h ^= h >> np.uint64(31)
    h *= np.uint64(0x9E3779B97F4A7C15)
    return h ^ (h >> np.uint64(29))


@jit
def fnv(buffer, start, end, seed):  # type: ignore[no-untyped-def]
    h = np.uint64(FNV_START) ^ np.uint64(seed)
    for i in range(start, end):
        h = (h ^ np.uint64(buffer[i])) * np.uint64(FNV_PRIME)
    return h


@jit
def _kind(code, kinds):  # type: ignore[no-untyped-def]
    if code < KIND_END:
        return kinds[code]
    if 0xFE00 <= code < 0xFE10 or 0x1F3FB <= code <= 0x1F3FF or code >= 0xE0000:
        return INVISIBLE  # variation selectors, skin tones, tags
    if code >= 0x1F000 or code < 0x3040 or 0xD800 <= code < 0xF900 or 0xFF00 <= code < 0xFF10 or code == 0xFFFD:
        return SYMBOL
    return LETTER


@jit
def _skip_link(codes, i, end, kinds):  # type: ignore[no-untyped-def]
    while i < end and _kind(codes[i], kinds) != BLANK:
        i += 1
    return i


@jit
def _is_link(codes, start, i, end, kinds):  # type: ignore[no-untyped-def]
    """The run of letters [start, i) begins a link: http:, https:, www. or name.tld/path."""
    if i >= end:
        return False
    run = i - start
    if codes[i] == 58 and i + 1 < end and codes[i + 1] == 47:  # :/
        return (run == 4 or run == 5) and (codes[start] | 32) == 104 and (codes[start + 1] | 32) == 116
    if codes[i] != 46:  # .
        return False
    if run == 3 and (codes[start] | 32) == 119 and (codes[start + 1] | 32) == 119:
        return True
    j = i + 1
    while j < end and (_kind(codes[j], kinds) == LETTER or codes[j] == 46 or codes[j] == 45):
        j += 1
    return i + 2 < j < end and codes[j] == 47  # a slash follows the domain


@jit
def _letters(codes, i, end, lower, kinds, word, style):  # type: ignore[no-untyped-def]
    """Read a run of letters and digits from i into word[1:]; returns (where it ends, length of word with its pad, letters, upper)."""
    length, letters, upper, digits, repeat = 1, 0, 0, 0, 0
    last = np.uint32(0)
    while i < end:
        code = codes[i]
        kind = _kind(code, kinds)
        if kind != LETTER:
            if kind != INVISIBLE:
                break
            i += 1
            continue
        low = lower[code] if code < LOWER_END else code
        if 48 <= code <= 57:
            digits += 1
            low = np.uint32(48)
        else:
            letters += 1
            upper += low != code
            style[FOREIGN] += code >= 0x250
        repeat = repeat + 1 if low == last else 0
        last = low
        if repeat == 2 and low != 48:
            style[STRETCHED] += 1
            length -= 1  # the third in a row takes the second back
        if (repeat < 2 or low == 48) and length < LONGEST_WORD:
            word[length] = low
            length += 1
        i += 1
    style[LETTERS] += letters
    style[UPPER] += upper
    style[DIGITS] += digits
    style[CAPS] += letters >= 4 and upper == letters
    return i, length, letters


@jit
def _symbols(codes, i, end, style):  # type: ignore[no-untyped-def]
    """Where the run of one symbol ends; counts it."""
    code = codes[i]
    start = i
    while i < end and codes[i] == code:
        i += 1
    run = i - start
    if code == 33:
        style[EXCLAIMS] += run
        style[EXCLAIM_RUN] = max(style[EXCLAIM_RUN], run)
    elif code == 63:
        style[QUESTIONS] += 1
    elif code >= 0x1F000 or 0x2600 <= code < 0x27C0:
        style[EMOJI] += run
    return i


@jit
def _standard(word, length, slang_keys, slang_spans, slang_chars):  # type: ignore[no-untyped-def]
    """Replace slang by its standard form and cut -nya; returns (length, negates)."""
    h = fnv(word, 1, length, WORD_SEED)
    mask = np.uint64(slang_keys.shape[0] - 1)
    slot = np.int64(mix(h) & mask)
    negates = False
    while slang_keys[slot] != np.uint64(0):
        if slang_keys[slot] == h:
            negates = slang_spans[slot, 0] < 0
            if slang_spans[slot, 1] > 0:
                length = 1
                for j in range(abs(slang_spans[slot, 0]) - 1, slang_spans[slot, 1]):
                    word[length] = slang_chars[j]
                    length += 1
            break
        slot = (slot + 1) & np.int64(mask)
    if length >= 4 and word[length - 3] == 110 and word[length - 2] == 121 and word[length - 1] == 97 and (length == 4 or length >= 7):
        length -= 3  # -nya, and the nya that some write apart
    return length, negates


@jit
def tokenize(codes, begin, end, lower, kinds, slang_keys, slang_spans, slang_chars, chars, ends, spots, flags, style):  # type: ignore[no-untyped-def]
    """Cut codes[begin:end] into tokens: their characters go to `chars` (token t ends at ends[t]); returns how many there are."""
    word = np.empty(LONGEST_WORD + 24, np.uint32)
    style[CHARS] = end - begin
    tokens, filled, flag = 0, 0, 0
    i = begin
    while i < end:
        code = codes[i]
        kind = _kind(code, kinds)
        if kind == BLANK or kind == INVISIBLE:
            style[LINES] += code == 10
            i += 1
            continue
        start = i
        length = 2
        negates = False
        if kind == LETTER:
            i, length, letters = _letters(codes, i, end, lower, kinds, word, style)
            style[WORDS] += 1
            if letters == 0:
                word[1] = NUMBER
                length = 2
            elif _is_link(codes, start, i, end, kinds):
                i = _skip_link(codes, i, end, kinds)
                style[LINKS] += 1
                word[1] = URL
                length = 2
            else:
                length, negates = _standard(word, length, slang_keys, slang_spans, slang_chars)
                if length == 1:
                    continue
        elif code == 64 and i + 1 < end and _kind(codes[i + 1], kinds) == LETTER:  # @handle
            i += 1
            while i < end and _kind(codes[i], kinds) == LETTER:
                i += 1
            style[HANDLES] += 1
            style[REPLY] |= tokens == 0
            word[1] = HANDLE
        else:
            i = _symbols(codes, i, end, style)
            clause = code == 44 or code == 46 or code == 33 or code == 63 or code == 59 or code == 58
            if clause:
                flag = BREAKS
            quiet = code < 128 and not (code == 33 or code == 63 or (code == 46 and i - start > 1))
            if quiet or code == 0x201C or code == 0x201D or code == 0x2013 or code == 0x2014:
                continue  # commas, quotes, brackets, hashes, dashes: no token of their own
            word[1] = code
            if i - start > 1 and code < 128:
                word[2] = code
                length = 3
        for j in range(1, length):
            chars[filled] = word[j]
            filled += 1
        ends[tokens] = filled
        spots[tokens, 0] = start - begin
        spots[tokens, 1] = i - begin
        flags[tokens] = flag | (NEGATES if negates else 0)
        flag = 0
        tokens += 1
    return tokens
