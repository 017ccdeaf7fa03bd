"""Moving a whole state database to another: every table read in order of its key, written in one transaction, sealed on both sides."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from kentongan.seal import Seal, hash_of
from kentongan.store import state_schema as t
from kentongan.store.sqlite_file import to_us
from kentongan.store.state_base import StateBase, quoted
from kentongan.store.state_outbox import CLOCK_SLACK

CHUNK = 10_000
MOVED = "moved"  # the note at a target of what was moved there: it belongs to that database, so it neither moves on nor is sealed
TABLES: Mapping[str, sa.Table] = {table.name: table for table in t.metadata.sorted_tables if table is not t.schema_version}
Row = tuple[Any, ...]
Key = tuple[Any, ...]


class MovingState(StateBase):
    """All tables as rows, however many there are."""

    @property
    def place(self) -> str:
        """The address as it may be shown."""
        return self._address.shown

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nobody else writes inside the block: who tries waits, and is refused after `busy_s`. Waits itself for whoever is writing now."""
        with self.transaction(), self._write() as db:
            if not self._embedded:
                db.exec_driver_sql(f"LOCK TABLE {', '.join(quoted(TABLES))} IN SHARE ROW EXCLUSIVE MODE")
            yield

    def rows(self, name: str, chunk: int = CHUNK) -> Iterator[Row]:
        """The rows of a table, every column in order, by primary key; in bounded memory."""
        table = TABLES[name]
        keys = list(table.primary_key)
        places = [list(table.columns).index(key) for key in keys]
        wanted = sa.select(table).order_by(*keys).limit(chunk)
        after: Key = ()
        while True:
            part = wanted
            if after:
                bound = [sa.literal(value, key.type) for value, key in zip(after, keys, strict=True)]
                part = wanted.where(sa.tuple_(*keys) > sa.tuple_(*bound))
            with self._read() as db:
                found = [tuple(row) for row in db.execute(part)]
            yield from (row for row in found if name != t.meta.name or row[0] != MOVED)
            if len(found) < chunk:
                return
            after = tuple(found[-1][place] for place in places)

    def hashes(self, name: str) -> Iterator[tuple[Key, int]]:
        """(primary key, hash) of each row: equal on two databases exactly when the row is."""
        table = TABLES[name]
        places = [list(table.columns).index(key) for key in table.primary_key]
        for row in self.rows(name):
            shown = [value.hex() if isinstance(value, bytes) else value for value in row]
            yield tuple(row[place] for place in places), hash_of(json.dumps(shown, ensure_ascii=False).encode("utf-8", "surrogatepass"))

    def seals(self) -> dict[str, Seal]:
        """One per table."""
        return {name: Seal.of(one for _, one in self.hashes(name)) for name in TABLES}

    def replace_all(self, rows_of: Callable[[str], Iterable[Row]], progress: Callable[[int], None]) -> None:
        """Every table gets these rows instead of its own, in one transaction. progress: told of each chunk."""
        with self._write() as db:
            for name, table in TABLES.items():
                kept = table.columns[0] == MOVED if table is t.meta else sa.false()
                db.execute(sa.delete(table).where(sa.not_(kept)))
                names = [column.name for column in table.columns]
                head = f'INSERT INTO "{name}" ({", ".join(quoted(names))})'
                source = iter(rows_of(name))
                while part := list(islice(source, CHUNK)):
                    self._many(db, head, table, names, "", part)
                    progress(len(part))
                if "no" in names and not self._embedded:  # numbers go on behind the highest; SQLite does so by itself
                    db.execute(
                        sa.select(sa.func.setval(sa.func.pg_get_serial_sequence(name, "no"), sa.func.coalesce(sa.func.max(table.c.no), 0) + 1, False))
                    )

    def holders(self, now: datetime) -> list[str]:
        """Who holds a lease at this moment: names of jobs, and destinations that a message is on its way to."""
        lease, row = t.lease.c, t.delivery.c
        start, end = to_us(now), to_us(now + CLOCK_SLACK)  # one that ends later is void
        sending = sa.select(row.destination).distinct().where(row.outcome == "pending", row.leased_until_us > start, row.leased_until_us <= end)
        with self._read() as db:
            jobs = db.execute(sa.select(lease.name).where(lease.until_us > start, lease.until_us <= end)).scalars()
            return sorted([*jobs, *db.execute(sending).scalars()])
