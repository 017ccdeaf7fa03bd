"""Where in a text a search has found its words, for showing it."""

from __future__ import annotations

import re

from kentongan.spelling import fold
from kentongan.store.query_text import QueryText
from kentongan.store.spellings import Words, tokens

_TOKEN = re.compile(r"[^\W_]+")


def matches(text: str, query: QueryText) -> list[tuple[int, int]]:
    """(start, end) of each word or phrase of the text that was asked for, in order, none inside another."""
    words: set[str] = set()
    phrases: list[Words] = []
    beginnings: list[Words] = []
    for term in query.wanted:
        for form in term.forms or (term.text,):
            parts = tokens(form)
            if term.prefix:
                beginnings.append(parts)
            elif len(parts) == 1:
                words.add(parts[0])
            elif parts:
                phrases.append(parts)
    folded = fold(text)  # as long as the text
    found = [(match[0], *match.span()) for match in _TOKEN.finditer(folded)]
    spans: list[tuple[int, int]] = []
    at = 0
    while at < len(found):
        size = max((len(parts) for parts in phrases if _stands(found, at, parts)), default=0)
        size = size or max((len(parts) for parts in beginnings if parts and _begins(found, at, parts)), default=0)
        size = size or (1 if found[at][0] in words else 0)
        if size:
            spans.append((found[at][1], found[at + size - 1][2]))
        at += size or 1
    return spans


def _stands(found: list[tuple[str, int, int]], at: int, parts: Words) -> bool:
    return at + len(parts) <= len(found) and all(found[at + place][0] == part for place, part in enumerate(parts))


def _begins(found: list[tuple[str, int, int]], at: int, parts: Words) -> bool:
    last = at + len(parts) - 1
    return last < len(found) and _stands(found, at, parts[:-1]) and found[last][0].startswith(parts[-1])
