"""The records that flow from listener to receiver: frozen, keyword-only, every datetime aware UTC.

    Post ─▶ Mention ─▶ ScoredMention ─▶ BinCount ─▶ Spike ─▶ Alert ─▶ Notice ─▶ Delivery

A `Post` is what a listener read and lives only inside a collecting task: it may hold handles and phone numbers.
A `Mention` is what is kept: author pseudonymised, personal numbers masked.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

MENTION_NAMESPACE = uuid.UUID("6b656e74-6f6e-5a6e-8a6e-6d656e74696f")


class Category(StrEnum):
    """Kinds of social media (after Khan 2017) and the other places where the public speaks."""

    SOCIAL_NETWORK = "social_network"
    BLOG = "blog"
    MICROBLOG = "microblog"
    MEDIA_SHARING = "media_sharing"
    BOOKMARKING = "bookmarking"
    WIKI = "wiki"
    MESSAGING = "messaging"
    NEWS = "news"
    APP_REVIEW = "app_review"
    COMPLAINT = "complaint"
    FACTCHECK = "factcheck"
    MASHUP = "mashup"


class AuthorKind(StrEnum):
    CITIZEN = "citizen"
    OFFICIAL = "official"  # an account listed in an agency's file
    GOVERNMENT = "government"  # another public body
    MEDIA = "media"
    BUSINESS = "business"
    UNKNOWN = "unknown"


Label = Literal["negative", "neutral", "positive"]
Language = Literal["id", "jv", "su", "min", "en", "other"]
Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """Who posted, as the platform names it; never stored. `handle` may be empty where the platform withholds it."""

    handle: str = ""
    native_id: str = ""  # the platform's stable account id, preferred over the handle for the pseudonym
    name: str = ""  # display name; kept only for organisations
    kind: AuthorKind = AuthorKind.UNKNOWN
    followers: int | None = None
    verified: bool = False
    location: str = ""  # as the profile says in public; only the code of the region is kept


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """One item as a listener read it: plain text (no HTML), not yet masked. Never stored."""

    platform: str  # x, mastodon, telegram, web, youtube, facebook, ...
    native_id: str  # SOURCES.md: the same post through two doors has one native id
    published_at: datetime
    text: str
    title: str = ""
    url: str = ""
    kind: str = "post"  # post, comment, reply, article, review, edit, video
    lang_hint: str = ""  # what the platform says; the scorer decides
    account: Account = Account()
    container: str = ""  # channel, page, group, subreddit, publisher
    parent_native_id: str = ""  # what it answers, on the same platform
    updated_at: datetime | None = None
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    rating: int | None = None  # 1-5 stars
    metrics: Mapping[str, int] = field(default_factory=dict)
    cluster_hint: str = ""  # e.g. an opaque news-search link: ties copies together, is no identity
    deleted: bool = False  # the platform says that this post is gone


@dataclass(frozen=True, kw_only=True, slots=True)
class Author:
    """A pseudonym: `key` = HMAC-SHA256(platform, account) with a versioned secret pepper, as `v1:hex`; empty = unknown."""

    key: str = ""
    kind: AuthorKind = AuthorKind.UNKNOWN
    name: str = ""  # organisations only
    followers: int | None = None
    verified: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """A post about at least one agency, masked and pseudonymised: what is kept.

    `url` and `native_id` may hold a handle: personal data, never shown or exported for private persons.
    """

    id: str  # UUIDv5 of (platform, native id)
    platform: str
    source: str
    category: Category
    native_id: str
    published_at: datetime
    collected_at: datetime
    text: str
    title: str = ""
    url: str = ""
    kind: str = "post"
    author: Author = Author()
    container: str = ""
    parent_id: str = ""  # mention id of what it answers
    updated_at: datetime | None = None
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    rating: int | None = None
    metrics: Mapping[str, int] = field(default_factory=dict)
    agencies: tuple[str, ...] = ()  # slugs it is about, sorted
    official_of: str = ""  # slug of the agency whose own account posted it
    places: tuple[str, ...] = ()  # codes of the regencies and provinces it speaks of (kentongan.places), else of its author's profile
    content_hash: str = ""  # of title, text, rating and agencies: changes when it must be scored again
    cluster_id: str = ""  # near-duplicates share it
    deleted_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentiment:
    label: Label
    score: float  # -1 (negative) .. 1 (positive)
    confidence: float  # 0..1, calibrated probability that `label` is right
    unsure: bool = False  # confidence below the threshold chosen on validation data


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One reason for a score, as a sentence in both languages."""

    kind: str  # claim_match, feature:<name>, context:<name>, sentiment:<name>, none
    weight: float  # share of the log-odds it moved; > 0 speaks for a hoax (or for negative)
    text_id: str
    text_en: str
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hoax:
    likelihood: float  # 0..1
    evidence: tuple[Evidence, ...]  # never empty: "nothing found" is evidence too
    claim_id: str = ""  # the matched claim, if any


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """All that a scorer says of one text. Same text and version give the same score."""

    lang: Language
    sentiment: Sentiment
    sentiment_by_agency: Mapping[str, Sentiment]
    sentiment_evidence: tuple[Evidence, ...]
    hoax: Hoax
    topics: tuple[str, ...]
    scorer_version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredMention:
    mention: Mention
    score: Score
    # People's corrections; they win. sentiment, sentiment:<slug> (for one agency), hoax (yes, no), agency (slugs, or none); "" = taken back.
    labels: Mapping[str, str] = field(default_factory=dict)

    def label_for(self, agency: str) -> Label:
        """The sentiment label that is counted for this agency: a person's, else the agency's own, else the whole text's."""
        corrected = self.labels.get(f"sentiment:{agency}") or self.labels.get("sentiment")
        if corrected in ("negative", "neutral", "positive"):
            return corrected  # type: ignore[return-value]  # narrowed by the test above
        return self.score.sentiment_by_agency.get(agency, self.score.sentiment).label

    def is_hoax(self, threshold: float = 0.5) -> bool:
        """True when it counts as a likely hoax: a person said so, or the likelihood reaches the threshold."""
        corrected = self.labels.get("hoax")
        if corrected:
            return corrected == "yes"
        return self.score.hoax.likelihood >= threshold

    def was_wrong_for(self, agency: str) -> bool:
        """A person looked at it and says other than the machine did of this agency."""
        machine = replace(self, labels={})
        return bool(self.labels.get("agency")) or self.label_for(agency) != machine.label_for(agency) or self.is_hoax() != machine.is_hoax()


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One checked claim: from a fact-check feed, or an agency's own clarification."""

    id: str
    title: str  # the fact-check's headline without its [VERDICT]
    text: str  # the claim as it circulates, where known, else ""
    verdict: str  # salah, menyesatkan, benar, klarifikasi, ...
    publisher: str
    url: str
    published_at: datetime
    agencies: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A half-open stretch of time, [start, end)."""

    start: datetime
    end: datetime

    @property
    def hours(self) -> float:
        """Length in hours."""
        return (self.end - self.start).total_seconds() / 3600


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class BinKey:
    agency: str
    start: datetime  # of a 5-minute bin, by publication time


def measure_of(rule: str) -> str:
    """What a rule counts, from its name: negative, hoax or total. The configuration sees to it that name and measure agree."""
    return "hoax" if "hoax" in rule or "hoaks" in rule else "negative" if "negative" in rule or "negatif" in rule else "total"


@dataclass(frozen=True, kw_only=True, slots=True)
class BinCount:
    """Mentions of one agency published in one 5-minute bin; posts by its own accounts are left out."""

    agency: str
    start: datetime
    total: int
    negative: int
    positive: int
    hoax: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """A masked quotation fit to be shown: `url` only where it names no private person."""

    mention_id: str
    text: str
    platform: str
    published_at: datetime
    url: str = ""
    copies: int = 1  # mentions of the same cluster in the window
    cluster_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spike:
    """What the detector and the window's mentions say; knows nothing of receivers."""

    agency: str
    rule: str  # negative_volume, hoax_volume, ...
    window: Window
    observed: int
    expected: float
    chance_weeks: float | None  # by chance about once in that many weeks; None: cold-start floor
    severity: Severity
    bin_end: datetime  # end of the bin that made it, i.e. the moment it could be known
    claim_id: str = ""
    distinct_authors: int = 0  # of a hoax: those who tell the same story
    copy_share: float = 0.0  # 0-1: share of the window's mentions that repeat another
    negative_share: float = 0.0  # 0-1
    top_mentions: tuple[Quote, ...] = ()
    topics: tuple[str, ...] = ()
    emerging: tuple[str, ...] = ()  # words and pairs of words that rose against the agency's own past, strongest first
    places: tuple[tuple[str, int], ...] = ()  # (code, mentions) of those named most, busiest first
    sources: tuple[str, ...] = ()  # those that carried it, busiest first
    sources_down: tuple[str, ...] = ()
    nearest_claim: Claim | None = None
    words: tuple[str, ...] = ()  # what many of its texts say, risen or not: tells whether a statement, or another alert, is about it
    muted: int = 0  # copies that an officer muted, left out of `observed`
    statement: Quote | None = None  # the agency's own first statement on it, from a day before on
    reread: int = 0  # its negative mentions that the strong tier read again; 0: it is not there
    confirmed: int = 0  # of those, the ones it calls negative, too


