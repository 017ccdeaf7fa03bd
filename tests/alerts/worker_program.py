"""A delivery worker as a process of its own: `python worker_program.py DATABASE SLACK_URL HOURS`. Killed by the tests that start it."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta

from alerts.outbox import deliver
from alerts.slack import SlackReceiver
from kentongan.clock import FixedClock
from kentongan.store.state_sql import SqlState


def main(database: str, url: str, hours: str) -> None:
    """One run of `deliver`, its clock standing `hours` after 2 March 2026, 10.00 WIB."""
    clock = FixedClock(datetime(2026, 3, 2, 3, 0, tzinfo=UTC) + timedelta(hours=float(hours)))
    slack = SlackReceiver("xoxb-test-token", {}, base_url=url, timeout_s=600, sleep=lambda _: None)
    deliver(
        SqlState(database), {"slack": slack}, clock=clock, worker=f"process-{os.getpid()}", fallback=(), late_after=timedelta(hours=24), patience_s=0
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
