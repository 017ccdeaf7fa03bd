"""`make up` for real: healthy, on loopback, behind a sign-in, and gone without a trace after Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from kentongan.errors import ConfigError
from kentongan.pipeline.airflow_support.home import stop_sessions
from kentongan.pipeline.airflow_support.service import require_free_port
from kentongan.settings import Settings


def ask(address: str, token: str = "", body: dict[str, str] | None = None) -> tuple[int, str]:
    """Status and text of an answer."""
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(address, headers=headers, data=json.dumps(body).encode() if body else None)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as exc:
        return exc.code, ""


@pytest.mark.airflow
@pytest.mark.slow
def test_the_service_is_healthy_asks_for_a_sign_in_and_leaves_no_process_behind(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {**os.environ, "KENTONGAN_VAR": str(settings.var), "KENTONGAN_CONFIG": str(settings.config), "KENTONGAN_LANG": "en"}
    environment["KENTONGAN_USERS"] = "admin:admin,sari:viewer"
    command = [sys.executable, "-m", "kentongan", "up", "--port", str(port)]
    service = subprocess.Popen(command, env=environment, cwd=settings.config, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert service.stdout
        line = service.stdout.readline()  # printed once every part is healthy
        found = re.search(r"(http://127\.0\.0\.1:\d+) .*password: in (\S+)\)", line)
        assert found, line + (service.stderr.read() if service.stderr else "")
        address, passwords = found.group(1), json.loads(Path(found.group(2)).read_text())
        logged = line + "".join(path.read_text(errors="replace") for path in (settings.var / "airflow" / "logs").rglob("*.log"))
        assert "Uvicorn running" in logged
        assert [password for password in passwords.values() if password in logged] == []
        assert ask(f"{address}/kentongan/")[0] == 401
        assert ask(f"{address}/auth/token", body={"username": "admin", "password": passwords["sari"]})[0] == 401
        token, viewer = (
            json.loads(ask(f"{address}/auth/token", body={"username": name, "password": passwords[name]})[1])["access_token"]
            for name in ("admin", "sari")
        )
        assert ask(f"{address}/api/v2/dags", viewer)[0] == 200
        assert ask(f"{address}/api/v2/dags/keep_house/dagRuns", viewer, {"logical_date": "2026-01-01T00:00:00Z"})[0] == 403
        status, page = ask(f"{address}/kentongan/", token)
        assert (status, "<h1>Kentongan" in page) == (200, True)
        pools = json.loads(ask(f"{address}/api/v2/pools", token)[1])["pools"]
        assert {"kentongan_web", "kentongan_telegram"} <= {pool["name"] for pool in pools}
        running = psutil.Process(service.pid).children(recursive=True)
        assert len(running) >= 4
        listening = {c.laddr.ip for process in running for c in process.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
        assert listening == {"127.0.0.1"}
    finally:
        service.send_signal(signal.SIGINT)
        _, errors = service.communicate(timeout=60)
    assert service.returncode == 0, errors
    assert [process for process in running if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []


def test_a_port_that_is_taken_is_refused_with_the_next_step() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"KENTONGAN_PORT={port + 1}"):
            require_free_port(port)


def test_a_process_in_a_group_of_its_own_that_ignores_sigterm_is_stopped_too() -> None:
    stubborn = (
        "import os,signal,time; os.setpgid(0,0); signal.signal(signal.SIGTERM, signal.SIG_IGN); print(os.getpid(), flush=True); time.sleep(300)"
    )
    parent = f"import subprocess,sys; subprocess.run([sys.executable, '-c', {stubborn!r}])"
    child = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert child.stdout
    grandchild = int(child.stdout.readline())

    killed = stop_sessions([child], grace_s=1)

    assert killed == [grandchild]
    assert not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == psutil.STATUS_ZOMBIE
