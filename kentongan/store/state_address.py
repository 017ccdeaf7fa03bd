"""The state store's address: read, opened, and shown without its password."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

from kentongan.errors import ConfigError
from kentongan.store.sqlite_file import explain, open_sqlite
from kentongan.words import say

CONNECT_S = 10


class Address:
    """A checked address. `shown` names the database and holds no password; `path` is set for a file.

    Raises ConfigError for anything but sqlite:///FILE and postgresql://...
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = sa.make_url(url)
        except (sa.exc.ArgumentError, ValueError):
            raise ConfigError(_bad_address()) from None  # the original error quotes the address, password and all
        self.path: Path | None = None
        if (
            parsed.get_backend_name() == "sqlite"
            and parsed.drivername in ("sqlite", "sqlite+pysqlite")
            and parsed.database not in (None, "", ":memory:")
        ):
            self.path = Path(parsed.database or "")
            self.shown = str(self.path)
        elif parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
            parsed = parsed.set(drivername="postgresql+psycopg")
            host = parsed.host or str(parsed.query.get("host", "localhost"))
            self.shown = f"postgresql://{parsed.username or ''}@{host}:{parsed.port or 5432}/{parsed.database or ''}"
        else:
            raise ConfigError(_bad_address())
        self.url = parsed


def _bad_address() -> str:
    return say(
        "KENTONGAN_STATE_URL: bukan alamat basis data; tulis postgresql+psycopg://PENGGUNA:SANDI@HOST:5432/NAMA atau sqlite:////folder/berkas.db",
        "KENTONGAN_STATE_URL: not the address of a database; write postgresql+psycopg://USER:PASSWORD@HOST:5432/NAME or sqlite:////folder/file.db",
    )


def open_engine(address: Address, busy_s: float) -> sa.Engine:
    """An engine; nothing is connected yet. Who must wait for another writer gives up after `busy_s`.

    Values never show up in its errors or logs: they may be what citizens wrote.
    """
    path = address.path
    if path is not None:
        return sa.create_engine("sqlite://", creator=lambda: open_sqlite(path, busy_s=busy_s), poolclass=QueuePool, hide_parameters=True)
    arguments: dict[str, Any] = {} if "connect_timeout" in address.url.query else {"connect_timeout": CONNECT_S}
    engine = sa.create_engine(address.url, connect_args=arguments, pool_pre_ping=True, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _limit_waiting(connection: Any, _record: object) -> None:
        connection.autocommit = True
        connection.execute(f"SET lock_timeout = '{int(busy_s * 1000)}ms'")
        connection.autocommit = False

    return engine


def refusal(address: Address, exc: Exception) -> str:
    """What an officer can do about an error of the database; no value and no password is in it."""
    original = getattr(exc, "orig", None) or exc
    if address.path is not None:
        return explain(original, address.path)
    lines = str(original).strip().splitlines() or [type(original).__name__]
    code = getattr(original, "sqlstate", None) or ""
    for prefix, sign, id_text, en_text in _REMEDIES:
        if code.startswith(prefix) if code else sign in lines[0]:
            return f"{address.shown}: {say(id_text, en_text)} ({lines[0]})"
    unreachable = say(
        "tidak dapat disambungkan; periksa apakah servernya jalan dan KENTONGAN_STATE_URL benar",
        "cannot be connected to; check that the server runs and KENTONGAN_STATE_URL is right",
    )
    unknown = say("basis data menolak; lihat catatan servernya", "the database refused; look at the server's log")
    return f"{address.shown}: {unknown if code else unreachable} ({lines[0]})"


# By SQLSTATE or its first characters (PostgreSQL 15, appendix A); a refused connection bears none, so by what the server says in English.
_NEVER = "\n"  # in no first line
_REMEDIES = (
    ("28", "authentication failed", "nama atau sandi ditolak; periksa KENTONGAN_STATE_URL", "user or password refused; check KENTONGAN_STATE_URL"),
    ("3D000", "does not exist", "basis datanya belum ada; buat dulu: createdb NAMA", "the database does not exist; make it first: createdb NAME"),
    ("42501", _NEVER, "hak penggunanya kurang; beri hak CREATE pada skemanya", "the user lacks rights; grant CREATE on its schema"),
    (
        "53100",
        _NEVER,
        "diska server penuh, tidak ada yang tersimpan; kosongkan ruang",
        "the server's disk is full, nothing was saved; free some space",
    ),
    ("53300", "too many", "server kehabisan koneksi; naikkan max_connections", "the server has no connection left; raise max_connections"),
    (
        "25006",
        _NEVER,
        "server hanya boleh dibaca (replika?); sambungkan ke server utama",
        "the server is read-only (a replica?); connect to the primary",
    ),
    ("55P03", _NEVER, "baris dikunci terlalu lama oleh proses lain; jalankan lagi", "another process held a lock for too long; run again"),
    (
        "40",
        _NEVER,
        "bertabrakan dengan proses lain; jalankan lagi, tidak ada yang hilang",
        "collided with another process; run again, nothing is lost",
    ),
)
