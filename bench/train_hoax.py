"""Learn the weights of the named hoax features, and measure them within and across sources.

    python bench/train_hoax.py --data ../shared/data

Texts of the collections are unlicensed: they are read, and a few dozen numbers are learned from them; no text is kept. Negatives are
everyday mentions of agencies and valid news, never "not a hoax" of a hoax collection. A weight may only have the direction its feature
claims (sign), so that every sentence of the evidence is true of the model.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from train_sources import Folder

from kentongan.scoring.hoax_features import STYLE_FEATURES, likelihood, phrase_value, style_features
from kentongan.scoring.matching import read_list
from kentongan.scoring.model import POLAR, load_model
from kentongan.scoring.phrases import load_matcher
from kentongan.scoring.reader import Reader

FLAGGED = 0.008  # share of everyday mentions that may reach 0.5 by style alone; claim matches come on top
L2 = 2e-3
LARGEST = 2.0  # no single feature decides
CAUTION = 0.3  # log-odds below the posterior of a half-and-half mix: in life, far fewer than half of the texts are hoaxes
OUTPUT = Path(__file__).parents[1] / "kentongan" / "scoring" / "hoax.json"
CUES = read_list("cues.yml")["hoax"]
NAMES = [*CUES, *(feature.name for feature in STYLE_FEATURES)]
SIGNS = [int(group["sign"]) for group in CUES.values()] + [feature.sign for feature in STYLE_FEATURES]
EVERYDAY = ("polri", "bpjs", "coretax", "pertamina", "blackout", "mobile_jkn", "mypertamina")
TWEETS = EVERYDAY[:5]
_MARKS = re.compile(r"@\w+|https?://\S+")
_NARRATIVE = re.compile(
    r"narasi(?: lengkapnya)?\s*[:：]\s*[“\"]?(.{30,600}?)(?:[”\"]|Per |Sejak|Sampai|Hingga|Klaim |Pemeriksaan Fakta|Unggahan)",
    re.IGNORECASE | re.DOTALL,
)
_TOLD = re.compile(r"beredar|akun |unggahan|sebuah|klaim", re.IGNORECASE)


def bare(text: str) -> str:
    """The text without the quotation marks and rules that collections put around it: they would give the label away."""
    return re.sub(r"\s*=\s*=[\s=]*.*$", "", text, flags=re.DOTALL).strip(' *“”"\n\t…')


def hoaxes(folder: Folder) -> dict[str, list[str]]:
    """Texts of hoaxes as they circulated, by collection."""
    articles = [r for name in ("turnbackhoax_2025", "turnbackhoax_2025_test") for r in folder.rows(f"hoax/zainoor2025/{name}.csv")]
    checks = [bare(r["content"]) for r in folder.rows("claims/factcheck1k/claims.csv")]
    return {
        "satria2020": [bare(r["narasi"]) for r in folder.rows("hoax/satria2020/train.csv") if r["label"] == "1"],
        "turnbackhoax2024": [bare(r["HOAX_TEXT"]) for r in folder.rows("claims/turnbackhoax2024/claims.csv")],
        "turnbackhoax2025": [bare(match[1]) for r in articles if (match := _NARRATIVE.search(r["FullText"]))],
        "factcheck1k": [text for text in checks if len(text) > 30 and not _TOLD.search(text[:120])],
    }


def ordinary(folder: Folder) -> dict[str, list[str]]:
    """Everyday mentions of agencies by stream, and valid news."""
    rng = random.Random(1)
    pertamina = [t for half in ("before", "after") for t in folder.stream_texts(f"pertamina_oplosan_tweets/pertamina_{half}.csv")]
    return {
        "polri": folder.stream_texts("polri_tweets/stream.csv"),
        "bpjs": folder.stream_texts("bpjs_tweets/stream.csv"),
        "coretax": folder.stream_texts("coretax_tweets/stream.csv"),
        "pertamina": pertamina,
        "blackout": folder.stream_texts("sumatera_blackout_tweets/stream.csv"),
        "mobile_jkn": folder.stream_texts("mobile_jkn_reviews/reviews.csv")[:4000],
        "mypertamina": folder.stream_texts("mypertamina_reviews/reviews.csv")[:4000],
        "news 2025": [
            f"{r['Title']}\n{r['FullText'][: rng.choice((0, 150, 400, 1200))]}" for r in folder.rows("hoax/zainoor2025/valid_news_2025.csv")
        ],
        "news 2017": [r["berita"][: rng.choice((150, 400, 1200))] for r in folder.rows("hoax/piero500/news500.csv") if r["kategori"] == "valid"],
    }


def without_marks(text: str) -> str:
    """The text without handles and links, as some collections and exports give it."""
    return _MARKS.sub(" ", text).strip()


def matrix(texts: Sequence[str]) -> np.ndarray:
    """One row a text, one column a named feature."""
    matcher, reader = load_matcher(), Reader(load_model().table, POLAR)
    x = np.zeros((len(texts), len(NAMES)))
    for first in range(0, len(texts), 500):
        reading = reader.read(texts[first : first + 500])
        for number, text in enumerate(reading.texts):
            low = " ".join(text.lower().split())
            spots = matcher.find(low)
            for group, places in spots.items():
                if group.startswith("hoax:"):
                    x[first + number, NAMES.index(group[5:])] = phrase_value(len(places))
            for name, (value, _) in style_features(reading.styles[number], low, spots).items():
                x[first + number, NAMES.index(name)] = value
    return x


def fit(positive: Sequence[np.ndarray], negative: Sequence[np.ndarray]) -> np.ndarray:
    """Weights and bias (last); each source and each side has the same total weight."""
    x = np.vstack([*positive, *negative])
    y = np.concatenate([np.ones(sum(map(len, positive))), np.zeros(sum(map(len, negative)))])
    weight = np.concatenate([np.full(len(part), 0.5 / len(part) / len(side)) for side in (positive, negative) for part in side])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w[:-1] + w[-1]
        g = weight * (1 / (1 + np.exp(-z)) - y)
        return float((weight * (np.logaddexp(0, z) - y * z)).sum() + L2 / 2 * (w[:-1] ** 2).sum()), np.append(x.T @ g + L2 * w[:-1], g.sum())

    bounds = [(0, LARGEST) if sign > 0 else (-LARGEST, 0) for sign in SIGNS]
    bounds[NAMES.index("reply")] = (-1.0, 0)  # streams of one platform are full of replies; elsewhere they are not
    return minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)]).x


def shifted(w: np.ndarray, everyday: Sequence[np.ndarray]) -> tuple[np.ndarray, float]:
    """(the weights with log-odds 0 moved to where FLAGGED of the everyday mentions lie, or twice that of the stream with most; by how much)."""
    z = [part @ w[:-1] + w[-1] for part in everyday]
    moved = max(float(np.quantile(np.concatenate(z), 1 - FLAGGED)), *(float(np.quantile(part, 1 - 2 * FLAGGED)) for part in z))
    return np.append(w[:-1], w[-1] - moved), moved


def chances(w: np.ndarray, lift: float, x: np.ndarray) -> np.ndarray:
    """Likelihoods as the scorer gives them."""
    return np.array([likelihood(float(u), lift) for u in x @ w[:-1] + w[-1]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    folder = Folder(parser.parse_args().data)
    positive = {k: matrix([t for t in v if t.strip()]) for k, v in hoaxes(folder).items()}
    texts = ordinary(folder)
    negative = {k: matrix([t for t in v if t.strip()]) for k, v in texts.items()}
    for name in TWEETS:
        negative[f"{name}, no handles or links"] = matrix([bare for t in texts[name] if (bare := without_marks(t))])
    everyday = [part for name, part in negative.items() if not name.startswith("news")]
    w, moved = shifted(fit(list(positive.values()), list(negative.values())), everyday)
    lift = round(moved - CAUTION, 4)
    OUTPUT.write_text(
        json.dumps(
            {
                "bias": round(float(w[-1]), 4),
                "lift": lift,
                "weights": {name: round(float(value), 4) for name, value in zip(NAMES, w[:-1], strict=True)},
                "recipe": {"script": "bench/train_hoax.py", "l2": L2, "largest": LARGEST, "flagged": FLAGGED, "caution": CAUTION},
                "read": {k: len(v) for k, v in {**positive, **negative}.items()},
                "files_sha256": folder.hashes,
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )
    for name, value in sorted(zip(NAMES, w, strict=False), key=lambda item: -item[1]):
        print(f"{name:22s} {value:+.2f}")
    print("flagged:", {k: f"{np.mean(chances(w, lift, negative[k]) >= 0.5):.2%}" for k in negative})
    print("found:  ", {k: f"{np.mean(chances(w, lift, v) >= 0.5):.0%}" for k, v in positive.items()})


if __name__ == "__main__":
    main()
