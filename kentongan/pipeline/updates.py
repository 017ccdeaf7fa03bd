"""Brings the messages that show an alert up to date, wherever they can still be changed, and knows which alerts are one event."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from alerts.incidents import SAME_EVENT, companions, lead_of
from kentongan.ports import StateStore
from kentongan.records import Alert, Notice, NotifyReason, Window

EDITABLE = frozenset({"slack"})  # receivers whose messages can be changed after they were sent
_LEADING = (NotifyReason.FIRST, NotifyReason.WIDE_EVENT, NotifyReason.MORNING)  # timeline events whose detail names the alert they were told with


def companions_of(state: StateStore, lead: Alert) -> tuple[Alert, ...]:
    """The alerts that were told with this one."""
    near = Window(start=lead.opened_at - SAME_EVENT, end=lead.opened_at + SAME_EVENT + timedelta(seconds=1))
    return companions(lead, state.alerts(agency=lead.agency, window=near))


def places_told(state: StateStore, alert: Alert, *, apart: bool = False) -> tuple[str, ...]:
    """The destinations that were, or are about to be, told of this alert: in a message of its own, or in that of others.

    apart: not those that heard of it only among many agencies, whose channels are not this one's.
    """
    leads = [entry.detail for entry in alert.timeline if entry.event in _LEADING and entry.detail]
    rows = (row for episode in dict.fromkeys((*leads, alert.id)) for row in state.deliveries(episode=episode))
    silent = (NotifyReason.TEST, NotifyReason.UPDATED, *((NotifyReason.WIDE_EVENT,) if apart else ()))
    told = (row.notice.destination for row in rows if row.outcome in ("sent", "late", "pending") and row.notice.transition not in silent)
    return tuple(dict.fromkeys(told))


def updates(state: StateStore, alert: Alert, now: datetime) -> list[Notice]:
    """Notices that bring the messages which show this alert up to date: its own, and those it was told in."""
    leads = [entry.detail for entry in alert.timeline if entry.event in _LEADING and entry.detail]
    roots: dict[tuple[str, str], Notice] = {}
    taken: dict[str, str] = {}  # reference of a message → the episode whose it is
    for episode in dict.fromkeys((*leads, alert.id)):
        for row in state.deliveries(episode=episode):
            place = row.notice.destination
            if place.partition(":")[0] not in EDITABLE or row.notice.transition is NotifyReason.TEST:
                continue
            # One that still waits is there before its update is: the outbox keeps an episode's order.
            comes = row.outcome == "pending" and row.notice.within is None
            if (row.provider_ref and taken.setdefault(row.provider_ref, episode) == episode) or (comes and not row.provider_ref):
                roots.setdefault((episode, place), row.notice)
    fresh = []
    for root in roots.values():
        of_root = alert if root.episode == alert.id else state.alert(root.episode)
        if of_root is None:
            continue
        others = {other.id: state.alert(other.id) or other for other in (*root.related, *companions_of(state, of_root))}
        others |= {alert.id: alert} if alert.id in others else {}
        related = tuple(others.values())
        # Grows with every act and every transition of the alerts shown, so each state of theirs has a key of its own.
        sequence = len(of_root.timeline) + sum(len(other.timeline) for other in related)
        fresh.append(
            replace(
                root, transition=NotifyReason.UPDATED, sequence=sequence, alert=of_root, related=related, decided_at=now, repeat=False, within=None,
            )
        )  # fmt: skip
    return fresh


def lead_now(state: StateStore, alert: Alert | None) -> Alert | None:
    """The alert in whose message this one was told, as it stands now; None when it has a message of its own."""
    return state.alert(lead_of(alert)) if alert is not None and lead_of(alert) else None
