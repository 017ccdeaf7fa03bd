"""`kentongan slack listen` and `serve` as programs of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kentongan.pipeline.cli.slack import Link, _open_service
from kentongan.settings import Settings, packaged_config
from tests.alerts.pressing import SECRET, post_signed, typed
from tests.servers.slack import APP_TOKEN, TOKEN, SlackServer
from tests.servers.slack_socket import SocketModeServer

CLI = [sys.executable, "-m", "kentongan.pipeline.cli", "slack"]


def environment(tmp_path: Path, **names: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "KENTONGAN_"))}
    return {**plain, "KENTONGAN_VAR": str(tmp_path), **names}


def test_the_endpoint_answers_until_it_is_told_to_stop(tmp_path: Path) -> None:
    env = environment(tmp_path, SLACK_BOT_TOKEN=TOKEN, SLACK_SIGNING_SECRET=SECRET)
    with subprocess.Popen([*CLI, "serve", "--port", "0"], env=env, stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        port = re.search(r"http://127\.0\.0\.1:(\d+)/slack", program.stderr.readline())
        assert port is not None
        status, body = post_signed(int(port[1]), typed("status"), datetime.now(UTC))
        program.send_signal(signal.SIGTERM)
        assert (program.wait(timeout=60), status) == (0, 200)
        assert "Semua instansi (10)" in body["text"]


def test_the_socket_answers_until_it_is_told_to_stop(tmp_path: Path) -> None:
    with SlackServer() as slack, SocketModeServer() as server:
        slack.socket_url = server.url
        env = environment(tmp_path, SLACK_BOT_TOKEN=TOKEN, SLACK_APP_TOKEN=APP_TOKEN, SLACK_BASE_URL=slack.url)
        with subprocess.Popen([*CLI, "listen"], env=env, stderr=subprocess.PIPE, text=True) as program:
            body = server.wait_until_acknowledged(server.hand_out("slash_commands", typed("status")))
            program.send_signal(signal.SIGINT)
            assert program.wait(timeout=60) == 0
    assert body is not None
    assert "Semua instansi (10)" in body["text"]


def test_what_the_service_tells_on_the_terminal_stands_where_airflows_tasks_put_it(tmp_path: Path) -> None:
    with _open_service(Settings(var=tmp_path, database=tmp_path / "k.db", config=packaged_config())) as ctx:
        ctx.receivers["terminal"].tell("terminal", "GANGGUAN", "galat")
    assert "GANGGUAN" in (tmp_path / "terminal.txt").read_text(encoding="utf-8")


def test_a_connection_that_stays_away_is_told_once_and_that_it_is_back() -> None:
    link = Link()
    assert [bool(link.news(up)) for up in (True, False, True, False, False, False, True, True)] == [False] * 4 + [True, False, True, False]


@pytest.mark.parametrize(("mode", "missing"), [("listen", "SLACK_APP_TOKEN"), ("serve", "SLACK_SIGNING_SECRET")])
def test_without_its_secret_it_says_which_one_is_missing(tmp_path: Path, mode: str, missing: str) -> None:
    done = subprocess.run([*CLI, mode], env=environment(tmp_path, SLACK_BOT_TOKEN=TOKEN), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert missing in done.stderr
    assert TOKEN not in done.stderr
