"""Whom a text is about, on cases written before anything was tuned: two parts, of which one is looked at while mending and the other is not."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from kentongan.agencies import Attributor
from kentongan.config import load_config

ROOT = Path(__file__).parents[1]


class Case(NamedTuple):
    group: str
    agencies: frozenset[str]
    text: str

    @property
    def unseen(self) -> bool:
        """Of the test part: a third, by the hash of the text."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 3 == 0


def read_cases() -> list[Case]:
    """All cases, in the order of the file."""
    groups = yaml.safe_load((ROOT / "tests" / "fixtures" / "attribution_cases.yml").read_text(encoding="utf-8"))
    found = []
    for group, block in groups.items():
        for line in block.splitlines():
            named, _, text = line.partition(" | ")
            found.append(Case(group, frozenset() if named == "-" else frozenset(named.split(",")), text))
    return found


CASES = read_cases()
PARTS = {"seen": [case for case in CASES if not case.unseen], "unseen": [case for case in CASES if case.unseen]}


@pytest.fixture(scope="module")
def attributor() -> Attributor:
    return Attributor(load_config(ROOT / "config").agencies)


def precision_and_recall(attributor: Attributor, cases: list[Case]) -> tuple[float, float]:
    right = wrong = missed = 0
    for case in cases:
        got = set(attributor.attribute(case.text).agencies)
        right, wrong, missed = right + len(got & case.agencies), wrong + len(got - case.agencies), missed + len(case.agencies - got)
    return right / (right + wrong), right / (right + missed)


def test_the_cases_are_many_distinct_and_about_every_agency() -> None:
    assert len(CASES) >= 300 and len({case.text for case in CASES}) == len(CASES)
    assert len(PARTS["unseen"]) >= 100
    known = set(load_config(ROOT / "config").agencies)
    assert set().union(*(case.agencies for case in CASES)) == known


@pytest.mark.parametrize("part", PARTS)
def test_precision_and_recall_reach_95_percent_in_each_part(attributor: Attributor, part: str) -> None:
    precision, recall = precision_and_recall(attributor, PARTS[part])
    assert precision >= 0.95
    assert recall >= 0.95


@pytest.mark.parametrize(
    ("text", "agencies"),
    [
        ("nilai 1 PLN berapa ya, minggu depan ke Polandia", set()),
        ("PLN ke rupiah hari ini turun", set()),
        ("PLN rugi karena kurs rupiah", {"pln"}),
        ("soal matematika: FPB serta KPK dari 8 dan 12", set()),
        ("kelipatan persekutuan terkecil disingkat KPK", set()),
        ("KPK OTT bupati lagi", {"kpk"}),
        ("kepolisian Singapura menahan WNI", set()),
        ("bayar pajak tahunan mobil antre", set()),
        ("lapor pajak tahunan gagal", {"ditjen-pajak"}),
    ],
)
def test_a_currency_a_sum_and_another_countrys_office_are_not_the_agency(attributor: Attributor, text: str, agencies: set[str]) -> None:
    assert set(attributor.attribute(text).agencies) == agencies
