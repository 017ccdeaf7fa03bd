"""Detecting on stored counts: the lease, and what a rule counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from kentongan.clock import FixedClock, SystemClock
from kentongan.pipeline.detect import LEASE, LEASE_S, closed_bins, detect
from kentongan.pipeline.wiring import Context, open_context
from kentongan.records import BinCount, Window
from kentongan.settings import Settings, packaged_config
from tests.factories import T0


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Context]:
    """A playback whose clock stands at the end of its stream, with an hour of counts to evaluate."""
    settings = Settings(var=tmp_path, database=tmp_path / "k.db", config=packaged_config())
    with open_context(settings, clock=FixedClock(T0 + timedelta(hours=1)), event_time=True, terminal_only=True) as ctx:
        ctx.state.put_counts([BinCount(agency="pln", start=T0, total=3, negative=1, positive=0, hoax=0)])
        yield ctx


def test_a_playback_that_was_killed_in_the_middle_of_detecting_can_be_run_again(played: Context) -> None:
    played.state.acquire_lease(LEASE, "killed", played.clock.now(), LEASE_S)  # in event time, where "now" never comes to its end
    report = detect(played)
    assert report.skipped == ""
    assert report.bins > 0


def test_a_playback_waits_for_the_lease_of_a_killed_one_to_run_out(played: Context) -> None:
    played.state.acquire_lease(LEASE, "killed", SystemClock().now() - timedelta(seconds=LEASE_S - 1), LEASE_S)
    assert detect(played).skipped == ""


def test_a_live_tick_leaves_the_work_to_whoever_holds_the_lease(played: Context) -> None:
    played.event_time = False
    played.state.acquire_lease(LEASE, "other", played.clock.now(), LEASE_S)
    assert detect(played).skipped != ""


def test_where_every_post_is_counted_there_is_no_total_that_they_are_a_part_of() -> None:
    counts = [BinCount(agency="pln", start=T0, total=3, negative=1, positive=0, hoax=0)]
    hour = Window(start=T0, end=T0 + timedelta(hours=1))
    assert {(b.negative, b.total) for b in closed_bins(counts, "total", hour, set())} == {(3, None), (0, None)}
    assert {(b.negative, b.total) for b in closed_bins(counts, "negative", hour, set())} == {(1, 3), (0, 0)}


def test_a_rule_that_counts_something_else_from_now_on_goes_on(played: Context) -> None:
    detect(played, T0 + timedelta(minutes=30))
    rule = played.config.rules["negative_volume"].model_copy(update={"measure": "total"})
    played.config = played.config.model_copy(update={"rules": {**played.config.rules, "negative_volume": rule}})
    assert detect(played).bins > 0
    assert {mark for _, mark, _ in played.state.detector_states("negative_volume").values()} == {T0 + timedelta(hours=1)}


def test_what_a_clock_that_ran_ahead_left_is_said_until_its_time_has_come(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, database=tmp_path / "k.db", config=packaged_config())
    clock = FixedClock(T0 + timedelta(days=1))
    with open_context(settings, clock=clock, terminal_only=True) as ctx:
        ctx.state.put_counts([BinCount(agency="pln", start=T0, total=3, negative=1, positive=0, hoax=0)])
        assert detect(ctx).ahead is None
        clock.at = T0 + timedelta(hours=2)
        ahead = detect(ctx).ahead
        assert ahead is not None
        assert timedelta(hours=23) < ahead - T0 <= timedelta(days=1)
        clock.at = T0 + timedelta(days=1, minutes=5)
        assert detect(ctx).ahead is None
