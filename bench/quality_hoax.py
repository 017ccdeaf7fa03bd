"""Print how well hoaxes are told from everyday mentions, and claims found again; write bench/results/hoax.md.

    python bench/quality_hoax.py --data ../shared/data

Across sources: features are weighed on some collections and streams and measured on others. Within: the shipped weights.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from train_hoax import CAUTION, EVERYDAY, NAMES, TWEETS, bare, chances, fit, hoaxes, matrix, ordinary, shifted, without_marks
from train_sources import Folder

from kentongan.ports import ScoreRequest
from kentongan.records import Category, Claim
from kentongan.scoring.claims import HashedClaimIndex
from kentongan.scoring.hoax import load_prior
from kentongan.scoring.scorer import open_scorer

RESULT = Path(__file__).parent / "results" / "hoax.md"
NOW = datetime(2026, 11, 25, tzinfo=UTC)


def auc(high: np.ndarray, low: np.ndarray) -> float:
    """Chance that a hoax ranks above an ordinary text; ties count half."""
    both = np.concatenate([high, low])
    order = np.argsort(both, kind="stable")
    ranks = np.empty(len(both))
    values, starts, counts = np.unique(both[order], return_index=True, return_counts=True)
    for start, count in zip(starts, counts, strict=True):
        ranks[order[start : start + count]] = start + (count + 1) / 2
    return float((ranks[: len(high)].sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


def calibration_error(high: np.ndarray, low: np.ndarray) -> float:
    """Expected calibration error on a half-and-half mix."""
    p = np.concatenate([high, low])
    y = np.concatenate([np.ones(len(high)), np.zeros(len(low))])
    w = np.concatenate([np.full(len(high), 0.5 / len(high)), np.full(len(low), 0.5 / len(low))])
    bins = np.minimum((p * 10).astype(int), 9)
    return float(
        sum(
            abs(np.average(p[bins == b], weights=w[bins == b]) - np.average(y[bins == b], weights=w[bins == b])) * w[bins == b].sum()
            for b in set(bins)
        )
    )


def line(name: str, high: np.ndarray, low: np.ndarray) -> str:
    brier = 0.5 * ((1 - high) ** 2).mean() + 0.5 * (low**2).mean()
    found, alarmed = (high >= 0.5).mean(), (low >= 0.5).mean()
    return f"| {name} | {auc(high, low):.3f} | {brier:.3f} | {calibration_error(high, low):.3f} | {found:.0%} | {alarmed:.2%} |"


def style_tables(positive: dict[str, list[str]], negative: dict[str, list[str]]) -> list[str]:
    """Within and across sources, by named features alone."""
    high = {k: matrix(v) for k, v in positive.items()}
    low = {k: matrix(v) for k, v in negative.items()}
    prior = load_prior()
    w = np.array([prior.weights[name] for name in NAMES] + [prior.bias])
    everyday = np.vstack([low[k] for k in EVERYDAY])
    head = ["| hoaxes against everyday mentions | AUC | Brier | calibration error | found at 0.5 | everyday at 0.5 |", "|---|---|---|---|---|---|"]
    lines = ["Named features alone, shipped weights (half-and-half mix for Brier and calibration error):", "", *head]
    lines += [line(k, chances(w, prior.lift, v), chances(w, prior.lift, everyday)) for k, v in high.items()]
    lines += ["", "Across sources: weighed on the first halves, measured on what they never saw:", "", *head]
    older, newer = ("satria2020", "factcheck1k"), ("turnbackhoax2024", "turnbackhoax2025")
    some, others = ("polri", "coretax", "mobile_jkn"), ("bpjs", "pertamina", "blackout", "mypertamina")
    halves = ((older, (*some, "news 2017"), newer, others), (newer, (*others, "news 2025"), older, some))
    for learn_high, learn_low, test_high, test_low in halves:
        bared = [matrix([t for text in negative[k] if (t := without_marks(text))]) for k in learn_low if k in TWEETS]
        raw = fit([high[k] for k in learn_high], [*(low[k] for k in learn_low), *bared])
        moved, by = shifted(raw, [*(low[k] for k in learn_low if not k.startswith("news")), *bared])
        unseen = np.vstack([low[k] for k in test_low])
        lines += [
            line(f"{k} (weighed on {', '.join(learn_high)})", chances(moved, by - CAUTION, high[k]), chances(moved, by - CAUTION, unseen))
            for k in test_high
        ]
    return lines


def flagged(name: str, texts: Sequence[str], index: HashedClaimIndex | None, category: Category = Category.MICROBLOG) -> str:
    scores = open_scorer(index).score([ScoreRequest(text=t, category=category) for t in texts])
    matched = np.mean([bool(s.hoax.claim_id) for s in scores])
    likelihood = np.array([s.hoax.likelihood for s in scores])
    return f"| {name} | {len(texts)} | {(likelihood >= 0.5).mean():.2%} | {matched:.2%} | {likelihood.mean():.2f} |"


def claim(number: int, title: str) -> Claim:
    return Claim(id=str(number), title=title, text="", verdict="salah", publisher="bench", url="", published_at=NOW)


def claim_table(folder: Folder, base: list[str], sought: list[tuple[str, str]]) -> list[str]:
    """How often a circulating text finds the headline of its fact-check."""
    lines = [
        "| claims in the base | R@1 | R@5 | called a match | the right one, and called a match | microseconds a look-up |",
        "|---|---|---|---|---|---|",
    ]
    recombined = [f"{a[: len(a) // 2]}{b[len(b) // 2 :]}" for a, b in zip(base * 12, base[7:] * 12, strict=False)]
    for titles in (base[: len(sought)], base, [*base, *recombined][:100_000]):
        index = HashedClaimIndex()
        index.add([claim(number, title) for number, title in enumerate(titles)])
        index.nearest("pemanasan")
        started = time.process_time()
        found = [index.nearest(text, 5) for text, _ in sought]
        spent = (time.process_time() - started) / len(sought) * 1e6
        same = [[m.claim.title.casefold() == title.casefold() for m in matches] for (_, title), matches in zip(sought, found, strict=True)]
        first = [bool(hits) and hits[0] for hits in same]
        called = [bool(m) and m[0].matched for m in found]
        both = np.mean([a and b for a, b in zip(first, called, strict=True)])
        lines.append(
            f"| {len(index)} | {np.mean(first):.3f} | {np.mean([any(h) for h in same]):.3f} | {np.mean(called):.3f} | {both:.3f} | {spent:.0f} |"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    folder = Folder(parser.parse_args().data)
    positive = {k: [t for t in v if t.strip()] for k, v in hoaxes(folder).items()}
    negative = {k: [t for t in v if t.strip()] for k, v in ordinary(folder).items()}
    rows = folder.rows("claims/turnbackhoax2024/claims.csv")
    sought = [(bare(r["HOAX_TEXT"]), r["TITLE"]) for r in rows]
    base = [r["TITLE"] for r in rows] + [r["clean_title"].removeprefix("hoaks ") for r in folder.rows("claims/komdigi/titles.csv")]
    base += [r["title"] for r in folder.rows("claims/factcheck1k/claims.csv")]
    base = [title for title in base if title.strip()]
    index = HashedClaimIndex()
    index.add([claim(number, title) for number, title in enumerate(base)])
    flags = "| texts | how many | at or above 0.5 | claim matched | mean likelihood |"
    lines = [
        "# Hoax likelihood and claim matching",
        "",
        f"Made by `python bench/quality_hoax.py`; scorer `{open_scorer().version}`.",
        "",
        *style_tables(positive, negative),
        "",
        "The whole scorer without a claim base:",
        "",
        flags,
        "|---|---|---|---|---|",
        *(flagged(k, negative[k], None) for k in EVERYDAY),
        flagged("all tweets, handles and links removed", [without_marks(t) for k in TWEETS for t in negative[k]], None),
        flagged("news 2025, known as news", negative["news 2025"], None, Category.NEWS),
        *(flagged(k, v, None) for k, v in positive.items()),
        "",
        f"The whole scorer with a base of {len(index)} claims (the hoaxes of turnbackhoax2024 are in it, the others mostly not):",
        "",
        flags,
        "|---|---|---|---|---|",
        *(flagged(k, negative[k], index) for k in EVERYDAY),
        flagged("all everyday", [t for k in EVERYDAY for t in negative[k]], index),
        *(flagged(k, v, index) for k, v in positive.items()),
        "",
        "Circulating text to the headline of its fact-check (turnbackhoax2024); the largest base is filled up with recombined headlines, which are",
        "harder distractors than real ones:",
        "",
        *claim_table(folder, base, sought),
        "",
    ]
    RESULT.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
