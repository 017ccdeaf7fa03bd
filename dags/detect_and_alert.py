"""After each round of listening, and every five minutes so that silence is noticed: evaluate closed bins, open alerts, deliver."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from kentongan.pipeline.airflow_support import tasks


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("2-59/5 * * * *", timezone="Asia/Jakarta"), assets=Asset("mentions")),
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=30),
    tags=["kentongan"],
    doc_md=__doc__,
)
def detect_and_alert() -> None:
    @task(retries=3, retry_delay=timedelta(seconds=20), retry_exponential_backoff=True, execution_timeout=timedelta(minutes=25))
    def detect() -> dict[str, Any]:
        return tasks.detect_and_alert()

    detect()


detect_and_alert()
