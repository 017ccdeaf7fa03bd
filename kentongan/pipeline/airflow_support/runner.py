"""The subprocess of home.run_dags: reads jobs from standard input, runs real DAG files in this process, writes events to the pipe."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from kentongan.pipeline.airflow_support.hooks import ensure_pools
from kentongan.pipeline.airflow_support.progress import emit


def _run_jobs(dags_folder: str, jobs: list[dict[str, Any]]) -> None:
    """Run real DAG files one after the other in this process: Airflow's seven seconds of start-up are paid once."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.utils import db

    db.upgradedb()
    ensure_pools()
    bag = DagBag(dag_folder=dags_folder)
    if bag.import_errors:
        raise SystemExit("\n".join(f"{path}: {error}" for path, error in bag.import_errors.items()))
    for job in jobs:
        before = dict(os.environ)
        os.environ.update(job["environment"])
        began = time.monotonic()
        emit({"stage": "start", "dag_id": job["dag_id"]})
        try:
            run = _without_retries(bag.dags[job["dag_id"]]).test(run_conf=job["conf"])
            tasks = [
                (ti.task_id, ti.map_index, str(ti.state), ti.xcom_pull(task_ids=ti.task_id, map_indexes=ti.map_index))
                for ti in run.get_task_instances()
            ]
        finally:
            os.environ.clear()
            os.environ.update(before)
        emit({"stage": "end", "dag_id": job["dag_id"], "state": str(run.state), "seconds": time.monotonic() - began, "tasks": tasks})


def _without_retries(dag: Any) -> Any:
    """The DAG for a run that somebody waits for: a failure is told at once."""
    for task in dag.tasks:
        getattr(task, "partial_kwargs", {}).update(retries=0)
        if not task.is_mapped:
            task.retries = 0
    return dag


def _end_with(parent: int) -> None:
    """Watch for the end of the process that ordered the runs, and end this whole session then: a run that nobody waits for any more would
    work on beside the next one, and take its sources away."""
    while os.getppid() == parent:
        time.sleep(0.5)
    import psutil

    for pid in psutil.pids():
        with suppress(OSError):
            if pid != os.getpid() and os.getsid(pid) == os.getsid(0):
                os.kill(pid, signal.SIGKILL)
    os._exit(1)


def main(read: Callable[[], str] = sys.stdin.read) -> None:
    """Entry point of the subprocess; the jobs come as JSON on standard input."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    order = json.loads(read())
    _run_jobs(order["dags"], order["jobs"])


if __name__ == "__main__":
    main()
