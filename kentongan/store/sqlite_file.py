"""Opening the embedded database file, and its refusals in plain words. Mentions and state share the file, on connections of their own.

WAL, so that readers and one writer do not wait for each other; `synchronous=FULL`, so that what was saved before a cursor moved or an alert was
marked sent also survives a power cut (0.3 ms per commit on an SSD, paid once per page); 30 s of patience with another writer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kentongan.errors import StoreError
from kentongan.words import say

BUSY_S = 30.0
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

VERSION_TABLE = "CREATE TABLE IF NOT EXISTS schema_version (part TEXT PRIMARY KEY, version INTEGER NOT NULL)"


def to_us(moment: datetime) -> int:
    """Microseconds since 1970: exact, quick, the same on every database."""
    return (moment - EPOCH) // MICROSECOND


def from_us(value: int) -> datetime:
    """The aware UTC moment of `to_us`."""
    return EPOCH + timedelta(microseconds=value)


def open_sqlite(path: Path, *, busy_s: float = BUSY_S) -> sqlite3.Connection:
    """A connection in autocommit mode (transactions are begun by hand), usable from any thread. Raises StoreError."""
    if not path.parent.is_dir():
        raise StoreError(
            say(
                f"{path}: foldernya belum ada; buat dulu: mkdir -p {path.parent}",
                f"{path}: its folder does not exist; make it first: mkdir -p {path.parent}",
            )
        )
    with translated(path):
        connection = sqlite3.connect(path, timeout=busy_s, isolation_level=None, check_same_thread=False, cached_statements=256)
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten with zeros; Debian's default, not everybody's
            connection.execute("PRAGMA cache_size = -32000")  # KiB
            connection.execute("PRAGMA wal_autocheckpoint = 4000")  # pages: a burst of pages is checkpointed once
            connection.execute("PRAGMA journal_size_limit = 67108864")
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Errors of SQLite inside the block become StoreError with the file and the next step."""
    try:
        yield
    except sqlite3.Error as exc:
        raise StoreError(explain(exc, path)) from exc


def explain(exc: BaseException, path: Path | str) -> str:
    """What an officer can do about an error of SQLite."""
    text = str(exc)
    for sign, id_text, en_text in _REMEDIES:
        if sign in text:
            return f"{path}: {say(id_text, en_text)} ({text})"
    unknown = say(
        "basis data menolak; jalankan `kentongan doctor`, dan bila berulang kirim pesan ini ke pengelola",
        "the database refused; run `kentongan doctor`, and if it repeats send this message to the maintainers",
    )
    return f"{path}: {unknown} ({text})"


_REMEDIES = (
    (
        "disk is full",
        "diska penuh, halaman ini tidak tersimpan; kosongkan ruang lalu jalankan lagi, tidak ada yang hilang",
        "the disk is full, this page is not saved; free some space and run again, nothing is lost",
    ),
    (
        "readonly database",
        "tidak boleh ditulisi; periksa pemilik dan izin berkas serta foldernya (ls -ld)",
        "it may not be written; check owner and permissions of the file and its folder (ls -ld)",
    ),
    (
        "unable to open database file",
        "tidak dapat dibuka; periksa apakah itu berkas (bukan folder) dan izin foldernya (ls -ld)",
        "it cannot be opened; check that it is a file (not a folder) and the folder's permissions (ls -ld)",
    ),
    (
        "not a database",
        "bukan basis data Kentongan; beri nama berkas lain dengan KENTONGAN_DB atau --db",
        "is not a Kentongan database; name another file with KENTONGAN_DB or --db",
    ),
    (
        "database is locked",
        "dikunci proses lain lebih dari 30 detik; hentikan proses itu (fuser -v berkasnya) lalu jalankan lagi",
        "another process has locked it for more than 30 s; stop that process (fuser -v on the file) and run again",
    ),
    (
        "malformed",
        "rusak; pulihkan dari cadangan, atau selamatkan isinya dengan `sqlite3 BERKAS .recover`",
        "is damaged; restore a backup, or rescue its content with `sqlite3 FILE .recover`",
    ),
    (
        "disk I/O error",
        "diska gagal dibaca atau ditulisi; periksa ruang, kuota dan kesehatan diska (df, dmesg)",
        "the disk failed to read or write; check space, quota and the disk's health (df, dmesg)",
    ),
    (
        "no such module: fts5",
        "SQLite pada Python ini tanpa FTS5; pakai Python dari python.org, Debian atau uv",
        "this Python's SQLite lacks FTS5; use a Python from python.org, Debian or uv",
    ),
)


def newer_schema(place: Path | str, part: str, found: int, known: int) -> StoreError:
    """The refusal of a database that a newer program has made."""
    return StoreError(
        say(
            f"{place}: skema {part} versi {found} dibuat oleh Kentongan yang lebih baru (program ini mengenal {known}); perbarui programnya",
            f"{place}: {part} schema version {found} was made by a newer Kentongan (this program knows {known}); update the program",
        )
    )
