"""A backtest for people: summary.md with the sentences that would have been sent, index.html with a picture per agency."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from alerts.backtest import Backtest, BacktestAlert, hourly, in_time_order, per_week
from alerts.phrases import SEVERITY_WORDS, clock_time, lasting, what_happened
from kentongan.words import current_language, number, say

MAX_PICTURES = 60
MAX_SENTENCES = 500
COLOURS = {"low": "#b58900", "medium": "#e07b00", "high": "#d1242f", "critical": "#7b1fa2"}


def sentence(alert: BacktestAlert, rule: str, zone: str) -> str:
    """What an officer would have read."""
    return what_happened(alert.spike(rule), zone, current_language(), None)


def summary(tests: Sequence[Backtest], rule: str, settings: str) -> str:
    """The report as Markdown."""
    alerts = in_time_order(tests)
    weeks = sum(test.series.weeks for test in tests)
    lines = [
        f"# {say('Uji balik aturan', 'Backtest of rule')} {rule}",
        "",
        say(
            f"{len(tests)} instansi, {number(weeks, digits=1)} minggu-instansi, {len(alerts)} peringatan: "
            f"{number(per_week(tests), digits=2)} per instansi per minggu.",
            f"{len(tests)} agencies, {number(weeks, digits=1)} agency-weeks, {len(alerts)} alerts: "
            f"{number(per_week(tests), digits=2)} per agency and week.",
        ),
        "",
        f"{say('Aturan', 'Rule')}: {settings}",
        "",
        say("Yang tidak terjadi di berkas tidak dinilai: penulis berbeda dan salinan tidak diketahui dari hitungan saja.",
            "Counts alone tell neither distinct authors nor copies: live, some of these would have been withheld."),
        "",
        f"| {say('instansi', 'agency')} | {say('dari', 'from')} | {say('sampai', 'to')} | {say('minggu', 'weeks')} | {say('negatif', 'negative')} "
        f"| {say('tak teramati', 'unknown')} | {say('peringatan', 'alerts')} | {say('per minggu', 'a week')} |",
        "|---|---|---|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    for test in tests:
        s = test.series
        end = s.start(len(s.negative))
        unknown = 100 * test.unknown_bins / len(s.negative)
        lines.append(
            f"| {_cell(s.agency)} | {s.start(0):%Y-%m-%d} | {end:%Y-%m-%d} | {number(s.weeks, digits=1)} | {number(s.negative.sum())} "
            f"| {number(unknown, digits=1)} % | {len(test.alerts)} | {number(len(test.alerts) / s.weeks, digits=2)} |"
        )
    lines += ["", f"## {say('Kalimat yang akan dikirim', 'Sentences that would have been sent')}", ""]
    if not alerts:
        lines.append(say("Tidak ada.", "None."))
    zones = {test.series.agency: test.series.zone.key for test in tests}
    for alert in alerts[:MAX_SENTENCES]:
        lines.append(f"- {_line(alert, rule, zones[alert.agency])}")
    if len(alerts) > MAX_SENTENCES:
        lines.append(say(f"- ... dan {len(alerts) - MAX_SENTENCES} lagi", f"- ... and {len(alerts) - MAX_SENTENCES} more"))
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _line(alert: BacktestAlert, rule: str, zone: str) -> str:
    lang = current_language()
    v = alert.verdict
    word = say(*SEVERITY_WORDS[v.severity])
    if alert.ended_at:
        lasted = lasting(alert.ended_at - v.bin_end, lang)
        after = say(
            f"Berlangsung {lasted}, puncak {number(alert.peak)} dalam satu jendela.", f"Lasted {lasted}, peak {number(alert.peak)} in a window."
        )
    else:
        after = say("Masih terbuka saat data berakhir.", "Still open when the counts end.")
    return f"**{_cell(alert.agency)}**, {clock_time(v.bin_end, zone, lang)} [{word}]: {sentence(alert, rule, zone)} {after}"


def file_stem(agency: str, number_: int) -> str:
    """A file name for an agency's picture."""
    slug = re.sub(r"[^a-z0-9]+", "-", agency.lower()).strip("-")[:40]
    return f"{number_:03d}-{slug or 'agency'}"


