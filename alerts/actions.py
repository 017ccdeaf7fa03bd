"""What people do to an alert: take it on, put it off, mute copies, call it a false alarm. Pure; doing it twice changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.holding import is_false_alarm
from kentongan.config import AgencyConfig
from kentongan.records import Alert, AlertState, TimelineEntry

PLAIN_MORNING = 6  # local hour, where an agency has no quiet hours


def acknowledge(alert: Alert, *, by: str, at: datetime) -> Alert:
    """The alert as taken on by `by`: reminders stop, worsening is still told. Unchanged when it was taken on before, or is resolved."""
    if alert.state is not AlertState.OPEN:
        return alert
    return replace(alert, state=AlertState.ACKNOWLEDGED, acknowledged_at=at, timeline=(*alert.timeline, _entry(at, "acknowledged", by)))


def snooze(alert: Alert, *, until: datetime, by: str, at: datetime, pressed_at: datetime | None = None) -> Alert:
    """The alert without reminders and doublings until `until`; a higher severity is still told.

    pressed_at: when it was asked for, default `at`. Unchanged when resolved, when `until` has passed, when it is put off until that very moment,
    and when this very order was carried out before (a copy of it that comes late must not undo a later one).
    """
    asked, known = pressed_at or at, alert.snoozed_until == until
    known = known or any(entry.event == "snoozed" and entry.detail == until.isoformat() and asked <= entry.at for entry in alert.timeline)
    if alert.state is AlertState.RESOLVED or known or until <= at:
        return alert
    return replace(alert, snoozed_until=until, timeline=(*alert.timeline, _entry(at, "snoozed", by, until.isoformat())))


def mark_false_alarm(alert: Alert, *, by: str, at: datetime) -> Alert:
    """The alert as a false alarm: taken on, and only a higher severity is still told. A resolved one may be marked too (evaluation)."""
    if is_false_alarm(alert):
        return alert
    taken = acknowledge(alert, by=by, at=at)
    return replace(taken, timeline=(*taken.timeline, _entry(at, "false_alarm", by)))


def mute_copies(alert: Alert, *, cluster_id: str, by: str, at: datetime) -> Alert:
    """The alert with that cluster of copies muted: more of them make it no worse. Unchanged when it was muted before, or is resolved."""
    if alert.state is AlertState.RESOLVED or cluster_id in alert.muted_clusters or not cluster_id:
        return alert
    entry = _entry(at, "muted", by, cluster_id)
    return replace(alert, muted_clusters=(*alert.muted_clusters, cluster_id), timeline=(*alert.timeline, entry))


def snooze_until(choice: str, pressed_at: datetime, agency: AgencyConfig) -> datetime:
    """When a snooze of that length ends. choice: "1h", "4h" or "morning", which is the end of the agency's quiet hours in its own zone."""
    if choice != "morning":
        return pressed_at + timedelta(hours=int(choice.removesuffix("h")))
    hour = agency.quiet_hours[1] if agency.quiet_hours else PLAIN_MORNING
    local = pressed_at.astimezone(ZoneInfo(agency.timezone))
    day = local.date() + timedelta(days=0 if local.hour < hour else 1)
    return datetime(day.year, day.month, day.day, hour, tzinfo=local.tzinfo).astimezone(pressed_at.tzinfo)


def _entry(at: datetime, event: str, by: str, detail: str = "") -> TimelineEntry:
    return TimelineEntry(at=at, event=event, detail=detail, by=by)
