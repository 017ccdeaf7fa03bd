"""How long the outbox waits, and when it gives up: the numbers, and the wait that follows from them. Pure."""

from __future__ import annotations

from datetime import timedelta

from kentongan.errors import Ambiguous, Recoverable

# Seconds until the next try, by tries made. No jitter: rows of one destination are few and leased one by one.
BACK_OFF_S = (5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600)
# A request without an answer may still be on its way: so long before the receiver's history is asked.
SETTLE_S = 30
# Tries after which the fallback is told too (about eight minutes), while the row itself is tried on.
TRIES_BEFORE_FALLBACK = 6
# After that a row becomes a dead letter: an address that has been silent for a week is no address.
GIVE_UP_AFTER = timedelta(days=7)
# Failures in a row after which a receiver's other rows wait for the next run: time-outs must not add up.
FAILURES_BEFORE_PAUSE = 2
# A note waits for the message that it stands below, looked at so often: the first tries of that one are as close together.
BEHIND_LEAD = timedelta(seconds=30)
# Longer than any receiver's time-out plus pacing: a row whose lease ran out is given to another worker.
LEASE_S = 120.0
# What a bug, or a library that is not there, raises while one message is drawn or sent: that row is put off, the others go on.
BUGS = (ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, OSError, RuntimeError, TypeError, ValueError)


def wait_s(attempts: int, error: Recoverable) -> float:
    """Seconds until the next try, after so many (from 1)."""
    wait = float(BACK_OFF_S[min(attempts, len(BACK_OFF_S)) - 1])
    return max(wait, error.retry_after_s or 0.0, SETTLE_S if isinstance(error, Ambiguous) else 0.0)
