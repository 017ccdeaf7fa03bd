"""What the strong tier reads of a text: the same preparation and the same pieces in training and in use."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kentongan.scoring.reader import readable

LONGEST = 64  # pieces, with the two that mark beginning and end: the first ones and the last ones of a longer text
_TAIL = 16
_LINK = re.compile(r"(?:https?://|www\.)\S+")
_HANDLE = re.compile(r"@[\w.…]+")
_RUN = re.compile(r"(.)\1{2,}")
_SPACE = re.compile(r"\s+")


def prepared(text: str) -> str:
    """The text in lower case, links and accounts by one name each, letters that are held long shortened to two."""
    text = _LINK.sub("http", readable(text).lower())
    text = _HANDLE.sub("@akun", text)
    return _SPACE.sub(" ", _RUN.sub(r"\1\1", text)).strip()


def framed(pieces: Sequence[int], first: int, last: int) -> list[int]:
    """The pieces between the marks of beginning and end, at most LONGEST in all: the head and the tail of a longer text."""
    room = LONGEST - 2
    kept = list(pieces) if len(pieces) <= room else [*pieces[: room - _TAIL], *pieces[-_TAIL:]]
    return [first, *kept, last]
