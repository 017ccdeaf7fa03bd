"""Alerts, their outbox, and what was withheld. An alert and its outbox rows are written in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kentongan.codec import from_json
from kentongan.errors import StoreConflict
from kentongan.records import Alert, Notice, NotifyReason, Window, Withheld
from kentongan.store import state_schema as t
from kentongan.store.mending import plain, storable
from kentongan.store.sqlite_file import from_us, to_us
from kentongan.store.state_base import StateBase
from kentongan.words import say


class AlertState(StateBase):
    """Alerts and what was withheld."""

    def open_alert(self, agency: str, rule: str, claim_id: str = "") -> Alert | None:
        """See `StateStore.open_alert`."""
        c = t.alert.c
        key = sa.and_(c.agency == agency, c.rule == rule, c.claim_id == claim_id, c.state != "resolved")
        return self._one_alert(key)

    def alert(self, alert_id: str) -> Alert | None:
        """The alert with this id, whatever its state."""
        return self._one_alert(t.alert.c.id == alert_id)

    def _one_alert(self, where: sa.ColumnElement[bool]) -> Alert | None:
        with self._read() as db:
            body = db.execute(self._locked(sa.select(t.alert.c.body).where(where))).scalar()
        return None if body is None else from_json(Alert, body)

    def alerts(
        self, *, agency: str = "", states: Collection[str] = (), window: Window | None = None, updated_since: datetime | None = None
    ) -> list[Alert]:
        """See `StateStore.alerts`; the window is that of `opened_at`."""
        c = t.alert.c
        wanted = sa.select(c.body).order_by(c.opened_us.desc(), c.id)
        if agency:
            wanted = wanted.where(c.agency == agency)
        if states:
            wanted = wanted.where(c.state.in_([str(state) for state in states]))
        if window is not None:
            wanted = wanted.where(c.opened_us >= to_us(window.start), c.opened_us < to_us(window.end))
        if updated_since is not None:
            wanted = wanted.where(c.updated_us >= to_us(updated_since))
        with self._read() as db:
            return [from_json(Alert, body) for body in db.execute(wanted).scalars()]

    def save_alert(self, alert: Alert, notices: Sequence[Notice] = (), withheld: Sequence[Withheld] = ()) -> int:
        """See `StateStore.save_alert`."""
        row = (
            alert.id,
            alert.agency,
            alert.rule,
            alert.claim_id,
            str(alert.state),
            to_us(alert.opened_at),
            storable(alert)[1],
            to_us(alert.updated_at),
        )
        with self.transaction(), self._write() as db:
            try:
                with db.begin_nested():
                    self._upsert(db, t.alert, [row])
            except sa.exc.IntegrityError as exc:
                key = "/".join(part for part in (alert.agency, alert.rule, alert.claim_id) if part)
                raise StoreConflict(
                    say(
                        f"{self._address.shown}: {key} sudah punya peringatan lain yang belum selesai; baca lagi dengan open_alert",
                        f"{self._address.shown}: {key} already has another alert that is not resolved; read it with open_alert",
                    )
                ) from exc
            new = sum(self._add_notice(db, notice) for notice in notices)
            self.add_withheld(withheld)
        return new

    def _add_notice(self, db: sa.Connection, notice: Notice) -> int:
        row: dict[str, Any] = {
            "key": notice.key,
            "episode": notice.episode,
            "transition": str(notice.transition),
            "sequence": notice.sequence,
            "destination": notice.destination,
            "notice": storable(notice)[1],
            "outcome": "pending",
            "reason": "",
            "attempts": 0,
            "next_attempt_us": 0,
            "leased_by": "",
            "leased_until_us": 0,
            "repeat": notice.repeat,
            "provider_ref": "",
            "at_us": None,
        }
        return self._added(db, self._insert(t.delivery).values(**row).on_conflict_do_nothing())

    def add_withheld(self, withheld: Sequence[Withheld]) -> None:
        """Remember what was decided against; the same decision twice is one."""
        if not withheld:
            return
        rows = [
            {
                "agency": w.agency,
                "rule": w.rule,
                "at_us": to_us(w.at),
                "reason": str(w.reason),
                "detail": plain(w.detail),
                "episode": w.episode,
                "observed": w.observed,
                "expected": w.expected,
            }
            for w in withheld
        ]
        with self._write() as db:
            db.execute(self._insert(t.withheld).on_conflict_do_nothing(), rows)

    def withheld(self, window: Window) -> list[Withheld]:
        """What was withheld in the window, in order of time."""
        c = t.withheld.c
        within = sa.and_(c.at_us >= to_us(window.start), c.at_us < to_us(window.end))
        with self._read() as db:
            rows = db.execute(sa.select(t.withheld).where(within).order_by(c.at_us, c.no)).all()
        return [
            Withheld(
                agency=row.agency,
                rule=row.rule,
                at=from_us(row.at_us),
                reason=NotifyReason(row.reason),
                detail=row.detail,
                episode=row.episode,
                observed=row.observed,
                expected=row.expected,
            )
            for row in rows
        ]
