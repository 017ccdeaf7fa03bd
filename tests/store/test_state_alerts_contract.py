"""The contract of `StateStore` on SQLite and PostgreSQL: alerts, outbox, what was withheld."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from kentongan import records as r
from kentongan.errors import StoreConflict
from kentongan.store.state_sql import SqlState
from tests.factories import T0, alert, claim, spike

MINUTE = timedelta(minutes=1)
NEXT_WEEK = r.Window(start=T0, end=T0 + timedelta(days=7))


def notice(of: r.Alert, destination: str = "terminal", sequence: int = 0, **fields: object) -> r.Notice:
    plain: dict[str, object] = {"transition": r.NotifyReason.FIRST, "decided_at": T0, **fields}
    return r.Notice(episode=of.id, sequence=sequence, destination=destination, alert=of, **plain)  # type: ignore[arg-type]  # varied by name


def withheld(**fields: object) -> r.Withheld:
    plain: dict[str, object] = {"agency": "pln", "rule": "volume", "at": T0, "reason": r.NotifyReason.COOLDOWN}
    return r.Withheld(**{**plain, **fields})  # type: ignore[arg-type]  # varied by name


def resolved(of: r.Alert) -> r.Alert:
    return replace(of, state=r.AlertState.RESOLVED, resolved_at=T0)


# alerts


def test_an_alert_comes_back_as_saved(state: SqlState) -> None:
    quote = r.Quote(mention_id="m", text="padam \U0001f621", platform="x", published_at=T0, url="https://a.id", copies=3)
    full = alert(
        spike=spike(top_mentions=(quote,), nearest_claim=claim(), chance_weeks=None, sources=("a",), copy_share=1 / 3),
        timeline=(r.TimelineEntry(at=T0, event="opened", by="Ani"),), topics=("padam",), claim_id="c", snoozed_until=T0,
    )  # fmt: skip
    state.save_alert(full)
    assert state.alert(full.id) == full
    assert state.alert("tidak-ada") is None
    changed = replace(full, state=r.AlertState.ACKNOWLEDGED, peak_observed=99)
    state.save_alert(changed)
    assert state.open_alert(full.agency, full.rule, "c") == changed
    assert state.open_alert(full.agency, full.rule) is None


def test_at_most_one_alert_of_a_key_is_not_resolved(state: SqlState) -> None:
    first = alert()
    state.save_alert(first)
    second = alert()
    with pytest.raises(StoreConflict, match="pln"):
        state.save_alert(second, [notice(second)], [withheld()])
    assert state.alert(second.id) is None
    assert state.deliveries() == []
    assert state.withheld(NEXT_WEEK) == []
    state.save_alert(alert(claim_id="c"))
    state.save_alert(resolved(first))
    state.save_alert(second)
    with pytest.raises(StoreConflict):  # a resolved one cannot be opened again behind the new one's back
        state.save_alert(first)
    assert state.open_alert("pln", "negative_volume") == second


def test_a_conflict_caught_inside_a_transaction_spoils_nothing_else(state: SqlState) -> None:
    state.save_alert(alert())
    with state.transaction():
        state.set_meta("a", "1")
        with pytest.raises(StoreConflict):
            state.save_alert(alert())
        state.set_meta("b", "2")
    assert [state.meta("a"), state.meta("b")] == ["1", "2"]


def test_alerts_are_listed_newest_first_and_by_agency_state_and_opening(state: SqlState) -> None:
    old = resolved(alert(opened_at=T0 - timedelta(days=9)))
    mid = alert(opened_at=T0 + MINUTE, state=r.AlertState.ACKNOWLEDGED)
    new = alert(opened_at=T0 + 2 * MINUTE, spike=spike(agency="kpk"))
    for one in (mid, old, new):
        state.save_alert(one)
    assert state.alerts() == [new, mid, old]
    assert state.alerts(agency="pln") == [mid, old]
    assert state.alerts(states=["open", "acknowledged"]) == [new, mid]
    assert state.alerts(states=[r.AlertState.RESOLVED]) == [old]
    assert state.alerts(window=r.Window(start=T0, end=T0 + 2 * MINUTE)) == [mid]


def test_who_decides_on_an_alert_inside_a_transaction_overwrites_nobody(state: SqlState, state_url: str) -> None:
    """Two people act on one alert at once: both entries are in its timeline."""
    one = alert()
    state.save_alert(one)

    def act(name: str) -> None:
        store = SqlState(state_url)
        with store.transaction():
            current = store.alert(one.id)
            assert current
            store.save_alert(replace(current, timeline=(*current.timeline, r.TimelineEntry(at=T0, event="acknowledged", by=name))))
        store.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, "abcd"))
    current = state.alert(one.id)
    assert current
    assert sorted(entry.by for entry in current.timeline) == list("abcd")


# outbox


def test_an_alert_and_its_outbox_rows_are_written_together_and_a_known_key_is_left_as_it_is(state: SqlState) -> None:
    one = alert()
    rows = [notice(one), notice(one, "slack:#humas"), notice(one)]
    assert state.save_alert(one, rows, [withheld(), withheld()]) == 2
    (first, _) = state.lease_deliveries(T0, 60, "w")
    state.finish_delivery(first.notice.key, "w", "sent", at=T0, provider_ref="C1/2")
    assert state.save_alert(one, rows, [withheld()]) == 0
    assert [d.outcome for d in state.deliveries()] == ["sent", "pending"]
    assert state.withheld(NEXT_WEEK) == [withheld()]


def test_a_notice_is_frozen_when_it_is_decided(state: SqlState) -> None:
    one = alert()
    decided = notice(one, late=True)
    state.save_alert(one, [decided])
    state.save_alert(resolved(one))
    assert state.lease_deliveries(T0, 60, "w")[0].notice == decided


def test_a_leased_row_is_not_given_to_another_worker(state: SqlState) -> None:
    one = alert()
    state.save_alert(one, [notice(one, f"slack:#{i}") for i in range(3)])
    mine = state.lease_deliveries(T0, 60, "a", limit=2)
    yours = state.lease_deliveries(T0, 60, "b")
    assert [d.notice.destination for d in (*mine, *yours)] == ["slack:#0", "slack:#1", "slack:#2"]
    assert [(d.attempts, d.notice.repeat) for d in mine] == [(1, False), (1, False)]
    assert state.lease_deliveries(T0 + 59 * MINUTE / 60, 60, "c") == []


def test_a_lease_that_ran_out_is_given_again_and_marked_as_a_possible_repeat(state: SqlState) -> None:
    one = alert()
    state.save_alert(one, [notice(one)])
    state.lease_deliveries(T0, 60, "a")
    (again,) = state.lease_deliveries(T0 + MINUTE, 60, "b")
    assert (again.attempts, again.notice.repeat) == (2, True)
    with pytest.raises(StoreConflict, match=one.id):
        state.finish_delivery(again.notice.key, "a", "sent", at=T0)
    state.finish_delivery(again.notice.key, "b", "sent", at=T0)
    assert state.deliveries()[0].notice.repeat


def test_a_finished_row_is_done(state: SqlState) -> None:
    one = alert()
    state.save_alert(one, [notice(one)])
    (row,) = state.lease_deliveries(T0, 60, "a")
    state.finish_delivery(row.notice.key, "a", "failed", reason="channel_not_found\x00", at=T0 + MINUTE)
    (done,) = state.deliveries(outcome="failed")
    assert (done.reason, done.at, done.next_attempt_at, done.attempts) == ("channel_not_found\ufffd", T0 + MINUTE, None, 1)
    assert state.lease_deliveries(T0 + 9 * MINUTE, 60, "b") == []
    with pytest.raises(StoreConflict):
        state.finish_delivery(row.notice.key, "a", "sent", at=T0)


def test_a_dead_letter_can_be_tried_again_and_what_was_delivered_cannot(state: SqlState) -> None:
    one = alert()
    state.save_alert(one, [notice(one), notice(one, "slack:#a")])
    first, second = state.lease_deliveries(T0, 60, "a")
    assert not state.retry_delivery(first.notice.key, T0), "it is being sent"
    state.finish_delivery(first.notice.key, "a", "failed", reason="is_archived", at=T0, repeat=True)
    state.finish_delivery(second.notice.key, "a", "sent", at=T0)
    assert [state.retry_delivery(key, T0) for key in (first.notice.key, second.notice.key, "unknown")] == [True, False, False]
    (again,) = state.lease_deliveries(T0, 60, "b")
    assert (again.notice.key, again.attempts, again.notice.repeat) == (first.notice.key, 1, True)


def test_a_row_to_be_tried_again_waits_until_then(state: SqlState) -> None:
    one = alert()
    state.save_alert(one, [notice(one)])
    (row,) = state.lease_deliveries(T0, 60, "a")
    state.finish_delivery(row.notice.key, "a", "pending", reason="429", at=T0, next_attempt_at=T0 + 5 * MINUTE, repeat=True)
    (waiting,) = state.deliveries(outcome="pending")
    assert (waiting.next_attempt_at, waiting.at, waiting.reason) == (T0 + 5 * MINUTE, None, "429")
    assert state.lease_deliveries(T0 + 4 * MINUTE, 60, "b") == []
    (again,) = state.lease_deliveries(T0 + 5 * MINUTE, 60, "b")
    assert (again.attempts, again.notice.repeat) == (2, True)


def test_messages_of_an_episode_at_a_destination_keep_their_order(state: SqlState) -> None:
    one = alert()
    state.save_alert(one, [notice(one, "slack:#a"), notice(one, "slack:#b")])
    state.save_alert(one, [notice(one, "slack:#a", 1), notice(one, "slack:#b", 1)])
    (root,) = state.lease_deliveries(T0, 60, "w1", limit=1)
    assert [d.notice.sequence for d in state.lease_deliveries(T0, 60, "w2")] == [0, 1]  # those of #b; the second of #a waits for its first
    state.finish_delivery(root.notice.key, "w1", "pending", at=T0, next_attempt_at=T0 + 5 * MINUTE)
    assert state.lease_deliveries(T0, 60, "w3") == []
    assert [d.notice.sequence for d in state.lease_deliveries(T0 + 5 * MINUTE, 60, "w3") if d.notice.destination == "slack:#a"] == [0, 1]


def test_a_lease_from_a_clock_far_ahead_is_void(state: SqlState) -> None:
    """A replay of a later week was killed: its leases must not stop the one that begins earlier."""
    one = alert()
    state.save_alert(one, [notice(one)])
    state.lease_deliveries(T0 + timedelta(days=20), 60, "killed")
    assert [d.notice.repeat for d in state.lease_deliveries(T0, 60, "w")] == [True]
    assert state.acquire_lease("detect", "killed", T0 + timedelta(days=20), 600)
    assert state.acquire_lease("detect", "next", T0, 600)


def test_deliveries_are_listed_in_order_of_writing(state: SqlState) -> None:
    one, two = alert(), alert(claim_id="c")
    state.save_alert(one, [notice(one, f"slack:#{i}") for i in range(3)])
    state.save_alert(two, [notice(two)])
    assert [d.notice.destination for d in state.deliveries(episode=one.id)] == ["slack:#0", "slack:#1", "slack:#2"]
    assert [d.notice.destination for d in state.deliveries(limit=2)] == ["slack:#2", "terminal"]


# withheld


def test_what_was_withheld_is_kept_once_with_its_reason(state: SqlState) -> None:
    decisions = [
        withheld(at=T0 + 2 * MINUTE, reason=r.NotifyReason.SILENCED, detail="oleh Ani", episode="e", observed=7, expected=1.5),
        withheld(), withheld(), withheld(agency="kpk"),
    ]  # fmt: skip
    state.add_withheld(decisions)
    state.add_withheld(decisions[:2])
    state.add_withheld([])
    assert state.withheld(NEXT_WEEK) == [withheld(), withheld(agency="kpk"), decisions[0]]
    assert state.withheld(r.Window(start=T0 + MINUTE, end=T0 + 2 * MINUTE)) == []


def test_alerts_that_changed_since_a_moment_are_found_and_only_those(state: SqlState) -> None:
    quiet = alert(agency="pln")
    state.save_alert(quiet)
    busy = alert(agency="bmkg")
    state.save_alert(busy)
    state.save_alert(replace(busy, severity="critical", updated_at=T0 + timedelta(hours=5)))
    assert [found.id for found in state.alerts(updated_since=T0 + timedelta(hours=5))] == [busy.id]
    assert state.alerts(updated_since=T0 + timedelta(hours=5, microseconds=1)) == []
