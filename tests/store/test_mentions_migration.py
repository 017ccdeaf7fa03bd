"""A mention file of an earlier edition becomes one of today's when it is opened, with nothing lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from kentongan.ports import MentionQuery
from kentongan.store import mentions_tables as tables
from kentongan.store.mentions_sqlite import SqliteMentions
from tests.factories import T0, mention


def of_the_first_edition(path: Path) -> None:
    """Three mentions in a file without the columns that came with version 2."""
    store = SqliteMentions(path)
    store.save([mention(text=f"listrik {n}") for n in range(3)], T0)
    store.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE mention DROP COLUMN author_kind")
        db.execute("ALTER TABLE mention DROP COLUMN places")
        db.execute("UPDATE schema_version SET version = 1 WHERE part = 'mentions'")
        db.commit()


def test_an_older_file_keeps_its_mentions_and_learns_who_speaks(tmp_path: Path) -> None:
    path = tmp_path / "k.db"
    of_the_first_edition(path)
    for _ in range(2):
        store = SqliteMentions(path)
        assert store.search(MentionQuery(author_kind="citizen", text="listrik")).total == 3
        store.save([mention(text="baru", places=("32",), native_id="new")], T0)
        assert store.search(MentionQuery(place="32")).total == 1
        store.close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT version FROM schema_version WHERE part = 'mentions'").fetchone() == (tables.VERSION,)


def test_every_version_has_its_step() -> None:
    assert sorted(tables.STEPS) == list(range(2, tables.VERSION + 1))
