"""The outbox: rows wait, are leased to a worker, and get an outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from kentongan.codec import from_json
from kentongan.errors import StoreConflict
from kentongan.records import Delivery, Notice, Outcome
from kentongan.store import state_schema as t
from kentongan.store.mending import plain
from kentongan.store.sqlite_file import from_us, to_us
from kentongan.store.state_alerts import AlertState
from kentongan.words import say

_OUTBOX_LOCK = 5_460_781_331  # any number of our own: one worker at a time chooses its rows
# A lease, or a pause, that ends later than any clock could have set it now comes from a replay's clock, or from one that was wrong: it is void.
CLOCK_SLACK = timedelta(days=1)


class OutboxState(AlertState):
    """The outbox: rows wait, are leased to a worker, and get an outcome."""

    def lease_deliveries(self, now: datetime, lease_s: float, worker: str, limit: int = 20) -> list[Delivery]:
        """See `StateStore.lease_deliveries`."""
        c, earlier = t.delivery.c, t.delivery.alias("earlier")
        until = now + timedelta(seconds=lease_s)
        held = _held(c, now, until)
        waits = sa.exists().where(
            earlier.c.episode == c.episode,
            earlier.c.destination == c.destination,
            earlier.c.no < c.no,
            earlier.c.outcome == "pending",
            sa.or_(_put_off(earlier.c, now), _held(earlier.c, now, until)),
        )
        free = sa.and_(c.outcome == "pending", sa.not_(_put_off(c, now)), sa.not_(held), sa.not_(waits))
        chosen = sa.select(t.delivery).where(free).order_by(c.no).limit(limit)
        with self._write() as db:
            if not self._embedded:
                db.execute(sa.select(sa.func.pg_advisory_xact_lock(_OUTBOX_LOCK)))
                chosen = chosen.with_for_update(skip_locked=True)
            rows = db.execute(chosen).all()
            if rows:
                # Leased before and never finished: that try may have reached its destination.
                repeat = sa.or_(c.repeat, c.leased_by != "")
                taken = {"leased_by": worker, "leased_until_us": to_us(until), "attempts": c.attempts + 1, "repeat": repeat}
                db.execute(sa.update(t.delivery).where(c.no.in_([row.no for row in rows])).values(**taken))
        return [
            _delivery(row, attempts=row.attempts + 1, repeat=row.repeat or row.leased_by != "", unfinished=row.repeat and row.leased_by != "")
            for row in rows
        ]

    def finish_delivery(
        self,
        key: str,
        worker: str,
        outcome: Outcome,
        *,
        reason: str = "",
        provider_ref: str = "",
        at: datetime,
        next_attempt_at: datetime | None = None,
        repeat: bool = False,
    ) -> None:
        """See `StateStore.finish_delivery`."""
        c = t.delivery.c
        again = to_us(next_attempt_at or at) if outcome == "pending" else 0
        values: dict[str, Any] = {
            "outcome": outcome,
            "reason": plain(reason),
            "provider_ref": plain(provider_ref),
            "at_us": None if outcome == "pending" else to_us(at),
            "next_attempt_us": again,
            "leased_by": "",
            "leased_until_us": 0,
            "repeat": sa.true() if repeat else c.repeat,
        }
        mine = sa.and_(c.key == key, c.leased_by == worker, c.outcome == "pending")
        with self._write() as db:
            done = db.execute(sa.update(t.delivery).where(mine).values(**values)).rowcount
        if not done:
            raise StoreConflict(
                say(
                    f"{self._address.shown}: kiriman {key} bukan lagi pegangan {worker}; hasilnya tidak dicatat, pemegang barunya akan memeriksa",
                    f"{self._address.shown}: delivery {key} is no longer leased to {worker}; outcome not recorded, its new holder will look",
                )
            )

    def retry_delivery(self, key: str, at: datetime) -> bool:
        """See `StateStore.retry_delivery`."""
        c = t.delivery.c
        idle = sa.or_(c.outcome == "failed", sa.and_(c.outcome == "pending", c.leased_by == ""))
        values = {"outcome": "pending", "attempts": 0, "next_attempt_us": to_us(at), "leased_by": "", "leased_until_us": 0, "at_us": None}
        with self._write() as db:
            return bool(db.execute(sa.update(t.delivery).where(c.key == key, idle).values(**values)).rowcount)

    def deliveries(self, *, episode: str = "", outcome: str = "", limit: int = 1000) -> list[Delivery]:
        """See `StateStore.deliveries`."""
        c = t.delivery.c
        wanted = sa.select(t.delivery).order_by(c.no.desc()).limit(limit)
        if episode:
            wanted = wanted.where(c.episode == episode)
        if outcome:
            wanted = wanted.where(c.outcome == outcome)
        with self._read() as db:
            rows = db.execute(wanted).all()
        return [_delivery(row, attempts=row.attempts, repeat=row.repeat) for row in reversed(rows)]


def _held(c: Any, now: datetime, until: datetime) -> sa.ColumnElement[bool]:
    """A lease is running: not over, and not one that today's clock could not have given."""
    return sa.and_(c.leased_until_us > to_us(now), c.leased_until_us <= to_us(until + CLOCK_SLACK))


def _put_off(c: Any, now: datetime) -> sa.ColumnElement[bool]:
    """Not due yet; no pause is longer than a day."""
    return sa.and_(c.next_attempt_us > to_us(now), c.next_attempt_us <= to_us(now + CLOCK_SLACK))


def _delivery(row: Any, *, attempts: int, repeat: bool, unfinished: bool = False) -> Delivery:
    notice = from_json(Notice, row.notice)
    return Delivery(
        notice=replace(notice, repeat=True) if repeat and not notice.repeat else notice,
        outcome=row.outcome,
        reason=row.reason,
        attempts=attempts,
        next_attempt_at=from_us(row.next_attempt_us) if row.next_attempt_us else None,
        provider_ref=row.provider_ref,
        at=None if row.at_us is None else from_us(row.at_us),
        repeat_unfinished=unfinished,
    )
