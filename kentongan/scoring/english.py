"""TextBlob for English: its `.sentiment` only, which needs no corpus; imported with the first English text."""

from __future__ import annotations

from functools import lru_cache

LONGEST = 1000  # characters that are read


@lru_cache(maxsize=8192)
def polarity(text: str) -> tuple[float, float]:
    """(polarity -1..1, subjectivity 0..1) of an English text."""
    from textblob import TextBlob

    found = TextBlob(text[:LONGEST]).sentiment
    return float(found.polarity), float(found.subjectivity)
