"""The tables of the state store, the same on SQLite and PostgreSQL. Moments are microseconds since 1970 (`*_us`), records are JSON.

A change of these tables raises VERSION and gets a step in `state_migrations`; a program refuses a database of a higher version than its own.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

VERSION = 3
PART = "state"
metadata = sa.MetaData()


Kind = type[sa.types.TypeEngine[Any]]


def _table(name: str, *columns: Column[Any] | UniqueConstraint | Index, rows: bool = True) -> Table:
    """A table; without `rows` SQLite keeps it as one tree by primary key, which makes ranges and upserts cheap."""
    return Table(name, metadata, *columns, sqlite_with_rowid=rows)


def _key(name: str, kind: Kind = Text) -> Column[Any]:
    return Column(name, kind, primary_key=True, autoincrement=False)


def _field(name: str, kind: Kind = Text, *, empty: bool = False) -> Column[Any]:
    return Column(name, kind, nullable=empty)


def _number() -> Column[Any]:
    """A running number: order of writing."""
    return Column("no", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


schema_version = _table("schema_version", _key("part"), _field("version", Integer))
source_cursor = _table("source_cursor", _key("source"), _key("query"), _field("version", BigInteger), _field("body"))
source_health = _table("source_health", _key("source"), _field("body"))
poll = _table(
    "poll",
    _number(),
    _field("source"),
    _field("started_us", BigInteger),
    _field("finished_us", BigInteger),
    _field("ok", Boolean),
    _field("posts", BigInteger),
    _field("kept", BigInteger),
    Index("poll_finished", "finished_us"),
)
bin_count = _table(
    "bin_count",
    _key("agency"),
    _key("start_us", BigInteger),
    _field("total", BigInteger),
    _field("negative", BigInteger),
    _field("positive", BigInteger),
    _field("hoax", BigInteger),
    rows=False,
)
# `mark` is a random number drawn at each marking: taking a bin off the list names the mark that was seen before counting.
dirty_bin = _table("dirty_bin", _key("agency"), _key("start_us", BigInteger), _field("mark", BigInteger), rows=False)
unobserved_bin = _table("unobserved_bin", _key("agency"), _key("start_us", BigInteger), rows=False)
detector_state = _table(
    "detector_state", _key("agency"), _key("rule"), _field("version", BigInteger), _field("watermark_us", BigInteger), _field("state", LargeBinary)
)
evaluation = _table(
    "evaluation",
    _key("agency"),
    _key("rule"),
    _key("bin_us", BigInteger),
    _field("observed", BigInteger),
    _field("expected", Double),
    _field("chance_weeks", Double, empty=True),
    _field("bin_expected", Double, empty=True),
    rows=False,
)
alert = _table(
    "alert",
    _key("id"),
    _field("agency"),
    _field("rule"),
    _field("claim_id"),
    _field("state"),
    _field("opened_us", BigInteger),
    _field("body"),
    _field("updated_us", BigInteger, empty=True),
    Index("alert_opened", "opened_us"),
    Index("alert_updated", "updated_us"),
)
Index(
    "alert_one_open",
    alert.c.agency,
    alert.c.rule,
    alert.c.claim_id,
    unique=True,
    sqlite_where=alert.c.state != "resolved",
    postgresql_where=alert.c.state != "resolved",
)
delivery = _table(
    "delivery",
    _number(),
    _field("key"),
    _field("episode"),
    _field("transition"),
    _field("sequence", BigInteger),
    _field("destination"),
    _field("notice"),
    _field("outcome"),
    _field("reason"),
    _field("attempts", BigInteger),
    _field("next_attempt_us", BigInteger),  # 0 = at once
    _field("leased_by"),
    _field("leased_until_us", BigInteger),  # 0 = not leased
    _field("repeat", Boolean),
    _field("provider_ref"),
    _field("at_us", BigInteger, empty=True),
    UniqueConstraint("key", name="delivery_key"),
    UniqueConstraint("episode", "transition", "sequence", "destination", name="delivery_once"),
)
Index("delivery_pending", delivery.c.no, sqlite_where=delivery.c.outcome == "pending", postgresql_where=delivery.c.outcome == "pending")
withheld = _table(
    "withheld",
    _number(),
    _field("agency"),
    _field("rule"),
    _field("at_us", BigInteger),
    _field("reason"),
    _field("detail"),
    _field("episode"),
    _field("observed", BigInteger),
    _field("expected", Double),
    UniqueConstraint("at_us", "agency", "rule", "reason", "episode", "detail", name="withheld_once"),
)
silence = _table("silence", _key("id"), _field("starts_us", BigInteger), _field("ends_us", BigInteger), _field("body"))
label = _table("label", _key("mention_id"), _key("kind"), _field("value"), _field("by"), _field("at_us", BigInteger), rows=False)
claim = _table("claim", _key("id"), _field("published_us", BigInteger), _field("body"))
tombstone = _table("tombstone", _key("kind"), _key("value"), _field("at_us", BigInteger), _field("reason"), rows=False)
audit = _table("audit", _number(), _field("at_us", BigInteger), _field("actor"), _field("action"), _field("subject"), _field("detail"))
meta = _table("meta", _key("key"), _field("value"), rows=False)
lease = _table("lease", _key("name"), _field("owner"), _field("until_us", BigInteger))
