"""The seams: what each room offers the pipeline. Rooms import this page, never each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from kentongan.records import (
    Alert,
    AuditEntry,
    BinCount,
    BinKey,
    Category,
    Claim,
    Cursor,
    Delivery,
    Language,
    Mention,
    Notice,
    Outcome,
    Page,
    Score,
    ScoredMention,
    Silence,
    SourceHealth,
    Window,
    Withheld,
)


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware UTC."""
        ...


# --- listening ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """An answer of HTTP 200 or 304; everything else was raised."""

    status: int
    url: str
    headers: Mapping[str, str]  # lower-case names
    body: bytes

    @property
    def text(self) -> str:
        """The body as text: the charset of the content type, else UTF-8 with replacement."""
        kind = self.headers.get("content-type", "")
        charset = kind.partition("charset=")[2].split(";")[0].strip(" \"'") or "utf-8"
        try:
            return self.body.decode(charset, errors="replace")
        except LookupError:
            return self.body.decode("utf-8", errors="replace")


class Web(Protocol):
    """The one HTTP client: identifies itself, retries, paces each host, respects robots.txt for pages."""

    def get(self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, robots: bool = False) -> Response:
        """The answer; raises SourceDown or SourceChanged."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ListenRequest:
    """One poll of one source."""

    source: str  # the source's name
    options: Mapping[str, Any]  # as in its YAML, already checked against the listener's Options
    platform: str
    category: Category
    cursor: Cursor
    now: datetime
    secrets: Mapping[str, str] = field(default_factory=dict)  # by the names the card lists


class Listen(Protocol):
    """What `listeners/x.py` must define as `listen`: pages of one poll, oldest cursor first.

    The caller saves a page's posts, then its cursor, then asks for the next page. Raises SourceDown or SourceChanged;
    pages that were yielded before stay saved.
    """

    def __call__(self, request: ListenRequest, web: Web) -> Iterator[Page]: ...


# --- scoring ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoreRequest:
    """One masked text, with what is known of it."""

    text: str
    title: str = ""
    rating: int | None = None
    agencies: tuple[str, ...] = ()
    agency_spans: tuple[tuple[str, int, int], ...] = ()  # (slug, start, end) in `title + "\n" + text` (or `text` alone when there is no title)
    category: Category = Category.MICROBLOG
    author_kind: str = "unknown"


class Scorer(Protocol):
    version: str

    def score(self, requests: Sequence[ScoreRequest]) -> list[Score]:
        """One score per request, same order. Raises nothing for odd text: empty text is neutral, unsure."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimMatch:
    claim: Claim
    similarity: float  # 0..1: how much of the claim is found in the text
    matched: bool  # the text tells the same story, with a certainty that hardly any everyday mention reaches


class ClaimIndex(Protocol):
    def add(self, claims: Sequence[Claim]) -> None:
        """Make the claims findable; one with a known id replaces the old."""
        ...

    def remove(self, ids: Collection[str]) -> None:
        """Make these claims unfindable; unknown ids do no harm."""
        ...

    def nearest(self, text: str, k: int = 1) -> list[ClaimMatch]:
        """The k most similar claims, best first; empty when the base is empty."""
        ...

    def __len__(self) -> int: ...


# --- storing ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """What `MentionStore.save` did with a page."""

    new: int
    changed: int
    unchanged: int
    left: tuple[BinKey, ...] = ()  # bins that a changed mention is no longer counted in (new date, other agencies): mark these dirty too
    expired: int = 0  # left out because they are older than the store's own retention (Elasticsearch makes no index for them)


