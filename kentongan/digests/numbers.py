"""The week in numbers: one pass over the stored mentions of each agency."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from kentongan.config import AgencyConfig
from kentongan.digests.risk import Risk, risk_of
from kentongan.ports import MentionQuery, MentionStore, StateStore
from kentongan.records import Alert, AuthorKind, Category, Claim, NotifyReason, ScoredMention, Window
from kentongan.text import excerpt, mask_handles

WEEK = timedelta(days=7)
NOT_COMPLAINTS = frozenset({Category.NEWS, Category.FACTCHECK, Category.WIKI})  # nobody expects an answer to these


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """One topic of complaint."""

    topic: str
    negative: int
    before: int
    example: str  # masked


@dataclass(frozen=True, kw_only=True, slots=True)
class HoaxSeen:
    """A hoax that went round: a checked claim, or texts without a known claim (`claim` None)."""

    claim: Claim | None
    mentions: int
    authors: int
    first: datetime
    example: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyWeek:
    slug: str
    name: str
    total: int
    total_before: int
    negative: int
    negative_before: int
    positive: int
    hoax: int
    risk: Risk
    risk_before: Risk
    per_day: tuple[tuple[int, int], ...]  # seven times (total, negative), oldest first
    issues: tuple[Issue, ...]
    hoaxes: tuple[HoaxSeen, ...]
    alerts: tuple[Alert, ...]
    complaints: int  # negative mentions of citizens where an answer can be expected
    answered: int
    median_response: timedelta | None
    withheld: Mapping[NotifyReason, int] = field(default_factory=dict)

    @property
    def negative_share(self) -> float:
        """0-1."""
        return self.negative / self.total if self.total else 0.0

    @property
    def response_rate(self) -> float | None:
        """0-1; None when there was nothing to answer."""
        return self.answered / self.complaints if self.complaints else None


@dataclass(frozen=True, kw_only=True, slots=True)
class WeekNumbers:
    window: Window
    agencies: tuple[AgencyWeek, ...]  # riskiest first
    simulated: bool
    sources_failed: tuple[str, ...]


@dataclass
class _Tally:
    """What one pass over an agency's mentions of one week collects."""

    total: int = 0
    negative: int = 0
    positive: int = 0
    hoax: int = 0
    complaints: dict[str, datetime] = field(default_factory=dict)
    topics: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    per_day: list[list[int]] = field(default_factory=lambda: [[0, 0] for _ in range(7)])
    hoaxes: dict[str, list[ScoredMention]] = field(default_factory=lambda: defaultdict(list))
    simulated: bool = False


def _words(item: ScoredMention) -> str:
    return excerpt(mask_handles(item.mention.text or item.mention.title), 160)


def _tally(mentions: MentionStore, agency: str, window: Window) -> _Tally:
    t = _Tally()
    for item in mentions.scan(MentionQuery(agency=agency, window=window)):
        m = item.mention
        if m.official_of == agency:
            continue
        t.total += 1
        t.simulated = t.simulated or "simulasi" in m.tags
        day = t.per_day[min(6, max(0, (m.published_at - window.start).days))]
        day[0] += 1
        label = item.label_for(agency)
        t.positive += label == "positive"
        if item.is_hoax():
            t.hoax += 1
            t.hoaxes[item.score.hoax.claim_id or m.cluster_id].append(item)
        if label == "negative":
            t.negative += 1
            day[1] += 1
            t.topics.update(item.score.topics)
            # A text stands for one topic only, so that the page does not say the same twice.
            new = next((topic for topic in item.score.topics if topic not in t.examples), None)
            if new:
                t.examples[new] = _words(item)
            if m.category not in NOT_COMPLAINTS and m.author.kind in (AuthorKind.CITIZEN, AuthorKind.UNKNOWN):
                t.complaints[m.id] = m.published_at
    return t


