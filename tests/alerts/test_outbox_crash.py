"""kill -9 at every step of a delivery, then another worker: the message is there, once."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from alerts.lifecycle import decide
from tests.alerts.builders import SLACK_PLN, fires, open_state, opened, terms, tick
from tests.alerts.desk import Desk
from tests.servers.slack import Answer, Hang, Pause, Reset, SlackServer

PROGRAM = Path(__file__).with_name("worker_program.py")
TO_SLACK = terms(destinations=(SLACK_PLN,))


@contextmanager
def worker(desk: Desk, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own; killed at the end of the block, as by a power cut."""
    hours = (desk.clock.now() - desk.clock.now().replace(hour=3, minute=0)).total_seconds() / 3600
    process = subprocess.Popen([sys.executable, str(PROGRAM), f"sqlite:///{tmp_path / 'state.db'}", desk.slack.url, str(hours)])
    try:
        yield process
    finally:
        process.kill()
        assert process.wait() == -9, "it was still at work"


@pytest.mark.parametrize("arrived", [True, False])
def test_killed_while_it_waits_for_the_answer(desk: Desk, tmp_path: Path, arrived: bool) -> None:
    desk.slack.misbehave("chat.postMessage", Hang(done=arrived))
    desk.save(opened(agreed=TO_SLACK))
    with worker(desk, tmp_path):
        desk.slack.wait_for("chat.postMessage")
    assert desk.run().counts()["sent"] == 0, "its lease still runs"
    desk.clock.advance(timedelta(minutes=3))
    report = desk.run()
    assert (len(report.found), len(report.sent)) == ((1, 0) if arrived else (0, 1))
    assert len(desk.posted()) == 1
    assert desk.outcomes() == [("first", "sent")]


def test_killed_between_the_answer_and_the_record(desk: Desk, tmp_path: Path) -> None:
    gate = threading.Event()
    desk.slack.misbehave("chat.postMessage", Pause(gate))
    desk.save(opened(agreed=TO_SLACK))
    blocker = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    with worker(desk, tmp_path):
        desk.slack.wait_for("chat.postMessage")
        blocker.execute("BEGIN IMMEDIATE")  # the record cannot be written while this transaction is open
        gate.set()
        desk.slack.wait_until_answered("chat.postMessage")
    blocker.execute("ROLLBACK")
    blocker.close()
    assert desk.outcomes() == [("first", "pending")]
    desk.clock.advance(timedelta(minutes=3))
    desk.until_settled()
    assert len(desk.posted()) == 1
    assert desk.outcomes() == [("first", "sent")]


def test_killed_while_it_looks_whether_the_message_arrived(desk: Desk, tmp_path: Path) -> None:
    desk.slack.misbehave("chat.postMessage", Reset(done=True))
    desk.slack.misbehave("conversations.history", Hang(done=True))
    desk.save(opened(agreed=TO_SLACK))
    desk.run()
    desk.clock.advance(timedelta(minutes=1))
    with worker(desk, tmp_path):
        desk.slack.wait_for("conversations.history")
    desk.clock.advance(timedelta(minutes=3))
    desk.until_settled()
    assert len(desk.posted()) == 1


@pytest.mark.parametrize("step", ["chat.update", "chat.postMessage"])
def test_killed_between_the_root_and_the_reply(desk: Desk, tmp_path: Path, step: str) -> None:
    alert = desk.save(opened(agreed=TO_SLACK))
    desk.run()
    desk.save(decide(alert, None, tick(0.5), TO_SLACK, closed=True))
    desk.slack.misbehave(step, Hang(done=True))
    count = len(desk.slack.calls(step)) + 1
    with worker(desk, tmp_path):
        desk.slack.wait_for(step, count)
    desk.clock.advance(timedelta(minutes=3))
    desk.until_settled()
    root, reply = desk.slack.channel("#humas-pln").messages
    assert reply["thread_ts"] == root["ts"]
    assert desk.outcomes() == [("first", "sent"), ("resolved", "sent")]


ROUGH = st.sampled_from(
    (
        None, Reset(done=True), Reset(done=False), Answer(500, "oops"), Answer(503, ""), Answer(200, {"ok": False, "error": "internal_error"}),
        Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "3"}),
    )
)  # fmt: skip


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(post=st.lists(ROUGH, max_size=6), update=st.lists(ROUGH, max_size=3), history=st.lists(ROUGH, max_size=3), replies=st.lists(ROUGH, max_size=3))
def test_every_message_of_an_episode_arrives_exactly_once_and_in_order_whatever_slack_does(
    tmp_path_factory: pytest.TempPathFactory, post: list[object], update: list[object], history: list[object], replies: list[object]
) -> None:
    with SlackServer() as server:
        desk = Desk(state=open_state(tmp_path_factory.mktemp("law")), slack=server)
        for method, script in (
            ("chat.postMessage", post),
            ("chat.update", update),
            ("conversations.history", history),
            ("conversations.replies", replies),
        ):
            server.misbehave(method, *[how for how in script if how is not None])  # type: ignore[misc]  # drawn from ROUGH
        alert = desk.save(opened(agreed=TO_SLACK))
        desk.run()
        alert = desk.save(decide(alert, fires(1, severity="critical"), tick(1), TO_SLACK))
        desk.run()
        desk.save(decide(alert, None, tick(7), TO_SLACK, closed=True))
        desk.until_settled()
        assert [key.split("/")[1] for key in desk.posted()] == ["first", "escalated", "resolved"]
        assert desk.outcomes(SLACK_PLN) == [("first", "sent"), ("escalated", "sent"), ("resolved", "sent")]
        desk.state.close()
