"""Finds what an agency's own accounts have said already about a spike: neither a reply to one person nor a post about something else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kentongan.pipeline.quotes import quote
from kentongan.pipeline.wiring import Context
from kentongan.ports import MentionQuery
from kentongan.records import Quote, ScoredMention, Spike, Window
from kentongan.text import mask_handles

BEFORE = timedelta(days=1)  # a clarification may be older than the spike: an outage that was announced
TELLING_SHARE = 0.15  # of a spike's mentions: what so many say is what it is about
TELLING_WORDS = 12
_WORD = re.compile(r"[^\W\d_]{5,}")
# Words that say nothing of the matter, however many use them.
_EMPTY_WORDS = """tidak sudah masih belum untuk dengan karena kalau semua sejak sampai sekali banget kenapa gimana bagaimana mohon tolong
hubungi lengkap selama setiap dalam kepada adalah lebih masyarakat warga pelanggan indonesia pemerintah terima kasih informasi layanan pelayanan
langsung bapak admin maaf segera malah padahal terus sedang hanya juga seperti tanpa tetap diteruskan berkali bisakah sobat persero provinsi"""
_EMPTY = frozenset(_EMPTY_WORDS.split())


@dataclass(frozen=True, kw_only=True, slots=True)
class Matter:
    """What a spike is about."""

    words: frozenset[str]
    topics: frozenset[str]
    claim_id: str


def telling_words(found: Sequence[ScoredMention], agency_name: str) -> tuple[str, ...]:
    """The words that at least 15 % of these mentions use, copies of one text counted once, most used first; never the agency's own name."""
    texts = {item.mention.cluster_id: item.mention.text for item in found}
    counted = Counter(word for text in texts.values() for word in words_of(text))
    own = words_of(agency_name)
    floor = max(2, TELLING_SHARE * len(texts)) if len(texts) > 1 else 1
    return tuple(word for word, n in counted.most_common(60) if n >= floor and word not in own)[:TELLING_WORDS]


def words_of(text: str) -> frozenset[str]:
    """Its words of five letters and more, without those that say nothing, and without anybody's handle."""
    return frozenset(_WORD.findall(mask_handles(text).casefold())) - _EMPTY


def matter_of(spike: Spike, agency_name: str) -> Matter:
    """What is known of the spike's subject. A topic that is in the agency's name says nothing of what is wrong."""
    own = frozenset(agency_name.casefold().split())
    return Matter(
        words=frozenset(spike.words),
        topics=frozenset(topic for topic in spike.topics if topic not in own),
        claim_id=spike.nearest_claim.id if spike.nearest_claim else "",
    )


def is_about(text: str, topics: Collection[str], claim_id: str, matter: Matter) -> bool:
    """True when it is the same claim, shares two telling words, or one of them and a topic."""
    if matter.claim_id and claim_id == matter.claim_id:
        return True
    shared = len(words_of(text) & matter.words)
    return shared >= 2 or (shared == 1 and bool(matter.topics & set(topics)))  # two, as said above


def own_statement(ctx: Context, spike: Spike, since: datetime | None = None) -> Quote | None:
    """The agency's own first statement on the spike, from a day before it began; None where none was heard.

    since: when the alert opened; default: where the spike's window begins.
    """
    agency = ctx.config.agencies.get(spike.agency)
    matter = matter_of(spike, agency.name if agency else spike.agency)
    begun = min(since, spike.window.start) if since else spike.window.start
    window = Window(start=begun - BEFORE, end=spike.bin_end)
    return first_statement(ctx.mentions.scan(MentionQuery(agency=spike.agency, official=True, window=window)), spike.agency, matter)


def first_statement(posts: Iterable[ScoredMention], agency: str, matter: Matter) -> Quote | None:
    """The first of these posts (by time) that the agency itself addressed to everybody and that is about the matter."""
    for item in posts:
        m = item.mention
        if m.official_of != agency or m.parent_id or m.kind in ("reply", "comment") or m.deleted_at is not None:
            continue
        if is_about(f"{m.title} {m.text}", item.score.topics, item.score.hoax.claim_id, matter):
            return quote(item)
    return None
