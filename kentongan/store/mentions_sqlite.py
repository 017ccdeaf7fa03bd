"""Mentions in one SQLite file, with full-text search: the embedded home of `MentionStore`."""

from __future__ import annotations

import os
import sqlite3
import threading
from array import array
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from json import dumps
from operator import attrgetter
from pathlib import Path

from kentongan.clock import BIN
from kentongan.ports import Kept, MentionQuery, Saved, SearchPage
from kentongan.records import BinCount, BinKey, ScoredMention
from kentongan.store import mentions_tables as tables
from kentongan.store.mentions_query import build_filter, page_mark, read_mark
from kentongan.store.mentions_rows import Rows, blanked, counted_bins, fingerprint, make_rows, with_kept_labels
from kentongan.store.sqlite_file import BUSY_S, MICROSECOND, from_us, open_sqlite, to_us, translated

CHUNK = 500
_BIN_US = BIN // MICROSECOND
_KNOWN = "SELECT id, no, revised, fingerprint, deleted FROM mention WHERE id IN (SELECT value FROM json_each(?))"
_NUMBERS = "SELECT id, no FROM mention WHERE id IN (SELECT value FROM json_each(?))"
_CONDEMNED = """SELECT no FROM mention WHERE id IN (SELECT value FROM json_each(?))
    UNION SELECT no FROM mention WHERE author_key <> '' AND author_key IN (SELECT value FROM json_each(?))"""
_COUNT = """SELECT (published - ?) / ?, count(*), sum(label = -1), sum(label = 1), sum(hoax) FROM mention_agency
    WHERE agency = ? AND published >= ? AND published < ? AND counted = 1 GROUP BY 1"""
_INHERITED: list[sqlite3.Connection] = []  # a forked child must not even close its parent's connection (sqlite.org/howtocorrupt.html, 2.6)


