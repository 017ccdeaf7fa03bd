"""`kentongan backtest`: which alerts a rule would have opened on a history of counts."""

from __future__ import annotations

import csv
import difflib
import sys
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

import click
from pydantic import ValidationError

from alerts.backtest import Backtest, BacktestAlert, backtest, in_time_order, per_week
from alerts.backtest_compare import Pairing, pairs
from alerts.backtest_csv import Counts, parse_counts, read_counts
from alerts.backtest_incidents import Incident, check_agencies, read_incidents, time_to_detect
from alerts.backtest_report import moment_text, write_report
from alerts.phrases import lasting
from kentongan.clock import JAKARTA
from kentongan.config import AgencyConfig, Config, RuleConfig, load_config
from kentongan.errors import ConfigError, InputError
from kentongan.pipeline.stored_counts import stored_series
from kentongan.pipeline.wiring import open_context
from kentongan.settings import Settings, read_settings
from kentongan.words import current_language, number, say

COLUMNS = ("agency", "time", "severity", "observed", "expected", "chance_weeks")
DEFAULT_RULE = "negative_volume"


@click.command("backtest", help=say(
    "Uji aturan pada riwayat hitungan: tulis peringatan yang akan dibuka sebagai CSV ke keluaran standar.\n\n"
    "COUNTS.csv punya kolom agency,time,negative[,total,late_total,late_negative,observed] dalam bin yang berjarak sama (1 sampai 60 menit), urutan "
    "bebas; \"-\" membaca masukan standar. time tanpa zona dibaca dalam zona instansi (WIB bila tidak dikenal). late_* bagian dari hitungan yang "
    "terbit sebelum bin ini; observed 0 berarti tidak ada yang mendengarkan.\n\n\b\nContoh:\n  kentongan backtest counts.csv > alerts.csv\n"
    "  kentongan backtest counts.csv --report uji/\n"
    "  kentongan backtest counts.csv --try open_log_weeks=1.3 --try min_count=10\n  kentongan backtest counts.csv --incidents kejadian.csv\n"
    "  kentongan backtest --stored --try open_log_weeks=1.3",
    "Try a rule on a history of counts: write the alerts it would have opened as CSV to standard output.\n\n"
    "COUNTS.csv has the columns agency,time,negative[,total,late_total,late_negative,observed] in equally spaced bins (1 to 60 minutes), in any "
    "order; \"-\" reads standard input. A time without zone is read in the agency's zone (WIB where unknown). late_* is the part of the counts "
    "published before this bin; observed 0 means that nobody listened.\n\n\b\nExamples:\n  kentongan backtest counts.csv > alerts.csv\n"
    "  kentongan backtest counts.csv --report trial/\n"
    "  kentongan backtest counts.csv --try open_log_weeks=1.3 --try min_count=10\n  kentongan backtest counts.csv --incidents incidents.csv\n"
    "  kentongan backtest --stored --try open_log_weeks=1.3",
))  # fmt: skip
@click.argument("counts", type=click.Path(path_type=Path, allow_dash=True), metavar="[COUNTS.csv]", required=False)
@click.option("--stored", is_flag=True, help=say("Riwayat yang tersimpan, bukan berkas CSV", "The stored history instead of a CSV"))
@click.option("--db", type=click.Path(path_type=Path, exists=True, dir_okay=False), help=say(
    "Basis data untuk --stored", "Database for --stored"))  # fmt: skip
@click.option("--report", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help=say(
    "Tulis juga summary.md, index.html, dan gambar ke folder ini", "Also write summary.md, index.html and pictures to this folder"))  # fmt: skip
@click.option("--rule", "rule_name", default=DEFAULT_RULE, show_default=True, help=say("Aturan dari config/rules.yml", "A rule of config/rules.yml"))
@click.option("--try", "trials", multiple=True, metavar="KNOB=VALUE", help=say(
    "Bandingkan dengan aturan yang sama bila pengatur ini diubah; boleh berulang",
    "Compare with the same rule if this knob were changed; repeatable"))  # fmt: skip
