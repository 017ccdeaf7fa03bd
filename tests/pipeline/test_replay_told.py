"""What a replay tells: alerts at their own time, with commands that find them, and a summary of how they ended."""

from __future__ import annotations

import csv
import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import T0
from tests.pipeline.conftest import House


@pytest.fixture
def told(house: House) -> tuple[House, subprocess.CompletedProcess[str]]:
    """A fortnight of small talk, an hour of anger, then a lull of five days in which nobody looks."""
    moments = [T0 + timedelta(hours=n) for n in range(14 * 24)]
    rows = [{"published_at": at.isoformat(), "text": "rapat PLN hari ini", "author": f"w{n}"} for n, at in enumerate(moments)]
    crisis = T0 + timedelta(days=14)
    rows += [
        {"published_at": (crisis + timedelta(minutes=n)).isoformat(), "text": f"listrik PLN mati lagi, kecewa sekali, rumah {n}", "author": f"k{n}"}
        for n in range(60)
    ]
    rows.append({"published_at": (crisis + timedelta(days=5)).isoformat(), "text": "rapat PLN hari ini", "author": "w1"})
    path = house.stream("keluhan", rows)
    return house, house.run("replay", str(path), "--as", "keluhan")


def test_an_alert_of_a_replay_is_told_at_its_own_time_with_commands_that_find_it(told: tuple[House, subprocess.CompletedProcess[str]]) -> None:
    house, done = told
    assert done.returncode == 0, done.stderr
    assert "complaints and negative mentions surge" in done.stdout
    assert "LATE" not in done.stdout
    commands = [line.partition(": ")[2].strip() for line in done.stdout.splitlines() if "kentongan alerts" in line and " ack " in line]
    assert commands
    taken_on = house.run(*commands[0].split()[1:])
    assert taken_on.returncode == 0, taken_on.stderr
    listed = house.run("alerts", "--all", "--db", str(house.root / "var" / "replay" / "keluhan.db"))
    assert "taken on" in listed.stdout or "resolved" in listed.stdout
    summary = done.stdout.partition("Alerts opened:")[2]
    assert "peak 60" in summary
    assert "CRITICAL" in summary


def test_a_backtest_of_what_is_stored_opens_what_the_replay_opened(told: tuple[House, subprocess.CompletedProcess[str]]) -> None:
    house, _ = told
    db = str(house.root / "var" / "replay" / "keluhan.db")
    tested = house.run("backtest", "--stored", "--db", db, "--try", "min_count=500")
    assert tested.returncode == 0, tested.stderr
    sent = [datetime.fromisoformat(row["time"]).astimezone(UTC) for row in csv.DictReader(tested.stdout.splitlines()) if row["agency"] == "pln"]
    alerts = [json.loads(line) for line in house.run("alerts", "--all", "--json", "--db", db).stdout.splitlines()]
    opened = [datetime.fromisoformat(alert["opened_at"]).astimezone(UTC) for alert in alerts if alert["agency"] == "pln"]
    assert sent == opened != []
    assert any(line.split() == ["pln", "1", "0", "1", "0", "-"] for line in tested.stderr.splitlines())


def test_a_backtest_without_counts_names_the_next_step(house: House) -> None:
    for arguments, says in (((), "COUNTS.csv"), (("--stored",), "no counts are stored"), (("x.csv", "--stored"), "--stored")):
        done = house.run("backtest", *arguments)
        assert done.returncode == 2
        assert says in done.stderr
