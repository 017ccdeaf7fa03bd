"""What goes into the detector and what comes out: counts of a bin, the verdict on it, and how rarity is told."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from kentongan.config import AlertPolicy, RuleConfig
from kentongan.records import SEVERITIES, Severity, Window

COUNTED_WEEKS = 100.0  # up to here it was counted how often ordinary life passes a score ...
MAX_CHANCE_WEEKS = 520.0  # ... beyond, less and less is added to what is said, and never more than ten years


@dataclass(frozen=True, kw_only=True, slots=True)
class Bin:
    """Counts of one agency in one bin: on time only, posts that came late left out."""

    start: datetime  # aware
    negative: int  # or whatever the rule measures
    total: int | None  # with the negatives; None: not known, for every bin of this agency
    observed: bool = True  # False: nobody listened, the counts mean nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the detector says when a bin has closed."""

    bin_start: datetime
    bin_end: datetime
    window: Window  # the most unusual of the six windows that end with this bin; the last hour where none is unusual
    observed: int  # in that window
    expected: float
    chance_weeks: float | None  # by chance about once in that many weeks; 0: nothing unusual; None: only the cold-start floor spoke
    score: float  # log10 of chance_weeks before it is told soberly; -9: nothing unusual
    firing: bool  # an alert is open after this bin
    opened: bool
    closed: bool
    cold_start: bool  # less than a day of history
    severity: Severity
    known: bool = True  # False: not observed, or an outage by the looks of it; nothing opens or closes
    bin_observed: int = 0  # this bin alone, for charts
    bin_expected: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """What the detector said of many bins: one array entry per bin. For charts and backtests."""

    start_s: npt.NDArray[np.int64]  # Unix seconds
    table: npt.NDArray[np.float64]  # columns of alerts.detector_kernel
    width: timedelta

    def column(self, number: int) -> npt.NDArray[np.float64]:
        """One column of the table."""
        found: npt.NDArray[np.float64] = self.table[:, number]
        return found


def chance_weeks(score: float) -> float:
    """ "By chance once in that many weeks", no more than the calibration supports, yet rising with every score so that alerts can be ranked."""
    if score <= -9:
        return 0.0
    beyond = score - math.log10(COUNTED_WEEKS)
    if beyond > 0:
        room = math.log10(MAX_CHANCE_WEEKS / COUNTED_WEEKS)
        score -= beyond - room * (1.0 - math.exp(-beyond / room))
    return math.pow(10.0, score)


def severity(rule: RuleConfig, policy: AlertPolicy, chance: float | None, observed: int) -> Severity:
    """By rarity, given enough posts; at cold start by how far the floor is passed: medium, and high from three times the floor."""
    if chance is None:
        return "high" if observed >= 3 * rule.cold_start_floor else "medium"
    reached: list[Severity] = [
        level for level in SEVERITIES if chance >= policy.severity_weeks.get(level, math.inf) and observed >= policy.severity_posts.get(level, 0)
    ]
    return reached[-1] if reached else "low"
