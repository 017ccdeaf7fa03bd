"""The tables that hold mentions in SQLite, and the statements that change them. Every function runs inside the caller's transaction.

mention         narrow row, one per mention: everything that a search restricts
mention_body    the whole record as JSON, apart, so that a look through many mentions reads little
mention_agency  one row per (mention, agency), clustered by (agency, time): counting a bin and listing an agency read one stretch of it
mention_text    FTS5 over title and text; contentless, as the text is in the body
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from json import dumps
from pathlib import Path
from typing import Any

from kentongan.ports import Kept
from kentongan.records import ScoredMention
from kentongan.store.mentions_rows import Rows, read_body
from kentongan.store.sqlite_file import VERSION_TABLE, from_us, newer_schema, to_us

VERSION = 2

# No index on cluster_id and author_key: each would cost a seventh of the saving rate (a random page written per mention), for questions that are
# rare and take half a second per million mentions without one.
SCHEMA = (
    VERSION_TABLE,
    """CREATE TABLE IF NOT EXISTS mention (
        no INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, published INTEGER NOT NULL, revised INTEGER NOT NULL, fingerprint BLOB NOT NULL,
        deleted INTEGER NOT NULL, label INTEGER NOT NULL, hoax REAL NOT NULL, agencies TEXT NOT NULL, source TEXT NOT NULL, category TEXT NOT NULL,
        platform TEXT NOT NULL, lang TEXT NOT NULL, official_of TEXT NOT NULL, cluster_id TEXT NOT NULL, claim_id TEXT NOT NULL,
        parent_id TEXT NOT NULL, author_key TEXT NOT NULL,
        author_kind TEXT NOT NULL DEFAULT '', places TEXT NOT NULL DEFAULT '')""",
    "CREATE TABLE IF NOT EXISTS mention_body (no INTEGER PRIMARY KEY, body TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS mention_agency (
        agency TEXT NOT NULL, published INTEGER NOT NULL, no INTEGER NOT NULL, label INTEGER NOT NULL, hoax INTEGER NOT NULL,
        counted INTEGER NOT NULL, PRIMARY KEY (agency, published, no)) WITHOUT ROWID""",
    "CREATE VIRTUAL TABLE IF NOT EXISTS mention_text USING fts5(title, text, content='', tokenize='unicode61 remove_diacritics 2')",
    "CREATE INDEX IF NOT EXISTS mention_published ON mention (published)",
    "CREATE INDEX IF NOT EXISTS mention_claim ON mention (claim_id) WHERE claim_id <> ''",
    "CREATE INDEX IF NOT EXISTS mention_parent ON mention (parent_id) WHERE parent_id <> ''",
)

_PLACES = ",".join("?" * 20)
_INSERT = f"INSERT INTO mention VALUES ({_PLACES})"  # noqa: S608  # question marks
_REPLACE = f"REPLACE INTO mention VALUES ({_PLACES})"  # noqa: S608  # question marks
_INSERT_AGENCY = "INSERT INTO mention_agency VALUES (?, ?, ?, ?, ?, ?)"
_INDEX = "INSERT INTO mention_text (rowid, title, text) VALUES (?, ?, ?)"
_UNINDEX = "INSERT INTO mention_text (mention_text, rowid, title, text) VALUES ('delete', ?, ?, ?)"
_BODIES = "SELECT no, body FROM mention_body WHERE no IN (SELECT value FROM json_each(?))"
_VERSIONS = """SELECT b.no, m.revised, b.body FROM mention_body b JOIN mention m ON m.no = b.no
    WHERE b.no IN (SELECT value FROM json_each(?))"""


# What makes a file of an earlier edition one of today's. Places were not read then, so there is nothing to fill in.
STEPS = {
    2: (
        "ALTER TABLE mention ADD COLUMN author_kind TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE mention ADD COLUMN places TEXT NOT NULL DEFAULT ''",
        """UPDATE mention SET author_kind =
            (SELECT coalesce(json_extract(body, '$.mention.author.kind'), '') FROM mention_body b WHERE b.no = mention.no)""",
    ),
}


def make_tables(db: sqlite3.Connection, path: Path) -> None:
    """Make what is missing. Raises StoreError when a newer program made the tables."""
    known = "SELECT version FROM schema_version WHERE part = 'mentions'"
    row = None
    with suppress(sqlite3.OperationalError):  # no such table: a new file; any other trouble comes again below
        row = db.execute(known).fetchone()
    if row is None:
        db.execute("BEGIN IMMEDIATE")
        try:
            for statement in SCHEMA:
                db.execute(statement)
            db.execute("INSERT OR IGNORE INTO schema_version VALUES ('mentions', ?)", (VERSION,))
            db.execute("COMMIT")
        except BaseException:
            roll_back(db)
            raise
        row = db.execute(known).fetchone()
    if row[0] > VERSION:
        raise newer_schema(path, "mentions", row[0], VERSION)
    if row[0] < VERSION:
        _bring_up_to_date(db)


