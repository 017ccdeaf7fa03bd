"""The spike as a picture: observed against what is usual, hour by hour, on the agency's own clock. Readable on Slack's dark and light ground."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.phrases import noun
from kentongan.clock import zone_label
from kentongan.config import AgencyConfig
from kentongan.records import Alert
from kentongan.words import Lang, say

WIDTH_IN, HEIGHT_IN, DPI = 8.0, 3.2, 120
GROUND, INK, SEEN, USUAL, OPENED = "#f6f8fa", "#1f2328", "#8c959f", "#0969da", "#cf222e"  # a ground of its own: legible whatever lies around it


@dataclass(frozen=True, kw_only=True, slots=True)
class Hour:
    """One hour of one agency."""

    start: datetime
    observed: int | None  # None: nobody listened
    expected: float | None  # None: not known


def draw_hours(hours: Sequence[Hour], alert: Alert, agency: AgencyConfig, lang: Lang) -> bytes:
    """A PNG. hours: ascending; at least one."""
    from matplotlib.figure import Figure

    zone = ZoneInfo(agency.timezone)
    places = list(range(len(hours)))
    seen = [hour.observed if hour.observed is not None else 0 for hour in hours]
    usual = [hour.expected if hour.expected is not None else float("nan") for hour in hours]
    begun = min(alert.opened_at, alert.spike.window.start).replace(minute=0, second=0, microsecond=0)
    during = [hour.start >= begun for hour in hours]
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), layout="constrained", facecolor=GROUND)
    axes = figure.add_subplot(facecolor=GROUND)
    for hot, colour, label in ((False, SEEN, noun(alert.rule, lang)), (True, OPENED, say("lonjakan ini", "this spike", lang))):
        chosen = [place for place in places if during[place] is hot]
        axes.bar(chosen, [seen[place] for place in chosen], width=0.85, color=colour, label=label)
    axes.plot(places, usual, color=USUAL, linewidth=2, label=say("biasanya", "usually", lang))
    unheard = [place for place, hour in zip(places, hours, strict=True) if hour.observed is None]
    for n, place in enumerate(unheard):
        unheard_label = say("tidak terdengar", "not heard", lang) if n == 0 else None
        axes.axvspan(place - 0.5, place + 0.5, color="#d0d7de", linewidth=0, label=unheard_label)
    step = max(len(hours) // 8, 1)
    axes.set_xticks(places[::step], [_label(hours[place].start.astimezone(zone)) for place in places[::step]], color=INK, fontsize=9)
    axes.tick_params(colors=INK)
    per_hour = say("per jam", "an hour", lang)
    title = f"{'SIMULASI · ' if alert.simulated else ''}{agency.name}: {noun(alert.rule, lang)} {per_hour}, {zone_label(agency.timezone)}"
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.set_ylim(bottom=0, top=1.15 * max(1, *seen, *(hour.expected or 0 for hour in hours)))
    axes.margins(x=0.01)
    axes.legend(loc="upper left", fontsize=9, frameon=False, labelcolor=INK)
    axes.spines[["top", "right"]].set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, facecolor=GROUND)
    return buffer.getvalue()


def _label(local: datetime) -> str:
    return f"{local:%d/%m}\n{local:%H.%M}"
