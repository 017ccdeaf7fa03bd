"""Which part of a text is about which agency: clauses around the names."""

from __future__ import annotations

import re
from collections.abc import Sequence

# The end of a sentence, or a word that sets one thing against another.
_SENTENCE = re.compile(r"[.!?;\n]+(?=\s|$)|[\n;]")
_TURN = re.compile(
    r"[,\s]\s*\b(?:tapi|tetapi|tp|tapinya|namun|sedangkan|sementara|sebaliknya|beda (?:dengan|sama)|berbeda dengan"
    r"|dibanding(?:kan)?|daripada|padahal|malah|giliran|kalau|kalo|klo|nek|ari|kalau yang|but|while|whereas|unlike|however)\b|,\s",
    re.IGNORECASE,
)

Span = tuple[str, int, int]


def clauses_by_agency(text: str, spans: Sequence[Span]) -> dict[str, str]:
    """Agency -> the clauses about it, where the text sets the agencies apart; empty when it names fewer than two, or all in one clause.

    spans: (slug, start, end) in `text`. A clause without a name goes with the one before it (the first ones: with the one after).
    """
    inside = [(slug, start, end) for slug, start, end in spans if 0 <= start < end <= len(text)]
    if len({slug for slug, _, _ in inside}) < 2:
        return {}
    for pattern in (_SENTENCE, _TURN):
        clauses = _cut(text, pattern if pattern is _SENTENCE else re.compile(f"{_SENTENCE.pattern}|{_TURN.pattern}", re.IGNORECASE))
        owners = [sorted({slug for slug, start, _ in inside if first <= start < last}) for first, last in clauses]
        if all(len(owner) < 2 for owner in owners):
            return _joined(text, clauses, [owner[0] if owner else "" for owner in owners])
    return {}


def _cut(text: str, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """(start, end) of the stretches between the boundaries; a boundary word belongs to what follows it."""
    starts = [0]
    for match in pattern.finditer(text):
        at = match.end() if not any(char.isalpha() for char in match[0]) else match.start() + 1
        if starts[-1] < at < len(text):
            starts.append(at)
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _joined(text: str, clauses: Sequence[tuple[int, int]], owners: Sequence[str]) -> dict[str, str]:
    owner = next(name for name in owners if name)
    parts: dict[str, list[str]] = {}
    for (start, end), named in zip(clauses, owners, strict=True):
        owner = named or owner
        parts.setdefault(owner, []).append(text[start:end].strip())
    return {name: " ".join(piece for piece in pieces if piece) for name, pieces in parts.items()}
