"""A run whose parent is killed ends as well, and what was not heard yet is not evaluated."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from kentongan.clock import FixedClock
from kentongan.pipeline.absorb import Heard, absorb
from kentongan.pipeline.demo import SOURCE, heard_until
from kentongan.pipeline.wiring import open_context
from kentongan.records import Category, Post
from kentongan.settings import Settings, packaged_config
from tests.factories import T0

DEMO = {"KENTONGAN_DEMO": "1"}


@pytest.mark.airflow
def test_a_run_that_nobody_waits_for_any_more_ends_by_itself(settings: Settings) -> None:
    environment = {**os.environ, "KENTONGAN_VAR": str(settings.var), "KENTONGAN_CONFIG": str(settings.config)}
    parent = subprocess.Popen(
        [sys.executable, "-m", "kentongan.pipeline.cli", "run", "--demo"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    children: list[psutil.Process] = []
    until = time.monotonic() + 60
    while not children and time.monotonic() < until:
        children = [c for c in psutil.Process(parent.pid).children() if "airflow_support.runner" in " ".join(c.cmdline())]
        time.sleep(0.1)
    time.sleep(2)  # until it watches
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(children, timeout=30)
    for left in alive:
        left.kill()
    assert children
    assert alive == []


def test_a_stream_that_was_not_read_to_its_end_is_evaluated_up_to_its_newest_mention(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, database=tmp_path / "k.db", config=packaged_config())
    with open_context(settings, clock=FixedClock(T0 + timedelta(days=21)), event_time=True, simulated=True, terminal_only=True) as ctx:
        assert heard_until(ctx, DEMO) == datetime.fromtimestamp(0, UTC)
        post = Post(platform="x", native_id="1", published_at=T0 + timedelta(hours=3), text="PLN padam lagi")
        absorb(ctx, [Heard(post=post, source=SOURCE, category=Category.MICROBLOG)])
        assert heard_until(ctx, DEMO) == T0 + timedelta(hours=3)
        assert heard_until(ctx, {}) is None
        ctx.state.save_cursor(replace(ctx.state.cursor(SOURCE), polled_at=T0 + timedelta(days=21)))
        assert heard_until(ctx, DEMO) is None
