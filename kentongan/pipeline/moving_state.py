"""State from one database to another: what stands at the target, a pause of everybody else, all tables in one transaction."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from enum import StrEnum

from kentongan.errors import StoreError
from kentongan.pipeline.moving import Progress
from kentongan.ports import Clock
from kentongan.seal import Seal, hash_of
from kentongan.store.state_moving import MOVED
from kentongan.store.state_sql import SqlState
from kentongan.words import number, say


class Standing(StrEnum):
    """What the target's state is."""

    EMPTY = "empty"
    SAME = "same"  # as the source's
    OURS = "ours"  # as an earlier run left it
    USED = "used"  # somebody else wrote it, or has worked with it since


def seal_of_all(tables: dict[str, Seal]) -> str:
    """One for the whole database."""
    return f"{hash_of(' '.join(f'{name}={seal}' for name, seal in sorted(tables.items())).encode()):032x}"


def standing(source: SqlState, target: SqlState | None) -> Standing:
    """How the target's state stands to the source's."""
    if target is None:
        return Standing.EMPTY
    theirs = target.seals()
    if not any(seal.count for seal in theirs.values()):
        return Standing.EMPTY
    note = target.meta(MOVED)
    if note and json.loads(note)["seal"] == seal_of_all(theirs):
        return Standing.OURS
    return Standing.SAME if theirs == source.seals() else Standing.USED


class Unlike(Exception):
    """What arrived is not what left: the transaction is undone."""


def move_state(source: SqlState, target: SqlState, clock: Clock, progress: Progress) -> dict[str, list[str]]:
    """All tables in one transaction. Returns the keys of the rows that would differ, by table: none, or nothing was moved."""
    ours = source.seals()
    unlike: dict[str, list[str]] = {}
    try:
        with target.transaction():
            if target.seals() != ours:
                progress.begin("Menyalin keadaan", "Copying state", sum(seal.count for seal in ours.values()))
                target.replace_all(source.rows, progress.advance)
                unlike = rows_that_differ(source, target)
            if unlike:
                raise Unlike
            note = {"from": source.place, "at": clock.now().isoformat(), "seal": seal_of_all(ours)}
            target.set_meta(MOVED, json.dumps(note))
    except Unlike:
        return unlike
    return {}


def rows_that_differ(source: SqlState, target: SqlState) -> dict[str, list[str]]:
    """Keys of rows that are not on both sides alike, by table; tables that are equal are left out."""
    ours, theirs = source.seals(), target.seals()
    return {
        name: sorted({"/".join(str(part) for part in key) for key, _ in set(source.hashes(name)) ^ set(target.hashes(name))})
        for name in ours
        if ours[name] != theirs[name]
    }


@contextmanager
def quiet(state: SqlState, clock: Clock, wait_s: float, *, freeze: bool = True) -> Iterator[None]:
    """Inside, nobody else writes to the source's state. Waits for jobs and messages that are under way. Raises StoreError."""
    patience = time.monotonic() + wait_s
    while True:
        with state.frozen() if freeze else nullcontext():
            busy = state.holders(clock.now())
            if not busy:
                yield
                return
        if time.monotonic() > patience:
            raise StoreError(
                say(
                    f"{state.place}: proses lain masih bekerja ({', '.join(busy)}); hentikan Kentongan, lalu jalankan lagi, "
                    "yang sudah tersalin tidak disalin ulang",
                    f"{state.place}: another process is at work ({', '.join(busy)}); stop Kentongan, then run this again, "
                    "what is copied is not copied again",
                )
            )
        time.sleep(1)


def refuse_forgotten(source: SqlState, target: SqlState | None) -> None:
    """What the target was asked to forget must not come back through the source."""
    if target is None:
        return
    known = {row[:2] for row in source.rows("tombstone")}
    lost = [row for row in target.rows("tombstone") if row[:2] not in known]
    if lost:
        place = target.place
        raise StoreError(
            say(
                f"{place}: tujuan pernah diminta melupakan {number(len(lost))} sebutan atau akun yang belum dilupakan di asal; "
                "jalankan `kentongan forget` yang sama di asal dulu",
                f"{place}: the target was asked to forget {number(len(lost))} mentions or accounts that the source was not; "
                "run the same `kentongan forget` at the source first",
            )
        )


def in_use(place: str) -> str:
    """The refusal of a target that others work with."""
    return say(
        f"{place}: tujuan sudah berisi keadaan lain atau sudah dipakai sejak pemindahan; tidak ada yang ditulis. Bila memang hendak ditimpa: --force",
        f"{place}: the target holds another state, or has been in use since it was moved to; nothing was written. If it is to be replaced: --force",
    )
