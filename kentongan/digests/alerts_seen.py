"""Alerts, what was withheld, and sources that fell silent, as a week's digest tells them. Pure but for the store it reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from kentongan.clock import BIN
from kentongan.digests.week import AlertSeen, SourceGap, WithheldSeen
from kentongan.ports import StateStore
from kentongan.records import Alert, AlertState, NotifyReason, Window, Withheld

LONG_OPEN = timedelta(days=1)  # an older alert counts for a week in which it was open so long
LOOK_BACK = timedelta(days=30)  # alerts older than that are looked for only while they are open
# Repetitions of what was told already: no news for the leadership.
REPETITIONS = frozenset({NotifyReason.DUPLICATE, NotifyReason.IN_PLACE})
GAP_TOLD = timedelta(hours=2)

Poll = tuple[str, datetime, datetime, bool, int, int]  # source, started, finished, ok, posts, kept


def alerts_touching(state: StateStore, window: Window) -> list[Alert]:
    """Alerts that were open at any moment of the window, newest first."""
    recent = state.alerts(window=Window(start=window.start - LOOK_BACK, end=window.end))
    unresolved = state.alerts(states=[AlertState.OPEN, AlertState.ACKNOWLEDGED])
    known = {a.id: a for a in (*recent, *unresolved)}
    touching = [a for a in known.values() if a.opened_at < window.end and (a.resolved_at is None or a.resolved_at > window.start)]
    return sorted(touching, key=lambda a: a.opened_at, reverse=True)


def alerts_in(alerts: Iterable[Alert], window: Window) -> list[Alert]:
    """Those of these alerts that were open at any moment of the window."""
    return [a for a in alerts if a.opened_at < window.end and (a.resolved_at is None or a.resolved_at > window.start)]


def is_counted(alert: Alert, window: Window) -> bool:
    """True when it belongs to the week's risk: opened in it, or open for at least a day of it; never a false alarm."""
    if _is_false_alarm(alert):
        return False
    end = min(alert.resolved_at or window.end, window.end)
    return alert.opened_at >= window.start or end - window.start >= LONG_OPEN


def _is_false_alarm(alert: Alert) -> bool:
    return any(entry.event == "false_alarm" for entry in alert.timeline)


def seen(alert: Alert, window: Window, state: StateStore) -> AlertSeen:
    """The alert with what was usual in the window of its peak: the latest spike's expectation may be of a shorter window."""
    end = (alert.resolved_at or window.end) + BIN
    evaluations = state.evaluations(alert.agency, alert.rule, Window(start=alert.opened_at - BIN, end=end))
    usual = next((e.expected for e in evaluations if e.observed == alert.peak_observed and e.chance_weeks is not None), None)
    return AlertSeen(
        alert=alert,
        usual=usual,
        carried_over=alert.opened_at < window.start,
        counted=is_counted(alert, window),
        told=alert.notified_severity is not None,
        false_alarm=_is_false_alarm(alert),
    )


def withheld_seen(withheld: Iterable[Withheld]) -> tuple[WithheldSeen, ...]:
    """One line for each rule, reason and detail of one agency, in order of time; repetitions of what was told are left out."""
    groups: dict[tuple[str, NotifyReason, str], list[Withheld]] = defaultdict(list)
    for w in withheld:
        if w.reason not in REPETITIONS:
            groups[w.rule, w.reason, w.detail if w.reason is NotifyReason.SILENCED else ""].append(w)
    lines = []
    for (rule, reason, detail), group in groups.items():
        most = max(group, key=lambda w: w.observed)
        lines.append(
            WithheldSeen(
                rule=rule, reason=reason, detail=detail, first=min(w.at for w in group), last=max(w.at for w in group), times=len(group),
                observed=most.observed, expected=most.expected,
            )
        )  # fmt: skip
    return tuple(sorted(lines, key=lambda line: line.first))


def source_gaps(polls: Sequence[Poll], window: Window) -> tuple[SourceGap, ...]:
    """Sources that failed for two hours or more, all their failures of the window together, longest first.

    A stretch runs from the first failed poll to the next that succeeded, or to the end of the window.
    """
    failed_since: dict[str, datetime] = {}
    lost: dict[str, timedelta] = defaultdict(timedelta)
    for source, started, _, ok, _, _ in sorted(polls, key=lambda p: p[1]):
        if not ok:
            failed_since.setdefault(source, started)
        elif source in failed_since:
            lost[source] += started - failed_since.pop(source)
    still = set(failed_since)
    for source, since in failed_since.items():
        lost[source] += window.end - since
    gaps = [SourceGap(source=s, hours=span.total_seconds() / 3600, still=s in still) for s, span in lost.items() if span >= GAP_TOLD]
    return tuple(sorted(gaps, key=lambda g: (-g.hours, g.source)))
