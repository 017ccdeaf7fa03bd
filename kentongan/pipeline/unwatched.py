"""Closes the alerts that nobody watches any more: their agency or rule left the configuration, or their claim was taken out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.incidents import fold, lead_of, told_with_many
from alerts.telling import Decision
from alerts.unwatched import Gone, closed_unwatched, what_is_gone
from kentongan.clock import parse_time
from kentongan.pipeline.updates import lead_now, places_told, updates
from kentongan.pipeline.wiring import Context
from kentongan.records import Alert, AlertState, Claim, TimelineEntry

GRACE = timedelta(minutes=30)  # a file that is missing while somebody edits or updates the folder closes nothing
MISSING = "detect:unwatched"  # in the state store: since when each open alert's agency or rule has been missing
_GOING_ON = (AlertState.OPEN, AlertState.ACKNOWLEDGED)


def close_unwatched(ctx: Context) -> list[Decision]:
    """Close open alerts whose agency or rule has been missing for GRACE; returns what was written. Inside a transaction, once per tick."""
    now = ctx.clock.now()
    known: dict[str, str] = json.loads(ctx.state.meta(MISSING) or "{}")
    missing: dict[str, str] = {}
    due: list[tuple[Alert, Gone]] = []
    for alert in ctx.state.alerts(states=_GOING_ON):
        if gone := what_is_gone(alert, ctx.config):
            since = known.get(alert.id, now.isoformat())
            if now - parse_time(since) >= GRACE:
                due.append((alert, gone))
            else:
                missing[alert.id] = since
    if missing != known:
        ctx.state.set_meta(MISSING, json.dumps(missing))
    return _close(ctx, due, now)


def let_go_of_claim(ctx: Context, claim: Claim, by: str, now: datetime) -> None:
    """Alerts of a claim that is taken out are closed; others stop pointing at it, in the messages sent before as well. Inside a transaction."""
    going_on = ctx.state.alerts(states=_GOING_ON)
    own = [alert for alert in going_on if alert.claim_id == claim.id]
    _close(ctx, [(alert, "claim") for alert in own], now)
    for alert in going_on:
        checked = alert.spike.nearest_claim
        if checked is None or checked.id != claim.id or alert in own:
            continue
        entry = TimelineEntry(at=now, event="claim_removed", detail=claim.id, by=by)
        without = replace(alert, spike=replace(alert.spike, nearest_claim=None), timeline=(*alert.timeline, entry))
        ctx.state.save_alert(without, updates(ctx.state, without, now))


def _close(ctx: Context, due: Sequence[tuple[Alert, Gone]], now: datetime) -> list[Decision]:
    decided = [closed_unwatched(alert, gone, now, places_told(ctx.state, alert), lead_now(ctx.state, alert)) for alert, gone in due]
    decided.sort(key=lambda decision: any(notice.within for notice in decision.notices))  # leads first
    written = []
    for decision in fold(decided, ()):
        assert decision.alert is not None
        # A message of others that shows it, its lead's or one of many, is brought up to date; its own is by what is told below it.
        shown = updates(ctx.state, decision.alert, now) if lead_of(decision.alert) or told_with_many(decision.alert) else []
        ctx.state.save_alert(decision.alert, (*decision.notices, *shown))
        written.append(replace(decision, notices=(*decision.notices, *shown)))
    return written
