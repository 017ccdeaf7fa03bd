"""What the tests of this room start from: PLN and BPJS, their terms, moments, a state store, a Slack receiver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alerts.lifecycle import Decision, Terms, Tick, decide
from alerts.slack import SlackReceiver
from kentongan.clock import FixedClock
from kentongan.config import AgencyConfig, AlertPolicy, RuleConfig
from kentongan.records import Alert, Notice, NotifyReason, Quote, Spike, Window
from kentongan.store.state_sql import SqlState
from tests.factories import T0, claim, spike
from tests.servers.slack import TOKEN, SlackServer

PLN = AgencyConfig(slug="pln", name="PLN", aliases=("PLN",), slack_channel="#humas-pln", hotlines=("123",))
BPJS = AgencyConfig(slug="bpjs-kesehatan", name="BPJS Kesehatan", aliases=("BPJS",), slack_channel="#humas-bpjs", language="en")
AGENCIES = {"pln": PLN, "bpjs-kesehatan": BPJS}
SLACK_PLN = "slack:#humas-pln"


def terms(**fields: Any) -> Terms:
    """PLN, default policy, to the terminal."""
    plain: dict[str, Any] = {"policy": AlertPolicy(), "rule": RuleConfig(), "agency": PLN, "destinations": ("terminal",)}
    return Terms(**{**plain, **fields})


def at(hours: float) -> datetime:
    """So many hours after T0 (Monday 10.00 WIB)."""
    return T0 + timedelta(hours=hours)


def tick(hours: float, *, behind_h: float = 0.0, catching_up: bool = False) -> Tick:
    """The bin that ends `hours` after T0, decided `behind_h` hours later."""
    return Tick(now=at(hours), wall_now=at(hours + behind_h), catching_up=catching_up)


def fires(hours: float, **fields: Any) -> Spike:
    """The detector fires in the bin that ends then: 37 in the hour before, unless said otherwise."""
    end = at(hours)
    return spike(**{"bin_end": end, "window": Window(start=end - timedelta(hours=1), end=end), **fields})


def opened(hours: float = 0.0, agreed: Terms | None = None, **fields: Any) -> Decision:
    """The decision that opens an alert."""
    return decide(None, fires(hours, **fields), tick(hours), agreed or terms())


def alert_of(decision: Decision) -> Alert:
    """Its alert, which must be there."""
    assert decision.alert is not None
    return decision.alert


def reasons(decision: Decision) -> list[NotifyReason]:
    """What was sent."""
    return [n.transition for n in decision.notices]


def withheld(decision: Decision) -> list[NotifyReason]:
    """Why something was not."""
    return [w.reason for w in decision.withheld]


def rich_spike(**fields: Any) -> Spike:
    """A spike with everything that a message can show."""
    quotes = (
        Quote(mention_id="m1", text="Listrik mati dari subuh, @budi99 tolong, hubungi 0812-3456-7890", platform="mastodon", published_at=at(-0.5)),
        Quote(
            mention_id="m2", text="Warga Sumatera keluhkan pemadaman berjam-jam", platform="web", published_at=at(-0.25),
            url="https://berita.example/1", copies=4,
        ),
    )  # fmt: skip
    plain: dict[str, Any] = {
        "severity": "critical", "chance_weeks": 12.9, "copy_share": 0.12, "top_mentions": quotes, "topics": ("pemadaman",),
        "sources": ("mastodon-pln", "antara"), "sources_down": ("kompas",), "nearest_claim": claim(title="Token listrik gratis dari PLN"),
    }  # fmt: skip
    return fires(0, **{**plain, **fields})


def notice(destination: str = SLACK_PLN, *, of: Alert | None = None, **fields: Any) -> Notice:
    """The opening of a critical alert of PLN."""
    decision = decide(None, rich_spike(), tick(0), terms(destinations=(destination,)))
    first = decision.notices[0]
    return replace(first, **{**({"alert": of, "episode": of.id} if of else {}), **fields})


def open_state(tmp_path: Path) -> SqlState:
    """A real state store in a file of its own."""
    return SqlState(f"sqlite:///{tmp_path / 'state.db'}")


def slack_receiver(
    server: SlackServer, *, timeout_s: float = 30.0, token: str = TOKEN, sleep: Callable[[float], None] = lambda _: None
) -> SlackReceiver:
    """The real receiver, pointed at the server on localhost."""
    return SlackReceiver(token, AGENCIES, base_url=server.url, timeout_s=timeout_s, sleep=sleep)


def clock(hours: float = 0.0) -> FixedClock:
    """A clock that stands at `hours` after T0."""
    return FixedClock(at(hours).astimezone(UTC))
