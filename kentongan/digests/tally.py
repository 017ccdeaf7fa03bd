"""One pass over the mentions of two weeks: what is counted of each agency and week, in bounded memory.

Texts are not kept, words are counted in bounded memory: of what may be quoted only ids are remembered, and read again at the end.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappush, heappushpop

from kentongan.emerging import TermCounts
from kentongan.places import most_exact
from kentongan.records import AuthorKind, Category, Mention, ScoredMention, Window

# Nobody expects an agency's account to answer below an article, a fact-check, a wiki page or a blog.
NOT_COMPLAINTS = frozenset({Category.NEWS, Category.FACTCHECK, Category.WIKI, Category.BLOG})
PRIVATE = frozenset({AuthorKind.CITIZEN, AuthorKind.UNKNOWN})
SIMULATED_TAG = "simulasi"
EXAMPLES = 3
LONGEST, SHORTEST = 260, 40  # characters of a text that makes a good quotation
CLEARLY_NEGATIVE = -0.6
# Looks like a person's name: two capitalised words in a row, or one after a form of address. Such a text is quoted only where there is no other.
_NAME = re.compile(r"\b[A-Z][a-z]{2,} [A-Z][a-z]{2,}|\b(?:[Pp]ak|[Bb]apak|[Bb]u|[Ii]bu|[Mm]as|[Mm]bak|[Ss]audara|[Ss]dri?\.?|a\.n\.) [A-Z][a-z]+")

Key = tuple[str, int]  # agency, week: 0 = the week, 1 = the week before


@dataclass(slots=True)
class Cluster:
    """Texts that say the same, among the likely hoaxes."""

    mentions: int = 0
    authors: set[int] = field(default_factory=set)  # hashes
    first: datetime | None = None
    first_id: str = ""
    claims: Counter[str] = field(default_factory=Counter)

    def add(self, item: ScoredMention) -> None:
        """Count one of them; mentions come in order of time."""
        m = item.mention
        self.mentions += 1
        self.authors.add(hash(m.author.key or m.id))
        if self.first is None:
            self.first, self.first_id = m.published_at, m.id
        if item.score.hoax.claim_id:
            self.claims[item.score.hoax.claim_id] += 1


Machine = Callable[[Mention], Collection[str]]


@dataclass(slots=True)
class Tally:
    """What one pass collects of one agency and week."""

    scanned: int = 0
    checked: int = 0  # a person looked at it and said something
    corrected: int = 0  # and said other than the machine did
    topics: Counter[str] = field(default_factory=Counter)  # of negative mentions that are no likely hoaxes
    own_topics: Counter[str] = field(default_factory=Counter)  # likewise, those that only name the agency's business
    places: Counter[str] = field(default_factory=Counter)  # of negative mentions, the most exact codes
    terms: TermCounts = field(default_factory=TermCounts)  # of negative mentions
    named: int = 0  # negative mentions with at least one of `topics`
    examples: dict[str, list[tuple[int, int, int, str]]] = field(default_factory=dict)  # topic → the best few, worst first
    clusters: dict[str, Cluster] = field(default_factory=dict)
    complaints: Counter[str] = field(default_factory=Counter)  # by platform
    answered: Counter[str] = field(default_factory=Counter)
    delays_s: dict[str, array[float]] = field(default_factory=lambda: defaultdict(lambda: array("d")))

    def add(self, item: ScoredMention, agency: str, answered_at: datetime | None, own_words: Collection[str] = ()) -> None:
        """Count a mention that is not the agency's own; `own_words`: of the agency's name."""
        m = item.mention
        self.scanned += 1
        if any(item.labels.values()):
            self.checked += 1
            self.corrected += item.was_wrong_for(agency)
        if item.is_hoax():  # a hoax is no complaint, however angry it is
            if m.category is not Category.FACTCHECK:
                self.clusters.setdefault(m.cluster_id or m.id, Cluster()).add(item)
            return
        if item.label_for(agency) != "negative":
            return
        telling = [topic for topic in item.score.topics if topic not in own_words]
        self.named += bool(telling)
        self.terms.add(m.text, m.cluster_id, m.author.key)
        self.places.update(most_exact(m.places))
        self.topics.update(telling)
        self.own_topics.update(topic for topic in item.score.topics if topic in own_words)
        for topic in item.score.topics:
            self._remember(topic, item, agency)
        if m.category not in NOT_COMPLAINTS and m.author.kind in PRIVATE:
            self.complaints[m.platform] += 1
            if answered_at is not None and answered_at >= m.published_at:
                self.answered[m.platform] += 1
                self.delays_s[m.platform].append((answered_at - m.published_at).total_seconds())

    def note_taken_away(self) -> None:
        """A person said of a mention that it is not about this agency."""
        self.checked += 1
        self.corrected += 1

    def _remember(self, topic: str, item: ScoredMention, agency: str) -> None:
        """Keep the mention among the topic's best examples: clearly negative, of a private person, readable, far-reaching."""
        m = item.mention
        if m.deleted_at is not None:
            return
        felt = item.score.sentiment_by_agency.get(agency, item.score.sentiment)
        clear = 2 * (
            any(item.labels.get(kind) for kind in ("sentiment", f"sentiment:{agency}")) or (not felt.unsure and felt.score <= CLEARLY_NEGATIVE)
        )
        discreet = 2 * (_NAME.search(m.text) is None)
        good = clear + discreet + (m.author.kind in PRIVATE) + (SHORTEST <= len(m.text) <= LONGEST) + ("[" not in m.text)
        reach = sum(m.metrics.values()) + (m.author.followers or 0) // 100
        best = self.examples.setdefault(topic, [])
        entry = (good, reach, -self.scanned, m.id)
        if len(best) < EXAMPLES:
            heappush(best, entry)
        else:
            heappushpop(best, entry)


