"""Spike detectors side by side on simulated agencies with labelled crises; writes bench/results/spikes.md.

    python bench/spikes.py [--write] [--seeds 501 502 ...]

Ours at its default settings (what `kentongan backtest` would have opened), the same at exactly 0.1 false alerts per agency-week, and two
things a user could pick instead: a spike rule in the manner of ElastAlert (the last hour against the hour before), and a rolling z-score
(hour against seven days), each at exactly 0.1 too. Needs the simulator and its judge (../shared/tools/spikes), pandas and scipy.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from train_spikes import GROW, SCALE, tools

from alerts import detector_kernel as kernel
from alerts.detector import Detector
from alerts.detector_state import fresh_memory
from kentongan.config import RuleConfig, load_config
from kentongan.settings import packaged_config

RESULTS = Path(__file__).resolve().parent / "results" / "spikes.md"
DEV = (1, 2, 3, 4)
FRESH = tuple(range(701, 711))
BUDGET = 0.1  # false alerts per agency-week
Scores = npt.NDArray[np.float64]


def counts(frame: Any) -> tuple[Scores, Scores, Scores]:
    """(negatives, others, observed) per bin, late posts left out."""
    negative = (frame.negative - frame.late_negative).to_numpy(np.float64)
    others = np.maximum((frame.total - frame.late_total).to_numpy(np.float64) - negative, 0)
    return negative, others, frame.observed.to_numpy(np.float64)


def ours(frame: Any, rule: RuleConfig) -> tuple[Scores, Scores]:
    """(score per bin, 1 where an alert opens)."""
    first_s = int(frame.time.iloc[0].tz_localize("Asia/Jakarta").timestamp())
    course = Detector(rule).run(fresh_memory(300), first_s, *counts(frame), has_total=True)
    return course.column(kernel.SCORE), course.column(kernel.OPENED)


def spike_rule(frame: Any) -> Scores:
    """Negatives of the last hour over those of the hour before, at least 6: ElastAlert's `spike` with spike_height as the score."""
    hour = sums(counts(frame)[0], 12)
    before = np.concatenate([np.zeros(12), hour[:-12]])
    ratio: Scores = np.where(hour >= 6, hour / np.maximum(before, 1), 0.0)
    return ratio


def z_score(frame: Any) -> Scores:
    """Standard deviations of the last hour above the mean of the last seven days, at least 6 posts."""
    negative = counts(frame)[0]
    hour = sums(negative, 12)
    days = 7 * 288
    first = np.concatenate([[0.0], np.cumsum(hour)])
    second = np.concatenate([[0.0], np.cumsum(hour * hour)])
    start = np.maximum(np.arange(len(hour)) - days, 0)
    stop = np.maximum(np.arange(len(hour)) - 12, 1)
    n = np.maximum(stop - start, 1)
    mean = (first[stop] - first[start]) / n
    spread = np.sqrt(np.maximum((second[stop] - second[start]) / n - mean * mean, 0.25))
    ready = np.arange(len(hour)) >= 2 * 288
    score: Scores = np.where(ready & (hour >= 6), (hour - mean) / spread, 0.0)
    return score


def sums(values: Scores, bins: int) -> Scores:
    """Sum over the last bins."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    start = np.maximum(np.arange(len(values)) - bins + 1, 0)
    window: Scores = total[1:] - total[start]
    return window


def openings(score: Scores, mark: float, close: float, quiet_bins: int = 72) -> list[int]:
    """Bins at which an alert opens; it closes after six hours below `close`."""
    found = []
    loud = np.flatnonzero(score >= close)
    last = -(10**9)
    is_open = False
    for n in loud:
        if is_open and n - last > quiet_bins:
            is_open = False
        if not is_open and score[n] >= mark:
            is_open = True
            found.append(int(n))
        last = n
    return found


class Judge:
    """The shared tool's own matching, on seeds that are simulated once."""

    def __init__(self, seeds: Iterable[int]) -> None:
        sys.path.insert(0, str(tools()))
        import evaluate

        self.tool = evaluate
        self.agencies = list(evaluate.load(seeds=list(seeds)).values())
        self.bins = sum(len(frame) for frame, _, _ in self.agencies)

    def of(self, places: Iterable[Iterable[int]]) -> dict[str, Any]:
        """The tool's summary of alerts given as bins, each sent when its bin has closed."""
        parts = []
        for (frame, labels, meta), found in zip(self.agencies, places, strict=True):
            times = frame.time.to_numpy()[list(found)] + np.timedelta64(5, "m")
            rows, doubles, false, weeks = self.tool.match(times, labels, meta, frame.time.iloc[-1])
            parts.append((rows, doubles, false, weeks, meta["volume_per_h"]))
        summary: dict[str, Any] = self.tool.summarise(parts)
        return summary

    def at_budget(self, scores: list[Scores], low: float, high: float, closing: Callable[[float], float]) -> dict[str, Any]:
        """The summary at the lowest mark that keeps to the budget of false alerts."""
        for _ in range(22):
            middle = (low + high) / 2
            result = self.of(openings(score, middle, closing(middle)) for score in scores)
            low, high = (middle, high) if result["false_per_week"] > BUDGET else (low, middle)
        return self.of(openings(score, high, closing(high)) for score in scores) | {"mark": high}


