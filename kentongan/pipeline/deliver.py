"""Detect, then send: the tick of `detect_and_alert`."""

from __future__ import annotations

import os
import uuid
from datetime import datetime, timedelta

from alerts.outbox import DeliveryReport, deliver
from kentongan.pipeline.decisions import DetectReport
from kentongan.pipeline.detect import detect
from kentongan.pipeline.status import LAST_EVALUATION
from kentongan.pipeline.wiring import Context


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
    """Evaluate every closed bin up to `until`, write alerts and outbox in one transaction each, then deliver what is due."""
    report = detect(ctx, until)
    if not report.skipped:
        ctx.state.set_meta(LAST_EVALUATION, ctx.clock.now().isoformat())
    deliver_all(ctx)
    return report
