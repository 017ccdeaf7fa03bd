"""Real Airflow on PostgreSQL with two schedulers of two local workers each: whichever runs what, nothing is lost and nothing is doubled.

Minutes long, so not part of the suite:

    make test-workers
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
import yaml

from kentongan.clock import SystemClock
from kentongan.pipeline.airflow_support.home import airflow_environment, prepare_home, stop_sessions
from kentongan.pipeline.airflow_support.sign_in import keep_passwords
from kentongan.pipeline.wiring import open_context
from kentongan.settings import read_settings
from tests.dags.conftest import CONFIG, ROOT
from tests.servers.postgres import fresh_schema
from tests.servers.slack import TOKEN, SlackServer

PLATFORMS = ("web", "mastodon", "telegram", "facebook", "x")  # a lane of tasks each
ROUNDS, ROWS = 3, 12  # rows that each source gets in a round
PATIENCE_S = 480
SCHEDULERS = 2
QUICK_TO_NOTICE = {  # that a scheduler is dead: minutes by default
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "20",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "10",
}


@contextmanager
def fresh_database(url: str) -> Iterator[str]:
    """A database of Airflow's own."""
    name = f"airflow_{os.getpid()}"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as db:
            db.execute(f"DROP DATABASE {name} WITH (FORCE)")


