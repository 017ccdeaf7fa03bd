"""Which language a text is in: Indonesian unless something else is clear."""

from __future__ import annotations

from typing import Any

import numpy as np

from kentongan.records import Language
from kentongan.scoring.model import LANGUAGES
from kentongan.scoring.ngrams import FOREIGN, LETTERS

Array = np.ndarray[Any, Any]
INDONESIAN_FIRST = 1.5  # log-odds that Indonesian (Malay is counted as it) has in advance
FOREIGN_SHARE = 0.5  # of the letters, above which a text is in another script


def languages(logits: Array, styles: Array) -> list[Language]:
    """One language per text; `other` for another script. A text without letters is `other` too: it is in no language."""
    best = (logits + np.array([INDONESIAN_FIRST, 0, 0, 0, 0])).argmax(1).tolist()
    letters, foreign = styles[:, LETTERS], styles[:, FOREIGN]
    other = ((letters == 0) | (foreign > FOREIGN_SHARE * letters)).tolist()
    names: tuple[Language, ...] = LANGUAGES  # type: ignore[assignment]  # the same five words
    return ["other" if strange else names[index] for index, strange in zip(best, other, strict=True)]
