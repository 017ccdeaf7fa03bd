"""The state store in SQL: one file with SQLite, or PostgreSQL where several machines work."""

from __future__ import annotations

from kentongan.store.state_collecting import DetectorState
from kentongan.store.state_keeping import HouseState
from kentongan.store.state_moving import MovingState
from kentongan.store.state_outbox import OutboxState


class SqlState(DetectorState, OutboxState, HouseState, MovingState):
    """`StateStore` at `url`: sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME. Tables are made when missing.

    Raises ConfigError for an address that is none; StoreError when the database does not answer, or was made by a newer program.
    """
