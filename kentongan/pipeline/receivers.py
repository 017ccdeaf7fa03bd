"""Builds the receivers that config/receivers.yml and the environment ask for, and says where an agency's alerts go."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import IO, Protocol

from pydantic import Field, ValidationError

from alerts.apprise_receiver import PREFIX as APPRISE_VARIABLE
from alerts.apprise_receiver import AppriseReceiver
from alerts.patience import BUGS
from alerts.slack import SlackReceiver
from alerts.slack_webhook import VARIABLE as WEBHOOK_VARIABLE
from alerts.slack_webhook import SlackWebhookReceiver
from alerts.terminal import TerminalReceiver
from kentongan.clock import parse_time
from kentongan.config import AgencyConfig, Config, ReceiverConfig, Strict, load_config
from kentongan.errors import ConfigError, ReceiverError, StoreError
from kentongan.pipeline.enclosures import StoredEnclosures
from kentongan.ports import Clock, Receiver, StateStore
from kentongan.problems import explain, nearest
from kentongan.settings import Settings
from kentongan.words import say

log = logging.getLogger(__name__)
QUIET_ABOUT_THE_SAME = timedelta(hours=1)


class TerminalOptions(Strict):
    """options of a receiver of kind terminal."""


class SlackOptions(Strict):
    """options of a receiver of kind slack."""

    timeout_s: float = Field(default=10.0, gt=0, le=30)  # longer than the outbox's lease allows would send twice


class TimeoutOptions(Strict):
    """options of a receiver of kind slack_webhook or apprise."""

    timeout_s: float = Field(default=10.0, gt=0, le=30)


KINDS: dict[str, type[Strict]] = {
    "terminal": TerminalOptions,
    "slack": SlackOptions,
    "slack_webhook": TimeoutOptions,
    "apprise": TimeoutOptions,
}


def check_receivers(config: Config) -> list[str]:
    """What is wrong in receivers.yml, a line each: unknown kinds and options, destinations of unknown receivers."""
    path = config.folder / "receivers.yml"
    problems: list[str] = []
    for name, receiver in config.receivers.receivers.items():
        key = f"{path}: receivers.{name}"
        if receiver.kind not in KINDS:
            what = say(f"tidak ada jenis {receiver.kind!r}", f"no such kind {receiver.kind!r}")
            problems.append(f"{key}.kind: {what}{nearest(receiver.kind, KINDS)}")
            continue
        if name != receiver.kind:
            kind = receiver.kind
            problems.append(f"{key}: {say(f'penerima jenis {kind} harus bernama {kind!r}', f'a receiver of kind {kind} must be named {kind!r}')}")
        try:
            KINDS[receiver.kind](**receiver.options)
        except ValidationError as exc:
            problems += explain(path, exc, KINDS[receiver.kind], prefix=f"receivers.{name}.options.")
    for field in ("operations", "fallback", "leadership"):
        for destination in getattr(config.receivers, field):
            kind, _, place = destination.partition(":")
            if kind not in KINDS:
                what = say(f"tidak ada penerima {kind!r} (dalam {destination!r})", f"no receiver {kind!r} (in {destination!r})")
                problems.append(f"{path}: {field}: {what}{nearest(kind, KINDS)}")
            elif kind == "slack" and not place:
                problems.append(f"{path}: {field}: " + say("tulis kanalnya, misalnya slack:#ops", "name the channel, e.g. slack:#ops"))
    for agency in config.agencies.values():
        for destination in agency.also_to:
            kind = destination.partition(":")[0]
            if kind not in KINDS:
                what = say(f"tidak ada penerima {kind!r} (dalam {destination!r})", f"no receiver {kind!r} (in {destination!r})")
                problems.append(f"{config.folder / 'agencies' / f'{agency.slug}.yml'}: also_to: {what}{nearest(kind, KINDS)}")
    return problems


def build_receivers(
    settings: Settings, config: Config, stream: IO[str], *, terminal_only: bool = False, state: StateStore | None = None
) -> dict[str, Receiver]:
    """The receivers by name: terminal always, slack when SLACK_BOT_TOKEN is set and receivers.yml does not switch it off.

    state: where the counts of pictures are; without it there are none. Raises ConfigError that names every problem of receivers.yml.
    """
    problems = check_receivers(config)
    if problems:
        raise ConfigError("\n".join(problems))
    receivers: dict[str, Receiver] = {
        "terminal": TerminalReceiver(stream, config.agencies, database=settings.database if settings.database_named else None)
    }
    slack = config.receivers.receivers.get("slack", ReceiverConfig(kind="slack"))
    if settings.slack_bot_token and slack.enabled and not terminal_only:
        options = SlackOptions(**slack.options)
        receivers["slack"] = SlackReceiver(
            settings.slack_bot_token,
            config.agencies,
            base_url=settings.slack_base_url,
            timeout_s=options.timeout_s,
            enclosures=StoredEnclosures(settings, config, state) if state is not None else None,
            interactive=bool(settings.slack_app_token or settings.slack_signing_secret),  # somebody will listen for its buttons
        )
    if not terminal_only:
        receivers |= _by_address(settings, config)
    return receivers


def _by_address(settings: Settings, config: Config) -> dict[str, Receiver]:
    """Receivers that are there as soon as the environment holds an address for them, unless receivers.yml switches them off."""
    environment = settings.secrets or {}
    found: dict[str, Receiver] = {}
    for kind, variable in ((SlackWebhookReceiver, WEBHOOK_VARIABLE), (AppriseReceiver, APPRISE_VARIABLE)):
        chosen = config.receivers.receivers.get(kind.name, ReceiverConfig(kind=kind.name))
        if chosen.enabled and any(name.startswith(f"{variable}_") and value for name, value in environment.items()):
            options = TimeoutOptions(**chosen.options)
            found[kind.name] = kind(environment, config.agencies, timeout_s=options.timeout_s)
    return found


def destinations_for(agency: AgencyConfig, receivers: Mapping[str, Receiver], *, simulated: bool = False) -> tuple[str, ...]:
    """Where this agency's alerts go: its Slack channel where there is one and a token, and `also_to`; the terminal where none of them is set up.

    Simulated: the terminal alone.
    """
    places = [f"slack:{agency.slack_channel}"] if agency.slack_channel else []
    ready = [place for place in dict.fromkeys((*places, *agency.also_to)) if place.partition(":")[0] in receivers]
    return tuple(ready) if ready and not simulated else ("terminal",)


def groups_for(
    agency: AgencyConfig, receivers: Mapping[str, Receiver], leadership: Sequence[str], *, simulated: bool = False
) -> tuple[tuple[str, ...], ...] | None:
    """Who is told, one group after the other, when nobody takes an alert on: the agency's escalate_to, then the leadership.

    Each destination once; those whose receiver is not set up are left out, and a group without any does not count. None for a simulation.
    """
    if simulated:
        return None
    known = set(destinations_for(agency, receivers))
    groups = []
    for names in (agency.escalate_to, leadership):
        places = [name if ":" in name or name in receivers else f"slack:{name}" for name in names]
        group = tuple(place for place in dict.fromkeys(places) if place.partition(":")[0] in receivers and place not in known)
        known.update(group)
        if group:
            groups.append(group)
    return tuple(groups)


class OperationsContext(Protocol):
    """The parts of a pipeline's Context that are needed to tell operations."""

    @property
    def config(self) -> Config: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def state(self) -> StateStore: ...
    @property
    def receivers(self) -> Mapping[str, Receiver]: ...


