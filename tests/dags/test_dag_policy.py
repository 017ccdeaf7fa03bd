"""Laws that every DAG file keeps."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kentongan.pipeline.airflow_support.tasks import LANES, pool_of

pytestmark = pytest.mark.airflow
ROOT = Path(__file__).resolve().parents[2]
DAG_IDS = {"collect_mentions", "detect_and_alert", "refresh_fact_checks", "weekly_digest", "keep_house"}
HEAVY = (
    "numpy",
    "numba",
    "pandas",
    "matplotlib",
    "elasticsearch",
    "slack_sdk",
    "snscrape",
    "textblob",
    "kentongan.scoring",
    "kentongan.store",
    "alerts",
    "listeners",
)


def test_the_folder_holds_exactly_the_five_dags_and_no_error(seen: dict[str, Any]) -> None:
    assert seen["import_errors"] == {}
    assert set(seen["dags"]) == DAG_IDS
    assert {path.stem for path in (ROOT / "dags").glob("*.py")} == DAG_IDS


def test_a_wrong_folder_is_told_apart_from_the_right_one(describe: Callable[[Path], dict[str, Any]], tmp_path: Path) -> None:
    # Airflow reports no error for it: only the set of ids shows that nothing was loaded.
    assert describe(tmp_path / "nowhere")["dags"] == {}


def test_no_run_overlaps_another_of_its_kind_or_catches_up_on_missed_ones(seen: dict[str, Any]) -> None:
    assert {dag_id: (dag["max_active_runs"], dag["catchup"]) for dag_id, dag in seen["dags"].items()} == dict.fromkeys(DAG_IDS, (1, False))


def test_every_task_and_every_run_has_an_end(seen: dict[str, Any]) -> None:
    for dag_id, dag in seen["dags"].items():
        assert dag["run_timeout_s"], dag_id
        assert dag["tasks"], dag_id
        for task_id, task in dag["tasks"].items():
            assert 0 < task["timeout_s"] <= dag["run_timeout_s"], f"{dag_id}.{task_id}"


def test_collecting_is_not_retried_by_airflow_and_ends_within_four_minutes(seen: dict[str, Any]) -> None:
    collecting = {name: task for name, task in seen["dags"]["collect_mentions"]["tasks"].items() if name.startswith("collect_")}
    assert {name: (task["retries"], task["timeout_s"], task["pool"]) for name, task in collecting.items()} == {
        f"collect_{lane}": (0, 240, pool_of(lane)) for lane in LANES
    }


def test_other_tasks_are_retried(seen: dict[str, Any]) -> None:
    others = [task["retries"] for dag in seen["dags"].values() for name, task in dag["tasks"].items() if not name.startswith("collect_")]
    assert len(others) == len(LANES) + 5
    assert min(others) >= 1


def test_the_closing_task_runs_whatever_became_of_the_sources_and_tells_the_asset(seen: dict[str, Any]) -> None:
    close = seen["dags"]["collect_mentions"]["tasks"]["close"]
    assert (close["trigger_rule"], close["outlets"], close["upstream"]) == ("all_done", ["mentions"], sorted(f"collect_{lane}" for lane in LANES))


def test_the_digest_is_due_on_monday_at_seven_in_jakarta(seen: dict[str, Any]) -> None:
    digest = seen["dags"]["weekly_digest"]
    assert (digest["expression"], digest["zone"]) == ("0 7 * * MON", "Asia/Jakarta")


def test_parsing_a_dag_file_imports_nothing_heavy(seen: dict[str, Any]) -> None:
    assert any(name == "kentongan.pipeline.airflow_support.tasks" for name in seen["imported"])
    assert [name for name in seen["imported"] if name.startswith(tuple(f"{heavy}." for heavy in HEAVY)) or name in HEAVY] == []


@pytest.mark.parametrize("dag_id", sorted(DAG_IDS))
def test_a_dag_file_is_schedule_and_calls(dag_id: str) -> None:
    assert len((ROOT / "dags" / f"{dag_id}.py").read_text(encoding="utf-8").splitlines()) <= 60


def test_the_plugin_folder_holds_one_file_of_a_name_that_shadows_nothing() -> None:
    files = [path for path in (ROOT / "plugins").rglob("*") if "__pycache__" not in path.parts]
    assert [path.name for path in files] == ["kentongan_airflow_plugin.py"]


def test_importing_the_airflow_package_of_ours_does_not_import_airflow() -> None:
    code = "import sys, kentongan.pipeline.airflow_support.tasks, kentongan.pipeline.airflow_support.service; print('airflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
