"""The weekly digest through real Airflow: the page is written whatever the receiver does, and the next run tells what was not told."""

from __future__ import annotations

from pathlib import Path

import pytest

from kentongan.pipeline.airflow_support import DagJob, run_dags
from tests.dags.conftest import install
from tests.servers.slack import TOKEN, Answer, SlackServer

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


def test_a_receiver_that_is_down_costs_no_page_and_is_told_by_the_next_run_once(tmp_path: Path) -> None:
    settings = install(tmp_path)
    (settings.config / "receivers.yml").write_text('receivers: {slack: {kind: slack}}\nleadership: ["slack:#pimpinan"]\n', encoding="utf-8")
    with SlackServer(channels=("pimpinan",)) as slack:
        slack.misbehave("chat.postMessage", Answer(503, body="down"))
        slacked = {"SLACK_BOT_TOKEN": TOKEN, "SLACK_BASE_URL": slack.url}
        down, told, again = run_dags(settings, [DagJob(dag_id="weekly_digest", environment=slacked)] * 3, note=lambda line: None)
        messages = slack.channel("#pimpinan").messages
    assert (down.state, down.failed_tasks, len(list((settings.var / "digests").glob("*.html")))) == ("failed", ["write"], 1)
    assert [run.returned("write")[0]["slack:#pimpinan"] for run in (told, again)] == ["sent", "already"]
    assert len(messages) == 1
