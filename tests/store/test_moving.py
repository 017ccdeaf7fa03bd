"""Taking mentions and state over from another home: exactly as they were, and later versions stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from kentongan.ports import Kept, MentionQuery, MentionStore
from kentongan.records import BinCount, BinKey, Cursor, Notice, NotifyReason
from kentongan.store.state_moving import TABLES
from kentongan.store.state_sql import SqlState
from tests.factories import T0, alert, claim, mention

LATER = T0 + timedelta(hours=1)


def kept(revised: timedelta = timedelta(0), **fields: object) -> Kept:
    return Kept(scored=mention(**fields), revised_at=T0 + revised)  # type: ignore[arg-type]  # as `mention` takes them


def exported(store: MentionStore) -> list[Kept]:
    return list(store.export(MentionQuery()))


def test_what_is_restored_is_exported_again_with_its_version(mentions: MentionStore) -> None:
    page = [
        kept(native_id="a", text="padam 😀", metrics={"b": 2, "a": 1}, labels={"sentiment": "neutral"}, places=("31", "3171"), claim_id="c1"),
        kept(timedelta(microseconds=7), native_id="b", published_at=T0 + timedelta(seconds=1), rating=0, deleted_at=LATER, text=""),
    ]
    assert mentions.restore(page) == 2
    assert exported(mentions) == page


def test_restoring_twice_changes_nothing(mentions: MentionStore) -> None:
    page = [kept(native_id=str(n), published_at=T0 + timedelta(seconds=n)) for n in range(3)]
    mentions.restore(page)
    mentions.restore(page)
    assert exported(mentions) == page


def test_a_later_version_stays(mentions: MentionStore) -> None:
    later = kept(timedelta(hours=1), native_id="a", text="baru", content_hash="2")
    mentions.restore([later])
    assert mentions.restore([kept(native_id="a", text="lama", content_hash="1")]) == 0
    assert exported(mentions) == [later]


def test_an_earlier_version_is_replaced_whole_with_its_labels_and_its_blank(mentions: MentionStore) -> None:
    mentions.save([mention(native_id="a", labels={"sentiment": "neutral"})], T0)
    mentions.blank([mention(native_id="a").mention.id], T0)
    new = kept(timedelta(hours=1), native_id="a", published_at=T0 + timedelta(minutes=7))
    mentions.restore([new])
    assert exported(mentions) == [new]
    bins = [BinKey(agency="pln", start=T0), BinKey(agency="pln", start=T0 + timedelta(minutes=5))]
    assert [count.total for count in mentions.bin_counts(bins)] == [0, 1]


def test_what_was_restored_is_found_by_its_words(mentions: MentionStore) -> None:
    one = kept(native_id="a", text="gardu meledak")
    mentions.restore([one])
    assert [found.mention.id for found in mentions.search(MentionQuery(text="gardu")).mentions] == [one.scored.mention.id]


def test_a_restored_mention_older_than_the_retention_is_there(mentions: MentionStore) -> None:
    old = kept(native_id="a", published_at=T0 - timedelta(days=4000))
    mentions.restore([old])
    assert exported(mentions) == [old]


# --- state ------------------------------------------------------------------------------------------------------------


def fill(state: SqlState) -> None:
    """Something in most tables."""
    state.save_cursor(Cursor(source="x", query="", token="7"))
    state.add_poll("x", started_at=T0, finished_at=LATER, ok=True, posts=3, kept=2)
    state.mark_dirty([BinKey(agency="pln", start=T0)])
    state.put_counts([BinCount(agency="pln", start=T0 + timedelta(minutes=5 * n), total=n, negative=0, positive=0, hoax=0) for n in range(30)])
    state.save_detector_state("pln", "negative_volume", bytes(range(256)), T0, 0)
    one = alert(id="e1")
    state.save_alert(one, [Notice(episode="e1", transition=NotifyReason.FIRST, sequence=0, destination="a", alert=one, decided_at=T0)])
    state.put_label("m1", "sentiment", "neutral", "petugas", T0)
    state.put_claims([claim(id="c1", title="padam \ud83d")])
    state.add_tombstones(ids=["m2"], at=T0, reason="permintaan")
    state.add_audit(T0, "cli", "forget", "m2")
    state.set_meta("newest:x", "1")


@pytest.fixture
def other(tmp_path: object) -> Iterator[SqlState]:
    """A filled SQLite state, to move from."""
    store = SqlState(f"sqlite:///{tmp_path}/asal.db")
    fill(store)
    yield store
    store.close()


def test_every_table_arrives_as_it_left(state: SqlState, other: SqlState) -> None:
    state.set_meta("own", "gone afterwards")
    state.replace_all(lambda name: other.rows(name, chunk=7), lambda count: None)
    assert state.seals() == other.seals()
    assert {name: list(state.rows(name)) for name in TABLES} == {name: list(other.rows(name)) for name in TABLES}
    assert (state.cursor("x"), state.alerts(), state.deliveries()) == (other.cursor("x"), other.alerts(), other.deliveries())


def test_numbers_go_on_behind_the_highest(state: SqlState, other: SqlState) -> None:
    state.replace_all(other.rows, lambda count: None)
    state.add_audit(LATER, "cli", "label", "m3")
    assert [entry.subject for entry in state.audit()] == ["m2", "m3"]


def test_a_move_that_breaks_off_leaves_the_target_as_it_was(state: SqlState, other: SqlState) -> None:
    state.set_meta("own", "1")
    before = state.seals()

    def breaking(name: str) -> Iterable[tuple[object, ...]]:
        if name == "meta":
            raise OSError("the source is gone")
        return other.rows(name)

    with pytest.raises(OSError, match="gone"):
        state.replace_all(breaking, lambda count: None)
    assert state.seals() == before


@pytest.mark.parametrize("change", ["a field", "a row more", "a row less"])
def test_a_seal_tells(state: SqlState, change: str) -> None:
    fill(state)
    before = state.seals()["source_cursor"]
    if change == "a field":
        state.save_cursor(replace(state.cursor("x"), token="8"))
    elif change == "a row more":
        state.save_cursor(Cursor(source="y", query=""))
    else:
        state.replace_all(lambda name: [], lambda count: None)
    assert state.seals()["source_cursor"] != before


def test_while_it_is_frozen_nobody_else_writes(state: SqlState, state_url: str) -> None:
    hasty = SqlState(state_url, busy_s=0.05)
    with state.frozen():
        attempts: list[Callable[[], object]] = [lambda: hasty.set_meta("a", "b"), lambda: hasty.save_cursor(Cursor(source="z", query=""))]
        for attempt in attempts:
            with pytest.raises(Exception, match="dikunci"):
                attempt()
    hasty.set_meta("a", "b")
    assert state.meta("a") == "b"
    hasty.close()


def test_who_holds_a_lease_is_named(state: SqlState) -> None:
    fill(state)
    state.acquire_lease("detect", "w", T0, 60)
    state.lease_deliveries(T0, 60, "w")
    assert state.holders(T0) == ["a", "detect"]
    assert state.holders(LATER) == []
