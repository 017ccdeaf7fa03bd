"""Spike detectors side by side on made-up agencies with labelled crises; writes bench/results/spikes.md.

    python bench/spikes.py [--write] [--seeds 501 502 ...] [--sets]

Ours at its default settings through the command line (`kentongan backtest`: CSV in, CSV out), the same at exactly 0.1 false alerts per
agency-week, and what a user could pick instead, at exactly 0.1 too. Then the same without `total`, on heavy-tailed counts
(bench/lone_counts.py). Needs the simulator and its judge (../shared/tools/spikes), pandas and scipy.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from lone_counts import BIN_S, Found, Lone, judge, lone
from spikes_rivals import Scores, openings, plain_tail, spike_rule, z_score
from train_spikes import GROW, SCALE, tools

from alerts import detector_kernel as kernel
from alerts.detector import Detector
from alerts.detector_state import fresh_memory
from kentongan.config import RuleConfig, load_config
from kentongan.settings import packaged_config

RESULTS = Path(__file__).resolve().parent / "results" / "spikes.md"
DEV = (1, 2, 3, 4)
FRESH = tuple(range(901, 911))
SETS = (FRESH, tuple(range(1001, 1006)), tuple(range(1006, 1013)), tuple(range(1013, 1023)))
LONE_FRESH = tuple(range(1001, 1121))
LONE_START_S = 1_767_546_000  # Monday 5 January 2026, 00:00 WIB
BUDGET = 0.1  # false alerts per agency-week
KINDS = ("jump", "waves", "burst", "burn")
WEEKS = (2, 5, 10, 20, 50, 100)


def counts(frame: Any) -> tuple[Scores, Scores, Scores]:
    """(negatives, others, observed) per bin, late posts left out."""
    negative = (frame.negative - frame.late_negative).to_numpy(np.float64)
    others = np.maximum((frame.total - frame.late_total).to_numpy(np.float64) - negative, 0)
    return negative, others, frame.observed.to_numpy(np.float64)


def command_line(path: Path) -> dict[str, list[np.datetime64]]:
    """When `kentongan backtest` would have sent its alerts, by agency, on the WIB clock."""
    done = subprocess.run([sys.executable, "-m", "kentongan", "backtest", str(path)], capture_output=True, text=True, check=True)
    found: dict[str, list[np.datetime64]] = {}
    for row in csv.DictReader(done.stdout.splitlines()):
        assert row["time"].endswith("+07:00"), row
        found.setdefault(row["agency"], []).append(np.datetime64(row["time"][:-6]))
    return found


class Judge:
    """The shared tool's own matching, on seeds that are simulated once."""

    def __init__(self, seeds: Sequence[int]) -> None:
        sys.path.insert(0, str(tools()))
        import evaluate

        self.tool = evaluate
        self.agencies: dict[str, Any] = evaluate.load(seeds=list(seeds))

    def of_times(self, times: Iterable[Sequence[np.datetime64]]) -> dict[str, Any]:
        """The tool's summary of alerts given as the moments at which they are sent, one list per agency."""
        parts = []
        for (frame, labels, meta), found in zip(self.agencies.values(), times, strict=True):
            rows, doubles, false, weeks = self.tool.match(found, labels, meta, frame.time.iloc[-1])
            parts.append((rows, doubles, false, weeks, meta["volume_per_h"]))
        summary: dict[str, Any] = self.tool.summarise(parts)
        return summary

    def of(self, places: Iterable[Sequence[int]]) -> dict[str, Any]:
        """The same of alerts given as bins, each sent when its bin has closed."""
        frames = [frame for frame, _, _ in self.agencies.values()]
        return self.of_times(list(f.time.to_numpy()[list(p)] + np.timedelta64(5, "m")) for f, p in zip(frames, places, strict=True))

    def by_command_line(self) -> dict[str, Any]:
        """The summary of what `kentongan backtest` says of a CSV with all agencies."""
        import pandas

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "counts.csv"
            pandas.concat([frame.assign(agency=name) for name, (frame, _, _) in self.agencies.items()]).to_csv(path, index=False)
            found = command_line(path)
        return self.of_times(found.get(name, []) for name in self.agencies)

    def at_budget(self, scores: Sequence[Scores], low: float, high: float, closing: Callable[[float], float]) -> dict[str, Any]:
        """The summary at the lowest mark that keeps to the budget of false alerts."""
        for _ in range(18):
            middle = (low + high) / 2
            result = self.of([openings(score, middle, closing(middle)) for score in scores])
            low, high = (middle, high) if result["false_per_week"] > BUDGET else (low, middle)
        return self.of([openings(score, high, closing(high)) for score in scores])

    def ours(self, rule: RuleConfig, column: int = kernel.SCORE) -> list[Scores]:
        """One column of ours, per agency and bin."""
        found = []
        for frame, _, _ in self.agencies.values():
            first_s = int(frame.time.iloc[0].tz_localize("Asia/Jakarta").timestamp())
            course = Detector(rule).run(fresh_memory(BIN_S), first_s, *counts(frame), has_total=True)
            found.append(course.column(column).copy())
        return found


