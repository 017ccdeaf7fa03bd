"""The openly licensed sets that the shipped weights are learned from, and the ones that only measure."""

from __future__ import annotations

import csv
import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

csv.field_size_limit(1 << 24)
LANGUAGES = {"indonesian": "id", "javanese": "jv", "sundanese": "su", "minangkabau": "min", "english": "en"}
SEED = 20261125
HELD_STREAMS = ("bpjs", "blackout", "mypertamina")  # whole streams that nothing is learned from: the out-of-domain figure
LEARNED_PARTS = ("dev", "test", "read")  # sets of our own labels; `later` was labelled afterwards and only measures
READ_STREAMS = (
    "polri_tweets/stream.csv", "coretax_tweets/stream.csv", "mobile_jkn_reviews/reviews.csv",
    "pertamina_oplosan_tweets/pertamina_after.csv", "pertamina_oplosan_tweets/pertamina_before.csv",
)  # fmt: skip
LABELS = ("negative", "neutral", "positive")
_LABEL = {
    "negatif": "negative", "negetif": "negative", "nrgatif": "negative", "netral": "neutral", "positif": "positive",
    "negative": "negative", "neutral": "neutral", "positive": "positive",
}  # fmt: skip
# In vaksin_comments a question counts as positive; for a press officer it is neutral.
_QUESTION = re.compile(r"\?|\b(?:info\w*|(?:na)?nya|tanya\w*|nanya|gimana|gmn|bagaimana|apakah|dimana|kapan|boleh)\b", re.IGNORECASE)
_WORD = re.compile(r"[a-zà-ÿ']+|\S")


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    label: str
    language: str
    source: str
    key: str = ""  # ties translations of one sentence together


