"""Counts of the simulator, and lines of the tables in bench/results/spikes.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from spikes_rivals import Scores

BUDGET = 0.1  # false alerts per agency-week
KINDS = ("jump", "waves", "burst", "burn")
MISREAD = 0.01  # of ordinary posts pass for a hoax at most (docs/model-card.md)
WEEKS = (2, 5, 10, 20, 50, 100)


def counts(frame: Any) -> tuple[Scores, Scores, Scores]:
    """(negatives, others, observed) per bin, late posts left out."""
    negative = (frame.negative - frame.late_negative).to_numpy(np.float64)
    others = np.maximum((frame.total - frame.late_total).to_numpy(np.float64) - negative, 0)
    return negative, others, frame.observed.to_numpy(np.float64)


def misread(frame: Any) -> tuple[Scores, Scores, Scores]:
    """The same of an agency without hoaxes, one of whose posts in a hundred is taken for one."""
    negative, others, observed = counts(frame)
    found = np.random.default_rng(len(frame)).binomial((negative + others).astype(np.int64), MISREAD).astype(np.float64)
    return found, negative + others - found, observed


def set_row(name: str, r: dict[str, Any]) -> str:
    """One line of a table: what the judge's tool says of one detector."""
    cells = [r[key] for key in ("recall", "timely", "false_per_week", "dup_per_crisis")]
    cells += [r[f"recall_{key}"] for key in (*KINDS, "vol_low", "vol_mid", "vol_high")]
    return f"| {name} | " + " | ".join(f"{cell:.3f}" for cell in cells) + f" | {r['delay_median']:.0f} min |"


def head(first: str) -> list[str]:
    """The head of such a table."""
    return [
        f"| {first} | recall | timely | false / agency-week | doubles / crisis | jump | waves | burst | burn | < 5 / h | 5-100 | > 100 | delay |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]


def honesty(false_at: Callable[[float], tuple[float, int]]) -> list[str]:
    """What "once in N weeks" turns out to be: how often ordinary life reached it. false_at: mark to (false a week, false)."""
    lines = ["| said: once in | came true: once in | false alerts |", "|---:|---:|---:|"]
    for weeks in WEEKS:
        rate, false = false_at(float(np.log10(weeks)))
        lines.append(f"| {weeks} weeks | {f'{1 / rate:.1f} weeks' if rate else 'never'} | {false} |")
    return lines
