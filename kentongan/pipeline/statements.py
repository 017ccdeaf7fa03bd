"""Finds what an agency's own accounts have said already about a spike: neither a reply to one person nor a post about something else."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from kentongan.emerging import TermCounts, common, words_in
from kentongan.pipeline.quotes import quote
from kentongan.pipeline.wiring import Context
from kentongan.ports import MentionQuery
from kentongan.records import Quote, ScoredMention, Spike, Window

BEFORE = timedelta(days=1)  # a clarification may be older than the spike: an outage that was announced
TELLING_SHARE = 0.15  # of a spike's texts: what so many say is what it is about
TELLING_WORDS = 12
TELLING_LETTERS = 5
# Words of any agency's everyday posts: they say nothing of the matter, however many use them.
_OFFICE_WORDS = """admin bagaimana berkali bisakah diteruskan hubungi indonesia informasi kepada layanan lengkap maaf masyarakat pelanggan pelayanan
pemerintah persero provinsi sedang segera sejak setiap sobat warga"""
_OFFICE = frozenset(_OFFICE_WORDS.split())


@dataclass(frozen=True, kw_only=True, slots=True)
class Matter:
    """What a spike is about."""

    words: frozenset[str]
    topics: frozenset[str]
    claim_id: str


def telling_words(counted: TermCounts, agency_name: str) -> tuple[str, ...]:
    """The words that at least 15 % of a spike's texts use, most used first; never the agency's own name."""
    own = words_of(agency_name)
    return tuple(word for word in common(counted, TELLING_SHARE, 60) if _is_telling(word) and word not in own)[:TELLING_WORDS]


def words_of(text: str) -> frozenset[str]:
    """Its words that may tell what it is about."""
    return frozenset(word for word in words_in(text) if _is_telling(word))


def _is_telling(word: str) -> bool:
    return len(word) >= TELLING_LETTERS and word not in _OFFICE


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
