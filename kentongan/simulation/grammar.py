"""Templates to sentences, and sentences to the way people type.

Template: [a|b] one of, [a|] may be missing, {x} one of the list x; both may nest.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Literal, TypeVar

Part = str | tuple[Literal["slot"], str] | tuple[Literal["choice"], tuple["Parts", ...]]
Parts = tuple[Part, ...]
Slots = Mapping[str, Sequence[str]]

T = TypeVar("T")
_MARKS = re.compile(r"[\[\]|]|\{\w+\}|[^\[\]|{]+|\{")


@lru_cache(maxsize=8192)
def parse(template: str) -> Parts:
    """The template as a tree. Raises ValueError when its brackets do not close."""
    marks = iter(_MARKS.findall(template))
    parts, end = _sequence(marks)
    if end:
        raise ValueError(f"template {template!r}: {end!r} without its [")
    return parts


def _sequence(marks: Iterator[str]) -> tuple[Parts, str]:
    parts: list[Part] = []
    for mark in marks:
        if mark == "[":
            options: list[Parts] = []
            end = "|"
            while end == "|":
                option, end = _sequence(marks)
                options.append(option)
            if end != "]":
                raise ValueError("a [ is not closed")
            parts.append(("choice", tuple(options)))
        elif mark in "|]":
            return tuple(parts), mark
        elif mark.startswith("{") and len(mark) > 1:
            parts.append(("slot", mark[1:-1]))
        else:
            parts.append(mark)
    return tuple(parts), ""


def expand(rng: random.Random, template: str, slots: Slots) -> str:
    """One sentence of the template. Raises KeyError for a list that is not there."""
    return _join(rng, parse(template), slots)


def _join(rng: random.Random, parts: Parts, slots: Slots) -> str:
    pieces = []
    for part in parts:
        if isinstance(part, str):
            pieces.append(part)
        elif part[0] == "slot":
            pieces.append(_join(rng, parse(pick(rng, slots[part[1]])), slots))
        else:
            pieces.append(_join(rng, pick(rng, part[1]), slots))
    return "".join(pieces)


def pick(rng: random.Random, options: Sequence[T]) -> T:
    """One of the options; uses nothing but random(), whose stream is the same everywhere."""
    return options[int(rng.random() * len(options))]
