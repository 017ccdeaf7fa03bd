"""Texts in, sums out: the Python side of the compiled reader."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kentongan.scoring.characters import SlangTable, kind_table, load_slang, lower_table
from kentongan.scoring.sums import add_up

Array = np.ndarray[Any, Any]
LONGEST = 4000  # characters of a text that are read: its beginning and its end
_TAIL = 1000
_NOTHING32 = np.zeros(0, np.int32)
_NOTHING64 = np.zeros(0, np.int64)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What the reader found, one row a text."""

    texts: list[str]  # as read: capped, compatibility forms folded; `tops` are places in these
    sums: Array  # int32 [n, 2 groups, classes]
    counts: Array  # int32 [n, 2]: features in each group
    styles: Array  # int32 [n, STYLES], columns named in `ngrams`
    tops: Array  # int32 [n, 2 sides, TOP, 2]


def readable(text: str) -> str:
    """The text with compatibility forms folded (bold or full-width letters used to hide words), capped at LONGEST characters."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - _TAIL - 1]} {text[-_TAIL:]}"
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")  # half of an emoji, as broken JSON may hold
        text = unicodedata.normalize("NFKC", text)[: LONGEST * 2]
    return text


class Reader:
    """Reads batches of texts with one table of weights."""

    def __init__(self, weights: Array, polar: int, slang: SlangTable | None = None) -> None:
        """weights: int16 [2 ** BITS, classes]; columns polar .. polar + 2 are negative, neutral, positive."""
        self._weights = weights
        self._polar = polar
        self._slang = slang or load_slang()
        self._lower = lower_table()
        self._kinds = kind_table()

    def _run(self, texts: Sequence[str], out: Array, ends: Array) -> Any:
        offsets = np.zeros(len(texts) + 1, np.int64)
        np.cumsum([len(text) for text in texts], out=offsets[1:])
        codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        slang = self._slang
        return add_up(codes, offsets, self._lower, self._kinds, slang.keys, slang.spans, slang.chars, self._weights, self._polar, out, ends)

    def read(self, texts: Sequence[str]) -> Reading:
        """Sums, counts, styles and the strongest words of each text, in order."""
        ready = [readable(text) for text in texts]
        sums, counts, styles, tops = self._run(ready, _NOTHING32, _NOTHING64)
        return Reading(texts=ready, sums=sums, counts=counts, styles=styles, tops=tops)

    def features(self, texts: Sequence[str]) -> tuple[Array, Array]:
        """For training: the buckets of all features (+ 2 ** BITS for character n-grams) and where each text's end."""
        ready = [readable(text) for text in texts]
        out = np.empty(sum(len(text) for text in ready) * 9 * 8 + 1024, np.int32)
        ends = np.zeros(len(ready), np.int64)
        self._run(ready, out, ends)
        if ready and ends[-1] >= len(out):
            raise RuntimeError("feature buffer too small; read fewer texts at once")
        return out[: ends[-1] if ready else 0].copy(), ends
