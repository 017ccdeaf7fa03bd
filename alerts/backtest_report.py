"""A backtest for people: summary.md with the sentences that would have been sent, index.html with a picture per agency."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from alerts.backtest import BacktestAlert, in_time_order, per_week
from alerts.backtest_incidents import is_counted
from alerts.backtest_picture import COLOURS, file_stem, picture
from alerts.backtest_tables import Trial, compared, tables
from alerts.phrases import SEVERITY_WORDS, clock_time, lasting, what_happened, window_length
from kentongan.words import current_language, number, say

MAX_PICTURES = 60
MAX_SENTENCES = 500


def sentence(alert: BacktestAlert, rule: str, zone: str) -> str:
    """What an officer would have read."""
    return what_happened(alert.spike(rule), zone, current_language(), alert.verdict.bin_end)


def summary(trial: Trial) -> str:
    """The report as Markdown."""
    tests = trial.tests
    alerts = in_time_order(tests)
    lines = [
        f"# {trial.mark}{say('Uji balik aturan', 'Backtest of rule')} {trial.rule}",
        "",
        conclusion(trial),
        "",
        f"{say('Aturan', 'Rule')}: {trial.settings}",
        "",
        _limits(),
        "",
        f"| {say('instansi', 'agency')} | {say('dari', 'from')} | {say('sampai', 'to')} | {say('minggu', 'weeks')} | {say('negatif', 'negative')} "
        f"| {say('tak teramati', 'unknown')} | {say('peringatan', 'alerts')} | {say('per minggu', 'a week')} |",
        "|---|---|---|---:|---:|---:|---:|---:|",
    ]
    for test in tests:
        s = test.series
        end = s.start(len(s.negative))
        unknown = 100 * test.unknown_bins / len(s.negative)
        lines.append(
            f"| {_cell(s.agency)} | {s.start(0):%Y-%m-%d} | {end:%Y-%m-%d} | {number(s.weeks, digits=1)} | {number(s.negative.sum())} "
            f"| {number(unknown, digits=1)} % | {len(test.alerts)} | {number(len(test.alerts) / s.weeks, digits=2)} |"
        )
    lines += ["", *(table.markdown() for table in tables(trial))]
    for title, found in ((say("Kalimat yang akan dikirim", "Sentences that would have been sent"), alerts), *differences(trial)):
        lines += [f"## {title}", ""]
        lines += [f"- {line(alert, trial, strong='**')}" for alert in found[:MAX_SENTENCES]] or [say("Tidak ada.", "None.")]
        if len(found) > MAX_SENTENCES:
            lines.append(say(f"- ... dan {len(found) - MAX_SENTENCES} lagi", f"- ... and {len(found) - MAX_SENTENCES} more"))
        lines.append("")
    return "\n".join(lines)


def conclusion(trial: Trial) -> str:
    """How many alerts, in all and per agency and week."""
    weeks = number(sum(test.series.weeks for test in trial.tests), digits=1)
    alerts = [alert for test in trial.tests for alert in test.alerts]
    cold = sum(alert.verdict.chance_weeks is None for alert in alerts)
    rate = number(per_week(trial.tests), digits=2)
    n, count = len(trial.tests), len(alerts)
    return say(
        f"{n} instansi, {weeks} minggu-instansi: {count} peringatan ({rate} per instansi per minggu)"
        + (f", {cold} di antaranya karena batas tetap hari-hari pertama" if cold else ""),
        f"{n} {'agency' if n == 1 else 'agencies'}, {weeks} agency-weeks: {count} alert{'' if count == 1 else 's'} ({rate} per agency and week)"
        + (f", {cold} of them by the fixed limit of the first days" if cold else ""),
    )


def differences(trial: Trial) -> list[tuple[str, list[BacktestAlert]]]:
    """(title, alerts) of what the tried setting would no longer have told, and of what it alone would have told; empty where nothing was tried."""
    if not trial.tried:
        return []
    found = compared(trial)
    both = (
        (say("Hilang bila diubah", "Lost when changed"), [alert for p in found for alert in p.only_now]),
        (say("Baru bila diubah", "New when changed"), [alert for p in found for alert in p.only_tried]),
    )
    return [(title, sorted(alerts, key=lambda a: a.verdict.bin_end)) for title, alerts in both]


def _limits() -> str:
    return say(
        "Kalimat-kalimat di bawah adalah yang akan dibaca petugas saat peringatan dibuka. Hitungan saja tidak menunjukkan berapa penulis dan salinan "
        "di baliknya: dalam keadaan sebenarnya sebagian mungkin ditahan.",
        "The sentences below are what an officer would have read when the alert opened. Counts alone tell neither distinct authors nor copies: live, "
        "some of these might have been withheld.",
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def line(alert: BacktestAlert, trial: Trial, *, strong: str = "") -> str:
    """One alert for a list: agency, moment, severity, the sentence, how it went on. strong: what emphasises the agency."""
    v = alert.verdict
    zone = trial.zone_of(alert.agency)
    word = say(*SEVERITY_WORDS[v.severity])
    name = _cell(alert.agency) if strong else alert.agency
    moment = clock_time(v.bin_end, zone, current_language())
    return f"{strong}{name}{strong}, {moment} [{word}]: {trial.mark}{sentence(alert, trial.rule, zone)} {_afterwards(alert)}"


def _afterwards(alert: BacktestAlert) -> str:
    """How long it lasted, and its peak."""
    lang = current_language()
    if alert.ended_at:
        lasted = lasting(alert.ended_at - alert.verdict.bin_end, lang)
        length = say("1 jam", "1 hour") if alert.peak_hours == 1 else window_length(alert.peak_hours, lang)
        return say(f"Berlangsung {lasted}, puncak {number(alert.peak)} dalam {length}.", f"Lasted {lasted}, peak {number(alert.peak)} in {length}.")
    return say("Masih terbuka saat data berakhir.", "Still open when the counts end.")


def page(trial: Trial, pictures: dict[str, str]) -> str:
    """The report as one HTML page that shows the pictures beside it."""
    parts = [table.html() for table in tables(trial)]
    for title, found in differences(trial):
        parts.append(f"<section><h2>{html.escape(title)}</h2>{_html_list(found, trial, named=True)}</section>")
    for test in trial.tests:
        shown = pictures.get(test.series.agency)
        name = html.escape(test.series.agency)
        alt = say("negatif per jam dan yang biasa", "negative an hour, and what is usual")
        image = f'<img src="{html.escape(shown)}" alt="{name}: {alt}">' if shown else ""
        parts.append(f"<section><h2>{name}</h2>{image}{_html_list(test.alerts, trial)}</section>")
    head = html.escape(f"{trial.mark}{say('Uji balik aturan', 'Backtest of rule')} {trial.rule}")
    rule = f"{say('Aturan', 'Rule')}: {html.escape(trial.settings)}"
    return (
        f'<!doctype html><html lang="{current_language()}"><head><meta charset="utf-8"><title>{head}</title><style>'
        "body{font:15px/1.5 system-ui,sans-serif;max-width:1180px;margin:2em auto;padding:0 1em;color:#1f2328}img{max-width:100%}"
        "h1{font-size:1.5em}h2{font-size:1.15em;margin:1.8em 0 .2em}li{margin:.35em 0}i,.rule{color:#57606a;font-size:.93em}"
        "table{border-collapse:collapse}td,th{padding:.2em .9em .2em 0;text-align:left}.numbers :is(td,th)+:is(td,th){text-align:right}"
        f"</style></head><body><h1>{head}</h1><p><b>{html.escape(conclusion(trial))}.</b> {_limits()}</p><p class=rule>{rule}</p>"
        f"{''.join(parts)}</body></html>\n"
    )


def _html_list(alerts: Sequence[BacktestAlert], trial: Trial, *, named: bool = False) -> str:
    items = "".join(f"<li>{_html_line(alert, trial, named=named)}</li>" for alert in alerts[:MAX_SENTENCES])
    more = len(alerts) - MAX_SENTENCES
    if more > 0:
        items += f"<li>{say(f'... dan {more} lagi', f'... and {more} more')}</li>"
    return f"<ul>{items}</ul>" if items else f"<p>{say('Tidak ada peringatan.', 'No alert.')}</p>"


def _html_line(alert: BacktestAlert, trial: Trial, *, named: bool) -> str:
    v = alert.verdict
    zone = trial.zone_of(alert.agency)
    when = html.escape(clock_time(v.bin_end, zone, current_language()))
    word = html.escape(say(*SEVERITY_WORDS[v.severity]))
    told = html.escape(trial.mark + sentence(alert, trial.rule, zone))
    name = f"<b>{html.escape(alert.agency)}</b> " if named else ""
    return f'{name}<b style="color:{COLOURS[v.severity]}">{word}</b> {when}: {told} <i>{html.escape(_afterwards(alert))}</i>'


def write_report(folder: Path, trial: Trial) -> list[Path]:
    """Write summary.md, index.html and the pictures; busiest alerters first where there are more agencies than pictures. Returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    tests = trial.tests
    chosen = sorted(range(len(tests)), key=lambda n: -len(tests[n].alerts))[:MAX_PICTURES]
    pictures = {}
    written = []
    for n in sorted(chosen):
        agency = tests[n].series.agency
        path = folder / f"{file_stem(agency, n + 1)}.png"
        marked = [incident for incident in trial.incidents if incident.agency == agency and is_counted(incident, tests)]
        picture(tests[n], path, tried=trial.tried[n] if trial.tried else None, incidents=marked, mark=trial.mark)
        pictures[agency] = path.name
        written.append(path)
    for name, text in (("summary.md", summary(trial)), ("index.html", page(trial, pictures))):
        (folder / name).write_text(text, encoding="utf-8")
        written.insert(0, folder / name)
    return written


def moment_text(moment: datetime) -> str:
    """ISO 8601 with the offset, to the minute or second as needed."""
    return moment.isoformat(timespec="seconds")
