"""What people do to an alert: take it on, put it off, call it a false alarm. Pure; doing it twice changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from alerts.holding import is_false_alarm
from kentongan.records import Alert, AlertState, TimelineEntry


def acknowledge(alert: Alert, *, by: str, at: datetime) -> Alert:
    """The alert as taken on by `by`: reminders stop, worsening is still told. Unchanged when it was taken on before, or is resolved."""
    if alert.state is not AlertState.OPEN:
        return alert
    return replace(alert, state=AlertState.ACKNOWLEDGED, acknowledged_at=at, timeline=(*alert.timeline, _entry(at, "acknowledged", by)))


def snooze(alert: Alert, *, until: datetime, by: str, at: datetime) -> Alert:
    """The alert without reminders and doublings until `until`; a higher severity is still told. Unchanged when resolved."""
    if alert.state is AlertState.RESOLVED or alert.snoozed_until == until or until <= at:
        return alert
    return replace(alert, snoozed_until=until, timeline=(*alert.timeline, _entry(at, "snoozed", by, until.isoformat())))


def mark_false_alarm(alert: Alert, *, by: str, at: datetime) -> Alert:
    """The alert as a false alarm: taken on, and only a higher severity is still told. A resolved one may be marked too (evaluation)."""
    if is_false_alarm(alert):
        return alert
    taken = acknowledge(alert, by=by, at=at)
    return replace(taken, timeline=(*taken.timeline, _entry(at, "false_alarm", by)))


def _entry(at: datetime, event: str, by: str, detail: str = "") -> TimelineEntry:
    return TimelineEntry(at=at, event=event, detail=detail, by=by)
