"""The service behind `make up`: Airflow's four parts on loopback, watched and stopped together.

Not `airflow standalone`: that one opens two log servers on every network interface, and leaves children behind when it is ended
(docs/adr/0003-airflow-on-one-machine.md).
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kentongan.errors import ConfigError
from kentongan.pipeline.airflow_support.home import AirflowFailed, airflow_environment, prepare_home, stop_sessions
from kentongan.pipeline.airflow_support.sign_in import PASSWORDS, keep_passwords, read_users
from kentongan.settings import Settings
from kentongan.words import say

PARTS = {
    "api-server": ["api-server"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
    "triggerer": ["triggerer", "--skip-serve-logs"],
}
HEALTHY_PARTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")


def require_free_port(port: int, host: str = "127.0.0.1") -> None:
    """Raises ConfigError, with the next step, when something listens on this port already, or this machine has no such address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as exc:
            raise ConfigError(
                say(
                    f"{host}:{port}: {exc.strerror}; pilih port lain: KENTONGAN_PORT={port + 1} make up",
                    f"{host}:{port}: {exc.strerror}; choose another port: KENTONGAN_PORT={port + 1} make up",
                )
            ) from exc


@contextmanager
def airflow_service(
    settings: Settings, port: int, *, note: Callable[[str], None], host: str = "127.0.0.1", healthy_within_s: float = 240
) -> Iterator[Service]:
    """A healthy Airflow with the DAGs on; all of its processes are stopped at the end, however the end comes.

    Raises ConfigError (port taken) or AirflowFailed (with the end of the failing part's log).
    """
    require_free_port(port, host)
    home = prepare_home(settings)
    keep_passwords(home, settings.users)
    environment = airflow_environment(settings, port, host)
    migrate = subprocess.run(  # Airflow of this venv
        [sys.executable, "-m", "airflow", "db", "migrate"], env=environment, cwd=home, capture_output=True, text=True, check=False
    )
    if migrate.returncode:
        raise AirflowFailed(f"airflow db migrate: {migrate.stdout[-2000:]}{migrate.stderr[-2000:]}")
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, arguments in PARTS.items():
            with (home / "logs" / f"{name}.log").open("wb") as log:
                children[name] = subprocess.Popen(  # noqa: S603  # Airflow of this venv
                    [sys.executable, "-m", "airflow", *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=home,
                    start_new_session=True,
                )  # fmt: skip
        service = Service(home, port, children, tuple(read_users(settings.users)))
        service.await_health(note, healthy_within_s)
        yield service
    finally:
        stop_sessions(list(children.values()))


class Service:
    """A running Airflow of this machine."""

    def __init__(self, home: Path, port: int, children: dict[str, subprocess.Popen[bytes]], users: tuple[str, ...]) -> None:
        self.home = home
        self.port = port
        self.children = children
        self.users = users

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def password_file(self) -> Path:
        """Holds each user's password (JSON, this user only)."""
        return self.home / PASSWORDS

    def passwords(self) -> dict[str, str]:
        """Password by user."""
        known: dict[str, str] = json.loads(self.password_file.read_text(encoding="utf-8"))
        return known

    def health(self) -> dict[str, str]:
        """State of each part, as Airflow's own health page has it; empty while the page does not answer."""
        try:
            with urllib.request.urlopen(f"{self.address}/api/v2/monitor/health", timeout=5) as answer:  # noqa: S310  # loopback
                found: dict[str, Any] = json.load(answer)
        except (OSError, ValueError):
            return {}
        return {part: str((found.get(part) or {}).get("status")) for part in HEALTHY_PARTS}

    def require_alive(self) -> None:
        """Raises AirflowFailed with the end of its log when a part has ended by itself."""
        for name, child in self.children.items():
            if child.poll() is not None:
                log = self.home / "logs" / f"{name}.log"
                tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])
                raise AirflowFailed(
                    say(
                        f"airflow {name} berhenti (kode {child.returncode}); akhir {log}:\n{tail}",
                        f"airflow {name} ended (code {child.returncode}); the end of {log}:\n{tail}",
                    )
                )

    def await_health(self, note: Callable[[str], None], limit_s: float) -> None:
        """Returns once every part is healthy. Raises AirflowFailed after `limit_s`, naming the parts that are not."""
        end = time.monotonic() + limit_s
        told: set[str] = set()
        while time.monotonic() < end:
            self.require_alive()
            parts = self.health()
            healthy = {part for part, state in parts.items() if state == "healthy"}
            for part in sorted(healthy - told):
                note(f"  {part}: {say('sehat', 'healthy')}")
            told |= healthy
            if len(healthy) == len(HEALTHY_PARTS):
                return
            time.sleep(1)
        missing = ", ".join(sorted(set(HEALTHY_PARTS) - told))
        raise AirflowFailed(
            say(
                f"belum sehat setelah {limit_s:.0f} s: {missing}; lihat {self.home / 'logs'}",
                f"not healthy after {limit_s:.0f} s: {missing}; see {self.home / 'logs'}",
            )
        )
