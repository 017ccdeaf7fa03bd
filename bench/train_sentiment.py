"""Learn the weights of the fast tier (language and sentiment) and write them into the package.

    python bench/train_sentiment.py --data ../shared/data --work /tmp/strong

Learns from openly licensed sets (SmSA, NusaX, vaksin_comments), the project's own sentences (phrases.yml) and labels, and from what the strong
tier says of stream texts (`opinions.npz` in --work, left by train_strong.py). Everything is seeded, so the same files give the same weights.
First a model without the validation splits is learned, to be measured and calibrated (and kept in --work for export_strong.py); then the one
that is shipped, on everything. Streams that are held out, the labels of set `later` and coretax_reviews are never learned from.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one thread adds in one order: the same weights each time

import numpy as np
from scipy.optimize import minimize_scalar
from train_english import read_english
from train_linear import BUCKETS, blank_reader, design, fit
from train_phrases import phrases, word_bags
from train_sources import LABELS, SEED, Example, Folder, own_labels, stream_texts, switched, without_near_duplicates, word_tables

from kentongan.scoring.language import head_start
from kentongan.scoring.model import LANGUAGES, MODEL_JSON, WEIGHTS_NPZ

SHARES = {
    "smsa": 0.5,
    "nusax": 0.2,
    "vaksin": 0.03,
    "phrases": 0.25,
    "switched": 0.12,
    "own": 0.15,
    "english": 0.05,
    "opinions": 0.3,
}  # of the total weight
L2 = 4e-6
LANGUAGE_L2 = 3e-6
SPOKEN = 2000  # texts of the English sets that the language is learned from
PER_TEMPLATE = 20  # sentences made of each template of phrases.yml
LICENCES = {
    "smsa": "SmSA (IndoNLU), CC BY-SA 4.0",
    "nusax": "NusaX, CC BY-SA 4.0",
    "vaksin_comments": "vaksin_comments (muhammadrafi121), MIT",
    "phrases": "the project's own sentences (bench/phrases.yml), GPL-3.0-or-later",
    "english": "tweets, review, film and opinion snippets in the source archive of vaderSentiment 3.3.2, MIT",
    "own labels": "bench/quality_labels.csv, GPL-3.0-or-later; the texts are of unlicensed streams and not in the repository",
}
HERE = Path(__file__).parent
Opinions = tuple[list[str], np.ndarray]  # texts, and for each the probabilities of negative, neutral, positive


def read_opinions(folder: Folder, work: Path) -> Opinions:
    """What the strong tier said of stream texts that are not held out."""
    with np.load(work / "opinions.npz") as arrays:
        soft = arrays["p"]
    return stream_texts(folder, np.random.default_rng(SEED), len(soft)), soft


def columns(x: object, smallest: int = 2) -> np.ndarray:
    """Inverse document frequency of each bucket, 0 where fewer than `smallest` texts have it, at most 1."""
    frequency = np.bincount(x.indices, minlength=BUCKETS)  # type: ignore[attr-defined]
    scale = np.log((1 + x.shape[0]) / (1 + frequency))  # type: ignore[attr-defined]
    scale[frequency < smallest] = 0
    return scale / scale.max()


def learn_sentiment(groups: dict[str, Sequence[Example]], opinions: Opinions) -> tuple[np.ndarray, np.ndarray]:
    """Weights and bias; classes count by n^-0.5 inside their group, groups by SHARES. opinions: texts and the strong tier's probabilities."""
    examples = [e for group in groups.values() for e in group]
    read, soft = opinions
    x = design([*(e.text for e in examples), *read], blank_reader())
    y = np.eye(3)[[LABELS.index(e.label) for e in examples]]
    weights, at = [], 0
    for name, group in groups.items():
        part = y[at : at + len(group)]
        at += len(group)
        row = (part * np.maximum(part.sum(0), 1) ** -0.5).sum(1)
        weights.append(row / max(row.sum(), 1e-9) * SHARES[name])
    y = np.concatenate([y, soft])
    weights.append(np.full(len(read), SHARES["opinions"] / max(len(read), 1)))
    return fit(x, y, np.concatenate(weights), L2, scale=columns(x), iterations=80)


def learn_language(examples: Sequence[Example]) -> tuple[np.ndarray, np.ndarray]:
    """Weights and bias of the five languages, each with the same total weight."""
    texts = [(e.text, e.language) for e in examples] + word_bags(seed=SEED)
    x = design([text for text, _ in texts], blank_reader())
    y = np.eye(5)[[LANGUAGES.index(language) for _, language in texts]]
    return fit(x, y, (y / y.sum(0)).sum(1), LANGUAGE_L2, scale=columns(x), iterations=80)


def groups_of(
    smsa: list[Example],
    nusax: list[Example],
    vaksin: list[Example],
    labelled: list[Example],
    english: Sequence[Example] = (),
    per_template: int = PER_TEMPLATE,
) -> dict[str, Sequence[Example]]:
    own = [Example(text, label, language, "phrases") for text, label, language in phrases(per_template, SEED)]
    indonesian = [e for e in own if e.language == "id"]
    mixed = switched(smsa + indonesian, word_tables(nusax), 0.5, SEED)
    return {"smsa": smsa, "nusax": nusax, "vaksin": vaksin, "phrases": own, "switched": mixed, "own": labelled, "english": english}


