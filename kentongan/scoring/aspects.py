"""Which part of a text is about which agency: clauses around the names."""

from __future__ import annotations

import re
from collections.abc import Sequence

# The end of a sentence, or a word that sets one thing against another.
_SENTENCE = re.compile(r"[.!?;\n]+(?=\s|$)|[\n;]")
_JOINS = r"tapi|tetapi|tp|tapinya|namun|sedangkan|sementara|padahal|meski(?:pun)?|walau(?:pun)?|kalau|kalo|klo|nek|nanging|but|while"
_TURN = re.compile(
    rf"[,\s]\s*\b(?:{_JOINS}|sebaliknya|beda (?:dengan|sama)|berbeda dengan|dibanding(?:kan|ke)?|ketimbang|daripada"
    r"|malah|giliran|untung(?:nya|lah)?|mending(?:an)?|sayang(?:nya)?|ari|whereas|unlike|however|although)\b|,\s",
    re.IGNORECASE,
)
_CLAUSE = re.compile(f"{_SENTENCE.pattern}|{_TURN.pattern}", re.IGNORECASE)
# Words that only join say nothing of what follows, but a model has learned them from complaints; "malah", "untung" and "sayang" do say something.
_JOINING = re.compile(rf"^(?:{_JOINS})\s", re.IGNORECASE)

Span = tuple[str, int, int]


def clauses_by_agency(text: str, spans: Sequence[Span]) -> dict[str, str]:
    """Agency -> the clauses about it, where the text sets at least two agencies apart; else empty.

    spans: (slug, start, end) in `text`. A clause without a name goes with the one before it (the first ones: with the one after). Agencies named in
    one clause share it: of "A dan B payah. C bagus" C is set apart from A and B.
    """
    inside = [(slug, start, end) for slug, start, end in spans if 0 <= start < end <= len(text)]
    names = {slug for slug, _, _ in inside}
    if len(names) < 2:
        return {}
    shared: dict[str, str] = {}
    for pattern in (_SENTENCE, _CLAUSE):
        clauses = _cut(text, pattern)
        owners = [tuple(sorted({slug for slug, start, _ in inside if first <= start < last})) for first, last in clauses]
        found = _joined(text, clauses, owners)
        if all(len(owner) < 2 for owner in owners):
            return found
        if len(set(found.values())) > 1:
            shared = found
    return shared


def _cut(text: str, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """(start, end) of the stretches between the boundaries; a boundary word belongs to what follows it."""
    starts = [0]
    for match in pattern.finditer(text):
        at = match.end() if not any(char.isalpha() for char in match[0]) else match.start() + 1
        if starts[-1] < at < len(text):
            starts.append(at)
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _joined(text: str, clauses: Sequence[tuple[int, int]], owners: Sequence[tuple[str, ...]]) -> dict[str, str]:
    owner = next(names for names in owners if names)
    parts: dict[str, list[str]] = {}
    for (start, end), named in zip(clauses, owners, strict=True):
        owner = named or owner
        piece = _JOINING.sub("", text[start:end].strip())
        for name in owner:
            parts.setdefault(name, []).append(piece)
    return {name: " ".join(piece for piece in pieces if piece) for name, pieces in parts.items()}