def _bring_up_to_date(db: sqlite3.Connection) -> None:
    """Run the steps that are missing, in one transaction; another program may have done so meanwhile."""
    db.execute("BEGIN IMMEDIATE")
    try:
        found = db.execute("SELECT version FROM schema_version WHERE part = 'mentions'").fetchone()[0]
        for version in range(found + 1, VERSION + 1):
            for statement in STEPS[version]:
                db.execute(statement)
        db.execute("UPDATE schema_version SET version = ? WHERE part = 'mentions'", (VERSION,))
        db.execute("COMMIT")
    except BaseException:
        roll_back(db)
        raise


def roll_back(db: sqlite3.Connection) -> None:
    """Undo the open transaction, unless SQLite has done so by itself (a full disk)."""
    if db.in_transaction:
        db.execute("ROLLBACK")


def insert_new(db: sqlite3.Connection, fresh: Sequence[Rows]) -> None:
    """Add mentions whose ids are not there yet."""
    if not fresh:
        return
    first = (db.execute("SELECT max(no) FROM mention").fetchone()[0] or 0) + 1
    numbered = list(enumerate(fresh, first))
    db.executemany(_INSERT, ((no, *rows.narrow) for no, rows in numbered))
    db.executemany("INSERT INTO mention_body VALUES (?, ?)", ((no, rows.body) for no, rows in numbered))
    db.executemany(_INSERT_AGENCY, _agency_rows(numbered))
    db.executemany(_INDEX, ((no, rows.scored.mention.title, rows.scored.mention.text) for no, rows in numbered))


def _agency_rows(numbered: Iterable[tuple[int, Rows]]) -> Iterator[tuple[Any, ...]]:
    for no, rows in numbered:
        for agency, published, label, hoax, counted in rows.agencies:
            yield agency, published, no, label, hoax, counted


def rewrite(db: sqlite3.Connection, no: int, old: ScoredMention, rows: Rows) -> None:
    """Put new rows in the place of a stored mention's."""
    db.execute(_REPLACE, (no, *rows.narrow))
    db.execute("UPDATE mention_body SET body = ? WHERE no = ?", (rows.body, no))
    _delete_agency_rows(db, no, old)
    db.executemany(_INSERT_AGENCY, _agency_rows([(no, rows)]))
    before, after = old.mention, rows.scored.mention
    if (before.title, before.text) != (after.title, after.text):
        db.execute(_UNINDEX, (no, before.title, before.text))
        db.execute(_INDEX, (no, after.title, after.text))


def _delete_agency_rows(db: sqlite3.Connection, no: int, old: ScoredMention) -> None:
    published = to_us(old.mention.published_at)
    keys = ((agency, published, no) for agency in old.mention.agencies)
    db.executemany("DELETE FROM mention_agency WHERE agency = ? AND published = ? AND no = ?", keys)


def delete(db: sqlite3.Connection, numbers: Sequence[int]) -> list[ScoredMention]:
    """Take these mentions out; returns what they were."""
    gone = []
    for no, old in bodies(db, numbers).items():
        _delete_agency_rows(db, no, old)
        db.execute(_UNINDEX, (no, old.mention.title, old.mention.text))
        db.execute("DELETE FROM mention_body WHERE no = ?", (no,))
        db.execute("DELETE FROM mention WHERE no = ?", (no,))
        gone.append(old)
    return gone


def bodies(db: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, ScoredMention]:
    """The records with these numbers, in the order asked for."""
    found = {no: read_body(body) for no, body in db.execute(_BODIES, (dumps(list(numbers)),))}
    return {no: found[no] for no in numbers if no in found}


def versions(db: sqlite3.Connection, numbers: Sequence[int]) -> list[Kept]:
    """`bodies`, each with the moment of its version."""
    found = {no: Kept(scored=read_body(body), revised_at=from_us(revised)) for no, revised, body in db.execute(_VERSIONS, (dumps(list(numbers)),))}
    return [found[no] for no in numbers if no in found]


def overwrite_deleted(db: sqlite3.Connection) -> None:
    """Drop the words of deleted mentions from the full-text index (until its parts are merged they stay in it), and empty the log file.

    In short transactions of their own; cost grows with the size of the index.
    """
    statement = "INSERT INTO mention_text (mention_text, rank) VALUES ('merge', ?)"
    db.execute(statement, (-200,))  # pages a step; negative: all parts, also the large ones
    while True:
        before = db.total_changes
        db.execute(statement, (200,))
        if db.total_changes - before < 2:  # SQLite's documentation of 'merge': fewer than 2 = nothing left to do
            break
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
