"""How rarity is told: severity, and no more than the calibration supports."""

from __future__ import annotations

import pytest

from alerts.detector_verdict import chance_weeks, severity
from kentongan.config import AlertPolicy, RuleConfig
from tests.alerts.streams import crisis, judged


def test_severity_follows_how_rare_it_is() -> None:
    policy = AlertPolicy(severity_weeks={"low": 0, "medium": 26, "high": 104, "critical": 260})
    assert [severity(RuleConfig(), policy, w, 100) for w in (10.0, 30.0, 200.0, 300.0)] == ["low", "medium", "high", "critical"]
    assert [severity(RuleConfig(), policy, None, n) for n in (20, 60)] == ["medium", "high"]


def test_no_more_is_said_than_the_calibration_supports() -> None:
    stream = crisis(per_hour=2000)
    peak = max(judged(stream.bins()), key=lambda v: v.score)
    assert peak.score > 3
    assert peak.chance_weeks is not None
    assert 400 < peak.chance_weeks < 520


def test_a_rarer_thing_is_always_said_to_be_rarer() -> None:
    said = [chance_weeks(score / 10) for score in range(-20, 60)]
    assert said == sorted(set(said))
    assert said[30] == pytest.approx(10.0)
    assert said[40] == pytest.approx(100.0)


def test_seven_posts_are_never_critical_however_rare() -> None:
    assert [severity(RuleConfig(), AlertPolicy(), 519.0, n) for n in (7, 12, 30)] == ["medium", "high", "critical"]