@click.option("--incidents", "incidents_file", type=click.Path(path_type=Path, dir_okay=False), metavar="CSV", help=say(
    "Kejadian yang ditandai (agency,start,end): seberapa cepat masing-masing ditemukan",
    "Marked incidents (agency,start,end): how soon each was found"))  # fmt: skip
def command(
    counts: Path | None, stored: bool, db: Path | None, report: Path | None, rule_name: str, trials: tuple[str, ...], incidents_file: Path | None
) -> int:
    """Exit code 0 also when no alert would have opened."""
    if stored == (counts is not None) or (db is not None and not stored):
        raise click.UsageError(say("sebutkan COUNTS.csv, atau --stored (bila perlu --db)", "name COUNTS.csv, or --stored (with --db if need be)"))
    settings = read_settings(database=db) if db else read_settings()
    config = load_config(settings.config)
    if rule_name not in config.rules:
        near = difflib.get_close_matches(rule_name, config.rules, n=1, cutoff=0.4)
        raise ConfigError(
            say(f"--rule: tidak ada aturan {rule_name!r}", f"--rule: no rule {rule_name!r}")
            + (say(f"; maksudnya {near[0]!r}?", f"; did you mean {near[0]!r}?") if near else "")
        )
    changes = dict(_knob(trial) for trial in trials)
    _changed(config.rule(rule_name), changes)  # a wrong knob is told before the long work begins
    incidents = read_incidents(incidents_file, lambda name: _zone(config, name)) if incidents_file else []
    found = _read(counts, config) if counts is not None else _stored(settings, config, rule_name)
    for note in found.notes:
        click.echo(note, err=True)
    tests, tried = [], []
    for series in found.series:
        agency = _agency(config, series.agency)
        rule = config.rule(rule_name, agency.slug if agency else "")
        tests.append(backtest(series, rule, config.policy))
        if changes:
            tried.append(backtest(series, _changed(rule, changes), config.policy))
    check_agencies(incidents, tests)
    alerts = in_time_order(tests)
    zones = {series.agency: series.zone for series in found.series}
    _write(sys.stdout, alerts, zones)
    _conclude(tests, alerts)
    if tried:
        _tell_pairs(pairs(tests, tried), ", ".join(trials))
    for incident in incidents:
        _tell_incident(incident, tests, tried)
    if report:
        knobs = ", ".join(f"{key} {value}" for key, value in config.rules[rule_name].model_dump().items())
        for path in write_report(report, tests, rule_name, knobs)[:2]:
            click.echo(f"  {path}", err=True)
    return 0


def _agency(config: Config, name: str) -> AgencyConfig | None:
    """The agency of that slug or name, if it is one of ours."""
    if name in config.agencies:
        return config.agencies[name]
    wanted = name.casefold().strip()
    return next((agency for agency in config.agencies.values() if agency.name.casefold() == wanted), None)


def _zone(config: Config, name: str) -> ZoneInfo:
    agency = _agency(config, name)
    return ZoneInfo(agency.timezone) if agency else JAKARTA


def _knob(trial: str) -> tuple[str, str]:
    """A knob and its value; raises ConfigError for what is neither a knob of a rule nor changes a count's verdict."""
    key, equals, value = trial.partition("=")
    knobs = [name for name in RuleConfig.model_fields if name not in {"enabled", "measure", "min_authors"}]
    if not equals or key not in knobs:
        near = difflib.get_close_matches(key, knobs, n=1, cutoff=0.4)
        hint = say(f"; maksudnya {near[0]!r}?", f"; did you mean {near[0]!r}?") if near else f"; {', '.join(knobs)}"
        raise ConfigError(say(f"--try {trial}: bukan PENGATUR=NILAI", f"--try {trial}: not KNOB=VALUE of a rule") + hint)
    return key, value


def _changed(rule: RuleConfig, changes: dict[str, str]) -> RuleConfig:
    try:
        return RuleConfig.model_validate({**rule.model_dump(), **changes})
    except ValidationError as exc:
        first = exc.errors()[0]
        raise ConfigError(f"--try {first['loc'][0]}={first['input']}: {first['msg']}") from exc


