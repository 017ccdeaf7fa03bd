"""An officer's desk for tests: a real state store, a clock, the real receivers, a Slack workspace on localhost."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from alerts.lifecycle import Decision
from alerts.outbox import DeliveryReport, deliver
from alerts.terminal import TerminalReceiver
from kentongan.clock import FixedClock
from kentongan.ports import Receiver
from kentongan.records import Alert, Delivery
from kentongan.store.state_sql import SqlState
from tests.alerts.builders import AGENCIES, alert_of, clock, slack_receiver
from tests.servers.slack import SlackServer


@dataclass
class Desk:
    """A state store, a clock, a Slack workspace and a terminal."""

    state: SqlState
    slack: SlackServer
    clock: FixedClock = field(default_factory=clock)
    screen: io.StringIO = field(default_factory=io.StringIO)
    timeout_s: float = 30.0

    def receivers(self) -> dict[str, Receiver]:
        return {"terminal": TerminalReceiver(self.screen, AGENCIES, "id"), "slack": slack_receiver(self.slack, timeout_s=self.timeout_s)}

    def save(self, decision: Decision) -> Alert:
        alert = alert_of(decision)
        self.state.save_alert(alert, decision.notices, decision.withheld)
        return alert

    def run(
        self, *, receivers: Mapping[str, Receiver] | None = None, worker: str = "w1", fallback: Sequence[str] = ("terminal",),
        patience_s: float = 0.0, sleep: Callable[[float], None] | None = None,
    ) -> DeliveryReport:  # fmt: skip
        return deliver(
            self.state, self.receivers() if receivers is None else receivers, clock=self.clock, worker=worker, fallback=fallback,
            late_after=timedelta(hours=24), patience_s=patience_s, sleep=sleep or self.sleep,
        )  # fmt: skip

    def sleep(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    def until_settled(self, rounds: int = 40) -> None:
        """Ticks, ten minutes apart, until nothing is pending."""
        for _ in range(rounds):
            self.run()
            if not self.state.deliveries(outcome="pending"):
                return
            self.clock.advance(timedelta(minutes=10))
        raise AssertionError(self.state.deliveries(outcome="pending"))

    def outcomes(self, destination: str = "") -> list[tuple[str, str]]:
        return [(str(d.notice.transition), d.outcome) for d in self.rows() if destination in ("", d.notice.destination)]

    def rows(self) -> list[Delivery]:
        return self.state.deliveries()

    def posted(self) -> list[str]:
        return self.slack.channel("#humas-pln").keys()
