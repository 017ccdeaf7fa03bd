"""Print how well the shipped scorer reads feelings and languages, tier by tier, and write bench/results/sentiment.md.

    python bench/quality_sentiment.py --data ../shared/data

The shipped fast weights have seen the validation splits; what both tiers reach without them is in kentongan/scoring/{weights,strong}.json and is
printed too. Held-out streams, our labels kept apart, coretax_reviews and the challenge were never learned from.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import yaml
from train_english import read_english
from train_sentiment import macro_f1
from train_sources import HELD_STREAMS, LABELS, Example, Folder, own_labels

from kentongan.ports import ScoreRequest
from kentongan.records import Score
from kentongan.scoring.model import MODEL_JSON
from kentongan.scoring.scorer import Tier, open_scorer
from kentongan.scoring.strong import FILES, SHIPPED

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.scoring.challenge import KNOWN, UNSEEN, answers, read_groups

HERE = Path(__file__).parent
RESULT = HERE / "results" / "sentiment.md"
SURE = (0.0, 0.55, 0.65, 0.75, 0.85, 0.95, 1.01)  # confidence; the first is where `unsure` ends

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


def challenge_rows(path: Path) -> list[str]:
    """Right answers by phenomenon and tier; of cases that no tier had read when they were written, also what auto said the first time."""
    first = {name: group.get("first") for name, group in yaml.safe_load(path.read_text(encoding="utf-8")).items()}
    groups = read_groups(path)
    said = {tier: {name: answers(open_scorer(tier=tier), group.cases) for name, group in groups.items()} for tier in TIERS}
    rows = []
    for name, group in groups.items():
        right = [sum(label == case.label for label, case in zip(said[tier][name], group.cases, strict=True)) for tier in TIERS]
        rows.append([len(group.cases), *([first[name]] if first[name] is not None else []), *right])
    total = [f"**{sum(column)}**" for column in zip(*rows, strict=True)]
    lines = [f"| {name} | {' | '.join(map(str, cells))} |" for name, cells in zip(groups, rows, strict=True)]
    return [*lines, f"| **all** | {' | '.join(total)} |"]


def reliability_rows(sets: dict[str, Sequence[Example]]) -> list[str]:
    """How many are right among those that auto is so sure of."""
    lines = []
    for name, examples in sets.items():
        scores = scored(examples)
        confidence = np.array([s.sentiment.confidence for s in scores])
        right = np.array([s.sentiment.label == e.label for s, e in zip(scores, examples, strict=True)])
        cells = []
        for low, high in pairwise(SURE):
            inside = (confidence >= low) & (confidence < high)
            cells.append(f"{right[inside].mean():.2f} of {inside.sum()}" if inside.any() else "–")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--english", type=Path, help="source archive of vaderSentiment 3.3.2 (train_english.py)")
    asked = parser.parse_args()
    folder = Folder(asked.data)
    english = read_english(asked.english, folder).kept
    own = own_labels(folder, HERE / "quality_labels.csv")
    held = {name: [e for e in own["held"] if e.source == name] for name in HELD_STREAMS}
    meta, strong = (json.loads(path.read_text(encoding="utf-8")) for path in (MODEL_JSON, SHIPPED / FILES[2]))
    below = ", ".join(f"{value} ({name})" for name, value in strong["reads_below"].items())
    more = strong["reads_more"]
    detailed = "| set, never learned from | texts | macro-F1 | negative | neutral | positive | right | unsure | right when sure | calibration error |"
    lines = [
        "# Sentiment and language",
        "",
        f"Made by `python bench/quality_sentiment.py`; scorer `{open_scorer().version}`.",
        f"In auto the strong tier reads a text of which the fast one is less sure than {below};",
        f"of less than {more['under']} or at least {more['from']} characters: {more['below']}.",
        "",
        "Labels of our own (guide: docs/labelling.md). *Held-out streams*: nothing of them was learned. *Kept apart*: other texts of streams that",
        "were learned from, used to set the mix of the tiers and the temperature. *Read last*: all streams, half of it where the fast tier was least",
        "sure, labelled when the models were made. coretax_reviews was labelled by others for another purpose.",
        "",
        "Macro-F1, tier by tier, of the scorer as it is shipped:",
        "",
        "| set | texts | fast | strong | auto |",
        "|---|---|---|---|---|",
        side_by_side("own labels, held-out streams", own["held"]),
        *(side_by_side(f"– {name}", examples) for name, examples in held.items()),
        side_by_side("own labels, kept apart", own["kept"]),
        side_by_side("own labels, read last", own["last"]),
        side_by_side("coretax_reviews", folder.coretax()),
        *(side_by_side(f"{name}, kept apart", examples) for name, examples in english.items()),
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
        "How many are right, by how sure auto is (below .55 it is called unsure); temperatures per set and language: bands.md:",
        "",
        f"| set | {' | '.join(f'{low:g}–{min(high, 1):g}' for low, high in pairwise(SURE))} |",
        "|" + "---|" * len(SURE),
        *reliability_rows(
            {"own labels, held-out streams": own["held"], **held, "own labels, kept apart": own["kept"], "coretax_reviews": folder.coretax()}
        ),
        "",
        "Challenge, right answers. These cases (tests/fixtures/challenge_unseen.yml) were written before any tier had read them; *first* is what",
        "auto said then, of models to which nothing of them was known. Afterwards other sentences for the same phenomena were learned:",
        "",
        "| phenomenon | cases | first | fast | strong | auto |",
        "|---|---|---|---|---|---|",
        *challenge_rows(UNSEEN),
        "",
        "These (tests/scoring/challenge.yml) were in sight of the developers while the scorer grew:",
        "",
        "| phenomenon | cases | fast | strong | auto |",
        "|---|---|---|---|---|",
        *challenge_rows(KNOWN),
        "",
    ]
    RESULT.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