def until(what: str, claim: Callable[[], bool]) -> None:
    """Return once it is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not claim():
        assert time.monotonic() < deadline, f"not within {PATIENCE_S} s: {what}"
        time.sleep(1)


class Service:
    """The parts of one Airflow, and its door."""

    def __init__(self, environment: dict[str, str], home: Path, port: int) -> None:
        self.environment, self.home, self.port = environment, home, port
        self.running: list[subprocess.Popen[bytes]] = []
        self._token = ""

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.home / "logs" / f"{arguments[0]}-{len(self.running)}.log").open("wb") as log:
            part = subprocess.Popen(
                [sys.executable, "-m", "airflow", *arguments], env=self.environment, cwd=self.home, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self.running.append(part)
        return part

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {self._token}"} if self._token else {})}
        address = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(address, headers=headers, data=json.dumps(body).encode() if body is not None else None)
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def answers(self) -> bool:
        try:
            self.ask("/api/v2/monitor/health")
        except OSError:
            return False
        return True

    def sign_in(self) -> None:
        password = json.loads(keep_passwords(self.home, "").read_text(encoding="utf-8"))["admin"]
        self._token = self.ask("/auth/token", {"username": "admin", "password": password})["access_token"]

    def knows(self, dag: str) -> bool:
        return any(one["dag_id"] == dag for one in self.ask("/api/v2/dags?limit=50")["dags"])

    def trigger(self, dag: str) -> str:
        run_id: str = self.ask(f"/api/v2/dags/{dag}/dagRuns", {"logical_date": None})["dag_run_id"]
        return run_id

    def states(self, dag: str) -> dict[str, str]:
        return {run["dag_run_id"]: run["state"] for run in self.ask(f"/api/v2/dags/{dag}/dagRuns?limit=100")["dag_runs"]}


def write_config(folder: Path) -> Path:
    """One agency, and a growing recording per platform."""
    receivers = (ROOT / "config" / "receivers.yml").read_text(encoding="utf-8")
    for name, text in {**CONFIG, "receivers.yml": receivers}.items():
        (folder / "config" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "config" / name).write_text(text, encoding="utf-8")
    with (folder / "config" / "agencies" / "pln.yml").open("a", encoding="utf-8") as file:
        file.write("quiet_hours: null\n")  # whatever the time of day at which this runs
    (folder / "config" / "sources").mkdir()
    for platform in PLATFORMS:
        (folder / f"{platform}.jsonl").touch()
        source = {
            "listener": "replay",
            "platform": platform,
            "category": "microblog",
            "every_min": 1,
            "options": {"path": str(folder / f"{platform}.jsonl"), "page_rows": 5},
        }
        (folder / "config" / "sources" / f"rekaman-{platform}.yml").write_text(yaml.safe_dump(source), encoding="utf-8")
    return folder / "config"


def append(folder: Path, number: int) -> None:
    """Round `number` of posts, published just before the bins that are settled now end: in time to be told."""
    for platform in PLATFORMS:
        with (folder / f"{platform}.jsonl").open("a", encoding="utf-8") as file:
            for row in range(ROWS):
                published = SystemClock().now() - timedelta(minutes=16 + row % 6)
                one = {
                    "id": f"{number}-{row}",
                    "published_at": published.isoformat(),
                    "text": f"PLN padam lagi, parah {number}-{row}",
                    "author": f"{platform}{number}{row}",
                }
                file.write(json.dumps(one) + "\n")


@pytest.mark.airflow
@pytest.mark.postgres
@pytest.mark.timeout(1800)
def test_two_schedulers_lose_and_double_nothing(postgres_url: str, tmp_path: Path) -> None:
    config = write_config(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with SlackServer() as slack, fresh_schema(postgres_url) as state, fresh_database(postgres_url) as metadata:
        ours = {
            "KENTONGAN_VAR": str(tmp_path / "var"), "KENTONGAN_CONFIG": str(config), "KENTONGAN_STATE_URL": state,
            "SLACK_BOT_TOKEN": TOKEN, "SLACK_BASE_URL": slack.url,
        }  # fmt: skip
        settings = read_settings(ours)
        environment = {
            **airflow_environment(settings, port), **ours, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": metadata, "AIRFLOW__CORE__PARALLELISM": "2", **QUICK_TO_NOTICE,
        }  # fmt: skip
        service = Service(environment, prepare_home(settings), port)
        try:
            made = subprocess.run(
                [sys.executable, "-m", "airflow", "db", "migrate"], env=environment, cwd=service.home, capture_output=True, text=True, check=False
            )
            assert made.returncode == 0, made.stderr[-3000:]
            service.start("api-server")
            service.start("dag-processor")
            schedulers = [service.start("scheduler", "--skip-serve-logs") for _ in range(SCHEDULERS)]
            until("the api-server answers", service.answers)
            service.sign_in()
            until("the DAGs are there", lambda: service.knows("collect_mentions") and service.knows("detect_and_alert"))
            runs = []
            for number in range(ROUNDS):
                append(tmp_path, number)
                runs.append(service.trigger("collect_mentions"))
                runs.append(service.trigger("collect_mentions"))
                if number == ROUNDS // 2:
                    schedulers[0].kill()  # the other takes over
                until("the round is over", lambda: all(service.states("collect_mentions")[run] in ("success", "failed") for run in runs))
                time.sleep(61)  # sources are due once a minute
            last = service.trigger("detect_and_alert")
            until("the last detection is over", lambda: service.states("detect_and_alert")[last] in ("success", "failed"))
            with psycopg.connect(metadata.replace("+psycopg", ""), autocommit=True) as db:
                hands = Counter(row[0] for row in db.execute("SELECT queued_by_job_id FROM task_instance WHERE queued_by_job_id IS NOT NULL"))
        finally:
            stop_sessions(service.running)
        assert len(hands) == SCHEDULERS, "both schedulers gave out tasks"
        with open_context(settings, terminal_only=True) as ctx:
            assert ctx.mentions.count() == ROUNDS * ROWS * len(PLATFORMS)
            alerts, deliveries = ctx.state.alerts(), ctx.state.deliveries()
        assert [(alert.agency, alert.rule) for alert in alerts] == [("pln", "negative_volume")]
        posted = [message["posted_key"] for message in slack.channel("#humas-pln").messages if message["posted_key"]]
        sent = [one.notice.key for one in deliveries if one.outcome == "sent" and one.notice.destination.startswith("slack")]
        assert len(set(posted)) == len(posted) > 0
        assert {key for key in sent if key not in posted and "/updated/" not in key} == set()  # an update may be an edit of the first message
        assert set(posted) <= set(sent)
        told = f"{len(runs)} runs, {ROUNDS * ROWS * len(PLATFORMS)} mentions, {len(posted)} messages, tasks by scheduler {sorted(hands.values())}"
        print(f"\n{told}")  # noqa: T201  # for who runs it
