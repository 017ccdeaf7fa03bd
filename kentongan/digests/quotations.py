"""Quotations fit for a page that is passed on: no handle, no personal number, nothing to click. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from hashlib import blake2b

from kentongan.config import AgencyConfig
from kentongan.digests.week import Quotation
from kentongan.records import Mention
from kentongan.text import clean, excerpt, mask_handles, mask_personal

CHARACTERS = 180
# A link inside a quotation may be the fraud itself.
_LINK = re.compile(r"\b(?:https?://|www\.)\S+|\b(?:bit\.ly|s\.id|t\.co|tinyurl\.com|wa\.me)/\S+", re.IGNORECASE)
_HANDLES = re.compile(r"@…(?:[\s,]+@…)+")
_ADDRESSED = re.compile(r"^(?:@…\s+)+|\s+@…$")
_QUOTED = re.compile(r'<q data-m="([0-9a-f]+)">[^<]*</q>')
_REDDIT_NAME = re.compile(r"(?<!\w)/?u/[A-Za-z0-9_-]{3,20}")


def mark_of(mention_id: str) -> str:
    """The mark of a mention's quotations: tells nothing of the post to anybody who has not its id."""
    return blake2b(mention_id.encode(), digest_size=8, person=b"digest").hexdigest()


def quotation(mention: Mention, agency: AgencyConfig) -> Quotation | None:
    """What the mention says, masked, on one line; None when it says nothing or was deleted at its source."""
    if mention.deleted_at is not None:
        return None
    own = frozenset(handle for _, handle in agency.accounts())
    line = mask_personal(clean(html.unescape(mention.text or mention.title)), frozenset(agency.hotlines))
    line = mask_handles(_LINK.sub("[tautan]", line), own)
    line = _ADDRESSED.sub("", _HANDLES.sub("@…", _REDDIT_NAME.sub("u/…", line)))  # whom a reply addresses says nothing
    line = excerpt(line, CHARACTERS)
    return Quotation(text=line, mark=mark_of(mention.id)) if line else None


def without_quotations(page: str, mention_ids: Collection[str]) -> str:
    """The page without what these mentions said."""
    marks = {mark_of(mention_id) for mention_id in mention_ids}
    return _QUOTED.sub(lambda m: '<q class="gone">[…]</q>' if m[1] in marks else m[0], page)
