"""The hand-written challenge: how its cases are read and answered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from kentongan.agencies import Attributor
from kentongan.config import load_config
from kentongan.ports import Scorer, ScoreRequest

TESTS = Path(__file__).parents[1]
KNOWN = TESTS / "scoring" / "challenge.yml"  # its developers looked at the answers while the scorer grew
UNSEEN = TESTS / "fixtures" / "challenge_unseen.yml"  # written before any tier had read them


class Case(NamedTuple):
    label: str
    text: str
    rating: int | None = None
    agency: str = ""  # whose own sentiment is meant; empty: that of the text


class Group(NamedTuple):
    floor: float
    cases: list[Case]


def read_groups(path: Path) -> dict[str, Group]:
    """Phenomenon -> its cases: `label|text`, then perhaps the star rating or the agency that is meant."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: Group(group["floor"], [_case(*line.split("|")) for line in group["cases"]]) for name, group in content.items()}


def _case(label: str, text: str, known: str = "") -> Case:
    return Case(label, text, int(known)) if known.isdigit() else Case(label, text, None, known)


def answers(scorer: Scorer, cases: Sequence[Case]) -> list[str]:
    """The label that the scorer gives each case; empty where the agency that is meant was not found in the text."""
    attributor = Attributor(load_config(TESTS.parent / "config").agencies)
    found = [attributor.attribute(case.text) for case in cases]
    requests = [
        ScoreRequest(text=case.text, rating=case.rating, agencies=one.agencies if case.agency else (), agency_spans=one.spans if case.agency else ())
        for case, one in zip(cases, found, strict=True)
    ]
    labels = []
    for case, score in zip(cases, scorer.score(requests), strict=True):
        meant = score.sentiment_by_agency.get(case.agency) if case.agency else score.sentiment
        labels.append(meant.label if meant else "")
    return labels
