"""From an agency's file to what is searched for: every way in which an alias is written, and what finding it means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kentongan.config_models import AgencyConfig
from kentongan.spelling import fold

_PLAIN_HANDLE = re.compile(r"[a-z0-9.]*[_0-9][a-z0-9_.]*")
_ADDRESSES = frozenset(("web", "playstore", "appstore"))  # official "accounts" that are addresses or app ids, never written as @handles


@dataclass(frozen=True, slots=True, order=True)
class Pattern:
    """What it means to find a phrase."""

    slug: str
    alias: str  # as in the agency's file
    ambiguous: bool = False  # ~: an alias that needs its context, an exclusion that speaks against ambiguous aliases nearby
    exact: bool = False  # =: as written
    exclusion: bool = False
    handle: bool = False

    @property
    def bare(self) -> str:
        """The phrase without its marks."""
        return self.alias.lstrip("~=")


def patterns_of(slug: str, agency: AgencyConfig) -> Iterator[tuple[str, Pattern]]:
    """Everything to look for, folded, with what it means."""
    for alias in agency.aliases:
        yield from _spellings(_pattern(slug, alias))
    for phrase in agency.exclude:
        pattern = _pattern(slug, phrase, exclusion=True)
        yield from ((written, pattern) for written in _written(pattern.bare))
    for platform, handle in agency.accounts():
        if platform not in _ADDRESSES:
            yield "@" + fold(handle), Pattern(slug, f"@{handle}", handle=True)
            if _PLAIN_HANDLE.fullmatch(handle):  # divhumas_polri without its @ can be nothing else
                yield fold(handle), Pattern(slug, f"@{handle}")


def _pattern(slug: str, written: str, *, exclusion: bool = False) -> Pattern:
    bare = written.lstrip("~=")
    marks = written[: len(written) - len(bare)]
    return Pattern(slug, written, ambiguous="~" in marks, exact="=" in marks, exclusion=exclusion, handle=bare.startswith("@"))


def _spellings(pattern: Pattern) -> Iterator[tuple[str, Pattern]]:
    bare = pattern.bare
    yield from ((written, pattern) for written in _written(bare))
    if bare.isupper() and bare.isalpha() and 3 <= len(bare) <= 6 and not pattern.exact:  # P.L.N, P L N
        yield from ((mark.join(fold(bare)), pattern) for mark in (".", " "))


def _written(phrase: str) -> tuple[str, ...]:
    """The phrase folded, and without its blanks if it has any: "Mobile JKN" is also written MobileJKN."""
    spaced = " ".join(fold(phrase).split())
    joined = spaced.replace(" ", "")
    return (spaced, joined) if joined != spaced and len(joined) >= 4 else (spaced,)
