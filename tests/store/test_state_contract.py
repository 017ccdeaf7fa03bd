"""The contract of `StateStore` on SQLite and PostgreSQL: collecting, counting, what the detector remembers."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kentongan import records as r
from kentongan.errors import StoreConflict
from kentongan.ports import Evaluation
from kentongan.store.state_sql import SqlState
from tests.factories import T0

HOUR = timedelta(hours=1)
DAY = r.Window(start=T0, end=T0 + timedelta(days=1))


def key(minutes: int = 0, agency: str = "pln") -> r.BinKey:
    return r.BinKey(agency=agency, start=T0 + timedelta(minutes=minutes))


def count(of: r.BinKey, total: int = 1) -> r.BinCount:
    return r.BinCount(agency=of.agency, start=of.start, total=total, negative=total, positive=0, hoax=0)


# cursors and health


def test_a_source_that_was_never_polled_has_a_fresh_cursor(state: SqlState) -> None:
    assert state.cursor("antara") == r.Cursor(source="antara")
    assert state.cursors() == []


def test_a_cursor_comes_back_as_saved_with_the_next_version(state: SqlState) -> None:
    full = r.Cursor(
        source="antara", query="pln", floor="1", high="2", token="t", etag="e", last_modified="l", recent_ids=("a", "b"), failures=2,
        next_attempt_at=T0, polled_at=T0 + HOUR, last_error="putus\x00\ud83d",
    )  # fmt: skip
    saved = state.save_cursor(full)
    assert saved == replace(full, version=1, last_error="putus\x00\ufffd")
    assert state.cursor("antara", "pln") == saved
    assert state.cursor("antara") == r.Cursor(source="antara")
    assert state.cursors() == [saved]


def test_a_cursor_that_somebody_else_moved_is_not_overwritten(state: SqlState) -> None:
    mine = yours = state.save_cursor(r.Cursor(source="antara"))
    state.save_cursor(replace(yours, floor="9"))
    with pytest.raises(StoreConflict, match="antara"):
        state.save_cursor(replace(mine, floor="5"))
    with pytest.raises(StoreConflict):
        state.save_cursor(r.Cursor(source="antara", floor="0"))
    assert state.cursor("antara").floor == "9"


def test_of_two_first_polls_one_wins(state_url: str) -> None:
    def first_poll(number: int) -> bool:
        store = SqlState(state_url)
        try:
            store.save_cursor(r.Cursor(source="antara", floor=str(number)))
        except StoreConflict:
            return False
        finally:
            store.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(first_poll, range(4))) == [False, False, False, True]


def test_the_latest_word_on_a_source_replaces_the_one_before(state: SqlState) -> None:
    up = r.SourceHealth(source="antara", state="up", at=T0, last_success_at=T0)
    down = r.SourceHealth(source="antara", state="failed", at=T0 + HOUR, last_error="503", failures=1)
    other = r.SourceHealth(source="x", state="never", at=T0)
    for word in (up, other, down):
        state.put_health(word)
    assert state.health() == [down, other]


def test_polls_are_those_under_way_in_the_window(state: SqlState) -> None:
    for hours in range(4):
        state.add_poll("antara", started_at=T0 + hours * HOUR, finished_at=T0 + hours * HOUR + HOUR / 2, ok=hours != 2, posts=hours, kept=1)
    window = r.Window(start=T0 + HOUR + HOUR / 4, end=T0 + 2 * HOUR + HOUR / 4)
    assert state.polls(window) == [
        ("antara", T0 + HOUR, T0 + HOUR + HOUR / 2, True, 1, 1),
        ("antara", T0 + 2 * HOUR, T0 + 2 * HOUR + HOUR / 2, False, 2, 1),
    ]


# counts


def test_counting_takes_bins_off_the_list(state: SqlState) -> None:
    keys = [key(), key(5), key(0, "kpk")]
    state.mark_dirty(keys)
    state.mark_dirty(keys[:1])
    assert set(state.dirty()) == set(keys)
    state.put_counts([count(k) for k in keys])
    assert state.dirty() == []
    assert state.counts("pln", DAY) == [count(key()), count(key(5))]


def test_a_bin_marked_again_while_it_is_counted_stays_dirty(state: SqlState, state_url: str) -> None:
    state.mark_dirty([key(), key(5)])
    counted = [count(k) for k in state.dirty()]
    collector = SqlState(state_url)
    collector.mark_dirty([key()])
    collector.close()
    state.put_counts(counted)
    assert state.dirty() == [key()]


def test_a_bin_counted_and_marked_by_others_meanwhile_stays_dirty(state: SqlState, state_url: str) -> None:
    state.mark_dirty([key()])
    slow = [count(k) for k in state.dirty()]
    other = SqlState(state_url)
    other.put_counts([count(k) for k in other.dirty()])
    other.mark_dirty([key()])
    other.close()
    state.put_counts(slow)
    assert state.dirty() == [key()]


def test_counts_that_nobody_asked_the_list_for_leave_the_list_alone(state: SqlState) -> None:
    state.mark_dirty([key()])
    state.put_counts([count(key())])
    assert state.dirty() == [key()]
    assert state.counts("pln", DAY) == [count(key())]


def test_the_dirty_list_is_given_in_parts_oldest_first(state: SqlState) -> None:
    keys = [key(minutes) for minutes in (20, 5, 10, 0)]
    state.mark_dirty(keys)
    assert state.dirty(2) == [key(0), key(5)]
    state.put_counts([count(key(0)), count(key(5))])
    assert state.dirty(2) == [key(10), key(20)]


def test_a_recount_replaces(state: SqlState) -> None:
    state.put_counts([count(key(), 3)])
    state.put_counts([count(key(), 5), count(key(5), 0)])
    assert state.counts("pln", DAY) == [count(key(), 5), count(key(5), 0)]


def test_windows_hold_their_start_and_not_their_end(state: SqlState) -> None:
    state.put_counts([count(key()), count(key(5)), count(key(5, "kpk"))])
    window = r.Window(start=T0 + timedelta(minutes=5), end=T0 + timedelta(minutes=10))
    assert state.counts("pln", window) == [count(key(5))]
    assert state.counts_of_all(window) == {"kpk": [count(key(5, "kpk"))], "pln": [count(key(5))]}
    assert state.counts("pln", r.Window(start=T0, end=T0)) == []


def test_agencies_with_counts_are_listed_and_so_is_their_first_bin(state: SqlState) -> None:
    assert state.count_agencies() == []
    assert state.first_bin("pln") is None
    state.put_counts([count(key(m, a)) for m in (50, 5, 10) for a in ("pln", "bpjs", "kpk")])
    assert state.count_agencies() == ["bpjs", "kpk", "pln"]
    assert state.first_bin("pln") == T0 + timedelta(minutes=5)


def test_thousands_of_bins_go_in_one_call(state: SqlState) -> None:
    keys = [key(5 * i, agency) for i in range(1500) for agency in ("kpk", "pln")]
    state.mark_dirty(keys)
    state.put_counts([count(k, i) for i, k in enumerate(state.dirty())])
    assert state.dirty() == []
    assert len(state.counts("kpk", r.Window(start=T0, end=T0 + timedelta(days=30)))) == 1500


def test_bins_without_a_listener_are_remembered(state: SqlState) -> None:
    state.set_unobserved("pln", [T0, T0 + HOUR])
    state.set_unobserved("pln", [T0, T0 + 30 * HOUR])
    state.set_unobserved("pln", [])
    assert state.unobserved("pln", DAY) == {T0, T0 + HOUR}
    assert state.unobserved("kpk", DAY) == set()


# detector


def test_a_detector_that_never_ran_has_no_state(state: SqlState) -> None:
    assert state.detector_state("pln", "volume") == (b"", None, 0)


def test_detector_state_is_compared_and_swapped(state: SqlState) -> None:
    state.save_detector_state("pln", "volume", b"\x00\xffa", T0, 0)
    with pytest.raises(StoreConflict, match="pln/volume"):
        state.save_detector_state("pln", "volume", b"b", T0, 0)
    state.save_detector_state("pln", "volume", b"c", T0 + HOUR, 1)
    with pytest.raises(StoreConflict):
        state.save_detector_state("pln", "volume", b"d", T0, 1)
    assert state.detector_state("pln", "volume") == (b"c", T0 + HOUR, 2)
    state.save_detector_state("kpk", "volume", b"k", T0, 0)
    state.save_detector_state("kpk", "hoax", b"h", T0, 0)
    assert state.detector_states("volume") == {"kpk": (b"k", T0, 1), "pln": (b"c", T0 + HOUR, 2)}


def test_evaluations_are_kept_once_a_bin(state: SqlState) -> None:
    first = Evaluation(agency="pln", rule="volume", bin_start=T0, observed=3, expected=1.25, chance_weeks=None)
    second = Evaluation(agency="pln", rule="volume", bin_start=T0 + HOUR, observed=4, expected=1 / 3, chance_weeks=12.5)
    state.add_evaluations([second, first])
    state.add_evaluations([replace(first, observed=9)])
    state.add_evaluations([])
    assert state.evaluations("pln", "volume", DAY) == [replace(first, observed=9), second]
    assert state.evaluations("pln", "lain", DAY) == []


# transactions


def test_a_failed_transaction_leaves_nothing(state: SqlState) -> None:
    with pytest.raises(RuntimeError), state.transaction():
        state.set_meta("a", "1")
        state.mark_dirty([key()])
        raise RuntimeError
    assert state.meta("a") == ""
    assert state.dirty() == []


def test_inside_a_transaction_its_own_writes_are_seen_and_outside_they_are_not(state: SqlState, state_url: str) -> None:
    other = SqlState(state_url)
    with state.transaction():
        state.set_meta("a", "1")
        assert state.meta("a") == "1"
        assert other.meta("a") == ""
    assert other.meta("a") == "1"
    other.close()


def test_a_nested_transaction_joins_the_outer_one(state: SqlState) -> None:
    with pytest.raises(RuntimeError), state.transaction():
        with state.transaction():
            state.set_meta("a", "1")
        raise RuntimeError
    assert state.meta("a") == ""


def test_a_nested_transaction_that_fails_is_undone_alone_when_its_error_is_caught(state: SqlState) -> None:
    with state.transaction():
        state.set_meta("a", "1")
        with pytest.raises(RuntimeError), state.transaction():
            state.set_meta("a", "2")
            raise RuntimeError
        state.set_meta("b", "3")
    assert [state.meta("a"), state.meta("b")] == ["1", "3"]


def test_a_lost_swap_can_be_caught_inside_a_transaction(state: SqlState) -> None:
    state.save_cursor(r.Cursor(source="antara"))
    with state.transaction():
        state.set_meta("a", "1")
        with pytest.raises(StoreConflict):
            state.save_cursor(r.Cursor(source="antara"))
        state.set_meta("b", "2")
    assert [state.meta("a"), state.meta("b")] == ["1", "2"]


def test_each_thread_has_its_own_transaction(state: SqlState) -> None:
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with state.transaction():
            state.set_meta("a", "1")
            entered.set()
            leave.wait(10)

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        assert entered.wait(10)
        assert state.meta("a") == ""
        leave.set()
        holding.result()
    assert state.meta("a") == "1"


def test_threads_adding_up_lose_nothing(state: SqlState) -> None:
    def add(_: int) -> None:
        for _ in range(5):
            with state.transaction():
                lease = state.acquire_lease("sum", "all", T0, 60)  # a row to wait for, on both databases
                assert lease
                state.set_meta("sum", str(int(state.meta("sum") or 0) + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    assert state.meta("sum") == "20"


# round trips

moments = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)).map(lambda m: m.replace(tzinfo=T0.tzinfo))
words = st.text(max_size=20).filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text))
cursors = st.builds(
    r.Cursor, source=words.filter(lambda w: "\x00" not in w), query=st.just(""), version=st.just(0), floor=words, high=words, token=words, etag=words,
    last_modified=words, recent_ids=st.tuples(words), failures=st.integers(0, 9), next_attempt_at=st.none() | moments, polled_at=st.none() | moments,
    last_error=words,
)  # fmt: skip


@given(cursor=cursors)
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_source_says_its_cursor_comes_back(state: SqlState, cursor: r.Cursor) -> None:
    before = state.cursor(cursor.source)
    saved = state.save_cursor(replace(cursor, version=before.version))
    assert state.cursor(cursor.source) == saved == replace(cursor, version=before.version + 1)


@given(moment=moments)
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_moments_come_back_to_the_microsecond(state: SqlState, moment: datetime) -> None:
    state.save_detector_state("pln", "volume", b"", moment, state.detector_state("pln", "volume")[2])
    assert state.detector_state("pln", "volume")[1] == moment
