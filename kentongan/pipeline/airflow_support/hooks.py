"""What the Airflow plugin calls: pools, trouble told to operations, Airflow's own old records."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from kentongan.pipeline.airflow_support.tasks import LANES, pool_of

log = logging.getLogger(__name__)


def ensure_pools() -> None:
    """Make the pools that are missing; those that an administrator has resized stay as they are."""
    from airflow.models.pool import Pool
    from airflow.utils.session import create_session

    with create_session() as session:
        for lane, slots in LANES.items():
            if Pool.get_pool(pool_of(lane), session=session) is None:
                Pool.create_or_update_pool(pool_of(lane), slots, f"Kentongan: {lane}", include_deferred=False, session=session)


def tell_task_failed(dag_id: str, task_id: str, run_id: str, state: str, error: object) -> bool:
    """Tell operations that a task failed for good; a try that will be repeated is no news. Returns whether it was told."""
    if state.rpartition(".")[2].lower() != "failed":
        return False
    what = str(error) or type(error).__name__
    tell_operations(f"{dag_id}.{task_id.partition('_')[0]}", f"{task_id}: {what}", run_id)  # the lanes of one step are one trouble
    return True


def tell_operations(subject: str, what: str, run_id: str) -> None:
    """One message to the operations channel: trouble of the pipeline itself never goes to an agency. Also when the store is what is out of reach."""
    from kentongan.errors import StoreError
    from kentongan.pipeline.demo import open_job_context
    from kentongan.pipeline.receivers import tell_operations as tell
    from kentongan.pipeline.receivers import tell_without_store
    from kentongan.settings import read_settings

    try:
        with open_job_context() as ctx:
            tell(ctx, subject, f"{what} ({run_id})")
    except StoreError:
        settings = read_settings()
        with (settings.var / "terminal.txt").open("a", encoding="utf-8") as stream:
            tell_without_store(settings, subject, f"{what} ({run_id})", stream)


def clean_airflow(days: int = 30) -> threading.Thread:
    """Drop what Airflow itself remembers of runs older than `days`, and their logs, beside the scheduler (a task may not touch that database)."""
    from airflow.configuration import conf

    def clean() -> None:
        before = datetime.fromtimestamp(oldest, UTC).isoformat()
        command = [sys.executable, "-m", "airflow", "db", "clean", "--clean-before-timestamp", before, "--skip-archive", "--yes"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=3600, check=False)  # noqa: S603  # fixed words and a date
        log.info("airflow db clean before=%s code=%d", before, done.returncode)
        for path in logs.rglob("*.log"):
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    oldest = time.time() - days * 86400
    logs = Path(conf.get("logging", "base_log_folder"))
    thread = threading.Thread(target=clean, name="clean-airflow", daemon=True)
    thread.start()
    return thread
