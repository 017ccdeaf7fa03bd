"""Rules of config/rules.yml: what each one counts, and the bins that the detector gets to see."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta

from alerts.detector_verdict import Bin
from kentongan.clock import BIN
from kentongan.config import Config, RuleConfig
from kentongan.records import BinCount, Window

Measure = Callable[[BinCount], tuple[int, int | None]]  # (counted, all mentions it is a part of, or None)

MEASURES: Mapping[str, Measure] = {
    "negative": lambda count: (count.negative, count.total),
    "hoax": lambda count: (count.hoax, count.total),
    "total": lambda count: (count.total, None),
}


def enabled_rules(config: Config, agency: str) -> dict[str, RuleConfig]:
    """The rules that are on for this agency, its overrides applied, in the order of rules.yml."""
    rules = {name: config.rule(name, agency) for name in config.rules}
    return {name: rule for name, rule in rules.items() if rule.enabled}


def to_bin(rule: RuleConfig, count: BinCount, *, observed: bool = True) -> Bin:
    """What the rule counts in this bin."""
    counted, total = MEASURES[rule.measure](count)
    return Bin(start=count.start, negative=counted, total=total, observed=observed)


def to_bins(rule: RuleConfig, agency: str, counts: Iterable[BinCount], unobserved: Collection[datetime], window: Window) -> list[Bin]:
    """One bin for every 5 minutes of the window, ascending: a bin without a count had no mention, one in `unobserved` is unknown.

    window.start lies on the grid of bins.
    """
    by_start = {count.start: count for count in counts}
    bins = []
    start = window.start
    while start + BIN <= window.end:
        count = by_start.get(start) or BinCount(agency=agency, start=start, total=0, negative=0, positive=0, hoax=0)
        bins.append(to_bin(rule, count, observed=start not in unobserved))
        start += timedelta(minutes=5)
    return bins
