"""Programs that the store tests run as processes of their own: `python -m tests.store.children NAME ARGUMENTS`. One line per thing done."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from kentongan import records as r
from kentongan.errors import KentonganError
from kentongan.store.mentions_sqlite import SqliteMentions
from kentongan.store.state_sql import SqlState
from tests.factories import T0, alert, mention, spike

PAGE = 50
NOBODY = 65534
FOREVER = 10_000


def say(line: object) -> None:
    print(line, flush=True)  # noqa: T201  # what the test reads


def page(number: int) -> list[r.ScoredMention]:
    """The page with this number, the same in every process."""
    first = number * PAGE
    return [mention(native_id=str(i), text=f"kata ke{i}", published_at=T0 + timedelta(seconds=i)) for i in range(first, first + PAGE)]


def save_pages(path: str, first: str, last: str) -> None:
    """Save pages one after the other; tells each that is safe, with how many mentions were new."""
    store = SqliteMentions(Path(path))
    for number in range(int(first), int(last)):
        say(f"{number} {store.save(page(number), T0).new}")


def save_alerts(url: str, first: str) -> None:
    """Open alerts of ever new agencies, two outbox rows each; tells each that is safe."""
    state = SqlState(url)
    for number in range(int(first), FOREVER):
        one = alert(id=f"e{number}", spike=spike(agency=f"instansi-{number}"))
        notices = [
            r.Notice(episode=one.id, transition=r.NotifyReason.FIRST, sequence=0, destination=where, alert=one, decided_at=T0) for where in ("a", "b")
        ]
        state.save_alert(one, notices)
        say(number)


def drain(url: str, worker: str) -> None:
    """Lease and finish until nothing is left; tells each key."""
    state = SqlState(url)
    say("ready")
    sys.stdin.readline()
    while rows := state.lease_deliveries(T0, 600, worker, limit=2):
        for row in rows:
            state.finish_delivery(row.notice.key, worker, "sent", at=T0)
            say(row.notice.key)


@contextmanager
def _at_most(more_bytes: int, path: Path) -> Iterator[None]:
    """Files of this process may grow by so much only: what a full disk or a quota does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = max(file.stat().st_size for file in path.parent.glob(path.name + "*"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + more_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def run_out_of_disk(path: str) -> None:
    """Save until the disk is full, tell why and how many pages were safe; then with room again, save the rest."""
    store, state = SqliteMentions(Path(path)), SqlState(f"sqlite:///{path}")
    safe = 0
    with _at_most(300_000, Path(path)):
        try:
            for number in range(FOREVER):
                store.save(page(number), T0)
                state.set_meta("pages", str(number + 1))
                safe = number + 1
        except KentonganError as exc:
            say(f"{type(exc).__name__} {exc}")
    say(f"{safe} {store.count() // PAGE} {store.count() % PAGE} {state.meta('pages')}")
    say(store.save(page(safe), T0).new + store.save(page(safe + 1), T0).new)


def as_nobody(path: str) -> None:
    """Open and save without the right to write."""
    sys.stdin.readline()
    if os.getuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    attempts: list[Callable[[], object]] = [
        lambda: SqliteMentions(Path(path)).save(page(0), T0),
        lambda: SqlState(f"sqlite:///{path}").set_meta("a", "b"),
    ]
    for attempt in attempts:
        try:
            attempt()
            say("saved")
        except KentonganError as exc:
            say(f"{type(exc).__name__} {exc}")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
