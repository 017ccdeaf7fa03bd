"""Evaluate every closed bin since the stored watermark, open, update and close alerts, write their outbox rows.

Order of work for one tick: recount dirty bins → evaluate each (agency, rule) → decide bin by bin, all agencies side by side, in order
of event time → one transaction that holds the detectors' states, evaluations, alerts, notices and what was withheld.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.detector import Bin, Detector, Verdict
from kentongan.clock import BIN, floor_bin
from kentongan.pipeline.decisions import DetectReport, decide_bin, open_track
from kentongan.pipeline.observation import mark_unobserved
from kentongan.pipeline.wiring import Context
from kentongan.ports import Evaluation
from kentongan.records import BinCount, Window

LEASE = "detect"
LEASE_S = 600.0
CHUNK = timedelta(days=7)
EPOCH_YEAR = 2000


def recount(ctx: Context) -> int:
    """Count the dirty bins again from what is stored; returns how many."""
    done = 0
    while keys := ctx.state.dirty():
        ctx.state.put_counts(ctx.mentions.bin_counts(keys))
        done += len(keys)
    return done


def detect(ctx: Context, until: datetime | None = None) -> DetectReport:
    """Bring every agency up to `until` (default: now less the time that polls need to bring mentions in).

    Holds a lease, so that two schedulers do no harm; without it nothing is done and the report says so.
    """
    now = ctx.clock.now()
    owner = uuid.uuid4().hex
    if not ctx.state.acquire_lease(LEASE, owner, now, LEASE_S):
        return DetectReport(skipped="another worker is detecting")
    try:
        recount(ctx)
        settle = timedelta(0) if ctx.event_time else timedelta(minutes=ctx.config.policy.settle_min)
        end = floor_bin(until or now - settle)
        report = DetectReport()
        keys = [
            (agency, rule)
            for agency in ctx.state.count_agencies()
            if agency in ctx.config.agencies
            for rule in ctx.config.rules
            if ctx.config.rule(rule, agency).enabled
        ]
        starts = {key: start for key in keys if (start := _start(ctx, *key, end)) is not None and start < end}
        if starts:
            stop = min(starts.values())
            if not ctx.event_time:
                mark_unobserved(ctx, stop, end)
            while stop < end:
                stop = min(stop + CHUNK, end)
                with ctx.state.transaction():
                    report.add(_advance(ctx, list(starts), stop))
        return report
    finally:
        ctx.state.release_lease(LEASE, owner)


def _start(ctx: Context, agency: str, rule: str, end: datetime) -> datetime | None:
    """The watermark of (agency, rule); at first the midnight (UTC) before its first counted bin; None when there is none."""
    _, watermark, _ = ctx.state.detector_state(agency, rule)
    if watermark:
        return watermark
    first = next(iter(ctx.state.counts(agency, Window(start=datetime(EPOCH_YEAR, 1, 1, tzinfo=end.tzinfo), end=end))), None)
    return floor_bin(first.start, timedelta(days=1)) if first else None


def _advance(ctx: Context, keys: Sequence[tuple[str, str]], stop: datetime) -> DetectReport:
    """Evaluate and decide every key from its watermark to `stop`."""
    report = DetectReport()
    tracks = []
    for agency, rule in keys:
        state, _, version = ctx.state.detector_state(agency, rule)
        start = _start(ctx, agency, rule, stop)
        if start is None or start >= stop:
            continue
        settings = ctx.config.rule(rule, agency)
        window = Window(start=start, end=stop)
        bins = closed_bins(ctx, agency, settings.measure, window)
        detector = Detector(settings, ctx.config.agencies[agency].timezone, ctx.config.policy)
        state, verdicts = detector.evaluate(state, bins)
        ctx.state.save_detector_state(agency, rule, state, stop, version)
        ctx.state.add_evaluations(_worth_keeping(agency, rule, verdicts))
        report.bins += len(bins)
        tracks.append(open_track(ctx, agency, rule, verdicts, stop))
    for bin_end in sorted({end for track in tracks for end in track.verdicts}):
        decide_bin(ctx, [t for t in tracks if t.needs_decision(bin_end)], bin_end, bin_end < stop, report)
    return report


def closed_bins(ctx: Context, agency: str, measure: str, window: Window) -> list[Bin]:
    """One `Bin` per 5 minutes of the window; those nobody listened to are marked unobserved."""
    counted: dict[datetime, BinCount] = {c.start: c for c in ctx.state.counts(agency, window)}
    unknown = ctx.state.unobserved(agency, window)
    bins = []
    start = window.start
    while start < window.end:
        c = counted.get(start)
        value = 0 if c is None else c.negative if measure == "negative" else c.hoax if measure == "hoax" else c.total
        bins.append(Bin(start=start, negative=value, total=c.total if c else 0, observed=start not in unknown))
        start += BIN
    return bins


def _worth_keeping(agency: str, rule: str, verdicts: Sequence[Verdict]) -> list[Evaluation]:
    """Hourly evaluations, and every bin around an alert: enough to draw, little to store."""
    return [
        Evaluation(agency=agency, rule=rule, bin_start=v.bin_start, observed=v.observed, expected=v.expected, chance_weeks=v.chance_weeks)
        for v in verdicts
        if v.firing or v.bin_end.minute == 0
    ]
