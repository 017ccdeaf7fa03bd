"""From what the detector saw in one bin to what becomes of the alert, and what is said about it: pure, with a reason for everything.

    nothing ──spike──▶ open ──person──▶ acknowledged
                        └───────────────────┴──detector closed──▶ resolved ──cooldown──▶ nothing

An alert opens when the detector fires, whether or not anybody may be told now: silences, snoozes and quiet hours hold
back messages, never alerts. What was held back is decided again at every later bin, so it goes out as soon as it may.
The timeline is kept in event time: playing the same bins again gives the same alerts, and a bin that was decided
before changes nothing. People's acts (alerts/actions.py) are dated by the wall clock.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.escalation import is_unattended
from alerts.holding import active_silence, is_doubled, severity_rank
from alerts.telling import Decision, Terms, Tick, hold_back, notify, show_silently, withheld_because
from alerts.unwatched import was_unwatched
from kentongan.records import MENTION_NAMESPACE, Alert, AlertState, NotifyReason, Spike, TimelineEntry, Withheld


def episode_id(agency: str, rule: str, claim_id: str, opened_at: datetime, simulated: bool) -> str:
    """The id of an alert: the same opening gets the same id, so that opening it twice is impossible."""
    return str(uuid.uuid5(MENTION_NAMESPACE, f"alert:{agency}:{rule}:{claim_id}:{opened_at.isoformat()}:{simulated}"))


def decide(
    current: Alert | None,
    signal: Spike | None,
    tick: Tick,
    terms: Terms,
    *,
    closed: bool = False,
    down: bool = False,
    last_resolved: Alert | None = None,
    last_withheld: Withheld | None = None,
) -> Decision:
    """What becomes of one (agency, rule, claim) at the end of one bin.

    current: its alert that is not resolved. signal: the detector fires in this bin. closed: the detector says that it is over.
    down: nobody listened, so the bin is unknown: nothing opens, worsens or resolves. last_resolved and last_withheld: the latest of this
    key, needed only when `current` is None (cooldown; one row of "withheld" per reason and reminder interval, not one per bin).
    Call it for every bin with a signal, and for every bin while an alert is open; bins ascending.
    """
    if current is not None:
        return _go_on(current, signal, tick, terms, closed=closed, down=down)
    if signal is None or (last_resolved is not None and tick.now <= last_resolved.updated_at):
        return Decision()
    if refusal := _refuse(signal, tick, terms, down, last_resolved):
        reason, detail = refusal
        again = timedelta(hours=terms.policy.reminder_h)
        if last_withheld and last_withheld.reason == reason and not last_withheld.episode and tick.now - last_withheld.at < again:
            return Decision()
        return Decision(withheld=(withheld_because(signal, tick, reason, detail),))
    return notify(_opened(signal, tick, terms), NotifyReason.FIRST, tick, terms)


def _refuse(signal: Spike, tick: Tick, terms: Terms, down: bool, last_resolved: Alert | None) -> tuple[NotifyReason, str] | None:
    """Why no alert opens although the detector fires."""
    if down:
        return NotifyReason.SOURCE_OUTAGE, ", ".join(signal.sources_down)
    if signal.chance_weeks is None and signal.observed < terms.rule.cold_start_floor:
        return NotifyReason.COLD_START, f"{signal.observed} < {terms.rule.cold_start_floor}"
    if signal.distinct_authors < terms.rule.min_authors:
        return NotifyReason.TOO_FEW_AUTHORS, f"{signal.distinct_authors} < {terms.rule.min_authors}"
    if last_resolved is not None and last_resolved.resolved_at is not None and not was_unwatched(last_resolved):
        until = last_resolved.resolved_at + timedelta(hours=terms.policy.cooldown_h)
        if tick.now < until and severity_rank(signal.severity) <= severity_rank(last_resolved.severity):
            return NotifyReason.COOLDOWN, until.isoformat()
    return None


def _opened(signal: Spike, tick: Tick, terms: Terms) -> Alert:
    return Alert(
        id=episode_id(signal.agency, signal.rule, signal.claim_id, tick.now, terms.simulated),
        agency=signal.agency,
        rule=signal.rule,
        claim_id=signal.claim_id,
        state=AlertState.OPEN,
        severity=signal.severity,
        opened_at=tick.now,
        updated_at=tick.now,
        spike=signal,
        peak_observed=signal.observed,
        peak_window_h=signal.window.hours,
        simulated=terms.simulated,
        topics=signal.topics,
        timeline=(TimelineEntry(at=tick.now, event="opened", detail=signal.severity),),
    )


def _go_on(current: Alert, signal: Spike | None, tick: Tick, terms: Terms, *, closed: bool, down: bool) -> Decision:
    """An alert is open: worse, the same, forgotten, over?"""
    if tick.now <= current.updated_at:  # decided before
        return Decision()
    decision = _weigh(current, signal, tick, terms, closed=closed, down=down)
    same = decision.alert is None or replace(decision.alert, updated_at=current.updated_at) == current
    return Decision() if same else decision


def _weigh(current: Alert, signal: Spike | None, tick: Tick, terms: Terms, *, closed: bool, down: bool) -> Decision:
    if down:
        return _while_unknown(current, tick, terms, seen=signal is not None or closed)
    if closed:
        return _resolve(current, tick, terms)
    alert = _updated(current, signal, tick) if signal is not None else current
    if reason := _due(alert, signal, tick, terms):
        return notify(alert, reason, tick, terms)
    if severity_rank(alert.severity) > severity_rank(current.severity):
        return show_silently(alert, NotifyReason.IN_PLACE, tick)
    if signal is None:
        return Decision()
    return hold_back(alert, NotifyReason.MUTED, str(signal.muted), tick) if signal.muted else hold_back(alert, NotifyReason.DUPLICATE, "", tick)


def _while_unknown(current: Alert, tick: Tick, terms: Terms, *, seen: bool) -> Decision:
    """Nobody listens: unknown is neither better nor over. That nobody is on it is still told."""
    if seen:
        return hold_back(current, NotifyReason.SOURCE_OUTAGE, ", ".join(current.spike.sources_down), tick)
    if _unattended(current, tick, terms):
        return notify(current, NotifyReason.UNATTENDED, tick, terms)
    return notify(current, NotifyReason.REMINDER, tick, terms) if _reminder_due(current, tick, terms) else Decision()


def _due(alert: Alert, signal: Spike | None, tick: Tick, terms: Terms) -> NotifyReason | None:
    """What there is to say of an open alert, most important first."""
    if alert.notified_severity is None:
        return NotifyReason.FIRST
    if _is_worse(alert, tick, terms):
        return NotifyReason.ESCALATED
    if _unattended(alert, tick, terms):
        return NotifyReason.UNATTENDED
    if signal is not None and not _led(alert, tick, terms) and is_doubled(alert, signal) and _settled(alert, tick, terms.policy.doubled_after_min):
        return NotifyReason.DOUBLED
    # Open by hysteresis only: nothing unusual now, nothing to remind of.
    lull = signal is not None and signal.chance_weeks is not None and signal.chance_weeks < 1
    return NotifyReason.REMINDER if _reminder_due(alert, tick, terms) and not lull else None


def _is_worse(alert: Alert, tick: Tick, terms: Terms) -> bool:
    """A higher severity that must be told now: critical at once; another when the last message is some time ago (a steep opening climbs a level
    every few minutes), unless who took it on has seen it."""
    if alert.notified_severity is None or severity_rank(alert.severity) <= severity_rank(alert.notified_severity):
        return False
    if _led(alert, tick, terms):
        return False
    if alert.severity == "critical":
        return True
    return _settled(alert, tick, terms.policy.raised_after_min) and not _was_seen(alert)


def _was_seen(alert: Alert) -> bool:
    """Somebody took it on after the message had been brought up to this severity."""
    for entry in reversed(alert.timeline):
        if entry.event == "withheld" and entry.detail == NotifyReason.IN_PLACE.value:
            return False
        if entry.event == "acknowledged":
            return any(e.event == "withheld" and e.detail == NotifyReason.IN_PLACE.value for e in alert.timeline)
    return False


def _unattended(alert: Alert, tick: Tick, terms: Terms) -> bool:
    if _led(alert, tick, terms):  # the next group is called for the lead
        return False
    return terms.groups is not None and is_unattended(alert, terms.groups, tick.now, terms.policy)


def _settled(alert: Alert, tick: Tick, minutes: float) -> bool:
    """Long enough since the last message: a steep rise doubles every few minutes, and one message says as much as five."""
    return alert.notified_at is None or tick.now - alert.notified_at >= timedelta(minutes=minutes)


def _open_lead(tick: Tick, terms: Terms) -> Alert | None:
    """The lead while it speaks for both: it is open, and nobody silenced its rule alone."""
    lead = terms.lead
    if lead is None or lead.state is AlertState.RESOLVED or active_silence(terms.silences, lead.agency, lead.rule, tick.now):
        return None
    return lead


def _led(alert: Alert, tick: Tick, terms: Terms) -> bool:
    """Its event is told of by another alert that is open and as severe: what this one adds is shown in that one's message, not told again."""
    lead = _open_lead(tick, terms)
    return lead is not None and severity_rank(lead.severity) >= severity_rank(alert.severity)


