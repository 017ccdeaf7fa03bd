"""The counts that are stored, as series for a backtest: what the detector saw, bin by bin, and posts that came after their bin was judged."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np

from alerts.backtest_series import Series
from kentongan.clock import BIN
from kentongan.pipeline.detect import closed_bins
from kentongan.pipeline.observation import heard_since
from kentongan.pipeline.wiring import Context
from kentongan.records import Window


def stored_series(ctx: Context, rule: str) -> list[Series]:
    """One series per counted agency of the configuration, from where the detector began to the last bin that any of them has; empty where
    nothing is stored."""
    now = ctx.clock.now()
    agencies = [name for name in ctx.state.count_agencies() if name in ctx.config.agencies]
    firsts = {name: first for name in agencies if (first := heard_since(ctx, name)) and first < now}
    if not firsts:
        return []
    counts = ctx.state.counts_of_all(Window(start=min(firsts.values()), end=now))
    end = max(count.start for found in counts.values() for count in found) + BIN
    series = []
    for name, first in firsts.items():
        window = Window(start=first, end=end)
        bins = closed_bins(counts.get(name, []), ctx.config.rule(rule, name).measure, window, ctx.state.unobserved(name, window))
        has_total = bins[0].total is not None
        negative = np.array([float(b.negative) for b in bins])
        series.append(
            Series(
                agency=name,
                zone=ZoneInfo(ctx.config.agencies[name].timezone),
                width=BIN,
                first_s=int(first.timestamp()),
                negative=negative,
                others=np.array([float(b.total or 0) for b in bins]) - negative if has_total else np.zeros_like(negative),
                observed=np.array([float(b.observed) for b in bins]),
                has_total=has_total,
                missing=0,
            )
        )
    return series
