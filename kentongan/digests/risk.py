"""The risk of one agency in one week, 0-100, from five parts that are printed with it."""

from __future__ import annotations

from dataclasses import dataclass

from kentongan.records import Severity

SEVERITY_POINTS: dict[Severity, int] = {"low": 1, "medium": 2, "high": 4, "critical": 8}
# Weights are points of 100; the divisor is the value at which a part is full. They are a convention of this project
# (docs/digest.md), chosen so that a calm week stays below 30 and a week with a critical crisis above 60.
WEIGHTS = {"negative": 35, "growth": 20, "hoax": 20, "alerts": 15, "unanswered": 10}
NEGATIVE_FULL = 0.6  # share of mentions that are negative
GROWTH_FULL = 2.0  # negative mentions against the week before: three times as many
HOAX_FULL = 0.1  # share of mentions that are likely hoaxes
ALERTS_FULL = 8  # severity points: one critical alert
FEW = 20  # below so many mentions a share is drawn towards nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Risk:
    """Points of each part; the sum is the risk."""

    negative: float
    growth: float
    hoax: float
    alerts: float
    unanswered: float

    @property
    def total(self) -> float:
        """0 (calm) to 100."""
        return self.negative + self.growth + self.hoax + self.alerts + self.unanswered

    @property
    def level(self) -> Severity:
        """In words: low below 25, medium below 45, high below 65, else critical."""
        return "low" if self.total < 25 else "medium" if self.total < 45 else "high" if self.total < 65 else "critical"


def _part(name: str, value: float, full: float) -> float:
    return WEIGHTS[name] * min(1.0, max(0.0, value / full))


def risk_of(*, total: int, negative: int, negative_before: int, hoax: int, severities: list[Severity], response_rate: float | None) -> Risk:
    """The risk of a week with these numbers.

    total, negative, hoax: mentions of the week, own accounts left out. negative_before: of the week before. severities: of the week's alerts.
    response_rate: 0-1, None when there was nothing to answer. Shares are n / max(total, 20), so that two angry posts do not make a crisis;
    growth is (negative - before) / max(before, 20).
    """
    base = max(total, FEW)
    return Risk(
        negative=_part("negative", negative / base, NEGATIVE_FULL),
        growth=_part("growth", (negative - negative_before) / max(negative_before, FEW), GROWTH_FULL),
        hoax=_part("hoax", hoax / base, HOAX_FULL),
        alerts=_part("alerts", sum(SEVERITY_POINTS[s] for s in severities), ALERTS_FULL),
        unanswered=_part("unanswered", (1 - response_rate) * min(1.0, negative / FEW) if response_rate is not None else 0.0, 1.0),
    )
