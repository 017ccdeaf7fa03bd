"""Monday 07:00 in Jakarta: the numbers of the week before, as a page for the leadership."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import CronTriggerTimetable, dag, task

from kentongan.pipeline.airflow_support import tasks


@dag(
    schedule=CronTriggerTimetable("0 7 * * MON", timezone="Asia/Jakarta"),
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=2),
    tags=["kentongan"],
    doc_md=__doc__,
)
def weekly_digest() -> None:
    @task(retries=3, retry_delay=timedelta(minutes=5), execution_timeout=timedelta(minutes=30))
    def write() -> dict[str, str]:
        return tasks.write_digest()

    write()


weekly_digest()
