"""The forest: trees that weigh the signs of an unusual bin, and the scale that turns their sum into "by chance once in so many weeks".

The trees were grown on simulated crises and simulated ordinary life by bench/train_spikes.py and travel as detector_forest.npz;
docs/adr/0006-spike-detector.md says what they brought. A leaf is told by feature -1; a sign at or below the threshold goes left.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from alerts.detector_compiling import compiled
from alerts.detector_signs import NAMES
from alerts.detector_state import Floats, Singles
from kentongan.errors import StoreError

PATH = Path(__file__).with_name("detector_forest.npz")


class Forest(NamedTuple):
    roots: npt.NDArray[np.int32]
    feature: npt.NDArray[np.int16]
    threshold: Floats
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    value: Singles
    start: float
    score_at: Floats  # knots of the scale: sum of the trees ...
    weeks_at: Floats  # ... and log10 of the weeks in which ordinary life passes it once


@lru_cache(maxsize=1)
def load_forest() -> Forest:
    """The forest that ships. Raises StoreError when the file is missing or was grown on other signs."""
    try:
        with np.load(PATH, allow_pickle=False) as stored:
            names = tuple(str(name) for name in stored["names"])
            forest = Forest(
                roots=stored["roots"],
                feature=stored["feature"],
                threshold=stored["threshold"],
                left=stored["left"],
                right=stored["right"],
                value=stored["value"],
                start=float(stored["start"]),
                score_at=stored["score_at"],
                weeks_at=stored["weeks_at"],
            )
    except (OSError, KeyError, ValueError) as exc:
        raise StoreError(f"{PATH.name}: cannot be read ({exc}); install Kentongan again or run bench/train_spikes.py") from exc
    if names != NAMES[: len(names)]:  # signs are only ever added at the end
        raise StoreError(f"{PATH.name}: grown on other signs than this version reads; install Kentongan again or run bench/train_spikes.py")
    return forest


@compiled
def weigh(forest: Forest, signs: Singles) -> float:
    """The sum of the trees: log-odds that this is a crisis rather than a restless day of ordinary life."""
    total = forest.start
    for root in forest.roots:
        node = root
        while forest.feature[node] >= 0:
            node = forest.left[node] if signs[forest.feature[node]] <= forest.threshold[node] else forest.right[node]
        total += forest.value[node]
    return float(total)
