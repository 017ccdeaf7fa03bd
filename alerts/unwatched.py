"""What becomes of an alert when its agency, its rule or its claim is no longer watched: closed with that reason, said below its message. Pure.

No bin of it is evaluated any more, so the detector would never say that it is over. It is closed as what it is: unknown from now on, not calm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from alerts.telling import Decision
from kentongan.config import AgencyConfig, Config
from kentongan.records import Alert, AlertState, Notice, NotifyReason, TimelineEntry
from kentongan.words import Lang, say

Gone = Literal["agency", "rule", "claim"]
EVENT = "unwatched"  # in the timeline; its detail is what is gone


def what_is_gone(alert: Alert, config: Config) -> Gone | None:
    """Which part of an alert's key the configuration no longer has; None while it is watched."""
    if alert.agency not in config.agencies:
        return "agency"
    if alert.rule not in config.rules or not config.rule(alert.rule, alert.agency).enabled:
        return "rule"
    return None


def closed_unwatched(alert: Alert, gone: Gone, now: datetime, places: Sequence[str], lead: Alert | None = None) -> Decision:
    """The alert closed for that reason, told at `places` (where its beginning was told), and nowhere if nothing was told.

    lead: the alert in whose message its beginning was told.
    """
    closed = replace(
        alert,
        state=AlertState.RESOLVED,
        resolved_at=now,
        updated_at=max(now, alert.updated_at),
        sequence=alert.sequence + 1,
        timeline=(*alert.timeline, TimelineEntry(at=now, event=EVENT, detail=gone)),
    )
    if alert.notified_severity is None:
        return Decision(alert=closed)
    end = NotifyReason.RESOLVED
    notices = tuple(
        Notice(episode=alert.id, transition=end, sequence=closed.sequence, destination=place, alert=closed, decided_at=now, within=lead)
        for place in places
    )
    return Decision(alert=closed, notices=notices)


def was_unwatched(alert: Alert) -> str:
    """What was gone when the alert was closed: agency, rule or claim; "" when it ended by itself or goes on."""
    return next((entry.detail for entry in reversed(alert.timeline) if entry.event == EVENT), "")


def unwatched_headline(agency: AgencyConfig, lang: Lang) -> str:
    """The first line of the message that says so."""
    return say(f"DITUTUP · {agency.name}: tidak dipantau lagi", f"CLOSED · {agency.name}: no longer watched", lang)


def unwatched_sentence(gone: str, lang: Lang) -> str:
    """Why it was closed, and what that does not mean."""
    why = {
        "agency": say("Instansi ini tidak ada lagi di config/agencies", "This agency is no longer in config/agencies", lang),
        "rule": say("Aturan peringatan ini tidak dipakai lagi", "The rule of this alert is no longer in use", lang),
    }.get(gone, say("Klaim peringatan ini sudah dikeluarkan", "The claim of this alert was taken out", lang))
    return why + say(
        "; karena itu peringatannya ditutup. Ini bukan tanda bahwa percakapan sudah reda.",
        ", so its alert was closed. That does not mean that the conversation has calmed down.",
        lang,
    )
