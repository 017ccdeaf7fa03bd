"""Two workers race through an hour and a half: what they leave behind is what one worker alone leaves. A whole day: `make test-workers`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import T0
from tests.pipeline.conftest import House
from tests.pipeline.workers import require_the_same, run, ticks_until


@pytest.mark.postgres
def test_two_workers_racing_leave_what_one_leaves(house: House, postgres_url: str) -> None:
    angry = [
        {
            "id": f"r{n}",
            "published_at": (T0 + timedelta(seconds=40 * n)).isoformat(),
            "text": f"listrik PLN mati lagi di rumah nomor {n}",
            "author": f"w{n}",
        }
        for n in range(90)
    ]
    ticks = ticks_until(T0, T0 + timedelta(minutes=90))[::2]
    one = run(house, angry, ticks, workers=1, postgres=postgres_url)
    two = run(house, angry, ticks, workers=2, postgres=postgres_url)
    require_the_same(two, one)
    assert one.mentions == len(angry)
