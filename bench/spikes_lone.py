"""Kentongan and its rivals on counts without a total: heavy-tailed series of bench/lone_counts.py, for bench/spikes.py."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from lone_counts import BIN_S, Found, Lone, judge, lone
from spikes_rivals import Scores, openings, plain_tail, spike_rule, z_score
from spikes_tables import BUDGET, honesty

from alerts import detector_kernel as kernel
from alerts.detector import Detector
from alerts.detector_state import fresh_memory
from kentongan.config import RuleConfig

LONE_FRESH = tuple(range(1001, 1121))
LONE_START_S = 1_767_546_000  # Monday 5 January 2026, 00:00 WIB


def lone_section(rule: RuleConfig) -> list[str]:
    """The tables for counts without a total."""
    series = [lone(seed) for seed in LONE_FRESH]
    scores, opened = [], []
    for one in series:
        nothing = np.zeros_like(one.counts)
        course = Detector(rule).run(fresh_memory(BIN_S), LONE_START_S, one.counts, nothing, nothing + 1, has_total=False)
        scores.append(course.column(kernel.SCORE).copy())
        opened.append([int(n) for n in np.flatnonzero(course.column(kernel.OPENED))])
    rows = [("Kentongan, default settings", judge(series, opened)), ("Kentongan, at 0.1 false", lone_budget(series, scores, -1, 4, rule.close_below))]
    for name, score, high in (
        ("plain negative-binomial tail", plain_tail, 300.0),
        ("rolling z-score", z_score, 200.0),
        ("spike rule", spike_rule, 400.0),
    ):
        rows.append((f"{name}, at 0.1", lone_budget(series, [score(one.counts) for one in series], 1, high, None)))

    def false_at(mark: float) -> tuple[float, int]:
        found = judge(series, [openings(score, mark, mark - rule.close_below) for score in scores])
        return found.false_per_week, found.false

    lines = ["| detector | recall | within 1 h | false / series-week | doubles |", "|---|---:|---:|---:|---:|"]
    lines += [f"| {name} | {f.recall:.3f} | {f.within_hour:.3f} | {f.false_per_week:.3f} | {f.doubles:.3f} |" for name, f in rows]
    lines += ["", f"{rows[0][1].anomalies} anomalies in {len(series)} series, {sum(one.weeks for one in series):.0f} series-weeks.", ""]
    return [*lines, *honesty(false_at)]


def lone_budget(series: list[Lone], scores: Sequence[Scores], low: float, high: float, below: float | None) -> Found:
    """What is found at the lowest mark that keeps to the budget."""
    for _ in range(18):
        middle = (low + high) / 2
        found = judge(series, [openings(s, middle, middle * 0.6 if below is None else middle - below) for s in scores])
        low, high = (middle, high) if found.false_per_week > BUDGET else (low, middle)
    return judge(series, [openings(s, high, high * 0.6 if below is None else high - below) for s in scores])
