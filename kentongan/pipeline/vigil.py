"""The dead man's switch: kinds of silence, kept apart, each told to operations and never to an agency.

    fetch_failed         a source does not answer, or answers in another form
    fetched_nothing      a source answers, and its newest post is far older than usual
    low_volume           sources answer, but less than a tenth of the usual is heard in six hours
    collector_stopped    no source has been asked for half an hour, although some are due
    evaluator_stopped    nothing was evaluated for half an hour: seen by whoever looks, and by the external heartbeat that stops
    delivery_failing     messages wait, or were refused
    watchdog_deaf        the external heartbeat's address has not answered for half an hour

No data is "unknown": none of these opens or resolves an alert (alerts/lifecycle.py holds them back with `source_outage`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Literal

from kentongan.clock import JAKARTA, floor_bin, parse_time
from kentongan.pipeline.collect import due_sources
from kentongan.pipeline.receivers import tell_operations
from kentongan.pipeline.status import LAST_EVALUATION
from kentongan.pipeline.wiring import Context
from kentongan.records import Delivery, SourceHealth, Window
from kentongan.words import say

Kind = Literal["fetch_failed", "fetched_nothing", "low_volume", "collector_stopped", "evaluator_stopped", "delivery_failing", "watchdog_deaf"]

FAILURES = 3  # polls in a row: one that failed once is no news
STOPPED_AFTER = timedelta(minutes=30)
VOLUME_OVER = timedelta(hours=6)
WEEKS = 4  # of the same hours before
LOW_SHARE = 0.1
ENOUGH_USUAL = 50  # mentions in those hours: below, a tenth is too few to tell from chance
TRIES = 3
REFUSED_WITHIN = timedelta(days=1)
AGAIN_AFTER = timedelta(days=1)  # what has been told and has not changed
SHOWN = 8
READ_BEFORE = timedelta(days=14)  # where nothing was read for so long, nobody expects it to be
RUNNING_SINCE = "detect:since"  # in the state store: evaluated without a longer pause since then
DEAF_SINCE = "heartbeat:deaf"  # in the state store: the watchdog has not answered since then; "" while it does


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """One kind of silence, with what is silent."""

    kind: Kind
    names: tuple[str, ...]  # sources, agencies or destinations, sorted

    @property
    def headline(self) -> str:
        """What is wrong, in few words."""
        return {
            "fetch_failed": say("sumber putus", "sources are down"),
            "fetched_nothing": say("sumber menjawab tetapi tidak membawa apa-apa", "sources answer but bring nothing"),
            "low_volume": say("jauh lebih sepi dari biasanya", "far quieter than usual"),
            "collector_stopped": say("pembacaan sumber berhenti", "sources are no longer read"),
            "evaluator_stopped": say("evaluasi berhenti", "evaluation has stopped"),
            "delivery_failing": say("pesan tidak sampai", "messages do not arrive"),
            "watchdog_deaf": say("pengawas luar tidak menjawab", "the outside watchdog does not answer"),
        }[self.kind]

    @property
    def sentence(self) -> str:
        """What is concerned, and the next step."""
        names = named(self.names[:SHOWN]) + (f", … ({len(self.names)})" if len(self.names) > SHOWN else "")
        step = {
            "fetch_failed": say(
                "Selama itu keadaannya tidak diketahui. Lihat: kentongan sources", "Meanwhile the situation is unknown. See: kentongan sources"
            ),
            "fetched_nothing": say(
                "Periksa apakah alamatnya pindah: kentongan sources try NAMA", "Has the address moved? kentongan sources try NAME"
            ),
            "low_volume": say(
                "Kurang dari sepersepuluh yang biasa dalam 6 jam; sepi bukan berarti tenang. Lihat: kentongan sources",
                "Less than a tenth of the usual in 6 hours; quiet is not calm. See: kentongan sources",
            ),
            "collector_stopped": say(
                "Sejak itu tidak ada yang didengar, jadi keadaannya tidak diketahui. Lihat DAG collect_mentions, lalu: kentongan run",
                "Nothing has been heard since, so the situation is unknown. Look at the DAG collect_mentions, then: kentongan run",
            ),
            "evaluator_stopped": say(
                "Lihat DAG detect_and_alert, lalu: kentongan detect", "Look at the DAG detect_and_alert, then: kentongan detect"
            ),
            "delivery_failing": say("Lihat: kentongan outbox", "See: kentongan outbox"),
            "watchdog_deaf": say(
                "Bila Kentongan mati, tidak ada yang tahu. Periksa KENTONGAN_HEARTBEAT_URL dan jaringannya",
                "If Kentongan dies, nobody will know. Check KENTONGAN_HEARTBEAT_URL and the network",
            ),
        }[self.kind]
        return f"{names}. {step}"


def named(names: Sequence[str]) -> str:
    """The names in a row; "*" in words."""
    return ", ".join(say("semua instansi", "all agencies") if name == "*" else name for name in names)


def look(ctx: Context) -> list[Trouble]:
    """What is wrong now, worst first."""
    now = ctx.clock.now()
    found = [
        *stopped(ctx.state.meta(LAST_EVALUATION), now),
        *_not_read(ctx, now),
        *undelivered([*ctx.state.deliveries(outcome="pending"), *ctx.state.deliveries(outcome="failed")], now),
        *silent_sources(ctx.state.health()),
        *low_volume(*_volumes(ctx, now)),
        *deaf(ctx.state.meta(DEAF_SINCE), now),
    ]
    return found


def keep_vigil(ctx: Context) -> list[Trouble]:
    """Look, and tell operations what is new, has changed, or has been so for another day; returns what is wrong. Also that it is over."""
    found = look(ctx)
    known = {trouble.kind: trouble for trouble in found}
    now = ctx.clock.now()
    for kind in _KINDS:
        key = f"vigil:{kind}"
        before = json.loads(ctx.state.meta(key) or "{}")
        trouble = known.get(kind)
        if trouble is None:
            if before and tell_operations(ctx, Trouble(kind=kind, names=()).headline + say(": pulih", ": over"), named(before["names"])):
                ctx.state.set_meta(key, "")
            continue
        fresh = set(trouble.names) - set(before.get("names", ()))
        due = not before or fresh or now - parse_time(before["at"]) >= AGAIN_AFTER
        if due and tell_operations(ctx, trouble.headline, trouble.sentence):
            ctx.state.set_meta(key, json.dumps({"names": trouble.names, "at": now.isoformat()}))
    return found


_KINDS: tuple[Kind, ...] = (
    "evaluator_stopped", "collector_stopped", "delivery_failing", "fetch_failed", "fetched_nothing", "low_volume", "watchdog_deaf",
)  # fmt: skip


def stopped(last: str, now: datetime) -> list[Trouble]:
    """`evaluator_stopped`, with since when; nothing on an installation that has never evaluated."""
    if not last or now - parse_time(last) < STOPPED_AFTER:
        return []
    return [Trouble(kind="evaluator_stopped", names=(_since(parse_time(last)),))]


def _not_read(ctx: Context, now: datetime) -> list[Trouble]:
    """`collector_stopped`: sources were due half an hour ago, and none at all has been asked since; Kentongan itself was up all that time."""
    running = ctx.state.meta(RUNNING_SINCE)
    if not running or now - parse_time(running) < STOPPED_AFTER:
        return []
    read = [cursor.polled_at for cursor in ctx.state.cursors() if cursor.polled_at is not None]
    if not read or now - max(read) > READ_BEFORE or ctx.state.polls(Window(start=now - STOPPED_AFTER, end=now + timedelta(days=1))):
        return []
    return [Trouble(kind="collector_stopped", names=(_since(max(read)),))] if due_sources(ctx, now - STOPPED_AFTER) else []


def deaf(since: str, now: datetime) -> list[Trouble]:
    """`watchdog_deaf`, with since when; it says nothing of Kentongan's own health."""
    if not since or now - parse_time(since) < STOPPED_AFTER:
        return []
    return [Trouble(kind="watchdog_deaf", names=(_since(parse_time(since)),))]


