"""`kentongan backtest`: which alerts a rule would have opened on a history of counts."""

from __future__ import annotations

import csv
import difflib
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

import click
from pydantic import ValidationError

from alerts.backtest import BacktestAlert, backtest, in_time_order
from alerts.backtest_csv import Counts, parse_counts, read_counts
from alerts.backtest_incidents import check_agencies, read_incidents
from alerts.backtest_report import conclusion, differences, line, moment_text, write_report
from alerts.backtest_tables import Trial, tables
from kentongan.clock import JAKARTA
from kentongan.config import AgencyConfig, Config, RuleConfig, explain, load_config
from kentongan.errors import ConfigError, InputError
from kentongan.pipeline.spikes import SIMULATED_TAG
from kentongan.pipeline.stored_counts import stored_series
from kentongan.pipeline.wiring import open_context
from kentongan.ports import MentionQuery
from kentongan.settings import Settings, read_settings
from kentongan.words import say

COLUMNS = ("agency", "time", "severity", "observed", "expected", "chance_weeks")
DEFAULT_RULE = "negative_volume"
SHOWN = 20  # sentences on the terminal; the report holds them all


@click.command("backtest", help=say(
    "Uji aturan pada riwayat hitungan, sebelum dinyalakan: peringatan yang akan dibuka ditulis sebagai CSV ke keluaran standar; kalimatnya, "
    "perbandingan, dan kejadian yang ditandai ke galat standar.\n\n"
    "COUNTS.csv punya kolom agency,time,negative[,total,late_total,late_negative,observed] dalam bin yang berjarak sama (1 sampai 60 menit), urutan "
    "bebas; \"-\" membaca masukan standar. time tanpa zona dibaca dalam zona instansi (WIB bila tidak dikenal). negative adalah "
    "yang diukur aturannya (untuk hoax_volume: dugaan hoaks). late_* bagian dari hitungan yang terbit sebelum bin ini; observed 0 berarti tidak ada "
    "yang mendengarkan.\n\n\b\nContoh:\n  kentongan backtest counts.csv > alerts.csv\n"
    "  kentongan backtest counts.csv --report uji/\n"
    "  kentongan backtest counts.csv --try open_log_weeks=1.3 --try min_count=10\n  kentongan backtest counts.csv --incidents kejadian.csv\n"
    "  kentongan backtest --stored --try open_log_weeks=1.3\n  kentongan backtest counts.csv --against hoax_volume",
    "Try a rule on a history of counts before it is switched on: the alerts it would have opened go to standard output as CSV; their sentences, the "
    "comparison and the marked incidents to standard error.\n\n"
    "COUNTS.csv has the columns agency,time,negative[,total,late_total,late_negative,observed] in equally spaced bins (1 to 60 minutes), in any "
    "order; \"-\" reads standard input. A time without zone is read in the agency's zone (WIB where unknown). negative is "
    "what the rule measures (of hoax_volume: likely hoaxes). late_* is the part of the counts published before this bin; observed 0 means that "
    "nobody listened.\n\n\b\nExamples:\n  kentongan backtest counts.csv > alerts.csv\n"
    "  kentongan backtest counts.csv --report trial/\n"
    "  kentongan backtest counts.csv --try open_log_weeks=1.3 --try min_count=10\n  kentongan backtest counts.csv --incidents incidents.csv\n"
    "  kentongan backtest --stored --try open_log_weeks=1.3\n  kentongan backtest counts.csv --against hoax_volume",
))  # fmt: skip
@click.argument("counts", type=click.Path(path_type=Path, allow_dash=True), metavar="[COUNTS.csv]", required=False)
@click.option("--stored", is_flag=True, help=say("Riwayat yang tersimpan, bukan berkas CSV", "The stored history instead of a CSV"))
@click.option("--db", type=click.Path(path_type=Path, exists=True, dir_okay=False), help=say(
    "Basis data untuk --stored", "Database for --stored"))  # fmt: skip
