"""A stored mention as a quotation fit to be shown."""

from __future__ import annotations

from kentongan.records import Quote, ScoredMention
from kentongan.speakers import ORGANISATIONS
from kentongan.text import excerpt, mask_handles

QUOTE_CHARS = 220
PUBLIC_PLATFORMS = frozenset({"web"})  # addresses that name a publisher, never a private person


def quotable(item: ScoredMention) -> str:
    """Title and text with handles masked, uncut."""
    m = item.mention
    return mask_handles(f"{m.title}. {m.text}" if m.title and not m.text.startswith(m.title) else m.text)


def quote(item: ScoredMention, copies: int = 1) -> Quote:
    """A quotation fit to be shown: handles masked, a link only where it names no private person."""
    m = item.mention
    organisation = m.author.kind in ORGANISATIONS and bool(m.author.name)  # a name is kept only where it is certain that this is no person
    return Quote(
        mention_id=m.id,
        text=excerpt(quotable(item), QUOTE_CHARS),
        platform=m.platform,
        published_at=m.published_at,
        url=m.url if organisation or m.platform in PUBLIC_PLATFORMS else "",
        copies=copies,
        cluster_id=m.cluster_id,
    )
