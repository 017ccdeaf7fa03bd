"""The law of delivery: every (episode, transition, destination) arrives; never twice where the history can be read; elsewhere at most one
repeat, and it is marked. Whatever Slack does, wherever a worker dies, in whatever order workers come."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from alerts.actions import acknowledge
from alerts.incidents import fold
from alerts.lifecycle import decide
from kentongan.errors import Ambiguous, Recoverable
from kentongan.pipeline.updates import updates
from kentongan.ports import Receiver, StateStore
from kentongan.records import Alert, AlertState, Notice, NotifyReason
from tests.alerts.builders import SLACK_PLN, fires, open_state, opened, slack_receiver, terms, tick
from tests.alerts.desk import Desk
from tests.servers.slack import Answer, Misbehaviour, Reset, SlackServer

DUTY, HOOK = "slack:#duty", "hook:x"
AGREED = terms(destinations=(SLACK_PLN, HOOK), groups=((DUTY,),))
MATTER = {"words": ("token", "gratis")}
ROUGH: tuple[Misbehaviour, ...] = (
    Reset(done=True), Reset(done=False), Answer(500, "oops"), Answer(503, ""), Answer(200, {"ok": False, "error": "internal_error"}),
    Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "3"}), Answer(200, "<html>portal</html>"), Answer(408, ""),
)  # fmt: skip
METHODS = ("chat.postMessage", "chat.update", "conversations.history", "conversations.replies")


class PowerCut(BaseException):
    """The worker is gone: nothing after this runs, and nothing is written down."""


class Dying:
    """The receiver of a worker that dies before or after its next message."""

    real = True

    def __init__(self, real: Receiver, when: str) -> None:
        self._real, self._when, self.name = real, when, real.name

    def send(self, notice: Notice, previous_ref: str) -> str:
        if self._when == "before":
            raise PowerCut
        ref = self._real.send(notice, previous_ref)
        if self._when == "after":
            raise PowerCut
        return ref

    def find(self, notice: Notice, previous_ref: str = "") -> str | None:
        return self._real.find(notice, previous_ref)

    def tell(self, destination: str, headline: str, sentence: str) -> str:
        return self._real.tell(destination, headline, sentence)


class Hook:
    """A receiver that only posts: keeps what arrived, and misbehaves as told."""

    name, real = "hook", True

    def __init__(self) -> None:
        self.arrived: list[tuple[str, bool]] = []  # (key, marked as a repeat)
        self.script: list[str] = []

    def send(self, notice: Notice, previous_ref: str) -> str:
        how = self.script.pop(0) if self.script else ""
        if how == "pause":
            raise Recoverable("pause")
        if how != "lost":
            self.arrived.append((notice.key, notice.repeat))
        if how in ("lost", "silent"):
            raise Ambiguous("no answer")
        return notice.key

    def find(self, notice: Notice, previous_ref: str = "") -> str | None:
        return None

    def tell(self, destination: str, headline: str, sentence: str) -> str:
        return destination


class Delivery(RuleBasedStateMachine):
    """One alert's life, told to two Slack channels and a webhook."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.server = SlackServer(("humas-pln", "duty")).__enter__()
        self.desk = Desk(state=open_state(Path(self.folder.name)), slack=self.server)
        self.hook = Hook()
        self.hours = 0.0
        self.workers = 0
        self.alert: Alert = self.desk.save(opened(agreed=AGREED, severity="high", **MATTER))
        self.second: Alert | None = None  # of another rule, told below the first

    def current(self) -> Alert:
        found = self.desk.state.alert(self.alert.id)
        assert found is not None
        return found

    def is_open(self) -> bool:
        return hasattr(self, "desk") and self.current().state is not AlertState.RESOLVED

    @precondition(is_open)
    @rule(what=st.sampled_from(("worse", "doubled", "on and on", "over")), step_h=st.sampled_from((0.5, 1.5)))
    def next_bin(self, what: str, step_h: float) -> None:
        self.hours += step_h
        self.desk.clock.advance(timedelta(hours=step_h))
        alert = self.current()
        fields = {"worse": {"severity": "critical"}, "doubled": {"observed": 2 * alert.notified_observed + 1}}.get(what, {})
        signal = None if what == "over" else fires(self.hours, **MATTER, **fields)
        decision = decide(alert, signal, tick(self.hours), AGREED, closed=what == "over")
        if decision.alert is not None:
            self.desk.save(decision)

    @precondition(is_open)
    @rule(severity=st.sampled_from(("low", "critical")))
    def another_rule_fires_for_the_same_event(self, severity: str) -> None:
        if self.second is not None:
            return
        decision = decide(None, fires(self.hours, rule="hoax_volume", severity=severity, **MATTER), tick(self.hours), AGREED)
        (joined,) = fold([decision], [self.current()])
        self.second = self.desk.save(joined)
        self.bring_up_to_date(self.second)

    @precondition(lambda self: getattr(self, "second", None) is not None)
    @rule(over=st.booleans())
    def the_other_rule_goes_on(self, over: bool) -> None:
        alert = self.desk.state.alert(self.second.id) if self.second else None
        if alert is None or alert.state is AlertState.RESOLVED:
            return
        self.hours += 0.25
        self.desk.clock.advance(timedelta(minutes=15))
        agreed = replace(AGREED, lead=self.current())
        signal = None if over else fires(self.hours, rule="hoax_volume", severity="critical", observed=200, **MATTER)
        decision = decide(alert, signal, tick(self.hours), agreed, closed=over)
        if decision.alert is not None:
            self.bring_up_to_date(self.desk.save(decision))

    def bring_up_to_date(self, alert: Alert) -> None:
        self.desk.state.save_alert(alert, updates(self.desk.state, alert, self.desk.clock.now()))

    @precondition(is_open)
    @rule()
    def taken_on(self) -> None:
        alert, now = self.current(), self.desk.clock.now()
        changed = acknowledge(alert, by="slack:U1", at=now)
        if changed != alert:
            self.desk.state.save_alert(changed, updates(self.desk.state, changed, now))

    @rule(method=st.sampled_from(METHODS), how=st.sampled_from(ROUGH))
    def slack_misbehaves(self, method: str, how: Misbehaviour) -> None:
        self.server.misbehave(method, how)

    @rule(how=st.sampled_from(("pause", "lost", "silent")))
    def hook_misbehaves(self, how: str) -> None:
        self.hook.script.append(how)

    @rule(minutes=st.sampled_from((1, 10)))
    def time_passes(self, minutes: int) -> None:
        self.desk.clock.advance(timedelta(minutes=minutes))
        self.hours += minutes / 60

    @rule(dies=st.sampled_from(("", "", "before", "after")), where=st.sampled_from(("slack", "hook")))
    def a_worker_comes(self, dies: str, where: str = "") -> None:
        self.workers += 1
        receivers: dict[str, Receiver] = {**self.desk.receivers(), "slack": slack_receiver(self.server), "hook": self.hook}
        if dies:
            receivers[where] = Dying(receivers[where], dies)
        try:
            self.desk.run(receivers=receivers, worker=f"w{self.workers}")
        except PowerCut:
            assert dies

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        state: StateStore = self.desk.state
        for _ in range(60):
            self.desk.clock.advance(timedelta(minutes=10))
            self.a_worker_comes("")
            if not state.deliveries(outcome="pending"):
                break
        self.check_the_law()
        state.close()
        self.server.__exit__()
        self.folder.cleanup()

    def check_the_law(self) -> None:
        rows = self.desk.state.deliveries()
        assert not [row for row in rows if row.outcome == "pending"]
        for place, channel in ((SLACK_PLN, "#humas-pln"), (DUTY, "#duty")):
            due = [row for row in rows if row.notice.destination == place and row.notice.transition is not NotifyReason.UPDATED]
            assert {row.outcome for row in due} <= {"sent", "late"}, "Slack refused nothing for good"
            arrived = self.server.channel(channel).keys()
            assert Counter(arrived) == Counter(row.notice.key for row in due), "each once"
            for episode in {row.notice.episode for row in due}:
                mine = [row.notice.key for row in due if row.notice.episode == episode]
                assert [key for key in arrived if key in mine] == mine, "in order"
        if self.second is not None:
            assert len(self.server.channel("#humas-pln").roots()) == 1, "one event, one message"
        copies = Counter(key for key, _ in self.hook.arrived)
        marked = Counter(key for key, repeat in self.hook.arrived if repeat)
        for row in rows:
            key = row.notice.key
            if row.notice.destination == HOOK and row.outcome != "suppressed":
                assert copies[key] <= 2, "at most one repeat"
                assert marked[key] >= copies[key] - 1, "and it says so"
                assert copies[key] or row.outcome == "failed"
                if row.outcome == "failed":  # the fallback has it instead
                    copy = replace(row.notice, destination="terminal", repeat=False)
                    assert copy.key in {other.notice.key for other in rows}


TestDelivery = Delivery.TestCase
TestDelivery.settings = settings(
    max_examples=30,
    stateful_step_count=14,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