class AlertState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class NotifyReason(StrEnum):
    """Why something was sent, or why it was withheld."""

    FIRST = "first"
    ESCALATED = "escalated"
    DOUBLED = "doubled"
    REMINDER = "reminder"
    RESOLVED = "resolved"
    WIDE_EVENT = "wide_event"
    UNATTENDED = "unattended"  # nobody took it on in time: told to the next group
    MORNING = "morning"  # what waited for the end of the quiet hours, in one message
    UPDATED = "updated"  # people acted: what was sent before is brought up to date, nothing new is posted
    TEST = "test"
    # withheld:
    DUPLICATE = "duplicate"
    ACKNOWLEDGED = "acknowledged"
    SILENCED = "silenced"
    SNOOZED = "snoozed"
    QUIET_HOURS = "quiet_hours"
    COOLDOWN = "cooldown"
    SOURCE_OUTAGE = "source_outage"
    COLD_START = "cold_start"
    TOO_FEW_AUTHORS = "too_few_authors"
    IN_PLACE = "in_place"  # worse, but a message left minutes ago or told it as bad: that one is brought up to date instead
    MUTED = "muted"  # worse only by copies that an officer muted
    NO_NEXT_GROUP = "no_next_group"  # nobody took it on, and no next group is configured
    LATE = "late"


