"""Which language a text is in: Indonesian unless something else is clear."""

from __future__ import annotations

from typing import Any

import numpy as np

from kentongan.records import Language
from kentongan.scoring.model import LANGUAGES
from kentongan.scoring.ngrams import FOREIGN, LETTERS, WORDS

Array = np.ndarray[Any, Any]
HEAD_START = 2.0  # log-odds that Indonesian (Malay is counted as it) has in advance in a text of up to three words; less in longer ones
FOREIGN_SHARE = 0.5  # of the letters, above which a text is in another script


def head_start(words: Array) -> Array:
    """Log-odds in favour of Indonesian, by the number of words."""
    given: Array = HEAD_START / np.maximum(words / 3, 1)
    return given


def languages(logits: Array, styles: Array) -> list[Language]:
    """One language per text; `other` for another script. A text without letters is `other` too: it is in no language."""
    weighed = logits.copy()
    weighed[:, 0] += head_start(styles[:, WORDS])
    best = weighed.argmax(1).tolist()
    letters, foreign = styles[:, LETTERS], styles[:, FOREIGN]
    other = ((letters == 0) | (foreign > FOREIGN_SHARE * letters)).tolist()
    names: tuple[Language, ...] = LANGUAGES  # type: ignore[assignment]  # the same five words
    return ["other" if strange else names[index] for index, strange in zip(best, other, strict=True)]
