"""Folding a text so that look-alike spellings meet, and finding names with one typing slip."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

_SPACES = "\t\n\r\x0b\x0c\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"
_HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2212"
_LOOKALIKES = dict(zip("аеорсухкмтвнзіјѕԁԛԝ", "aeopcyxkmtbh3ijsdqw", strict=True))  # Cyrillic letters that look Latin
_GREEK = dict(zip("αβεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abeikvoptuxabezhikmnoptyx", strict=True))
_ASCII = {ord(char): " " for char in _SPACES + "-"} | {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
_UNSEEN = "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u3164\uffa0\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe0f"
_INVISIBLE = re.compile(f"[{_UNSEEN}]")
_GAPS = re.compile(f"[{_UNSEEN} ]*[{_UNSEEN}][{_UNSEEN} ]*|  +")


class _Fold(dict[int, str]):
    """One character to one character, worked out when it is first met: lower case, hyphens and blanks to a blank, look-alikes to Latin."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char.isspace() or char in _HYPHENS:
            folded = " "
        else:
            plain = unicodedata.normalize("NFKD", char)
            base = "".join(part for part in plain if not unicodedata.combining(part))
            base = _GREEK.get(base) or _LOOKALIKES.get(base.lower(), base.lower())
            folded = base if len(base) == 1 else (char.lower() if len(char.lower()) == 1 else char)
        self[code] = folded
        return folded


_FOLD = _Fold(_ASCII)


def fold(text: str) -> str:
    """As many characters as the text has, comparable: lower case, plain Latin letters, every blank and hyphen a space."""
    return text.translate(_FOLD)


class Folded(NamedTuple):
    """A text made comparable, with the way back to it."""

    plain: str  # folded, blanks never doubled, nothing invisible
    text: str  # as it was written
    places: list[int] | None  # of each character of `plain` in `text`; None: the same

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where plain[start:end] lies in the text."""
        return (start, end) if self.places is None else (self.places[start], self.places[end - 1] + 1)

    def written(self, start: int, end: int) -> str:
        """plain[start:end] as it was written, character by character."""
        return self.text[start:end] if self.places is None else "".join(self.text[place] for place in self.places[start:end])


def unfold(text: str) -> Folded:
    """The text folded for searching, doubled blanks and invisible characters left out."""
    folded = text.translate(_FOLD)
    if "  " not in folded and (text.isascii() or not _INVISIBLE.search(text)):
        return Folded(folded, text, None)
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    for gap in _GAPS.finditer(folded):
        pieces.append(folded[at : gap.start()])
        places.extend(range(at, gap.start()))
        if " " in gap[0]:  # a run of blanks, with or without invisible characters in it, is one blank
            pieces.append(" ")
            places.append(gap.start() + gap[0].index(" "))
        at = gap.end()
    pieces.append(folded[at:])
    places.extend(range(at, len(folded)))
    return Folded("".join(pieces), text, places)


_TOKENS = re.compile(r"(?<![a-z0-9])(?:[a-z0-9]{6,40}|(?=[a-z]+[0-9])[a-z0-9]{5})(?![a-z0-9])")  # of five only with a digit: p0lri
_LEET = str.maketrans("0134578", "oieastb")
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SHORTEST = 7  # a name of six letters is one slip away from too many words


def _adjacent() -> dict[str, str]:
    """Keys beside each other on a keyboard, and vowels, which are confused when heard."""
    near: dict[str, set[str]] = {}
    for row, keys in enumerate(_KEYS):
        for column, key in enumerate(keys):
            beside = near.setdefault(key, set())
            for other_row, shift in ((row, -1), (row, 1), (row + 1, -1), (row + 1, 0), (row - 1, 0), (row - 1, 1)):
                if 0 <= other_row < len(_KEYS) and 0 <= column + shift < len(_KEYS[other_row]):
                    beside.add(_KEYS[other_row][column + shift])
    for vowel in "aeiou":
        near[vowel].update(set("aeiou") - {vowel})
    return {key: "".join(sorted(beside)) for key, beside in near.items()}


_NEAR = _adjacent()


def near_keys(letter: str) -> str:
    """Letters that are taken for this one: beside it on a keyboard, and for a vowel the other vowels."""
    return _NEAR.get(letter, "")


def one_slip(word: str, name: str) -> bool:
    """The word is the name with one letter dropped, doubled, swapped with its neighbour, or mistyped for a key beside it; first letters agree."""
    if word[0] != name[0] or abs(len(word) - len(name)) > 1:
        return False
    at = next((i for i, (left, right) in enumerate(zip(word, name, strict=False)) if left != right), min(len(word), len(name)))
    if len(word) < len(name):
        return word[at:] == name[at + 1 :]
    if len(word) > len(name):
        return word[at + 1 :] == name[at:] and (word[at] == word[at - 1] or word[at] in _NEAR.get(word[at - 1], ""))
    if word[at + 1 :] == name[at + 1 :]:
        return name[at] in _NEAR.get(word[at], "")
    return word[at : at + 2] == name[at : at + 2][::-1] and word[at + 2 :] == name[at + 2 :]


class Slips:
    """Names of at least seven letters, found with one slip of the keyboard or with digits for letters (pertamin4)."""

    def __init__(self, names: Mapping[str, Sequence[tuple[str, str]]], known: Container[str]) -> None:
        """names: lower-case name -> (slug, alias) pairs. known: words that are no slip, because they are names themselves."""
        self._names = names
        self._known = known
        self._shortened: dict[str, list[str]] = {}  # name with one letter left out -> names
        for name in names:
            if len(name) >= _SHORTEST:
                for shorter in {name[:i] + name[i + 1 :] for i in range(len(name))}:
                    self._shortened.setdefault(shorter, []).append(name)
        self._seen: dict[str, tuple[str, int]] = {}  # words looked at before -> (name or "", letters): vocabularies repeat

    def find(self, folded: str) -> Iterator[tuple[int, int, Sequence[tuple[str, str]]]]:
        """(start, end, (slug, alias) pairs) of each word that is a slip of a name."""
        if not self._shortened:
            return
        for token in _TOKENS.finditer(folded):
            word = token[0]
            seen = self._seen.get(word)
            if seen is None:
                seen = self._name_of(word)
                if len(self._seen) > 200_000:
                    self._seen.clear()
                self._seen[word] = seen
            name, letters = seen
            if name and (token.start() == 0 or folded[token.start() - 1] not in "@_.") and not folded.startswith((".", "_"), token.end()):
                yield token.start(), token.start() + letters, self._names[name]

    def _name_of(self, word: str) -> tuple[str, int]:
        """(the name that this word is a slip of, how many of its letters belong to it), or ("", 0)."""
        if word in self._known:
            return "", 0
        if not word.isalpha():
            word = word.translate(_LEET)
            if word in self._names:
                return word, len(word)
            if not word.isalpha():
                return "", 0
        if word.endswith(("nya", "lah")) and word[:-3] not in self._names and (stem := self._name_of(word[:-3]))[0]:
            return stem
        shorter = {word[:i] + word[i + 1 :] for i in range(len(word))}
        candidates = {name for piece in (word, *shorter) for name in self._shortened.get(piece, ())}
        candidates.update(piece for piece in shorter if piece in self._names and len(piece) >= _SHORTEST)
        fitting = [name for name in candidates if name != word and one_slip(word, name)]
        return (fitting[0], len(word)) if len(fitting) == 1 else ("", 0)
