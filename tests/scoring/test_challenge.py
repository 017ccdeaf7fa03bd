"""The hand-written challenge: each phenomenon keeps its pass rate."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kentongan.ports import ScoreRequest
from kentongan.scoring.scorer import open_scorer

GROUPS = yaml.safe_load(Path(__file__).with_name("challenge.yml").read_text(encoding="utf-8"))


def test_the_challenge_is_as_large_as_it_says() -> None:
    assert sum(len(group["cases"]) for group in GROUPS.values()) >= 120
    texts = [case for group in GROUPS.values() for case in group["cases"]]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize("name", GROUPS)
def test_a_phenomenon_keeps_its_pass_rate(name: str) -> None:
    cases = [case.split("|", 1) for case in GROUPS[name]["cases"]]
    scores = open_scorer().score([ScoreRequest(text=text) for _, text in cases])
    wrong = [f"{label} -> {s.sentiment.label}: {text}" for (label, text), s in zip(cases, scores, strict=True) if s.sentiment.label != label]
    assert 1 - len(wrong) / len(cases) >= GROUPS[name]["floor"], wrong
