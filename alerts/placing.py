"""Where a notice belongs at its destination: what was told there before, and the message that it updates or stands below."""

from __future__ import annotations

from dataclasses import replace

from kentongan.ports import StateStore
from kentongan.records import Notice, NotifyReason

ROOT_MARK = "#root"  # ends the reference of a message that took the place of a first one that somebody deleted
_TOLD_WITH = (NotifyReason.FIRST.value, NotifyReason.WIDE_EVENT.value, NotifyReason.MORNING.value)  # timeline events that may name a lead


def placed(state: StateStore, notice: Notice) -> tuple[Notice, str]:
    """(the notice, the reference of the message that it belongs to here or ""). A note below another alert's message is one of its own where
    that message never came."""
    own = first_ref(state, notice.episode, notice.destination)
    if notice.within is None:
        return notice, own
    lead = first_ref(state, notice.within.id, notice.destination)
    return (notice, lead) if own in ("", lead) else (replace(notice, within=None), own)


def waits_for_lead(state: StateStore, notice: Notice) -> bool:
    """True while the message that this note stands below is still on its way here."""
    if notice.within is None:
        return False
    here = [row for row in state.deliveries(episode=notice.within.id) if row.notice.destination == notice.destination]
    return not any(row.provider_ref for row in here) and any(row.outcome == "pending" for row in here)


def waiting_behind_a_stuck_one(state: StateStore, tries: int) -> list[Notice]:
    """Notices that wait, by order of their episode, behind one that was tried `tries` times or more at the same destination, oldest first."""
    stuck: set[tuple[str, str]] = set()
    waiting = []
    for row in state.deliveries(outcome="pending"):
        place = (row.notice.episode, row.notice.destination)
        if place in stuck:
            waiting.append(row.notice)
        elif row.attempts >= tries:
            stuck.add(place)
    return waiting


def beginning_was_told(state: StateStore, notice: Notice, *, or_comes: bool = False) -> bool:
    """True when a message of this episode, or the one it was told with, reached this destination; or_comes: or is on its way there."""
    arrived = ("sent", "late", "pending") if or_comes else ("sent", "late")
    leads = [entry.detail for entry in notice.alert.timeline if entry.event in _TOLD_WITH and entry.detail]
    told = (row for episode in (notice.episode, *leads) for row in state.deliveries(episode=episode))
    return any(row.notice.destination == notice.destination and row.outcome in arrived for row in told)


def first_ref(state: StateStore, episode: str, destination: str) -> str:
    """The reference of the episode's first message at this destination, or of the latest that took its place; "" where there is none."""
    found = [row.provider_ref for row in state.deliveries(episode=episode) if row.notice.destination == destination and row.provider_ref]
    return next((ref for ref in reversed(found) if ref.endswith(ROOT_MARK)), found[0] if found else "")
