"""A database that refuses says which one, why, and what to do next; never a password, never what a citizen wrote."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from kentongan.errors import ConfigError, StoreError
from kentongan.store.mentions_sqlite import SqliteMentions
from kentongan.store.sqlite_file import explain
from kentongan.store.state_sql import SqlState
from tests.factories import T0, mention
from tests.servers.postgres import PASSWORD, fresh_schema
from tests.store.children import PAGE
from tests.store.test_processes import child, rest

Opener = Callable[[Path], object]
OPENERS: list[Opener] = [lambda path: SqliteMentions(path, busy_s=0.1), lambda path: SqlState(f"sqlite:///{path}", busy_s=0.1)]
both = pytest.mark.parametrize("opener", OPENERS, ids=["mentions", "state"])
postgres = pytest.mark.postgres
NAME = "kentongan-test-to-be-cut-off"


def plain(url: str) -> str:
    """The address as psycopg itself takes it."""
    return url.replace("+psycopg", "")


@both
def test_a_missing_folder_is_named_with_the_command_that_makes_it(opener: Opener, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"{tmp_path}/tiada/k.db.*mkdir -p {tmp_path}/tiada"):
        opener(tmp_path / "tiada" / "k.db")


@both
def test_a_file_that_is_no_database_is_left_alone(opener: Opener, tmp_path: Path) -> None:
    path = tmp_path / "catatan.txt"
    path.write_text("bukan basis data\n" * 100)
    with pytest.raises(StoreError, match=r"catatan.txt.*bukan basis data Kentongan.*--db"):
        opener(path)
    assert path.read_text() == "bukan basis data\n" * 100


@both
def test_a_folder_in_the_place_of_the_file_is_named(opener: Opener, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"{tmp_path}.*folder"):
        opener(tmp_path)


@both
def test_a_newer_schema_is_refused(opener: Opener, tmp_path: Path) -> None:
    path = tmp_path / "k.db"
    opener(path)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE schema_version SET version = 99")
    db.close()
    with pytest.raises(StoreError, match=r"k.db.*versi 99.*perbarui"):
        opener(path)


@both
def test_opening_twice_and_in_either_order_is_fine(opener: Opener, tmp_path: Path) -> None:
    path = tmp_path / "k.db"
    for open_one in (opener, *OPENERS, opener):
        open_one(path)


def test_another_writer_that_does_not_let_go_is_named_after_the_wait(tmp_path: Path) -> None:
    path = tmp_path / "k.db"
    mentions, state = SqliteMentions(path, busy_s=0.1), SqlState(f"sqlite:///{path}", busy_s=0.1)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"k.db: dikunci proses lain"):
        mentions.save([mention()], T0)
    with pytest.raises(StoreError, match=r"k.db: dikunci proses lain"):
        state.set_meta("a", "b")
    assert mentions.count() == 0  # reading goes on
    assert state.meta("a") == ""
    blocker.close()
    assert mentions.save([mention()], T0).new == 1
    state.set_meta("a", "b")


def test_a_full_disk_loses_nothing_that_was_saved_and_saving_goes_on_with_room_again(tmp_path: Path) -> None:
    path = tmp_path / "k.db"
    with child("run_out_of_disk", str(path)) as running:
        refusal, safe, new = rest(running)
    assert refusal.startswith(f"StoreError {path}: diska")
    pages, stored, part, noted = map(int, safe.split())
    assert pages > 0
    assert (stored - pages, part, noted - pages) in ((0, 0, 0), (1, 0, 0))  # the page was in, its note was not: it is saved again, doubling nothing
    assert int(new) in (PAGE, 2 * PAGE)
    store = SqliteMentions(path)
    assert store.count() == (pages + 2) * PAGE
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user can enter (pytest's own are closed)."""
    folder = Path(tempfile.mkdtemp(prefix="kentongan-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_database_that_may_not_be_written_is_named_with_what_to_look_at(open_folder: Path) -> None:
    path = open_folder / "k.db"
    for opener in OPENERS:
        opener(path)
    path.chmod(0o444)
    with child("as_nobody", str(path)) as running:
        open_folder.chmod(0o555)
        found, _ = running.communicate("go\n", timeout=60)
        open_folder.chmod(0o755)
    answers = found.splitlines()
    assert len(answers) == 2
    for answer in answers:
        assert answer.startswith(f"StoreError {path}: ")
        assert "izin" in answer


def test_a_closed_store_refuses(tmp_path: Path) -> None:
    store = SqliteMentions(tmp_path / "k.db")
    store.close()
    with pytest.raises(StoreError, match=r"k\.db"):
        store.count()


def test_a_python_without_fts5_is_told_where_to_find_one() -> None:
    assert "python.org" in explain(sqlite3.OperationalError("no such module: fts5"), "k.db")


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://u:{PASSWORD}@h/d",
        f"postgresql://u:{PASSWORD}@h:port/d",
        "bukan alamat",
        "",
        "sqlite://",
        "sqlite:///:memory:",
        f"oracle+x://u:{PASSWORD}@h",
    ],
)
def test_an_address_that_is_none_is_a_mistake_of_configuration(url: str) -> None:
    with pytest.raises(ConfigError, match="KENTONGAN_STATE_URL") as raised:
        SqlState(url)
    assert PASSWORD not in "".join(traceback.format_exception(raised.value))