def table(seeds: Iterable[int], rule: RuleConfig) -> list[str]:
    """Lines of a Markdown table for these seeds."""
    judge = Judge(seeds)
    began = time.perf_counter()
    found = [ours(frame, rule) for frame, _, _ in judge.agencies]
    took = time.perf_counter() - began
    rows = [
        (f"Kentongan, default settings (mark {rule.open_log_weeks:g})", judge.of(np.flatnonzero(opened) for _, opened in found)),
        ("Kentongan, at 0.1 false", judge.at_budget([score for score, _ in found], -1, 4, lambda mark: mark - rule.close_below)),
        ("tail score alone, at 0.1 false", judge.at_budget(tails(judge, rule), 0, 8, lambda mark: mark - 0.7)),
        ("rolling z-score 1 h / 7 d, at 0.1 false", judge.at_budget([z_score(f) for f, _, _ in judge.agencies], 1, 100, lambda mark: mark * 0.6)),
        ("spike rule 1 h / 1 h, at 0.1 false", judge.at_budget([spike_rule(f) for f, _, _ in judge.agencies], 1, 400, lambda mark: mark * 0.6)),
    ]
    lines = [
        "| detector | recall | timely | false / agency-week | doubles / crisis | jump | waves | burst | burn | < 5 / h | 5-100 | > 100 | delay |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, r in rows:
        cells = [r[key] for key in ("recall", "timely", "false_per_week", "dup_per_crisis")]
        cells += [r[f"recall_{key}"] for key in ("jump", "waves", "burst", "burn", "vol_low", "vol_mid", "vol_high")]
        lines.append(f"| {name} | " + " | ".join(f"{cell:.3f}" for cell in cells) + f" | {r['delay_median']:.0f} min |")
    first = rows[0][1]
    lines += ["", f"{first['crises']} crises, {first['agency_weeks']} agency-weeks; {judge.bins / took:,.0f} bins a second on one core."]
    return lines


def tails(judge: Judge, rule: RuleConfig) -> list[Scores]:
    """The negative binomial's tail score of each bin, before the forest weighs it."""
    scores = []
    for frame, _, _ in judge.agencies:
        first_s = int(frame.time.iloc[0].tz_localize("Asia/Jakarta").timestamp())
        scores.append(Detector(rule).run(fresh_memory(300), first_s, *counts(frame), has_total=True).column(kernel.TAIL))
    return scores


def honesty(seeds: Iterable[int], rule: RuleConfig) -> list[str]:
    """What "once in N weeks" turns out to be: how often ordinary life reached it."""
    judge = Judge(seeds)
    found = [ours(frame, rule)[0] for frame, _, _ in judge.agencies]
    lines = ["| said: once in | came true: once in | false alerts |", "|---:|---:|---:|"]
    for weeks in (2, 5, 10, 20, 50, 100):
        mark = float(np.log10(weeks))
        r = judge.of(openings(score, mark, mark - rule.close_below) for score in found)
        came = f"{1 / r['false_per_week']:.1f} weeks" if r["false_per_week"] else "never"
        lines.append(f"| {weeks} weeks | {came} | {r['false']} |")
    return lines


def main() -> None:
    """Print the tables, and keep them where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="*", help="only these seeds")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    arguments = parser.parse_args()
    rule = load_config(packaged_config()).rule("negative_volume")
    if arguments.seeds:
        print("\n".join(table(arguments.seeds, rule)))
        return
    grown = f"{GROW[0]}-{GROW[-1]} (with gaps, {len(GROW)} in all)"
    lines = [
        "# Spike detection",
        "",
        "Made by `python bench/spikes.py --write` with the simulator beside the checkout. False alerts count everything at the default settings,",
        "cold starts included. A crisis is detected by the first alert between its start and half an hour after its end; timely means within",
        "60 minutes (jump), 90 (waves), 45 (burst), 12 hours (slow burn).",
        "",
        f"## Seeds that nothing was tuned on ({FRESH[0]}-{FRESH[-1]})",
        "",
        *table(FRESH, rule),
        "",
        f"The forest was grown on seeds {grown}, its scale found on {SCALE[0]}-{SCALE[-1]}.",
        "",
        '## How honest "once in N weeks" is, on the same seeds',
        "",
        *honesty(FRESH, rule),
        "",
        f"## The public dev seeds ({DEV[0]}-{DEV[-1]}), which the forest has seen",
        "",
        *table(DEV, rule),
        "",
    ]
    print("\n".join(lines))
    if arguments.write:
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
