"""Floors under what was measured on data that is not in the repository (../shared, or KENTONGAN_SHARED)."""

from __future__ import annotations

import csv
import hashlib
import os
import re
from pathlib import Path

import pytest

from kentongan.ports import ScoreRequest
from kentongan.records import Score
from kentongan.scoring.claims import HashedClaimIndex
from kentongan.scoring.scorer import open_scorer
from tests.factories import claim

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("KENTONGAN_SHARED") or ROOT.parent / "shared") / "data"
LABELS = ("negative", "neutral", "positive")

pytestmark = [pytest.mark.shared, pytest.mark.skipif(not SHARED.is_dir(), reason=f"needs the evaluation data in {SHARED}")]


def column(name: str, key: str) -> list[str]:
    with (SHARED / name).open(encoding="utf-8", newline="") as file:
        return [row[key] for row in csv.DictReader(file)]


def scores(texts: list[str], base: HashedClaimIndex | None = None) -> list[Score]:
    return open_scorer(base).score([ScoreRequest(text=text) for text in texts])


def macro_f1(gold: list[str], guess: list[str]) -> float:
    total = 0.0
    for label in LABELS:
        hit = sum(g == p == label for g, p in zip(gold, guess, strict=True))
        total += 2 * hit / (gold.count(label) + guess.count(label))
    return total / 3


def labelled(part: str) -> tuple[list[str], list[str]]:
    """Stream texts that the project labelled, found by their hash."""
    with (ROOT / "bench" / "quality_labels.csv").open(encoding="utf-8", newline="") as file:
        known = {row["text_sha256"]: row["label"] for row in csv.DictReader(file) if row["set"] == part}
    found = {}
    for path in sorted((SHARED / "streams").glob("*/*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                text = row.get("text") or row.get("content") or ""
                found[hashlib.sha256(text.encode()).hexdigest()[:20]] = text
    return [found[key] for key in known], list(known.values())


@pytest.mark.parametrize(("part", "floor"), [("dev", 0.78), ("test", 0.77)])
def test_government_mentions_are_read_as_a_press_officer_reads_them(part: str, floor: float) -> None:
    texts, gold = labelled(part)
    found = scores(texts)
    assert len(texts) > 200
    assert macro_f1(gold, [s.sentiment.label for s in found]) >= floor
    sure = [s.sentiment.label == label for s, label in zip(found, gold, strict=True) if not s.sentiment.unsure]
    assert sum(sure) / len(sure) >= 0.83
    assert len(sure) / len(texts) >= 0.8


def test_government_reviews_keep_their_figure() -> None:
    names = {"negatif": "negative", "netral": "neutral", "positif": "positive", "negetif": "negative", "nrgatif": "negative"}
    name = "sentiment/coretax_reviews/reviews.csv"
    labels = [label.strip() for label in column(name, "labelling")]
    rows = [(text, names[label]) for text, label in zip(column(name, "content"), labels, strict=True) if label]
    assert macro_f1([label for _, label in rows], [s.sentiment.label for s in scores([text for text, _ in rows])]) >= 0.68


def test_hoaxes_stand_out_and_everyday_mentions_do_not() -> None:
    everyday = [t for t in column("streams/polri_tweets/stream.csv", "text") + column("streams/bpjs_tweets/stream.csv", "text") if t.strip()]
    # What follows the rule of = signs is the fact-checker speaking: "... adalah tidak benar".
    hoaxes = [t for text in column("claims/turnbackhoax2024/claims.csv", "HOAX_TEXT") if (t := re.split(r"\s*=\s*=", text)[0].strip(' “”"'))]
    low = sorted(s.hoax.likelihood for s in scores(everyday))
    high = [s.hoax.likelihood for s in scores(hoaxes)]
    assert sum(p >= 0.5 for p in low) / len(low) <= 0.01
    assert sum(p >= 0.5 for p in high) / len(high) >= 0.24
    from bisect import bisect_left, bisect_right

    area = sum(bisect_left(low, p) + bisect_right(low, p) for p in high) / 2 / len(low) / len(high)
    assert area >= 0.9
    brier = (sum(p * p for p in low) / len(low) + sum((1 - p) ** 2 for p in high) / len(high)) / 2
    assert brier <= 0.16


def test_claims_are_found_again_and_everyday_mentions_match_none() -> None:
    titles, texts = column("claims/turnbackhoax2024/claims.csv", "TITLE"), column("claims/turnbackhoax2024/claims.csv", "HOAX_TEXT")
    index = HashedClaimIndex()
    index.add([claim(id=str(number), title=title, text="") for number, title in enumerate(titles)])
    found = [index.nearest(text, 5) for text in texts]
    ranks = [[m.claim.title.casefold() for m in matches] for matches in found]
    assert sum(bool(r) and r[0] == t.casefold() for r, t in zip(ranks, titles, strict=True)) / len(titles) >= 0.755
    assert sum(t.casefold() in r for r, t in zip(ranks, titles, strict=True)) / len(titles) >= 0.87
    for stream in ("polri_tweets", "bpjs_tweets", "coretax_tweets", "sumatera_blackout_tweets"):
        everyday = column(f"streams/{stream}/stream.csv", "text")
        assert sum(any(m.matched for m in index.nearest(text)) for text in everyday) / len(everyday) <= 0.005, stream


def test_everyday_mentions_are_not_taken_for_another_language() -> None:
    found = scores(
        [t for t in column("streams/coretax_tweets/stream.csv", "text") + column("streams/sumatera_blackout_tweets/stream.csv", "text") if t.strip()]
    )
    assert sum(s.lang not in ("id", "other") for s in found) / len(found) <= 0.02