@dataclass(frozen=True, kw_only=True, slots=True)
class MentionQuery:
    """All given conditions must hold; an empty field does not restrict."""

    text: str = ""  # words, "phrases", -exclusions; over text and title
    agency: str = ""
    label: str = ""  # negative | neutral | positive, as counted for `agency` (or of the whole text)
    hoax_at_least: float | None = None  # of the likelihood; a person's "yes" counts as 1, another word of his as 0
    window: Window | None = None  # by published_at
    category: str = ""
    source: str = ""
    platform: str = ""
    cluster_id: str = ""
    claim_id: str = ""
    lang: str = ""
    place: str = ""  # code of a province or regency; a province holds its regencies
    author_kind: str = ""
    official: bool | None = None  # posted by an agency's own account
    parent_ids: tuple[str, ...] = ()
    author_keys: tuple[str, ...] = ()  # pseudonyms; for requests of data subjects, never for looking people up


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchPage:
    mentions: tuple[ScoredMention, ...]  # newest first
    total: int
    after: str = ""  # opaque; "" = no more


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A mention as a store keeps it: with the moment this version of it was made."""

    scored: ScoredMention
    revised_at: datetime


class MentionStore(Protocol):
    """Mentions with their scores. Every method raises StoreError when the database refuses."""

    def save(self, mentions: Sequence[ScoredMention], revised_at: datetime) -> Saved:
        """Insert or update by id, all or nothing as far as the home allows; unchanged ones (content hash, metrics, scorer version, matched
        claim, labels) are left alone. A document older (`revised_at`) than the stored one loses. Duplicate ids in one call: the last wins.
        Stored labels stay unless the mention brings its own of that kind. A blanked mention stays blank while its content hash is the same."""
        ...

    def get(self, ids: Sequence[str]) -> list[ScoredMention]:
        """Those that are stored, in the order asked for."""
        ...

    def search(self, query: MentionQuery, *, limit: int = 20, after: str = "") -> SearchPage:
        """A page of matches, newest first."""
        ...

    def scan(self, query: MentionQuery) -> Iterator[ScoredMention]:
        """All matches by published_at ascending, in bounded memory."""
        ...

    def export(self, query: MentionQuery) -> Iterator[Kept]:
        """`scan`, with the moment of each version: what another home needs to take it over."""
        ...

    def restore(self, kept: Sequence[Kept]) -> int:
        """Take mentions over from another home exactly as they are, whatever their age, and nothing else about them is decided: no label is kept,
        nothing blank stays blank. One that is stored in a later version stays. Ids must differ. Returns how many were written."""
        ...

    def bin_counts(self, keys: Collection[BinKey]) -> list[BinCount]:
        """Counts recomputed from what is stored, one per key (zeros where nothing is stored); sees all that was saved before the call."""
        ...

    def count(self) -> int:
        """Mentions stored."""
        ...

    def blank(self, ids: Sequence[str], at: datetime) -> int:
        """Empty text, title, url, native id, author, container, tags and links of posts deleted at their source; they keep id, times, agencies,
        content hash and scores. Returns how many were not blank before."""
        ...

    def forget(self, *, ids: Sequence[str] = (), author_keys: Sequence[str] = ()) -> list[BinKey]:
        """Delete for good; returns the bins whose counts must be made again."""
        ...

    def purge(self, published_before: datetime) -> int:
        """Delete what is older than the retention; returns how many."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """What a rule saw when one bin had closed: kept so that dashboards can draw observed against expected."""

    agency: str
    rule: str
    bin_start: datetime
    observed: int  # in the window that ends with this bin
    expected: float
    chance_weeks: float | None = None
    bin_expected: float | None = None  # in this bin alone; None: kept by an earlier edition


class StateStore(Protocol):
    """Everything that needs transactions and compare-and-swap. SQLite or PostgreSQL. Raises StoreError, StoreConflict."""

    def transaction(self) -> AbstractContextManager[None]:
        """All calls of this thread inside the block are written together or not at all; nesting joins the outer one."""
        ...

    # cursors and source health
    def cursor(self, source: str, query: str = "") -> Cursor: ...
    def save_cursor(self, cursor: Cursor) -> Cursor:
        """Store it if nobody else did since it was read (version); returns it with the next version. Raises StoreConflict."""
        ...

    def cursors(self) -> list[Cursor]: ...
    def put_health(self, health: SourceHealth) -> None: ...
    def health(self) -> list[SourceHealth]: ...
    def add_poll(self, source: str, *, started_at: datetime, finished_at: datetime, ok: bool, posts: int, kept: int) -> None:
        """Remember one poll (kept as long as evaluations): tells which bins were listened to."""
        ...

    def polls(self, window: Window) -> list[tuple[str, datetime, datetime, bool, int, int]]: ...

    # counts
    def mark_dirty(self, keys: Collection[BinKey]) -> None:
        """These bins must be counted again."""
        ...

    def dirty(self, limit: int = 50_000) -> list[BinKey]: ...
    def put_counts(self, counts: Sequence[BinCount]) -> None:
        """Upsert, and take the bins off the dirty list, in one transaction: only those that this thread's last `dirty()` gave, and only if they
        were not marked again since. So: `keys = dirty()`, count them, `put_counts`; a mention saved meanwhile keeps its bin dirty."""
        ...

    def counts(self, agency: str, window: Window) -> list[BinCount]:
        """Stored bins of the window, ascending; a bin without a row had no mention."""
        ...

    def counts_of_all(self, window: Window) -> dict[str, list[BinCount]]:
        """`counts` of every agency that has any in the window."""
        ...

    def first_bin(self, agency: str) -> datetime | None:
        """Start of the agency's first counted bin."""
        ...

    def count_agencies(self) -> list[str]: ...
    def set_unobserved(self, agency: str, starts: Sequence[datetime]) -> None:
        """Bins in which nobody listened: unknown, not zero."""
        ...

    def unobserved(self, agency: str, window: Window) -> set[datetime]: ...

    # detector
    def detector_state(self, agency: str, rule: str) -> tuple[bytes, datetime | None, int]:
        """(state, watermark = end of the last bin evaluated, version); (b"", None, 0) when there is none."""
        ...

    def detector_states(self, rule: str) -> dict[str, tuple[bytes, datetime, int]]:
        """`detector_state` of every agency that has one under this rule, in one look."""
        ...

    def save_detector_state(self, agency: str, rule: str, state: bytes, watermark: datetime, version: int) -> None:
        """Compare-and-swap on version. Raises StoreConflict."""
        ...

    def add_evaluations(self, evaluations: Sequence[Evaluation]) -> None: ...
    def evaluations(self, agency: str, rule: str, window: Window) -> list[Evaluation]: ...

    # alerts and outbox
    def open_alert(self, agency: str, rule: str, claim_id: str = "") -> Alert | None:
        """The one that is not resolved, if any. Inside `transaction()` nobody else changes it until the block ends (`alert(id)` likewise), so
        what was read may be decided upon and saved."""
        ...

    def alerts(
        self, *, agency: str = "", states: Collection[str] = (), window: Window | None = None, updated_since: datetime | None = None
    ) -> list[Alert]:
        """By opened_at, newest first. Looking for those that changed since a moment reads only those."""
        ...

    def alert(self, alert_id: str) -> Alert | None: ...
    def save_alert(self, alert: Alert, notices: Sequence[Notice] = (), withheld: Sequence[Withheld] = ()) -> int:
        """Write the alert, its outbox rows and what was withheld in one transaction; returns how many rows were new (a known delivery
        key is left as it is). Raises StoreConflict when another open alert has the key."""
        ...

    def add_withheld(self, withheld: Sequence[Withheld]) -> None: ...
    def withheld(self, window: Window) -> list[Withheld]: ...
    def lease_deliveries(self, now: datetime, lease_s: float, worker: str, limit: int = 20) -> list[Delivery]:
        """Pending rows that are due, now leased to `worker`, in order of writing; a lease that ran out is given again, then `notice.repeat`
        is True, as the try before may have arrived (`repeat_unfinished`: that try was a repeat itself). `attempts` counts leases, this one
        included. A row waits while an earlier one of the same episode and destination is leased or not due yet."""
        ...

    def finish_delivery(
        self,
        key: str,
        worker: str,
        outcome: Outcome,
        *,
        reason: str = "",
        provider_ref: str = "",
        at: datetime,
        next_attempt_at: datetime | None = None,
        repeat: bool = False,
    ) -> None:
        """Record the outcome (`pending` + next_attempt_at = try again). Raises StoreConflict when the lease is lost."""
        ...

    def retry_delivery(self, key: str, at: datetime) -> bool:
        """Make a dead letter pending again, or let a waiting row be tried at once; False when the row was delivered, is being sent, or is unknown.
        A try that may have arrived stays marked, so the receiver is asked before it is sent again."""
        ...

    def deliveries(self, *, episode: str = "", outcome: str = "", limit: int = 1000) -> list[Delivery]:
        """The newest `limit` rows, in order of writing (oldest first)."""
        ...

    # silences, labels, claims, privacy, audit
    def put_silence(self, silence: Silence) -> None: ...
    def silences(self, at: datetime, *, upcoming: bool = False) -> list[Silence]:
        """Those in force at this moment, [starts_at, ends_at), by start; `upcoming`: also those that begin later."""
        ...

    def put_label(self, mention_id: str, kind: str, value: str, by: str, at: datetime) -> None: ...
    def labels(self, mention_ids: Sequence[str]) -> dict[str, dict[str, str]]: ...
    def labelled(self) -> list[str]:
        """Ids of the mentions that people have corrected, in order of their first correction."""
        ...

    def drop_labels(self, mention_ids: Collection[str]) -> None:
        """Forget what people said of these mentions."""
        ...

    def put_claims(self, claims: Sequence[Claim]) -> int:
        """Upsert; returns how many are new or changed."""
        ...

    def drop_claims(self, ids: Collection[str]) -> int:
        """Delete claims; returns how many there were."""
        ...

    def claims(self, since: datetime | None = None) -> list[Claim]:
        """Those published at or after `since`, oldest first."""
        ...

    def add_tombstones(self, *, ids: Sequence[str] = (), author_keys: Sequence[str] = (), at: datetime, reason: str) -> None: ...
    def tombstoned(self, ids: Sequence[str], author_keys: Sequence[str]) -> tuple[set[str], set[str]]: ...
    def drop_quotes(self, mention_ids: Collection[str]) -> int:
        """Take quotations of these mentions out of alerts and the outbox (after `forget` or `blank`); returns how many rows changed."""
        ...

    def add_audit(self, at: datetime, actor: str, action: str, subject: str, detail: str = "") -> None: ...
    def audit(self, *, subject: str = "", limit: int = 100) -> list[AuditEntry]:
        """The newest `limit` entries (of one subject), in order of writing."""
        ...

    # small things
    def meta(self, key: str) -> str: ...
    def set_meta(self, key: str, value: str) -> None: ...
    def acquire_lease(self, name: str, owner: str, now: datetime, lease_s: float) -> bool:
        """True when `owner` holds it until now + lease_s: it was free, over, or already his. One that ends more than a day after that is void:
        a replay's clock set it, or a wrong one (deliveries likewise)."""
        ...

    def release_lease(self, name: str, owner: str) -> None: ...
    def purge_state(self, before: datetime) -> None:
        """Drop polls, dirty marks, evaluations and finished deliveries older than this."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawnBin:
    """One bin as a dashboard draws it: what was counted, and what was expected of it."""

    count: BinCount
    expected: float | None = None  # None: not evaluated yet
    observed: bool = True  # False: nobody listened


class Copies(Protocol):
    """Copies of state for the analysts' dashboards; making them again changes nothing, losing them loses nothing. Raises StoreError."""

    def put_bins(self, bins: Sequence[DrawnBin]) -> None: ...
    def put_alerts(self, alerts: Sequence[Alert]) -> None: ...
    def put_health(self, health: Sequence[SourceHealth]) -> None: ...
    def drop_months(self, before: datetime) -> int:
        """Drop the months that ended before this moment; returns how many."""
        ...

    def close(self) -> None: ...


