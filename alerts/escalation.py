"""Who is told when nobody takes an alert on: first the agency's `escalate_to`, then the leadership. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from kentongan.config import AlertPolicy
from kentongan.records import Alert, AlertState, NotifyReason

# Messages that begin an alert, or its present severity: from then on somebody should be on it.
_BEGINNINGS = frozenset({NotifyReason.FIRST.value, NotifyReason.WIDE_EVENT.value, NotifyReason.MORNING.value, NotifyReason.ESCALATED.value})

Groups = Sequence[Sequence[str]]  # destinations of the first group, of the second, ...


def is_unattended(alert: Alert, groups: Groups, now: datetime, policy: AlertPolicy) -> bool:
    """True when the next group must be told now: nobody took on a critical or high alert for too long.

    The second group waits as long again as the first; what was put off waits anew from the end of that. Where no group is configured it is true
    once, so that a reason is recorded.
    """
    patience = {"critical": policy.escalate_critical_min, "high": policy.escalate_high_min}.get(alert.severity)
    since = next((entry.at for entry in reversed(alert.timeline) if entry.event in _BEGINNINGS), None)
    if alert.state is not AlertState.OPEN or patience is None or since is None:
        return False
    if alert.snoozed_until is not None and since < alert.snoozed_until <= now:
        since = alert.snoozed_until
    told = groups_told(alert)
    if not groups:
        return not _noted(alert) and now - since >= timedelta(minutes=patience)
    return told < len(groups) and now - since >= timedelta(minutes=patience * (told + 1))


def groups_told(alert: Alert) -> int:
    """How many further groups were told."""
    return sum(entry.event == NotifyReason.UNATTENDED.value for entry in alert.timeline)


def _noted(alert: Alert) -> bool:
    return any(entry.event == "withheld" and entry.detail == NotifyReason.NO_NEXT_GROUP.value for entry in alert.timeline)
