"""Tells the leadership of a week's digest: once a week and destination, never of a simulation outside this machine.

What was begun is written down before it is sent, and what became of it afterwards: after a crash or a request without an answer nobody knows
whether it arrived, so it is reported instead of sent a second time.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from kentongan.clock import JAKARTA
from kentongan.errors import Ambiguous, ReceiverError, Recoverable
from kentongan.pipeline.weekly import Digest, is_week_end
from kentongan.pipeline.wiring import Context
from kentongan.ports import Receiver
from kentongan.words import say

LEASE_S = 300.0

Outcome = Literal["sent", "already", "simulation", "try_again", "unsure", "refused"]
TROUBLE: frozenset[Outcome] = frozenset({"try_again", "unsure", "refused"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What became of the summary at one destination."""

    destination: str
    outcome: Outcome
    reason: str = ""

    def __str__(self) -> str:
        words = {
            "sent": say("terkirim", "sent"),
            "already": say("sudah dikirim sebelumnya", "was sent before"),
            "simulation": say("tidak dikirim: simulasi", "not sent: a simulation"),
            "try_again": say("belum terkirim, dicoba lagi pada putaran berikutnya", "not sent yet, tried again at the next run"),
            "unsure": say("tidak jelas apakah sampai, tidak dikirim ulang", "it is not clear whether it arrived, not sent again"),
            "refused": say("ditolak", "refused"),
        }[self.outcome]
        return f"{self.destination}: {words}" + (f" ({self.reason})" if self.reason else "")


def tell_leadership(ctx: Context, digest: Digest, *, again: bool = False) -> list[Told]:
    """Send the summary to each of `leadership` in receivers.yml that has not had this week's; [] where seven days are no week of ours.

    again: also where it was sent, or may have arrived. A receiver that fails keeps no other from being told.
    """
    if not is_week_end(digest.numbers.window.end):
        return []
    return [_tell(ctx, digest, destination, again) for destination in ctx.config.receivers.leadership]


def _tell(ctx: Context, digest: Digest, destination: str, again: bool) -> Told:
    receiver = ctx.receivers.get(destination.partition(":")[0])
    if receiver is None:
        why = say("penerima belum dipasang: lihat docs/slack.md", "the receiver is not set up: see docs/slack.md")
        return Told(destination=destination, outcome="refused", reason=why)
    if digest.numbers.simulated and receiver.real:
        return Told(destination=destination, outcome="simulation")
    last_day = (digest.numbers.window.end - timedelta(seconds=1)).astimezone(JAKARTA)
    key = f"digest:{'simulasi:' if digest.numbers.simulated else ''}{last_day:%Y-%m-%d}:{destination}"
    owner, now = uuid.uuid4().hex, ctx.clock.now()
    if not ctx.state.acquire_lease(key, owner, now, LEASE_S):
        return Told(destination=destination, outcome="try_again", reason=say("proses lain sedang mengirim", "another process is sending it"))
    try:
        before = ctx.state.meta(key)
        state, _, since = before.partition(" ")
        if state and not again:
            return Told(destination=destination, outcome="already" if state == "sent" else "unsure", reason=since)
        ctx.state.set_meta(key, f"sending {now.isoformat()}")
        told, outcome = _send(receiver, digest, destination)
        if outcome is not None:
            ctx.state.set_meta(key, f"{outcome} {now.isoformat()}" if outcome else before)
        return told
    finally:
        ctx.state.release_lease(key, owner)


def _send(receiver: Receiver, digest: Digest, destination: str) -> tuple[Told, str | None]:
    """(what became of it, what to remember: "sent", "" = as if nothing had been tried, None = what was written before)."""
    try:
        receiver.tell(destination, digest.summary.headline, digest.summary.sentence)
    except Ambiguous as exc:
        return Told(destination=destination, outcome="unsure", reason=str(exc)), None
    except Recoverable as exc:
        return Told(destination=destination, outcome="try_again", reason=str(exc)), ""
    except ReceiverError as exc:
        return Told(destination=destination, outcome="refused", reason=str(exc)), ""
    return Told(destination=destination, outcome="sent"), "sent"


def trouble(told: Sequence[Told]) -> list[Told]:
    """Those that a person should look at."""
    return [t for t in told if t.outcome in TROUBLE]
