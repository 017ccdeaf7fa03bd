"""From one pair of homes to another: mentions first, while everything goes on; then, with nobody writing, the rest and the state.

    copy, a checkpoint per page ─▶ freeze the source ─▶ compare, mend ─▶ state, compared and noted, in one transaction

Killed at any step it is run again: pages that were copied are not copied again, the state is there whole or not at all.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime

from kentongan.errors import StoreError
from kentongan.pipeline.moving import END, PAGE, START, Checkpoint, Differences, Month, Progress, copy, days_of, differences, mend, seal_of, seals
from kentongan.pipeline.moving_state import Standing, in_use, move_state, quiet, refuse_forgotten, rows_that_differ, standing
from kentongan.ports import Clock, MentionQuery, MentionStore
from kentongan.records import Window
from kentongan.seal import Seal
from kentongan.store.state_sql import SqlState
from kentongan.words import number, say

SHOWN = 20  # ids that a message lists


@dataclass(frozen=True, kw_only=True)
class Homes:
    """From where to where. A part that stays where it is has no target."""

    source: MentionStore
    target: MentionStore | None
    source_state: SqlState
    target_state: SqlState | None
    source_place: str  # of the mentions, as it may be shown
    target_place: str
    one_file: bool = False  # the target's mentions lie beside the source's state, which so cannot be locked against others


@dataclass(kw_only=True)
class Outcome:
    """What was copied, and how the two sides compare at the end."""

    copied: int = 0
    mended: int = 0
    removed: int = 0  # gone at the source since an earlier run: forgotten, or older than the retention
    seconds: float = 0.0  # of copying mentions
    resumed_at: datetime | None = None
    months: dict[Month, tuple[Seal, Seal]] = field(default_factory=dict)
    found: Differences = field(default_factory=Differences)
    tables: dict[str, tuple[Seal, Seal]] = field(default_factory=dict)
    rows: dict[str, list[str]] = field(default_factory=dict)  # keys that differ, of the tables that do
    own_stay: bool = False  # what only the target has was allowed

    @property
    def equal(self) -> bool:
        """Nothing of the source is missing at the target, and the target has nothing else unless that was allowed."""
        return not (self.found.not_copied or self.rows or (self.found.of_the_target and not self.own_stay))


def migrate(
    homes: Homes, *, clock: Clock, progress: Progress, checkpoint: Checkpoint, force: bool = False, wait_s: float = 150, page: int = PAGE
) -> Outcome:
    """Copy, compare, mend; see the head of this file. Raises StoreError when the target is in use, or the source's writers do not pause.

    force: the target's state is replaced whatever it is, and mentions that only the target has stay.
    """
    outcome = Outcome(own_stay=force)
    stands = standing(homes.source_state, homes.target_state)
    if stands is Standing.USED and not force:
        assert homes.target_state is not None
        raise StoreError(in_use(homes.target_state.place))
    refuse_forgotten(homes.source_state, homes.target_state)
    if homes.target is not None:
        _copy_mentions(homes, homes.target, outcome, stands, checkpoint, progress, page)
    with quiet(homes.source_state, clock, wait_s, freeze=not homes.one_file):
        if homes.target is not None:
            _compare(homes.source, homes.target, outcome, progress)
            if outcome.found:
                _mend(homes, homes.target, outcome, ours=checkpoint.read() is not None and homes.target_state is not None)
        if homes.target_state is not None and outcome.equal:
            outcome.rows = move_state(homes.source_state, homes.target_state, clock, progress)
        _compare_state(homes, outcome)
    if outcome.equal and homes.target is not None:
        checkpoint.write(None, finished=True)
    return outcome


def verify(homes: Homes, *, progress: Progress, force: bool = False) -> Outcome:
    """Compare only; nothing is written."""
    outcome = Outcome(own_stay=force)
    if homes.target is not None:
        _compare(homes.source, homes.target, outcome, progress)
    _compare_state(homes, outcome)
    return outcome


def _copy_mentions(
    homes: Homes, target: MentionStore, outcome: Outcome, stands: Standing, checkpoint: Checkpoint, progress: Progress, page: int
) -> None:
    known = checkpoint.read()
    begun = time.monotonic()
    if known is None or known[1]:
        if target.count():  # not ours, or finished: comparing finds what came later
            _compare(homes.source, target, outcome, progress)
            if outcome.found.of_the_target and not outcome.own_stay and stands is Standing.EMPTY:
                raise StoreError(_other_mentions(homes, outcome.found))
            return
    else:
        outcome.resumed_at = known[0]
    since = outcome.resumed_at or START
    progress.begin("Menyalin sebutan", "Copying mentions", homes.source.search(MentionQuery(window=Window(start=since, end=END)), limit=1).total)
    checkpoint.write(outcome.resumed_at)
    outcome.copied = copy(homes.source, target, since, progress, page, checkpoint.write)
    outcome.seconds = time.monotonic() - begun


def _compare(source: MentionStore, target: MentionStore, outcome: Outcome, progress: Progress) -> None:
    progress.begin("Membandingkan isi", "Comparing contents", None)
    ours, theirs = seals(source, progress), seals(target, progress)
    outcome.months = {month: (ours.get(month, Seal()), theirs.get(month, Seal())) for month in sorted({*ours, *theirs})}
    unlike = [month for month, (mine, other) in outcome.months.items() if mine != other]
    outcome.found = differences(source, target, (day for month in unlike for day in days_of(month)))


def _mend(homes: Homes, target: MentionStore, outcome: Outcome, *, ours: bool) -> None:
    """Bring over what came or changed since; take away what the source was asked to forget.

    ours: what the target holds we brought, so what the source has dropped for its age goes there, too.
    """
    found = outcome.found
    outcome.mended = mend(homes.source, target, found)
    forgotten, _ = homes.source_state.tombstoned(found.extra, [])
    if ours and (oldest := next(homes.source.export(MentionQuery()), None)):
        start = oldest.scored.mention.published_at
        forgotten |= {scored.mention.id for scored in target.get(found.extra) if scored.mention.published_at < start}
    if forgotten:
        target.forget(ids=sorted(forgotten))
        outcome.removed = len(forgotten)
    outcome.found = differences(homes.source, target, found.days)
    for month in {f"{day.start:%Y-%m}" for day in found.days}:
        outcome.months[month] = seal_of(homes.source, month), seal_of(target, month)


def _compare_state(homes: Homes, outcome: Outcome) -> None:
    if homes.target_state is not None:
        ours, theirs = homes.source_state.seals(), homes.target_state.seals()
        outcome.tables = {name: (ours[name], theirs[name]) for name in ours}
        outcome.rows = outcome.rows or rows_that_differ(homes.source_state, homes.target_state)


def _other_mentions(homes: Homes, found: Differences) -> str:
    ids = found.of_the_target
    listed = ", ".join(ids[:SHOWN]) + (" …" if len(ids) > SHOWN else "")
    return say(
        f"{homes.target_place}: tujuan berisi {number(len(ids))} sebutan yang tidak ada di asal atau lebih baru; tidak ada yang ditulis. "
        f"Bila boleh bercampur: --force ({listed})",
        f"{homes.target_place}: the target holds {number(len(ids))} mentions that the source lacks, or later versions; nothing was written. "
        f"If they may stand together: --force ({listed})",
    )
