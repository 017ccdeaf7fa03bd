"""How something is told, or held back with a reason: the last step of every decision of alerts/lifecycle.py. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts.escalation import groups_told
from alerts.holding import hold, hourly
from kentongan.config import AgencyConfig, AlertPolicy, RuleConfig
from kentongan.records import Alert, Notice, NotifyReason, Silence, Spike, TimelineEntry, Withheld


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """The moment of a decision."""

    now: datetime  # event time: the end of the bin that is being decided
    wall_now: datetime  # when that happens; equal to `now` while a recorded stream is played back
    catching_up: bool  # more closed bins of this key wait behind this one


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What was agreed for one (agency, rule)."""

    policy: AlertPolicy
    rule: RuleConfig  # with the agency's overrides: Config.rule(name, slug)
    agency: AgencyConfig
    destinations: tuple[str, ...]
    silences: Sequence[Silence] = ()
    groups: tuple[tuple[str, ...], ...] | None = None  # who is told next when nobody takes it on (alerts/escalation.py); None: nobody ever
    told: tuple[str, ...] = ()  # where its beginning was told, also if messages go elsewhere by now
    lead: Alert | None = None  # the alert in whose message this one's beginning was told (alerts/incidents.py)
    simulated: bool = False  # SIMULASI: event time is the only time, nothing is late


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What to save, in one transaction: StateStore.save_alert(alert, notices, withheld), or add_withheld when there is no alert."""

    alert: Alert | None = None  # None: unchanged, or none was opened
    notices: tuple[Notice, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    refresh: bool = False  # nothing is told, but what was told before must show how it stands now


def notify(alert: Alert, reason: NotifyReason, tick: Tick, terms: Terms, *, same_sequence: bool = False) -> Decision:
    """Send for `reason`, or hold back and say why."""
    moment = tick.now if terms.simulated else tick.wall_now
    behind = timedelta(0) if terms.simulated else tick.wall_now - tick.now
    held = hold(
        alert, reason, now=tick.now, moment=moment, agency=terms.agency, silences=terms.silences,
        behind=behind if tick.catching_up else timedelta(0),
    )  # fmt: skip
    if held is not None:
        return hold_back(alert, *held, tick)
    if reason is NotifyReason.UNATTENDED:
        return _tell_next_group(alert, tick, terms, moment, late=behind > timedelta(hours=terms.policy.late_after_h))
    first = len(alert.timeline) == 1
    # A reminder in a lull must not lower the measure, or the next ordinary hour would count as doubled.
    higher = hourly(alert.spike.observed, alert.spike.window.hours) >= hourly(alert.notified_observed, alert.notified_window_h)
    told = replace(
        alert,
        sequence=alert.sequence if first or same_sequence else alert.sequence + 1,
        updated_at=tick.now,
        notified_at=tick.now,
        notified_observed=alert.spike.observed if higher else alert.notified_observed,
        notified_window_h=alert.spike.window.hours if higher else alert.notified_window_h,
        notified_severity=alert.severity,
        timeline=(*alert.timeline, TimelineEntry(at=tick.now, event=reason.value)),
    )
    put_off = any(entry.event == "withheld" and entry.detail == NotifyReason.LATE for entry in alert.timeline)
    age = moment - alert.opened_at if reason is NotifyReason.FIRST and put_off else behind
    late = age > timedelta(hours=terms.policy.late_after_h)
    notices = _notices(told, reason, _places(alert, reason, terms), moment, late, terms.lead)
    return Decision(alert=told, notices=notices)


def _places(alert: Alert, reason: NotifyReason, terms: Terms) -> tuple[str, ...]:
    """Where it is said: to those who are on duty; that it is worse or over, to every group that was told as well; the end, to all who were told."""
    if reason not in (NotifyReason.ESCALATED, NotifyReason.RESOLVED):
        return terms.destinations
    groups = (terms.groups or ())[: groups_told(alert)]
    told = terms.told if reason is NotifyReason.RESOLVED else ()
    return tuple(dict.fromkeys((*terms.destinations, *(place for group in groups for place in group), *told)))


def _tell_next_group(alert: Alert, tick: Tick, terms: Terms, moment: datetime, *, late: bool) -> Decision:
    """Nobody took it on: told to the next group, once. Those who are on duty are reminded all the same when that is due."""
    told, groups = groups_told(alert), terms.groups or ()
    if told >= len(groups):
        return hold_back(alert, NotifyReason.NO_NEXT_GROUP, "", tick)
    entry = TimelineEntry(at=tick.now, event=NotifyReason.UNATTENDED.value, detail=str(told + 1))
    passed_on = replace(alert, sequence=alert.sequence + 1, updated_at=tick.now, timeline=(*alert.timeline, entry))
    return Decision(alert=passed_on, notices=_notices(passed_on, NotifyReason.UNATTENDED, groups[told], moment, late, terms.lead))


def _notices(alert: Alert, reason: NotifyReason, places: Sequence[str], moment: datetime, late: bool, lead: Alert | None) -> tuple[Notice, ...]:
    return tuple(
        Notice(
            episode=alert.id, transition=reason, sequence=alert.sequence, destination=place, alert=alert, decided_at=moment, late=late, within=lead,
        )
        for place in places
    )  # fmt: skip


def hold_back(alert: Alert, reason: NotifyReason, detail: str, tick: Tick) -> Decision:
    """Nothing is sent; recorded once per reason between two things that were told, so that the log stays readable."""
    since: list[str] = []
    for entry in reversed(alert.timeline):
        if entry.event != "withheld":
            break
        since.append(entry.detail)
    alert = replace(alert, updated_at=tick.now)
    if reason.value in since:
        return Decision(alert=alert)
    noted = replace(alert, timeline=(*alert.timeline, TimelineEntry(at=tick.now, event="withheld", detail=reason.value)))
    return Decision(alert=noted, withheld=(withheld_because(alert.spike, tick, reason, detail, alert.id),))


def show_silently(alert: Alert, reason: NotifyReason, tick: Tick) -> Decision:
    """Nothing new is sent, and the messages sent before are brought up to date; recorded each time."""
    entry = TimelineEntry(at=tick.now, event="withheld", detail=reason.value)
    noted = replace(alert, updated_at=tick.now, timeline=(*alert.timeline, entry))
    return Decision(alert=noted, withheld=(withheld_because(alert.spike, tick, reason, alert.severity, alert.id),), refresh=True)


def withheld_because(spike: Spike, tick: Tick, reason: NotifyReason, detail: str, episode: str = "") -> Withheld:
    """The record of something that was decided against."""
    return Withheld(
        agency=spike.agency, rule=spike.rule, at=tick.now, reason=reason, detail=detail, episode=episode,
        observed=spike.observed, expected=spike.expected,
    )  # fmt: skip