# --- alerting -----------------------------------------------------------------------------------------------------


class Receiver(Protocol):
    name: str  # the part of a destination before ":"
    real: bool  # reaches people outside this machine; simulated alerts never go there

    def send(self, notice: Notice, previous_ref: str) -> str:
        """Deliver; returns the provider's reference. `previous_ref`: that of this episode's first message at this destination, of the message that
        it stands below where `notice.within` is set, or "".

        Raises Recoverable, Ambiguous or Final.
        """
        ...

    def find(self, notice: Notice, previous_ref: str = "") -> str | None:
        """The reference of this very notice if it did arrive, "" if it certainly did not, None if this receiver cannot tell.

        Asked before a second try, when the first got no answer. Raises Recoverable when it cannot be asked now.
        """
        ...

    def tell(self, destination: str, headline: str, sentence: str) -> str:
        """Say something that is no alert: trouble of Kentongan itself, a summary. Returns the provider's reference; raises as `send` does."""
        ...


__all__ = [
    "ClaimIndex",
    "ClaimMatch",
    "Clock",
    "Copies",
    "DrawnBin",
    "Evaluation",
    "Language",
    "Listen",
    "ListenRequest",
    "Mention",
    "MentionQuery",
    "MentionStore",
    "Receiver",
    "Response",
    "Saved",
    "ScoreRequest",
    "Scorer",
    "SearchPage",
    "StateStore",
    "Web",
]
