"""Airflow on this machine: its home under var/, runs of the real DAG files in one subprocess, and the service of `make up`.

Nothing here imports Airflow: it is started with an environment of its own, so that settings of another installation do not leak in.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from kentongan.errors import ConfigError, KentonganError
from kentongan.pipeline.airflow_support.progress import PROGRESS_FD
from kentongan.pipeline.airflow_support.sign_in import read_users
from kentongan.settings import Settings
from kentongan.words import say

# What a killed scheduler or worker held is noticed within two minutes, not five (docs/runbook.md); a live task is heard every five seconds.
QUICK_TO_NOTICE = {
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "60",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "120",
}


class AirflowFailed(KentonganError):
    """Airflow did not run, or a task in it failed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DagJob:
    """One run of one DAG. `environment` holds for its tasks, e.g. KENTONGAN_DEMO=1 with a KENTONGAN_VAR of its own."""

    dag_id: str
    conf: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class DagResult:
    dag_id: str
    state: str  # success, failed
    seconds: float
    tasks: tuple[tuple[str, int, str, Any], ...]  # task id, map index (-1 = not mapped), state, what it returned

    @property
    def failed_tasks(self) -> list[str]:
        """Ids of tasks that failed, also where the run itself went on."""
        return sorted({task for task, _, state, _ in self.tasks if state.endswith(("failed", "upstream_failed"))})

    def returned(self, task_prefix: str) -> list[Any]:
        """What the tasks whose id begins so have returned, in order; those that were skipped returned nothing."""
        return [value for task, _, _, value in sorted(self.tasks, key=lambda t: t[:2]) if task.startswith(task_prefix) and value is not None]


def dags_folder() -> Path:
    """The DAG files of this checkout. Raises ConfigError where there are none (an installed wheel has no DAG files)."""
    folder = Path(os.environ.get("KENTONGAN_DAGS") or Path(__file__).resolve().parents[3] / "dags").absolute()
    if not (folder / "collect_mentions.py").is_file():
        raise ConfigError(
            say(
                f"{folder}: tidak ada berkas DAG; tunjuk foldernya dengan KENTONGAN_DAGS",
                f"{folder}: no DAG files; name their folder in KENTONGAN_DAGS",
            )
        )
    return folder


def airflow_environment(settings: Settings, port: int = 8080, host: str = "127.0.0.1") -> dict[str, str]:
    """The environment of every Airflow process: ours, without any other Airflow's settings, with all paths absolute.

    `host` is where its pages listen; in a container that is every interface of the container's own network.
    """
    home = settings.var / "airflow"
    dags = dags_folder()
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "_AIRFLOW"))}
    return {
        **inherited,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",  # Airflow calls `airflow` by name
        "KENTONGAN_VAR": str(settings.var),
        "KENTONGAN_DB": str(settings.database),
        "KENTONGAN_CONFIG": str(settings.config),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(dags.parent / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Asia/Jakarta",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{name}:{role}" for name, role in read_users(settings.users).items()),
        "AIRFLOW__API__DEFAULT_UI_TIMEZONE": "Asia/Jakarta",
        "AIRFLOW__API__INSTANCE_NAME": "Kentongan",
        "AIRFLOW__API__HOST": host,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
        **QUICK_TO_NOTICE,
    }


def prepare_home(settings: Settings) -> Path:
    """The Airflow home, made for this user only: it holds a password and a signing key."""
    home = settings.var / "airflow"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    (home / "logs").mkdir(exist_ok=True)
    return home


def run_dags(settings: Settings, jobs: Sequence[DagJob], *, note: Callable[[str], None], timeout_s: float = 280) -> list[DagResult]:
    """Run these DAGs one after the other through Airflow; returns how each went, in order.

    `note` is told each line of progress as it comes. Airflow's own words go to var/airflow/logs/run.log. All runs end within `timeout_s`.
    Raises AirflowFailed, with the end of that log, when Airflow itself breaks; a failed task is told in the result.
    """
    home = prepare_home(settings)
    log_path = home / "logs" / "run.log"
    results: list[DagResult] = []
    read_end, write_end = os.pipe()
    environment = {**airflow_environment(settings), PROGRESS_FD: str(write_end)}
    order = json.dumps({"dags": str(dags_folder()), "jobs": [asdict(job) for job in jobs]})
    with log_path.open("wb") as log, os.fdopen(read_end, encoding="utf-8") as events:
        try:
            child = subprocess.Popen(  # our own module
                [sys.executable, "-m", "kentongan.pipeline.airflow_support.runner"], stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment,
                pass_fds=(write_end,), start_new_session=True, cwd=home, text=True,
            )  # fmt: skip
        finally:
            os.close(write_end)
        reader = threading.Thread(target=_read_events, args=(events, note, results), daemon=True)
        reader.start()
        try:
            child.communicate(order, timeout=timeout_s)
        except subprocess.TimeoutExpired as exc:
            raise AirflowFailed(
                say(f"Airflow belum selesai dalam {timeout_s:.0f} s; lihat {log_path}", f"Airflow was not done in {timeout_s:.0f} s; see {log_path}")
            ) from exc
        finally:
            stop_sessions([child])
            reader.join(timeout=5)
    if child.returncode or len(results) != len(jobs):
        tail = "\n".join(log_path.read_text(encoding="utf-8", errors="replace").splitlines()[-25:])
        raise AirflowFailed(
            say(
                f"Airflow berhenti (kode {child.returncode}); akhir {log_path}:\n{tail}",
                f"Airflow broke off (code {child.returncode}); the end of {log_path}:\n{tail}",
            )
        )
    return results


def _read_events(events: IO[str], note: Callable[[str], None], results: list[DagResult]) -> None:
    for line in events:
        event = json.loads(line)
        if event.get("stage") == "end":
            tasks = tuple((task, index, state, value) for task, index, state, value in event["tasks"])
            result = DagResult(dag_id=event["dag_id"], state=event["state"].rpartition(".")[2].lower(), seconds=event["seconds"], tasks=tasks)
            results.append(result)
            sign = "✗" if result.state != "success" or result.failed_tasks else "✓"
            note(f"  {sign} {result.dag_id} ({result.seconds:.1f} s)")
        elif event.get("stage") == "start":
            note(f"  ▶ {event['dag_id']}")
        elif event.get("note"):
            note(f"    {event['note']}")


def stop_sessions(children: Sequence[subprocess.Popen[Any]], grace_s: float = 6) -> list[int]:
    """End every process of the children's sessions, gently and then for good; returns the ids of those that had to be killed.

    Airflow's supervisors put each task into a process group of its own, so stopping the group is not enough; a session keeps them all.
    """
    import psutil

    leaders = {child.pid for child in children}

    def members() -> list[psutil.Process]:
        found = []
        for pid in psutil.pids():
            try:
                if os.getsid(pid) in leaders and (process := psutil.Process(pid)).status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
                continue
        return found

    for sign in (signal.SIGTERM, signal.SIGKILL):
        left = members()
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(sign)
        psutil.wait_procs(left, timeout=grace_s)
        if not members():
            break
    for child in children:
        child.wait()
    return [process.pid for process in left] if sign is signal.SIGKILL else []
