"""What every part of the state store stands on: connections, transactions, bulk statements, refusals in plain words."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from kentongan.errors import StoreError
from kentongan.store import state_schema as t
from kentongan.store.sqlite_file import BUSY_S, newer_schema
from kentongan.store.state_address import Address, open_engine, refusal
from kentongan.store.state_migrations import migrate

Rows = Collection[tuple[Any, ...]]
_SCHEMA_LOCK = 5_460_781_330  # any number of our own: only one program at a time makes the tables


class StateBase:
    """Opens the database, makes the tables that are missing. Safe for threads; a forked child gets connections of its own."""

    def __init__(self, url: str, *, busy_s: float = BUSY_S) -> None:
        self._address = Address(url)
        self._engine = open_engine(self._address, busy_s)
        self._local = threading.local()
        self._pid = os.getpid()
        try:
            self._make_tables()
        except BaseException:
            self._engine.dispose()
            raise

    @property
    def _embedded(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    def _make_tables(self) -> None:
        found = self._schema_version()
        if found is None or found < t.VERSION:
            with self._write() as db:
                if not self._embedded:
                    db.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
                found = self._schema_version()  # another program may have been quicker
                for table in t.metadata.sorted_tables:
                    db.execute(sa.schema.CreateTable(table, if_not_exists=True))
                if found is not None and found < t.VERSION:
                    migrate(db, found)
                for table in t.metadata.sorted_tables:  # after the steps: an index may be of a column that one of them adds
                    for index in sorted(table.indexes, key=lambda index: str(index.name)):
                        db.execute(sa.schema.CreateIndex(index, if_not_exists=True))
                if found is None or found < t.VERSION:
                    self._upsert(db, t.schema_version, [(t.PART, t.VERSION)])
                    found = t.VERSION
        if found > t.VERSION:
            raise newer_schema(self._address.shown, t.PART, found, t.VERSION)

    def _schema_version(self) -> int | None:
        with self._read() as db:
            if not sa.inspect(db).has_table(t.schema_version.name):
                return None
            return db.execute(sa.select(t.schema_version.c.version).where(t.schema_version.c.part == t.PART)).scalar()

    # connections

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `StateStore.transaction`. A nested block that fails is undone alone when the outer one catches its error."""
        with self._write() as db:
            if self._local.depth > 1:
                with db.begin_nested():
                    yield
            else:
                yield

    @contextmanager
    def _write(self) -> Iterator[sa.Connection]:
        """The transaction of this thread, begun if need be and then committed at the end of the block."""
        with self._translated():
            self._local.depth = getattr(self._local, "depth", 0) + 1
            try:
                if self._local.depth > 1:
                    yield self._local.connection
                    return
                with self._open().connect() as db:
                    if self._embedded:
                        db.exec_driver_sql("BEGIN IMMEDIATE")  # taking the write lock now, not half-way, is what makes waiting for it possible
                    self._local.connection = db
                    yield db
                    db.commit()  # without it, closing rolls back
            finally:
                self._local.depth -= 1
                if not self._local.depth:
                    self._local.connection = None

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        """This thread's transaction, if one is open; else a connection on which each statement stands alone."""
        with self._translated():
            if self._in_transaction:
                yield self._local.connection
            else:
                with self._open().connect() as db:
                    yield db if self._embedded else db.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def _in_transaction(self) -> bool:
        return bool(getattr(self._local, "depth", 0))

    def _open(self) -> sa.Engine:
        if self._pid != os.getpid():
            self._engine.dispose(close=False)  # the parent's connections stay the parent's
            self._pid = os.getpid()
        return self._engine

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as exc:
            raise StoreError(refusal(self._address, exc)) from exc

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    # statements

    def _upsert(self, db: sa.Connection, table: sa.Table, rows: Rows, *, update: Sequence[str] | None = None) -> None:
        """Insert rows (every column, in order); a known primary key gets `update` (default: all other columns), () = stays.

        In the order of the key, so that two writers never wait for each other in a ring.
        """
        keys = [column.name for column in table.primary_key]
        names = [column.name for column in table.columns]
        if update is None:
            update = [name for name in names if name not in keys]
        places = [names.index(key) for key in keys]
        unique: dict[tuple[Any, ...], tuple[Any, ...]] = {tuple(row[place] for place in places): row for row in rows}
        if not unique:
            return
        sets = ", ".join(f'"{name}" = excluded."{name}"' for name in update)
        target = f"({', '.join(quoted(keys))}) DO UPDATE SET {sets}" if sets else "DO NOTHING"
        head = f'INSERT INTO "{table.name}" ({", ".join(quoted(names))})'
        self._many(db, head, table, names, f"ON CONFLICT {target}", [unique[key] for key in sorted(unique)])

    def _many(self, db: sa.Connection, head: str, table: sa.Table, names: Sequence[str], tail: str, rows: list[tuple[Any, ...]]) -> None:
        if self._embedded:
            db.exec_driver_sql(f"{head} VALUES ({', '.join('?' * len(names))}) {tail}", rows)
            return
        arrays = tuple(list(column) for column in zip(*rows, strict=True))
        db.exec_driver_sql(f"{head} SELECT * FROM unnest({_casts(table, names)}) {tail}", arrays)  # noqa: S608  # our own names

    def _delete(self, db: sa.Connection, table: sa.Table, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        """Delete rows whose columns `names` equal one of `rows`."""
        listed = sorted(rows)
        if not listed:
            return
        if self._embedded:
            where = " AND ".join(f'"{name}" = ?' for name in names)
            db.exec_driver_sql(f'DELETE FROM "{table.name}" WHERE {where}', listed)  # noqa: S608  # our own names
            return
        arrays = tuple(list(column) for column in zip(*listed, strict=True))
        where = " AND ".join(f't."{name}" = u."{name}"' for name in names)
        source = f"unnest({_casts(table, names)}) AS u({', '.join(quoted(names))})"
        db.exec_driver_sql(f'DELETE FROM "{table.name}" t USING {source} WHERE {where}', arrays)  # noqa: S608  # our own names

    def _among(self, column: sa.Column[Any], values: Collection[str]) -> sa.ColumnElement[bool]:
        """`column` is one of `values`, however many, as one parameter."""
        if self._embedded:
            return column.in_(sa.select(sa.func.json_each(json.dumps(list(values))).table_valued("value").c.value))
        return column == sa.any_(sa.cast(list(values), ARRAY(sa.Text)))

    def _insert(self, table: sa.Table) -> Any:
        """An INSERT of this database's dialect, for ON CONFLICT."""
        return sqlite_insert(table) if self._embedded else pg_insert(table)

    def _added(self, db: sa.Connection, statement: Any) -> int:
        """Run an INSERT; how many rows it added or changed (SQLAlchemy keeps that number for an INSERT only when asked to)."""
        return int(db.execute(statement.execution_options(preserve_rowcount=True)).rowcount)

    def _locked(self, statement: sa.Select[Any]) -> sa.Select[Any]:
        """Inside a transaction the rows read stay as they are until its end: what is read may be decided upon."""
        return statement.with_for_update() if self._in_transaction and not self._embedded else statement


def quoted(names: Iterable[str]) -> list[str]:
    """Names as SQL has them."""
    return [f'"{name}"' for name in names]


_CASTS: dict[type[Any], str] = {
    sa.BigInteger: "bigint[]",
    sa.Integer: "integer[]",
    sa.Text: "text[]",
    sa.Double: "double precision[]",
    sa.Boolean: "boolean[]",
    sa.LargeBinary: "bytea[]",
}


def _casts(table: sa.Table, names: Sequence[str]) -> str:
    return ", ".join(f"%s::{_CASTS[type(table.columns[name].type)]}" for name in names)
