"""A PostgreSQL for tests: the one KENTONGAN_TEST_POSTGRES_URL names, else a throw-away cluster made from this machine's own binaries.

The cluster listens on loopback only, asks for a password, keeps nothing, and ends when the test run ends, even by kill -9 (it watches a pipe).
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

PASSWORD = "rahasia-sandi-uji"  # looked for in error messages
START_S = 30
# The server runs in the background; `cat` ends when the test run does, however it ends.
_WATCH = '"$0" "$@" & server=$!; cat >/dev/null; kill -INT $server; wait $server; rm -rf "$HOME"'


def _binaries() -> Path | None:
    """The folder with initdb and postgres: Debian's newest, else what is on the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(re.sub(r"\D", "", path.parent.parent.name) or 0))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


def _unprivileged() -> str | None:
    """The user to run as: PostgreSQL refuses root. None = as we are."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    pytest.skip("PostgreSQL refuses to run as root and there is no user postgres or nobody")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a server that answers; skips with a reason where there is none."""
    given = os.environ.get("KENTONGAN_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL here: install it (Debian: apt install postgresql) or set KENTONGAN_TEST_POSTGRES_URL")
    user = _unprivileged()
    home = Path(tempfile.mkdtemp(prefix="kentongan-postgres-"))
    try:
        with _cluster(binaries, user, home) as url:
            yield url
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _cluster(binaries: Path, user: str | None, home: Path) -> Iterator[str]:
    secret, cluster, log = home / "secret", home / "cluster", home / "log"
    secret.write_text(PASSWORD)
    if user:
        account = pwd.getpwnam(user)
        for path in (home, secret):
            os.chown(path, account.pw_uid, account.pw_gid)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C", "TZ": "UTC"}
    as_user = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    run = [binaries / "initdb", "-D", cluster, "-U", "kentongan", "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8", "--locale=C", "--no-sync"]
    made = subprocess.run(run, env=environment, cwd=home, capture_output=True, text=True, check=False, **as_user)
    if made.returncode:
        pytest.fail(f"initdb failed: {made.stderr[-500:]}")
    port = _free_port()
    settings = {
        "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off", "shared_buffers": "32MB",
        "max_connections": 60, "autovacuum": "off", "jit": "off",
    }  # fmt: skip
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = ["sh", "-c", _WATCH, binaries / "postgres", "-D", cluster, *arguments]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, env=environment, cwd=home, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True, **as_user
        )
    try:
        url = f"postgresql+psycopg://kentongan:{PASSWORD}@127.0.0.1:{port}/postgres"
        _wait_until_it_answers(url, server, log)
        yield url
    finally:
        assert server.stdin
        server.stdin.close()
        server.wait(timeout=60)


def _wait_until_it_answers(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            psycopg.connect(url.replace("+psycopg", ""), connect_timeout=2).close()
        except psycopg.OperationalError as exc:
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL did not start: {exc}; {log.read_text(errors='replace')[-500:]}")
            time.sleep(0.1)
        else:
            return


@contextmanager
def fresh_schema(url: str) -> Iterator[str]:
    """An address whose tables are its own; they are dropped at the end."""
    name = f"uji_{uuid.uuid4().hex[:12]}"
    plain = url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as db:
        db.execute(f"CREATE SCHEMA {name}")
    try:
        yield sa.make_url(url).update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(plain, autocommit=True) as db:
            db.execute(f"DROP SCHEMA {name} CASCADE")
