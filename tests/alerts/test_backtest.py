"""`kentongan backtest`: counts in, alerts out; broken files are told where and what."""

from __future__ import annotations

import csv
import io
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.backtest import backtest, in_time_order, per_week
from alerts.backtest_compare import pair
from alerts.backtest_csv import Counts, parse_counts
from alerts.backtest_incidents import Incident, read_incidents
from alerts.backtest_report import line as told
from alerts.backtest_report import write_report
from alerts.backtest_tables import Trial, tables
from kentongan.clock import JAKARTA
from kentongan.config import AlertPolicy, RuleConfig
from kentongan.errors import InputError
from tests.alerts.streams import MONDAY, Stream, add, calm

HEADER = "agency,time,negative,total,late_total,late_negative,observed"
CRISIS_H = 21 * 24 + 10.0


def rows(name: str, stream: Stream, *, step: int = 1) -> list[str]:
    start = MONDAY.astimezone(JAKARTA).replace(tzinfo=None)
    return [
        f"{name},{start + timedelta(minutes=5 * n)},{x},{x + o},0,0,{int(seen)}"
        for n, (x, o, seen) in enumerate(zip(stream.negative[::step], stream.others[::step], stream.observed[::step], strict=True))
    ]


def crisis_rows(name: str = "pln") -> list[str]:
    stream = calm(23)
    add(stream.negative, CRISIS_H, 5, 40)
    return rows(name, stream)


def parse(lines: Sequence[str], zone: str = "Asia/Jakarta") -> Counts:
    return parse_counts(io.StringIO("\n".join(lines) + "\n"), "counts.csv", lambda _: ZoneInfo(zone))


def alerts_of(counts: Counts) -> list[tuple[str, datetime]]:
    rule = RuleConfig(open_log_weeks=1.0)
    return [(a.agency, a.verdict.bin_end) for a in in_time_order(backtest(s, rule, AlertPolicy()) for s in counts.series)]


def run(path: Path | str, *options: str, stdin: str | None = None, lang: str = "en") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kentongan", "backtest", str(path), *options],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env={**os.environ, "KENTONGAN_LANG": lang},
    )


# --- the command


def test_the_command_writes_the_agreed_columns_and_finds_the_crisis(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("\n".join([HEADER, *crisis_rows()]) + "\n")
    done = run(path)
    assert done.returncode == 0, done.stderr
    found = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(found[0]) == ["agency", "time", "severity", "observed", "expected", "chance_weeks"]
    assert len(found) == 1
    sent = datetime.fromisoformat(found[0]["time"])
    assert sent.utcoffset() == timedelta(hours=7)
    assert 0 < (sent - MONDAY) / timedelta(hours=1) - CRISIS_H <= 1
    assert float(found[0]["observed"]) > float(found[0]["expected"])
    assert float(found[0]["chance_weeks"]) > 1
    assert found[0]["severity"] in {"low", "medium", "high", "critical"}
    assert "1 agency, 3.3 agency-weeks: 1 alert " in done.stderr
    assert "negative mentions in the last" in done.stderr
    assert "not in config/agencies" not in done.stderr
    assert "times without an offset are read as WIB" in done.stderr


def test_standard_input_and_the_report_work(tmp_path: Path) -> None:
    folder = tmp_path / "trial"
    done = run("-", "--report", str(folder), stdin="\n".join([HEADER, *crisis_rows("PLN & <co>")]) + "\n", lang="id")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 2
    summary = (folder / "summary.md").read_text()
    assert "sebutan negatif dalam" in summary
    assert "PLN &amp; &lt;co&gt;" in (folder / "index.html").read_text()
    assert [p.suffix for p in folder.glob("*.png")] == [".png"]


def test_an_empty_chance_marks_an_alert_by_the_floor() -> None:
    stream = calm(1)
    add(stream.negative, 9, 3, 80)
    done = run("-", stdin="\n".join([HEADER, *rows("pln", stream)]) + "\n")
    assert [row["chance_weeks"] for row in csv.DictReader(io.StringIO(done.stdout))] == [""]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.csv"], "nowhere.csv"),
        (["-", "--rule", "negative_volum"], "did you mean 'negative_volume'"),
        ([], "COUNTS.csv"),
    ],
)
def test_wrong_use_exits_2_with_one_clear_line(arguments: list[str], says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kentongan", "backtest", *arguments],
        input="",
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env={**os.environ, "KENTONGAN_LANG": "en"},
    )
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


# --- two settings side by side, and marked incidents


