"""Spike detectors side by side on made-up agencies with labelled crises; writes bench/results/spikes.md.

    python bench/spikes.py [--write] [--seeds 501 502 ...] [--sets]

Ours at its default settings on sets of fresh seeds; on one of them through the command line (`kentongan backtest`: CSV in, CSV out), at exactly 0.1
false alerts per agency-week, and beside it what a user could pick instead, at exactly 0.1 too. Then the same without `total`, on heavy-tailed
counts (bench/lone_counts.py). Needs the simulator and its judge (../shared/tools/spikes), pandas and scipy. Takes ten minutes on one core.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from lone_counts import BIN_S
from spikes_lone import LONE_FRESH, LONE_START_S, lone_section
from spikes_rivals import Scores, openings, plain_tail, spike_rule, z_score
from spikes_tables import BUDGET, counts, head, honesty, misread, set_row
from train_spikes import GROW, SCALE, tools

from alerts import detector_kernel as kernel
from alerts.detector import Detector
from alerts.detector_state import fresh_memory
from kentongan.config import Config, RuleConfig, load_config
from kentongan.settings import packaged_config

RESULTS = Path(__file__).resolve().parent / "results" / "spikes.md"
DEV = (1, 2, 3, 4)
FRESH = tuple(range(901, 911))
SETS = (FRESH, tuple(range(1001, 1006)), tuple(range(1006, 1013)), tuple(range(1013, 1023)))
SAME_BINS = 72  # two rules that open within six hours of one another tell one thing


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

    def ours(self, rule: RuleConfig, column: int = kernel.SCORE, counted: Callable[[Any], tuple[Scores, Scores, Scores]] = counts) -> list[Scores]:
        """One column of ours, per agency and bin."""
        found = []
        for frame, _, _ in self.agencies.values():
            first_s = int(frame.time.iloc[0].tz_localize("Asia/Jakarta").timestamp())
            course = Detector(rule).run(fresh_memory(BIN_S), first_s, *counted(frame), has_total=True)
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
    return [
        *head("detector"),
        *(set_row(name, r) for name, r in rows),
        "",
        f"{rows[0][1]['crises']} crises, {rows[0][1]['agency_weeks']} agency-weeks.",
    ]


def sets_table(rule: RuleConfig) -> list[str]:
    """The default settings on every set of fresh seeds, and on all of them together."""
    lines = head("seeds")
    found = []
    for seeds in SETS:
        judged = Judge(seeds)
        found.append(judged.of([np.flatnonzero(opened).tolist() for opened in judged.ours(rule, kernel.OPENED)]))
        lines.append(set_row(f"{seeds[0]}-{seeds[-1]}", found[-1]))
    crises = np.array([r["crises"] for r in found])
    weeks = np.array([r["agency_weeks"] for r in found])
    mean = {key: float(np.average([r[key] for r in found], weights=crises)) for key in ("recall", "timely", "dup_per_crisis")}
    false = float(np.average([r["false_per_week"] for r in found], weights=weeks))
    cells = f"{mean['recall']:.3f} | {mean['timely']:.3f} | {false:.3f} | {mean['dup_per_crisis']:.3f}"
    lines.append(f"| **all {sum(map(len, SETS))}** | {cells} |" + " |" * 8)
    return [*lines, "", f"{crises.sum()} crises, {weeks.sum():.0f} agency-weeks."]


def rules_lines(config: Config) -> list[str]:
    """Every rule that ships, alone and as they are switched on."""
    judged = Judge(SETS[1])

    def opened(rule: str, counted: Callable[[Any], tuple[Scores, Scores, Scores]] = counts) -> list[list[int]]:
        return [np.flatnonzero(column).tolist() for column in judged.ours(config.rule(rule), kernel.OPENED, counted)]

    def both(first: list[list[int]], second: list[list[int]]) -> list[list[int]]:
        return [sorted({*a, *(n for n in b if not any(abs(n - m) < SAME_BINS for m in a))}) for a, b in zip(first, second, strict=True)]

    volume, hoax, share = opened("negative_volume"), opened("hoax_volume", misread), opened("negative_share")
    rows = (
        ("`negative_volume`", volume),
        ("`hoax_volume`", hoax),
        ("both, as shipped", both(volume, hoax)),
        ("`negative_share` (off)", share),
        ("`negative_volume` and `negative_share`", both(volume, share)),
    )
    return [*head("rule"), *(set_row(name, judged.of(places)) for name, places in rows)]


def main() -> None:
    """Print the tables, and keep them where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="*", help="only these seeds")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    parser.add_argument("--sets", action="store_true", help="the default settings on every set of fresh seeds")
    arguments = parser.parse_args()
    config = load_config(packaged_config())
    rule = config.rule("negative_volume")
    if arguments.sets:
        print("\n".join(sets_table(rule)))
        return
    if arguments.seeds:
        only = Judge(arguments.seeds)
        print("\n".join(table(only, only.ours(rule), rule, rivals=False)))
        return
    fresh, dev = Judge(FRESH), Judge(DEV)
    Detector(rule).run(fresh_memory(BIN_S), LONE_START_S, *np.ones((3, 300)), has_total=True)  # the kernel is compiled before the clock starts
    began = time.process_time()
    scores = fresh.ours(rule)
    rate = sum(len(s) for s in scores) / (time.process_time() - began)

    def false_at(mark: float) -> tuple[float, int]:
        r = fresh.of([openings(score, mark, mark - rule.close_below) for score in scores])
        return r["false_per_week"], r["false"]

    lines = [
        "# Spike detection",
        "",
        "Made by `python bench/spikes.py --write` with the simulator beside the checkout. False alerts are those of all windows, cold starts",
        "included. A crisis is detected by the first alert between its start and half an hour after its end; timely means within 60 minutes (jump),",
        "90 (waves), 45 (burst), 12 hours (slow burn). What the numbers were before, and why they changed: docs/adr/0006.",
        "",
        "## Four sets of fresh seeds, default settings",
        "",
        f"The forest was grown on {len(GROW)} other seeds ({min(GROW)}-{max(GROW)}, with gaps), its scale found on {SCALE[0]}-{SCALE[-1]}.",
        "",
        *sets_table(rule),
        "",
        f"## Beside rivals, on seeds {FRESH[0]}-{FRESH[-1]}",
        "",
        "The first row is what the command line wrote for a CSV.",
        "",
        *table(fresh, scores, rule, rivals=True),
        "",
        f"The detector took {rate:,.0f} bins per second of processor time (load {os.getloadavg()[0]:.0f}), reading of CSV not counted.",
        "",
        '## How honest "once in N weeks" is, on the same seeds',
        "",
        *honesty(false_at),
        "",
        f"## The public dev seeds ({DEV[0]}-{DEV[-1]}), which the forest has seen",
        "",
        *table(dev, dev.ours(rule), rule, rivals=False),
        "",
        f"## All rules, on seeds {SETS[1][0]}-{SETS[1][-1]}",
        "",
        "The simulator knows no hoaxes: for `hoax_volume` one ordinary post in a hundred is taken for one, by chance. Counts alone: live, an alert",
        "of that rule is withheld unless five accounts tell one story, which misread posts do not. Two rules that open within six hours tell one",
        "thing.",
        "",
        *rules_lines(config),
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