def refused(url: str, expected: str) -> None:
    """Opening is refused in words, and the password stays out of the whole traceback."""
    with pytest.raises(StoreError, match=expected) as raised:
        SqlState(url)
    assert PASSWORD not in "".join(traceback.format_exception(raised.value))


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with socket.socket() as taken:  # bound, not listening: nobody answers there
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        refused(f"postgresql://ani:{PASSWORD}@127.0.0.1:{port}/kentongan", f"postgresql://ani@127.0.0.1:{port}/kentongan: tidak dapat disambungkan")


@postgres
def test_a_wrong_password_and_a_missing_database_are_told_apart(postgres_url: str) -> None:
    url = sa.make_url(postgres_url)
    with suppress(psycopg.OperationalError):
        psycopg.connect(plain(url.set(password="salah").render_as_string(False))).close()
        pytest.skip("this server trusts everybody: no password can be wrong")
    refused(url.set(password=f"bukan{PASSWORD}").render_as_string(hide_password=False), "nama atau sandi ditolak")
    refused(url.set(database="tiada").render_as_string(hide_password=False), "createdb")


@postgres
def test_a_newer_schema_on_a_server_is_refused(postgres_url: str) -> None:
    with fresh_schema(postgres_url) as url:
        SqlState(url).close()
        engine = sa.create_engine(url)
        with engine.begin() as db:
            db.execute(sa.text("UPDATE schema_version SET version = 99"))
        engine.dispose()
        refused(url, "versi 99")


@postgres
def test_a_replica_is_told_apart_and_what_was_to_be_written_is_not_shown(postgres_url: str) -> None:
    with fresh_schema(postgres_url) as url:
        SqlState(url).close()
        options = sa.make_url(url).query["options"]
        reader = SqlState(sa.make_url(url).update_query_dict({"options": f"{options} -cdefault_transaction_read_only=on"}).render_as_string(False))
        with pytest.raises(StoreError, match="hanya boleh dibaca") as raised:
            reader.set_meta("catatan", PASSWORD)
        reader.close()
    assert PASSWORD not in "".join(traceback.format_exception(raised.value))


@postgres
def test_a_row_that_is_locked_too_long_is_told(postgres_url: str) -> None:
    with fresh_schema(postgres_url) as url:
        one, two = SqlState(url), SqlState(url, busy_s=0.1)
        with one.transaction():
            one.set_meta("a", "1")
            with pytest.raises(StoreError, match="dikunci"):
                two.set_meta("a", "2")
        two.set_meta("a", "3")
        one.close()
        two.close()


@postgres
def test_a_server_that_came_back_is_used_again(postgres_url: str) -> None:
    with fresh_schema(postgres_url) as url:
        state = SqlState(sa.make_url(url).update_query_dict({"application_name": NAME}).render_as_string(False))
        state.set_meta("a", "1")
        with psycopg.connect(plain(postgres_url), autocommit=True) as db:
            ended = db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", (NAME,)).fetchall()
        assert ended
        assert state.meta("a") == "1"
        state.set_meta("a", "2")
        state.close()
