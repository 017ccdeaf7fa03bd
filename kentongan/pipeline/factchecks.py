"""A new fact-check looks back: recent mentions that match it are scored again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from kentongan.pipeline.absorb import CLAIMS_CHANGED, bin_keys, score_mentions
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


def rescore(ctx: Context, query: MentionQuery) -> Rescored:
    """Score the matching mentions again with the claims known now; only those whose score changed are written."""
    looked = changed = 0
    for page in _pages(ctx.mentions.scan(query)):
        live = [s for s in page if s.mention.deleted_at is None]
        pairs = [(s.mention, ctx.attributor.attribute(s.mention.text, s.mention.title).spans) for s in live]
        again = score_mentions(ctx, pairs)
        differ = [new for new, old in zip(again, live, strict=True) if new.score != old.score]
        if differ:
            ctx.mentions.save(differ, ctx.clock.now())
            ctx.state.mark_dirty(bin_keys(s.mention for s in differ))
        looked += len(live)
        changed += len(differ)
    return Rescored(looked_at=looked, changed=changed)


def rescore_recent(ctx: Context, now: datetime) -> Rescored:
    """Score the last week's mentions again; after it no fact-check waits to look back."""
    done = rescore(ctx, MentionQuery(window=Window(start=now - LOOK_BACK, end=now + timedelta(minutes=5))))
    ctx.state.set_meta(CLAIMS_CHANGED, "")
    return done


def refresh(ctx: Context) -> Rescored:
    """Poll the fact-check sources that are due, and re-score recent mentions when they brought something new."""
    from kentongan.pipeline.collect import collect_sources, due_sources

    names = [name for name in due_sources(ctx) if ctx.config.sources[name].category is Category.FACTCHECK]
    collect_sources(ctx, names, deadline_s=120)
    return rescore_recent(ctx, ctx.clock.now()) if ctx.state.meta(CLAIMS_CHANGED) else Rescored()
