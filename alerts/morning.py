"""What waited for the end of the quiet hours reaches an agency as one message, not as one per alert. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from alerts.holding import held_by_quiet_hours, severity_rank
from alerts.telling import Decision
from kentongan.records import Alert, AlertState, Notice, NotifyReason, TimelineEntry


def summarise(decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """The decisions of one tick, with what quiet hours let go put into one `morning` notice per agency and destination, where it is more than
    one alert; unchanged otherwise. Same order, same alerts.

    The notice belongs to the alert that is worst (still open before over), and names the others (`Notice.related`). Each alert's timeline
    says with whose episode it was told, so that what comes later is told too.
    """
    waited: dict[str, list[int]] = defaultdict(list)
    for n, decision in enumerate(decisions):
        if decision.alert is not None and decision.notices and held_by_quiet_hours(decision.alert):
            waited[decision.alert.agency].append(n)
    result = list(decisions)
    for places in waited.values():
        if len(places) > 1:
            for n, decision in zip(places, _as_one([decisions[n] for n in places]), strict=True):
                result[n] = decision
    return tuple(result)


def _as_one(together: Sequence[Decision]) -> list[Decision]:
    alerts = [decision.alert for decision in together if decision.alert is not None]
    lead = max(alerts, key=_weight)
    told = {alert.id: _told_with(alert, lead) for alert in alerts}
    others = tuple(told[alert.id] for alert in sorted(alerts, key=_weight, reverse=True) if alert.id != lead.id)
    notices = [notice for decision in together for notice in decision.notices]
    summary = tuple(
        Notice(
            episode=lead.id,
            transition=NotifyReason.MORNING,
            sequence=told[lead.id].sequence,
            destination=place,
            alert=told[lead.id],
            decided_at=notices[0].decided_at,
            late=any(notice.late for notice in notices),
            related=others,
        )
        for place in dict.fromkeys(notice.destination for notice in notices)
    )
    return [
        replace(decision, alert=told[decision.alert.id], notices=summary if decision.alert.id == lead.id else ())
        for decision in together
        if decision.alert is not None
    ]


def _weight(alert: Alert) -> tuple[bool, int, int, str]:
    return (alert.state is not AlertState.RESOLVED, severity_rank(alert.severity), alert.peak_observed, alert.id)


def _told_with(alert: Alert, lead: Alert) -> Alert:
    """Its timeline's last entry, its own message, becomes the morning's."""
    *before, last = alert.timeline
    return replace(alert, timeline=(*before, TimelineEntry(at=last.at, event=NotifyReason.MORNING.value, detail=lead.id)))