def picture(test: Backtest, path: Path, dpi: int = 90) -> None:
    """Observed against expected negatives per hour, alerts as lines, unknown hours shaded; written as PNG."""
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
    figure = Figure(figsize=(14, 3.2), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(hours, seen, color="#57606a", linewidth=0.7, label=say("negatif per jam", "negative an hour"))
    axes.plot(hours, usual, color="#0969da", linewidth=1.1, label=say("yang biasa", "expected"))
    axes.fill_between(hours, 0, 1, where=list(listened == 0), transform=axes.get_xaxis_transform(), color="#d0d7de", step="mid", linewidth=0)
    for alert in test.alerts:
        v = alert.verdict
        axes.axvline(mdates.date2num(v.bin_end), color=COLOURS[v.severity], linewidth=1.4)  # type: ignore[no-untyped-call]  # matplotlib.dates
    axes.set_title(f"{s.agency}: {len(test.alerts)} {say('peringatan', 'alerts')}", loc="left", fontsize=10)
    axes.set_ylim(bottom=0)
    axes.margins(x=0)
    formatter = mdates.ConciseDateFormatter(mdates.AutoDateLocator(), tz=s.zone)  # type: ignore[no-untyped-call]  # matplotlib.dates
    axes.xaxis.set_major_formatter(formatter)
    axes.legend(loc="upper left", fontsize=8, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=dpi)


def page(tests: Sequence[Backtest], rule: str, pictures: dict[str, str]) -> str:
    """The report as one HTML page that shows the pictures beside it."""
    parts = []
    for test in tests:
        zone = test.series.zone.key
        items = "".join(f"<li>{_html_line(alert, rule, zone)}</li>" for alert in test.alerts[:MAX_SENTENCES])
        shown = pictures.get(test.series.agency)
        image = f'<img src="{html.escape(shown)}" alt="{html.escape(test.series.agency)}">' if shown else ""
        parts.append(f"<section><h2>{html.escape(test.series.agency)}</h2>{image}<ul>{items}</ul></section>")
    total = sum(len(test.alerts) for test in tests)
    head = say(
        f"Uji balik {rule}: {total} peringatan, {number(per_week(tests), digits=2)} per instansi per minggu",
        f"Backtest of {rule}: {total} alerts, {number(per_week(tests), digits=2)} per agency and week",
    )
    return (
        f'<!doctype html><html lang="{current_language()}"><head><meta charset="utf-8"><title>{html.escape(head)}</title><style>'
        "body{font:15px/1.5 system-ui,sans-serif;max-width:1180px;margin:2em auto;padding:0 1em;color:#1f2328}img{max-width:100%}"
        "h2{font-size:1.1em;margin:1.6em 0 .2em}li{margin:.2em 0}</style></head><body>"
        f"<h1>{html.escape(head)}</h1>{''.join(parts)}</body></html>\n"
    )


def _html_line(alert: BacktestAlert, rule: str, zone: str) -> str:
    v = alert.verdict
    when = html.escape(clock_time(v.bin_end, zone, current_language()))
    word = html.escape(say(*SEVERITY_WORDS[v.severity]))
    return f'<b style="color:{COLOURS[v.severity]}">{word}</b> {when}: {html.escape(sentence(alert, rule, zone))}'


def write_report(folder: Path, tests: Sequence[Backtest], rule: str, settings: str) -> list[Path]:
    """Write summary.md, index.html and the pictures; busiest alerters first where there are more agencies than pictures. Returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = sorted(range(len(tests)), key=lambda n: -len(tests[n].alerts))[:MAX_PICTURES]
    pictures = {}
    written = []
    for n in sorted(chosen):
        path = folder / f"{file_stem(tests[n].series.agency, n + 1)}.png"
        picture(tests[n], path)
        pictures[tests[n].series.agency] = path.name
        written.append(path)
    for name, text in (("summary.md", summary(tests, rule, settings)), ("index.html", page(tests, rule, pictures))):
        (folder / name).write_text(text, encoding="utf-8")
        written.insert(0, folder / name)
    return written


def moment_text(moment: datetime) -> str:
    """ISO 8601 with the offset, to the minute or second as needed."""
    return moment.isoformat(timespec="seconds")
