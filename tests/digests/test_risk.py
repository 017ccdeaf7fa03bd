"""The risk: its parts, their order, their bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kentongan.digests.risk import WEIGHTS, Risk, risk_of
from kentongan.records import SEVERITIES, Severity

counts = st.integers(0, 100_000)


def calm(**fields: object) -> Risk:
    plain = {"total": 500, "negative": 60, "negative_before": 60, "hoax": 0, "severities": (), "complaints": 60, "answered": 40}
    return risk_of(**{**plain, **fields})  # type: ignore[arg-type]  # plain numbers, varied by name


def test_a_calm_week_is_low() -> None:
    assert calm().level == "low"


def test_a_calm_week_of_an_agency_that_people_grumble_about_is_low() -> None:
    assert calm(negative=220, negative_before=220, complaints=220, answered=60).level == "low"


def test_a_week_with_a_critical_crisis_is_high_or_worse() -> None:
    assert calm(negative=300, severities=["critical"]).level in ("high", "critical")


def test_two_angry_posts_of_a_quiet_agency_are_no_crisis() -> None:
    assert calm(total=2, negative=2, negative_before=0, complaints=2, answered=0).level == "low"


def test_a_hoax_going_round_raises_the_risk() -> None:
    assert calm(hoax=40).total > calm().total + 10


def test_fewer_answers_never_lower_the_risk() -> None:
    assert calm(answered=6).total > calm(answered=54).total


def test_without_a_week_before_there_is_no_growth() -> None:
    assert calm(negative=300, negative_before=None).growth == 0


def test_the_worked_example_of_the_guide() -> None:
    risk = calm(total=1000, negative=300, negative_before=200, hoax=50, severities=["high"], complaints=100, answered=40)
    assert (risk.negative, risk.growth, risk.hoax, risk.alerts, risk.unanswered) == (17.5, 5.0, 10.0, 7.5, 6.0)
    assert (risk.total, risk.level) == (46, "medium")


risks = st.builds(
    risk_of,
    total=counts,
    negative=counts,
    negative_before=st.none() | counts,
    hoax=counts,
    severities=st.lists(st.sampled_from(SEVERITIES), max_size=9),
    complaints=counts,
    answered=st.just(0),
)


@given(risks)
def test_the_risk_stays_between_0_and_100(risk: Risk) -> None:
    assert 0 <= risk.total <= 100


@given(risks)
def test_whole_points_of_the_parts_add_up_to_the_total_and_stay_within_their_weight(risk: Risk) -> None:
    points = risk.points()
    assert sum(points.values()) == risk.total
    assert all(0 <= points[name] <= WEIGHTS[name] for name in WEIGHTS)


@given(risks, st.sampled_from(SEVERITIES))
def test_the_level_follows_the_points_that_are_shown(risk: Risk, severity: Severity) -> None:
    edges = {"low": 0, "medium": 35, "high": 50, "critical": 65}
    assert (risk.total >= edges[severity]) == (SEVERITIES.index(risk.level) >= SEVERITIES.index(severity))


def test_the_weights_are_points_of_a_hundred() -> None:
    assert sum(WEIGHTS.values()) == 100
