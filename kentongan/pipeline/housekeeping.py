"""Once a day: retention, new scorer versions, new aliases, old state."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice

from kentongan.clock import parse_time
from kentongan.codec import to_json
from kentongan.intake import content_hash
from kentongan.pipeline.absorb import Span, bin_keys, save_scored, score_mentions
from kentongan.pipeline.copies import copy_state
from kentongan.pipeline.factchecks import PAGE, Rescored, rescore
from kentongan.pipeline.wiring import Context
from kentongan.ports import MentionQuery
from kentongan.records import Mention, Window

RETENTION = timedelta(days=90)  # of mentions; counts, alerts and digests stay
STATE_RETENTION = timedelta(days=400)
RECENT = timedelta(days=30)  # aliases that change are applied that far back
COPIED_AGAIN = timedelta(days=3)  # mentions that came very late, counts that were mended by hand
LEAP = timedelta(days=3)  # between two nights: a long downtime, or a clock that is wrong
KEPT_AT = "house_kept_at"  # in the state store: the clock of the last night


def keep_house(ctx: Context) -> dict[str, int]:
    """Do what is due and say how much of it was done. Running it twice does nothing more.

    After a leap of the clock (`leapt`: its days) nothing is deleted for one night, so that a wrong clock can be set right before it costs anything.
    """
    now = ctx.clock.now()
    before = ctx.state.meta(KEPT_AT)
    leapt = now - parse_time(before) if before else timedelta()
    deletes = leapt <= LEAP
    done = {"purged": ctx.mentions.purge(now - RETENTION) if deletes else 0, "reattributed": 0, "rescored": 0}
    if not deletes:
        done["leapt"] = leapt.days
    recent = MentionQuery(window=Window(start=now - RECENT, end=now))
    aliases = hashlib.sha256("".join(to_json(a) for a in ctx.config.agencies.values()).encode()).hexdigest()
    if ctx.state.meta("aliases") != aliases:
        if ctx.state.meta("aliases"):
            done["reattributed"] = reattribute(ctx, recent)
        ctx.state.set_meta("aliases", aliases)
    version = ctx.scorer.version
    if ctx.state.meta("scorer_version") != version:
        done["rescored"] = (rescore(ctx, recent, outdated=True) if ctx.state.meta("scorer_version") else Rescored()).changed
        ctx.state.set_meta("scorer_version", version)
    if deletes:
        ctx.state.purge_state(now - STATE_RETENTION)
    if ctx.copies is not None:
        if deletes:
            ctx.copies.drop_months(now - STATE_RETENTION)
        copy_state(ctx, COPIED_AGAIN)
    ctx.state.set_meta(KEPT_AT, now.isoformat())  # at the end: a night that failed is the same night when it is tried again
    return done


def reattribute(ctx: Context, query: MentionQuery) -> int:
    """Find the agencies of stored mentions again and score those that changed, because each agency gets the words around its own name; returns how
    many changed. What it had is kept by one that names no agency any more, by one that was deleted at its source (its text is gone), and by one of
    which a person said whom it is about.
    """
    changed = 0
    mentions = ctx.mentions.scan(query)
    while page := list(islice(mentions, PAGE)):
        moved: list[tuple[Mention, Sequence[Span]]] = []
        for item in page:
            m = item.mention
            if m.deleted_at is not None or item.labels.get("agency"):
                continue
            found = ctx.attributor.attribute(m.text, m.title, tags=m.tags, links=m.links, container=m.container, platform=m.platform)
            configured = ctx.config.sources.get(m.source)
            forced = (m.official_of, configured.agency if configured else "")
            agencies = tuple(sorted({*found.agencies, *(slug for slug in forced if slug)}))
            if agencies and agencies != m.agencies:
                ctx.state.mark_dirty(bin_keys([m]))
                moved.append((replace(m, agencies=agencies, content_hash=content_hash(m.title, m.text, m.rating, agencies)), found.spans))
        if moved:
            save_scored(ctx, score_mentions(ctx, moved))
            ctx.state.mark_dirty(bin_keys(m for m, _ in moved))
        changed += len(moved)
    return changed
