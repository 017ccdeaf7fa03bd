"""What counts as worse; when a message must wait, and why: silences, catch-up, snoozes, acknowledgements, quiet hours. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kentongan.config import AgencyConfig, SilenceConfig
from kentongan.records import SEVERITIES, Alert, AlertState, NotifyReason, Severity, Silence, Spike

# Bins that are decided so long after their end belong to a catch-up after downtime. Its openings, doublings and reminders are not told
# one by one: only where each alert stands at the end of the catch-up (or how it ended) is.
CATCH_UP_AFTER = timedelta(hours=1)
WAITS_AT_NIGHT: tuple[Severity, ...] = ("low", "medium")


def severity_rank(severity: Severity) -> int:
    """0 (low) .. 3 (critical)."""
    return SEVERITIES.index(severity)


def hourly(count: int, hours: float) -> float:
    """Volume by the hour; windows shorter than an hour count as one, so that a handful in ten minutes is not a flood."""
    return count / max(hours, 1)


def is_doubled(alert: Alert, signal: Spike) -> bool:
    """Twice the highest volume that was told, by the hour: the detector may have moved to a longer window, which alone is no news."""
    told = hourly(alert.notified_observed, alert.notified_window_h)
    return signal.observed >= alert.notified_observed and hourly(signal.observed, signal.window.hours) >= 2 * told > 0


def hold(
    alert: Alert,
    reason: NotifyReason,
    *,
    now: datetime,
    moment: datetime,
    agency: AgencyConfig,
    silences: Sequence[Silence],
    behind: timedelta,
) -> tuple[NotifyReason, str] | None:
    """(why this message must wait, detail), or None when it may go out.

    now: event time, which silences are about. moment: when the message would leave, which snoozes and quiet hours are about.
    behind: how far a catch-up is behind. A higher severity breaks through a snooze and a "false alarm", never through a silence.
    """
    if silence := active_silence(silences, alert.agency, alert.rule, now):
        return NotifyReason.SILENCED, f"{silence.owner}: {silence.reason}"
    if behind > CATCH_UP_AFTER:
        return NotifyReason.LATE, f"{behind.total_seconds() / 3600:.1f} h"
    if asked := _put_off_by_people(alert, reason, moment):
        return asked
    if alert.severity in WAITS_AT_NIGHT and (until := quiet_until(agency, moment)):
        return NotifyReason.QUIET_HOURS, until.isoformat()
    return None


def _put_off_by_people(alert: Alert, reason: NotifyReason, moment: datetime) -> tuple[NotifyReason, str] | None:
    """What an officer's act holds back: repeats and the call for the next group, never a beginning, a higher severity or an end."""
    if reason not in (NotifyReason.DOUBLED, NotifyReason.REMINDER, NotifyReason.UNATTENDED):
        return None
    if is_false_alarm(alert):
        return NotifyReason.ACKNOWLEDGED, "false_alarm"
    if alert.snoozed_until is not None and moment < alert.snoozed_until:
        return NotifyReason.SNOOZED, alert.snoozed_until.isoformat()
    if reason is NotifyReason.REMINDER and alert.state is AlertState.ACKNOWLEDGED:
        return NotifyReason.ACKNOWLEDGED, ""
    return None


def quiet_until(agency: AgencyConfig, moment: datetime) -> datetime | None:
    """The end of the quiet hours that `moment` lies in, in the agency's own zone; None outside of them."""
    if agency.quiet_hours is None:
        return None
    start, end = agency.quiet_hours
    local = moment.astimezone(ZoneInfo(agency.timezone))
    over_midnight = start > end
    quiet = (local.hour >= start or local.hour < end) if over_midnight else start <= local.hour < end
    if not quiet:
        return None
    day = local.date() + timedelta(days=1 if over_midnight and local.hour >= start else 0)
    return datetime(day.year, day.month, day.day, tzinfo=local.tzinfo) + timedelta(hours=end)


def active_silence(silences: Iterable[Silence], agency: str, rule: str, now: datetime) -> Silence | None:
    """The silence that covers this (agency, rule) now; the one that ends last, if several do."""
    covering = [s for s in silences if s.agency in ("*", agency) and s.rule in ("*", rule) and s.starts_at <= now < s.ends_at]
    return max(covering, key=lambda s: s.ends_at, default=None)


def configured_silences(silences: Iterable[SilenceConfig]) -> list[Silence]:
    """The silences of config/silences.yml as records, to be joined with those of the state store."""
    return [
        Silence(
            id=f"config:{s.agency}:{s.rule}:{s.starts_at.isoformat()}",
            agency=s.agency,
            rule=s.rule,
            starts_at=s.starts_at,
            ends_at=s.ends_at,
            owner=s.owner,
            reason=s.reason,
        )
        for s in silences
    ]


def is_false_alarm(alert: Alert) -> bool:
    """True when a person said that it was one."""
    return any(entry.event == "false_alarm" for entry in alert.timeline)


def held_by_quiet_hours(alert: Alert) -> datetime | None:
    """When quiet hours began to hold back the message that has just been let go, if they did: the last entry of the timeline is that message."""
    held: datetime | None = None
    for entry in reversed(alert.timeline[:-1]):
        if entry.event not in ("withheld", "ended"):
            break
        if entry.detail == NotifyReason.QUIET_HOURS.value:
            held = entry.at
    return held


def waits_for_morning(alert: Alert) -> bool:
    """True for a resolved alert whose last word is still to be said: it ended in quiet hours, or silenced after its opening was told."""
    if alert.state is not AlertState.RESOLVED or not alert.timeline or alert.timeline[-1].event != "withheld":
        return False
    why = alert.timeline[-1].detail
    return why == NotifyReason.QUIET_HOURS.value or (why == NotifyReason.SILENCED.value and alert.notified_severity is not None)
