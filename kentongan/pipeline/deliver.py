"""Detect, then send: the tick of `detect_and_alert`."""

from __future__ import annotations

import os
import uuid
from datetime import datetime, timedelta

from alerts.outbox import DeliveryReport, deliver
from kentongan.clock import parse_time
from kentongan.pipeline.decisions import DetectReport
from kentongan.pipeline.detect import detect
from kentongan.pipeline.heartbeat import beat
from kentongan.pipeline.status import LAST_EVALUATION
from kentongan.pipeline.vigil import DEAF_SINCE, RUNNING_SINCE, STOPPED_AFTER, keep_vigil
from kentongan.pipeline.wiring import Context

LAST_VIGIL = "vigil:last"
VIGIL_EVERY = timedelta(minutes=30)


def deliver_all(ctx: Context, *, worker: str = "pipeline", patience_s: float = 20.0) -> DeliveryReport:
    """Send what is due in the outbox, as seen by the context's clock. See `alerts.outbox.deliver`."""
    return deliver(
        ctx.state,
        ctx.receivers,
        clock=ctx.clock,
        worker=f"{worker}-{os.getpid()}-{uuid.uuid4().hex[:6]}",
        fallback=ctx.config.receivers.fallback,
        patience_s=patience_s,
        # A stream that is played back is looked at once a day of event time: that delay is the replay's, no officer's.
        late_after=timedelta.max if ctx.event_time else timedelta(hours=ctx.config.policy.late_after_h),
    )


def detect_and_alert(ctx: Context, until: datetime | None = None) -> DetectReport:
    """Evaluate every closed bin up to `until`, write alerts and outbox in one transaction each, then deliver what is due.

    Live, it then keeps vigil over Kentongan itself (once in `VIGIL_EVERY`), and tells the outside watchdog that it ran.
    """
    report = detect(ctx, until)
    if not report.skipped:
        _note_evaluation(ctx)
    deliver_all(ctx)
    if not report.skipped and not ctx.simulated and not ctx.event_time:
        _watch(ctx)
    return report


def _note_evaluation(ctx: Context) -> None:
    """When it was, and since when there was no longer pause between two: after a downtime nobody is late at once."""
    now, last = ctx.clock.now(), ctx.state.meta(LAST_EVALUATION)
    if not ctx.state.meta(RUNNING_SINCE) or not last or not timedelta(0) <= now - parse_time(last) < STOPPED_AFTER:
        ctx.state.set_meta(RUNNING_SINCE, now.isoformat())
    ctx.state.set_meta(LAST_EVALUATION, now.isoformat())


def _watch(ctx: Context) -> None:
    now, last = ctx.clock.now(), ctx.state.meta(LAST_VIGIL)
    if not last or not timedelta(0) <= now - parse_time(last) < VIGIL_EVERY:
        ctx.state.set_meta(LAST_VIGIL, now.isoformat())
        keep_vigil(ctx)
    if not ctx.settings.heartbeat_url or beat(ctx.settings.heartbeat_url):
        if ctx.state.meta(DEAF_SINCE):
            ctx.state.set_meta(DEAF_SINCE, "")
    elif not ctx.state.meta(DEAF_SINCE):
        ctx.state.set_meta(DEAF_SINCE, now.isoformat())
