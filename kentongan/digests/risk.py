"""The risk of one agency in one week, 0-100, from five parts that are printed with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kentongan.records import Severity

SEVERITY_POINTS: dict[Severity, int] = {"low": 1, "medium": 2, "high": 4, "critical": 8}
# Weights are points of 100; the divisor is the value at which a part is full. Both, and the levels, are a convention of this project
# (docs/digest.md): a calm week of an agency that people grumble about stays low, a week with a critical crisis comes out high or critical.
WEIGHTS = {"negative": 35, "growth": 20, "hoax": 20, "alerts": 15, "unanswered": 10}
NEGATIVE_FULL = 0.6  # share of mentions that are negative
GROWTH_FULL = 2.0  # negative mentions against the week before: three times as many
HOAX_FULL = 0.1  # share of mentions that are likely hoaxes
ALERTS_FULL = 8  # severity points: one critical alert
FEW = 20  # a share of fewer is taken of so many: two angry posts make no crisis
LEVELS: tuple[tuple[int, Severity], ...] = ((35, "medium"), (50, "high"), (65, "critical"))  # from so many points on; below: low


@dataclass(frozen=True, kw_only=True, slots=True)
class Risk:
    """Points of each part; the sum is the risk."""

    negative: float
    growth: float
    hoax: float
    alerts: float
    unanswered: float

    @property
    def total(self) -> int:
        """0 (calm) to 100, whole points."""
        return round(self.negative + self.growth + self.hoax + self.alerts + self.unanswered)

    @property
    def level(self) -> Severity:
        """In a word; see LEVELS."""
        reached: Severity = "low"
        for points, level in LEVELS:
            if self.total >= points:
                reached = level
        return reached

    def points(self) -> dict[str, int]:
        """Whole points of each part, which add up to the total: what rounding leaves over goes where it cut most."""
        exact = {name: float(getattr(self, name)) for name in WEIGHTS}
        whole = {name: int(value) for name, value in exact.items()}
        for name in sorted(exact, key=lambda n: whole[n] - exact[n])[: self.total - sum(whole.values())]:
            whole[name] += 1
        return whole


def _part(name: str, value: float, full: float) -> float:
    return WEIGHTS[name] * min(1.0, max(0.0, value / full))


def risk_of(
    *, total: int, negative: int, negative_before: int | None, hoax: int, severities: Sequence[Severity], complaints: int, answered: int
) -> Risk:
    """The risk of a week with these numbers.

    total, negative, hoax: mentions of the week, own accounts left out. negative_before: of the week before, None where it was not listened to
    (then there is no growth to tell). severities: of the week's alerts. complaints, answered: where an answer could be heard.
    Shares are n / max(total, 20), so that two angry posts do not make a crisis; growth is (negative - before) / max(before, 20).
    """
    base = max(total, FEW)
    growth = 0.0 if negative_before is None else (negative - negative_before) / max(negative_before, FEW)
    return Risk(
        negative=_part("negative", negative / base, NEGATIVE_FULL),
        growth=_part("growth", growth, GROWTH_FULL),
        hoax=_part("hoax", hoax / base, HOAX_FULL),
        alerts=_part("alerts", sum(SEVERITY_POINTS[s] for s in severities), ALERTS_FULL),
        unanswered=_part("unanswered", (complaints - answered) / max(complaints, FEW), 1.0),
    )
