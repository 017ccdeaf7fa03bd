"""Texts generated from phrases.yml: the project's own sentences about government, seeded."""

from __future__ import annotations

import random
import re
from pathlib import Path

import yaml

SLOT = re.compile(r"\{(\w+)\}")
LABELS = ("negative", "neutral", "positive")
PATH = Path(__file__).with_name("phrases.yml")


def _filled(template: str, slots: dict[str, list[str]], rng: random.Random) -> str:
    return re.sub(r"\s+", " ", SLOT.sub(lambda match: str(rng.choice(slots[match[1]])), template)).strip()


def _roughened(text: str, rng: random.Random) -> str:
    """The text as people post it: a handle in front, a hashtag behind, stray capitals, a dropped vowel."""
    if rng.random() < 0.3:
        text = f"{'@akun ' * rng.randint(1, 2)}{text}"
    if rng.random() < 0.06:
        text = text.upper()
    if rng.random() < 0.25:
        words = text.split()
        place = rng.randrange(len(words))
        word = words[place]
        if len(word) > 5 and word.isalpha():
            vowels = [i for i in range(1, len(word) - 1) if word[i] in "aeiou"]
            if vowels:
                cut = rng.choice(vowels)
                words[place] = word[:cut] + word[cut + 1 :]
        text = " ".join(words)
    return text


def _templates(content: dict[str, list[str]]) -> list[tuple[str, str, str]]:
    """(language, label, template)."""
    found = [("id", label, template) for label in LABELS for template in content[label]]
    for language in ("jv", "su", "min", "en"):
        found += [(language, *line.split(": ", 1)) for line in content[language]]  # type: ignore[misc]  # two parts each
    return found


def phrases(per_template: int = 20, seed: int = 20261125, path: Path = PATH) -> list[tuple[str, str, str]]:
    """(text, label, language): up to `per_template` different fillings of each template, sometimes two of a kind joined."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    slots = content["slots"]
    templates = _templates(content)
    rng = random.Random(seed)
    texts: dict[str, tuple[str, str]] = {}
    for language, label, template in templates:
        alike = [t for tongue, kind, t in templates if (tongue, kind) == (language, label)]
        for _ in range(per_template):
            text = _filled(template, slots, rng)
            if rng.random() < 0.2:
                text = f"{text}{rng.choice([', ', '. ', ' '])}{_filled(rng.choice(alike), slots, rng)}"
            texts.setdefault(_roughened(text, rng), (label, language))
    return [(text, label, language) for text, (label, language) in texts.items()]


def word_bags(per_language: int = 400, seed: int = 20261125, path: Path = PATH) -> list[tuple[str, str]]:
    """(text, language): two to seven everyday words of one language in any order, to tell languages in short texts."""
    words = yaml.safe_load(path.read_text(encoding="utf-8"))["words"]
    rng = random.Random(seed)
    return [
        (" ".join(rng.choice(line.split()) for _ in range(rng.randint(2, 7))), language)
        for language, line in words.items()
        for _ in range(per_language)
    ]
