"""Phrases of the project's lists found in a text: one automaton for all lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

import ahocorasick
import yaml


class PhraseMatcher:
    """Finds phrases of named groups, whole words only; a phrase that ends in * also matches with any ending."""

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        entries: dict[str, list[tuple[str, bool]]] = {}
        for group, phrases in groups.items():
            for phrase in phrases:
                text = str(phrase).lower()
                entries.setdefault(text.rstrip("*"), []).append((group, text.endswith("*")))
        self._automaton: Any = ahocorasick.Automaton()
        for text, found in entries.items():
            self._automaton.add_word(text, (len(text), tuple(found), text[0].isalnum(), text[-1].isalnum()))
        if entries:
            self._automaton.make_automaton()
        self._empty = not entries

    def find(self, text: str) -> dict[str, list[tuple[int, int]]]:
        """Group -> places (start, end) in `text`, which must be in lower case with single blanks."""
        found: dict[str, list[tuple[int, int]]] = {}
        if self._empty:
            return found
        length = len(text)
        for last, (size, groups, open_before, open_after) in self._automaton.iter(text):
            start, end = last - size + 1, last + 1
            if open_before and start and text[start - 1].isalnum():
                continue
            inside = open_after and end < length and text[end].isalnum()
            for group, prefix in groups:
                if prefix or not inside:
                    found.setdefault(group, []).append((start, end))
        return found


def read_list(name: str) -> dict[str, Any]:
    """One of the YAML files of this package."""
    content: dict[str, Any] = yaml.safe_load((resources.files("kentongan.scoring") / name).read_text(encoding="utf-8"))
    return content
