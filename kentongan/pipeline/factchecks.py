"""A new fact-check looks back: recent mentions that match it are scored again."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from kentongan.pipeline.absorb import CLAIMS_CHANGED, bin_keys, save_scored, score_mentions
from kentongan.pipeline.wiring import Context
from kentongan.ports import MentionQuery
from kentongan.records import Category, ScoredMention, Window

LOOK_BACK = timedelta(days=7)
PAGE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Rescored:
    looked_at: int = 0
    changed: int = 0


def _pages(items: Iterator[ScoredMention]) -> Iterator[list[ScoredMention]]:
    while page := list(islice(items, PAGE)):
        yield page


def rescore(ctx: Context, query: MentionQuery, changed: Collection[str] | None = None, *, outdated: bool = False) -> Rescored:
    """Score the matching mentions again with the claims known now; only those whose score changed are written.

    changed: ids of the claims that came, went or changed: only mentions that matched one of them, or match one now, are scored in full, as
    no other can have another score. None: all. outdated: leave alone what this version of the scorer has scored, so that a run that was
    ended in the middle goes on where it stopped.
    """
    touched = None if changed is None else _Touched(ctx, changed)
    looked = differing = 0
    for page in _pages(ctx.mentions.scan(query)):
        live = [s for s in page if s.mention.deleted_at is None and not (outdated and s.score.scorer_version == ctx.scorer.version)]
        looked += len(live)
        again = live if touched is None else [s for s in live if touched.by(s)]
        pairs = [(s.mention, ctx.attributor.attribute(s.mention.text, s.mention.title).spans) for s in again]
        differ = [new for new, old in zip(score_mentions(ctx, pairs), again, strict=True) if new.score != old.score]
        if differ:
            save_scored(ctx, differ)
            ctx.state.mark_dirty(bin_keys(s.mention for s in differ))
        differing += len(differ)
    return Rescored(looked_at=looked, changed=differing)


class _Touched:
    """Tells which mentions the changed claims can matter to."""

    def __init__(self, ctx: Context, changed: Collection[str]) -> None:
        from kentongan.scoring.claims import HashedClaimIndex

        self._changed = frozenset(changed)
        self._index = HashedClaimIndex()
        self._index.add([claim for claim in ctx.state.claims() if claim.id in self._changed])

    def by(self, scored: ScoredMention) -> bool:
        if scored.score.hoax.claim_id in self._changed:
            return True
        m = scored.mention
        return any(match.matched for match in self._index.nearest(f"{m.title}\n{m.text}" if m.title else m.text, 3))


def rescore_recent(ctx: Context, now: datetime) -> Rescored:
    """Score the last week's mentions that the changed claims touch again; after it no fact-check waits to look back."""
    noted = ctx.state.meta(CLAIMS_CHANGED)
    changed = json.loads(noted) if noted.startswith("[") else None
    done = rescore(ctx, MentionQuery(window=Window(start=now - LOOK_BACK, end=now + timedelta(minutes=5))), changed)
    if ctx.state.meta(CLAIMS_CHANGED) == noted:  # what came in meanwhile looks back the next time
        ctx.state.set_meta(CLAIMS_CHANGED, "")
    return done


def refresh(ctx: Context) -> Rescored:
    """Poll the fact-check sources that are due, and re-score recent mentions when they brought something new."""
    from kentongan.pipeline.collect import collect_sources, due_sources

    names = [name for name in due_sources(ctx) if ctx.config.sources[name].category is Category.FACTCHECK]
    collect_sources(ctx, names, deadline_s=120)
    return rescore_recent(ctx, ctx.clock.now()) if ctx.state.meta(CLAIMS_CHANGED) else Rescored()
