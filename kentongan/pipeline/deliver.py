"""Detect, then send: the tick of `detect_and_alert`."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

from alerts.outbox import DeliveryReport, deliver
from kentongan.pipeline.decisions import DetectReport
from kentongan.pipeline.detect import detect
from kentongan.pipeline.wiring import Context


def deliver_all(ctx: Context) -> DeliveryReport:
    """Send what is due in the outbox, as seen by the context's clock."""
    return deliver(
        ctx.state,
        ctx.receivers,
        clock=ctx.clock,
        worker=f"pipeline-{os.getpid()}",
        fallback=ctx.config.receivers.fallback,
        late_after=timedelta(hours=ctx.config.policy.late_after_h),
    )


def detect_and_alert(ctx: Context, until: datetime | None = None) -> DetectReport:
    """Evaluate every closed bin up to `until`, write alerts and outbox in one transaction each, then deliver what is due."""
    report = detect(ctx, until)
    deliver_all(ctx)
    return report
