"""Collecting loses nothing and doubles nothing, whatever happens in between."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time

import pytest

from tests.pipeline.conftest import House, Rows

MANY = 3000


def _ids(house: House) -> list[str]:
    found = house.run("search", "--json", "--limit", "10000")
    assert found.returncode == 0, found.stderr
    return [line.split('"id": "')[1].split('"')[0] for line in found.stdout.splitlines()]


def _counted(house: House) -> int:
    """Mentions in the five-minute counts."""
    with sqlite3.connect(house.database) as db:
        return int(db.execute("SELECT sum(total) FROM bin_count").fetchone()[0] or 0)


def test_a_run_collects_every_row_once(house: House, rows: Rows) -> None:
    house.stream("aliran", rows(120))
    done = house.run("run")
    assert done.returncode == 0, done.stderr
    assert len(set(_ids(house))) == len(_ids(house)) == 120
    assert _counted(house) == 120


def _stored(house: House) -> int:
    """Mentions in the database right now, 0 before it has tables."""
    try:
        with sqlite3.connect(f"file:{house.database}?mode=ro", uri=True, timeout=0.2) as db:
            return int(db.execute("SELECT count(*) FROM mention").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


@pytest.mark.slow
def test_kill_9_at_any_moment_of_collecting_loses_and_doubles_nothing(house: House, rows: Rows) -> None:
    house.stream("aliran", rows(MANY))
    kills = 0
    for round_ in range(5):
        goal = _stored(house) + (1 if round_ == 0 else 220)
        child = subprocess.Popen(house.command("run"), env=house.environment, cwd=house.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while child.poll() is None and _stored(house) < goal:
            time.sleep(0.003)
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
            kills += 1
        child.wait()
    assert kills >= 1  # else the test has shown nothing
    done = house.run("run")
    assert done.returncode == 0, done.stderr
    ids = _ids(house)
    assert len(ids) == len(set(ids)) == MANY
    assert _counted(house) == MANY


def test_a_source_that_is_down_does_not_stop_another(house: House, rows: Rows) -> None:
    house.stream("baik", rows(30))
    house.source("putus", listener="feed", platform="web", category="news", options={"url": "http://127.0.0.1:9/rss"})
    done = house.run("run")
    assert done.returncode == 0
    assert "putus" in done.stderr
    assert len(_ids(house)) == 30
    listed = house.run("sources", "--json").stdout
    assert '"name": "putus"' in listed
    assert '"state": "failed"' in listed


def test_a_read_only_database_is_told_and_no_cursor_moves(house: House, rows: Rows) -> None:
    house.stream("aliran", rows(40))
    house.run("run")
    more = rows(80)
    (house.root / "aliran.jsonl").write_text("", encoding="utf-8")
    house.stream("aliran", more)
    with sqlite3.connect(house.database) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if os.geteuid() == 0:
        pytest.skip("root may write to a read-only file; the store's own tests cover it in a subprocess without that right")
    house.database.chmod(0o444)
    done = house.run("run")
    assert done.returncode == 1
    assert str(house.database) in done.stderr
    house.database.chmod(0o644)


def test_rows_that_cannot_be_read_are_counted_and_the_rest_is_taken(house: House, rows: Rows) -> None:
    path = house.stream("aliran", rows(20))
    with path.open("a", encoding="utf-8") as file:
        file.write('{"id": "x", "text": "PLN tanpa waktu"}\n{"published_at": "2026-03-02T00:00:00Z", "text"\n')
        file.write('{"published_at": "2099-03-02T00:00:00Z", "text": "PLN di masa depan"}\n')  # 70 years of bins would be evaluated
    replayed = house.run("replay", str(path), "--as", "aliran")
    assert replayed.returncode == 0, replayed.stderr
    assert "rows rejected" in replayed.stdout
    assert "aliran.jsonl:2" in replayed.stderr
    assert "1 no time, 1 not complete JSON, 1 time in the future" in replayed.stderr


def test_an_unknown_agency_is_wrong_use_and_the_nearest_is_named(house: House, rows: Rows) -> None:
    path = house.stream("aliran", rows(3))
    done = house.run("replay", str(path), "--as", "aliran", "--agency", "plm")
    assert done.returncode == 2
    assert "'pln'" in done.stderr


def test_a_mapped_column_that_is_absent_is_wrong_use(house: House) -> None:
    path = house.root / "x.csv"
    path.write_text("created,isi\n2026-03-02T00:00:00Z,PLN padam\n", encoding="utf-8")
    done = house.run("replay", str(path), "--as", "x", "--map", "dibuat=published_at,isi=text")
    assert done.returncode == 2
    assert "dibuat" in done.stderr
    assert "created" in done.stderr


def test_what_was_forgotten_does_not_come_back(house: House, rows: Rows) -> None:
    path = house.stream("aliran", rows(30))
    house.run("replay", str(path), "--as", "aliran", "--db", str(house.database))
    victim = _ids(house)[0]
    gone = house.run("forget", victim, "--reason", "test", "--yes")
    assert gone.returncode == 0, gone.stderr
    assert victim not in _ids(house)
    again = house.run("replay", str(path), "--as", "aliran", "--db", str(house.database))
    assert "kept out on request" in again.stdout
    assert victim not in _ids(house)
    assert _counted(house) == 29


def test_an_account_can_be_forgotten(house: House, rows: Rows) -> None:
    path = house.stream("aliran", rows(97 * 2))
    house.run("replay", str(path), "--as", "aliran", "--db", str(house.database))
    gone = house.run("forget", "--account", "mastodon:wargar5", "--reason", "test", "--yes")
    assert gone.returncode == 0, gone.stderr
    assert len(_ids(house)) == 97 * 2 - 2
