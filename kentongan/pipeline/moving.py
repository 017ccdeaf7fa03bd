"""Mentions from one home to another: copied in order of publication, compared by a seal per month, mended id by id where a month differs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Protocol

from kentongan.clock import parse_time
from kentongan.codec import to_json
from kentongan.ports import Kept, MentionQuery, MentionStore
from kentongan.records import Window
from kentongan.seal import Seal, hash_of

PAGE = 5000
DAY = timedelta(days=1)
START, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
Month = str  # 2026-03, by date of publication in UTC


class Progress(Protocol):
    """Told how far it is, so that somebody who waits can see it."""

    def begin(self, id_text: str, en_text: str, total: int | None) -> None: ...
    def advance(self, count: int) -> None: ...


class Checkpoint:
    """How far the copying of mentions is, in a file of its own: of one source and one target."""

    def __init__(self, path: Path, source: str, target: str) -> None:
        self._path, self._pair = path, {"from": source, "to": target}

    def read(self) -> tuple[datetime | None, bool] | None:
        """(all before this moment is copied, it was finished); None when nothing was begun between these two."""
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
            if {name: known[name] for name in self._pair} != self._pair:
                return None
            return (parse_time(known["until"]) if known["until"] else None), bool(known["finished"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):  # a damaged note is none: comparing finds what is missing
            return None

    def write(self, until: datetime | None, *, finished: bool = False) -> None:
        """Whole or not at all, also when the power goes."""
        draft = self._path.with_name(self._path.name + ".part")
        with draft.open("w", encoding="utf-8") as file:
            json.dump({**self._pair, "until": until.isoformat() if until else "", "finished": finished}, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)


@dataclass(kw_only=True)
class Differences:
    """What two homes do not have in common, as ids of mentions."""

    missing: list[str] = field(default_factory=list)  # not at the target
    older: list[str] = field(default_factory=list)  # of an earlier version there, or of the same version with other content
    newer: list[str] = field(default_factory=list)  # of a later version there
    extra: list[str] = field(default_factory=list)  # only there
    days: list[Window] = field(default_factory=list)  # in which any of these lie

    def __bool__(self) -> bool:
        return bool(self.missing or self.older or self.newer or self.extra)

    @property
    def of_the_target(self) -> list[str]:
        """What the target has of its own."""
        return [*self.newer, *self.extra]

    @property
    def not_copied(self) -> list[str]:
        """What is at the source alone."""
        return [*self.missing, *self.older]


def content_hash_of(kept: Kept) -> int:
    """Equal in two homes exactly when every field and the version are."""
    scored = kept.scored
    mention = replace(scored.mention, metrics=dict(sorted(scored.mention.metrics.items())))
    by_agency = dict(sorted(scored.score.sentiment_by_agency.items()))
    plain = replace(scored, mention=mention, score=replace(scored.score, sentiment_by_agency=by_agency), labels=dict(sorted(scored.labels.items())))
    return hash_of(f"{kept.revised_at.isoformat()} {to_json(plain)}".encode())


def pages(kept: Iterable[Kept], size: int) -> Iterator[list[Kept]]:
    """In lists of at most `size`."""
    source = iter(kept)
    while page := list(islice(source, size)):
        yield page


def copy(source: MentionStore, target: MentionStore, since: datetime, progress: Progress, page_size: int, done: Callable[[datetime], None]) -> int:
    """Copy what was published at `since` or later, ascending; returns how many. done: told after each page up to when all is copied."""
    count = 0
    for page in pages(source.export(MentionQuery(window=Window(start=since, end=END))), page_size):
        count += target.restore(page)
        progress.advance(len(page))
        done(page[-1].scored.mention.published_at)
    return count


def seals(store: MentionStore, progress: Progress) -> dict[Month, Seal]:
    """One per month, of everything stored."""
    found: dict[Month, Seal] = {}
    for page in pages(store.export(MentionQuery()), PAGE):
        for kept in page:
            month = f"{kept.scored.mention.published_at:%Y-%m}"
            found[month] = found.get(month, Seal()) + content_hash_of(kept)
        progress.advance(len(page))
    return found


def days_of(month: Month) -> Iterator[Window]:
    """The days of a month, in UTC."""
    day = datetime.strptime(f"{month}-01", "%Y-%m-%d").replace(tzinfo=UTC)
    while f"{day:%Y-%m}" == month:
        yield Window(start=day, end=day + DAY)
        day += DAY


def differences(source: MentionStore, target: MentionStore, days: Iterable[Window]) -> Differences:
    """What differs in these days; in the memory that one day's ids take."""
    found = Differences()
    for day in days:
        ours, theirs = _versions(source, day), _versions(target, day)
        if ours == theirs:
            continue
        found.days.append(day)
        found.missing += sorted(ours.keys() - theirs.keys())
        alone = sorted(theirs.keys() - ours.keys())
        moved = {scored.mention.id for scored in source.get(alone)}  # published on another day by now: that day tells
        found.extra += [one for one in alone if one not in moved]
        for one in sorted(ours.keys() & theirs.keys()):
            if ours[one] != theirs[one]:
                (found.newer if theirs[one][0] > ours[one][0] else found.older).append(one)
    return found


def _versions(store: MentionStore, day: Window) -> dict[str, tuple[datetime, int]]:
    found: dict[str, tuple[datetime, int]] = {}
    for kept in store.export(MentionQuery(window=day)):
        one = kept.scored.mention.id
        if one not in found or kept.revised_at > found[one][0]:  # two workers may have put it into two months: the later counts
            found[one] = kept.revised_at, content_hash_of(kept)
    return found


def seal_of(store: MentionStore, month: Month) -> Seal:
    """Of one month."""
    first, *_, last = days_of(month)
    return Seal.of(content_hash_of(kept) for kept in store.export(MentionQuery(window=Window(start=first.start, end=last.end))))


def mend(source: MentionStore, target: MentionStore, found: Differences) -> int:
    """Copy what is missing or older at the target; returns how many."""
    wanted = {*found.missing, *found.older}
    done = 0
    for day in found.days:
        for page in pages((kept for kept in source.export(MentionQuery(window=day)) if kept.scored.mention.id in wanted), PAGE):
            done += target.restore(page)
    return done