class Folder:
    """A folder of data sets; remembers the SHA-256 of every file that was read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.hashes: dict[str, str] = {}

    def rows(self, name: str) -> list[dict[str, str]]:
        """The rows of one CSV file."""
        path = self.root / name
        content = path.read_bytes()
        self.hashes[name] = hashlib.sha256(content).hexdigest()
        return list(csv.DictReader(content.decode("utf-8-sig", errors="replace").splitlines(keepends=True)))

    def smsa(self, split: str) -> list[Example]:
        return [Example(r["text"], _LABEL[r["label"]], "id", "smsa") for r in self.rows(f"sentiment/smsa/{split}.csv")]

    def nusax(self, split: str) -> list[Example]:
        return [
            Example(r["text"], _LABEL[r["label"]], code, "nusax", r["id"])
            for name, code in LANGUAGES.items()
            for r in self.rows(f"sentiment/nusax/{name}_{split}.csv")
        ]

    def vaksin(self, split: str) -> list[Example]:
        found = []
        for r in self.rows(f"sentiment/vaksin_comments/{split}.csv"):
            label = _LABEL[r["label"]]
            if label == "positive" and _QUESTION.search(r["text"]):
                label = "neutral"
            found.append(Example(r["text"], label, "id", "vaksin_comments"))
        return found

    def coretax(self) -> list[Example]:
        """Unlicensed: to measure with only."""
        rows = self.rows("sentiment/coretax_reviews/reviews.csv")
        return [Example(r["content"], _LABEL[r["labelling"].strip()], "id", "coretax_reviews") for r in rows if r["labelling"].strip()]

    def stream_texts(self, name: str) -> list[str]:
        """Texts of one stream file, in order: unlicensed, to measure with only."""
        return [r.get("text") or r.get("content") or "" for r in self.rows(f"streams/{name}")]

    def labelled_streams(self, labels: Path, part: str = "dev") -> list[Example]:
        """Stream texts that the project labelled itself, found by their hash (the labels are in the repository, the texts are not).

        part: one of the sets that docs/labelling.md names.
        """
        known = {r["text_sha256"]: r for r in csv.DictReader(labels.open(encoding="utf-8")) if r["set"] == part}
        found = {}
        for path in sorted((self.root / "streams").glob("*/*.csv")):
            for text in self.stream_texts(str(path.relative_to(self.root / "streams"))):
                key = hashlib.sha256(text.encode()).hexdigest()[:20]
                if key in known:
                    found[key] = Example(text, known[key]["label"], "id", known[key]["stream"])
        return [found[key] for key in known if key in found]


def own_labels(folder: Folder, labels: Path) -> dict[str, list[Example]]:
    """Our labels of stream texts.

    `held`: all of the streams that are held out. Of the others: `learned` (the sets of LEARNED_PARTS), `later`, and of all of these together
    `again`, which the strong tier learns last, and `kept`, those of set `later` that it never learns. `last`: the set of that name, all streams, with
    which nothing is learned and nothing is chosen.
    """
    found: dict[str, list[Example]] = {"learned": [], "later": [], "held": []}
    for part in (*LEARNED_PARTS, "later"):
        for example in folder.labelled_streams(labels, part):
            found["held" if example.source in HELD_STREAMS else "later" if part == "later" else "learned"].append(example)
    together = found["learned"] + found["later"]
    order = np.random.default_rng(SEED).permutation(len(together))
    sixth = len(together) // 6
    found["again"] = [together[i] for i in order[sixth:]]
    found["kept"] = [together[i] for i in order[:sixth] if i >= len(found["learned"])]
    found["last"] = folder.labelled_streams(labels, "last")
    return found


def stream_texts(folder: Folder, rng: np.random.Generator, most: int) -> list[str]:
    """Texts of the streams that are not held out, in random order: without labels."""
    texts = list(dict.fromkeys(t for name in READ_STREAMS for t in folder.stream_texts(name) if len(t) > 8))
    return [texts[i] for i in rng.permutation(len(texts))[:most]]


def part(examples: Sequence[Example], share: float) -> list[Example]:
    """A seeded share of the examples, the smaller inside the larger; those with one key go together."""
    keys = list(dict.fromkeys(e.key or e.text for e in examples))
    drawn = {keys[i] for i in np.random.default_rng(SEED).permutation(len(keys))[: round(share * len(keys))]}
    return [e for e in examples if (e.key or e.text) in drawn]


def words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _shingles(text: str) -> set[str]:
    plain = " " + " ".join(words(text)) + " "
    return {plain[i : i + 5] for i in range(len(plain) - 4)}


def without_near_duplicates(examples: Sequence[Example], of: Iterable[Example], threshold: float = 0.6) -> list[Example]:
    """Those of `examples` whose 5-character shingles overlap (Jaccard) less than `threshold` with every text in `of`."""
    others = [_shingles(e.text) for e in of]
    holders: dict[str, list[int]] = defaultdict(list)
    for number, shingles in enumerate(others):
        for shingle in shingles:
            holders[shingle].append(number)
    kept = []
    for example in examples:
        mine = _shingles(example.text)
        shared: dict[int, int] = defaultdict(int)
        for shingle in mine:
            for number in holders.get(shingle, ()):
                shared[number] += 1
        if all(count / (len(mine) + len(others[number]) - count) < threshold for number, count in shared.items()):
            kept.append(example)
    return kept


def word_tables(parallel: Sequence[Example], rounds: int = 8) -> dict[str, dict[str, list[tuple[str, float]]]]:
    """For each other language: Indonesian word -> its likely translations, by IBM model 1 over translations of one sentence."""
    by_key = {e.key: words(e.text) for e in parallel if e.language == "id"}
    tables = {}
    for language in ("jv", "su", "min", "en"):
        pairs = [(by_key[e.key], words(e.text)) for e in parallel if e.language == language and e.key in by_key]
        chance: dict[str, dict[str, float]] = defaultdict(dict)
        for source, target in pairs:
            for s in source:
                for t in target:
                    chance[s][t] = 1.0
        for _ in range(rounds):
            count: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
            for source, target in pairs:
                for t in target:
                    total = sum(chance[s][t] for s in source)
                    for s in source:
                        count[s][t] += chance[s][t] / total
            chance = {s: {t: c / sum(row.values()) for t, c in row.items()} for s, row in count.items()}  # type: ignore[assignment]
        tables[language] = {
            s: best for s, row in chance.items() if (best := [(t, p) for t, p in sorted(row.items(), key=lambda item: -item[1])[:3] if p >= 0.2])
        }
    return tables


def switched(examples: Sequence[Example], tables: dict[str, dict[str, list[tuple[str, float]]]], share: float, seed: int) -> list[Example]:
    """Copies of a `share` of the examples with most words put into another language: mixed speech, as people write it."""
    rng = random.Random(seed)
    found = []
    for example in examples:
        if rng.random() >= share:
            continue
        language = rng.choice(sorted(tables))
        table = tables[language]
        changed = []
        for word in words(example.text):
            options = table.get(word)
            if options and rng.random() < 0.75:
                word = rng.choices([t for t, _ in options], [p for _, p in options])[0]
            changed.append(word)
        found.append(Example(" ".join(changed), example.label, language, f"{example.source}-switched"))
    return found
