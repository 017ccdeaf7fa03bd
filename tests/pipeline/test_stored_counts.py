"""The stored history as a backtest sees it: what the live detector saw, from where it began."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from alerts import detector_kernel as kernel
from alerts.backtest import backtest
from alerts.detector_state import BINS_SEEN, HEAD_SIZE, HEADER
from kentongan.clock import BIN, FixedClock
from kentongan.pipeline.detect import detect
from kentongan.pipeline.stored_counts import stored_series
from kentongan.pipeline.wiring import Context, open_context
from kentongan.records import BinCount, Cursor, Window
from kentongan.settings import Settings, packaged_config
from tests.alerts.streams import MONDAY, add, calm
from tests.factories import mention

RULE = "negative_volume"
FIRST_H = 14.0  # hours after Monday's midnight: the first post


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    settings = Settings(var=tmp_path, database=tmp_path / "k.db", config=packaged_config())
    with open_context(settings, clock=FixedClock(MONDAY), terminal_only=True) as opened:
        yield opened


def count_days(ctx: Context, days: int = 9) -> datetime:
    """Nine calm days that begin in the middle of one, and a crisis on the last; returns their end."""
    stream = calm(days, seed=3)
    add(stream.negative, (days - 1) * 24 + 10.0, 5, 40)
    counted = [
        BinCount(agency="pln", start=MONDAY + n * BIN, total=int(x + o), negative=int(x), positive=0, hoax=0)
        for n, (x, o) in enumerate(zip(stream.negative, stream.others, strict=True))
        if n >= FIRST_H * 12 and x + o
    ]
    ctx.state.put_counts(counted)
    return MONDAY + timedelta(days=days)


@pytest.mark.parametrize("measure", ["negative", "total"])
def test_a_backtest_of_the_stored_history_says_what_the_live_detector_said(ctx: Context, measure: str) -> None:
    rule = ctx.config.rules[RULE].model_copy(update={"measure": measure})
    ctx.config = ctx.config.model_copy(update={"rules": {RULE: rule}})
    end = count_days(ctx)
    for day in range(10):
        ctx.clock = FixedClock(MONDAY + timedelta(days=day, hours=9))
        detect(ctx)
    (series,) = stored_series(ctx, RULE)
    course = backtest(series, rule, ctx.config.policy).course
    seen = {int(e.bin_start.timestamp()): e for e in ctx.state.evaluations("pln", RULE, Window(start=MONDAY, end=end))}
    same = [(seen[int(at)], row) for at, row in zip(course.start_s, course.table, strict=True) if int(at) in seen]
    assert len(same) > 24
    assert all(e.bin_expected == pytest.approx(row[kernel.BIN_EXPECTED]) for e, row in same)
    assert all([e.observed, e.expected] == pytest.approx([row[kernel.OBSERVED], row[kernel.USUAL]]) for e, row in same)
    assert sum(e.chance_weeks is not None and e.chance_weeks > 10 for e, _ in same) > 0


@pytest.mark.parametrize("broken", [b"KTGD", b"KTGD\x63" + b"\0" * 400, b"?" * 41980])
def test_a_broken_state_is_made_again_and_keeps_no_other_agency_from_being_watched(ctx: Context, broken: bytes) -> None:
    end = count_days(ctx)
    ctx.state.put_counts([BinCount(agency="polri", start=MONDAY, total=1, negative=0, positive=0, hoax=0)])
    ctx.clock = FixedClock(end - timedelta(days=1))
    detect(ctx)
    good, mark, version = ctx.state.detector_state("pln", RULE)
    assert mark is not None
    ctx.state.save_detector_state("pln", RULE, broken, mark, version)
    ctx.clock = FixedClock(end - timedelta(days=1) + timedelta(minutes=5))
    assert detect(ctx).bins == 4
    again, _, _ = ctx.state.detector_state("pln", RULE)
    polri, later, _ = ctx.state.detector_state("polri", RULE)
    assert later == mark + BIN
    assert len(again) == len(good) == len(polri)
    head = np.frombuffer(again, np.float64, HEAD_SIZE, HEADER.size)
    assert head[BINS_SEEN] == np.frombuffer(good, np.float64, HEAD_SIZE, HEADER.size)[BINS_SEEN] + 1  # nothing is forgotten


def heard(ctx: Context, *, fresh_from: int) -> None:
    """Thirty posts, one every two days; those before `fresh_from` were brought by the first poll, the others when they were published."""
    begun = MONDAY + timedelta(days=2 * fresh_from)
    for n in range(30):
        at = MONDAY + timedelta(days=2 * n)
        found = mention(native_id=f"old{n}", published_at=at, collected_at=max(at + timedelta(minutes=4), begun))
        ctx.mentions.save([found], begun)
        ctx.state.put_counts([BinCount(agency="pln", start=at, total=1, negative=1, positive=0, hoax=0)])
    ctx.state.save_cursor(replace(Cursor(source="feed"), polled_at=begun))


def test_what_a_first_poll_brings_of_older_posts_is_no_history(ctx: Context) -> None:
    """Otherwise weeks of next to nothing come before the first day, and the first day is a crisis."""
    heard(ctx, fresh_from=20)
    ctx.clock = FixedClock(MONDAY + timedelta(days=60))
    report = detect(ctx)
    assert report.bins == 2 * (20 * 288 - 3)  # both rules, from the twenty-first post to what has settled
    assert {datetime.fromtimestamp(series.first_s, MONDAY.tzinfo) for series in stored_series(ctx, RULE)} == {MONDAY + timedelta(days=40)}


def test_where_all_posts_are_old_the_history_begins_now(ctx: Context) -> None:
    heard(ctx, fresh_from=40)
    ctx.clock = FixedClock(MONDAY + timedelta(days=80))
    assert detect(ctx).bins == 2
    assert detect(ctx).bins == 0
    ctx.clock = FixedClock(MONDAY + timedelta(days=80, minutes=10))
    assert detect(ctx).bins == 4