def test_a_changed_knob_is_shown_beside_the_rule_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("\n".join([HEADER, *crisis_rows(), *rows("kpk", calm(23, seed=5))]) + "\n")
    plain, changed = run(path), run(path, "--try", "min_count=500")
    assert changed.returncode == 0, changed.stderr
    assert changed.stdout == plain.stdout
    (line,) = [line.split() for line in changed.stderr.splitlines() if line.startswith("  pln")]
    assert line == ["pln", "1", "0", "1", "0", "-"]
    assert "agencies without an alert in either: 1" in changed.stderr
    assert sum("negative mentions in" in line for line in changed.stderr.splitlines()) == 2  # as sent, and as lost


def test_two_rules_are_shown_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("\n".join([HEADER, *crisis_rows()]) + "\n")
    done = run(path, "--against", "hoax_volume")  # held to a stricter mark: later, or not at all
    assert done.returncode == 0, done.stderr
    assert "Compared with hoax_volume:" in done.stderr
    (line,) = [line.split() for line in done.stderr.splitlines() if line.startswith("  pln")]
    assert line[1] == "1"
    assert line[2] == "0" or line[5].startswith("-")


def test_alerts_that_open_at_another_moment_are_the_same_alert() -> None:
    (series,) = parse([HEADER, *crisis_rows()]).series
    now, tried = (backtest(series, RuleConfig(open_log_weeks=mark), AlertPolicy()) for mark in (2.0, 0.5))
    pairing = pair(now, tried)
    assert len(pairing.both) == 1
    assert pairing.only_now == ()
    assert pairing.minutes_sooner is not None
    assert pairing.minutes_sooner >= 0


def test_each_marked_incident_is_told_with_the_time_to_detect_it(tmp_path: Path) -> None:
    path, marked = tmp_path / "counts.csv", tmp_path / "incidents.csv"
    path.write_text("\n".join([HEADER, *crisis_rows()]) + "\n")
    marked.write_text("agency,start,end\nPT PLN (Persero),2026-01-26 10:00,2026-01-26 15:00\npln,2026-01-20 10:00,2026-01-20 15:00\n")
    done = run(path, "--incidents", str(marked))
    assert done.returncode == 0, done.stderr
    found = [line for line in done.stderr.splitlines() if line.startswith("  pln")]
    assert "10:00 WIB to 15:00 WIB" in found[0]
    assert "after" in found[0]
    assert "missed" in found[1]


def test_incidents_may_be_written_as_a_spreadsheet_does_and_must_lie_within_the_counts(tmp_path: Path) -> None:
    marked = tmp_path / "incidents.csv"
    marked.write_text("Agency; Start ;End\na;2026-01-26 10:00;2026-01-26 15:00\na;2030-01-26 10:00;2030-01-26 15:00\n")
    incidents = read_incidents(marked, lambda _: JAKARTA)
    (series,) = parse([HEADER, *crisis_rows("a")]).series
    test = backtest(series, RuleConfig(open_log_weeks=1.0), AlertPolicy())
    (table,) = tables(Trial(rule="negative_volume", settings="-", tests=[test], incidents=incidents))
    assert [row[2].split()[0] for row in table.rows] == ["setelah", "di"]
    assert table.foot == "1 dari 1 ditemukan."


def test_a_peak_is_told_with_the_length_of_its_window() -> None:
    """More in a day than in the half hour that opened the alert says nothing by itself."""
    (series,) = parse([HEADER, *crisis_rows()]).series
    test = backtest(series, RuleConfig(open_log_weeks=1.0), AlertPolicy())
    (alert,) = test.alerts
    assert alert.peak_hours > alert.verdict.window.hours
    assert f"puncak {alert.peak} dalam {alert.peak_hours:g} jam" in told(alert, Trial(rule="negative_volume", settings="-", tests=[test]))


@pytest.mark.parametrize(
    ("options", "incidents", "says"),
    [
        (["--try", "min_cuont=3"], "", "did you mean 'min_count'"),
        (["--try", "min_count=many"], "", "min_count: must be a whole number"),
        (["--try", "min_count=9", "--try", "min_count=10"], "", "named twice"),
        (["--try", "min_count=9", "--against", "hoax_volume"], "", "not both"),
        (["--against", "hoax_volum"], "", "did you mean 'hoax_volume'"),
        (["--incidents", "INCIDENTS"], "agency,start\npln,2026-01-26\n", "line 1: no column end"),
        (["--incidents", "INCIDENTS"], "agency,start,end\npln,2026-01-26,soon\n", "line 2, column end: 'soon'"),
        (["--incidents", "INCIDENTS"], "agency,start,end\npnl,2026-01-26,2026-01-27\n", "no counts of 'pnl'"),
    ],
)
def test_a_wrong_knob_or_incident_is_told(options: list[str], incidents: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "i.csv").write_text(incidents)
    path = tmp_path / "counts.csv"
    path.write_text("\n".join([HEADER, *crisis_rows()[:50]]) + "\n")
    done = run(path, *(str(tmp_path / "i.csv") if option == "INCIDENTS" else option for option in options))
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


