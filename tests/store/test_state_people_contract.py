"""The contract of `StateStore` on SQLite and PostgreSQL: what people decide, claims, privacy, leases, housekeeping."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from kentongan import records as r
from kentongan.ports import Evaluation
from kentongan.store.state_sql import SqlState
from tests.factories import T0, alert, claim, spike

HOUR = timedelta(hours=1)
DAY = r.Window(start=T0, end=T0 + timedelta(days=1))


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    """What the tables hold, read past the store."""
    engine = sa.create_engine(url)
    with engine.connect() as db:
        found = [tuple(row) for row in db.execute(sa.text(query))]
    engine.dispose()
    return found


def test_a_silence_is_in_force_from_its_start_to_before_its_end(state: SqlState) -> None:
    silence = r.Silence(id="s", agency="pln", rule="*", starts_at=T0, ends_at=T0 + HOUR, owner="Ani", reason="perawatan")
    state.put_silence(silence)
    assert state.silences(T0) == [silence]
    assert state.silences(T0 + HOUR) == state.silences(T0 - HOUR) == []
    assert state.silences(T0 - HOUR, upcoming=True) == [silence]
    shorter = replace(silence, ends_at=T0 + HOUR / 2)
    state.put_silence(shorter)
    assert state.silences(T0) == [shorter]
    assert state.silences(T0 + HOUR / 2) == []


def test_the_latest_label_of_a_kind_wins(state: SqlState) -> None:
    state.put_label("m", "sentiment", "negative", "Ani", T0)
    state.put_label("m", "hoax", "yes", "Ani", T0)
    state.put_label("m", "sentiment", "neutral", "Budi", T0 + HOUR)
    assert state.labels(["m", "n"]) == {"m": {"sentiment": "neutral", "hoax": "yes"}}
    assert state.labels([]) == {}
    assert state.labels([str(i) for i in range(3000)] + ["m"]).keys() == {"m"}


def test_claims_count_as_changed_when_they_are(state: SqlState) -> None:
    one, two = claim(published_at=T0 + HOUR), claim(published_at=T0, title="judul \ud83d")
    assert state.put_claims([one, two]) == 2
    assert state.put_claims([one, two]) == 0
    assert state.put_claims([replace(one, verdict="benar"), two]) == 1
    assert state.put_claims([]) == 0
    assert state.claims() == [replace(two, title="judul \ufffd"), replace(one, verdict="benar")]
    assert state.claims(since=T0 + HOUR) == [replace(one, verdict="benar")]


def test_of_claims_with_one_id_in_one_call_the_last_wins(state: SqlState) -> None:
    one = claim()
    assert state.put_claims([one, replace(one, verdict="benar")]) == 1
    assert [c.verdict for c in state.claims()] == ["benar"]


def test_dropped_claims_are_gone_and_the_others_stay(state: SqlState) -> None:
    one, two = claim(), claim()
    state.put_claims([one, two])
    assert state.drop_claims([one.id, "tidak ada"]) == 1
    assert state.drop_claims([]) == 0
    assert state.claims() == [two]


def test_tombstones_are_for_ever(state: SqlState) -> None:
    state.add_tombstones(ids=["a", "b"], author_keys=["v1:x"], at=T0, reason="permintaan")
    state.add_tombstones(ids=["a"], at=T0 + HOUR, reason="lagi")
    state.purge_state(T0 + timedelta(days=999))
    assert state.tombstoned(["a", "c", "v1:x"], ["v1:x", "a"]) == ({"a"}, {"v1:x"})
    assert state.tombstoned([], []) == (set(), set())


def test_forgotten_quotations_leave_alerts_and_outbox(state: SqlState, state_url: str) -> None:
    def quoting(agency: str) -> r.Alert:
        quotes = tuple(r.Quote(mention_id=m, text=f"kata {m}", platform="x", published_at=T0) for m in ("pergi", "tetap"))
        return alert(spike=spike(agency=agency, top_mentions=quotes))

    one, other, calm = quoting("pln"), quoting("kpk"), alert(spike=spike(agency="bpjs"))
    wide = r.Notice(
        episode=one.id, transition=r.NotifyReason.WIDE_EVENT, sequence=0, destination="terminal", alert=one, decided_at=T0, related=(other,)
    )
    state.save_alert(one, [wide])
    state.save_alert(calm)
    assert state.drop_quotes(["pergi", "tak-pernah"]) == 2
    assert state.drop_quotes(["pergi"]) == 0
    assert state.drop_quotes([]) == 0
    kept = state.alert(one.id)
    assert kept
    assert [q.mention_id for q in kept.spike.top_mentions] == ["tetap"]
    everything = rows(state_url, "SELECT body FROM alert") + rows(state_url, "SELECT notice FROM delivery")
    assert len(everything) == 3
    assert not any("kata pergi" in str(row) for row in everything)


def test_the_audit_trail_keeps_everything_in_order(state: SqlState, state_url: str) -> None:
    state.add_audit(T0, "Ani", "acknowledge", "alert-1", "lewat Slack")
    state.add_audit(T0, "Budi", "forget", "mention-1")
    state.purge_state(T0 + timedelta(days=999))
    found = rows(state_url, "SELECT actor, action, subject, detail FROM audit ORDER BY no")
    assert found == [("Ani", "acknowledge", "alert-1", "lewat Slack"), ("Budi", "forget", "mention-1", "")]


def test_a_note_is_replaced(state: SqlState) -> None:
    assert state.meta("pepper") == ""
    state.set_meta("pepper", "1")
    state.set_meta("pepper", "2\x00")
    assert state.meta("pepper") == "2\ufffd"


def test_a_lease_has_one_holder_until_it_ends_or_is_given_back(state: SqlState) -> None:
    assert state.acquire_lease("detect", "a", T0, 60)
    assert not state.acquire_lease("detect", "b", T0, 60)
    assert state.acquire_lease("detect", "a", T0 + HOUR / 120, 60)  # prolonged to 90 s
    assert not state.acquire_lease("detect", "b", T0 + HOUR / 60, 60)
    state.release_lease("detect", "b")
    assert not state.acquire_lease("detect", "b", T0 + HOUR / 60, 60)
    assert state.acquire_lease("detect", "b", T0 + HOUR / 40, 60)
    state.release_lease("detect", "b")
    assert state.acquire_lease("detect", "a", T0 + HOUR / 40, 60)
    assert state.acquire_lease("other", "b", T0, 60)


def test_a_lease_of_a_clock_a_little_ahead_holds(state: SqlState) -> None:
    assert state.acquire_lease("detect", "a", T0 + HOUR, 60)
    assert not state.acquire_lease("detect", "b", T0, 60)


def test_housekeeping_drops_the_old_and_keeps_what_is_still_needed(state: SqlState) -> None:
    done, living = alert(state=r.AlertState.RESOLVED), alert()
    for one in (done, living):
        first = r.Notice(episode=one.id, transition=r.NotifyReason.FIRST, sequence=0, destination="terminal", alert=one, decided_at=T0)
        state.save_alert(one, [first])
        (row,) = state.lease_deliveries(T0, 60, "w")
        state.finish_delivery(row.notice.key, "w", "sent", at=T0)
    state.save_alert(done, [replace(first, episode=done.id, sequence=1)])  # still waits
    key, new = r.BinKey(agency="pln", start=T0), r.BinKey(agency="pln", start=T0 + HOUR)
    state.mark_dirty([key, new])
    state.put_counts([r.BinCount(agency="pln", start=T0, total=1, negative=0, positive=0, hoax=0)])
    for start in (key.start, new.start):
        state.add_evaluations([Evaluation(agency="pln", rule="v", bin_start=start, observed=1, expected=1.0)])
        state.add_poll("antara", started_at=start, finished_at=start, ok=True, posts=1, kept=1)
    state.purge_state(T0 + HOUR / 2)
    assert [(d.notice.episode, d.outcome) for d in state.deliveries()] == [(living.id, "sent"), (done.id, "pending")]
    assert state.dirty() == [new]
    assert [e.bin_start for e in state.evaluations("pln", "v", DAY)] == [new.start]
    assert [p[1] for p in state.polls(DAY)] == [new.start]
    assert len(state.counts("pln", DAY)) == 1
    assert len(state.alerts()) == 2


def test_the_audit_trail_is_read_in_order_of_writing_and_by_subject(state: SqlState) -> None:
    for n, subject in enumerate(("a", "b", "a")):
        state.add_audit(T0 + n * HOUR, "slack:U1", "acknowledge", subject, str(n))
    assert [entry.detail for entry in state.audit()] == ["0", "1", "2"]
    assert state.audit(subject="a", limit=1) == [r.AuditEntry(at=T0 + 2 * HOUR, actor="slack:U1", action="acknowledge", subject="a", detail="2")]
