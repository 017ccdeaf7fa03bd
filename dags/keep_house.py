"""Every night: retention, new scorer versions, new aliases, and Airflow's own old records."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import CronTriggerTimetable, dag, task

from kentongan.pipeline.airflow_support import tasks


@dag(
    schedule=CronTriggerTimetable("30 2 * * *", timezone="Asia/Jakarta"),
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    tags=["kentongan"],
    doc_md=__doc__,
)
def keep_house() -> None:
    @task(retries=2, retry_delay=timedelta(minutes=5), execution_timeout=timedelta(hours=2))
    def keep() -> dict[str, int]:
        return tasks.keep_house()

    keep()


keep_house()
