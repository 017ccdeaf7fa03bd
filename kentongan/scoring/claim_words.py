"""How a word is compared with a claim: without its affixes, and under the first word of its group in `synonyms.yml`.

The affixes are cut by rule, without a dictionary: what is left need not be a word, it must only be the same for "membagikan", "dibagikan"
and "bagi". A wrong cut costs little, as the characters of the whole word are compared too.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import yaml

from kentongan.scoring.characters import WORD_SEED, SlangTable
from kentongan.scoring.ngrams import fnv, jit, mix

COMPILED_WITH = "5958f746c635"  # see claim_grams.py
Array = np.ndarray[Any, Any]
SHORTEST = 4  # letters that must be left
# (prefix, what the root begins with when the prefix has swallowed it, only before a vowel): menarik is from tarik; the longer prefix first
_PREFIXES = (
    ("meny", "s", 0), ("peny", "s", 0), ("meng", "", 0), ("peng", "", 0), ("mem", "p", 1), ("pem", "p", 1), ("men", "t", 1), ("pen", "t", 1),
    ("mem", "", 0), ("pem", "", 0), ("men", "", 0), ("pen", "", 0), ("ber", "", 0), ("ter", "", 0), ("per", "", 0), ("di", "", 0), ("me", "", 0),
    ("pe", "", 0), ("ke", "", 0), ("se", "", 0),
)  # fmt: skip
_SUFFIXES = (("nya", 4), ("kan", 4), ("lah", 4), ("kah", 4), ("an", 4), ("i", 5))  # with the letters that must be left


def _table(words: list[str]) -> Array:
    out = np.zeros((len(words), 5), np.uint32)  # length, then letters
    for row, word in enumerate(words):
        out[row, 0] = len(word)
        out[row, 1 : 1 + len(word)] = [ord(c) for c in word]
    return out


PREFIXES, SWALLOWED = _table([prefix for prefix, _, _ in _PREFIXES]), _table([first for _, first, _ in _PREFIXES])
SWALLOWED[:, 4] = [before_vowel for _, _, before_vowel in _PREFIXES]
SUFFIXES, LEFT = _table([suffix for suffix, _ in _SUFFIXES]), np.array([least for _, least in _SUFFIXES], np.int64)


@jit
def _same(word, begin, table, row):  # type: ignore[no-untyped-def]  # compiled: numba infers the types
    for j in range(table[row, 0]):
        if word[begin + j] != table[row, 1 + j]:
            return False
    return True


@jit
def _cut_prefix(word, end, prefixes, swallowed):  # type: ignore[no-untyped-def]
    """Cut one prefix of word[1:end] in place; returns its new end, the old where there is none."""
    for row in range(prefixes.shape[0]):
        size, put = np.int64(prefixes[row, 0]), np.int64(swallowed[row, 0])
        if word[1] != prefixes[row, 1] or end - 1 - size + put < SHORTEST or not _same(word, 1, prefixes, row):
            continue
        follows = word[1 + size]
        if swallowed[row, 4] and not (follows == 97 or follows == 101 or follows == 105 or follows == 111 or follows == 117):
            continue  # only before a vowel
        for j in range(put):
            word[1 + j] = swallowed[row, 1 + j]
        for j in range(1 + size, end):
            word[j - size + put] = word[j]
        return end + put - size
    return end


@jit
def cut_affixes(word, end, prefixes, swallowed, suffixes, left):  # type: ignore[no-untyped-def]
    """Cut the affixes of word[1:end] in place; returns its new end."""
    if end - 1 < 6:
        return end
    for row in range(suffixes.shape[0]):
        size = np.int64(suffixes[row, 0])
        if end - 1 - size >= left[row] and _same(word, end - size, suffixes, row):
            end -= size
            break
    for _ in range(2):
        before = end
        end = _cut_prefix(word, end, prefixes, swallowed)
        if end == before:
            break
    return end


@jit
def _standing_for(h, form, end, keys, spans, chars):  # type: ignore[no-untyped-def]
    """Put the first word of the group of the word with this hash into form[1:]; returns its end, -1 where it has no group, 0 where it is silent."""
    mask = np.uint64(keys.shape[0] - 1)
    slot = np.int64(mix(h) & mask)
    while keys[slot] != np.uint64(0):
        if keys[slot] == h:
            if spans[slot, 0] < 0:
                return 0
            end = 1
            for j in range(spans[slot, 0] - 1, spans[slot, 1]):
                form[end] = chars[j]
                end += 1
            return end
        slot = (slot + 1) & np.int64(mask)
    return -1


@jit
def claim_form(word, end, form, forms):  # type: ignore[no-untyped-def]
    """Put what word[1:end] is compared as into form[1:]; returns its end, 0 for a word that says nothing in a claim."""
    prefixes, swallowed, suffixes, left, keys, spans, chars = forms
    found = _standing_for(fnv(word, 1, end, WORD_SEED), form, end, keys, spans, chars)
    if found >= 0:
        return found
    for j in range(end):
        form[j] = word[j]
    end = cut_affixes(form, end, prefixes, swallowed, suffixes, left)
    found = _standing_for(fnv(form, 1, end, WORD_SEED), form, end, keys, spans, chars)
    return found if found >= 0 else end


def stem(word: str) -> str:
    """The word without its affixes; the same as `cut_affixes`."""
    letters = np.zeros(len(word) + 8, np.uint32)
    letters[1 : 1 + len(word)] = [ord(c) for c in word]
    end = cut_affixes(letters, len(word) + 1, PREFIXES, SWALLOWED, SUFFIXES, LEFT)
    return "".join(map(chr, letters[1:end]))


def _groups() -> tuple[dict[str, list[str]], list[str]]:
    """(stem of a group's first word -> the words and stems that it stands for, words that say nothing)."""
    content = yaml.safe_load((resources.files("kentongan.scoring") / "synonyms.yml").read_text(encoding="utf-8"))
    silent = str(content["silent"]).split()
    taken = set(silent)
    groups = [str(line).split() for line in content["groups"]]
    standard: dict[str, list[str]] = {}
    for group in groups:  # the words themselves first: a stem of one group may be a word of another
        standard.setdefault(stem(group[0]), []).extend(word for word in group if word not in taken)
        taken.update(group)
    for group in groups:
        for short in [stem(word) for word in group]:
            if short not in taken:
                standard[stem(group[0])].append(short)
                taken.add(short)
    return standard, silent


def read_kinds() -> tuple[list[str], list[str]]:
    """(words by which a claim says what happened: the first of each other group; words that say to whom, where or when)."""
    content = yaml.safe_load((resources.files("kentongan.scoring") / "synonyms.yml").read_text(encoding="utf-8"))
    named = str(content["named"]).split()
    return [first for line in content["groups"] if (first := str(line).split()[0]) not in named], named


def load_forms() -> tuple[Array, ...]:
    """What `claim_form` needs: the affixes, and synonyms.yml as a table."""
    table = SlangTable(*_groups())
    return (PREFIXES, SWALLOWED, SUFFIXES, LEFT, table.keys, table.spans, table.chars)


@cache
def _meanings() -> dict[str, str]:
    standard, silent = _groups()
    return {word: first for first, words in standard.items() for word in words} | dict.fromkeys(silent, "")


def meaning(word: str) -> str:
    """What a word in lower case is compared as: the first of its group, else its stem; "" where it says nothing."""
    known = _meanings()
    if word in known:
        return known[word]
    short = stem(word)
    return known.get(short, short)