@dataclass(slots=True)
class Replies:
    """Answers by the agencies' own accounts."""

    first: dict[tuple[str, str], datetime] = field(default_factory=dict)  # (agency, complaint's id) → its first answer
    heard_on: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # agency → posts by platform
    simulated: bool = False


def read_replies(official: Iterable[ScoredMention], until: datetime) -> Replies:
    """First answers before `until` among the agencies' own posts, which come in order of time."""
    replies = Replies()
    for item in official:
        m = item.mention
        replies.simulated = replies.simulated or SIMULATED_TAG in m.tags
        replies.heard_on[m.official_of][m.platform] += 1
        if m.parent_id and m.published_at < until:
            replies.first.setdefault((m.official_of, m.parent_id), m.published_at)
    return replies


def read_mentions(
    mentions: Iterable[ScoredMention], agencies: Mapping[str, Collection[str]], week: Window, replies: Replies, cut_before: datetime, machine: Machine
) -> tuple[Mapping[Key, Tally], bool]:
    """(a tally for each agency and week, whether anything is simulated).

    mentions: of the week and the week before, in order of time. agencies: slug → the words of its name. cut_before: until when answers count
    for complaints of the week before. machine: whom it takes a mention to be about; asked only where a person has said so too, because what was
    taken from an agency is a correction of that agency's.
    """
    tallies: dict[Key, Tally] = defaultdict(Tally)
    simulated = False
    for item in mentions:
        m = item.mention
        simulated = simulated or SIMULATED_TAG in m.tags
        before = m.published_at < week.start
        for agency in m.agencies:
            if agency in agencies and m.official_of != agency:
                at = replies.first.get((agency, m.id))
                if at is not None and before and at >= cut_before:
                    at = None
                tallies[agency, int(before)].add(item, agency, at, agencies[agency])
        if item.labels.get("agency"):
            for agency in agencies.keys() & set(machine(m)) - set(m.agencies):
                tallies[agency, int(before)].note_taken_away()
    return tallies, simulated
