"""Copies of counts with what was expected, alerts and source health for the analysts' dashboards, made again from the state store."""

from __future__ import annotations

import json
import logging
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from kentongan.clock import BIN, floor_bin, parse_time
from kentongan.errors import StoreError
from kentongan.pipeline.wiring import Context
from kentongan.ports import DrawnBin, Evaluation
from kentongan.records import BinCount, BinKey, Window

log = logging.getLogger(__name__)

COPIED = "copied_until"  # where the last copying ended
RECOUNTED = "copies_recounted"  # days before those whose counts have changed, as JSON: ["pln 2026-03-02", ...]
AGAIN = timedelta(hours=2)  # late mentions change counts: the bins before are copied again
AT_FIRST = timedelta(days=30)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
RULE_MEASURE = "negative"


def copy_state(ctx: Context, back: timedelta | None = None) -> dict[str, int]:
    """Copy what has happened since the last copying, or in `back`; counts of what was written, {} where no dashboards are drawn from us.

    A failure raises StoreError and is made up for the next time: where copying ended is noted only after it succeeded.
    """
    if ctx.copies is None:
        return {}
    now = ctx.clock.now()
    last = ctx.state.meta(COPIED)
    start = now - back if back is not None else parse_time(last) - AGAIN if last else now - AT_FIRST
    window = Window(start=floor_bin(start), end=floor_bin(now))
    done = {"bins": 0, "alerts": 0, "health": 0}
    for agency in ctx.state.count_agencies():
        bins = list(drawn_bins(ctx, agency, window))
        ctx.copies.put_bins(bins)
        done["bins"] += len(bins)
    recounted = ctx.state.meta(RECOUNTED)
    for one in json.loads(recounted or "[]"):
        agency, _, day = one.partition(" ")
        midnight = parse_time(f"{day}T00:00:00Z")
        bins = list(drawn_bins(ctx, agency, Window(start=midnight, end=min(midnight + DAY, window.end))))
        ctx.copies.put_bins(bins)
        done["bins"] += len(bins)
    alerts = [alert for alert in ctx.state.alerts(updated_since=window.start) if not alert.simulated]
    ctx.copies.put_alerts(alerts)
    health = ctx.state.health()
    ctx.copies.put_health(health)
    if recounted and ctx.state.meta(RECOUNTED) == recounted:  # else more were noted meanwhile: then all of them once more, the next time
        ctx.state.set_meta(RECOUNTED, "")
    if back is None:
        ctx.state.set_meta(COPIED, now.isoformat())
    return done | {"alerts": len(alerts), "health": len(health)}


def note_recounted(ctx: Context, keys: Collection[BinKey]) -> None:
    """Order that the next copying takes these bins too: late mentions, corrections and deletions change counts of days long past."""
    if ctx.copies is None:
        return
    past = {f"{key.agency} {key.start:%Y-%m-%d}" for key in keys if key.start < ctx.clock.now() - AGAIN}
    noted = set(json.loads(ctx.state.meta(RECOUNTED) or "[]"))
    if not past <= noted:
        ctx.state.set_meta(RECOUNTED, json.dumps(sorted(past | noted)))


def try_to_copy(ctx: Context) -> dict[str, int]:
    """`copy_state`, whose failure is noted and holds up nothing: alerts go out whether or not dashboards are fresh."""
    try:
        return copy_state(ctx)
    except StoreError as exc:
        log.warning("copies for dashboards not made, next time they are made up for error=%s", exc)
        return {}


def drawn_bins(ctx: Context, agency: str, window: Window) -> Iterator[DrawnBin]:
    """Every bin of the window that was counted or evaluated, ascending."""
    counts = {count.start: count for count in ctx.state.counts(agency, window)}
    unknown = ctx.state.unobserved(agency, window)
    rule = next((name for name, rule in ctx.config.rules.items() if rule.measure == RULE_MEASURE), "")
    wider = Window(start=window.start - HOUR, end=window.end)
    known = [one for one in ctx.state.evaluations(agency, rule, wider) if one.bin_expected is not None]
    start = window.start
    while start < window.end:
        expected = expected_at(known, start)
        if start in counts or expected is not None:
            count = counts.get(start) or BinCount(agency=agency, start=start, total=0, negative=0, positive=0, hoax=0)
            yield DrawnBin(count=count, expected=expected, observed=start not in unknown)
        start += BIN


def expected_at(known: Sequence[Evaluation], start: datetime) -> float | None:
    """What was expected of the bin, between the evaluations on either side of it, or in the hour after the last; else None.

    known: ascending, with `bin_expected`. Evaluations are kept once an hour and around alerts, and what is expected changes smoothly.
    """
    place = bisect_right(known, start, key=lambda one: one.bin_start)
    if not place:
        return None
    left = known[place - 1]
    if place == len(known):
        return left.bin_expected if start - left.bin_start < HOUR else None
    right = known[place]
    share = (start - left.bin_start) / (right.bin_start - left.bin_start)
    assert left.bin_expected is not None and right.bin_expected is not None
    return left.bin_expected + share * (right.bin_expected - left.bin_expected)
