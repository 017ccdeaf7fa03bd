"""Whatever happens in whatever order: at most one beginning, no end without one, sequences that only grow, the same again when played again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from alerts.actions import acknowledge, mark_false_alarm, snooze
from alerts.holding import waits_for_morning
from alerts.lifecycle import Decision, Tick, decide, tell_end
from kentongan.config import SilenceConfig
from kentongan.records import SENT_REASONS, SEVERITIES, Alert, AlertState, Notice, NotifyReason, Silence, Withheld
from tests.alerts.builders import at, fires, terms

BEGINNING = NotifyReason.FIRST


class Episode(RuleBasedStateMachine):
    """One (agency, rule) through many bins, with people, silences, outages and catch-ups in between."""

    def __init__(self) -> None:
        super().__init__()
        self.hours = 0.0
        self.current: Alert | None = None
        self.last_resolved: Alert | None = None
        self.last_withheld: Withheld | None = None
        self.silences: list[Silence] = []
        self.notices: list[Notice] = []
        self.withheld: list[Withheld] = []
        self.bins = 0

    def step(self, spike_fields: dict[str, Any] | None, *, step_h: float, behind_h: float, more: bool, closed: bool, down: bool) -> None:
        self.hours += step_h
        self.bins += 1
        now = at(self.hours)
        tick = Tick(now=now, wall_now=now + timedelta(hours=behind_h), catching_up=more)
        agreed = terms(silences=tuple(self.silences), groups=(("duty",), ("board",)))
        if self.current is None and self.last_resolved is not None and waits_for_morning(self.last_resolved):
            self.take(tell_end(self.last_resolved, tick, agreed))
        signal = fires(self.hours, **spike_fields) if spike_fields else None
        arguments: dict[str, Any] = {
            "closed": closed, "down": down, "last_resolved": self.last_resolved, "last_withheld": self.last_withheld,
        }  # fmt: skip
        decision = decide(self.current, signal, tick, agreed, **arguments)
        assert decide(self.current, signal, tick, agreed, **arguments) == decision, "pure"
        assert len({n.transition for n in decision.notices}) + len(decision.withheld) <= 1, "one reason at a time"
        if decision.alert is not None and self.current is not None:
            assert decision.alert.sequence >= self.current.sequence
            assert decision.alert.id == self.current.id
        self.take(decision)
        if self.current is not None:
            assert decide(self.current, signal, tick, agreed, **{**arguments, "last_resolved": self.last_resolved}) == Decision(), (
                "a bin decided twice"
            )

    def take(self, decision: Decision) -> None:
        self.notices += decision.notices
        self.withheld += decision.withheld
        if decision.alert is None:
            if decision.withheld:
                self.last_withheld = decision.withheld[-1]
        elif decision.alert.state is AlertState.RESOLVED:
            self.last_resolved, self.current = decision.alert, None
        else:
            self.current = decision.alert

    @rule(
        observed=st.integers(6, 900), severity=st.sampled_from(SEVERITIES), authors=st.integers(0, 9), cold=st.booleans(),
        step_h=st.sampled_from((1 / 12, 0.5, 4.0, 9.0)), behind_h=st.sampled_from((0.2, 0.2, 3.0, 40.0)), more=st.booleans(), down=st.integers(0, 9),
    )  # fmt: skip
    def fire(self, observed: int, severity: str, authors: int, cold: bool, step_h: float, behind_h: float, more: bool, down: int) -> None:
        fields = {"observed": observed, "severity": severity, "distinct_authors": authors, "chance_weeks": None if cold else 40.0}
        self.step(fields, step_h=step_h, behind_h=behind_h, more=more, closed=False, down=down == 0)

    @rule(step_h=st.sampled_from((1 / 12, 2.0, 7.0)), down=st.integers(0, 4))
    def quiet(self, step_h: float, down: int) -> None:
        self.step(None, step_h=step_h, behind_h=0.2, more=False, closed=False, down=down == 0)

    @rule(behind_h=st.sampled_from((0.2, 5.0, 50.0)), more=st.booleans(), down=st.integers(0, 4))
    def close(self, behind_h: float, more: bool, down: int) -> None:
        self.step(None, step_h=0.5, behind_h=behind_h, more=more, closed=True, down=down == 0)

    @precondition(lambda self: self.current is not None)
    @rule(act=st.sampled_from(("ack", "snooze", "false")))
    def person(self, act: str) -> None:
        assert self.current is not None
        moment = at(self.hours + 0.01)
        if act == "ack":
            self.current = acknowledge(self.current, by="Dewi", at=moment)
        elif act == "snooze":
            self.current = snooze(self.current, until=moment + timedelta(hours=4), by="Dewi", at=moment)
        else:
            self.current = mark_false_alarm(self.current, by="Dewi", at=moment)

    @rule(length_h=st.sampled_from((0.5, 3.0, 30.0)))
    def hush(self, length_h: float) -> None:
        config = SilenceConfig(agency="pln", starts_at=at(self.hours), ends_at=at(self.hours + length_h), owner="Dewi", reason="uji")
        self.silences = [Silence(id="s", agency="pln", rule="*", starts_at=config.starts_at, ends_at=config.ends_at, owner="Dewi", reason="uji")]

    @invariant()
    def at_most_one_beginning_per_episode(self) -> None:
        firsts = [n.episode for n in self.notices if n.transition is BEGINNING]
        calls = [(n.episode, n.destination) for n in self.notices if n.transition is NotifyReason.UNATTENDED]
        assert len(calls) == len(set(calls)), "each group is called once"
        assert len(firsts) == len(set(firsts))

    @invariant()
    def nothing_is_told_of_an_episode_before_its_beginning(self) -> None:
        begun: set[str] = set()
        for notice in self.notices:
            assert notice.transition is BEGINNING or notice.episode in begun
            begun.add(notice.episode)

    @invariant()
    def nothing_is_told_of_an_episode_after_its_end(self) -> None:
        over: set[tuple[str, str]] = set()
        for notice in self.notices:
            assert (notice.episode, notice.destination) not in over
            if notice.alert.state is AlertState.RESOLVED:
                over.add((notice.episode, notice.destination))

    @invariant()
    def delivery_keys_are_unique_and_sequences_grow_strictly(self) -> None:
        keys = [n.key for n in self.notices]
        assert len(keys) == len(set(keys))
        last: dict[tuple[str, str], int] = {}
        for notice in self.notices:
            place = (notice.episode, notice.destination)
            assert notice.sequence > last.get(place, -1)
            last[place] = notice.sequence

    @invariant()
    def only_reasons_for_sending_are_sent_and_only_reasons_for_withholding_are_withheld(self) -> None:
        assert all(n.transition in SENT_REASONS for n in self.notices)
        assert all(w.reason not in SENT_REASONS for w in self.withheld)

    @invariant()
    def what_is_told_is_as_severe_as_the_alert(self) -> None:
        if self.current is not None and self.current.notified_severity is not None:
            assert SEVERITIES.index(self.current.notified_severity) <= SEVERITIES.index(self.current.severity)


TestEpisode = Episode.TestCase
TestEpisode.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
