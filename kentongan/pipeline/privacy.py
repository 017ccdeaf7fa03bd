"""Answering a data-subject request: delete, leave a tombstone, write the audit trail."""

from __future__ import annotations

from collections.abc import Sequence

from kentongan.pipeline.weekly import drop_page_quotes
from kentongan.pipeline.wiring import Context
from kentongan.ports import MentionQuery


def forget(ctx: Context, *, ids: Sequence[str], accounts: Sequence[tuple[str, str]], reason: str) -> int:
    """Delete these mentions and all of these (platform, handle) accounts; returns how many 5-minute counts change.

    The tombstone comes first: a crash in between leaves something to delete again, never something that comes back.
    """
    now = ctx.clock.now()
    keys = [key for platform, handle in accounts for key in ctx.pseudonyms.all_keys(platform, handle)]
    ctx.state.add_tombstones(ids=ids, author_keys=keys, at=now, reason=reason)
    theirs = [scored.mention.id for scored in ctx.mentions.scan(MentionQuery(author_keys=tuple(keys)))] if keys else []
    touched = ctx.mentions.forget(ids=ids, author_keys=keys)
    ctx.state.drop_quotes([*ids, *theirs])
    drop_page_quotes(ctx.settings.var / "digests", [*ids, *theirs])
    ctx.state.mark_dirty(touched)
    ctx.state.add_audit(now, "cli", "forget", f"{len(ids)} ids, {len(keys)} author keys", reason)
    return len(set(touched))
