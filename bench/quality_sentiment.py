"""Print how well the shipped scorer reads feelings and languages, and write bench/results/sentiment.md.

    python bench/quality_sentiment.py --data ../shared/data

The shipped weights have seen the validation splits; what they reach without them is in kentongan/scoring/weights.json and is printed too.
The project's own labels, coretax_reviews and the challenge were never learned from.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml
from train_sentiment import macro_f1
from train_sources import LABELS, Example, Folder

from kentongan.ports import ScoreRequest
from kentongan.records import Score
from kentongan.scoring.model import MODEL_JSON
from kentongan.scoring.scorer import open_scorer

HERE = Path(__file__).parent
RESULT = HERE / "results" / "sentiment.md"
CHALLENGE = HERE.parent / "tests" / "scoring" / "challenge.yml"


def scored(examples: Sequence[Example]) -> list[Score]:
    return open_scorer().score([ScoreRequest(text=e.text) for e in examples])


def row(name: str, examples: Sequence[Example]) -> str:
    """One line of the main table."""
    scores = scored(examples)
    gold, guess = [e.label for e in examples], [s.sentiment.label for s in scores]
    right = np.array([g == p for g, p in zip(gold, guess, strict=True)])
    sure = np.array([not s.sentiment.unsure for s in scores])
    confidence = np.array([s.sentiment.confidence for s in scores])
    per_class = []
    for label in LABELS:
        hit = sum(g == p == label for g, p in zip(gold, guess, strict=True))
        total = gold.count(label) + guess.count(label)
        per_class.append(f"{2 * hit / total:.3f}" if label in gold else "–")
    bins = np.minimum((confidence * 10).astype(int), 9)
    error = sum(abs(right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean() for b in range(10) if (bins == b).any())
    cells = [
        name,
        str(len(gold)),
        f"**{macro_f1(gold, guess):.3f}**" if set(gold) == set(LABELS) else "–",
        *per_class,
        f"{right.mean():.3f}",
        f"{1 - sure.mean():.0%}",
        f"{right[sure].mean():.3f}",
        f"{error:.3f}",
    ]
    return "| " + " | ".join(cells) + " |"


def challenge_rows() -> list[str]:
    groups = yaml.safe_load(CHALLENGE.read_text(encoding="utf-8"))
    lines, hits, total = [], 0, 0
    for name, group in groups.items():
        pairs = [case.split("|", 1) for case in group["cases"]]
        scores = open_scorer().score([ScoreRequest(text=text) for _, text in pairs])
        right = sum(label == s.sentiment.label for (label, _), s in zip(pairs, scores, strict=True))
        hits, total = hits + right, total + len(pairs)
        lines.append(f"| {name} | {right} of {len(pairs)} |")
    return [*lines, f"| **all** | **{hits} of {total}** |"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    folder = Folder(parser.parse_args().data)
    test = folder.labelled_streams(HERE / "quality_labels.csv", "test")
    streams = sorted({e.source for e in test})
    meta = json.loads(MODEL_JSON.read_text(encoding="utf-8"))
    lines = [
        "# Sentiment and language, fast tier",
        "",
        f"Made by `python bench/quality_sentiment.py`; scorer `{open_scorer().version}`.",
        "",
        "Labels of our own (press officer's view, guide in docs/labelling.md): *dev* was looked at while the recipe was chosen, *test* was labelled",
        "afterwards. coretax_reviews was labelled by others for another purpose (its neutral holds many complaints).",
        "",
        "| set, never learned from | texts | macro-F1 | negative | neutral | positive | right | unsure | right when sure | calibration error |",
        "|---|---|---|---|---|---|---|---|---|---|",
        row("own labels, test", test),
        *(row(f"– {name}", [e for e in test if e.source == name]) for name in streams),
        row("own labels, dev", folder.labelled_streams(HERE / "quality_labels.csv", "dev")),
        row("coretax_reviews", folder.coretax()),
        "",
        "Held-out macro-F1 of the same recipe without the validation splits (the shipped weights have seen them):",
        "",
        "| " + " | ".join(meta["held_out_macro_f1"]) + " |",
        "|" + "---|" * len(meta["held_out_macro_f1"]),
        "| " + " | ".join(f"{v:.3f}" for v in meta["held_out_macro_f1"].values()) + " |",
        "",
        "Language, share right on NusaX validation without having seen it: "
        + ", ".join(f"{code} {share:.2f}" for code, share in meta["held_out_language_share_right"].items())
        + ".",
        "",
        "Challenge (tests/scoring/challenge.yml, written by the developers):",
        "",
        "| phenomenon | right |",
        "|---|---|",
        *challenge_rows(),
        "",
    ]
    RESULT.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
