"""A worker on a simulated clock, as a process of its own: `python -m tests.pipeline.worker_program`. It works through one tick per line of
standard input (an ISO time): listen to what is due, detect, deliver; then says "done". Addresses come from the environment, as for `kentongan run`.
"""

from __future__ import annotations

import io
import sys

from kentongan.clock import FixedClock, parse_time
from kentongan.pipeline.collect import collect_sources, due_sources
from kentongan.pipeline.deliver import detect_and_alert
from kentongan.pipeline.wiring import open_context
from kentongan.settings import read_settings
from tests.factories import T0


def main() -> None:
    """Until standard input ends."""
    clock = FixedClock(T0)
    with open_context(read_settings(), clock=clock, stream=io.StringIO()) as ctx:
        ctx.note = lambda line: None
        _ = ctx.scorer, ctx.intake
        print("ready", flush=True)  # noqa: T201  # what the test reads
        for line in sys.stdin:
            clock.at = parse_time(line)
            collect_sources(ctx, due_sources(ctx), 60)
            detect_and_alert(ctx)
            print("done", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
