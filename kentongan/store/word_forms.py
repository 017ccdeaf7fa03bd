"""The forms in which an Indonesian word stands in texts: `padam` is also in pemadaman, dipadamkan and padamnya.

Rules, no dictionary: what they make need not be a word, it then finds nothing. They are applied to what is asked, not to what is stored, so both
homes of mentions find the same and nothing has to be indexed again when a rule changes.

    roots("pemadaman")    -> padam, and what else the letters allow (madam)
    inflected("padam")    -> padam, padamkan, padamnya, memadamkan, dipadamkan, pemadaman, ...
    slips("listrik")      -> listrk, lisrtik, listrrik, ...: one slip of the keyboard
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from kentongan.spelling import near_keys

SHORTEST = 4  # letters of a root with affixes
SHORTEST_SLIP = 5  # letters of a word in which a slip is looked for
_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_VOWELS = frozenset("aeiou")
# Endings of speech: -nya and the like; -e, -ne in Javanese, -na in Sundanese.
ENDINGS = ("nya", "lah", "kah", "pun", "ku", "mu", "e", "ne", "na", "2")
_CLITICS = ("nya", "lah", "kah", "pun", "ku", "mu")
_AFTER_ROOT = ("", "an", "kan", "i", "in", "annya", "kannya", "inya", "innya", *ENDINGS)
_AFTER_VERB = ("", "kan", "i", "in", "nya", "kannya", "inya", "lah", "kanlah")
_CUT = ("kan", "an", "in", "i")
# (prefix, what the root begins with before it was swallowed, what must follow the prefix): Indonesian morphophonemics.
_NASALS = (
    ("menge", "", ""), ("penge", "", ""),
    ("meny", "s", "aeiou"), ("peny", "s", "aeiou"), ("meng", "k", "aeiou"), ("peng", "k", "aeiou"), ("mem", "p", "aeiou"), ("pem", "p", "aeiou"),
    ("men", "t", "aeiou"), ("pen", "t", "aeiou"), ("meng", "", "aeioughkq"), ("peng", "", "aeioughkq"), ("mem", "", "bfvp"), ("pem", "", "bfvp"),
    ("men", "", "cdjzst"), ("pen", "", "cdjzst"), ("me", "", "lrmnwy"), ("pe", "", "lrmnwybcdgjkpst"),
    ("te", "", "r"), ("be", "", "r"), ("nge", "", ""), ("ny", "s", "aeiou"), ("ny", "c", "aeiou"), ("ng", "", "aeioughk"), ("ng", "k", "aeiou"),
)  # fmt: skip
_BEFORE_SHORT = ("meng", "peng", "ng", "di")
_PLAIN = ("memper", "diper", "ber", "ter", "per", "di")


def _is_root(word: str) -> bool:
    """True when the letters could be a root: four letters, two vowels, no three consonants at its beginning."""
    return len(word) >= SHORTEST and sum(char in _VOWELS for char in word) >= 2 and not _VOWELS.isdisjoint(word[:3])


def _is_short_root(word: str) -> bool:
    """True for three letters that take affixes of their own: cek (mengecek), adu (mengadu)."""
    return len(word) == 3 and (word[0] in _VOWELS, word[1] in _VOWELS, word[2] in _VOWELS) in ((False, True, False), (True, False, True))


def _without_prefix(word: str) -> Iterator[str]:
    for prefix, swallowed, follows in _NASALS:
        rest = word.removeprefix(prefix)
        if rest != word and rest and (not follows or rest[0] in follows):
            yield swallowed + rest
    for prefix in _PLAIN:
        rest = word.removeprefix(prefix)
        if rest != word:
            yield rest
            if prefix == "ber" and rest.startswith("ker"):
                yield rest


def _without_suffix(word: str) -> Iterator[str]:
    yield word
    for clitic in _CLITICS:
        if word.endswith(clitic):
            word = word.removesuffix(clitic)
            yield word
            break
    for suffix in _CUT:
        if word.endswith(suffix):
            yield word.removesuffix(suffix)


@lru_cache(maxsize=4096)
def roots(word: str) -> tuple[str, ...]:
    """What the word may be made of, itself first; `ke-` is cut together with `-an` only."""
    found = [word]
    for stem in _without_suffix(word):
        if stem != word and (_is_root(stem) or (_is_short_root(stem) and word == stem + "nya")):
            found.append(stem)
        for rest in _without_prefix(stem):
            if _is_root(rest) or (_is_short_root(rest) and stem.startswith(_BEFORE_SHORT)):
                found.append(rest)
            if rest.startswith("per") and _is_root(rest[3:]):
                found.append(rest[3:])
    if word.startswith("ke") and word.removesuffix("nya").endswith("an"):
        inner = word.removesuffix("nya")[2:-2]
        found += [rest for rest in (inner, *_without_prefix(inner)) if _is_root(rest)]
    return tuple(dict.fromkeys(found))


# First letter of a root -> (what it takes after me- or pe-, before a vowel it is swallowed). Others take nothing.
_TAKES = {**dict.fromkeys("aeioughq", ("ng", False)), **dict.fromkeys("bfv", ("m", False)), **dict.fromkeys("cdjz", ("n", False))}
_TAKES |= {"k": ("ng", True), "s": ("ny", True), "t": ("n", True), "p": ("m", True)}


def _nasal(root: str) -> tuple[str, str]:
    """(nasal, root behind it): what stands between me- or pe- and the root."""
    nasal, swallowed = _TAKES.get(root[0], ("", False))
    if swallowed and root[1:2] in _VOWELS:
        return nasal, root[1:]
    return ("n" if nasal == "ny" else nasal), root


@lru_cache(maxsize=4096)
def inflected(root: str) -> tuple[str, ...]:
    """The root in its forms, itself first."""
    if len(root) < SHORTEST and (root[0] not in _VOWELS or not _is_short_root(root)):
        return (*clitic_forms(root), *_of_one_syllable(root))
    nasal, rest = _nasal(root)
    verb = nasal + rest
    forms = [root + end for end in _AFTER_ROOT]
    forms += [f"me{verb}{end}" for end in _AFTER_VERB]
    forms += [f"di{root}{end}" for end in _AFTER_VERB]
    forms += [f"{'te' if root[0] == 'r' else 'ter'}{root}{end}" for end in ("", "kan", "i", "nya")]
    forms += [f"{'be' if root[0] == 'r' else 'ber'}{root}{end}" for end in ("", "an", "nya")]
    forms += [f"pe{verb}{end}" for end in ("", "an", "annya", "nya")]
    forms += [f"pe{root}{end}" for end in ("", "an", "annya", "nya")]
    forms += [f"per{root}{end}" for end in ("", "an", "annya", "kan", "i")]
    forms += [f"{begin}per{root}{end}" for begin in ("mem", "di") for end in ("", "kan", "i")]
    forms += [f"ke{root}{end}" for end in ("", "an", "annya")]
    forms += [f"ke{begin}{root}an" for begin in ("ber", "ter")]  # keterbukaan, keberhasilan
    if nasal:  # nunggu, ngurusin; nyari and nyoba are of c
        forms += [f"{verb}{end}" for end in ("", "in", "nya", "kan", "innya")]
        if root[0] == "c":
            forms += [f"ny{root[1:]}{end}" for end in ("", "in")]
    else:
        forms += [f"nge{root}{end}" for end in ("", "in")]
    return tuple(dict.fromkeys(forms))


def _of_one_syllable(root: str) -> list[str]:
    if not _is_short_root(root):
        return []
    return [f"{begin}{root}{end}" for begin in ("menge", "nge", "di") for end in ("", "in", "kan")] + [f"penge{root}an"]


def clitic_forms(word: str) -> tuple[str, ...]:
    """The word and what speech hangs on to it: `KTP` is also in `ktpnya`."""
    return (word, *(word + end for end in ENDINGS))


def squeezed(word: str) -> str:
    """The word without letters drawn out three times and more: `bangettt` is `banget`."""
    return _DRAWN_OUT.sub(r"\1", word)


def stretched(word: str) -> tuple[str, ...]:
    """The word with one letter written two to six times: `banget` is also `bangeeet`."""
    return tuple(
        word[:at] + letter * times + word[at + 1 :]
        for at, letter in enumerate(word)
        if letter in _VOWELS or at == len(word) - 1
        for times in range(2, 7)
    )


@lru_cache(maxsize=4096)
def slips(word: str) -> tuple[str, ...]:
    """The word with one letter left out, doubled or swapped with its neighbour, a key beside it, or with a letter too little mended.

    The first letter stays; a vowel is not taken for another one (pemilihan, pemulihan). Empty for a word that is short or no word.
    """
    if len(word) < SHORTEST_SLIP or not (word.isascii() and word.isalpha()):
        return ()
    places = range(1, len(word))
    made = [word[:at] + word[at + 1 :] for at in places]
    made += [word[:at] + letter + word[at:] for at in range(1, len(word) + 1) for letter in "abcdefghijklmnopqrstuvwxyz"]
    made += [word[:at] + after + before + word[at + 2 :] for at, (before, after) in enumerate(pairwise(word)) if at]
    made += [word[:at] + key + word[at + 1 :] for at in places for key in near_keys(word[at]) if word[at] not in _VOWELS and key not in _VOWELS]
    return tuple(dict.fromkeys(one for one in made if one != word))


def other_vowels(word: str) -> tuple[str, ...]:
    """The word with one vowel taken for another: ransomwere. For words that are not right as they are."""
    if len(word) < SHORTEST_SLIP or not (word.isascii() and word.isalpha()):
        return ()
    return tuple(
        word[:at] + vowel + word[at + 1 :] for at, letter in enumerate(word) if at and letter in _VOWELS for vowel in "aeiou" if vowel != letter
    )
