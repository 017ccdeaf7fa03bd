"""Evaluate every closed bin since the stored watermark, open, update and close alerts, write their outbox rows.

Order of work for one tick: recount dirty bins → evaluate each (agency, rule) → decide bin by bin, all agencies side by side, in order
of event time → one transaction that holds the detectors' states, evaluations, alerts, notices and what was withheld.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.detector import Detector
from alerts.detector_state import knows_total
from alerts.detector_verdict import Bin, Verdict
from kentongan.clock import BIN, SystemClock, floor_bin
from kentongan.errors import StoreError
from kentongan.pipeline.copies import note_recounted
from kentongan.pipeline.decisions import DetectReport, Past, decide_bin, measured
from kentongan.pipeline.observation import heard_since, mark_unobserved
from kentongan.pipeline.unwatched import close_unwatched
from kentongan.pipeline.wiring import Context
from kentongan.ports import Evaluation
from kentongan.records import BinCount, Window

log = logging.getLogger(__name__)
LEASE = "detect"
LEASE_S = 120.0  # renewed after each chunk, so that a killed process does not hold the others up for long
CHUNK = timedelta(days=7)
AHEAD = timedelta(hours=1)  # a watermark this far in the time to come was left by a clock that ran ahead


def recount(ctx: Context) -> int:
    """Count the dirty bins again from what is stored; returns how many."""
    done = 0
    while keys := ctx.state.dirty():
        ctx.state.put_counts(ctx.mentions.bin_counts(keys))
        note_recounted(ctx, keys)
        done += len(keys)
    return done


def detect(ctx: Context, until: datetime | None = None) -> DetectReport:
    """Bring every agency up to `until` (default, and at most: now less the time that polls need to bring mentions in).

    Holds a lease, so that two schedulers do no harm; without it nothing is done and the report says so. A stream that is played back waits
    for it instead: nobody looks again later, and mostly it is that of a replay that was killed.
    """
    now = ctx.clock.now()
    owner = uuid.uuid4().hex
    patience_until = time.monotonic() + (2 * LEASE_S if ctx.event_time else 0)
    while not _hold_lease(ctx, owner):
        if time.monotonic() >= patience_until:
            return DetectReport(skipped="another worker is detecting")
        time.sleep(1)
    try:
        recount(ctx)
        settle = timedelta(0) if ctx.event_time else timedelta(minutes=ctx.config.policy.settle_min)
        # Never past what has settled: a bin that is evaluated before its posts came in would stay empty for good.
        closed = now - settle
        end = floor_bin(closed if until is None or until > closed else until)
        report = DetectReport()
        if not ctx.event_time:
            with ctx.state.transaction():
                unwatched = close_unwatched(ctx)
            report.resolved += [decision.alert for decision in unwatched if decision.alert is not None]
            report.notices += sum(len(decision.notices) for decision in unwatched)
        begins: dict[str, datetime] = {}
        marks = [mark.start for mark in _marks(ctx, end, begins)]
        if not ctx.event_time and marks and max(marks) > now + AHEAD:
            report.ahead = max(marks)
        starts = [start for start in marks if start < end]
        if not starts:
            return report
        stop = min(starts)
        if not ctx.event_time:
            mark_unobserved(ctx, stop, end)
        while stop < end:
            _hold_lease(ctx, owner)
            stop = min(stop + CHUNK, end)
            with ctx.state.transaction():
                report.add(_advance(ctx, stop, _marks(ctx, end, begins)))
        return report
    finally:
        ctx.state.release_lease(LEASE, owner)


def _hold_lease(ctx: Context, owner: str) -> bool:
    """Take or renew the lease, by the wall clock: event time stands still, and a lease in it would never end."""
    return ctx.state.acquire_lease(LEASE, owner, SystemClock().now() if ctx.event_time else ctx.clock.now(), LEASE_S)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Where one (agency, rule) stands."""

    agency: str
    rule: str
    state: bytes
    start: datetime  # the watermark; at first where the history begins
    version: int


