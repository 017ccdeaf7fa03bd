"""Which part of a text is about which agency, and how these parts stand to each other: clauses around the names, turns, comparisons."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

# The end of a sentence, or a word that sets one thing against another.
_SENTENCE = re.compile(r"[.!?;\n]+(?=\s|$)|[\n;]")
_JOINS = r"tapi|tetapi|tp|tapinya|namun|sedangkan|sementara|padahal|meski(?:pun)?|walau(?:pun)?|kalau|kalo|klo|nek|nanging|but|while"
_SET_BESIDE = r"(?:ber)?beda(?: banget| jauh| sekali)? (?:dengan|sama|dari)|whereas|unlike"
_LUCK = r"untung(?:nya|lah)?|syukur(?:nya|lah)?|luckily|thankfully|fortunately"
_THAN = r"dibanding(?:kan|ke)?|ketimbang|dari ?pada|drpd|than"
_TURN = re.compile(
    rf"[,\s]\s*\b(?:{_JOINS}|{_SET_BESIDE}|{_LUCK}|{_THAN}|sebaliknya|malah|giliran|mending(?:an)?|sayang(?:nya)?|coba|vs|ari|however|although)\b|,\s",
    re.IGNORECASE,
)
_CLAUSE = re.compile(f"{_SENTENCE.pattern}|{_TURN.pattern}", re.IGNORECASE)
# Words that only join say nothing of what follows, but a model has learned them from complaints; "malah", "untung" and "sayang" do say something.
_JOINING = re.compile(rf"^(?:{_JOINS})\s", re.IGNORECASE)
# What follows is the other way round than what was said of another agency before.
_CONTRAST = re.compile(
    rf"^[\s,]*(?:tapi|tetapi|tp|namun|sedangkan|sementara|sebaliknya|giliran|sayang(?:nya)?|nanging|but|while|however|{_SET_BESIDE}|{_LUCK})\b"
    r"|\b(?:malah|malahan|justru)\b",
    re.IGNORECASE,
)
# "X lebih baik daripada Y": between the two names stands a word of comparing, before it what the first has more of.
_MORE = re.compile(r"\b(?:lebih|lbh|luwih|mending(?:an)?|pilih|rather|prefer|better|worse|\w{3,}an(?=\s+\S+\s*$))\b", re.IGNORECASE)
_WORSE = re.compile(
    r"\b(?:lebih|lbh|luwih|more)\s+(?:parah|buruk|jelek|lambat|lelet|lemot|ribet|payah|susah|mahal|rumit|bobrok|busuk|elek|suwe|expensive)|\bworse\b",
    re.IGNORECASE,
)
_COMPARED = re.compile(rf"\b(?:{_THAN})\b", re.IGNORECASE)
_RATHER = re.compile(r"\b(?:mending(?:an)?|bagusan|enakan)\b", re.IGNORECASE)  # says which is better without saying than what
_BETWEEN_NAMES = re.compile(r"\s*,\s*(?:(?:dan|serta|sama|plus|lan|jeung|and|&)\s+)?", re.IGNORECASE)  # in a list
_NEAR = 20  # characters before a name in which "mending" is about it
_LETTER = re.compile(r"[^\W\d_]")

Span = tuple[str, int, int]


class Aspects(NamedTuple):
    """What a text says of each of its agencies."""

    clauses: Mapping[str, str]  # agency -> the clauses about it; empty where nothing sets two agencies apart
    turns: tuple[tuple[str, str], ...] = ()  # two agencies of which the text says opposite things
    preferred: tuple[tuple[str, str], ...] = ()  # (the better, the worse) of those that it compares


NOTHING_APART = Aspects({})


def clauses_by_agency(text: str, spans: Sequence[Span]) -> Mapping[str, str]:
    """Agency -> the clauses about it, where the text sets at least two agencies apart; else empty. See `read_aspects`."""
    return read_aspects(text, spans).clauses


def read_aspects(text: str, spans: Sequence[Span]) -> Aspects:
    """The parts of the text by agency.

    spans: (slug, start, end) in `text`. A clause without a name goes with the one before it (the first ones: with the one after). Agencies named in
    one clause share it: of "A dan B payah. C bagus" C is set apart from A and B; a list ("A, B, dan C") is one clause.
    """
    inside = sorted(((slug, start, end) for slug, start, end in spans if 0 <= start < end <= len(text)), key=lambda span: span[1:])
    if len({slug for slug, _, _ in inside}) < 2:
        return NOTHING_APART
    shared = NOTHING_APART
    for pattern in (_SENTENCE, _CLAUSE):
        clauses = _cut(text, pattern, inside)
        owners = [tuple(sorted({slug for slug, start, _ in inside if first <= start < last})) for first, last in clauses]
        found = _joined(text, clauses, owners)
        alone = all(len(owner) < 2 for owner in owners)
        if alone or len(set(found.values())) > 1:
            shared = Aspects(found, _turns(text, clauses, owners), _compared(text, inside))
        if alone:
            break
    return shared


def _cut(text: str, pattern: re.Pattern[str], names: Sequence[Span]) -> list[tuple[int, int]]:
    """(start, end) of the stretches between the boundaries; a boundary word belongs to what follows it, a mere name ("PLN? Payah") too."""
    inner = _inside_lists(text, names)
    starts = [0]
    for match in pattern.finditer(text):
        at = match.end() if not any(char.isalpha() for char in match[0]) else match.start() + 1
        if starts[-1] < at < len(text) and not any(first <= match.start() < last for first, last in inner) and _speaks(text, starts[-1], at, names):
            starts.append(at)
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _inside_lists(text: str, names: Sequence[Span]) -> list[tuple[int, int]]:
    """The commas between names that follow each other at once, but of "mending A, B lelet"."""
    return [
        (end, start)
        for (_, begin, end), (_, start, _) in pairwise(names)
        if end < start and _BETWEEN_NAMES.fullmatch(text, end, start) and not _RATHER.search(text, max(0, begin - _NEAR), begin)
    ]


def _speaks(text: str, start: int, end: int, names: Sequence[Span]) -> bool:
    """The stretch says something beside the names in it; true also where no name is in it."""
    within = [(max(start, first), min(end, last)) for _, first, last in names if first < end and start < last]
    left = start
    for first, last in within:
        if _LETTER.search(text, left, first):
            return True
        left = max(left, last)
    return not within or _LETTER.search(text, left, end) is not None


def _joined(text: str, clauses: Sequence[tuple[int, int]], owners: Sequence[tuple[str, ...]]) -> dict[str, str]:
    owner = next(names for names in owners if names)
    parts: dict[str, list[str]] = {}
    for (start, end), named in zip(clauses, owners, strict=True):
        owner = named or owner
        piece = _JOINING.sub("", text[start:end].strip())
        for name in owner:
            parts.setdefault(name, []).append(piece)
    return {name: " ".join(piece for piece in pieces if piece) for name, pieces in parts.items()}


def _turns(text: str, clauses: Sequence[tuple[int, int]], owners: Sequence[tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    """Pairs of agencies with a clause each, the later one of which turns against the earlier."""
    found = []
    before = ""
    turned = False
    for (start, end), named in zip(clauses, owners, strict=True):
        turned = turned or (bool(before) and _CONTRAST.search(text[start:end]) is not None)
        if len(named) == 1:
            if turned and before and named[0] != before:
                found.append((before, named[0]))
            before, turned = named[0], False
        elif named:
            before, turned = "", False
    return tuple(found)


def _compared(text: str, names: Sequence[Span]) -> tuple[tuple[str, str], ...]:
    """(the better, the worse) of neighbours: "X lebih baik daripada Y", "mending X, Y lelet", "Y lelet, mending X"."""
    found = []
    for place, ((first, begin, end), (second, start, _)) in enumerate(pairwise(names)):
        if first == second:
            continue
        opening = max((match.end() for match in _SENTENCE.finditer(text, 0, begin)), default=0)
        before = text[max(opening, names[place - 1][2] if place else 0) : begin]
        if word := _COMPARED.search(text, end, start):
            said = f"{before} {text[end : word.start()]}"
            if _WORSE.search(said):
                found.append((second, first))
            elif _MORE.search(said):
                found.append((first, second))
        elif _RATHER.search(before):
            found.append((first, second))
        elif _RATHER.search(text, end, start):
            found.append((second, first))
    return tuple(found)
