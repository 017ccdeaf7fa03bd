"""What each character is, and the table of slang and negators, as arrays for the compiled reader."""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np
import yaml

BLANK, LETTER, SYMBOL, INVISIBLE = 0, 1, 2, 3
LOWER_END = 0x590  # Latin, Greek, Cyrillic, Armenian have lower case; what lies above is taken as it is
KIND_END = 0x3000
FNV_START = 0xCBF29CE484222325
FNV_PRIME = 0x100000001B3
WORD_SEED = 1
LONGEST_GROWTH = 9  # a standard form is at most so many times as long as its variant: sizes the reader's buffer
_MASK = (1 << 64) - 1

Array = np.ndarray[Any, Any]


def lower_table() -> Array:
    """Lower case of the code points below LOWER_END, where it is a single one; others are themselves."""
    table = np.arange(LOWER_END, dtype=np.uint32)
    for code in range(LOWER_END):
        low = chr(code).lower()
        if len(low) == 1:
            table[code] = ord(low)
    return table


def kind_table() -> Array:
    """BLANK, LETTER (digits and combining marks too), SYMBOL or INVISIBLE for the code points below KIND_END."""
    table = np.full(KIND_END, SYMBOL, dtype=np.uint8)
    glue = (0x27, 0x2019, 0x60, 0xAD, 0x200B, 0x200C, 0x200D, 0x2060)  # ma'af, don't; zero-width marks hide words from filters
    for code in range(KIND_END):
        char = chr(code)
        if code in glue:
            table[code] = INVISIBLE
        elif char.isalnum() or char == "_" or 0x300 <= code < 0x370:
            table[code] = LETTER
        elif char.isspace() or code < 0x20:
            table[code] = BLANK
    return table


def mix(h: int) -> int:
    """Spread a hash over all 64 bits; the same as `ngrams.mix`."""
    h ^= h >> 31
    h = (h * 0x9E3779B97F4A7C15) & _MASK
    return h ^ (h >> 29)


def word_hash(word: str) -> int:
    """The hash of a word in lower case; the same as `ngrams.fnv` with WORD_SEED."""
    h = FNV_START ^ WORD_SEED
    for char in word:
        h = ((h ^ ord(char)) * FNV_PRIME) & _MASK
    return h


class SlangTable:
    """slang.yml as an open-addressing table: word hash -> its standard form, and whether it negates what follows."""

    def __init__(self, standard: dict[str, list[str]], negators: list[str]) -> None:
        """standard: form -> the ways people write it; negators: standard forms."""
        entries: dict[str, tuple[str, bool]] = dict.fromkeys(negators, ("", True))
        for form, variants in standard.items():
            for variant in variants:
                entries[variant] = (form, form in negators)
        size = 1 << (len(entries) * 4).bit_length()
        self.keys = np.zeros(size, dtype=np.uint64)
        self.spans = np.zeros((size, 2), dtype=np.int32)  # start + 1 (minus: negator) and end in `chars`; end 0: keeps its form
        chars: list[int] = []
        for word, (form, negates) in sorted(entries.items()):
            if len(form) > LONGEST_GROWTH * len(word):
                raise ValueError(f"slang.yml: {form!r} is too long for {word!r}")
            h = word_hash(word)
            slot = mix(h) & (size - 1)
            while self.keys[slot]:
                slot = (slot + 1) & (size - 1)
            self.keys[slot] = h
            start = len(chars) + 1
            chars.extend(ord(c) for c in form)
            self.spans[slot] = (-start if negates else start, len(chars) if form else 0)
        self.chars = np.array(chars or [0], dtype=np.uint32)


def load_slang() -> SlangTable:
    """The table that is shipped."""
    content = yaml.safe_load((resources.files("kentongan.scoring") / "slang.yml").read_text(encoding="utf-8"))
    standard = {form: str(variants).split() for form, variants in content["standard"].items()}
    return SlangTable(standard, str(content["negators"]).split())
