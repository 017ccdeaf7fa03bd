"""State of collecting and counting: cursors, source health, polls, bins, and what the detector remembers."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kentongan.codec import from_json
from kentongan.errors import StoreConflict
from kentongan.ports import Evaluation
from kentongan.records import BinCount, BinKey, Cursor, SourceHealth, Window
from kentongan.store import state_schema as t
from kentongan.store.mending import plain, storable
from kentongan.store.sqlite_file import from_us, to_us
from kentongan.store.state_base import StateBase
from kentongan.words import say

# From one agency to the next in the primary key; DISTINCT would read every bin.
_AGENCIES = sa.text("""
    WITH RECURSIVE listed(agency) AS (
        SELECT min(agency) FROM bin_count
        UNION ALL SELECT (SELECT min(b.agency) FROM bin_count b WHERE b.agency > listed.agency) FROM listed WHERE listed.agency IS NOT NULL)
    SELECT agency FROM listed WHERE agency IS NOT NULL""")


class CursorState(StateBase):
    """Where each source stands, and how it is."""

    def cursor(self, source: str, query: str = "") -> Cursor:
        """The stored cursor, or a fresh one (version 0)."""
        c = t.source_cursor.c
        with self._read() as db:
            row = db.execute(self._locked(sa.select(c.version, c.body).where(c.source == source, c.query == query))).one_or_none()
        return replace(from_json(Cursor, row.body), version=row.version) if row else Cursor(source=source, query=query)

    def save_cursor(self, cursor: Cursor) -> Cursor:
        """See `StateStore.save_cursor`."""
        saved, body = storable(replace(cursor, version=cursor.version + 1))
        values = {"version": saved.version, "body": body}
        table, c = t.source_cursor, t.source_cursor.c
        with self._write() as db:
            if cursor.version == 0:
                fresh = self._insert(table).values(source=cursor.source, query=cursor.query, **values).on_conflict_do_nothing()
                done = self._added(db, fresh)
            else:
                mine = sa.and_(c.source == cursor.source, c.query == cursor.query, c.version == cursor.version)
                done = db.execute(sa.update(table).where(mine).values(**values)).rowcount
        if not done:
            raise self._lost(f"cursor of {cursor.source}")
        return saved

    def cursors(self) -> list[Cursor]:
        """Every stored cursor, by source and query."""
        c = t.source_cursor.c
        with self._read() as db:
            rows = db.execute(sa.select(c.version, c.body).order_by(c.source, c.query)).all()
        return [replace(from_json(Cursor, row.body), version=row.version) for row in rows]

    def put_health(self, health: SourceHealth) -> None:
        """Remember how a source is; the latest word replaces the one before."""
        with self._write() as db:
            self._upsert(db, t.source_health, [(health.source, storable(health)[1])])

    def health(self) -> list[SourceHealth]:
        """The latest word on every source, by name."""
        with self._read() as db:
            rows = db.execute(sa.select(t.source_health.c.body).order_by(t.source_health.c.source)).scalars().all()
        return [from_json(SourceHealth, body) for body in rows]

    def add_poll(self, source: str, *, started_at: datetime, finished_at: datetime, ok: bool, posts: int, kept: int) -> None:
        """Remember one poll."""
        with self._write() as db:
            row = {"source": source, "started_us": to_us(started_at), "finished_us": to_us(finished_at), "ok": ok, "posts": posts, "kept": kept}
            db.execute(sa.insert(t.poll).values(**row))

    def polls(self, window: Window) -> list[tuple[str, datetime, datetime, bool, int, int]]:
        """(source, started, finished, ok, posts, kept) of every poll that was under way within the window, in order of finishing."""
        c = t.poll.c
        during = sa.and_(c.finished_us >= to_us(window.start), c.started_us < to_us(window.end))
        columns = (c.source, c.started_us, c.finished_us, c.ok, c.posts, c.kept)
        with self._read() as db:
            rows = db.execute(sa.select(*columns).where(during).order_by(c.finished_us, c.no)).all()
        return [(source, from_us(started), from_us(finished), bool(ok), posts, kept) for source, started, finished, ok, posts, kept in rows]

    def _lost(self, what: str) -> StoreConflict:
        return StoreConflict(
            say(
                f"{self._address.shown}: {what} sudah diubah proses lain sejak dibaca; baca lagi lalu ulangi",
                f"{self._address.shown}: another process changed the {what} since it was read; read it again and retry",
            )
        )


class CountState(CursorState):
    """Counts in bins, which of them must be made again, and which nobody listened to."""

    def mark_dirty(self, keys: Collection[BinKey]) -> None:
        """See `StateStore.mark_dirty`. Each call draws a new mark, so that a bin that is being counted right now stays dirty."""
        mark = secrets.randbits(62)
        with self._write() as db:
            self._upsert(db, t.dirty_bin, [(key.agency, to_us(key.start), mark) for key in keys])

    def dirty(self, limit: int = 50_000) -> list[BinKey]:
        """See `StateStore.dirty`. The marks are remembered for this thread until its next call: `put_counts` takes off only these."""
        c = t.dirty_bin.c
        with self._read() as db:
            rows = db.execute(sa.select(c.agency, c.start_us, c.mark).order_by(c.start_us, c.agency).limit(limit)).all()
        self._local.marks = {(agency, start): mark for agency, start, mark in rows}
        return [BinKey(agency=agency, start=from_us(start)) for agency, start, _ in rows]

    def put_counts(self, counts: Sequence[BinCount]) -> None:
        """See `StateStore.put_counts`."""
        marks: dict[tuple[str, int], int] = getattr(self._local, "marks", {})
        rows = [(b.agency, to_us(b.start), b.total, b.negative, b.positive, b.hoax) for b in counts]
        with self._write() as db:
            self._upsert(db, t.bin_count, rows)
            counted = [(*row[:2], marks[row[:2]]) for row in rows if row[:2] in marks]
            self._delete(db, t.dirty_bin, ("agency", "start_us", "mark"), counted)

    def counts(self, agency: str, window: Window) -> list[BinCount]:
        """See `StateStore.counts`."""
        return self._counts(t.bin_count.c.agency == agency, window)

    def counts_of_all(self, window: Window) -> dict[str, list[BinCount]]:
        """See `StateStore.counts_of_all`."""
        found: dict[str, list[BinCount]] = {}
        for count in self._counts(sa.true(), window):
            found.setdefault(count.agency, []).append(count)
        return found

    def _counts(self, whose: sa.ColumnElement[bool], window: Window) -> list[BinCount]:
        c = t.bin_count.c
        within = sa.and_(whose, c.start_us >= to_us(window.start), c.start_us < to_us(window.end))
        columns = (c.agency, c.start_us, c.total, c.negative, c.positive, c.hoax)
        with self._read() as db:
            rows = db.execute(sa.select(*columns).where(within).order_by(c.agency, c.start_us)).all()
        return [
            BinCount(agency=agency, start=from_us(start), total=total, negative=negative, positive=positive, hoax=hoax)
            for agency, start, total, negative, positive, hoax in rows
        ]

    def first_bin(self, agency: str) -> datetime | None:
        """See `StateStore.first_bin`."""
        c = t.bin_count.c
        with self._read() as db:
            start = db.execute(sa.select(sa.func.min(c.start_us)).where(c.agency == agency)).scalar()
        return None if start is None else from_us(start)

    def count_agencies(self) -> list[str]:
        """Agencies that have counts, by slug; one look-up each, however many bins there are."""
        with self._read() as db:
            return list(db.execute(_AGENCIES).scalars())

    def set_unobserved(self, agency: str, starts: Sequence[datetime]) -> None:
        """See `StateStore.set_unobserved`."""
        with self._write() as db:
            self._upsert(db, t.unobserved_bin, [(agency, to_us(start)) for start in starts], update=())

    def unobserved(self, agency: str, window: Window) -> set[datetime]:
        """Bins of the window in which nobody listened."""
        c = t.unobserved_bin.c
        within = sa.and_(c.agency == agency, c.start_us >= to_us(window.start), c.start_us < to_us(window.end))
        with self._read() as db:
            return {from_us(start) for start in db.execute(sa.select(c.start_us).where(within)).scalars()}


class DetectorState(CountState):
    """What the detector remembers of each (agency, rule), and what it saw."""

    def detector_state(self, agency: str, rule: str) -> tuple[bytes, datetime | None, int]:
        """See `StateStore.detector_state`."""
        c = t.detector_state.c
        with self._read() as db:
            row = db.execute(sa.select(c.state, c.watermark_us, c.version).where(c.agency == agency, c.rule == rule)).one_or_none()
        return (bytes(row.state), from_us(row.watermark_us), row.version) if row else (b"", None, 0)

    def detector_states(self, rule: str) -> dict[str, tuple[bytes, datetime, int]]:
        """See `StateStore.detector_states`."""
        c = t.detector_state.c
        with self._read() as db:
            rows = db.execute(sa.select(c.agency, c.state, c.watermark_us, c.version).where(c.rule == rule).order_by(c.agency)).all()
        return {row.agency: (bytes(row.state), from_us(row.watermark_us), row.version) for row in rows}

    def save_detector_state(self, agency: str, rule: str, state: bytes, watermark: datetime, version: int) -> None:
        """See `StateStore.save_detector_state`."""
        table, c = t.detector_state, t.detector_state.c
        values: dict[str, Any] = {"state": state, "watermark_us": to_us(watermark), "version": version + 1}
        with self._write() as db:
            if version == 0:
                done = self._added(db, self._insert(table).values(agency=agency, rule=rule, **values).on_conflict_do_nothing())
            else:
                mine = sa.and_(c.agency == agency, c.rule == rule, c.version == version)
                done = db.execute(sa.update(table).where(mine).values(**values)).rowcount
        if not done:
            raise self._lost(f"detector state of {agency}/{rule}")

    def add_evaluations(self, evaluations: Sequence[Evaluation]) -> None:
        """Keep what a rule saw; a bin that is evaluated again replaces what was kept."""
        rows = [(e.agency, plain(e.rule), to_us(e.bin_start), e.observed, e.expected, e.chance_weeks, e.bin_expected) for e in evaluations]
        with self._write() as db:
            self._upsert(db, t.evaluation, rows)

    def evaluations(self, agency: str, rule: str, window: Window) -> list[Evaluation]:
        """Kept evaluations of the window, ascending."""
        c = t.evaluation.c
        within = sa.and_(c.agency == agency, c.rule == rule, c.bin_us >= to_us(window.start), c.bin_us < to_us(window.end))
        with self._read() as db:
            rows = db.execute(sa.select(c.bin_us, c.observed, c.expected, c.chance_weeks, c.bin_expected).where(within).order_by(c.bin_us)).all()
        return [
            Evaluation(
                agency=agency, rule=rule, bin_start=from_us(start), observed=observed, expected=expected, chance_weeks=chance, bin_expected=alone
            )
            for start, observed, expected, chance, alone in rows
        ]
