"""What was learned about claims: how much each word and letter group says, and when two texts tell the same story (bench/train_claims.py)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from kentongan.scoring.claim_grams import WORDS_END

Array = np.ndarray[Any, Any]
CLAIMS_NPZ = Path(__file__).with_name("claims.npz")
CLAIMS_JSON = Path(__file__).with_name("claims.json")

LEAST_SIMILAR = 1 / 3  # of a claim must be found in a text that is to match it, whatever else they share


SHARPER, WORDS_COUNT = 1.3, 3.0  # in the search, rarities are raised to this power, and words weigh so many times a group of letters


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimModel:
    rarity: Array  # float32 [buckets]: -log of the share of texts and headlines that hold it
    weights: Array  # float64: of the columns of `claim_pairs`
    bias: float
    order: Array  # float64: of the same columns, by which the candidates are put in order; zeros keep the order of the search
    same_from: float  # log-odds of telling the same story from which it is called a match

    def search_weights(self) -> Array:
        """float32 [buckets]: how much a bucket counts when claims are searched."""
        sharp: Array = self.rarity**SHARPER / self.rarity.mean() ** (SHARPER - 1)
        sharp[:WORDS_END] *= WORDS_COUNT
        return sharp.astype(np.float32)


@cache
def load_claim_model() -> ClaimModel:
    """The shipped model, read once a process."""
    learned = json.loads(CLAIMS_JSON.read_bytes())
    with np.load(CLAIMS_NPZ, allow_pickle=False) as arrays:
        rarity = arrays["rarity"].astype(np.float32) * np.float32(learned["rarity_step"])
    weights, order = (np.array(list(learned[name].values())) for name in ("weights", "order"))
    return ClaimModel(rarity=rarity, weights=weights, order=order, bias=learned["bias"], same_from=learned["same_from"])
