"""A picture of a backtest: observed against expected negatives per hour, with the alerts that would have opened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from alerts.backtest import Backtest, hourly
from alerts.backtest_incidents import Incident
from alerts.phrases import SEVERITY_WORDS
from kentongan.words import say

COLOURS = {"low": "#8a6d00", "medium": "#c05600", "high": "#d1242f", "critical": "#7b1fa2"}


def file_stem(agency: str, number_: int) -> str:
    """A file name for an agency's picture."""
    slug = re.sub(r"[^a-z0-9]+", "-", agency.lower()).strip("-")[:40]
    return f"{number_:03d}-{slug or 'agency'}"


def picture(test: Backtest, path: Path, *, tried: Backtest | None = None, incidents: Sequence[Incident] = (), mark: str = "", dpi: int = 90) -> None:
    """Observed against expected negatives per hour, alerts as lines, unknown hours shaded; written as PNG.

    tried: the same counts under changed knobs, whose openings are drawn as hollow marks below the others. incidents: of this agency, drawn as bars
    at the bottom. mark: stands at the right above the picture.
    """
    import matplotlib.dates as mdates
    from matplotlib.figure import Figure

    from alerts import detector_kernel as kernel

    s = test.series
    known = test.course.column(kernel.KNOWN)
    seen = hourly(s.negative * known, s.width)
    usual = hourly(test.course.column(kernel.BIN_EXPECTED) * known, s.width)
    listened = hourly(known, s.width)
    hours = np.datetime64(s.first_s, "s") + np.arange(len(seen)).astype("timedelta64[h]")  # UTC; the axis shows the agency's clock
    seen = np.where(listened > 0, seen, np.nan)
    figure = Figure(figsize=(14, 3.4), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(hours, seen, color="#57606a", linewidth=0.7, label=say("negatif per jam", "negative an hour"))
    axes.plot(hours, usual, color="#0969da", linewidth=1.1, label=say("yang biasa", "expected"))
    unknown = list(listened == 0)
    if any(unknown):
        above = axes.get_xaxis_transform()
        word = say("tak teramati", "not observed")
        axes.fill_between(hours, 0, 1, where=unknown, transform=above, color="#d0d7de", step="mid", linewidth=0, zorder=0, label=word)
    named: set[str] = set()
    for alert in test.alerts:
        v = alert.verdict
        at = mdates.date2num(v.bin_end)  # type: ignore[no-untyped-call]  # matplotlib.dates
        end = mdates.date2num(alert.ended_at) if alert.ended_at else hours[-1]  # type: ignore[no-untyped-call]  # matplotlib.dates
        word = say(*SEVERITY_WORDS[v.severity]).lower()
        label = None if word in named else word
        named.add(word)
        axes.axvspan(at, end, color=COLOURS[v.severity], alpha=0.18, linewidth=0, zorder=0)
        axes.plot(
            [at],
            [1],
            marker="v",
            color=COLOURS[v.severity],
            markersize=7,
            linestyle="",
            transform=axes.get_xaxis_transform(),
            clip_on=False,
            label=label,
        )
    across = axes.get_xaxis_transform()
    if tried is not None and tried.alerts:
        at = [mdates.date2num(alert.verdict.bin_end) for alert in tried.alerts]  # type: ignore[no-untyped-call]  # matplotlib.dates
        word = say("bila diubah", "when changed")
        axes.plot(at, [0.92] * len(at), "v", mfc="none", color="#1f2328", markersize=7, transform=across, label=word)
    for n, incident in enumerate(incidents):
        ends = [mdates.date2num(incident.start), mdates.date2num(incident.end)]  # type: ignore[no-untyped-call]  # matplotlib.dates
        word = "" if n else say("kejadian yang ditandai", "marked incident")
        axes.plot(ends, [0.02, 0.02], color="#1f2328", linewidth=4, solid_capstyle="butt", transform=across, label=word or None)
    if mark:
        axes.set_title(mark.strip(": "), loc="right", fontsize=10, fontweight="bold", color=COLOURS["high"])
    axes.set_ylim(bottom=0)
    axes.set_xlim(s.start(0), s.start(len(s.negative)))  # type: ignore[arg-type]  # an incident may begin before the counts
    formatter = mdates.DateFormatter("%d/%m", tz=s.zone)  # type: ignore[no-untyped-call]  # matplotlib.dates
    axes.xaxis.set_major_formatter(formatter)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.04), fontsize=9, frameon=False, ncols=7, borderaxespad=0)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=dpi)
