"""Print how well the shipped scorer reads feelings and languages, tier by tier, and write bench/results/sentiment.md.

    python bench/quality_sentiment.py --data ../shared/data

The shipped fast weights have seen the validation splits; what both tiers reach without them is in kentongan/scoring/{weights,strong}.json and is
printed too. Held-out streams, our labels kept apart, coretax_reviews and the challenge were never learned from.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml
from train_sentiment import macro_f1
from train_sources import HELD_STREAMS, LABELS, Example, Folder, own_labels

from kentongan.ports import ScoreRequest
from kentongan.records import Score
from kentongan.scoring.model import MODEL_JSON
from kentongan.scoring.scorer import Tier, open_scorer
from kentongan.scoring.strong import FILES, SHIPPED

HERE = Path(__file__).parent
RESULT = HERE / "results" / "sentiment.md"
CHALLENGE = HERE.parent / "tests" / "scoring" / "challenge.yml"


TIERS: tuple[Tier, ...] = ("fast", "strong", "auto")
STREAMS = {  # whole streams of everyday mentions: how much of them the strong tier reads
    "polri": "polri_tweets/stream.csv", "coretax": "coretax_tweets/stream.csv", "bpjs": "bpjs_tweets/stream.csv",
    "blackout": "sumatera_blackout_tweets/stream.csv", "jkn": "mobile_jkn_reviews/reviews.csv", "mypertamina": "mypertamina_reviews/reviews.csv",
}  # fmt: skip


def scored(examples: Sequence[Example], tier: Tier = "auto") -> list[Score]:
    return open_scorer(tier=tier).score([ScoreRequest(text=e.text) for e in examples])


def side_by_side(name: str, examples: Sequence[Example]) -> str:
    """Macro-F1 of each tier."""
    gold = [e.label for e in examples]
    cells = [f"{macro_f1(gold, [s.sentiment.label for s in scored(examples, tier)]):.3f}" for tier in TIERS]
    return f"| {name} | {len(gold)} | {' | '.join(cells)} |"


def touched_share(texts: Sequence[str]) -> float:
    """Share of texts whose sentiment the strong tier touches in auto."""
    fast, auto = (open_scorer(tier=tier).score([ScoreRequest(text=text) for text in texts]) for tier in ("fast", "auto"))
    return float(np.mean([one.sentiment != other.sentiment for one, other in zip(fast, auto, strict=True)]))


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
    lines, hits, total = [], dict.fromkeys(TIERS, 0), 0
    for name, group in groups.items():
        pairs = [case.split("|", 1) for case in group["cases"]]
        cells = []
        for tier in TIERS:
            scores = open_scorer(tier=tier).score([ScoreRequest(text=text) for _, text in pairs])
            right = sum(label == s.sentiment.label for (label, _), s in zip(pairs, scores, strict=True))
            hits[tier] += right
            cells.append(str(right))
        total += len(pairs)
        lines.append(f"| {name} | {len(pairs)} | {' | '.join(cells)} |")
    return [*lines, f"| **all** | **{total}** | {' | '.join(f'**{n}**' for n in hits.values())} |"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    folder = Folder(parser.parse_args().data)
    own = own_labels(folder, HERE / "quality_labels.csv")
    held = {name: [e for e in own["held"] if e.source == name] for name in HELD_STREAMS}
    meta, strong = (json.loads(path.read_text(encoding="utf-8")) for path in (MODEL_JSON, SHIPPED / FILES[2]))
    below = ", ".join(f"{value} ({name})" for name, value in strong["reads_below"].items())
    detailed = "| set, never learned from | texts | macro-F1 | negative | neutral | positive | right | unsure | right when sure | calibration error |"
    lines = [
        "# Sentiment and language",
        "",
        f"Made by `python bench/quality_sentiment.py`; scorer `{open_scorer().version}`.",
        f"In auto the strong tier reads a text of which the fast one is less sure than {below}.",
        "",
        "Labels of our own (guide: docs/labelling.md). *Held-out streams*: nothing of them was learned. *Kept apart*: other texts of streams that",
        "were learned from, used to set the mix of the tiers and the temperature. coretax_reviews was labelled by others for another purpose.",
        "",
        "Macro-F1, tier by tier, of the scorer as it is shipped:",
        "",
        "| set | texts | fast | strong | auto |",
        "|---|---|---|---|---|",
        side_by_side("own labels, held-out streams", own["held"]),
        *(side_by_side(f"– {name}", examples) for name, examples in held.items()),
        side_by_side("own labels, kept apart", own["kept"]),
        side_by_side("coretax_reviews", folder.coretax()),
        "",
        "Without the validation splits (the shipped fast weights have seen them):",
        "",
        "| set | fast | transformer alone | strong | auto |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | " + " | ".join(f"{row[k]:.3f}" for k in ("fast", "transformer", "strong", "auto")) + " |"
            for name, row in strong["held_out_macro_f1"].items()
        ),
        "",
        "Tier auto in detail:",
        "",
        detailed,
        "|" + "---|" * 10,
        row("own labels, held-out streams", own["held"]),
        row("own labels, kept apart", own["kept"]),
        row("coretax_reviews", folder.coretax()),
        "",
        "Share of a stream whose sentiment the strong tier touches in auto: "
        + ", ".join(f"{name} {touched_share(folder.stream_texts(file)):.1%}" for name, file in STREAMS.items())
        + ".",
        "",
        "Language, share right on NusaX validation without having seen it: "
        + ", ".join(f"{code} {share:.2f}" for code, share in meta["held_out_language_share_right"].items())
        + ".",
        "",
        "Challenge (tests/scoring/challenge.yml, written by the developers), right answers:",
        "",
        "| phenomenon | cases | fast | strong | auto |",
        "|---|---|---|---|---|",
        *challenge_rows(),
        "",
    ]
    RESULT.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
