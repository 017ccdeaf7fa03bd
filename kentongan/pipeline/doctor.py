"""Is this machine ready? One finding per question, each with the next step; nothing is changed and nothing is sent but a greeting."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kentongan.config import load_config
from kentongan.errors import ConfigError
from kentongan.findings import Finding
from kentongan.pipeline.doctor_servers import elasticsearch, slack, state_database
from kentongan.scoring.strong import load_strong, missing
from kentongan.settings import Settings, packaged_config, read_settings
from kentongan.words import number, say

NEEDED_MB = 500
TESTED = ((3, 11), (3, 13))


def examine(environment: dict[str, str] | None = None, port: int = 8080) -> Iterator[Finding]:
    """Every finding, as it is made; quick ones first."""
    yield python()
    yield virtual_environment()
    yield full_text_search()
    yield time_zones()
    try:
        settings = read_settings(environment)
    except ConfigError as exc:
        yield Finding(name="config", state="missing", what=str(exc), next_step="KENTONGAN_CONFIG=" + str(packaged_config()))
        return
    yield folder(settings.var)
    yield disk(settings.var)
    yield pepper(settings.var / "secrets" / "pepper.json")
    yield configuration(settings)
    yield strong_tier()
    yield airflow()
    yield free_port(port)
    yield telegram()
    yield elasticsearch(settings)
    yield state_database(settings)
    yield slack(settings)


def python() -> Finding:
    """The interpreter's version."""
    found = f"Python {sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro} ({sys.executable})"
    if sys.version_info[:2] < TESTED[0]:
        return Finding(
            name="python",
            state="missing",
            what=found,
            next_step=say("pasang Python 3.11, lalu make install", "install Python 3.11, then make install"),
        )
    if sys.version_info[:2] > TESTED[1]:
        return Finding(
            name="python", state="warning", what=found, next_step=say("belum diuji; 3.11 yang diuji", "not tested; 3.11 is what is tested")
        )
    return Finding(name="python", state="ok", what=found)


def virtual_environment() -> Finding:
    """Whether we run in a virtual environment."""
    if sys.prefix != sys.base_prefix:
        return Finding(name="venv", state="ok", what=sys.prefix)
    return Finding(
        name="venv", state="warning", what=say("bukan lingkungan virtual", "no virtual environment"),
        next_step=say("make install menyiapkan .venv dengan versi yang terkunci", "make install sets up .venv with the locked versions"),
    )  # fmt: skip


def full_text_search() -> Finding:
    """Whether this Python's SQLite can search text."""
    try:
        with closing(sqlite3.connect(":memory:")) as db:
            db.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
    except sqlite3.OperationalError as exc:
        return Finding(
            name="fts5", state="missing", what=f"SQLite {sqlite3.sqlite_version}: {exc}",
            next_step=say("pakai Python lain, dari Debian, python.org, atau Homebrew", "use another Python: Debian's, python.org's or Homebrew's"),
        )  # fmt: skip
    return Finding(name="fts5", state="ok", what=f"SQLite {sqlite3.sqlite_version}, FTS5")


def time_zones() -> Finding:
    """Whether the zones of Indonesia are known."""
    try:
        for zone in ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"):
            ZoneInfo(zone)
    except ZoneInfoNotFoundError as exc:
        return Finding(name="zones", state="missing", what=str(exc), next_step=say("pasang paket tzdata", "install the package tzdata"))
    return Finding(name="zones", state="ok", what="WIB, WITA, WIT")


def _existing(path: Path) -> Path:
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def folder(var: Path) -> Finding:
    """Whether the folder for all that is written can be written."""
    place = _existing(var)
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as exc:
        return Finding(
            name="var", state="missing", what=f"{place}: {exc.strerror}",
            next_step=say("beri hak tulis, atau KENTONGAN_VAR=/folder/lain", "allow writing, or KENTONGAN_VAR=/another/folder"),
        )  # fmt: skip
    return Finding(
        name="var", state="ok", what=str(var) + ("" if var.exists() else say(" (belum ada, akan dibuat)", " (not there yet, will be made)"))
    )