SENT_REASONS = frozenset(
    {
        NotifyReason.FIRST,
        NotifyReason.ESCALATED,
        NotifyReason.DOUBLED,
        NotifyReason.REMINDER,
        NotifyReason.RESOLVED,
        NotifyReason.WIDE_EVENT,
        NotifyReason.UNATTENDED,
        NotifyReason.MORNING,
        NotifyReason.UPDATED,
        NotifyReason.TEST,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineEntry:
    at: datetime
    # opened, ended, unwatched (detail = agency, rule or claim: what is gone), acknowledged, snoozed, false_alarm, muted, claim_removed,
    # withheld (detail = the reason), or the NotifyReason of what was sent
    event: str
    detail: str = ""
    by: str = ""  # a person's name for actions of people; kept for the audit, never in messages


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """One episode of one key, from opening to resolution. At most one per (agency, rule, claim) is not resolved."""

    id: str  # assigned once at opening; names the episode
    agency: str
    rule: str
    state: AlertState
    severity: Severity
    opened_at: datetime  # event time: the end of the bin that opened it
    updated_at: datetime
    spike: Spike  # the latest
    peak_observed: int
    claim_id: str = ""
    simulated: bool = False  # SIMULASI: made-up crises never leave through a real receiver
    sequence: int = 0  # number of the latest transition: 0 = opening
    peak_window_h: float = 0.0  # length of the window in which `peak_observed` was seen
    notified_observed: int = 0  # highest volume that was told
    notified_window_h: float = 0.0  # and the length of its window
    notified_severity: Severity | None = None  # None: nothing was sent yet
    notified_at: datetime | None = None
    acknowledged_at: datetime | None = None
    snoozed_until: datetime | None = None
    resolved_at: datetime | None = None
    topics: tuple[str, ...] = ()
    muted_clusters: tuple[str, ...] = ()  # copies that an officer muted: they do not make it worse
    timeline: tuple[TimelineEntry, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One message to one destination, frozen when the alert changed: what the outbox keeps and a receiver renders."""

    episode: str  # Alert.id
    transition: NotifyReason
    sequence: int
    destination: str  # "terminal", "slack:#humas-pln", ...
    alert: Alert
    decided_at: datetime
    late: bool = False
    repeat: bool = False  # may be a second copy: the first try got no answer
    related: tuple[Alert, ...] = ()  # the other alerts that this one message tells of: wide_event, morning, other rules of the same event
    within: Alert | None = None  # the alert of the same event whose message was there first: this one is a note below it

    @property
    def key(self) -> str:
        """The delivery key: unique for (episode, transition, sequence, destination)."""
        return f"{self.episode}/{self.transition}/{self.sequence}/{self.destination}"


Outcome = Literal["pending", "sent", "failed", "suppressed", "late"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """The outbox row of one notice and what became of it."""

    notice: Notice
    outcome: Outcome
    reason: str = ""
    attempts: int = 0
    next_attempt_at: datetime | None = None
    provider_ref: str = ""  # e.g. Slack "C123/1700000000.000100": what an update needs
    at: datetime | None = None  # when the outcome was reached
    repeat_unfinished: bool = False  # of a lease: the second copy was begun as well, and never finished


@dataclass(frozen=True, kw_only=True, slots=True)
class Withheld:
    """A notification that was decided against, with its reason: nothing is silent."""

    agency: str
    rule: str
    at: datetime
    reason: NotifyReason
    detail: str = ""
    episode: str = ""
    observed: int = 0
    expected: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """Where a source stands. Newest-first sources move `floor` to `high` only when the window is drained.

    `version` counts writes and is compared when saving; 0 = never saved.
    """

    source: str
    query: str = ""
    version: int = 0
    floor: str = ""  # ids or ISO times, as the listener defines; everything at or below is saved
    high: str = ""  # newest seen in the window being drained
    token: str = ""  # where to go on inside that window
    etag: str = ""
    last_modified: str = ""
    recent_ids: tuple[str, ...] = ()
    failures: int = 0  # in a row
    next_attempt_at: datetime | None = None
    polled_at: datetime | None = None  # last success
    last_error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Posts of one request, and the cursor to store once they are saved."""

    posts: tuple[Post, ...]
    cursor: Cursor
    rejected: int = 0  # items that could not be read, each logged with its reason
    gap_suspected: bool = False  # no overlap with what was seen before: something may have been missed
    notes: tuple[str, ...] = ()
    origins: tuple[tuple[str, Category | None], ...] = ()  # of recordings: (source, category) that each post's own row names; else empty


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """A person's order to be quiet: evaluation goes on, the digest lists what was withheld."""

    id: str
    agency: str  # slug or "*"
    rule: str  # name or "*"
    starts_at: datetime
    ends_at: datetime  # at most 7 days after the start
    owner: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """One line of the audit trail: who did what, when. Never shown in a message."""

    at: datetime
    actor: str  # a user of this machine, or "slack:U0123ABC"
    action: str
    subject: str  # e.g. an alert's id
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceHealth:
    source: str
    state: Literal["up", "failed", "silent", "quiet", "off", "never"]
    at: datetime
    last_success_at: datetime | None = None
    last_error: str = ""
    failures: int = 0
