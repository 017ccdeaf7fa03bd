"""Which bins were listened to: a bin that nobody heard is unknown, not quiet; and where the history of an agency begins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from kentongan.clock import BIN, floor_bin
from kentongan.pipeline.wiring import Context
from kentongan.ports import MentionQuery
from kentongan.records import Window

WEIGHED_OVER = timedelta(days=14)
LOOK_BACK = timedelta(days=3)  # a longer outage of everything is seen by the detector itself
LONG_GAP = timedelta(hours=2)
GAP = "gap:"  # key of the state store, with the source's name
ENOUGH = 0.5  # share of the usual mentions that must have been within earshot
FRESH = timedelta(hours=1)  # a post that came in so soon after it was published was listened for

Poll = tuple[str, datetime, datetime, bool, int, int]  # source, started, finished, ok, posts, kept


def note_gap(ctx: Context, source: str, last: datetime | None, started: datetime) -> None:
    """The source was silent from its last poll until this one, and brought only the newest of what was said meanwhile.

    Told by the listener; a gap between two polls in a row is the source's everyday life.
    """
    if last is not None and started - last >= LONG_GAP:
        ctx.state.set_meta(GAP + source, f"{last.isoformat()} {started.isoformat()}")


def gaps_of(ctx: Context) -> dict[str, Window]:
    """The last gap of each source that had one."""
    noted = {name: ctx.state.meta(GAP + name).split() for name in ctx.config.sources}
    return {name: Window(start=datetime.fromisoformat(one[0]), end=datetime.fromisoformat(one[1])) for name, one in noted.items() if one}


def unobserved_bins(
    polls: Sequence[Poll], slack: Mapping[str, timedelta], window: Window, gaps: Mapping[str, Window] = MappingProxyType({})
) -> list[datetime]:
    """Starts of the bins of `window` in which sources that usually bring at least half of the mentions were not heard.

    polls: of the last two weeks. A source heard a bin when one of its successful polls began after the bin's end, less the source's
    `slack` (how much slower it is polled than bins settle), and the bin lies in none of its `gaps`. Weight of a source: mentions it brought, at
    least 1. No poll: nothing to say.
    """

    def lost(source: str, start: datetime, end: datetime) -> bool:
        gap = gaps.get(source)
        return gap is not None and gap.start <= start and end <= gap.end

    weight: dict[str, float] = defaultdict(float)
    last_ok: dict[str, datetime] = {}
    first_try: dict[str, datetime] = {}
    for source, started, _, ok, _, kept in polls:
        weight[source] += kept
        first_try[source] = min(started, first_try.get(source, started))
        if ok:
            last_ok[source] = max(started, last_ok.get(source, started))
    missed = []
    start = window.start
    while start < window.end:
        end = start + BIN
        tried = [s for s in weight if first_try[s] <= end]
        total = sum(max(1.0, weight[s]) for s in tried)
        heard = sum(max(1.0, weight[s]) for s in tried if s in last_ok and last_ok[s] >= end - slack.get(s, timedelta(0)) and not lost(s, start, end))
        if tried and heard < ENOUGH * total:
            missed.append(start)
        start = end
    return missed


def mark_unobserved(ctx: Context, since: datetime, until: datetime) -> int:
    """Mark the bins of [since, until) that were not heard, for every agency; returns how many. They are unknown to the detector."""
    gaps = gaps_of(ctx)
    looked = max(since, min([floor_bin(until - LOOK_BACK), *(floor_bin(gap.start) for gap in gaps.values())]))
    polls = ctx.state.polls(Window(start=looked - WEIGHED_OVER, end=ctx.clock.now()))
    settle = ctx.config.policy.settle_min
    slack = {name: timedelta(minutes=max(0, source.every_min - settle)) for name, source in ctx.config.sources.items()}
    missed = unobserved_bins(polls, slack, Window(start=looked, end=until), gaps)
    if missed:
        for agency in ctx.state.count_agencies():
            ctx.state.set_unobserved(agency, missed)
    return len(missed)


def heard_since(ctx: Context, agency: str, otherwise: datetime | None = None) -> datetime | None:
    """Start of the bin with which an agency's history begins; None: nothing is counted yet.

    The first poll of a source brings a few of the older posts: taken for all that was said, the days before would look quiet, and an ordinary
    first day like a crisis. So the history begins with the first post that came in fresh; `otherwise` where all are old (None: with the first
    count). Counts that no poll brought (a playback) begin with themselves.
    """
    first = ctx.state.first_bin(agency)
    if first is None or ctx.event_time or not any(cursor.polled_at for cursor in ctx.state.cursors()):
        return first
    mention = None
    for mention in (item.mention for item in ctx.mentions.scan(MentionQuery(agency=agency))):
        if mention.collected_at - mention.published_at <= FRESH:
            return max(first, floor_bin(mention.published_at))
    return max(first, otherwise) if mention and otherwise else first