class SqliteMentions:
    """`MentionStore` in the file at `path`, made when it is missing. One connection; threads take turns, processes share the file.

    Saving waits up to `busy_s` for another writer, so never save inside a `StateStore.transaction()` on the same file: it would wait for itself.
    Raises StoreError when the file cannot be opened, is no database, or was made by a newer program.
    """

    def __init__(self, path: Path, *, busy_s: float = BUSY_S) -> None:
        self._path = Path(path)
        self._busy_s = busy_s
        self._lock = threading.RLock()
        self._db = self._open()
        self._pid = os.getpid()

    def _open(self) -> sqlite3.Connection:
        db = open_sqlite(self._path, busy_s=self._busy_s)
        try:
            with translated(self._path):
                tables.make_tables(db, self._path)
        except BaseException:
            db.close()
            raise
        return db

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, translated(self._path):
            if self._pid != os.getpid():
                _INHERITED.append(self._db)
                self._db, self._pid = self._open(), os.getpid()
            yield self._db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                tables.roll_back(db)
                raise

    # saving

    def save(self, mentions: Sequence[ScoredMention], revised_at: datetime) -> Saved:
        """See `MentionStore.save`; one transaction, all or nothing."""
        wanted = {scored.mention.id: scored for scored in mentions}
        if not wanted:
            return Saved(new=0, changed=0, unchanged=0)
        revised = to_us(revised_at)
        fresh: list[Rows] = []
        changed = 0
        left: set[BinKey] = set()
        with self._writing() as db:
            known = {row[0]: row[1:] for row in db.execute(_KNOWN, (dumps(list(wanted)),))}
            for mention_id, scored in wanted.items():
                mark = fingerprint(scored)
                if mention_id not in known:
                    fresh.append(make_rows(scored, revised, mark))
                    continue
                no, stored_revised, stored_mark, deleted = known[mention_id]
                if mark == stored_mark or revised < stored_revised:
                    continue
                old = tables.bodies(db, [no])[no]
                merged = with_kept_labels(scored, old)
                mark = fingerprint(merged)
                if mark == stored_mark or (deleted and is_what_was_blanked(merged, old)):
                    continue
                tables.rewrite(db, no, old, make_rows(merged, revised, mark))
                left.update(set(counted_bins(old.mention)) - set(counted_bins(merged.mention)))
                changed += 1
            tables.insert_new(db, fresh)
        return Saved(new=len(fresh), changed=changed, unchanged=len(wanted) - len(fresh) - changed, left=tuple(sorted(left)))

    def restore(self, kept: Sequence[Kept]) -> int:
        """See `MentionStore.restore`; one transaction."""
        fresh: list[Rows] = []
        changed = 0
        with self._writing() as db:
            known = {row[0]: row[1:3] for row in db.execute(_KNOWN, (dumps([one.scored.mention.id for one in kept]),))}
            for one in kept:
                rows = make_rows(one.scored, to_us(one.revised_at), fingerprint(one.scored))
                no, revised = known.get(one.scored.mention.id, (0, 0))
                if not no:
                    fresh.append(rows)
                elif revised <= to_us(one.revised_at):
                    tables.rewrite(db, no, tables.bodies(db, [no])[no], rows)
                    changed += 1
            tables.insert_new(db, fresh)
        return len(fresh) + changed

    # reading

    def get(self, ids: Sequence[str]) -> list[ScoredMention]:
        """See `MentionStore.get`."""
        found: dict[str, ScoredMention] = {}
        for start in range(0, len(ids), CHUNK):
            with self._reading() as db:
                numbers = [no for _, no in db.execute(_NUMBERS, (dumps(ids[start : start + CHUNK]),))]
                found.update((scored.mention.id, scored) for scored in tables.bodies(db, numbers).values())
        return [found[mention_id] for mention_id in ids if mention_id in found]

    def search(self, query: MentionQuery, *, limit: int = 20, after: str = "") -> SearchPage:
        """See `MentionStore.search`. Raises InputError for a text, label or `after` that cannot be understood."""
        f = build_filter(query)
        if f.impossible:
            return SearchPage(mentions=(), total=0)
        where, values = f.where, f.values
        if after:
            where, values = f"{where} AND ({f.time}, {f.no}) < (?, ?)", (*values, *read_mark(after))
        ordered = f"SELECT {f.time}, {f.no} FROM {f.tables} WHERE {where} ORDER BY {f.time} DESC, {f.no} DESC LIMIT ?"  # noqa: S608  # our own names
        with self._reading() as db:
            total = db.execute(f"SELECT count(*) FROM {f.tables} WHERE {f.where}", f.values).fetchone()[0]  # noqa: S608  # our own names
            rows = db.execute(ordered, (*values, limit + 1)).fetchall()
            found = tuple(tables.bodies(db, [no for _, no in rows[:limit]]).values())
        return SearchPage(mentions=found, total=total, after=page_mark(*rows[limit - 1]) if len(rows) > limit else "")

    def scan(self, query: MentionQuery) -> Iterator[ScoredMention]:
        """See `MentionStore.scan`. The matches are listed at the start (8 bytes each), read in chunks; nothing is locked in between."""
        return (kept.scored for kept in self.export(query))

    def export(self, query: MentionQuery) -> Iterator[Kept]:
        """See `MentionStore.export`; as `scan` reads."""
        f = build_filter(query)
        if f.impossible:
            return
        ascending = f"SELECT {f.no} FROM {f.tables} WHERE {f.where} ORDER BY {f.time}, {f.no}"  # noqa: S608  # our own names
        with self._reading() as db:
            numbers = array("q", (row[0] for row in db.execute(ascending, f.values)))
        for start in range(0, len(numbers), CHUNK):
            with self._reading() as db:
                part = tables.versions(db, numbers[start : start + CHUNK])
            yield from part

    def bin_counts(self, keys: Collection[BinKey]) -> list[BinCount]:
        """See `MentionStore.bin_counts`; ascending by agency and time. Neighbouring bins are counted in one statement."""
        counts: list[BinCount] = []
        with self._reading() as db:
            for agency, group in groupby(sorted(set(keys)), key=attrgetter("agency")):
                for run in neighbours([to_us(key.start) for key in group]):
                    found = {row[0]: row[1:] for row in db.execute(_COUNT, (run[0], _BIN_US, agency, run[0], run[-1] + _BIN_US))}
                    for place, start in enumerate(run):
                        total, negative, positive, hoax = found.get(place, (0, 0, 0, 0))
                        counts.append(BinCount(agency=agency, start=from_us(start), total=total, negative=negative, positive=positive, hoax=hoax))
        return counts

    def count(self) -> int:
        """Mentions stored."""
        with self._reading() as db:
            return int(db.execute("SELECT count(*) FROM mention").fetchone()[0])

    # taking away

    def blank(self, ids: Sequence[str], at: datetime) -> int:
        """See `MentionStore.blank`; returns how many were not blank before."""
        done = 0
        with self._writing() as db:
            known = {row[1]: row[2] for row in db.execute(_KNOWN, (dumps(list(ids)),))}
            for no, old in tables.bodies(db, list(known)).items():
                if old.mention.deleted_at is None:
                    new = blanked(old, at)
                    tables.rewrite(db, no, old, make_rows(new, max(known[no], to_us(at)), fingerprint(new)))
                    done += 1
        self._overwrite(done)
        return done

    def forget(self, *, ids: Sequence[str] = (), author_keys: Sequence[str] = ()) -> list[BinKey]:
        """See `MentionStore.forget`; what was deleted is overwritten in the file, too."""
        with self._writing() as db:
            numbers = [row[0] for row in db.execute(_CONDEMNED, (dumps(list(ids)), dumps(list(author_keys))))]
            gone = tables.delete(db, numbers)
        self._overwrite(len(gone))
        return sorted({key for scored in gone for key in counted_bins(scored.mention)})

    def purge(self, published_before: datetime) -> int:
        """See `MentionStore.purge`; in short transactions, so that collecting goes on meanwhile."""
        done = 0
        while True:
            with self._writing() as db:
                oldest = db.execute("SELECT no FROM mention WHERE published < ? ORDER BY published LIMIT ?", (to_us(published_before), CHUNK))
                gone = len(tables.delete(db, [row[0] for row in oldest]))
            done += gone
            if not gone:
                self._overwrite(done)
                return done

    def _overwrite(self, gone: int) -> None:
        if gone:
            with self._reading() as db:
                tables.overwrite_deleted(db)

    def close(self) -> None:
        """Close the file; later calls raise StoreError."""
        with self._lock:
            self._db.close()


def is_what_was_blanked(new: ScoredMention, old: ScoredMention) -> bool:
    """True when `new` is the very text that was blanked: a late rescore or a second door must not bring a deleted post back."""
    return new.mention.deleted_at is None and new.mention.content_hash == old.mention.content_hash


def neighbours(starts: Sequence[int]) -> Iterator[list[int]]:
    """Ascending bin starts (microseconds), cut wherever the next is not the very next bin."""
    run: list[int] = []
    for start in starts:
        if run and start != run[-1] + _BIN_US:
            yield run
            run = []
        run.append(start)
    if run:
        yield run
