"""Print what a wider band of the strong tier brings and costs, and how honest the confidence is; write bench/results/bands.md.

    python bench/bands.py --data ../shared/data --work var/train

--work: as export_strong.py left it (seen.npz: both tiers without the validation splits). Rates are of processor time, of the models in the package.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
from quality_sentiment import HERE, STREAMS
from scipy.optimize import minimize_scalar
from train_sentiment import macro_f1
from train_sources import LABELS, Folder

from kentongan.ports import ScoreRequest
from kentongan.scoring.scorer import TieredScorer
from kentongan.scoring.strong import FILES, SHIPPED, StrongTier

Array = np.ndarray
RESULT = HERE / "results" / "bands.md"
BANDS = (0.0, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9, 0.95, 1.01)
TIMED = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
TIMED_TEXTS = 600  # of each stream
NO_MORE = {"under": 0, "from": 1 << 30, "below": 0.0}


def log_softmax(z: Array) -> Array:
    z = z - z.max(1, keepdims=True)
    return z - np.log(np.exp(z).sum(1, keepdims=True))


class Seen:
    """One set: both tiers' logits and the right labels."""

    def __init__(self, fast: Array, strong: Array, gold: Array, length: Array, share: float, bias: Array) -> None:
        self.fast, self.gold, self.length = log_softmax(fast), gold, length
        self.both = log_softmax((self.fast + log_softmax(strong)) * share + bias)

    def auto(self, band: float | Array) -> tuple[Array, float]:
        """Log-probabilities when the strong tier reads below this confidence, and the share that it reads."""
        asks = np.exp(self.fast).max(1) < band
        return np.where(asks[:, None], self.both, self.fast), float(asks.mean())

    def shipped(self, band: float, more: dict[str, float]) -> tuple[Array, float]:
        """The same as it is shipped: texts that are very short or long have a band of their own."""
        apart = (self.length < more["under"]) | (self.length >= more["from"])
        return self.auto(np.where(apart, max(band, more["below"]), band))

    def f1(self, z: Array) -> float:
        return macro_f1([LABELS[i] for i in self.gold], [LABELS[i] for i in z.argmax(1)])

    def honesty(self, z: Array) -> tuple[float, float, float, float]:
        """Mean confidence, share right, calibration error, and the temperature that would be best for this set alone."""
        confidence, right = np.exp(z).max(1), z.argmax(1) == self.gold
        bins = np.minimum((confidence * 10).astype(int), 9)
        error = sum(abs(right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean() for b in range(10) if (bins == b).any())
        place = np.arange(len(self.gold))
        best = minimize_scalar(lambda t: -log_softmax(z / t)[place, self.gold].mean(), bounds=(0.3, 4), method="bounded").x
        return float(confidence.mean()), float(right.mean()), float(error), float(best)


def read_seen(work: Path) -> dict[str, Seen]:
    mix = json.loads((SHIPPED / FILES[2]).read_text(encoding="utf-8"))["mix"]
    with np.load(work / "seen.npz") as arrays:
        names = sorted({key.rsplit("/", 1)[0] for key in arrays})
        return {
            n: Seen(arrays[f"{n}/0"], arrays[f"{n}/1"], arrays[f"{n}/2"], arrays[f"{n}/length"], mix["share"], np.array(mix["bias"])) for n in names
        }


def timed(texts: list[str], band: float | None, folder: Path) -> tuple[float, float]:
    """Texts a second of processor time, and the share that the strong tier reads: nothing remembered from before. band: None as shipped."""
    meta = json.loads((SHIPPED / FILES[2]).read_text(encoding="utf-8"))
    asked_for = {} if band is None else {"reads_below": {"others": band}, "reads_more": NO_MORE}
    (folder / FILES[2]).write_text(json.dumps({**meta, **asked_for}), encoding="utf-8")
    tier = StrongTier(folder)
    scorer, plain = TieredScorer(None, tier), TieredScorer()
    requests = [ScoreRequest(text=text) for text in texts]
    scorer.score(requests[:3])
    pairs = zip(plain.score(requests), texts, strict=True)
    asked = float(np.mean([tier.reads(s.sentiment.confidence, s.lang, len(text)) for s, text in pairs if s.lang != "en"]))
    began = time.process_time()
    scorer.score(requests)
    return len(texts) / (time.process_time() - began), asked


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(head)} |", "|" + "---|" * len(head), *(f"| {' | '.join(row)} |" for row in rows)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    asked = parser.parse_args()
    data, seen = Folder(asked.data), read_seen(asked.work)
    meta = json.loads((SHIPPED / FILES[2]).read_text(encoding="utf-8"))
    below, more = meta["reads_below"], meta["reads_more"]
    gains, honest = [], []
    for name, one in seen.items():
        own_band = below["others"] if name.startswith(("nusax", "english")) and name != "nusax id" else below["id"]
        shipped = one.shipped(own_band, more)
        pairs = [one.auto(band) for band in BANDS]
        gains.append([name, str(len(one.gold)), *(f"{one.f1(z):.3f} ({share:.0%})" for z, share in [*pairs, shipped])])
        mean, right, error, best = one.honesty(shipped[0])
        honest.append([name, str(len(one.gold)), f"{mean:.3f}", f"{right:.3f}", f"{error:.3f}", f"{best:.2f}"])
    costs = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for file in FILES:
            shutil.copy(SHIPPED / file, folder / file)
        for name, file in STREAMS.items():
            texts = list(dict.fromkeys(t for t in data.stream_texts(file) if t.strip()))[:TIMED_TEXTS]
            rates = [timed(texts, band, folder) for band in (*TIMED, None)]
            costs.append([name, *(f"{rate:,.0f} ({share:.0%})" for rate, share in rates)])
            print(costs[-1], flush=True)
    lines = [
        "# Who reads a text: what a wider band brings and costs",
        "",
        "Made by `python bench/bands.py`. The strong tier reads a text of which the fast one is less sure than the band; 0: none, 1.01: every text.",
        f"Shipped: {', '.join(f'{value} ({name})' for name, value in below.items())}; others: jv, su, min, en;",
        f"texts of less than {more['under']} or at least {more['from']} characters: {more['below']} where that is more.",
        "",
        "Macro-F1 of auto, both tiers without the validation splits (share of the texts that the strong tier reads):",
        "",
        *table(["set", "texts", *(f"{band:g}" for band in BANDS), "as shipped"], gains),
        "",
        f"Texts a second of one core's processor time, {TIMED_TEXTS} different texts of each stream, nothing remembered (share read):",
        "",
        *table(["stream", *(f"{band:g}" for band in TIMED), "as shipped"], costs),
        "",
        "How honest the confidence of auto is, at the shipped bands; the temperature is the one that would be best for this set alone",
        "(1: nothing to mend):",
        "",
        *table(["set", "texts", "mean confidence", "share right", "calibration error", "best temperature"], honest),
        "",
    ]
    RESULT.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