def tell_operations(ctx: OperationsContext, subject: str, what: str) -> bool:
    """Tell operations of trouble with Kentongan itself, never an agency; the same subject at most once an hour. Returns whether it was told.

    Raises nothing for a receiver that fails: that is logged, and the next destination is tried; the fallback when none of operations' takes it.
    Raises StoreError when the store does not answer: see `tell_without_store`.
    """
    key, now = f"operations:{subject}", ctx.clock.now()
    last = ctx.state.meta(key)
    if last and timedelta(0) <= now - parse_time(last) < QUIET_ABOUT_THE_SAME:
        return False
    told = _say_to_operations(ctx.config, ctx.receivers, subject, what)
    if told:
        try:
            ctx.state.set_meta(key, now.isoformat())
        except StoreError as exc:  # it was told all the same
            log.error("operations: told of %s, and not written down: %s", subject, exc)
    return told


def tell_without_store(settings: Settings, subject: str, what: str, stream: IO[str]) -> bool:
    """Tell operations of trouble while the store itself is out of reach, whatever the trouble at most once an hour; returns whether it was told.

    When it was told last is known by a file in the var folder. stream: where the terminal receiver writes. Raises ConfigError.
    """
    mark = settings.var / "told-without-store"
    if mark.exists() and time.time() - mark.stat().st_mtime < QUIET_ABOUT_THE_SAME.total_seconds():
        return False
    config = load_config(settings.config)
    headline = say("penyimpanan tidak terjangkau", "the store is out of reach")
    told = _say_to_operations(config, build_receivers(settings, config, stream), headline, f"{subject}: {what}")
    if told:
        mark.touch()
    return told


def _say_to_operations(config: Config, receivers: Mapping[str, Receiver], subject: str, what: str) -> bool:
    told = False
    channels = config.receivers
    for destination in dict.fromkeys((*channels.operations, *channels.fallback)):
        if told and destination not in channels.operations:
            break  # the fallback is for when no channel of operations takes it
        receiver = receivers.get(destination.partition(":")[0])
        if receiver is None:
            log.error("operations: %s is not set up; not told: %s", destination, subject)
            continue
        try:
            receiver.tell(destination, say(f"GANGGUAN KENTONGAN · {subject}", f"TROUBLE WITH KENTONGAN · {subject}"), what)
            told = True
        except (ReceiverError, *BUGS) as exc:
            log.error("operations: %s: %s; not told: %s", destination, exc if isinstance(exc, ReceiverError) else repr(exc), subject)
    return told
