"""Many agencies at once are one event: one message instead of one per agency. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from alerts.holding import severity_rank
from alerts.lifecycle import Decision
from kentongan.config import AlertPolicy
from kentongan.records import Alert, AlertState, Notice, NotifyReason, TimelineEntry

TOGETHER = timedelta(minutes=15)  # openings further apart than this are told apart


def group(decisions: Sequence[Decision], policy: AlertPolicy) -> tuple[Decision, ...]:
    """The decisions of one tick, with their openings put into one `wide_event` notice per destination when more than
    `policy.wide_event_agencies` agencies open together; unchanged otherwise. Same order, same alerts.

    The notice belongs to the alert of the highest severity and volume, and names the others (`Notice.related`). Each other alert's
    timeline says with whose episode it was told, so that its resolution is told too.
    """
    opening = _opening_together(decisions)
    alerts = [d.alert for d in opening if d.alert is not None]
    if len({a.agency for a in alerts}) <= policy.wide_event_agencies:
        return tuple(decisions)
    lead = max(alerts, key=lambda a: (severity_rank(a.severity), a.spike.observed, a.id))
    told = {a.id: _told_with(a, lead) for a in alerts}
    others = tuple(told[a.id] for a in sorted(alerts, key=lambda a: (-severity_rank(a.severity), -a.spike.observed, a.id)) if a.id != lead.id)
    firsts = [n for d in opening for n in d.notices if n.transition is NotifyReason.FIRST]
    wide = tuple(
        Notice(
            episode=lead.id,
            transition=NotifyReason.WIDE_EVENT,
            sequence=told[lead.id].sequence,
            destination=destination,
            alert=told[lead.id],
            decided_at=firsts[0].decided_at,
            late=any(n.late for n in firsts),
            related=others,
        )
        for destination in dict.fromkeys(n.destination for n in firsts)
    )

    def regrouped(decision: Decision) -> Decision:
        if decision.alert is None or decision.alert.id not in told:
            return decision
        kept = tuple(n for n in decision.notices if n.transition is not NotifyReason.FIRST)
        alert = told[decision.alert.id]
        return replace(decision, alert=alert, notices=(*kept, *wide) if alert.id == lead.id else kept)

    return tuple(regrouped(d) for d in decisions)


def _opening_together(decisions: Sequence[Decision]) -> list[Decision]:
    """Those whose beginning is told in this tick and lies close to the latest one's; what waited for the morning, or is over, is not one event."""
    told = [
        (d.alert.opened_at, d)
        for d in decisions
        if d.alert is not None and d.alert.state is not AlertState.RESOLVED and any(n.transition is NotifyReason.FIRST for n in d.notices)
    ]
    latest = max((opened_at for opened_at, _ in told), default=None)
    return [d for opened_at, d in told if latest is not None and latest - opened_at <= TOGETHER]


def _told_with(alert: Alert, lead: Alert) -> Alert:
    """Its timeline's last entry, the opening message, becomes the wide event's."""
    *before, last = alert.timeline
    return replace(alert, timeline=(*before, TimelineEntry(at=last.at, event=NotifyReason.WIDE_EVENT.value, detail=lead.id)))
