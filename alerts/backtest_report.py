"""A backtest for people: summary.md with the sentences that would have been sent, index.html with a picture per agency."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from alerts.backtest import Backtest, BacktestAlert, in_time_order, per_week
from alerts.backtest_picture import COLOURS, file_stem, picture
from alerts.phrases import SEVERITY_WORDS, clock_time, lasting, what_happened
from kentongan.words import current_language, number, say

MAX_PICTURES = 60
MAX_SENTENCES = 500


def sentence(alert: BacktestAlert, rule: str, zone: str) -> str:
    """What an officer would have read."""
    return what_happened(alert.spike(rule), zone, current_language(), alert.verdict.bin_end)


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
    v = alert.verdict
    word = say(*SEVERITY_WORDS[v.severity])
    moment = clock_time(v.bin_end, zone, current_language())
    return f"**{_cell(alert.agency)}**, {moment} [{word}]: {sentence(alert, rule, zone)} {_afterwards(alert)}"


def _afterwards(alert: BacktestAlert) -> str:
    """How long it lasted, and its peak."""
    lang = current_language()
    if alert.ended_at:
        lasted = lasting(alert.ended_at - alert.verdict.bin_end, lang)
        return say(
            f"Berlangsung {lasted}, puncak {number(alert.peak)} dalam satu jendela.", f"Lasted {lasted}, peak {number(alert.peak)} in a window."
        )
    return say("Masih terbuka saat data berakhir.", "Still open when the counts end.")


def page(tests: Sequence[Backtest], rule: str, settings: str, pictures: dict[str, str]) -> str:
    """The report as one HTML page that shows the pictures beside it."""
    parts = []
    for test in tests:
        zone = test.series.zone.key
        items = "".join(f"<li>{_html_line(alert, rule, zone)}</li>" for alert in test.alerts[:MAX_SENTENCES])
        shown = pictures.get(test.series.agency)
        name = html.escape(test.series.agency)
        image = (
            f'<img src="{html.escape(shown)}" alt="{name}: {say("negatif per jam dan yang biasa", "negative an hour, and what is usual")}">'
            if shown
            else ""
        )
        items = f"<ul>{items}</ul>" if items else f"<p>{say('Tidak ada peringatan.', 'No alert.')}</p>"
        parts.append(f"<section><h2>{name}</h2>{image}{items}</section>")
    total = sum(len(test.alerts) for test in tests)
    head = say(
        f"Uji balik {rule}: {total} peringatan, {number(per_week(tests), digits=2)} per instansi per minggu",
        f"Backtest of {rule}: {total} alerts, {number(per_week(tests), digits=2)} per agency and week",
    )
    weeks = number(sum(test.series.weeks for test in tests), digits=1)
    intro = say(
        f"{len(tests)} instansi, {weeks} minggu-instansi. Kalimat di bawah adalah yang akan dibaca petugas saat peringatan dibuka. Dari hitungan "
        "saja tidak diketahui berapa penulis dan salinan di baliknya: sebagian akan ditahan.",
        f"{len(tests)} agencies, {weeks} agency-weeks. The sentences below are what an officer would have read when the alert opened. Counts alone "
        "tell neither authors nor copies: live, some would have been withheld.",
    )
    settings = f"{say('Aturan', 'Rule')}: {html.escape(settings)}"
    return (
        f'<!doctype html><html lang="{current_language()}"><head><meta charset="utf-8"><title>{html.escape(head)}</title><style>'
        "body{font:15px/1.5 system-ui,sans-serif;max-width:1180px;margin:2em auto;padding:0 1em;color:#1f2328}img{max-width:100%}"
        "h1{font-size:1.5em}h2{font-size:1.15em;margin:1.8em 0 .2em}li{margin:.35em 0}i,.rule{color:#57606a;font-size:.93em}</style></head><body>"
        f"<h1>{html.escape(head)}</h1><p>{intro}</p><p class=rule>{settings}</p>{''.join(parts)}</body></html>\n"
    )


def _html_line(alert: BacktestAlert, rule: str, zone: str) -> str:
    v = alert.verdict
    when = html.escape(clock_time(v.bin_end, zone, current_language()))
    word = html.escape(say(*SEVERITY_WORDS[v.severity]))
    after = html.escape(_afterwards(alert))
    return f'<b style="color:{COLOURS[v.severity]}">{word}</b> {when}: {html.escape(sentence(alert, rule, zone))} <i>{after}</i>'


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
    for name, text in (("summary.md", summary(tests, rule, settings)), ("index.html", page(tests, rule, settings, pictures))):
        (folder / name).write_text(text, encoding="utf-8")
        written.insert(0, folder / name)
    return written


def moment_text(moment: datetime) -> str:
    """ISO 8601 with the offset, to the minute or second as needed."""
    return moment.isoformat(timespec="seconds")
