"""What is asked for under another spelling: slang, abbreviations, names of places. From `spellings.yml`, the slang of the mappings and `places`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

import yaml

import mappings
from kentongan.places import places
from kentongan.spelling import fold
from kentongan.store.word_forms import SHORTEST, clitic_forms, inflected, other_vowels, roots, slips, squeezed, stretched

Words = tuple[str, ...]
LONG = 7  # letters: shorter words are one slip away from too many others (padam, PDAM)
LONG_UNKNOWN = 6  # of a word that is in no list, and so perhaps none
LONGEST_NAME = 5  # words of a name in `spellings.yml`
_KIND = re.compile(r"(?:Kabupaten|Kota Administrasi|Kota|Daerah Istimewa) ")
_TOKEN = re.compile(r"[^\W_]+")


class _Spellings(NamedTuple):
    others: dict[Words, list[Words]]  # a name -> the ways in which it is also written
    whole: frozenset[str]
    families: dict[str, Words]
    roots: frozenset[str]
    right: frozenset[str]  # words that are no slip of another one

    def knows(self, word: str) -> bool:
        """True for a word that is right as it is."""
        return (word,) in self.others or word in self.right or not self.roots.isdisjoint(roots(word))


def tokens(text: str) -> Words:
    """Words as the stores' tokenizers part them, folded."""
    return tuple(_TOKEN.findall(fold(text)))


@cache
def _spellings() -> _Spellings:
    listed: Any = yaml.safe_load(resources.files(__package__).joinpath("spellings.yml").read_text(encoding="utf-8"))
    others: dict[Words, list[Words]] = {}
    for group in (*listed["same"], *([word, *ways] for word, ways in mappings.slang().items()), *_place_names()):
        names = list(dict.fromkeys(tokens(name) for name in group))
        for name in names:
            others.setdefault(name, []).extend(other for other in names if other != name)
    for name, ways in listed["also"].items():
        others.setdefault(tokens(name), []).extend(tokens(way) for way in ways)
    whole, families = frozenset(listed["whole"].split()), {word: tuple(family) for family in listed["families"] for word in family}
    regions = {word for name in places().names.values() for word in tokens(name)}
    right = frozenset((*whole, *families, *regions, *(word for pair in listed["both_right"] for word in pair)))
    return _Spellings(others, whole, families, frozenset(listed["roots"].split()), right)


def _place_names() -> Iterator[list[str]]:
    """`Jawa Barat, Jabar`."""
    for code, names in places().nicknames.items():
        yield [_KIND.sub("", places().name_of(code)), *names]


def others(name: Words) -> list[Words]:
    """The ways in which a name of one or more words is also written."""
    return _spellings().others.get(name, [])


@lru_cache(maxsize=4096)
def forms(word: str) -> Words:
    """Every form, spelling and slip in which the folded word is looked for, itself first; several words in one of them are a phrase."""
    if not word.isalpha() and not _spellings().knows(word):  # a number is meant as it stands: nomor7 is not nomor8, nor nomor77
        return (word,)
    found = [word, *_right_forms(word)]
    if (short := squeezed(word)) != word:
        found += _right_forms(short)
    found += _slipped(word)
    return tuple(dict.fromkeys(found))


def _right_forms(word: str) -> Iterator[str]:
    """The word inflected, the other spellings of it and of its root, and letters drawn out."""
    known = _spellings()
    if word in known.families:
        for one in known.families[word]:
            yield from clitic_forms(one)
        return
    yield from clitic_forms(word)
    for root in (word,) if word in known.whole else roots(word):
        if root.isalpha() and root not in known.whole and root not in known.families:
            yield from (form for form in inflected(root) if form not in known.whole and form not in known.families)
        if root == word or root in known.roots:
            yield from stretched(root)
        if root == word or len(root) > SHORTEST:  # a short root is too often another word
            for other in others((root,)):
                yield from spoken(other)


def _slipped(word: str) -> Iterator[str]:
    """Slips of a word, if it is long; of one that nobody knows also the forms of what it may have been meant for."""
    known = _spellings()
    if known.knows(word):
        if len(word) >= LONG:
            yield from (slip for slip in slips(word) if not known.knows(slip))
        return
    for slip in (*slips(word), *other_vowels(word)):
        if len(word) >= LONG_UNKNOWN:
            yield slip
        if slip in known.families or (slip,) in known.others:
            yield from _right_forms(slip)
        for root in roots(slip):
            if root in known.roots:
                yield from inflected(root)


def spoken(name: Words) -> Iterator[str]:
    """Another spelling with the endings that speech hangs on to it."""
    if len(name) > 1:
        yield " ".join(name)
        return
    yield from clitic_forms(name[0])
    if len(name[0]) >= SHORTEST:
        yield from (name[0] + end for end in ("an", "in", "kan", "annya"))
        yield from stretched(name[0])
