"""What a person types into a search box, understood once for every store: words, "phrases", -exclusions, begin*.

Words are joined by AND, and each is looked for in all its forms (`spellings.forms`); phrases, exclusions and beginnings are taken as typed.
Nothing that can be typed is an error of syntax: a stray quote, bracket or operator is text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace

from kentongan.errors import InputError
from kentongan.store.spellings import LONGEST_NAME, forms, others, spoken, tokens
from kentongan.words import say

MAX_TERMS = 64
MOST_WITH_FORMS = 12  # words: a longer search is a text that somebody pasted, and is taken as typed
_LONGEST_WORD = 32  # letters: no word with affixes is longer
_LONGEST_TAG = 3  # words that are looked for run together, as in #listrikpadam
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})  # what phones type
_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PART = re.compile(r'(-?)(?:"([^"]*)"?(\*?)|([^\s"]+))')


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """One word or phrase; `prefix`: its last word may go on; `excluded`: it must not occur."""

    text: str
    phrase: bool = False
    prefix: bool = False
    excluded: bool = False
    forms: tuple[str, ...] = field(default=(), compare=False)  # instead of `text`, any of these; words in one of them are a phrase


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryText:
    """A parsed search. `hopeless`: something was typed, but nothing in it can be searched (e.g. only signs): no mention matches."""

    terms: tuple[Term, ...] = ()
    hopeless: bool = False

    @property
    def wanted(self) -> tuple[Term, ...]:
        """Terms that must occur."""
        return tuple(term for term in self.terms if not term.excluded)

    @property
    def excluded(self) -> tuple[Term, ...]:
        """Terms that must not occur."""
        return tuple(term for term in self.terms if term.excluded)


def _searchable(text: str) -> bool:
    """True when it holds a letter or a digit: the tokenizers of both stores drop everything else."""
    return any(unicodedata.category(char)[0] in "LN" for char in text)


def parse_query(text: str) -> QueryText:
    """The terms of a search. Raises InputError above 64 terms."""
    readable = text.translate(_QUOTES).encode("utf-8", "replace").decode("utf-8")
    readable = "".join(" " if unicodedata.category(char) == "Cc" else char for char in readable)
    terms = []
    for sign, phrase, star, word in _PART.findall(readable):
        body = phrase or word
        if not _searchable(body):
            continue
        prefix = bool(star) or (bool(word) and word.endswith("*"))
        terms.append(Term(text=body.strip().rstrip("*"), phrase=bool(phrase), prefix=prefix, excluded=bool(sign)))
    if len(terms) > MAX_TERMS:
        raise InputError(
            say(
                f"pencarian berisi {len(terms)} kata; paling banyak {MAX_TERMS}, persingkatlah",
                f"the search holds {len(terms)} words; at most {MAX_TERMS}, shorten it",
            )
        )
    return QueryText(terms=tuple(_with_forms(terms)), hopeless=bool(text.strip()) and not terms)


def _with_forms(terms: list[Term]) -> list[Term]:
    """The terms, those that are plain words with their forms; words beside each other also as the abbreviation or the hashtag that they make."""
    plain = [term for term in terms if not (term.phrase or term.prefix or term.excluded)]
    if len(plain) > MOST_WITH_FORMS:
        return terms
    parts = [tokens(term.text) for term in plain]
    found = [list(_own_forms(term.text)) for term in plain]
    for start in range(len(plain)):
        for end in range(start + 1, min(len(plain), start + LONGEST_NAME) + 1):
            words = tuple(word for part in parts[start:end] for word in part)
            more = [form for other in others(words) for form in spoken(other)] if end - start > 1 or len(words) > 1 else []
            if 1 < end - start <= _LONGEST_TAG:
                more.append("".join(words))
            for own in found[start:end]:
                own.extend(more)
    given = dict(zip((id(term) for term in plain), found, strict=True))
    return [replace(term, forms=tuple(dict.fromkeys(given[id(term)]))) if id(term) in given else term for term in terms]


def _own_forms(text: str) -> tuple[str, ...]:
    """Forms of one word; `e-KTP` and `#ListrikPadam` stay the phrases that they are."""
    words = tokens(text)
    if len(words) == 1 and text.startswith("#") and len(apart := _HUMPS.findall(text)) > 1:
        return (words[0], " ".join(tokens(" ".join(apart))))
    if len(words) != 1 or not words[0].isascii() or len(words[0]) > _LONGEST_WORD:
        return (text, "".join(words))
    return forms(words[0])
