"""Everyday English with the mean rating of ten readers and more: three sets in the source archive of the PyPI package vaderSentiment 3.3.2 (MIT).

    pip download vaderSentiment==3.3.2 --no-deps --no-binary :all:

gives the archive; the recipes take its path. Its fourth set, newspaper editorials, calls bad news
negative, which our guide (docs/labelling.md) does not. 500 tweets and 500 snippets of product reviews are kept apart and only measure.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from train_sources import SEED, Example, Folder, without_near_duplicates

SETS = {"tweets": "tweets", "amazonReviewSnippets": "reviews", "movieReviewSnippets": "films"}
MEASURED, KEPT = ("tweets", "reviews"), 500
MOST = {"films": 1500}  # farther from what people write to an agency
CLEAR, NONE = 0.7, 0.3  # of -4..4: a mean beyond CLEAR is a feeling, within NONE there is none; what lies between is left out
INSIDE, FOLDER = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz", "hutto_ICWSM_2014"


@dataclass(frozen=True)
class English:
    learned: list[Example] = field(default_factory=list)
    kept: dict[str, list[Example]] = field(default_factory=dict)  # set -> what only measures


def read_english(archive: Path | None, folder: Folder) -> English:
    """The sets; the hash of the archive is remembered in `folder`. Nothing without an archive."""
    if archive is None:
        return English()
    content = archive.read_bytes()
    folder.hashes[archive.name] = hashlib.sha256(content).hexdigest()
    learned, kept = [], {}
    with tarfile.open(fileobj=io.BytesIO(_member(content, INSIDE))) as inner:
        for name, kind in SETS.items():
            file = inner.extractfile(f"{FOLDER}/{name}_GroundTruth.txt")
            examples = _rated((file.read() if file else b"").decode(errors="replace"), f"english {kind}")
            examples = [examples[i] for i in np.random.default_rng(1).permutation(len(examples))]
            if kind in MEASURED:
                kept[f"english {kind}"], examples = examples[:KEPT], examples[KEPT:]
            learned += examples[: MOST.get(kind)]
    learned = without_near_duplicates(learned, [e for one in kept.values() for e in one])
    return English([learned[i] for i in np.random.default_rng(SEED).permutation(len(learned))], kept)


def _member(archive: bytes, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(archive)) as outer:
        file = outer.extractfile(name)
        return file.read() if file else b""


def _rated(lines: str, source: str) -> list[Example]:
    """Lines of number, mean rating and text."""
    found = []
    for line in lines.splitlines():
        _, rating, text = line.split("\t", 2)
        mean = float(rating)
        label = "positive" if mean >= CLEAR else "negative" if mean <= -CLEAR else "neutral" if abs(mean) <= NONE else None
        if label:
            found.append(Example(text, label, "en", source))
    return found
