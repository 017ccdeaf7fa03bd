"""Learn what tells claims apart: weights of words and letter groups, and when a text and a claim tell the same story.

    python bench/train_claims.py --data ../shared/data

Texts of the collections are unlicensed: they are read, and frequencies of hashed words and ten numbers are learned from them; no text
is kept. Positives are circulating texts with the headline of their fact-check; negatives are everyday mentions and news with the nearest
headline, and circulating texts with the nearest headline of another story.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from train_hoax import _NARRATIVE, bare, ordinary
from train_sources import Folder

from kentongan.records import Claim
from kentongan.scoring.claim_grams import CLAIM_BITS, ClaimReader
from kentongan.scoring.claim_model import CLAIMS_JSON, CLAIMS_NPZ, ClaimModel
from kentongan.scoring.claim_pairs import COLUMNS
from kentongan.scoring.claim_search import CANDIDATES
from kentongan.scoring.claims import HashedClaimIndex
from kentongan.scoring.fact_checks import split_headline
from kentongan.scoring.matching import read_list
from kentongan.scoring.phrases import load_matcher

SIGNS = (1, 1, 1, 1, -1, 1, 1, 0, 1)  # the only direction a column's weight may have
NEAR = 3  # headlines that a circulating text is compared with
OTHERS = 0.3  # share of the negatives' weight that circulating texts with another story's headline have
L2 = 1e-3
FALSE = 0.0045  # share of each stream that may match, texts that correct a rumour left out
NOW = datetime(2026, 11, 25, tzinfo=UTC)
Pairs = Mapping[str, Sequence[tuple[str, str]]]  # collection -> (circulating text, headline of its fact-check)


def claims_of(titles: Sequence[str]) -> list[Claim]:
    return [Claim(id=str(n), title=t, text="", verdict="salah", publisher="bench", url="", published_at=NOW) for n, t in enumerate(titles)]


def circulating(folder: Folder) -> dict[str, list[tuple[str, str]]]:
    """Texts as they circulated with the headline of their fact-check, by collection."""
    articles = [r for name in ("turnbackhoax_2025", "turnbackhoax_2025_test") for r in folder.rows(f"hoax/zainoor2025/{name}.csv")]
    return {
        "turnbackhoax2024": [(bare(r["HOAX_TEXT"]), r["TITLE"]) for r in folder.rows("claims/turnbackhoax2024/claims.csv")],
        "satria2020": [(bare(r["narasi"]), r["judul"]) for r in folder.rows("hoax/satria2020/train.csv") if r["label"] == "1"],
        "factcheck1k": [(bare(r["content"]), split_headline(r["title"])[1]) for r in folder.rows("claims/factcheck1k/claims.csv")],
        "turnbackhoax2025": [(bare(m[1]), split_headline(r["Title"])[1]) for r in articles if (m := _NARRATIVE.search(r["FullText"]))],
    }


def titles_only(folder: Folder) -> list[str]:
    """Headlines whose circulating text is not known: they make the base larger."""
    return [r["clean_title"].removeprefix("hoaks ") for r in folder.rows("claims/komdigi/titles.csv")]


def licensed_texts(folder: Folder) -> list[str]:
    sets = [getter(split) for getter in (folder.smsa, folder.nusax, folder.vaksin) for split in ("train", "valid")]
    return [example.text for examples in sets for example in examples]


def corrects(text: str) -> bool:
    spots = load_matcher().find(" ".join(text.lower().split()))
    return "correction" in spots and "not_correction" not in spots


def rarities(groups: Sequence[Sequence[str]]) -> np.ndarray:
    """-log of the share of texts that hold each bucket; each group counts the same."""
    reader = ClaimReader()
    share = np.zeros(1 << CLAIM_BITS)
    for texts in groups:
        share += np.bincount(reader.read(texts).buckets, minlength=1 << CLAIM_BITS) / len(texts) / len(groups)
    return np.asarray(-np.log(share + 1 / sum(map(len, groups))))


def quantised(table: np.ndarray) -> tuple[np.ndarray, float]:
    step = float(table.max()) / 255
    return np.round(table / step).astype(np.uint8), step


def tables(pairs: Pairs, more: Sequence[str], general: Sequence[str]) -> ClaimModel:
    """A model that searches but calls nothing a match yet.

    Word frequencies of the streams are left out on purpose: with them the negatives of the fit know their own words, and a threshold set on
    them lets 3 % of an unseen stream (BPJS) through; without, 2 %, and a tenth as many of the others.
    """
    titles = [title for found in pairs.values() for _, title in found] + list(more)
    rarity = rarities([titles, [text for found in pairs.values() for text, _ in found], general])
    return ClaimModel(rarity=rarity.astype(np.float32), weights=np.zeros(len(COLUMNS)), order=np.zeros(len(COLUMNS)), bias=0.0, same_from=0.0)


def stories(title: str, reader: ClaimReader) -> set[int]:
    return set(reader.read([title]).words.tolist())


def samples(index: HashedClaimIndex, pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """(columns of texts with their own headline, of texts with another story's headline)."""
    reader = ClaimReader()
    own, other = [], []
    for text, title in [pair for found in pairs.values() for pair in found]:
        claims, _, columns = index.compared(text, NEAR)
        right = [claim.title.casefold() == title.casefold() for claim in claims]
        own += [row for row, is_right in zip(columns, right, strict=True) if is_right]
        mine = stories(title, reader)
        for number, claim in enumerate(claims):
            if not right[number] and (number == 0 or right[0]):
                theirs = stories(claim.title, reader)
                if len(mine & theirs) < 0.15 * len(mine | theirs):  # headlines of one story under two names are no negatives
                    other.append(columns[number])
    return np.array(own), np.array(other)


def order_of(index: HashedClaimIndex, pairs: Pairs) -> np.ndarray:
    """Weights of the columns by which a text's own headline comes before the others (softmax over its candidates)."""
    rows, own, starts, filled = [], [], [], 0
    for text, title in [pair for found in pairs.values() for pair in found]:
        claims, _, columns = index.compared(text, CANDIDATES)
        right = np.array([claim.title.casefold() == title.casefold() for claim in claims])
        if right.any():
            rows.append(columns)
            own.append(right / right.sum())
            starts.append(filled)
            filled += len(claims)
    x, y = np.vstack(rows), np.concatenate(own)
    spread = x.std(0) + 1e-9
    x = (x - x.mean(0)) / spread
    sizes = np.diff([*starts, filled])

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w
        e = np.exp(z - np.repeat(np.maximum.reduceat(z, starts), sizes))
        p = e / np.repeat(np.add.reduceat(e, starts), sizes)
        return float(-(y * np.log(p + 1e-12)).sum() / len(starts) + L2 * w @ w), x.T @ (p - y) / len(starts) + 2 * L2 * w

    return np.asarray(minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x / spread)


def nearest_of(index: HashedClaimIndex, texts: Sequence[str]) -> np.ndarray:
    """The columns of each text with its nearest claim; texts that share nothing with any are zeros."""
    out = np.zeros((len(texts), len(COLUMNS)))
    for number, text in enumerate(texts):
        _, _, columns = index.compared(text, 1)
        if len(columns):
            out[number] = columns[0]
    return out


def fit(own: np.ndarray, other: np.ndarray, everyday: Sequence[np.ndarray]) -> np.ndarray:
    """Weights and bias (last). Each stream has the same weight."""
    x = np.vstack([own, other, *everyday])
    y = np.concatenate([np.ones(len(own)), np.zeros(len(x) - len(own))])
    shares = [(0.5, own), (0.5 * OTHERS, other), *((0.5 * (1 - OTHERS) / len(everyday), part) for part in everyday)]
    weight = np.concatenate([np.full(len(part), share / len(part)) for share, part in shares])
    spread = x.std(0) + 1e-9
    x = x / spread

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w[:-1] + w[-1]
        g = weight * (1 / (1 + np.exp(-z)) - y)
        return float((weight * (np.logaddexp(0, z) - y * z)).sum() + L2 / 2 * (w[:-1] ** 2).sum()), np.append(x.T @ g + L2 * w[:-1], g.sum())

    bounds = [(0, None) if sign > 0 else (None, 0) if sign < 0 else (None, None) for sign in SIGNS]
    w = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)]).x
    return np.append(w[:-1] / spread, w[-1])