def table(judge_: Judge, scores: Sequence[Scores], rule: RuleConfig, *, rivals: bool) -> list[str]:
    """Lines of a Markdown table for these seeds."""
    rows = [
        ("`kentongan backtest`, default settings", judge_.by_command_line()),
        ("Kentongan, at 0.1 false", judge_.at_budget(scores, -1, 4, lambda mark: mark - rule.close_below)),
    ]
    if rivals:
        negatives = [counts(frame)[0] for frame, _, _ in judge_.agencies.values()]
        for name, score, high in (
            ("plain negative-binomial tail 1 h / 14 d, at 0.1", plain_tail, 60),
            ("rolling z-score 1 h / 7 d, at 0.1", z_score, 100),
            ("spike rule 1 h / 1 h, at 0.1", spike_rule, 400),
        ):
            rows.append((name, judge_.at_budget([score(n) for n in negatives], 1, high, lambda mark: mark * 0.6)))
    lines = [
        "| detector | recall | timely | false / agency-week | doubles / crisis | jump | waves | burst | burn | < 5 / h | 5-100 | > 100 | delay |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, r in rows:
        cells = [r[key] for key in ("recall", "timely", "false_per_week", "dup_per_crisis")]
        cells += [r[f"recall_{key}"] for key in (*KINDS, "vol_low", "vol_mid", "vol_high")]
        lines.append(f"| {name} | " + " | ".join(f"{cell:.3f}" for cell in cells) + f" | {r['delay_median']:.0f} min |")
    return [*lines, "", f"{rows[0][1]['crises']} crises, {rows[0][1]['agency_weeks']} agency-weeks."]


def honesty(false_at: Callable[[float], tuple[float, int]]) -> list[str]:
    """What "once in N weeks" turns out to be: how often ordinary life reached it. false_at: mark to (false a week, false)."""
    lines = ["| said: once in | came true: once in | false alerts |", "|---:|---:|---:|"]
    for weeks in WEEKS:
        rate, false = false_at(float(np.log10(weeks)))
        lines.append(f"| {weeks} weeks | {f'{1 / rate:.1f} weeks' if rate else 'never'} | {false} |")
    return lines


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


def main() -> None:
    """Print the tables, and keep them where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="*", help="only these seeds")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    parser.add_argument("--sets", action="store_true", help="the default settings on every set of fresh seeds")
    arguments = parser.parse_args()
    rule = load_config(packaged_config()).rule("negative_volume")
    if arguments.sets:
        for seeds in SETS:
            judged = Judge(seeds)
            print(seeds[0], seeds[-1], judged.of([np.flatnonzero(opened) for opened in judged.ours(rule, kernel.OPENED)]), flush=True)
        return
    if arguments.seeds:
        only = Judge(arguments.seeds)
        print("\n".join(table(only, only.ours(rule), rule, rivals=False)))
        return
    fresh, dev = Judge(FRESH), Judge(DEV)
    began = time.process_time()
    scores = fresh.ours(rule)
    rate = sum(len(s) for s in scores) / (time.process_time() - began)

    def false_at(mark: float) -> tuple[float, int]:
        r = fresh.of([openings(score, mark, mark - rule.close_below) for score in scores])
        return r["false_per_week"], r["false"]

    lines = [
        "# Spike detection",
        "",
        "Made by `python bench/spikes.py --write` with the simulator beside the checkout. False alerts count everything at the default settings,",
        "cold starts included. A crisis is detected by the first alert between its start and half an hour after its end; timely means within",
        "60 minutes (jump), 90 (waves), 45 (burst), 12 hours (slow burn). The first row of a table is what the command line wrote for a CSV.",
        "",
        f"## Seeds that nothing was tuned on ({FRESH[0]}-{FRESH[-1]})",
        "",
        *table(fresh, scores, rule, rivals=True),
        "",
        f"The forest was grown on {len(GROW)} other seeds ({min(GROW)}-{max(GROW)}, with gaps), its scale found on {SCALE[0]}-{SCALE[-1]}.",
        f"The detector took {rate:,.0f} bins per second of processor time, reading of CSV not counted.",
        "",
        '## How honest "once in N weeks" is, on the same seeds',
        "",
        *honesty(false_at),
        "",
        f"## The public dev seeds ({DEV[0]}-{DEV[-1]}), which the forest has seen",
        "",
        *table(dev, dev.ours(rule), rule, rivals=False),
        "",
        "## Counts without a total",
        "",
        f"Heavy-tailed counts in 5-minute bins with labelled anomalies, made by bench/lone_counts.py, seeds {LONE_FRESH[0]}-{LONE_FRESH[-1]}.",
        "",
        *lone_section(rule),
        "",
    ]
    print("\n".join(lines))
    if arguments.write:
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        RESULTS.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