def _marks(ctx: Context, end: datetime, begins: dict[str, datetime]) -> list[Mark]:
    """One mark per agency that has counts and enabled rule. begins: where the history of an agency begins, found once; filled here."""
    marks = []
    agencies = [agency for agency in ctx.state.count_agencies() if agency in ctx.config.agencies]
    for rule in ctx.config.rules:
        states = ctx.state.detector_states(rule)
        for agency in agencies:
            if not ctx.config.rule(rule, agency).enabled:
                continue
            if agency in states:
                state, watermark, version = states[agency]
                marks.append(Mark(agency=agency, rule=rule, state=state, start=watermark, version=version))
                continue
            if agency not in begins and (since := heard_since(ctx, agency, end - BIN)):
                begins[agency] = since
            if agency in begins:
                marks.append(Mark(agency=agency, rule=rule, state=b"", start=begins[agency], version=0))
    return marks


def _advance(ctx: Context, stop: datetime, every: Sequence[Mark]) -> DetectReport:
    """Evaluate and decide every (agency, rule) from its watermark to `stop`."""
    report = DetectReport()
    marks = [mark for mark in every if mark.start < stop]
    if not marks:
        return report
    counts = ctx.state.counts_of_all(Window(start=min(mark.start for mark in marks), end=stop))
    past = Past(ctx, stop)
    tracks = []
    for mark in marks:
        settings = ctx.config.rule(mark.rule, mark.agency)
        window = Window(start=mark.start, end=stop)
        unknown = ctx.state.unobserved(mark.agency, window) if not ctx.event_time else set()
        bins = closed_bins(counts.get(mark.agency, []), settings.measure, window, unknown)
        detector = Detector(settings, ctx.config.agencies[mark.agency].timezone, ctx.config.policy)
        state, verdicts = _evaluate(ctx, mark, detector, bins)
        ctx.state.save_detector_state(mark.agency, mark.rule, state, stop, mark.version)
        ctx.state.add_evaluations(_worth_keeping(mark.agency, mark.rule, verdicts))
        report.bins += len(bins)
        tracks.append(past.track(mark.agency, mark.rule, verdicts))
    for bin_end in sorted({end for track in tracks for end in track.verdicts}):
        due = [track for track in tracks if track.needs_decision(bin_end)]
        if due:
            decide_bin(ctx, due, bin_end, bin_end < stop, report)
    return report


def _evaluate(ctx: Context, mark: Mark, detector: Detector, bins: Sequence[Bin]) -> tuple[bytes, list[Verdict]]:
    """As Detector.evaluate. A state that is damaged or was made of other counts (`measure` was changed) is made again of the stored counts:
    one agency's broken row must not keep the others from being watched."""
    if not mark.state or knows_total(mark.state) == (detector.rule.measure != "total"):
        try:
            return detector.evaluate(mark.state, bins)
        except StoreError as exc:
            log.warning("state of %s/%s made again of the stored counts: %s", mark.agency, mark.rule, str(exc).partition(";")[0])
    begin = heard_since(ctx, mark.agency)
    past = Window(start=begin, end=mark.start) if begin and begin < mark.start else None
    if past is None:
        return detector.evaluate(b"", bins)
    counts, unknown = ctx.state.counts(mark.agency, past), ctx.state.unobserved(mark.agency, past)
    state, _ = detector.evaluate(b"", closed_bins(counts, detector.rule.measure, past, unknown))
    return detector.evaluate(state, bins)


def closed_bins(counts: Sequence[BinCount], measure: str, window: Window, unknown: set[datetime]) -> list[Bin]:
    """One `Bin` per 5 minutes of the window; those nobody listened to (`unknown`) are marked unobserved.

    counts: of one agency; bins outside the window are left out. Where all posts are counted there is no total that they are a part of.
    """
    alone = measure == "total"
    counted = {c.start: c for c in counts}
    bins = []
    start = window.start
    while start < window.end:
        c = counted.get(start)
        if c is None:
            bins.append(Bin(start=start, negative=0, total=None if alone else 0, observed=start not in unknown))
        else:
            bins.append(Bin(start=start, negative=measured(c, measure), total=None if alone else c.total, observed=start not in unknown))
        start += BIN
    return bins


def _worth_keeping(agency: str, rule: str, verdicts: Sequence[Verdict]) -> list[Evaluation]:
    """Hourly evaluations, and every bin around an alert: enough to draw, little to store."""
    return [
        Evaluation(
            agency=agency,
            rule=rule,
            bin_start=v.bin_start,
            observed=v.observed,
            expected=v.expected,
            chance_weeks=v.chance_weeks,
            bin_expected=v.bin_expected,
        )
        for v in verdicts
        if v.firing or v.bin_end.minute == 0
    ]
