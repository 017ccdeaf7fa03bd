"""When each host may be asked again: its turns, the pauses it asked for, and the times when it cannot be reached at all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from kentongan.errors import SourceDown
from kentongan.words import say

MISSES = 3  # connections in a row, by whatever source
UNREACHABLE_S = 60.0  # for which nobody tries again


@dataclass(slots=True)
class _Host:
    next_turn: float = 0.0
    paused_until: float = 0.0
    misses: int = 0
    unreachable_until: float = 0.0
    why: str = ""


class HostTurns:
    """One for all threads and sources that share a client. Times are those of `monotonic`, in seconds."""

    def __init__(self, sleep: Callable[[float], None], monotonic: Callable[[], float]) -> None:
        self._sleep, self._monotonic = sleep, monotonic
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}

    def wait(self, host: str, give_up_at: float, interval_s: float) -> None:
        """Return when it is this caller's turn; turns are given out one after another, `interval_s` apart.

        Raises SourceDown when the turn comes too late, or the host was found unreachable a moment ago, perhaps by another source.
        """
        with self._lock:
            known = self._hosts.setdefault(host, _Host())
            now = self._monotonic()
            self._refuse_unreachable(host, known, now)
            turn = max(now, known.next_turn, known.paused_until)
            if turn >= give_up_at:
                message = say(
                    f"{host}: waktu habis sebelum gilirannya ({turn - now:.0f} detik lagi); dicoba lagi nanti",
                    f"{host}: the time was up before its turn (in {turn - now:.0f} s); it will be tried again",
                )
                raise SourceDown(message, retry_after_s=turn - now)
            known.next_turn = turn + interval_s
        if turn > now:
            self._sleep(turn - now)
            with self._lock:
                self._refuse_unreachable(host, known, self._monotonic())

    def pause(self, host: str, seconds: float) -> None:
        """The host asked to be left alone for so long."""
        with self._lock:
            self._hosts.setdefault(host, _Host()).paused_until = self._monotonic() + seconds

    def missed(self, host: str, why: str) -> None:
        """No connection could be made. After MISSES in a row the host counts as unreachable for UNREACHABLE_S."""
        with self._lock:
            known = self._hosts.setdefault(host, _Host())
            known.misses += 1
            if known.misses >= MISSES:
                known.unreachable_until, known.why, known.misses = self._monotonic() + UNREACHABLE_S, why, 0

    def answered(self, host: str) -> None:
        """The host is there."""
        with self._lock:
            self._hosts.setdefault(host, _Host()).misses = 0

    @staticmethod
    def _refuse_unreachable(host: str, known: _Host, now: float) -> None:
        if known.unreachable_until > now:
            raise SourceDown(
                say(f"{host}: tidak terjangkau ({known.why}); dicoba lagi nanti", f"{host}: cannot be reached ({known.why}); it will be tried again")
            )