def _answers(mentions: MentionStore, agency: str, complaints: Mapping[str, datetime], window: Window) -> list[timedelta]:
    """Time from each answered complaint to the first answer by the agency's own accounts, up to three days after the week."""
    first: dict[str, datetime] = {}
    query = MentionQuery(agency=agency, official=True, window=Window(start=window.start, end=window.end + timedelta(days=3)))
    for item in mentions.scan(query):
        parent = item.mention.parent_id
        if parent in complaints and item.mention.official_of == agency:
            first.setdefault(parent, item.mention.published_at)
    return [at - complaints[parent] for parent, at in first.items() if at >= complaints[parent]]


def _hoaxes(tally: _Tally, claims: Mapping[str, Claim], limit: int = 5) -> tuple[HoaxSeen, ...]:
    found = [
        HoaxSeen(
            claim=claims.get(key), mentions=len(group), authors=len({s.mention.author.key or s.mention.id for s in group}),
            first=group[0].mention.published_at, example=_words(group[0]),
        )
        for key, group in tally.hoaxes.items()
        if claims.get(key) or len(group) >= 3
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda h: h.mentions, reverse=True)[:limit])


def agency_week(
    mentions: MentionStore, state: StateStore, agency: AgencyConfig, window: Window, claims: Mapping[str, Claim], alerts: Sequence[Alert]
) -> tuple[AgencyWeek, bool]:
    """(one agency's week beside the week before, whether anything of it is simulated)."""
    before = Window(start=window.start - WEEK, end=window.start)
    earlier = Window(start=before.start - WEEK, end=before.start)
    now, then = _tally(mentions, agency.slug, window), _tally(mentions, agency.slug, before)
    delays = _answers(mentions, agency.slug, now.complaints, window)
    delays_before = _answers(mentions, agency.slug, then.complaints, before)
    negative_earlier = sum(c.negative for c in state.counts(agency.slug, earlier))
    mine = [a for a in alerts if a.agency == agency.slug]
    this_week = tuple(a for a in mine if window.start <= a.opened_at < window.end)
    last_week = [a for a in mine if before.start <= a.opened_at < before.end]

    def rate(answered: int, complaints: int) -> float | None:
        return answered / complaints if complaints else None

    return AgencyWeek(
        slug=agency.slug, name=agency.name, total=now.total, total_before=then.total, negative=now.negative, negative_before=then.negative,
        positive=now.positive, hoax=now.hoax,
        risk=risk_of(total=now.total, negative=now.negative, negative_before=then.negative, hoax=now.hoax, severities=[a.severity for a in this_week],
                     response_rate=rate(len(delays), len(now.complaints))),
        risk_before=risk_of(total=then.total, negative=then.negative, negative_before=negative_earlier, hoax=then.hoax,
                            severities=[a.severity for a in last_week], response_rate=rate(len(delays_before), len(then.complaints))),
        per_day=tuple((total, negative) for total, negative in now.per_day),
        issues=tuple(Issue(topic=t, negative=n, before=then.topics[t], example=now.examples.get(t, "")) for t, n in now.topics.most_common(5)),
        hoaxes=_hoaxes(now, claims), alerts=this_week, complaints=len(now.complaints), answered=len(delays),
        median_response=timedelta(seconds=median(d.total_seconds() for d in delays)) if delays else None,
        withheld=Counter(w.reason for w in state.withheld(window) if w.agency == agency.slug),
    ), now.simulated  # fmt: skip


def week_numbers(mentions: MentionStore, state: StateStore, agencies: Mapping[str, AgencyConfig], end: datetime) -> WeekNumbers:
    """The numbers of the seven days before `end` for every agency, riskiest first."""
    window = Window(start=end - WEEK, end=end)
    claims = {c.id: c for c in state.claims() if c.published_at <= end}
    alerts = state.alerts(window=Window(start=window.start - WEEK, end=end))
    weeks = [agency_week(mentions, state, agency, window, claims, alerts) for agency in agencies.values()]
    return WeekNumbers(
        window=window, agencies=tuple(sorted((w for w, _ in weeks), key=lambda w: w.risk.total, reverse=True)),
        simulated=any(s for _, s in weeks), sources_failed=tuple(h.source for h in state.health() if h.state in ("failed", "silent")),
    )  # fmt: skip