def _since(moment: datetime) -> str:
    at = f"{moment.astimezone(JAKARTA):%d-%m-%Y %H.%M} WIB"
    return say(f"sejak {at}", f"since {at}")


def undelivered(rows: Sequence[Delivery], now: datetime) -> list[Trouble]:
    """`delivery_failing`: destinations whose messages were tried often, or refused within a day."""
    stuck = {
        row.notice.destination
        for row in rows
        if (row.outcome == "pending" and row.attempts >= TRIES) or (row.outcome == "failed" and row.at is not None and now - row.at < REFUSED_WITHIN)
    }
    return [Trouble(kind="delivery_failing", names=tuple(sorted(stuck)))] if stuck else []


def silent_sources(health: Sequence[SourceHealth]) -> list[Trouble]:
    """`fetch_failed` and `fetched_nothing`: a failure says nothing of what there is to hear, an old newest post does."""
    failed = tuple(sorted(h.source for h in health if h.state == "failed" and h.failures >= FAILURES))
    nothing = tuple(sorted(h.source for h in health if h.state == "silent"))
    found = [Trouble(kind="fetch_failed", names=failed)] if failed else []
    return [*found, Trouble(kind="fetched_nothing", names=nothing)] if nothing else found


def low_volume(heard: Mapping[str, int], before: Sequence[Mapping[str, int]]) -> list[Trouble]:
    """`low_volume`: agencies of which less than a tenth of the usual was heard ("*": of all together).

    heard: mentions by agency in the last hours. before: the same hours of earlier weeks, those in which anything was heard.
    """
    weeks = [week for week in before if week]
    if len(weeks) < 2:
        return []
    usual = {agency: median(week.get(agency, 0) for week in weeks) for agency in {name for week in weeks for name in week}}
    everything = median(sum(week.values()) for week in weeks)
    if everything >= ENOUGH_USUAL and sum(heard.values()) < LOW_SHARE * everything:
        return [Trouble(kind="low_volume", names=("*",))]
    low = sorted(agency for agency, n in usual.items() if n >= ENOUGH_USUAL and heard.get(agency, 0) < LOW_SHARE * n)
    return [Trouble(kind="low_volume", names=tuple(low))] if low else []


def _volumes(ctx: Context, now: datetime) -> tuple[dict[str, int], list[dict[str, int]]]:
    end = floor_bin(now - timedelta(minutes=ctx.config.policy.settle_min))
    windows = [Window(start=end - VOLUME_OVER - week, end=end - week) for week in (timedelta(weeks=n) for n in range(WEEKS + 1))]
    sums = [{agency: sum(c.total for c in counts) for agency, counts in ctx.state.counts_of_all(window).items()} for window in windows]
    return sums[0], sums[1:]
