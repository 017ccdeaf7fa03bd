"""What a replay tells: alerts at their own time, with commands that find them, and a summary of how they ended."""

from __future__ import annotations

import subprocess
from datetime import timedelta

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
