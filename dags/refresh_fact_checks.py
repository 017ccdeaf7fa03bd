"""Every hour: read the fact-checkers, and score recent mentions again where they brought something new."""

from __future__ import annotations

from datetime import timedelta

import pendulum
from airflow.sdk import dag, task

from kentongan.pipeline.airflow_support import tasks


@dag(
    schedule="17 * * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=55),
    tags=["kentongan"],
    doc_md=__doc__,
)
def refresh_fact_checks() -> None:
    @task(retries=2, retry_delay=timedelta(minutes=2), execution_timeout=timedelta(minutes=20))
    def refresh() -> dict[str, int]:
        return tasks.refresh_fact_checks()

    refresh()


refresh_fact_checks()
