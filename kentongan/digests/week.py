"""What the digest says of one week: the records that the page and the chat summary draw."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kentongan.digests.risk import Risk
from kentongan.emerging import Emerging
from kentongan.records import Alert, Claim, NotifyReason, Window

ANSWER_TIME = timedelta(days=3)  # an answer that comes within so long after the week still counts


@dataclass(frozen=True, kw_only=True, slots=True)
class Quotation:
    """A masked quotation; `mark` names its mention, so that it can be taken out of the page again."""

    text: str
    mark: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """One topic of complaint. A mention may have several topics."""

    topic: str
    negative: int
    before: int
    example: Quotation | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class HoaxSeen:
    """A hoax that went round: a checked claim, or texts that resemble each other without a known claim (`claim` None)."""

    claim: Claim | None
    mentions: int
    authors: int  # distinct accounts; an unknown one counts once per mention
    first: datetime  # within the week
    example: Quotation | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertSeen:
    """An alert that was open at any moment of the week."""

    alert: Alert
    usual: float | None  # expected in the window of the peak; None where it is not known any more
    carried_over: bool  # opened before the week
    counted: bool  # in the risk: opened in the week or open for at least a day of it, and no false alarm
    told: bool  # somebody was told
    false_alarm: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class WithheldSeen:
    """Notifications that were decided against for one reason, and what about."""

    rule: str
    reason: NotifyReason
    detail: str  # of a silence: owner and reason
    first: datetime
    last: datetime
    times: int
    observed: int  # the highest count among them
    expected: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """How the agency's own accounts answered complaints, on the platforms where they can be heard."""

    complaints: int
    answered: int
    median: timedelta | None  # from the complaint to the first answer, of those answered
    platforms: tuple[str, ...]  # where it was measured, busiest first; empty = no own account was heard anywhere
    elsewhere: int  # complaints on other platforms, not measured

    @property
    def rate(self) -> float | None:
        """0-1; None when there was nothing to answer, or nobody to be heard answering."""
        return self.answered / self.complaints if self.complaints else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume:
    """Counts of one week; posts by the agency's own accounts are left out."""

    total: int
    negative: int
    positive: int
    hoax: int

    @property
    def negative_share(self) -> float:
        """0-1."""
        return self.negative / self.total if self.total else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyWeek:
    """One agency's week beside the week before."""

    slug: str
    name: str
    now: Volume
    before: Volume | None  # None: nobody listened for this agency in all of the week before, so there is nothing to compare with
    risk: Risk
    risk_before: Risk | None
    per_day: tuple[tuple[int, int], ...]  # seven times (total, negative), oldest first
    issues: tuple[Issue, ...]
    named: int  # negative mentions in which an issue was recognised
    hoaxes: tuple[HoaxSeen, ...]
    alerts: tuple[AlertSeen, ...]  # newest first
    withheld: tuple[WithheldSeen, ...]
    answers: Answers
    answers_before: Answers | None
    emerging: tuple[Emerging, ...] = ()  # words that rose against the week before in negative mentions, strongest first
    places: tuple[tuple[str, int], ...] = ()  # (code, negative mentions), busiest first
    checked: int = 0  # mentions that people looked at
    corrected: int = 0  # of them, those of which people say other than the machine did


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceGap:
    """A source that could not be read for a while."""

    source: str
    hours: float
    still: bool  # not read again until the end of the week


@dataclass(frozen=True, kw_only=True, slots=True)
class WeekNumbers:
    window: Window
    agencies: tuple[AgencyWeek, ...]  # riskiest first
    simulated: bool
    gaps: tuple[SourceGap, ...] = ()  # longest first
    unheard_h: float = 0.0  # hours in which so little was heard that counts are unknown
    texts_gone: bool = False  # the week lies before the retention: counts are there, texts are not
    answers_until: datetime | None = None  # answers up to here are in
