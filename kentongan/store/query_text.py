"""What a person types into a search box, understood once for every store: words, "phrases", -exclusions, begin*.

Words are joined by AND. Nothing that can be typed is an error of syntax: a stray quote, bracket or operator is text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from kentongan.errors import InputError
from kentongan.words import say

MAX_TERMS = 64
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"'})  # what phones type
_PART = re.compile(r'(-?)(?:"([^"]*)"?(\*?)|([^\s"]+))')


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """One word or phrase; `prefix`: its last word may go on; `excluded`: it must not occur."""

    text: str
    phrase: bool = False
    prefix: bool = False
    excluded: bool = False


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
    return QueryText(terms=tuple(terms), hopeless=bool(text.strip()) and not terms)