# --- shapes that mean the same


def test_order_of_lines_and_columns_and_extra_columns_do_not_matter() -> None:
    lines = crisis_rows()
    plain = parse([HEADER, *lines])
    shuffled = list(lines)
    random.Random(3).shuffle(shuffled)
    swapped = []
    for line in shuffled:
        agency, time, negative, total, late_total, late_negative, observed = line.split(",")
        swapped.append(",".join([observed, "x", total, time, late_negative, negative, late_total, agency]))
    other = parse(["observed,remark,total,time,late_negative,negative,late_total,agency", *swapped])
    assert any("remark" in note for note in other.notes)
    assert alerts_of(plain) == alerts_of(other) != []


def test_agencies_interleaved_by_time_are_kept_apart() -> None:
    a, b = crisis_rows("a"), rows("b", calm(23, seed=9))
    together = [line for pair in zip(a, b, strict=True) for line in pair]
    assert alerts_of(parse([HEADER, *together])) == alerts_of(parse([HEADER, *a, *b]))


def test_an_offset_in_the_time_wins_over_the_zone() -> None:
    naive = parse([HEADER, "a,2026-01-05T07:00,1,2,0,0,1", "a,2026-01-05T07:05,1,2,0,0,1"])
    aware = parse([HEADER, "a,2026-01-05T00:00Z,1,2,0,0,1", "a,2026-01-05T09:05+09:00,1,2,0,0,1"])
    assert naive.series[0].first_s == aware.series[0].first_s
    wit = parse([HEADER, "a,2026-01-05T09:00,1,2,0,0,1"], zone="Asia/Jayapura")
    assert wit.series[0].first_s == naive.series[0].first_s


def test_semicolons_a_byte_order_mark_and_blank_lines_are_read(tmp_path: Path) -> None:
    from alerts.backtest_csv import read_counts

    path = tmp_path / "excel.csv"
    path.write_bytes("\ufeffAgency;Time;Negative\r\na;2026-01-05 00:00;1\r\n\r\na;2026-01-05 00:05;2.0\r\n".encode())
    (series,) = read_counts(path, lambda _: JAKARTA).series
    assert series.negative.tolist() == [1, 2]
    assert not series.has_total


def test_late_posts_are_left_out_of_both_counts() -> None:
    (series,) = parse([HEADER, "a,2026-01-05T00:00,5,20,8,2,1"]).series
    assert series.negative.tolist() == [3]
    assert series.others.tolist() == [9]


def test_a_wave_of_late_posts_opens_nothing() -> None:
    stream = calm(23)
    lines = rows("pln", stream)
    for n in range(round(CRISIS_H * 12), round(CRISIS_H * 12) + 3):
        agency, time, negative, total, *_ = lines[n].split(",")
        lines[n] = f"{agency},{time},{int(negative) + 60},{int(total) + 300},300,60,1"
    assert alerts_of(parse([HEADER, *lines])) == []


def test_a_bin_without_a_line_is_unobserved_and_said() -> None:
    found = parse([HEADER, "a,2026-01-05T00:00,1,2,0,0,1", "a,2026-01-05T00:05,1,2,0,0,1", "a,2026-01-05T00:25,1,2,0,0,1"])
    assert found.series[0].observed.tolist() == [1, 1, 0, 0, 0, 1]
    assert any("3" in note and "a" in note for note in found.notes)


def test_counts_of_a_bin_nobody_listened_to_may_be_blank() -> None:
    (series,) = parse([HEADER, "a,2026-01-05T00:00,,,,,0", "a,2026-01-05T00:05,1,2,,,"]).series
    assert series.observed.tolist() == [0, 1]