def disk(var: Path) -> Finding:
    """Whether there is room on the disk of that folder."""
    free_mb = shutil.disk_usage(_existing(var)).free // 2**20
    what = say(f"{number(free_mb)} MB kosong", f"{number(free_mb)} MB free")
    if free_mb < NEEDED_MB:
        return Finding(name="disk", state="missing", what=what, next_step=say(f"sediakan {NEEDED_MB} MB", f"make room: {NEEDED_MB} MB"))
    return Finding(name="disk", state="ok", what=what)


def pepper(path: Path) -> Finding:
    """Whether the secret behind the pseudonyms is for this user's eyes only."""
    if not path.exists():
        return Finding(name="pepper", state="ok", what=say("dibuat saat pertama dipakai", "made at first use"))
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        return Finding(name="pepper", state="missing", what=f"{path}: {exc}", next_step=say("kembalikan dari cadangan", "restore it from a backup"))
    if os.name == "posix" and path.stat().st_mode & 0o077:
        return Finding(
            name="pepper",
            state="missing",
            what=say(f"{path} dapat dibaca orang lain", f"{path} can be read by others"),
            next_step=f"chmod 600 {path}",
        )
    return Finding(name="pepper", state="ok", what=str(path))


def configuration(settings: Settings) -> Finding:
    """Whether the files of config/ are right."""
    try:
        config = load_config(settings.config)
    except ConfigError as exc:
        problems = str(exc).splitlines()
        more = say(f" (dan {len(problems) - 1} lagi)", f" (and {len(problems) - 1} more)") if len(problems) > 1 else ""
        return Finding(name="config", state="missing", what=problems[0] + more, next_step="kentongan check-config")
    counts = say(f"{len(config.agencies)} instansi, {len(config.sources)} sumber", f"{len(config.agencies)} agencies, {len(config.sources)} sources")
    return Finding(name="config", state="ok", what=f"{counts} ({settings.config})")


def strong_tier() -> Finding:
    """Whether the transformer can read what the linear model is unsure of; without it everything goes on with the linear model alone."""
    if lacking := ", ".join(missing()):
        what = say(f"tingkat strong mati, hanya fast: {lacking} tidak ada", f"the tier strong is off, fast only: {lacking} missing")
        return Finding(name="tier", state="warning", what=what, next_step="make install")
    try:
        return Finding(name="tier", state="ok", what=f"auto (fast + strong {load_strong().fingerprint})")
    except ConfigError as exc:
        return Finding(name="tier", state="missing", what=str(exc), next_step="make clean install")


def airflow() -> Finding:
    """Whether Airflow is installed: `make run` and `make up` need it, the other commands do not."""
    try:
        return Finding(name="airflow", state="ok", what=f"Airflow {version('apache-airflow-core')}")
    except PackageNotFoundError:
        return Finding(name="airflow", state="warning", what=say("Airflow tidak terpasang", "Airflow is not installed"), next_step="make install")


def free_port(port: int) -> Finding:
    """Whether `make up` can listen."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            what = say(f"port {port} sudah dipakai", f"port {port} is taken")
            return Finding(name="port", state="warning", what=what, next_step=f"KENTONGAN_PORT={port + 1} make up")
    return Finding(name="port", state="ok", what=say(f"port {port} kosong", f"port {port} is free"))


def telegram() -> Finding:
    """Whether the Telegram listener's library is there."""
    if importlib.util.find_spec("snscrape") is None:
        return Finding(
            name="telegram",
            state="warning",
            what=say("snscrape tidak terpasang; Telegram mati", "snscrape is not installed; Telegram is off"),
            next_step="make install",
        )
    return Finding(name="telegram", state="ok", what=f"snscrape {version('snscrape')}")
