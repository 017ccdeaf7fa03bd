"""One event often fires two rules of an agency (complaints, and the hoax that they speak of): the officer gets one message of it. Pure.

Each rule keeps an alert of its own, with its own life, peak and end. The one that was told first is the lead; what the others have to say goes
into its thread, and its message names them. Who takes the lead on takes on all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from alerts.holding import active_silence, held_by_quiet_hours, severity_rank
from alerts.telling import Decision
from kentongan.records import Alert, AlertState, Notice, NotifyReason, Severity, Silence, TimelineEntry, measure_of

SAME_EVENT = timedelta(hours=6)  # openings further apart than this are two events, whatever is said
_OF_MANY = frozenset({NotifyReason.WIDE_EVENT, NotifyReason.MORNING})  # they name others in a way of their own


def lead_of(alert: Alert) -> str:
    """The id of the alert in whose message this one's beginning was told; "" when it had a message of its own."""
    return next((entry.detail for entry in alert.timeline if entry.event == NotifyReason.FIRST.value and entry.detail), "")


def told_with_many(alert: Alert) -> bool:
    """True when its first message told of other agencies, or of the agency's whole night: what it has to say alone must not take that one's place."""
    begun = (entry.event for entry in alert.timeline if entry.event in (NotifyReason.FIRST, *_OF_MANY))
    return next(begun, "") in _OF_MANY


def is_same_event(one: Alert, other: Alert) -> bool:
    """True when the same agency's two alerts opened close together and their mentions speak of one matter: the same claim, copies of the same text,
    two telling words, or one of them and a topic. What is not known to be the same is told apart: nothing may hide in a thread."""
    if one.agency != other.agency or one.simulated != other.simulated or abs(one.opened_at - other.opened_at) > SAME_EVENT:
        return False
    a, b = one.spike, other.spike
    if a.nearest_claim and b.nearest_claim and a.nearest_claim.id == b.nearest_claim.id:
        return True
    if {quote.cluster_id for quote in a.top_mentions if quote.cluster_id} & {quote.cluster_id for quote in b.top_mentions}:
        return True
    shared = len(set(a.words) & set(b.words))
    return shared >= 2 or (shared == 1 and bool(set(one.topics) & set(other.topics)))


def companions(lead: Alert, alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Those that were told with this one, oldest first."""
    return tuple(sorted((a for a in alerts if lead_of(a) == lead.id), key=lambda a: (a.opened_at, a.id)))


def is_one_event(notice: Notice) -> bool:
    """True when all that this message tells of is one event of one agency, so that it is one thing to take on."""
    return all(lead_of(other) == notice.alert.id for other in notice.related)


def worst_of(lead: Alert, others: Iterable[Alert]) -> Severity:
    """The level of the whole event: the highest of what still goes on."""
    going_on = [one.severity for one in (lead, *others) if one.state is not AlertState.RESOLVED]
    return max(going_on, key=severity_rank, default=lead.severity)


def fold(decisions: Sequence[Decision], standing: Sequence[Alert], silences: Sequence[Silence] = ()) -> tuple[Decision, ...]:
    """The decisions of one tick, with every beginning that belongs to an event already told (or told in this very tick) put under its lead.

    standing: these agencies' alerts before this tick. A beginning that joins an earlier message becomes a note `within` its lead; of several in
    one tick the worst leads, and its one message tells of all (`Notice.related`). What a silence covers leads nothing. Same order, same alerts; what
    waited for the morning is left alone.
    """
    result = list(decisions)
    now = {alert.id: alert for alert in standing} | {d.alert.id: d.alert for d in decisions if d.alert is not None}
    leads = [now[alert.id] for alert in standing if _may_lead(now[alert.id])]
    for n in sorted((n for n, decision in enumerate(decisions) if _begins(decision)), key=lambda n: _weight(decisions[n]), reverse=True):
        alert = now[_id(decisions[n])]
        speaking = [one for one in leads if not active_silence(silences, one.agency, one.rule, alert.opened_at)]
        lead = min((one for one in speaking if is_same_event(one, alert)), key=lambda one: (one.opened_at, one.id), default=None)
        if lead is None:
            leads.append(alert)
            continue
        now[alert.id] = joined = _joined(alert, lead)
        together = any(d.alert is not None and d.alert.id == lead.id and _begins(d) for d in decisions)
        notices = () if together else tuple(replace(notice, alert=joined, within=lead) for notice in decisions[n].notices)
        result[n] = replace(decisions[n], alert=joined, notices=notices)
    return tuple(_as_it_stands(decision, now) for decision in result)


def _as_it_stands(decision: Decision, now: dict[str, Alert]) -> Decision:
    """Its notices with the lead and the companions as they are at the end of this tick."""
    alert = decision.alert
    if alert is None or not decision.notices:
        return decision
    others = companions(alert, now.values())
    return replace(
        decision,
        notices=tuple(
            replace(
                notice,
                related=notice.related if notice.transition in _OF_MANY else others,
                within=now.get(notice.within.id, notice.within) if notice.within else None,
            )
            for notice in decision.notices
        ),
    )


def _begins(decision: Decision) -> bool:
    alert = decision.alert
    told = any(notice.transition is NotifyReason.FIRST for notice in decision.notices)
    return told and alert is not None and alert.state is not AlertState.RESOLVED and not held_by_quiet_hours(alert)


def _may_lead(alert: Alert) -> bool:
    return alert.state is not AlertState.RESOLVED and alert.notified_severity is not None and not lead_of(alert)


def _id(decision: Decision) -> str:
    return decision.alert.id if decision.alert is not None else ""


def _weight(decision: Decision) -> tuple[int, bool, int, str]:
    """Of two that begin together the worse one leads; a hoax before complaints, as its steps are the ones that calm both."""
    alert = decision.alert
    assert alert is not None
    return (severity_rank(alert.severity), measure_of(alert.rule) == "hoax", alert.spike.observed, alert.id)


def _joined(alert: Alert, lead: Alert) -> Alert:
    """Its timeline says with whose message it was told; where somebody is on that one and this is no worse, somebody is on this one, too."""
    *before, last = alert.timeline
    joined = replace(alert, timeline=(*before, replace(last, detail=lead.id)))
    if lead.state is not AlertState.ACKNOWLEDGED or severity_rank(alert.severity) > severity_rank(lead.severity):
        return joined
    taken = TimelineEntry(at=last.at, event="acknowledged", detail=lead.id)
    return replace(joined, state=AlertState.ACKNOWLEDGED, acknowledged_at=last.at, timeline=(*joined.timeline, taken))
