"""Answering a data-subject request: delete, leave a tombstone, write the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kentongan.pipeline.weekly import drop_page_quotes
from kentongan.pipeline.wiring import Context
from kentongan.ports import MentionQuery


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgotten:
    """What a request found and took away. Everything named has its tombstone, found or not."""

    mentions: int  # deleted
    bins: int  # five-minute counts that change
    unknown_ids: tuple[str, ...]  # neither stored nor buried before: mistyped, perhaps
    silent_accounts: tuple[str, ...]  # platforms of accounts of which no mention is stored and none was buried before


def forget(ctx: Context, *, ids: Sequence[str], accounts: Sequence[tuple[str, str]], reason: str) -> Forgotten:
    """Delete these mentions and all of these (platform, handle) accounts.

    The tombstone comes first: a crash in between leaves something to delete again, never something that comes back.
    """
    now = ctx.clock.now()
    keys = {account: ctx.pseudonyms.all_keys(*account) for account in accounts}
    every = [key for found in keys.values() for key in found]
    buried_ids, buried_keys = ctx.state.tombstoned(list(ids), every)
    ctx.state.add_tombstones(ids=ids, author_keys=every, at=now, reason=reason)
    theirs = {scored.mention.id: scored.mention.author.key for scored in ctx.mentions.scan(MentionQuery(author_keys=tuple(every)))} if every else {}
    stored = {scored.mention.id for scored in ctx.mentions.get(list(ids))}
    touched = ctx.mentions.forget(ids=ids, author_keys=every)
    ctx.state.drop_quotes([*ids, *theirs])
    ctx.state.drop_labels([*ids, *theirs])
    drop_page_quotes(ctx.settings.var / "digests", [*ids, *theirs])
    ctx.state.mark_dirty(touched)
    ctx.state.add_audit(now, "cli", "forget", f"{len(ids)} ids, {len(every)} author keys, {len(stored | set(theirs))} mentions", reason)
    heard = set(theirs.values()) | buried_keys
    return Forgotten(
        mentions=len(stored | set(theirs)),
        bins=len(set(touched)),
        unknown_ids=tuple(one for one in ids if one not in stored and one not in theirs and one not in buried_ids),
        silent_accounts=tuple(account[0] for account, found in keys.items() if not heard.intersection(found)),
    )
