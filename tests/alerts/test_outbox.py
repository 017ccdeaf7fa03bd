"""The outbox on a real state store, with the real receivers against a real HTTP server: every message arrives, none twice."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.actions import acknowledge
from alerts.grouping import group
from alerts.lifecycle import decide
from alerts.outbox import DeliveryReport
from alerts.patience import BACK_OFF_S, TRIES_BEFORE_FALLBACK
from kentongan.config import AgencyConfig, AlertPolicy
from kentongan.errors import Ambiguous, Final, Recoverable
from kentongan.records import AlertState, Notice
from tests.alerts.builders import SLACK_PLN, alert_of, at, fires, open_state, opened, slack_receiver, terms, tick
from tests.alerts.desk import Desk
from tests.servers.slack import Answer, Hang, Misbehaviour, Reset, SlackServer

TO_SLACK = terms(destinations=(SLACK_PLN,))


class Broken:
    """A receiver written for these tests: always fails the same way."""

    real = True

    def __init__(self, error: Exception, name: str = "broken") -> None:
        self.error = error
        self.name = name
        self.tried: list[str] = []

    def send(self, notice: Notice, previous_ref: str) -> str:
        self.tried.append(notice.key)
        raise self.error

    def find(self, notice: Notice, previous_ref: str = "") -> str | None:
        return None

    def tell(self, destination: str, headline: str, sentence: str) -> str:
        raise self.error


class Mute(Broken):
    """Takes everything and never answers; its history cannot be read."""

    def __init__(self, *, times: int) -> None:
        super().__init__(Ambiguous("no answer"), "mute")
        self.left = times
        self.marked: list[bool] = []

    def send(self, notice: Notice, previous_ref: str) -> str:
        self.marked.append(notice.repeat)
        if self.left:
            self.left -= 1
            raise self.error
        return "ok"


def test_where_the_history_cannot_be_read_a_try_without_an_answer_is_repeated_once_and_marked(desk: Desk) -> None:
    mute = Mute(times=1)
    desk.save(opened(agreed=terms(destinations=("mute:x",))))
    for _ in range(3):
        desk.run(receivers={"mute": mute})
        desk.clock.advance(timedelta(minutes=5))
    assert mute.marked == [False, True]
    assert desk.outcomes() == [("first", "sent")]


def test_two_tries_without_an_answer_are_a_dead_letter_and_no_third_copy(desk: Desk) -> None:
    mute = Mute(times=9)
    desk.save(opened(agreed=terms(destinations=("mute:x",))))
    for _ in range(9):
        desk.run(receivers={**desk.receivers(), "mute": mute})
        desk.clock.advance(timedelta(minutes=5))
    assert mute.marked == [False, True]
    assert desk.outcomes() == [("first", "failed"), ("first", "sent")], "the fallback has it"


# sent and recorded


def test_what_is_sent_is_recorded_with_the_providers_reference(desk: Desk) -> None:
    desk.save(opened(agreed=TO_SLACK))
    report = desk.run()
    (row,) = desk.rows()
    assert (row.outcome, row.at, len(report.sent)) == ("sent", at(0), 1)
    assert row.provider_ref == f"{desk.slack.channel('#humas-pln').id}/{desk.slack.channel('#humas-pln').messages[0]['ts']}"


def test_a_second_run_sends_nothing(desk: Desk) -> None:
    desk.save(opened(agreed=TO_SLACK))
    desk.run()
    assert desk.run().counts() == {"sent": 0, "found": 0, "retried": 0, "dead": 0, "suppressed": 0}
    assert len(desk.posted()) == 1


def test_deciding_the_same_bin_again_sends_nothing_twice(desk: Desk) -> None:
    for _ in range(2):
        desk.save(opened(agreed=TO_SLACK))
        desk.run()
    assert len(desk.posted()) == 1


def test_later_messages_of_an_episode_go_to_the_same_thread(desk: Desk) -> None:
    alert = desk.save(opened(agreed=TO_SLACK))
    desk.run()
    alert = desk.save(decide(alert, fires(1, severity="critical"), tick(1), TO_SLACK))
    desk.run()
    desk.save(decide(alert, None, tick(7), TO_SLACK, closed=True))
    desk.run()
    root, *replies = desk.slack.channel("#humas-pln").messages
    assert [r["thread_ts"] for r in replies] == [root["ts"]] * 2
    assert root["text"].startswith("SELESAI")


# pauses and errors


def test_a_pause_asked_for_is_kept_and_waited_for_within_patience(desk: Desk) -> None:
    desk.slack.misbehave("chat.postMessage", Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "7"}))
    desk.save(opened(agreed=TO_SLACK))
    report = desk.run(patience_s=20)
    assert (len(report.retried), len(report.sent), desk.clock.now()) == (1, 1, at(0) + timedelta(seconds=7))


def test_a_longer_pause_than_patience_is_left_to_the_next_run(desk: Desk) -> None:
    desk.slack.misbehave("chat.postMessage", Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "90"}))
    desk.save(opened(agreed=TO_SLACK))
    desk.run(patience_s=20)
    (row,) = desk.rows()
    assert (row.outcome, row.next_attempt_at, desk.clock.now()) == ("pending", at(0) + timedelta(seconds=90), at(0))
    desk.clock.advance(timedelta(seconds=89))
    assert desk.run().counts()["sent"] == 0
    desk.clock.advance(timedelta(seconds=1))
    assert desk.run().counts()["sent"] == 1


def test_a_clock_that_stands_still_does_not_make_it_wait_for_ever(desk: Desk) -> None:
    desk.slack.misbehave("chat.postMessage", *[Answer(503, "")] * 3)
    desk.save(opened(agreed=TO_SLACK))
    slept: list[float] = []
    desk.run(patience_s=20, sleep=slept.append)
    assert 0 < sum(slept) <= 20


def test_the_back_off_grows_without_jitter(desk: Desk) -> None:
    broken = Broken(Recoverable("503"))
    desk.save(opened(agreed=terms(destinations=("broken:x",))))
    waits = []
    for _ in range(len(BACK_OFF_S) + 2):
        desk.run(receivers={"broken": broken}, fallback=())
        due = desk.rows()[0].next_attempt_at
        assert due is not None
        waits.append((due - desk.clock.now()).total_seconds())
        desk.clock.at = due
    assert waits == [*BACK_OFF_S, 3600, 3600]


@pytest.mark.parametrize("how", [Hang(done=True), Hang(done=False), Reset(done=True), Reset(done=False)], ids=str)
def test_no_answer_ends_in_exactly_one_message(desk: Desk, how: Misbehaviour) -> None:
    desk.timeout_s = 1.0
    desk.slack.misbehave("chat.postMessage", how)
    desk.save(opened(agreed=TO_SLACK))
    desk.until_settled()
    assert len(desk.posted()) == 1
    assert desk.outcomes() == [("first", "sent")]
    assert "MUNGKIN TERULANG" not in desk.slack.channel("#humas-pln").messages[0]["text"], "the history was read: it is no repeat"


def test_no_answer_is_not_followed_up_before_the_message_can_have_settled(desk: Desk) -> None:
    desk.slack.misbehave("chat.postMessage", Reset(done=True))
    desk.save(opened(agreed=TO_SLACK))
    desk.run()
    assert desk.rows()[0].next_attempt_at == at(0) + timedelta(seconds=30)


def test_where_the_history_may_not_be_read_the_repeat_is_marked(desk: Desk) -> None:
    desk.slack.misbehave("chat.postMessage", Reset(done=True))
    desk.slack.misbehave("conversations.history", *[Answer(200, {"ok": False, "error": "missing_scope"})] * 3)
    desk.save(opened(agreed=TO_SLACK))
    desk.until_settled()
    first, second = desk.slack.channel("#humas-pln").messages
    assert "MUNGKIN TERULANG" not in first["text"]
    assert "MUNGKIN TERULANG" in second["text"]


def test_a_500_after_which_the_message_is_there_is_not_sent_again(desk: Desk) -> None:
    desk.slack.misbehave("chat.postMessage", Reset(done=True), Answer(500, "<html>oops</html>"))
    desk.save(opened(agreed=TO_SLACK))
    desk.until_settled()
    assert len(desk.posted()) == 1


@pytest.mark.parametrize("gone", [True, False], ids=["reply arrived", "reply lost"])
def test_a_thread_reply_without_an_answer_is_one_reply_in_the_end(desk: Desk, gone: bool) -> None:
    alert = desk.save(opened(agreed=TO_SLACK))
    desk.run()
    desk.slack.misbehave("chat.postMessage", Reset(done=gone))
    desk.save(decide(alert, None, tick(6), TO_SLACK, closed=True))
    desk.until_settled()
    assert len(desk.posted()) == len(set(desk.posted())) == 2


def test_a_history_that_does_not_answer_puts_the_row_off_and_sends_nothing(desk: Desk) -> None:
    desk.slack.misbehave("chat.postMessage", Reset(done=True))
    desk.slack.misbehave("conversations.history", Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "60"}))
    desk.save(opened(agreed=TO_SLACK))
    desk.until_settled()
    assert len(desk.posted()) == 1


def test_slack_unreachable_then_back_delivers_once(desk: Desk, tmp_path: Path) -> None:
    desk.save(opened(agreed=TO_SLACK))
    with SlackServer() as gone:
        unreachable = slack_receiver(gone)
    report = desk.run(receivers={"slack": unreachable})
    assert len(report.retried) == 1
    desk.clock.advance(timedelta(minutes=5))
    desk.until_settled()
    assert len(desk.posted()) == 1


# order, neighbours


def test_the_end_waits_for_the_beginning(desk: Desk) -> None:
    alert = desk.save(opened(agreed=TO_SLACK))
    desk.save(decide(alert, None, tick(6), TO_SLACK, closed=True))
    desk.slack.misbehave("chat.postMessage", Answer(503, ""))
    desk.run()
    assert desk.posted() == [], "the end is not told before the beginning"
    desk.until_settled()
    assert [key.split("/")[1] for key in desk.posted()] == ["first", "resolved"]


def test_a_broken_receiver_neither_blocks_nor_doubles_the_others(desk: Desk) -> None:
    broken = Broken(Recoverable("down"))
    for n in range(6):
        desk.save(opened(agreed=terms(destinations=("broken:x", SLACK_PLN, "terminal")), rule=f"negative_{n}"))
    for _ in range(3):
        desk.run(receivers={**desk.receivers(), "broken": broken})
        desk.clock.advance(timedelta(seconds=40))
    assert len(desk.posted()) == len(set(desk.posted())) == 6
    assert desk.screen.getvalue().count("keluhan dan sebutan negatif melonjak") == 6


def test_time_outs_of_one_receiver_do_not_add_up_within_a_run(desk: Desk) -> None:
    broken = Broken(Recoverable("time-out"))
    for n in range(9):
        desk.save(opened(agreed=terms(destinations=("broken:x",)), rule=f"negative_{n}"))
    report = desk.run(receivers={"broken": broken}, fallback=())
    assert (len(broken.tried), len(report.retried)) == (2, 9)


def test_a_message_that_cannot_be_drawn_does_not_stop_the_others(desk: Desk) -> None:
    broken = Broken(KeyError("bug"))
    desk.save(opened(agreed=terms(destinations=("broken:x", "terminal"))))
    report = desk.run(receivers={**desk.receivers(), "broken": broken})
    assert (len(report.sent), len(report.retried)) == (1, 1)
    assert "KeyError" in report.retried[0][1]


# dead letters and the fallback


@pytest.mark.parametrize("code", ["channel_not_found", "is_archived", "token_revoked", "msg_too_long"])
def test_what_is_refused_for_good_is_a_dead_letter_and_goes_to_the_fallback(desk: Desk, code: str) -> None:
    desk.slack.misbehave("chat.postMessage", Answer(200, {"ok": False, "error": code}))
    desk.save(opened(agreed=TO_SLACK))
    report = desk.run()
    assert desk.outcomes() == [("first", "failed"), ("first", "sent")]
    assert code in desk.rows()[0].reason
    assert (len(report.dead), len(report.sent)) == (1, 1)
    assert desk.screen.getvalue().count("TINGGI · PLN") == 1


def test_an_unknown_receiver_is_a_dead_letter_that_says_what_is_set_up(desk: Desk) -> None:
    desk.save(opened(agreed=terms(destinations=("telegram:1",))))
    desk.run()
    assert desk.outcomes() == [("first", "failed"), ("first", "sent")]
    assert "telegram" in desk.rows()[0].reason
    assert "slack, terminal" in desk.rows()[0].reason


def test_a_dead_letter_at_the_fallback_itself_goes_nowhere(desk: Desk) -> None:
    desk.save(opened(agreed=terms(destinations=("broken:x",))))
    desk.run(receivers={"broken": Broken(Final("no"))}, fallback=("broken:x",))
    assert desk.outcomes() == [("first", "failed")]


def test_handing_on_does_not_undo_what_people_did(desk: Desk) -> None:
    alert = desk.save(opened(agreed=TO_SLACK))
    desk.state.save_alert(acknowledge(alert, by="Dewi", at=at(0.1)))
    desk.slack.misbehave("chat.postMessage", Answer(200, {"ok": False, "error": "is_archived"}))
    desk.run()
    kept = desk.state.alert(alert.id)
    assert kept is not None
    assert kept.state is AlertState.ACKNOWLEDGED


def test_whoever_got_the_beginning_from_the_fallback_gets_the_end(desk: Desk) -> None:
    desk.slack.misbehave("chat.postMessage", Answer(200, {"ok": False, "error": "is_archived"}))
    alert = desk.save(opened(agreed=TO_SLACK))
    desk.run()
    desk.save(decide(alert, None, tick(6), TO_SLACK, closed=True))
    desk.run()
    assert desk.outcomes(SLACK_PLN) == [("first", "failed"), ("resolved", "suppressed")]
    assert desk.outcomes("terminal") == [("first", "sent"), ("resolved", "sent")]
    assert desk.posted() == [], "the channel that never saw the beginning is spared the end"


def test_a_destination_that_fails_for_long_is_told_to_the_fallback_and_tried_on(desk: Desk) -> None:
    desk.slack.misbehave("chat.postMessage", *[Answer(503, "")] * TRIES_BEFORE_FALLBACK)
    alert = desk.save(opened(agreed=TO_SLACK))
    for _ in range(TRIES_BEFORE_FALLBACK):
        assert desk.screen.getvalue() == ""
        desk.run()
        due = next(d.next_attempt_at for d in desk.state.deliveries(outcome="pending") if d.notice.destination == SLACK_PLN)
        assert due is not None
        desk.clock.at = due
    desk.until_settled()
    desk.save(decide(alert, None, tick(6), TO_SLACK, closed=True))
    desk.until_settled()
    assert desk.outcomes(SLACK_PLN) == desk.outcomes("terminal") == [("first", "sent"), ("resolved", "sent")]


def test_after_a_week_of_silence_it_is_a_dead_letter(desk: Desk) -> None:
    broken = Broken(Recoverable("nothing"))
    desk.save(opened(agreed=terms(destinations=("broken:x",))))
    for _ in range(200):
        desk.run(receivers={"broken": broken}, fallback=())
        row = desk.rows()[0]
        if row.outcome == "failed":
            break
        assert row.next_attempt_at is not None
        desk.clock.at = row.next_attempt_at
    assert desk.rows()[0].outcome == "failed"
    assert timedelta(days=7) < desk.clock.now() - at(0) < timedelta(days=8)


# late, simulated, wide


def test_what_waited_for_more_than_a_day_is_sent_and_marked_late(desk: Desk) -> None:
    desk.save(opened(agreed=TO_SLACK))
    desk.clock.advance(timedelta(hours=25))
    desk.run()
    assert desk.outcomes() == [("first", "late")]
    assert "TERLAMBAT" in desk.slack.channel("#humas-pln").messages[0]["text"]


def test_a_simulated_alert_never_leaves_through_a_real_receiver(desk: Desk) -> None:
    agreed = replace(TO_SLACK, simulated=True)
    alert = desk.save(opened(agreed=agreed))
    desk.save(decide(alert, None, tick(6), agreed, closed=True))
    desk.run()
    assert [(d.outcome, d.reason) for d in desk.rows() if d.notice.destination == SLACK_PLN] == [("suppressed", "simulasi")] * 2
    assert desk.slack.requests == [], "not even a question was asked"
    assert desk.outcomes("terminal") == [("first", "sent"), ("resolved", "sent")]
    assert desk.screen.getvalue().count("SIMULASI · TINGGI · PLN") == 1


def test_a_simulated_alert_is_not_handed_on_to_a_real_fallback(desk: Desk) -> None:
    desk.save(opened(agreed=terms(destinations=("telegram:1",), simulated=True)))
    desk.run(fallback=(SLACK_PLN,))
    assert desk.slack.requests == []
    assert [d.outcome for d in desk.rows()] == ["failed", "suppressed"]


def test_a_simulated_replay_of_long_ago_is_not_late(desk: Desk) -> None:
    desk.save(opened(agreed=terms(simulated=True)))
    desk.clock.advance(timedelta(days=300))
    desk.run()
    assert desk.outcomes() == [("first", "sent")]


def test_each_member_of_a_wide_event_is_told_its_end(desk: Desk) -> None:
    decisions = []
    for n in range(6):
        agency = AgencyConfig(slug=f"a{n}", name=f"Instansi {n}", aliases=("Instansi",))
        decisions.append(decide(None, fires(0, agency=f"a{n}"), tick(0), terms(agency=agency, destinations=(SLACK_PLN,))))
    grouped = group(decisions, AlertPolicy())
    for decision in grouped:
        desk.save(decision)
    desk.run()
    assert [key.split("/")[1] for key in desk.posted()] == ["wide_event"]
    member = next(d for d in grouped if not d.notices)
    desk.save(decide(alert_of(member), None, tick(6), TO_SLACK, closed=True))
    desk.run()
    assert [key.split("/")[1] for key in desk.posted()] == ["wide_event", "resolved"]


# several workers


def test_two_workers_at_once_send_everything_once(tmp_path: Path) -> None:
    with SlackServer() as server:
        first = Desk(state=open_state(tmp_path), slack=server)
        for n in range(20):
            first.save(opened(agreed=TO_SLACK, rule=f"negative_{n}"))
        second = Desk(state=open_state(tmp_path), slack=server)
        start = threading.Barrier(2)
        reports: list[DeliveryReport] = []

        def work(desk: Desk, name: str) -> None:
            start.wait()
            reports.append(desk.run(worker=name))

        threads = [threading.Thread(target=work, args=(desk, f"w{n}")) for n, desk in enumerate((first, second))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(first.posted()) == len(set(first.posted())) == 20
        assert sum(len(r.sent) for r in reports) == 20
        assert {d.outcome for d in first.rows()} == {"sent"}
        first.state.close()
        second.state.close()


def test_a_worker_whose_lease_ran_out_records_nothing_and_nothing_is_doubled(desk: Desk) -> None:
    """The receiver is so slow that another worker takes over while it sends."""
    desk.save(opened(agreed=TO_SLACK))
    real = slack_receiver(desk.slack)

    class Slow(Broken):
        def send(self, notice: Notice, previous_ref: str) -> str:
            ref = real.send(notice, previous_ref)
            desk.clock.advance(timedelta(minutes=10))
            other.append(desk.run(worker="w2"))
            return ref

    other: list[DeliveryReport] = []
    mine = desk.run(receivers={"slack": Slow(Final("unused"), "slack")}, worker="w1")
    assert len(desk.posted()) == 1
    assert (len(other[0].found), len(mine.sent)) == (1, 0)
    assert desk.outcomes() == [("first", "sent")]
