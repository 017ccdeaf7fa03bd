"""Every five minutes: plan the sources that are due, poll them side by side, tell the asset `mentions`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, dag, task

from kentongan.pipeline.airflow_support import tasks

MENTIONS = Asset("mentions")


@dag(
    schedule="*/5 * * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Jakarta"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(minutes=15),
    tags=["kentongan"],
    doc_md=__doc__,
)
def collect_mentions() -> None:
    @task(retries=2, retry_delay=timedelta(seconds=20), execution_timeout=timedelta(minutes=1))
    def plan(lane: str) -> list[list[str]]:
        return tasks.plan_sources(lane)

    @task(retries=0, execution_timeout=timedelta(minutes=4))  # back-off lives in the cursor: one bad host never holds a tick
    def collect(sources: list[str]) -> dict[str, Any]:
        return tasks.collect_sources(sources)

    @task(trigger_rule="all_done", outlets=[MENTIONS], retries=2, retry_delay=timedelta(seconds=20), execution_timeout=timedelta(minutes=2))
    def close() -> dict[str, Any]:
        return tasks.close_round()

    closing = close()
    for lane in tasks.LANES:
        due = plan.override(task_id=f"plan_{lane}")(lane)
        collect.override(task_id=f"collect_{lane}", pool=tasks.pool_of(lane)).expand(sources=due) >> closing


collect_mentions()