def _reminder_due(alert: Alert, tick: Tick, terms: Terms) -> bool:
    if _open_lead(tick, terms) is not None:  # the lead is reminded of
        return False
    return alert.notified_at is not None and tick.now - alert.notified_at >= timedelta(hours=terms.policy.reminder_h)


def _updated(alert: Alert, signal: Spike, tick: Tick) -> Alert:
    """The alert with the latest spike; severity and peak only rise within an episode, so that they do not flap."""
    higher = signal.observed > alert.peak_observed
    return replace(
        alert,
        spike=signal,
        updated_at=tick.now,
        severity=max(alert.severity, signal.severity, key=severity_rank),
        peak_observed=signal.observed if higher else alert.peak_observed,
        peak_window_h=signal.window.hours if higher else alert.peak_window_h,
        topics=signal.topics or alert.topics,
    )


def _resolve(current: Alert, tick: Tick, terms: Terms) -> Decision:
    """It is over: said once, and only to those who were told that it began, except that what waited for the morning is still told."""
    alert = replace(
        current,
        state=AlertState.RESOLVED,
        resolved_at=tick.now,
        updated_at=tick.now,
        sequence=current.sequence + 1,
        timeline=(*current.timeline, TimelineEntry(at=tick.now, event="ended")),
    )
    return tell_end(alert, tick, terms)


def tell_end(alert: Alert, tick: Tick, terms: Terms) -> Decision:
    """The closing message of a resolved alert; its only one, if nothing was sent before. See `holding.waits_for_morning`."""
    reason = NotifyReason.FIRST if alert.notified_severity is None else NotifyReason.RESOLVED
    return notify(alert, reason, replace(tick, catching_up=False), terms, same_sequence=True)


__all__ = ["Decision", "Terms", "Tick", "decide", "episode_id", "tell_end"]
