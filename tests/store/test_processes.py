"""Real processes: killed at any moment, writing at once, racing for leases. Nothing is lost and nothing is doubled."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import pytest

from kentongan import records as r
from kentongan.ports import MentionQuery
from kentongan.store.mentions_sqlite import SqliteMentions
from kentongan.store.state_sql import SqlState
from tests.factories import T0, alert, mention, spike
from tests.store.children import PAGE

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def child(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A program of `children.py`; it does not outlive the block."""
    command = [sys.executable, "-m", "tests.store.children", *arguments]
    running = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PATH": "/usr/bin:/bin"})
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def lines(running: subprocess.Popen[str], number: int = 1) -> list[str]:
    """Its next lines; it must not have ended before."""
    assert running.stdout
    found = [running.stdout.readline().strip() for _ in range(number)]
    assert all(found), "the child ended early"
    return found


def rest(running: subprocess.Popen[str]) -> list[str]:
    """All it still says, until it ends well."""
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    return out.splitlines()


def total(store: SqliteMentions) -> int:
    """Mentions as the bins count them."""
    bins = [
        r.BinKey(agency="pln", start=T0.replace(day=day, hour=hour, minute=minute))
        for day in (2, 3)
        for hour in range(24)
        for minute in range(0, 60, 5)
    ]
    return sum(c.total for c in store.bin_counts(bins))


def test_a_killed_save_leaves_whole_pages_and_all_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "kentongan.db"
    done = 0
    for wait in (1, 4, 9):
        with child("save_pages", str(path), str(done), "9999") as running:
            acknowledged = int(lines(running, wait)[-1].split()[0]) + 1
            running.kill()
        store = SqliteMentions(path)
        found = store.count()
        assert found % PAGE == 0
        assert found >= acknowledged * PAGE
        assert total(store) == store.search(MentionQuery(text="kata")).total == sum(1 for _ in store.scan(MentionQuery())) == found
        done = found // PAGE
        store.close()


def test_a_killed_alert_is_there_with_its_outbox_rows_or_not_at_all(state_url: str) -> None:
    number = 0
    for wait in (1, 5):
        with child("save_alerts", state_url, str(number)) as running:
            acknowledged = int(lines(running, wait)[-1])
            running.kill()
        state = SqlState(state_url)
        episodes = Counter(d.notice.episode for d in state.deliveries())
        alerts = {a.id for a in state.alerts()}
        state.close()
        assert alerts == episodes.keys()
        assert set(episodes.values()) == {2}
        assert f"e{acknowledged}" in alerts
        number = len(alerts)


def test_two_processes_that_save_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "kentongan.db")
    with child("save_pages", path, "0", "30") as one, child("save_pages", path, "15", "45") as two:
        new = sum(int(line.split()[1]) for running in (one, two) for line in rest(running))
    store = SqliteMentions(Path(path))
    assert new == store.count() == total(store) == 45 * PAGE
    assert store.search(MentionQuery(text="kata")).total == 45 * PAGE
    store.close()


def test_workers_that_race_for_the_outbox_send_each_message_once(state: SqlState, state_url: str) -> None:
    keys = []
    for number in range(20):
        one = alert(spike=spike(agency=f"instansi-{number}"))
        notices = [
            r.Notice(episode=one.id, transition=r.NotifyReason.FIRST, sequence=s, destination=d, alert=one, decided_at=T0)
            for s in (0, 1)
            for d in "ab"
        ]
        state.save_alert(one, notices)
        keys += [notice.key for notice in notices]
    with child("drain", state_url, "w1") as one_worker, child("drain", state_url, "w2") as two, child("drain", state_url, "w3") as three:
        workers = (one_worker, two, three)
        for worker in workers:
            lines(worker)
        for worker in workers:
            assert worker.stdin
            worker.stdin.write("go\n")
            worker.stdin.flush()
        sent = [line for worker in workers for line in rest(worker)]
    left = {d.notice.key for d in state.deliveries(outcome="pending")}
    assert sorted(sent) == sorted(set(keys) - left)
    assert not left


@pytest.mark.parametrize("home", ["mentions", "state"])
def test_a_forked_child_works_beside_its_parent(home: str, tmp_path: Path) -> None:
    path = tmp_path / "kentongan.db"
    mentions, state = SqliteMentions(path), SqlState(f"sqlite:///{path}")
    state.set_meta("a", "1")

    def in_child() -> None:
        if home == "mentions":
            mentions.save([mention()], T0)
        else:
            state.set_meta("child", "yes")

    forked = get_context("fork").Process(target=in_child)
    forked.start()
    mentions.save([mention()], T0)
    forked.join(30)
    assert forked.exitcode == 0
    assert mentions.count() == (2 if home == "mentions" else 1)
    assert state.meta("child") == ("yes" if home == "state" else "")
    mentions.close()
    state.close()
