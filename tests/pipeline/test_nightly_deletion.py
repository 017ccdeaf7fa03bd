"""What is older than the retention goes at night, but not in the night after a leap of the clock."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

from kentongan.clock import FixedClock
from kentongan.pipeline.housekeeping import LEAP, RETENTION, keep_house
from kentongan.pipeline.wiring import open_context
from kentongan.settings import Settings, packaged_config
from tests.factories import T0, mention

NIGHT = timedelta(days=1)


def test_a_clock_that_leapt_deletes_nothing_in_its_first_night(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, database=tmp_path / "k.db", config=packaged_config())
    clock = FixedClock(T0 + NIGHT)
    with open_context(settings, clock=clock, terminal_only=True, stream=io.StringIO()) as ctx:
        ctx.mentions.save([mention(native_id="kept")], T0)
        assert keep_house(ctx)["purged"] == 0
        clock.advance(RETENTION)
        wrong = keep_house(ctx)
        assert (wrong["purged"], wrong["leapt"]) == (0, RETENTION.days)
        clock.advance(NIGHT)
        after = keep_house(ctx)
        assert (after["purged"], "leapt" in after) == (1, False)


def test_a_clock_set_right_again_has_lost_nothing_and_old_data_goes_on_time(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, database=tmp_path / "k.db", config=packaged_config())
    clock = FixedClock(T0 + NIGHT)
    with open_context(settings, clock=clock, terminal_only=True, stream=io.StringIO()) as ctx:
        ctx.mentions.save([mention(native_id="kept")], T0)
        keep_house(ctx)
        clock.advance(2 * RETENTION)
        keep_house(ctx)
        clock.advance(NIGHT - 2 * RETENTION)
        assert "leapt" not in keep_house(ctx)
        while clock.now() + LEAP <= T0 + RETENTION:
            clock.advance(LEAP)
            assert keep_house(ctx)["purged"] == 0
        clock.advance(LEAP)
        assert keep_house(ctx)["purged"] == 1