def test_the_last_bins_do_not_change_earlier_alerts() -> None:
    lines = crisis_rows()
    whole = alerts_of(parse([HEADER, *lines]))
    for cut in (len(lines) // 2, round((CRISIS_H + 2) * 12), len(lines) - 1):
        end = MONDAY + timedelta(minutes=5 * cut)
        assert alerts_of(parse([HEADER, *lines[:cut]])) == [alert for alert in whole if alert[1] <= end]


# --- broken files

GOOD = "a,2026-01-05T00:00,1,2,0,0,1"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ([""], ["counts.csv"]),
        ([HEADER], ["counts.csv"]),
        (["agency,when,negative", "a,2026-01-05,1"], ["line 1", "time"]),
        (["agency,time,negative,negative", "a,2026-01-05,1,2"], ["line 1", "negative", "twice"]),
        ([HEADER, GOOD, "a,yesterday,1,2,0,0,1"], ["line 3", "time", "yesterday"]),
        ([HEADER, GOOD, "a,2026-01-05T00:05,-1,2,0,0,1"], ["line 3", "negative", "-1"]),
        ([HEADER, GOOD, "a,2026-01-05T00:05,many,2,0,0,1"], ["line 3", "negative", "many"]),
        ([HEADER, GOOD, "a,2026-01-05T00:05,1.5,2,0,0,1"], ["line 3", "negative", "1.5"]),
        ([HEADER, GOOD, "a,2026-01-05T00:05,1.000,2,0,0,1"], ["line 3", "negative", "1.000", "two ways"]),
        ([HEADER, "a,9999-12-31T23:55Z,1,2,0,0,1"], ["line 2", "time", "year"]),
        ([HEADER, GOOD, "a,2026-01-05T00:05,1,inf,0,0,1"], ["line 3", "total", "inf"]),
        ([HEADER, GOOD, "a,2026-01-05T00:05,nan,2,0,0,1"], ["line 3", "negative", "observed=0"]),
        ([HEADER, GOOD, "a,2026-01-05T00:05,,2,0,0,1"], ["line 3", "negative", "observed=0"]),
        ([HEADER, GOOD, "a,2026-01-05T00:05,3,2,0,0,1"], ["line 3", "negative", "total 2"]),
        ([HEADER, GOOD, "a,2026-01-05T00:05,1,2,3,0,1"], ["line 3", "late_total"]),
        ([HEADER, GOOD, "a,2026-01-05T00:05,1,2,0,2,1"], ["line 3", "late_negative"]),
        ([HEADER, GOOD, "a,2026-01-05T00:05,1,2,0,0,maybe"], ["line 3", "observed", "maybe"]),
        ([HEADER, GOOD, ",2026-01-05T00:05,1,2,0,0,1"], ["line 3", "agency"]),
        ([HEADER, GOOD, "a,2026-01-05T00:05,1"], ["line 3", "3 columns"]),
        ([HEADER, GOOD, "a,2026-01-05T00:05,1,2,0,0,1", GOOD], ["line 4", "line 2"]),
        ([HEADER, GOOD, *(f"a,2026-01-05T00:{m:02},1,2,0,0,1" for m in (5, 10, 17, 20, 25))], ["line 5", "time", "grid"]),
        ([HEADER, GOOD, "a,2026-01-06T00:00,1,2,0,0,1"], ["line 2", "1 to 60 minutes"]),
        ([HEADER, GOOD, "a,2026-01-05T00:05,1,2,0,0,1", "a,2052-01-05T00:05,1,2,0,0,1"], ["line 4", "400 days"]),
    ],
)
def test_a_broken_file_is_told_with_line_and_column(lines: list[str], says: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_LANG", "en")
    with pytest.raises(InputError) as caught:
        parse(lines)
    for part in ["counts.csv", *says]:
        assert part in str(caught.value)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_bytes(b"agency,time,negative\nb\xff\xfe,2026-01-05,1\n")
    done = run(path)
    assert done.returncode == 2
    assert "UTF-8" in done.stderr


# --- report


def test_the_report_counts_what_the_csv_lists(tmp_path: Path) -> None:
    counts = parse([HEADER, *crisis_rows("a"), *rows("b", calm(23, seed=5))])
    tests = [backtest(s, RuleConfig(open_log_weeks=1.0), AlertPolicy()) for s in counts.series]
    tried = [backtest(s, RuleConfig(open_log_weeks=1.0, min_count=500), AlertPolicy()) for s in counts.series]
    at_ten = MONDAY + timedelta(hours=CRISIS_H)
    marked = [Incident(agency="a", start=at_ten, end=at_ten + timedelta(hours=5)), Incident(agency="b", start=at_ten, end=at_ten)]
    trial = Trial(rule="negative_volume", settings="-", tests=tests, tried=tried, changes="min_count=500", incidents=marked, simulated=True)
    written = write_report(tmp_path, trial)
    assert {p.name for p in written} >= {"summary.md", "index.html"}
    assert all(p.stat().st_size > 0 for p in written)
    assert per_week(tests) == pytest.approx(sum(len(t.alerts) for t in tests) / sum(t.series.weeks for t in tests))
    assert (tmp_path / "summary.md").read_text().count("\n- **") == 2 * sum(len(t.alerts) for t in tests) == 2  # as sent, and as lost
    for name in ("summary.md", "index.html"):
        text = (tmp_path / name).read_text()
        assert text.count("tidak ditemukan") == 3
        assert "Hilang bila diubah" in text
    assert all((tmp_path / name).read_text().count("SIMULASI: ") >= 2 for name in ("summary.md", "index.html"))
