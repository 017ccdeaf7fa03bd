"""The risk: its parts, their order, their bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kentongan.digests.risk import WEIGHTS, Risk, risk_of
from kentongan.records import SEVERITIES

counts = st.integers(0, 100_000)


def calm(**fields: object) -> Risk:
    plain = {"total": 500, "negative": 60, "negative_before": 60, "hoax": 0, "severities": [], "response_rate": 0.8}
    return risk_of(**{**plain, **fields})  # type: ignore[arg-type]  # plain numbers, varied by name


def test_a_calm_week_is_low() -> None:
    assert calm().level == "low"


def test_a_week_with_a_critical_crisis_is_high_or_worse() -> None:
    assert calm(negative=350, severities=["critical"]).total >= 60


def test_two_angry_posts_of_a_quiet_agency_are_no_crisis() -> None:
    assert calm(total=2, negative=2, negative_before=0, response_rate=0.0).level == "low"


def test_a_hoax_going_round_raises_the_risk() -> None:
    assert calm(hoax=40).total > calm().total + 10


def test_fewer_answers_never_lower_the_risk() -> None:
    assert calm(response_rate=0.1).total > calm(response_rate=0.9).total


@given(total=counts, negative=counts, before=counts, hoax=counts, severities=st.lists(st.sampled_from(SEVERITIES), max_size=9),
       rate=st.none() | st.floats(0, 1))  # fmt: skip
def test_the_risk_stays_between_0_and_100(total: int, negative: int, before: int, hoax: int, severities: list, rate: float | None) -> None:
    risk = risk_of(
        total=total, negative=min(negative, total), negative_before=before, hoax=min(hoax, total), severities=severities, response_rate=rate
    )
    assert 0 <= risk.total <= 100 + 1e-9


def test_the_weights_are_points_of_a_hundred() -> None:
    assert sum(WEIGHTS.values()) == 100