def _tell_pairs(found: list[Pairing], changes: str) -> None:
    """A table on standard error: the rule as it is beside the rule as tried."""
    rows = [
        (p.agency, len(p.both) + len(p.only_now), len(p.both) + len(p.only_tried), len(p.only_now), len(p.only_tried), p.minutes_sooner)
        for p in found
    ]
    click.echo(say(f"Dibandingkan dengan {changes}:", f"Compared with {changes}:"), err=True)
    head = say("instansi,sekarang,dicoba,hilang,baru,lebih cepat", "agency,now,tried,lost,new,sooner").split(",")
    click.echo(f"  {head[0]:32} {head[1]:>8} {head[2]:>8} {head[3]:>8} {head[4]:>8} {head[5]:>14}", err=True)
    for agency, now, tried, lost, new, sooner in rows:
        gain = "-" if sooner is None else say(f"{sooner:+.0f} menit", f"{sooner:+.0f} min")
        click.echo(f"  {agency[:32]:32} {now:8} {tried:8} {lost:8} {new:8} {gain:>14}", err=True)
    weeks = sum(p.weeks for p in found) or 1.0
    a, b = sum(row[1] for row in rows) / weeks, sum(row[2] for row in rows) / weeks
    click.echo(
        say(
            f"  {number(a, digits=2)} peringatan per instansi per minggu, dicoba: {number(b, digits=2)}",
            f"  {number(a, digits=2)} alerts per agency and week, as tried: {number(b, digits=2)}",
        ),
        err=True,
    )


def _tell_incident(incident: Incident, tests: list[Backtest], tried: list[Backtest]) -> None:
    def told(found: list[Backtest]) -> str:
        delay = time_to_detect(incident, found)
        return say("tidak ditemukan", "missed") if delay is None else say("setelah ", "after ") + lasting(delay, current_language())

    line = f"  {incident.agency} {moment_text(incident.start)}: {told(tests)}"
    click.echo(line + (say(f"; dicoba: {told(tried)}", f"; as tried: {told(tried)}") if tried else ""), err=True)


def _stored(settings: Settings, config: Config, rule: str) -> Counts:
    with open_context(settings, config=config) as ctx:
        series = stored_series(ctx, rule)
    if not series:
        raise InputError(say(f"{settings.database}: belum ada hitungan tersimpan", f"{settings.database}: no counts are stored yet"))
    return Counts(series=tuple(series), notes=())


def _read(counts: Path, config: Config) -> Counts:
    if str(counts) != "-":
        return read_counts(counts, lambda name: _zone(config, name))
    try:
        return parse_counts(sys.stdin, "stdin", lambda name: _zone(config, name))
    except UnicodeDecodeError as exc:
        raise InputError(say("stdin: bukan teks UTF-8", "stdin: not UTF-8 text")) from exc


def _write(stream: TextIO, alerts: list[BacktestAlert], zones: dict[str, ZoneInfo]) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for alert in alerts:
        v = alert.verdict
        writer.writerow([
            alert.agency,
            moment_text(v.bin_end.astimezone(zones[alert.agency])),
            v.severity,
            v.observed,
            f"{v.expected:.2f}",
            "" if v.chance_weeks is None else f"{v.chance_weeks:.2f}",
        ])  # fmt: skip
    stream.flush()


def _conclude(tests: list[Backtest], alerts: list[BacktestAlert]) -> None:
    cold = sum(alert.verdict.chance_weeks is None for alert in alerts)
    weeks = sum(test.series.weeks for test in tests)
    rate = number(per_week(tests), digits=2)
    click.echo(
        say(
            f"{len(tests)} instansi, {number(weeks, digits=1)} minggu-instansi: {len(alerts)} peringatan ({rate} per instansi per minggu)"
            + (f", {cold} di antaranya karena batas hari pertama" if cold else ""),
            f"{len(tests)} agencies, {number(weeks, digits=1)} agency-weeks: {len(alerts)} alerts ({rate} per agency and week)"
            + (f", {cold} of them by the first day's floor" if cold else ""),
        ),
        err=True,
    )
