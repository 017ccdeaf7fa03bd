"""The hand-written challenge: each phenomenon keeps its pass rate."""

from __future__ import annotations

import pytest

from kentongan.scoring.scorer import open_scorer
from tests.scoring.challenge import KNOWN, UNSEEN, Group, answers, read_groups

GROUPS = read_groups(KNOWN) | read_groups(UNSEEN)


def test_the_challenge_is_as_large_as_it_says() -> None:
    assert sum(len(group.cases) for group in GROUPS.values()) >= 320
    assert len(GROUPS) == len(read_groups(KNOWN)) + len(read_groups(UNSEEN))  # no phenomenon hides another of the same name
    texts = [case for group in GROUPS.values() for case in group.cases]
    assert len(texts) == len(set(texts))
    assert {case.label for case in texts} == {"negative", "neutral", "positive"}


@pytest.mark.parametrize(("name", "group"), GROUPS.items(), ids=list(GROUPS))
def test_a_phenomenon_keeps_its_pass_rate(name: str, group: Group) -> None:
    said = answers(open_scorer(), group.cases)
    wrong = [f"{case.label} -> {label}: {case.text}" for case, label in zip(group.cases, said, strict=True) if label != case.label]
    assert 1 - len(wrong) / len(group.cases) >= group.floor, wrong
