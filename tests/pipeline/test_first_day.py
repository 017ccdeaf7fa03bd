"""The first hours of an agency: what came before its first mention is unknown, not quiet."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from kentongan.clock import BIN, FixedClock
from kentongan.pipeline.detect import detect
from kentongan.pipeline.wiring import open_context
from kentongan.records import BinCount
from kentongan.settings import Settings, packaged_config
from tests.factories import T0


@pytest.mark.parametrize("per_hour", [60, 200, 1200])
@pytest.mark.parametrize("begins_h", [0, 5, 13])
def test_a_busy_agency_that_is_new_is_no_crisis(tmp_path: Path, per_hour: int, begins_h: int) -> None:
    rng = np.random.default_rng(per_hour + begins_h)
    start, bins = T0 + timedelta(hours=begins_h), 18 * 12
    counts = [
        BinCount(agency="pln", start=start + n * BIN, total=int(negative + others), negative=int(negative), positive=0, hoax=0)
        for n, (negative, others) in enumerate(zip(rng.poisson(per_hour * 0.3 / 12, bins), rng.poisson(per_hour * 0.7 / 12, bins), strict=True))
    ]
    clock = FixedClock(start + bins * BIN)
    settings = Settings(var=tmp_path, database=tmp_path / "k.db", config=packaged_config())
    with open_context(settings, clock=clock, event_time=True, terminal_only=True, stream=io.StringIO()) as ctx:
        ctx.state.put_counts(counts)
        report = detect(ctx, clock.now())
        assert report.bins >= bins
        assert report.opened == report.withheld == []  # not even an alert that is held back for want of stored mentions
