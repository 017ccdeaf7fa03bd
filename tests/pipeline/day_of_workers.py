"""A simulated day of two workers, one of them killed (-9) again and again in the middle of a tick. Minutes long, so not part of the suite:

make test-workers
"""

from __future__ import annotations

import os
import random
from datetime import timedelta

import pytest

from kentongan.clock import parse_time
from kentongan.simulation import simulate, truth
from tests.pipeline.conftest import House
from tests.pipeline.workers import TICK, require_the_same, run, ticks_until


@pytest.mark.postgres
@pytest.mark.elasticsearch
@pytest.mark.timeout(1500)
def test_a_day_of_crisis_with_two_workers_that_are_killed_again_and_again(house: House, postgres_url: str, elasticsearch_server: str) -> None:
    start = parse_time(next(event for event in truth(weeks=1)["events"] if event["kind"] == "crisis")["start"]) - timedelta(hours=6)
    end = start + timedelta(days=1)
    rows = [{**row, "tags": []} for row in simulate(weeks=1) if start <= parse_time(row["published_at"]) < end - TICK]
    ticks = ticks_until(start, end)
    rng = random.Random(1)
    kill = {number: rng.uniform(0.01, 0.6) for number in range(20, len(ticks) - 12, 12)}
    one = run(house, rows, ticks, workers=1, postgres=postgres_url, elastic=elasticsearch_server)
    two = run(house, rows, ticks, workers=2, postgres=postgres_url, elastic=elasticsearch_server, kill=kill)
    require_the_same(two, one)
    done = f"{len(ticks)} ticks, {two.mentions} mentions, {len(two.alerts)} alerts, {len(two.posted)} messages, {len(kill)} kills"
    print(f"\n{done}, {os.cpu_count()} cores")  # noqa: T201  # for who runs it
