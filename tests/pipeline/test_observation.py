"""Bins that nobody heard are unknown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from kentongan.clock import BIN, FixedClock
from kentongan.pipeline.observation import Poll, mark_unobserved, note_gap, unobserved_bins
from kentongan.pipeline.wiring import open_context
from kentongan.records import BinCount, Window
from kentongan.settings import Settings
from tests.factories import T0
from tests.pipeline.conftest import House

HOUR = Window(start=T0, end=T0 + timedelta(hours=1))


def polls(source: str, ok: bool, kept: int = 10, minutes: tuple[int, ...] = (-60, 20, 40, 65, 80)) -> list[Poll]:
    return [(source, T0 + timedelta(minutes=m), T0 + timedelta(minutes=m, seconds=5), ok, kept, kept) for m in minutes]


def test_without_any_poll_there_is_nothing_to_say() -> None:
    assert unobserved_bins([], {}, HOUR) == []


def test_bins_before_a_successful_poll_were_heard() -> None:
    assert unobserved_bins(polls("a", ok=True), {}, HOUR) == []


def test_when_every_source_fails_every_bin_is_unknown() -> None:
    assert len(unobserved_bins(polls("a", ok=False) + polls("b", ok=False), {}, HOUR)) == 12


def test_one_small_source_down_does_not_make_a_bin_unknown() -> None:
    assert unobserved_bins(polls("big", ok=True, kept=100) + polls("small", ok=False, kept=0), {}, HOUR) == []


def test_the_main_source_down_makes_bins_unknown_although_a_small_one_answers() -> None:
    heard = polls("big", ok=True, kept=100, minutes=(-60,)) + polls("big", ok=False, kept=0) + polls("small", ok=True, kept=1)
    assert len(unobserved_bins(heard, {}, HOUR)) == 12


def test_a_slowly_polled_source_gets_its_slack() -> None:
    heard = polls("hourly", ok=True, minutes=(-60, 0))
    assert len(unobserved_bins(heard, {}, HOUR)) == 12
    assert unobserved_bins(heard, {"hourly": timedelta(hours=1)}, HOUR) == []


def test_catching_up_after_downtime_hears_what_was_missed() -> None:
    heard = polls("a", ok=True, minutes=(-60, 600))
    assert unobserved_bins(heard, {}, HOUR) == []


def test_a_source_that_brought_only_the_newest_after_a_stop_was_not_heard_meanwhile(house: House, tmp_path: Path) -> None:
    """A server that was off over a long weekend: the feed's last twenty posts are not all that was said."""
    house.source("berita", listener="feed", platform="web", category="news", options={"url": "https://berita.example/feed"})
    off, back = T0, T0 + timedelta(days=5)
    with open_context(
        Settings(var=tmp_path, database=tmp_path / "k.db", config=house.config), clock=FixedClock(back + BIN), terminal_only=True
    ) as ctx:
        ctx.state.put_counts([BinCount(agency="pln", start=T0 - timedelta(hours=1), total=9, negative=1, positive=0, hoax=0)])
        for at in (off - timedelta(minutes=15), off, back):
            ctx.state.add_poll("berita", started_at=at, finished_at=at, ok=True, posts=20, kept=20)
        assert mark_unobserved(ctx, off, back) == 0
        note_gap(ctx, "berita", back - timedelta(minutes=15), back)  # of a busy quarter of an hour
        assert mark_unobserved(ctx, off, back) == 0
        note_gap(ctx, "berita", off, back)
        assert mark_unobserved(ctx, off - timedelta(hours=1), back + timedelta(hours=1)) == 5 * 288 + 12  # and nobody listened since
        assert len(ctx.state.unobserved("pln", Window(start=off, end=back))) == 5 * 288
