"""What the plugin's hooks do, without Airflow: trouble is told once, to operations, and a retry is no trouble."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kentongan.clock import FixedClock
from kentongan.errors import StoreError
from kentongan.pipeline.airflow_support.hooks import tell_task_failed
from kentongan.pipeline.airflow_support.tasks import LANES, LAST_DETECTION, detection_is_late, lane_of, tell_clock_leapt, tell_clock_ran_ahead
from kentongan.pipeline.wiring import open_context
from kentongan.settings import Settings

MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def installed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The hooks run in Airflow's processes, which find the installation in their environment."""
    monkeypatch.setenv("KENTONGAN_VAR", str(settings.var))
    monkeypatch.setenv("KENTONGAN_CONFIG", str(settings.config))
    monkeypatch.delenv("KENTONGAN_DB", raising=False)
    return settings


def told(settings: Settings) -> str:
    path = settings.var / "terminal.txt"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_a_task_that_will_be_tried_again_is_no_news(installed: Settings) -> None:
    assert not tell_task_failed("keep_house", "keep", "run-1", "up_for_retry", RuntimeError("disk is full"))
    assert told(installed) == ""


def test_a_task_that_failed_for_good_is_told_to_operations_with_its_reason(installed: Settings) -> None:
    assert tell_task_failed("keep_house", "keep", "run-1", "TaskInstanceState.FAILED", RuntimeError("disk is full"))
    assert "keep_house" in told(installed)
    assert "disk is full" in told(installed)


def test_a_store_that_is_out_of_reach_is_told_once_whatever_fails_on_it(installed: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_STATE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    for task in ("detect", "collect_other", "keep"):
        assert tell_task_failed("any", task, "run-1", "failed", StoreError("connection refused"))
    assert told(installed).count("GANGGUAN KENTONGAN") == 1
    assert "penyimpanan tidak terjangkau" in told(installed)


def test_the_lanes_of_one_step_are_one_trouble(installed: Settings) -> None:
    for lane in LANES:
        tell_task_failed("collect_mentions", f"plan_{lane}", "run-1", "failed", RuntimeError("the configuration is wrong"))
    assert told(installed).count("the configuration is wrong") == 1


def test_detection_that_stands_still_while_listening_goes_on_is_told(installed: Settings) -> None:
    clock = FixedClock(MORNING)
    with open_context(installed, clock=clock) as ctx:
        ctx.state.set_meta(LAST_DETECTION, MORNING.isoformat())
        late = []
        for _ in range(5):
            clock.advance(timedelta(minutes=5))
            late.append(detection_is_late(ctx))
    assert late == [False, False, False, True, True]


def test_the_first_round_after_a_downtime_is_no_trouble(installed: Settings) -> None:
    clock = FixedClock(MORNING)
    with open_context(installed, clock=clock) as ctx:
        ctx.state.set_meta(LAST_DETECTION, MORNING.isoformat())
        assert not detection_is_late(ctx)
        clock.advance(timedelta(days=1))
        assert not detection_is_late(ctx)


def test_a_clock_that_ran_ahead_is_told_once_with_the_time_it_waits_for(installed: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with open_context(installed, clock=FixedClock(MORNING)) as ctx:
        for _ in range(2):
            tell_clock_ran_ahead(ctx, MORNING + timedelta(days=1))
    assert capsys.readouterr().out.count("jam mesin ini pernah maju") == 1


def test_a_platform_without_a_lane_of_its_own_takes_the_common_one() -> None:
    assert [lane_of("telegram"), lane_of("lemmy")] == ["telegram", "other"]


def test_a_clock_that_leapt_is_told_with_its_days(installed: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with open_context(installed, clock=FixedClock(MORNING)) as ctx:
        tell_clock_leapt(ctx, 90)
    assert "jam maju 90 hari" in capsys.readouterr().out