@click.option("--report", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help=say(
    "Tulis juga summary.md, index.html, dan gambar ke folder ini", "Also write summary.md, index.html and pictures to this folder"))  # fmt: skip
@click.option("--rule", "rule_name", default=DEFAULT_RULE, show_default=True, help=say("Aturan dari config/rules.yml", "A rule of config/rules.yml"))
@click.option("--try", "trials", multiple=True, metavar="KNOB=VALUE", help=say(
    "Bandingkan dengan aturan yang sama bila pengatur ini (lihat config/rules.yml) diubah; boleh berulang",
    "Compare with the same rule if this knob (see config/rules.yml) were changed; repeatable"))  # fmt: skip
@click.option("--against", "other", default="", metavar="RULE", help=say(
    "Bandingkan dengan aturan lain dari config/rules.yml", "Compare with another rule of config/rules.yml"))  # fmt: skip
@click.option("--incidents", "incidents_file", type=click.Path(path_type=Path, dir_okay=False), metavar="CSV", help=say(
    "Kejadian yang ditandai (agency,start,end): seberapa cepat masing-masing ditemukan",
    "Marked incidents (agency,start,end): how soon each was found"))  # fmt: skip
def command(
    counts: Path | None, stored: bool, db: Path | None, report: Path | None, rule_name: str, trials: tuple[str, ...], other: str,
    incidents_file: Path | None,
) -> int:  # fmt: skip
    """Exit code 0 also when no alert would have opened."""
    if stored == (counts is not None) or (db is not None and not stored):
        raise click.UsageError(say("sebutkan COUNTS.csv, atau --stored (bila perlu --db)", "name COUNTS.csv, or --stored (with --db if need be)"))
    settings = read_settings(database=db) if db else read_settings()
    config = load_config(settings.config)
    if other and trials:
        raise click.UsageError(say("--against atau --try, bukan keduanya", "--against or --try, not both"))
    _check_rule(config, "--rule", rule_name)
    if other:
        _check_rule(config, "--against", other)
    changes = _changes(trials)
    _changed(config.rule(rule_name), changes)  # a wrong knob is told before the long work begins
    incidents = read_incidents(incidents_file, lambda name: _zone(config, name)) if incidents_file else []
    found, simulated = (_read(counts, config), False) if counts is not None else _stored(settings, config, rule_name)
    others = _stored(settings, config, other)[0].series if other and stored else found.series  # the other rule may count something else
    for note in (*found.notes, *_unknown(config, [series.agency for series in found.series])):
        click.echo(note, err=True)
    tests, tried = [], []
    for series, same in zip(found.series, others, strict=True):
        slug = _canonical(config, series.agency)
        rule = config.rule(rule_name, slug)
        tests.append(backtest(series, rule, config.policy))
        if changes or other:
            tried.append(backtest(same, config.rule(other, slug) if other else _changed(rule, changes), config.policy))
    counted = {_canonical(config, series.agency): series.agency for series in found.series}
    incidents = [replace(one, agency=counted.get(_canonical(config, one.agency), one.agency)) for one in incidents]
    check_agencies(incidents, tests)
    trial = Trial(
        rule=rule_name,
        settings=_settings(config, rule_name, [series.agency for series in found.series]),
        tests=tests,
        tried=tried,
        changes=other or ", ".join(trials),
        incidents=incidents,
        simulated=simulated,
    )
    alerts = in_time_order(tests)
    _write(sys.stdout, alerts, {series.agency: series.zone for series in found.series})
    _tell(trial, alerts)
    if report:
        for path in write_report(report, trial)[:2]:
            click.echo(f"  {path}", err=True)
    return 0


