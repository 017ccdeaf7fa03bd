"""Delivers what waits in the outbox: leased row by row, recorded only after the receiver answered.

    pending ──sent──▶ sent | late        answered; late = the message was marked late
       │ ├──pause, no connection──▶ pending, later     back-off, or what Retry-After says
       │ ├──no answer──▶ pending, later                 the receiver is asked whether it arrived before a second try
       │ └──refused for good──▶ failed                  dead letter, kept with its reason; the fallback receives it instead
       └──simulated, or nobody was told of the beginning──▶ suppressed

Exactly once where the receiver's history can be read; elsewhere a try without an answer is repeated once more, and marked.
Within one destination an episode's messages keep their order: the store does not lease a row while an earlier one waits.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from alerts.patience import BACK_OFF_S, BEHIND_LEAD, BUGS, FAILURES_BEFORE_PAUSE, GIVE_UP_AFTER, LEASE_S, TRIES_BEFORE_FALLBACK, wait_s
from alerts.placing import beginning_was_told, placed, waiting_behind_a_stuck_one, waits_for_lead
from kentongan.errors import Ambiguous, Final, Recoverable, StoreConflict
from kentongan.ports import Clock, Receiver, StateStore
from kentongan.records import Delivery, Notice, NotifyReason, Outcome
from kentongan.words import say

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class DeliveryReport:
    """What one run did, by delivery key."""

    sent: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)  # had arrived although no answer came
    retried: list[tuple[str, str]] = field(default_factory=list)  # (key, why): tried again later
    dead: list[tuple[str, str]] = field(default_factory=list)  # (key, why): dead letters
    suppressed: list[tuple[str, str]] = field(default_factory=list)  # (key, why): must not be sent

    def counts(self) -> dict[str, int]:
        """Numbers only, for XCom and logs."""
        return {name: len(getattr(self, name)) for name in ("sent", "found", "retried", "dead", "suppressed")}


def deliver(
    state: StateStore,
    receivers: Mapping[str, Receiver],
    *,
    clock: Clock,
    worker: str,
    fallback: Sequence[str],
    late_after: timedelta,
    patience_s: float = 20.0,
    sleep: Callable[[float], None] = time.sleep,
) -> DeliveryReport:
    """Deliver every row that is due; returns when none is left. Safe with several workers at once, and to be killed at any moment.

    receivers: by name, the part of a destination before ":". worker: a name no other running worker bears. fallback: destinations
    that receive what another refused for good. patience_s: how long to wait, in all, for rows that may be tried again so soon (a pause
    that Slack asks for is mostly a second or two). Raises StoreError when the database refuses.
    """
    run = _Run(state, receivers, clock=clock, worker=worker, fallback=fallback, late_after=late_after)
    while True:
        run.all_due()
        wait_s = run.next_try_in_s()
        if wait_s is None or wait_s > patience_s:
            return run.report
        sleep(wait_s)
        patience_s -= wait_s


class _Run:
    """One run of `deliver`: remembers which receivers have just failed."""

    def __init__(
        self, state: StateStore, receivers: Mapping[str, Receiver], *, clock: Clock, worker: str, fallback: Sequence[str], late_after: timedelta
    ) -> None:
        self.state = state
        self.receivers = receivers
        self.clock = clock
        self.worker = worker
        self.fallback = fallback
        self.late_after = late_after
        self.report = DeliveryReport()
        self.failures: dict[str, int] = {}
        self.paused_until: dict[str, datetime] = {}
        self.try_again_at: dict[str, datetime] = {}  # by delivery key

    def all_due(self) -> None:
        for notice in waiting_behind_a_stuck_one(self.state, TRIES_BEFORE_FALLBACK):
            self.hand_on(notice)  # that it got worse must not wait for the beginning to get through
        now = self.clock.now()
        self.paused_until = {name: until for name, until in self.paused_until.items() if until > now}
        self.try_again_at = {key: until for key, until in self.try_again_at.items() if until > now}
        while leased := self.state.lease_deliveries(self.clock.now(), LEASE_S, self.worker, limit=1):
            try:
                self.one(leased[0])
            except StoreConflict:
                # The lease ran out while the receiver was slow: its new holder looks whether the message arrived.
                log.warning("lease of %s lost", leased[0].notice.key)

    def next_try_in_s(self) -> float | None:
        """Seconds until the first row that this run put off may be tried again; None when there is none, or while the clock stands still."""
        waits = [(until - self.clock.now()).total_seconds() for until in self.try_again_at.values()]
        return min((wait for wait in waits if wait > 0), default=None)

    def one(self, row: Delivery) -> None:
        notice = row.notice
        name = notice.destination.partition(":")[0]
        receiver = self.receivers.get(name)
        if receiver is None:
            known = ", ".join(sorted(self.receivers)) or "-"
            check = "slack_channel, SLACK_BOT_TOKEN, receivers.yml"
            self.bury(
                row,
                say(
                    f"penerima {name} belum dipasang (ada: {known}); periksa {check}",
                    f"receiver {name} is not set up (set up: {known}); check {check}",
                ),
            )
        elif receiver.real and any(alert.simulated for alert in (notice.alert, *notice.related)):
            self.suppress(row, "simulasi")
            self.hand_on(notice, only_unreal=True)
        elif notice.transition is NotifyReason.RESOLVED and not beginning_was_told(self.state, notice):
            with self.state.transaction():
                self.hand_on(notice)  # to whom the beginning was handed on; those who know nothing of it are spared there
                self.suppress(row, say("pembukaannya tidak pernah sampai di tujuan ini", "its beginning never reached this destination"))
        elif waits_for_lead(self.state, notice):
            self.put_off(row, say("menunggu pesan utamanya", "waits for the message it belongs to"), self.clock.now() + BEHIND_LEAD, tried=False)
            if row.attempts >= TRIES_BEFORE_FALLBACK:
                self.hand_on(notice)
        elif (until := self.paused_until.get(name)) is not None:
            self.put_off(row, say(f"{name}: baru saja gagal", f"{name}: has just failed"), until, tried=False)
        else:
            self.attempt(row, receiver)

    def attempt(self, row: Delivery, receiver: Receiver) -> None:
        """Look whether it arrived before, if that is open; send; record."""
        notice, previous = placed(self.state, row.notice)
        unsure = False  # this is the one repetition that is allowed where nobody can tell whether the first try arrived
        told = notice.transition is not NotifyReason.UPDATED
        if not told and not previous:
            self.suppress(row, say("pesan yang akan diperbarui tidak pernah sampai", "the message to bring up to date never came here"))
            return
        if told and self.clock.now() - notice.decided_at > self.late_after and not notice.alert.simulated:
            notice = replace(notice, late=True)
        try:
            if notice.repeat:
                found = self.look(receiver, notice, previous)
                if found:
                    self.finish(row, "late" if notice.late else "sent", reason=say("sudah sampai", "had arrived"), provider_ref=found)
                    self.report.found.append(notice.key)
                    return
                unsure = found is None
                if unsure and row.repeat_unfinished:
                    raise Ambiguous(say("kiriman kedua terputus", "the second try was cut off"))
                notice = replace(notice, repeat=unsure)  # not there for certain: sending it now is no repeat
            ref = receiver.send(notice, previous)
        except Final as exc:
            self.bury(row, str(exc))
        except Recoverable as exc:
            if unsure and isinstance(exc, Ambiguous):
                self.bury(row, say(f"dua kali tanpa jawaban, mungkin sudah sampai: {exc}", f"twice without an answer, it may have arrived: {exc}"))
            else:
                self.failed(row, receiver.name, exc)
        except BUGS as exc:
            log.exception("bug while sending %s", notice.key)
            self.failed(row, receiver.name, Ambiguous(say(f"galat Kentongan: {exc!r}", f"a bug of Kentongan: {exc!r}")))
        else:
            self.failures[receiver.name] = 0
            self.finish(row, "late" if notice.late else "sent", provider_ref=ref)
            self.report.sent.append(notice.key)
            if notice.transition is NotifyReason.RESOLVED:
                self.hand_on(notice, only_told=True)  # a fallback that heard of the beginning hears of the end

    def look(self, receiver: Receiver, notice: Notice, previous: str) -> str | None:
        """What `find` says. Raises Recoverable where it took so long that sending now might outlive the lease."""
        begun = self.clock.now()
        found = receiver.find(notice, previous)
        if not found and (self.clock.now() - begun).total_seconds() > LEASE_S / 2:
            raise Recoverable(say(f"{notice.destination}: riwayat terlalu lambat", f"{notice.destination}: the history is too slow"))
        return found

    def failed(self, row: Delivery, name: str, error: Recoverable) -> None:
        """Try again later; tell the fallback when it has been a while; give up after a week."""
        now = self.clock.now()
        if now - row.notice.decided_at > GIVE_UP_AFTER and row.attempts > len(BACK_OFF_S):
            self.bury(row, say(f"menyerah setelah {row.attempts} percobaan: {error}", f"given up after {row.attempts} tries: {error}"))
            return
        until = now + timedelta(seconds=wait_s(row.attempts, error))
        self.failures[name] = self.failures.get(name, 0) + 1
        if self.failures[name] >= FAILURES_BEFORE_PAUSE or error.retry_after_s:  # a pause that was asked for is meant for all
            self.paused_until[name] = until
        self.put_off(row, str(error), until, tried=True, repeat=isinstance(error, Ambiguous) or row.notice.repeat)
        if row.attempts >= TRIES_BEFORE_FALLBACK:
            self.hand_on(row.notice)

    def put_off(self, row: Delivery, reason: str, until: datetime, *, tried: bool, repeat: bool = False) -> None:
        self.finish(row, "pending", reason=reason, next_attempt_at=until, repeat=repeat)
        self.report.retried.append((row.notice.key, reason))
        self.try_again_at[row.notice.key] = until
        if tried:
            log.warning("delivery %s put off: %s", row.notice.key, reason)

    def bury(self, row: Delivery, reason: str) -> None:
        """A dead letter: kept with its reason, and its message handed on to the fallback in the same transaction."""
        with self.state.transaction():
            self.hand_on(row.notice)
            self.finish(row, "failed", reason=reason)
        self.report.dead.append((row.notice.key, reason))
        log.error("delivery %s failed for good: %s", row.notice.key, reason)

    def suppress(self, row: Delivery, reason: str) -> None:
        self.finish(row, "suppressed", reason=reason)
        self.report.suppressed.append((row.notice.key, reason))

    def hand_on(self, notice: Notice, *, only_unreal: bool = False, only_told: bool = False) -> None:
        """Write outbox rows of the same message for the fallback destinations; writing them again changes nothing."""
        if notice.destination in self.fallback or notice.transition is NotifyReason.UPDATED:  # nothing new, and only its own place can show it
            return
        copies = []
        for place in self.fallback:
            receiver = self.receivers.get(place.partition(":")[0])
            copy = replace(notice, destination=place, repeat=False)
            if (
                receiver is not None
                and not (only_unreal and receiver.real)
                and not (only_told and not beginning_was_told(self.state, copy, or_comes=True))
            ):
                copies.append(copy)
        if copies:
            with self.state.transaction():
                current = self.state.alert(notice.episode) or notice.alert  # as it stands now: what people did since must not be undone
                self.state.save_alert(current, copies)

    def finish(self, row: Delivery, outcome: Outcome, **details: Any) -> None:
        """See `StateStore.finish_delivery`."""
        self.state.finish_delivery(row.notice.key, self.worker, outcome, at=self.clock.now(), **details)
