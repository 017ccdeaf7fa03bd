"""The command line in bad hands: exit codes 0, 1, 2, one clear line, never a traceback, nothing written where it must not be."""

from __future__ import annotations

import importlib
import json
import os
import sqlite3
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kentongan.pipeline.cli import COMMANDS, cli
from tests.pipeline.conftest import House, Rows

FULL = Path("/dev/full")


def _all_commands() -> list[tuple[str, ...]]:
    """Every command and sub-command."""
    found: list[tuple[str, ...]] = []
    for name, (module, _, _) in COMMANDS.items():
        command = importlib.import_module(f"kentongan.pipeline.cli.{module}").command
        found.append((name,))
        if isinstance(command, click.Group):
            found += [(name, sub) for sub in command.commands]
    return found


def test_every_command_has_help_with_examples() -> None:
    without = []
    for path in _all_commands():
        shown = CliRunner().invoke(cli, [*path, "--help"])
        assert shown.exit_code == 0, path
        if len(path) == 1 and f"kentongan {path[0]}" not in shown.output.partition("\n\n")[2]:
            without.append(path)
    assert len(_all_commands()) >= 20
    assert without == []


@pytest.mark.skipif(not FULL.exists(), reason="this machine has no /dev/full")
@pytest.mark.parametrize("arguments", [("agencies",), ("simulate", "--background", "pln", "--days", "2"), ("score", "--lines", "texts.txt")])
def test_a_full_disk_behind_standard_output_is_told_in_one_line(house: House, arguments: tuple[str, ...]) -> None:
    (house.root / "texts.txt").write_text("PLN padam lagi\n" * 500, encoding="utf-8")
    with FULL.open("w") as full:
        done = subprocess.run(
            house.command(*arguments), env=house.environment, cwd=house.root, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith("Failed: ")
    assert len(done.stderr.splitlines()) == 1
    assert "room on the disk" in done.stderr


def test_a_reader_that_has_seen_enough_is_no_trouble(house: House) -> None:
    child = subprocess.Popen(
        house.command("simulate", "--background", "pln", "--days", "20"),
        env=house.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    child.stdout.read(1)
    child.stdout.close()
    _, said = child.communicate(timeout=60)
    assert said == ""


def test_a_device_as_output_stays_a_device(house: House, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    child = subprocess.Popen(
        house.command("simulate", "--background", "pln", "--days", "1", "--out", str(pipe)), env=house.environment, stderr=subprocess.DEVNULL
    )
    rows = pipe.read_text(encoding="utf-8").splitlines()
    assert child.wait(timeout=60) == 0
    assert json.loads(rows[0])["text"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("simulate", "--background", "pln", "--rate", "nan"), "--rate"),
        (("run", "--seconds", "nan"), "--seconds"),
        (("run", "--seconds", "-5"), "--seconds"),
        (("search", "--since", "0001-01-01"), "--since"),
        (("doctor", "--port", "99999"), "--port"),
        (("forget", "not-an-id", "--reason", "x", "--yes"), "not-an-id"),
        (("replay", "rows.jsonl", "--as", "../../x"), "--as"),
        (("replay", "rows.jsonl", "--as", ""), "--as"),
    ],
)
def test_wrong_use_is_exit_code_2_and_names_what_is_wrong(house: House, rows: Rows, arguments: tuple[str, ...], named: str) -> None:
    house.stream("rows", rows(3))
    done = house.run(*arguments)
    assert done.returncode == 2, done.stderr
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(house.root.glob("var/**/*.db"))


@pytest.mark.parametrize("arguments", [("digest", "--out", "{there}/sub"), ("search", "x")])
def test_a_folder_that_cannot_be_made_is_told_with_the_next_step(house: House, arguments: tuple[str, ...]) -> None:
    blocked = house.root / "blocked"
    blocked.write_text("a file where a folder should be", encoding="utf-8")
    environment = house.environment | ({"KENTONGAN_VAR": str(blocked / "var")} if arguments[0] == "search" else {})
    done = subprocess.run(
        house.command(*(part.format(there=blocked) for part in arguments)),
        env=environment,
        cwd=house.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Failed: ")
    assert str(blocked) in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_detecting_up_to_a_day_to_come_leaves_today_to_be_evaluated(house: House, rows: Rows) -> None:
    house.stream("aliran", rows(30, published_at=(datetime.now(UTC) - timedelta(hours=2)).isoformat()))
    house.run("run")
    ahead = house.run("detect", "--until", (datetime.now(UTC) + timedelta(days=400)).isoformat())
    assert ahead.returncode == 0
    assert "up to now" in ahead.stderr
    with sqlite3.connect(house.database) as db:
        marks = [row[0] for row in db.execute("SELECT watermark_us FROM detector_state")]
    assert marks
    assert max(datetime.fromtimestamp(mark / 1e6, UTC) for mark in marks) <= datetime.now(UTC)


def test_forgetting_what_is_not_stored_says_so_and_keeps_it_out(house: House) -> None:
    unknown = "0b6f4c1e-8d0a-5c57-9a35-2f6f0f3f7c11"
    first = house.run("forget", unknown, "--reason", "test", "--yes")
    assert first.returncode == 1
    assert first.stdout.startswith("0 mentions deleted")
    assert f"{unknown}: not stored" in first.stderr
    again = house.run("forget", unknown, "--account", "mastodon:nobody", "--reason", "test", "--yes")
    assert again.returncode == 0  # asked for before, kept out since
    assert "no mention of it is stored" in again.stderr
    assert "nobody" not in again.stderr


def test_a_configuration_in_which_nothing_can_alert_is_told(house: House) -> None:
    assert "10 agencies, 0 sources, 2 rules switched on" in house.run("check-config").stdout
    (house.config / "rules.yml").unlink()
    done = house.run("check-config")
    assert (done.returncode, "nothing will ever alert" in done.stderr) == (0, True)