def logits(examples: Sequence[Example], weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return design([e.text for e in examples], blank_reader()) @ weights + bias


def macro_f1(gold: Sequence[str], guess: Sequence[str]) -> float:
    scores = []
    for label in LABELS:
        hit = sum(g == p == label for g, p in zip(gold, guess, strict=True))
        total = gold.count(label) + list(guess).count(label)
        scores.append(2 * hit / total if total else 0.0)
    return sum(scores) / len(scores)


def calibrate(sets: dict[str, Sequence[Example]], weights: np.ndarray, bias: np.ndarray) -> float:
    """The temperature that makes probabilities honest on the sets together, each with the same weight."""
    rows = [(logits(v, weights, bias), np.array([LABELS.index(e.label) for e in v])) for v in sets.values() if v]

    def loss(temperature: float) -> float:
        total = 0.0
        for z, gold in rows:
            scaled = z / temperature
            scaled = scaled - scaled.max(1, keepdims=True)
            total -= (scaled[np.arange(len(gold)), gold] - np.log(np.exp(scaled).sum(1))).mean()
        return total

    return float(minimize_scalar(loss, bounds=(0.3, 8), method="bounded").x)


def quantised(weights: np.ndarray) -> tuple[np.ndarray, float]:
    """(int16 weights, step): about 12 bits for the largest; one byte was tried and rounds most of the small ones to nothing."""
    step = float(np.abs(weights).max()) / 2047
    return np.round(weights / step).astype(np.int16), step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds sentiment/ and streams/")
    started = time.monotonic()
    parser.add_argument("--work", type=Path, required=True, help="folder that train_strong.py left")
    parser.add_argument("--english", type=Path, help="source archive of vaderSentiment 3.3.2; without it English is learned from NusaX alone")
    parser.add_argument("--quick", action="store_true", help="one sentence of each template only: proves that the recipe runs")
    asked = parser.parse_args()
    folder, each = Folder(asked.data), 1 if asked.quick else PER_TEMPLATE

    def note(text: str) -> None:
        print(f"{time.monotonic() - started:6.0f} s  {text}", flush=True)

    held = {"smsa valid": folder.smsa("valid"), "vaksin valid": folder.vaksin("valid")}
    nusax_valid = folder.nusax("valid")
    for code in LANGUAGES:
        held[f"nusax valid {code}"] = [e for e in nusax_valid if e.language == code]
    smsa, nusax, vaksin = folder.smsa("train"), folder.nusax("train"), folder.vaksin("train")
    own = own_labels(folder, HERE / "quality_labels.csv")
    held |= {"own later": own["later"], "own held-out streams": own["held"], "coretax_reviews": folder.coretax()}
    english = read_english(asked.english, folder)
    held |= english.kept
    opinions = read_opinions(folder, asked.work)
    clean = without_near_duplicates(smsa, held["smsa valid"] + [e for e in nusax_valid if e.language == "id"])
    note(f"{len(smsa) - len(clean)} near-duplicates of validation texts left out of {len(smsa)}")

    weights, bias = learn_sentiment(groups_of(clean, nusax, vaksin, own["learned"], english.learned, each), opinions)
    temperature = calibrate({k: v for k, v in held.items() if k not in ("coretax_reviews", "own held-out streams", *english.kept)}, weights, bias)
    np.savez(asked.work / "fast.npz", weights=weights / temperature, bias=bias / temperature)
    metrics = {k: round(macro_f1([e.label for e in v], [LABELS[i] for i in logits(v, weights, bias).argmax(1)]), 3) for k, v in held.items()}
    note(f"without validation splits: {metrics}, temperature {temperature:.2f}")
    everyone = [*clean[:3000], *nusax, *vaksin, *(Example(t, s, g, "phrases") for t, s, g in phrases(each, SEED)), *english.learned[:SPOKEN]]
    language_weights, language_bias = learn_language(everyone)
    by_language = {code: held[f"nusax valid {code}"] for code in LANGUAGES}
    spoken = {}
    for index, code in enumerate(LANGUAGES):
        z = logits(by_language[code], language_weights, language_bias)
        z[:, 0] += head_start(np.array([len(e.text.split()) for e in by_language[code]]))
        spoken[code] = round(float((z.argmax(1) == index).mean()), 3)
    note(f"language, share right without validation splits: {spoken}")

    all_smsa, all_nusax, all_vaksin = smsa + held["smsa valid"], nusax + nusax_valid, vaksin + held["vaksin valid"]
    weights, bias = learn_sentiment(groups_of(all_smsa, all_nusax, all_vaksin, own["learned"], english.learned, each), opinions)
    language_weights, language_bias = learn_language([*everyone, *nusax_valid])
    sentiment_table, sentiment_step = quantised(weights)
    language_table, language_step = quantised(language_weights)
    note("writing")
    np.savez_compressed(WEIGHTS_NPZ, table=np.hstack([language_table, sentiment_table]))
    meta = {
        "language": {"step": language_step, "bias": [round(float(b), 5) for b in language_bias]},
        "sentiment": {"step": sentiment_step, "bias": [round(float(b), 5) for b in bias], "temperature": round(temperature, 4)},
        "recipe": {"script": "bench/train_sentiment.py", "seed": SEED, "l2": L2, "language_l2": LANGUAGE_L2, "shares": SHARES},
        "learned_from": LICENCES,
        "files_sha256": folder.hashes,
        "held_out_macro_f1": metrics,
        "held_out_language_share_right": spoken,
    }
    MODEL_JSON.write_text(json.dumps(meta, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    note(f"{WEIGHTS_NPZ}: {WEIGHTS_NPZ.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
