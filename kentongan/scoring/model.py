"""The weights that are shipped, and what the sums of the reader mean with them: probabilities of languages and of sentiments."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
LANGUAGES = ("id", "jv", "su", "min", "en")
LABELS = ("negative", "neutral", "positive")
POLAR = len(LANGUAGES)  # first sentiment column of the table
WEIGHTS_NPZ = Path(__file__).with_name("weights.npz")
MODEL_JSON = Path(__file__).with_name("weights.json")
_SPOKEN_BY = (  # files that decide what is said of a text
    "weights.npz", "weights.json", "hoax.json", "cues.yml", "topics.yml", "slang.yml", "claims.npz", "claims.json", "synonyms.yml",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    table: Array  # int16 [buckets, languages + sentiments]
    language_step: float
    language_bias: Array
    sentiment_step: float
    sentiment_bias: Array
    temperature: float
    fingerprint: str  # of every file that decides what is said of a text, 8 characters

    def language_logits(self, sums: Array, counts: Array) -> Array:
        """[n, 5], from the reader's sums and counts."""
        logits: Array = _scaled(sums[:, :, :POLAR], counts) * self.language_step + self.language_bias
        return logits

    def sentiment_logits(self, sums: Array, counts: Array) -> Array:
        """[n, 3], tempered: their softmax is calibrated."""
        logits: Array = (_scaled(sums[:, :, POLAR:], counts) * self.sentiment_step + self.sentiment_bias) / self.temperature
        return logits


def _scaled(sums: Array, counts: Array) -> Array:
    """Each group's sum over the square root of how many features it has; in double precision, so that every machine agrees."""
    return (sums / np.sqrt(np.maximum(counts, 1))[:, :, None]).sum(1)


@cache
def load_model() -> Model:
    """The shipped model, read once a process."""
    meta = json.loads(MODEL_JSON.read_bytes())
    said = hashlib.sha256()
    for name in _SPOKEN_BY:
        said.update(WEIGHTS_NPZ.with_name(name).read_bytes())
    with np.load(WEIGHTS_NPZ, allow_pickle=False) as arrays:
        table = arrays["table"]
    return Model(
        table=np.ascontiguousarray(table),
        language_step=meta["language"]["step"],
        language_bias=np.array(meta["language"]["bias"]),
        sentiment_step=meta["sentiment"]["step"],
        sentiment_bias=np.array(meta["sentiment"]["bias"]),
        temperature=meta["sentiment"]["temperature"],
        fingerprint=said.hexdigest()[:8],
    )
