"""The same chain on each pair of homes: what is heard at one end comes out as an alert at the other."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kentongan.clock import FixedClock
from kentongan.pipeline.replay import replay_file
from kentongan.pipeline.wiring import open_context
from kentongan.settings import Settings
from kentongan.simulation import simulate


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two of the ten agencies: the one in crisis and a calm one."""
    path = tmp_path_factory.mktemp("stream") / "stream.jsonl"
    rows = [row for row in simulate() if "PLN" in row["text"] or "BMKG" in row["text"]]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_the_crisis_is_told_once_on_every_home(homes: Settings, stream: Path) -> None:
    said, clock = io.StringIO(), FixedClock(datetime(1970, 1, 1, tzinfo=UTC))
    with open_context(homes, clock=clock, event_time=True, terminal_only=True, stream=said) as ctx:
        report = replay_file(ctx, stream, clock, source="simulasi")
        assert report.absorbed.new == ctx.mentions.count() == report.absorbed.scored
        assert {(a.agency, a.rule) for a in ctx.state.alerts()} == {("pln", "negative_volume")}
        assert {d.outcome for d in ctx.state.deliveries()} == {"sent"}
        again = replay_file(ctx, stream, clock, source="simulasi")
        assert (again.absorbed.new, again.detected.notices) == (0, 0)
    assert said.getvalue().count("keluhan dan sebutan negatif melonjak") == 1
