"""Grow the forest that weighs the signs of a spike, on simulated agencies; writes alerts/detector_forest.npz.

    python bench/train_spikes.py [--cache DIR]

Needs the simulator beside the checkout (../shared/tools/spikes) and the dev group (scikit-learn, pandas, scipy).
Two sets of seeds: trees are grown on one; on the other it is counted how often ordinary life passes each sum of the trees, which gives the scale
"once in so many weeks". Neither is among the seeds that bench/spikes.py reports. Takes a quarter of an hour on one core, less with a filled cache.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from alerts.detector import Detector
from alerts.detector_forest import PATH, Forest, weigh
from alerts.detector_signs import COUNT, NAMES
from alerts.detector_state import fresh_memory
from kentongan.config import RuleConfig

GROW = (*range(1, 13), *range(201, 237), *range(401, 432), *range(101, 131))
SCALE = tuple(range(601, 621))
EARLY_BINS, LATER_BINS = 36, 144  # 3 h, 12 h into a crisis
BURN_BINS = 48, 432  # 4 h, 36 h into a slow burn: before, there is nothing to see; after, it is late
CLOSE_BINS = 72  # an alert closes after six hours ...
CLOSE_BELOW = 1.6  # ... in which the sum of the trees is so far below the mark
TAIL_BINS = 72  # an alert up to 6 h after a crisis is no false one
AFTER_BINS = 144  # nor is what the detector makes of the hours after a crisis ordinary life


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """The weighed bins of one seed."""

    signs: npt.NDArray[np.float32]
    bin: npt.NDArray[np.int32]
    agency: npt.NDArray[np.int16]
    crisis: npt.NDArray[np.int8]  # 1: inside a crisis, 0: ordinary life, -1: neither (before scoring starts, after a crisis)
    into: npt.NDArray[np.int32]  # bins since the crisis began
    episode: npt.NDArray[np.int32]
    burn: npt.NDArray[np.int8]  # 1: inside a slow burn
    weeks: float


def tools() -> Path:
    """The folder of the simulator."""
    shared = Path(os.environ.get("KENTONGAN_SHARED") or Path(__file__).resolve().parents[1].parent / "shared")
    folder = shared / "tools" / "spikes"
    if not folder.is_dir():
        sys.exit(f"{folder} is not there: the simulator is needed to grow the forest")
    return folder


def read_seed(seed: int, cache: Path | None) -> Rows:
    """The rows of one simulated seed, from the cache if they are there."""
    path = cache / f"{seed}.npz" if cache else None
    if path and path.exists():
        with np.load(path) as kept:
            return Rows(**{key: kept[key] if key != "weeks" else float(kept[key]) for key in Rows.__dataclass_fields__})
    import spikes_sim

    frames, labels, meta = spikes_sim.simulate(seed)
    detector = Detector(RuleConfig(), "Asia/Jakarta")
    parts: dict[str, list[npt.NDArray[np.generic]]] = {key: [] for key in Rows.__dataclass_fields__ if key != "weeks"}
    weeks = 0.0
    episode = 0
    for number, (name, frame) in enumerate(frames.items()):
        negative = (frame.negative - frame.late_negative).to_numpy(np.float64)
        others = np.maximum((frame.total - frame.late_total).to_numpy(np.float64) - negative, 0)
        first_s = int(frame.time.iloc[0].tz_localize("Asia/Jakarta").timestamp())
        signs = np.full((len(frame), COUNT), np.nan, np.float32)
        detector.run(fresh_memory(300), first_s, negative, others, frame.observed.to_numpy(np.float64), has_total=True, signs=signs)
        crisis = np.zeros(len(frame), np.int8)
        into = np.zeros(len(frame), np.int32)
        episodes = np.full(len(frame), -1, np.int32)
        burns = np.zeros(len(frame), np.int8)
        scored = int((np.datetime64(meta[name]["score_from"]) - np.datetime64(frame.time.iloc[0])) / np.timedelta64(5, "m"))
        crisis[:scored] = -1
        for row in labels[labels.agency == name].itertuples():
            start, end = (int((np.datetime64(at) - np.datetime64(frame.time.iloc[0])) / np.timedelta64(5, "m")) for at in (row.start, row.end))
            crisis[start : end + 6] = 1
            crisis[end + 6 : end + TAIL_BINS + AFTER_BINS // 2] = -1
            into[start : end + 6] = np.arange(len(into[start : end + 6]))
            episodes[start : end + 6] = episode
            burns[start : end + 6] = row.shape == "burn"
            episode += 1
        weighed = np.flatnonzero(~np.isnan(signs[:, 0]))
        weeks += (len(frame) - scored) / 2016
        found = (signs[weighed], weighed, np.full(len(weighed), number), crisis[weighed], into[weighed], episodes[weighed], burns[weighed])
        for key, values in zip(parts, found, strict=True):
            parts[key].append(values)
    types = (np.float32, np.int32, np.int16, np.int8, np.int32, np.int32, np.int8)
    rows = Rows(**{key: np.concatenate(found).astype(kind) for (key, found), kind in zip(parts.items(), types, strict=True)}, weeks=weeks)
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **{key: getattr(rows, key) for key in Rows.__dataclass_fields__})
    return rows


def worth(rows: Rows) -> npt.NDArray[np.float64]:
    """What a bin is worth: the first hours of a crisis most, when an alert is worth something; of a slow burn the hours in which it shows."""
    early = np.where(rows.into < EARLY_BINS, 1.0, np.where(rows.into < LATER_BINS, 0.3, 0.1))
    slow = np.where(rows.into < BURN_BINS[0], 0.15, np.where(rows.into < BURN_BINS[1], 0.5, 0.2))
    return np.where(rows.crisis != 1, 1.0, np.where(rows.burn == 1, slow, early))


def training_set(seeds: Sequence[int], cache: Path | None) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int8], npt.NDArray[np.float64]]:
    """(signs, crisis or not, weight)."""
    rng = np.random.default_rng(0)
    signs, labels, weights = [], [], []
    for seed in seeds:
        rows = read_seed(seed, cache)
        weight = worth(rows)
        keep = np.where((rows.crisis == 0) & (rows.signs[:, 0] < 0.8), 0.3, np.where(weight < 0.3, 0.2, 0.5))  # neighbours are alike
        chosen = (rows.crisis >= 0) & (rng.random(len(keep)) < keep)
        signs.append(rows.signs[chosen])
        labels.append(rows.crisis[chosen])
        weights.append((weight / keep)[chosen])
    return np.concatenate(signs), np.concatenate(labels), np.concatenate(weights)


def grow(seeds: Sequence[int], cache: Path | None) -> Forest:
    """The forest, its scale still to be found."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    signs, labels, weights = training_set(seeds, cache)
    print(f"{len(labels)} bins of {len(seeds)} seeds, {labels.mean():.2f} in a crisis", file=sys.stderr)
    model = HistGradientBoostingClassifier(
        max_iter=240,
        learning_rate=0.08,
        max_leaf_nodes=15,
        min_samples_leaf=150,
        l2_regularization=5.0,
        max_features=0.5,
        early_stopping=False,
        random_state=1,
    )
    model.fit(signs, labels, sample_weight=weights)
    columns: dict[str, list[npt.NDArray[np.generic]]] = {key: [] for key in ("feature", "threshold", "left", "right", "value")}
    roots = []
    size = 0
    for (tree,) in model._predictors:
        nodes = tree.nodes
        leaf = nodes["is_leaf"].astype(bool)
        roots.append(size)
        columns["feature"].append(np.where(leaf, -1, nodes["feature_idx"]))
        columns["threshold"].append(np.where(leaf, 0.0, nodes["num_threshold"]))
        columns["left"].append(np.where(leaf, 0, nodes["left"].astype(np.int64) + size))
        columns["right"].append(np.where(leaf, 0, nodes["right"].astype(np.int64) + size))
        columns["value"].append(np.where(leaf, nodes["value"], 0.0))
        size += len(nodes)
    flat = {key: np.concatenate(found) for key, found in columns.items()}
    forest = Forest(
        roots=np.array(roots, np.int32),
        feature=flat["feature"].astype(np.int16),
        threshold=flat["threshold"].astype(np.float64),
        left=flat["left"].astype(np.int32),
        right=flat["right"].astype(np.int32),
        value=flat["value"].astype(np.float32),
        start=float(np.ravel(model._baseline_prediction)[0]),
        score_at=np.array([0.0, 1.0]),
        weeks_at=np.array([0.0, 1.0]),
    )
    sample = signs[:: max(1, len(signs) // 2000)]
    ours = np.array([weigh(forest, row) for row in sample])
    assert np.allclose(ours, model.decision_function(sample), atol=1e-3), "the exported forest differs from the grown one"
    return forest


def openings_per_week(sums: Sequence[npt.NDArray[np.float64]], rows: Sequence[Rows], mark: float) -> float:
    """How often per agency-week ordinary life opens an alert: at the mark, closed after six hours in which nothing comes near it."""
    openings = 0
    for total, seed in zip(sums, rows, strict=True):
        near = total >= mark - CLOSE_BELOW
        place = (seed.agency[near].astype(np.int64) * 10_000_000 + seed.bin[near]).tolist()
        above = (total[near] >= mark).tolist()
        ordinary = (seed.crisis[near] == 0).tolist()
        last, is_open = -CLOSE_BINS - 1, False
        for at, loud, calm in zip(place, above, ordinary, strict=True):
            is_open = is_open and at - last <= CLOSE_BINS
            if loud and not is_open:
                openings += calm
                is_open = True
            last = at
    return openings / sum(seed.weeks for seed in rows)


def find_scale(forest: Forest, seeds: Sequence[int], cache: Path | None) -> Forest:
    """The forest with its scale: knots at which it was counted how often ordinary life passes, as log10 of weeks."""
    rows = [read_seed(seed, cache) for seed in seeds]
    sums = [np.array([weigh(forest, row) for row in seed.signs]) for seed in rows]
    weeks = sum(seed.weeks for seed in rows)
    lowest = -np.log10(openings_per_week(sums, rows, -np.inf))  # every bin that is weighed at all
    wanted = np.array([-0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0])
    wanted = wanted[(10**wanted <= weeks / 10) & (wanted > lowest + 0.1)]  # at least ten passes behind the last knot
    knots = []
    for log_weeks in wanted:
        low, high = -10.0, 10.0
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (middle, high) if openings_per_week(sums, rows, middle) > 10**-log_weeks else (low, middle)
        knots.append(high)
    at = np.array([knots[0] - 3.0, *knots])
    wanted = np.array([lowest, *wanted])
    for mark, log_weeks in zip(at, wanted, strict=True):
        print(f"sum {mark:6.3f} = once in {10**log_weeks:7.2f} weeks", file=sys.stderr)
    return forest._replace(score_at=at, weeks_at=wanted)


def main() -> None:
    """Grow, scale, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cache", type=Path, help="folder that keeps the rows of each seed")
    parser.add_argument("--out", type=Path, default=PATH)
    arguments = parser.parse_args()
    sys.path.insert(0, str(tools()))
    forest = find_scale(grow(GROW, arguments.cache), SCALE, arguments.cache)
    np.savez_compressed(arguments.out, names=np.array(NAMES), **{key: np.asarray(value) for key, value in forest._asdict().items()})
    print(f"{arguments.out}: {len(forest.roots)} trees, {arguments.out.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