def _check_rule(config: Config, option: str, name: str) -> None:
    if name not in config.rules:
        near = difflib.get_close_matches(name, config.rules, n=1, cutoff=0.4)
        raise ConfigError(
            say(f"{option}: tidak ada aturan {name!r}", f"{option}: no rule {name!r}")
            + (say(f"; maksudnya {near[0]!r}?", f"; did you mean {near[0]!r}?") if near else "")
        )


def _settings(config: Config, rule: str, names: Sequence[str]) -> str:
    """The rule's knobs, and what agencies override of it."""
    told = [", ".join(f"{key} {value}" for key, value in config.rules[rule].model_dump().items())]
    for agency in (agency for agency in (_agency(config, name) for name in names) if agency and agency.rules.get(rule)):
        knobs = config.rule(rule, agency.slug).model_dump(include=set(agency.rules[rule]))
        told.append(f"{agency.slug}: " + ", ".join(f"{key} {value}" for key, value in knobs.items()))
    return "; ".join(told)


def _agency(config: Config, name: str) -> AgencyConfig | None:
    """The agency of that slug or name, if it is one of ours."""
    wanted = name.casefold().strip()
    return config.agencies.get(wanted) or next((agency for agency in config.agencies.values() if agency.name.casefold() == wanted), None)


def _canonical(config: Config, name: str) -> str:
    agency = _agency(config, name)
    return agency.slug if agency else name


def _unknown(config: Config, names: Sequence[str]) -> list[str]:
    """A note on agencies that are not configured, if there are any."""
    found = [name for name in names if _agency(config, name) is None]
    if not found:
        return []
    some = ", ".join(found[:3]) + (", ..." if len(found) > 3 else "")
    return [say(f"tidak ada di config/agencies, memakai aturan umum: {some}", f"not in config/agencies, so the general rule applies: {some}")]


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


def _changes(trials: Sequence[str]) -> dict[str, str]:
    """Every knob once."""
    found: dict[str, str] = {}
    for key, value in map(_knob, trials):
        if key in found:
            raise ConfigError(say(f"--try {key}: disebut dua kali; coba satu per satu", f"--try {key}: named twice; try one at a time"))
        found[key] = value
    return found


def _changed(rule: RuleConfig, changes: dict[str, str]) -> RuleConfig:
    try:
        return RuleConfig.model_validate({**rule.model_dump(), **changes})
    except ValidationError as exc:
        raise ConfigError("\n".join(explain("--try", exc, RuleConfig))) from exc


def _tell(trial: Trial, alerts: Sequence[BacktestAlert]) -> None:
    """On standard error: the sentences, what a changed knob would have told otherwise, the tables, and how many in all."""
    for title, found in (("", alerts), *differences(trial)):
        if title:
            click.echo(f"{title}: {len(found)}", err=True)
        for alert in found[:SHOWN]:
            click.echo(f"- {line(alert, trial)}", err=True)
        if len(found) > SHOWN:
            more = len(found) - SHOWN
            click.echo(say(f"- ... dan {more} lagi; semuanya: --report FOLDER", f"- ... and {more} more; all of them: --report DIR"), err=True)
    for table in tables(trial):
        click.echo(table.text(), err=True)
    click.echo(trial.mark + conclusion(trial), err=True)


def _stored(settings: Settings, config: Config, rule: str) -> tuple[Counts, bool]:
    """(the counts, whether they are of made-up mentions)."""
    with open_context(settings, config=config) as ctx:
        series = stored_series(ctx, rule)
        simulated = any(SIMULATED_TAG in kept.mention.tags for kept in ctx.mentions.search(MentionQuery(), limit=100).mentions)
    if not series:
        raise InputError(say(f"{settings.database}: belum ada hitungan tersimpan", f"{settings.database}: no counts are stored yet"))
    note = say(
        "hitungan seperti tersimpan sekarang: kiriman yang datang setelah binnya dinilai ikut dihitung",
        "the counts as they are stored now: posts that came after their bin was judged are counted, too",
    )
    return Counts(series=tuple(series), notes=(note,)), simulated


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