def learn(pairs: Pairs, more: Sequence[str], everyday: Mapping[str, Sequence[str]], general: Sequence[str]) -> ClaimModel:
    """The model, learned from these collections and streams alone. Streams whose name begins with "news" do not move the threshold."""
    model = tables(pairs, more, general)
    index = HashedClaimIndex(model)
    index.add(claims_of([*(title for found in pairs.values() for _, title in found), *more]))
    kept = {name: nearest_of(index, [t for t in texts if not corrects(t)]) for name, texts in everyday.items()}
    w = fit(*samples(index, pairs), list(kept.values()))
    least = 0.0
    for name, columns in kept.items():
        odds = columns @ w[:-1] + w[-1]
        allowed = int(FALSE * len(odds))
        if not name.startswith("news"):
            least = max(least, float(np.sort(odds)[::-1][allowed]) + 0.05)
    return replace(model, weights=w[:-1], bias=float(w[-1]), same_from=least, order=order_of(index, pairs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    folder = Folder(parser.parse_args().data)
    everyday = {name: [t for t in texts if t.strip()] for name, texts in ordinary(folder).items()}
    model = learn(circulating(folder), titles_only(folder), everyday, licensed_texts(folder))
    rarity, step = quantised(model.rarity)
    np.savez_compressed(CLAIMS_NPZ, rarity=rarity)
    learned = {
        "weights": {name: round(float(value), 4) for name, value in zip(COLUMNS, model.weights, strict=True)},
        "order": {name: round(float(value), 4) for name, value in zip(COLUMNS, model.order, strict=True)},
        "bias": round(model.bias, 4),
        "same_from": round(model.same_from, 3),
        "rarity_step": step,
        "recipe": {"script": "bench/train_claims.py", "others": OTHERS, "l2": L2, "false": FALSE},
        "synonym_groups": len(read_list("synonyms.yml")["groups"]),
        "read": {name: len(texts) for name, texts in {**circulating(folder), **everyday}.items()},
        "files_sha256": folder.hashes,
    }
    CLAIMS_JSON.write_text(json.dumps(learned, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({key: learned[key] for key in ("weights", "order", "bias", "same_from")}, indent=1))
    print(f"{CLAIMS_NPZ}: {CLAIMS_NPZ.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
