"""The chain through real Airflow: `dag.test()` on the real DAG files, one subprocess for all runs of this page."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kentongan.pipeline.airflow_support import AirflowFailed, DagJob, DagResult, run_dags
from kentongan.pipeline.wiring import open_context
from kentongan.ports import MentionQuery, ScoreRequest
from kentongan.settings import Settings
from tests.dags.conftest import POSTS, install, write_config

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
CHAIN = ("collect_mentions", "refresh_fact_checks", "detect_and_alert", "weekly_digest", "keep_house")


@dataclass(kw_only=True)
class Runs:
    settings: Settings
    chain: list[DagResult]
    again: DagResult
    source_down: DagResult
    wrong_config: DagResult
    notes: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """The five DAGs, a second round of listening, one with a source that is down, one with a wrong configuration."""
    folder = tmp_path_factory.mktemp("runs")
    settings = install(folder)
    down = write_config(folder / "down", "/nowhere/posts.jsonl")
    wrong = write_config(folder / "wrong", "/nowhere/posts.jsonl")
    (wrong / "agencies" / "pln.yml").write_text("nama: PLN\n", encoding="utf-8")  # a key that does not exist
    elsewhere = {"KENTONGAN_VAR": str(folder / "elsewhere"), "KENTONGAN_DB": str(folder / "elsewhere.db")}
    notes: list[str] = []
    jobs = [
        *(DagJob(dag_id=dag_id) for dag_id in CHAIN),
        DagJob(dag_id="collect_mentions", conf={"together": True}),
        DagJob(dag_id="collect_mentions", environment={**elsewhere, "KENTONGAN_CONFIG": str(down)}),
        DagJob(dag_id="keep_house", environment={**elsewhere, "KENTONGAN_CONFIG": str(wrong)}),
    ]
    *chain, again, source_down, wrong_config = run_dags(settings, jobs, note=notes.append)
    return Runs(settings=settings, chain=chain, again=again, source_down=source_down, wrong_config=wrong_config, notes=notes)


def test_the_five_dags_carry_a_post_from_its_source_to_the_digest(runs: Runs) -> None:
    assert [(run.dag_id, run.state, run.failed_tasks) for run in runs.chain] == [(dag_id, "success", []) for dag_id in CHAIN]
    collected = runs.chain[0].returned("collect_web")
    assert [(counts["collected"], counts["attributed"], counts["new"], counts["failures"]) for counts in collected] == [(3, 2, 2, {})]
    assert runs.chain[2].returned("detect")[0]["bins"] > 0
    assert Path(runs.chain[3].returned("write")[0]["path"]).is_file()


def test_airflow_gives_a_text_the_score_that_the_scorer_gives_it_here(runs: Runs) -> None:
    with open_context(runs.settings) as ctx:
        stored = list(ctx.mentions.scan(MentionQuery()))
        assert sorted(one.mention.text for one in stored) == sorted(POSTS[:2])
        for one in stored:
            here = ctx.scorer.score([ScoreRequest(text=one.mention.text, agencies=one.mention.agencies)])[0]
            assert (one.score.sentiment, one.score.scorer_version) == (here.sentiment, here.scorer_version)
            assert one.score.sentiment_by_agency == here.sentiment_by_agency


def test_a_second_round_adds_nothing(runs: Runs) -> None:
    assert (runs.again.state, sum(counts["new"] for counts in runs.again.returned("collect_web"))) == ("success", 0)
    with open_context(runs.settings) as ctx:
        assert ctx.mentions.count() == 2


def test_progress_names_each_dag_as_it_goes(runs: Runs) -> None:
    assert [dag_id for dag_id in CHAIN if not any(dag_id in line for line in runs.notes)] == []


def test_a_source_that_is_down_is_named_and_the_round_goes_on(runs: Runs) -> None:
    assert (runs.source_down.state, runs.source_down.failed_tasks) == ("success", [])
    assert [list(counts["failures"]) for counts in runs.source_down.returned("collect_web")] == [["rekaman"]]


def test_a_wrong_configuration_fails_the_task_and_is_told_with_file_and_key(runs: Runs) -> None:
    assert (runs.wrong_config.state, runs.wrong_config.failed_tasks) == ("failed", ["keep"])
    assert any("pln.yml" in line and "nama" in line for line in runs.notes)


def test_a_dag_file_that_cannot_be_loaded_stops_the_run_with_its_name(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "dags"
    broken.mkdir()
    (broken / "collect_mentions.py").write_text("import no_such_module  # airflow dag\n", encoding="utf-8")
    monkeypatch.setenv("KENTONGAN_DAGS", str(broken))

    with pytest.raises(AirflowFailed, match=r"collect_mentions\.py"):
        run_dags(settings, [DagJob(dag_id="collect_mentions")], note=lambda line: None)


def test_a_run_that_takes_too_long_is_ended(settings: Settings) -> None:
    with pytest.raises(AirflowFailed, match=r"run\.log"):
        run_dags(settings, [DagJob(dag_id="keep_house")], note=lambda line: None, timeout_s=0.5)
