"""`kentongan backtest`: which alerts a rule would have opened on a history of counts."""

from __future__ import annotations

import csv
import difflib
import sys
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

import click

from alerts.backtest import Backtest, BacktestAlert, backtest, in_time_order, per_week
from alerts.backtest_csv import Counts, parse_counts, read_counts
from alerts.backtest_report import moment_text, write_report
from kentongan.clock import JAKARTA
from kentongan.config import AgencyConfig, Config, load_config
from kentongan.errors import ConfigError, InputError
from kentongan.settings import read_settings
from kentongan.words import number, say

COLUMNS = ("agency", "time", "severity", "observed", "expected", "chance_weeks")
DEFAULT_RULE = "negative_volume"


@click.command("backtest", help=say(
    "Uji aturan pada riwayat hitungan: tulis peringatan yang akan dibuka sebagai CSV ke keluaran standar.\n\n"
    "COUNTS.csv punya kolom agency,time,negative[,total,late_total,late_negative,observed] dalam bin yang berjarak sama (1 sampai 60 menit), urutan "
    "bebas; \"-\" membaca masukan standar. time tanpa zona dibaca dalam zona instansi (WIB bila tidak dikenal). late_* bagian dari hitungan yang "
    "terbit sebelum bin ini; observed 0 berarti tidak ada yang mendengarkan.\n\n\b\nContoh:\n  kentongan backtest counts.csv > alerts.csv\n"
    "  kentongan backtest counts.csv --report uji/",
    "Try a rule on a history of counts: write the alerts it would have opened as CSV to standard output.\n\n"
    "COUNTS.csv has the columns agency,time,negative[,total,late_total,late_negative,observed] in equally spaced bins (1 to 60 minutes), in any "
    "order; \"-\" reads standard input. A time without zone is read in the agency's zone (WIB where unknown). late_* is the part of the counts "
    "published before this bin; observed 0 means that nobody listened.\n\n\b\nExamples:\n  kentongan backtest counts.csv > alerts.csv\n"
    "  kentongan backtest counts.csv --report trial/",
))  # fmt: skip
@click.argument("counts", type=click.Path(path_type=Path, allow_dash=True), metavar="COUNTS.csv")
@click.option("--report", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help=say(
    "Tulis juga summary.md, index.html, dan gambar ke folder ini", "Also write summary.md, index.html and pictures to this folder"))  # fmt: skip
@click.option("--rule", "rule_name", default=DEFAULT_RULE, show_default=True, help=say("Aturan dari config/rules.yml", "A rule of config/rules.yml"))
def command(counts: Path, report: Path | None, rule_name: str) -> int:
    """Exit code 0 also when no alert would have opened."""
    config = load_config(read_settings().config)
    if rule_name not in config.rules:
        near = difflib.get_close_matches(rule_name, config.rules, n=1, cutoff=0.4)
        raise ConfigError(
            say(f"--rule: tidak ada aturan {rule_name!r}", f"--rule: no rule {rule_name!r}")
            + (say(f"; maksudnya {near[0]!r}?", f"; did you mean {near[0]!r}?") if near else "")
        )
    found = _read(counts, config)
    for note in found.notes:
        click.echo(note, err=True)
    tests = []
    for series in found.series:
        agency = _agency(config, series.agency)
        test = backtest(series, config.rule(rule_name, agency.slug if agency else ""), config.policy)
        tests.append(test)
    alerts = in_time_order(tests)
    zones = {series.agency: series.zone for series in found.series}
    _write(sys.stdout, alerts, zones)
    _conclude(tests, alerts)
    if report:
        settings = ", ".join(f"{key} {value}" for key, value in config.rules[rule_name].model_dump().items())
        for path in write_report(report, tests, rule_name, settings)[:2]:
            click.echo(f"  {path}", err=True)
    return 0


def _agency(config: Config, name: str) -> AgencyConfig | None:
    """The agency of that slug or name, if it is one of ours."""
    if name in config.agencies:
        return config.agencies[name]
    wanted = name.casefold().strip()
    return next((agency for agency in config.agencies.values() if agency.name.casefold() == wanted), None)


def _read(counts: Path, config: Config) -> Counts:
    def zone_of(name: str) -> ZoneInfo:
        agency = _agency(config, name)
        return ZoneInfo(agency.timezone) if agency else JAKARTA

    if str(counts) != "-":
        return read_counts(counts, zone_of)
    try:
        return parse_counts(sys.stdin, "stdin", zone_of)
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
            "" if v.chance_weeks is None else f"{v.chance_weeks:.1f}",
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
