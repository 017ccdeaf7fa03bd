"""How a state database of an earlier edition becomes one of today's: one step per version, run when a newer program opens it.

Tables and indices that are new are made by themselves; a step here changes tables that were there. Alembic's operations speak both
SQLite and PostgreSQL. All steps of one opening are one transaction: after a crash the database is of the old edition, whole.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from kentongan.codec import from_json
from kentongan.records import Alert
from kentongan.store import state_schema as t
from kentongan.store.sqlite_file import to_us


def _to_2(op: Operations) -> None:
    """Evaluations remember what was expected of their bin alone, so that dashboards can draw it."""
    op.add_column(t.evaluation.name, sa.Column(t.evaluation.c.bin_expected.name, sa.Double, nullable=True))


def _to_3(op: Operations) -> None:
    """Alerts can be found by when they changed, so that copying the changed ones does not read all."""
    op.add_column(t.alert.name, sa.Column(t.alert.c.updated_us.name, sa.BigInteger, nullable=True))
    db, c = op.get_bind(), t.alert.c
    for name, body in db.execute(sa.select(c.id, c.body)).all():
        db.execute(sa.update(t.alert).where(c.id == name).values(updated_us=to_us(from_json(Alert, body).updated_at)))


STEPS: dict[int, Callable[[Operations], None]] = {2: _to_2, 3: _to_3}  # version that a step leads to


def migrate(db: sa.Connection, found: int) -> None:
    """Bring the tables from version `found` to today's, inside the caller's transaction."""
    op = Operations(MigrationContext.configure(db))
    for version in range(found + 1, t.VERSION + 1):
        STEPS[version](op)
