"""Play a recorded stream through the whole chain, by event time."""

from __future__ import annotations

import heapq
import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice
from operator import attrgetter
from pathlib import Path
from typing import IO

from kentongan.clock import FixedClock, floor_bin
from kentongan.pipeline.absorb import Absorbed, Heard, absorb
from kentongan.pipeline.decisions import DetectReport
from kentongan.pipeline.deliver import detect_and_alert
from kentongan.pipeline.factchecks import rescore_recent
from kentongan.pipeline.wiring import Context
from kentongan.records import Category
from kentongan.words import say
from listeners.replay import Recorded, Rejected, read_recording

PAGE = 500
RUN = 50_000  # records sorted in memory at a time
LONG_SILENCE = timedelta(days=366)  # between two rows: mostly a date that was mistyped, and every bin of it is evaluated
STEP = timedelta(days=1)  # of event time between two looks of the detector, at least; bins are decided one by one all the same


@dataclass(kw_only=True)
class ReplayReport:
    """What a replay did."""

    absorbed: Absorbed = field(default_factory=Absorbed)
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    first_reject: str = ""
    detected: DetectReport = field(default_factory=DetectReport)
    first: datetime | None = None
    last: datetime | None = None


def category_of(name: str) -> Category:
    """The category that a source's name suggests, microblog if none: reviews are app reviews, telegram is messaging, ..."""
    hints = {
        "review": Category.APP_REVIEW, "playstore": Category.APP_REVIEW, "telegram": Category.MESSAGING, "facebook": Category.SOCIAL_NETWORK,
        "youtube": Category.MEDIA_SHARING, "news": Category.NEWS, "rss": Category.NEWS, "blog": Category.BLOG, "lapor": Category.COMPLAINT,
        "wiki": Category.WIKI, "factcheck": Category.FACTCHECK, "reddit": Category.BOOKMARKING, "lemmy": Category.BOOKMARKING,
    }  # fmt: skip
    return next((category for hint, category in hints.items() if hint in name.lower()), Category.MICROBLOG)


def in_event_order(records: Iterable[Recorded], run: int = RUN) -> Iterator[Recorded]:
    """The records by publication time; more than `run` of them are sorted on disk, so memory stays bounded."""
    key = attrgetter("post.published_at")
    source = iter(records)
    files: list[IO[bytes]] = []
    try:
        while True:
            part = sorted(islice(source, run), key=key)
            if len(part) < run and not files:
                yield from part
                return
            if not part:
                break
            spill: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed in `finally`: the merge reads it later
            files.append(spill)
            for record in part:
                pickle.dump(record, spill, protocol=pickle.HIGHEST_PROTOCOL)
            spill.seek(0)
        yield from heapq.merge(*(_reload(spill) for spill in files), key=key)
    finally:
        for spill in files:
            spill.close()


def _reload(spill: IO[bytes]) -> Iterator[Recorded]:
    while True:
        try:
            yield pickle.load(spill)  # noqa: S301  # our own file, unlinked, never seen by others
        except EOFError:
            return


def heard_from(ctx: Context, record: Recorded, source: str) -> Heard:
    """The record with the source and category of its own line, else those of `source`."""
    name = record.source or source
    configured = ctx.config.sources.get(name)
    category = record.category or (configured.category if configured else category_of(name))
    return Heard(post=record.post, source=name, category=Category(category))


def play(ctx: Context, heard: Iterable[Heard], clock: FixedClock, *, agency: str = "", progress: Callable[[int], None] | None = None) -> ReplayReport:
    """Absorb posts that come in event order, and let the detector look after each STEP and each new fact-check.

    The context must be in event time with `clock` as its clock. At the end every bin up to the last post is evaluated.
    """
    report = ReplayReport()
    page: list[Heard] = []
    looked: datetime | None = None

    def look(until: datetime) -> None:
        clock.at = until
        report.detected.add(detect_and_alert(ctx, floor_bin(until)))

    def flush() -> int:
        if not page:
            return 0
        clock.at = max(clock.at, page[-1].post.published_at)
        done = absorb(ctx, page, agency)
        report.absorbed += done
        if progress:
            progress(len(page))
        page.clear()
        return done.claims

    for item in heard:
        at = item.post.published_at
        report.first = report.first or at
        report.last = at
        if looked is None:
            looked = at
        if at - looked >= LONG_SILENCE:
            ctx.note(say(f"Tidak ada baris antara {looked:%Y-%m-%d} dan {at:%Y-%m-%d}: benarkah tanggalnya? Selang sepanjang itu makan waktu.",
                         f"No row between {looked:%Y-%m-%d} and {at:%Y-%m-%d}: are the dates right? Such a gap takes its time."))  # fmt: skip
        if at - looked >= STEP:
            flush()
            look(floor_bin(at))
            looked = at
        page.append(item)
        if (len(page) >= PAGE or item.category is Category.FACTCHECK) and flush():  # a new fact-check came in
            look(floor_bin(at))
            looked = at
            rescore_recent(ctx, clock.at)
    flush()
    if report.last is not None:
        look(floor_bin(report.last) + timedelta(minutes=5))
    return report


def replay_file(
    ctx: Context, path: Path, clock: FixedClock, *, source: str, agency: str = "", mapping: Mapping[str, str] | None = None,
    latest: datetime | None = None, started: Callable[[int], None] | None = None, progress: Callable[[int], None] | None = None,
) -> ReplayReport:  # fmt: skip
    """Play one recording. Rows without time or text are rejected and counted. Raises InputError when the file cannot be read.

    latest: rows from after it are rejected, too; None = they are taken.
    started: told the number of rows once they are read and sorted; progress: told of each page.
    """
    configured = ctx.config.sources.get(source)
    platform = configured.platform if configured else source
    rejected: list[Rejected] = []
    tally: dict[str, int] = {}

    def good(items: Iterable[Recorded | Rejected]) -> Iterator[Recorded]:
        for item in items:
            if isinstance(item, Recorded):
                if not latest or item.post.published_at <= latest:
                    counted[0] += 1
                    yield item
                    continue
                item = Rejected(line=item.line, reason=say("waktu di masa depan", "time in the future"))  # noqa: PLW2901  # it becomes one
            tally[item.reason] = tally.get(item.reason, 0) + 1
            if not rejected:
                rejected.append(item)

    counted = [0]
    ordered = in_event_order(good(read_recording(path, mapping or {}, platform)))
    first = next(ordered, None)  # by now every row was read and sorted
    if started:
        started(counted[0])
    stream = (heard_from(ctx, record, source) for record in chain([first] if first else [], ordered))
    report = play(ctx, stream, clock, agency=agency, progress=progress)
    report.rejected = sum(tally.values())
    report.reasons = tally
    if rejected:
        report.first_reject = f"{path}:{rejected[0].line}: {rejected[0].reason}"
    return report
