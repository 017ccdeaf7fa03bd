"""The week in numbers: counts from the state store, everything that needs texts from one pass over two weeks of mentions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from kentongan.agencies import Attributor
from kentongan.clock import BIN
from kentongan.config import AgencyConfig
from kentongan.digests.alerts_seen import alerts_in, alerts_touching, is_counted, seen, source_gaps, withheld_seen
from kentongan.digests.hoaxes import hoaxes_seen, leading, resembles_a_hoax
from kentongan.digests.phrases import words_of_name
from kentongan.digests.quotations import quotation
from kentongan.digests.risk import Risk, risk_of
from kentongan.digests.tally import Key, Machine, Replies, Tally, read_mentions, read_replies
from kentongan.digests.week import ANSWER_TIME, AgencyWeek, Answers, HoaxSeen, Issue, Quotation, Volume, WeekNumbers
from kentongan.emerging import emerging
from kentongan.ports import MentionQuery, MentionStore, StateStore
from kentongan.records import Alert, BinCount, Claim, Mention, Window, Withheld

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
ISSUES = 5
PLACES = 5
STARTED_LATE = timedelta(days=1)  # a week whose first day was missed is no week to compare with
MOSTLY_GONE = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sources:
    """What all agencies share."""

    window: Window
    before: Window
    state: StateStore
    mentions: Mapping[str, Mention]  # by id: those that may be quoted
    claims: Mapping[str, Claim]
    tallies: Mapping[Key, Tally]
    replies: Replies
    alerts: Sequence[Alert]
    withheld: Sequence[Withheld]


def week_numbers(
    mentions: MentionStore, state: StateStore, agencies: Mapping[str, AgencyConfig], end: datetime, *, now: datetime | None = None,
    simulated: bool = False,
) -> WeekNumbers:  # fmt: skip
    """The numbers of the seven days before `end` for every agency, riskiest first.

    now: how far answers are in. Both weeks' complaints get equally long to be answered, or a Monday's digest would always look worse than the
    week before. Dirty bins must have been counted again before.
    """
    window, before = Window(start=end - WEEK, end=end), Window(start=end - 2 * WEEK, end=end - WEEK)
    grace = ANSWER_TIME if now is None or now < end else min(ANSWER_TIME, now - end)
    both = Window(start=before.start, end=window.end)
    answers = MentionQuery(official=True, window=Window(start=before.start, end=window.end + grace))
    replies = read_replies(mentions.scan(answers), window.end + grace)
    names = {slug: words_of_name(agency.name) for slug, agency in agencies.items()}
    tallies, found_simulated = read_mentions(mentions.scan(MentionQuery(window=both)), names, window, replies, before.end + grace, _machine(agencies))
    alerts = alerts_touching(state, both)
    sources = _Sources(
        window=window,
        before=before,
        state=state,
        mentions=_quotable(mentions, tallies),
        claims={c.id: c for c in state.claims() if c.published_at < end + grace},
        tallies=tallies,
        replies=replies,
        alerts=alerts,
        withheld=state.withheld(window),
    )
    weeks = [agency_week(agency, sources) for agency in agencies.values()]
    counted = sum(week.now.total for week in weeks)
    unheard = max((len(state.unobserved(slug, window)) for slug in agencies), default=0)
    return WeekNumbers(
        window=window,
        agencies=tuple(sorted(weeks, key=lambda w: (-w.risk.total, -w.now.total, w.name))),
        simulated=simulated or found_simulated or replies.simulated or any(a.simulated for a in alerts),
        gaps=source_gaps(state.polls(window), Window(start=window.start, end=min(window.end, now or window.end))),
        unheard_h=unheard * BIN / timedelta(hours=1),
        texts_gone=sum(tallies[key].scanned for key in tallies if key[1] == 0) < MOSTLY_GONE * counted,
        answers_until=window.end + grace,
    )


def _machine(agencies: Mapping[str, AgencyConfig]) -> Machine:
    """Whom the machine takes a mention to be about."""
    reader = Attributor(agencies)
    return lambda m: reader.attribute(m.text, m.title, tags=m.tags, links=m.links, container=m.container, platform=m.platform).agencies


def _quotable(mentions: MentionStore, tallies: Mapping[Key, Tally]) -> dict[str, Mention]:
    """The mentions of the week that may be quoted, read again: the pass itself keeps no texts."""
    wanted: dict[str, None] = {}
    for (_, week), tally in tallies.items():
        if week == 0:
            wanted |= {mention_id: None for best in tally.examples.values() for *_, mention_id in best}
            wanted |= {cluster.first_id: None for cluster in leading(tally.clusters)}
    return {item.mention.id: item.mention for item in mentions.get(list(wanted))}


def agency_week(agency: AgencyConfig, sources: _Sources) -> AgencyWeek:
    """One agency's week beside the week before."""
    slug, window, before = agency.slug, sources.window, sources.before
    counts = sources.state.counts(slug, Window(start=before.start - WEEK, end=window.end))
    now, then, earlier = (_volume(counts, w) for w in (window, before, Window(start=before.start - WEEK, end=before.start)))
    first = sources.state.first_bin(slug)
    has_before = first is not None and first < before.start + STARTED_LATE
    has_earlier = first is not None and first < before.start - WEEK + STARTED_LATE
    tally, tally_before = sources.tallies.get((slug, 0), Tally()), sources.tallies.get((slug, 1), Tally())
    heard: Mapping[str, int] = sources.replies.heard_on.get(slug, {})
    answers, answers_before = _answers(tally, heard), _answers(tally_before, heard)
    mine = [a for a in sources.alerts if a.agency == slug]

    def risk(volume: Volume, reference: int | None, week: Window, given: Answers) -> Risk:
        return risk_of(
            total=volume.total, negative=volume.negative, negative_before=reference, hoax=volume.hoax,
            severities=[a.severity for a in alerts_in(mine, week) if is_counted(a, week)], complaints=given.complaints, answered=given.answered,
        )  # fmt: skip

    return AgencyWeek(
        slug=slug,
        name=agency.name,
        now=now,
        before=then if has_before else None,
        risk=risk(now, then.negative if has_before else None, window, answers),
        risk_before=risk(then, earlier.negative if has_earlier else None, before, answers_before) if has_before else None,
        per_day=_per_day(counts, window),
        issues=_issues(tally, tally_before, agency, sources.mentions),
        named=tally.named,
        hoaxes=_hoaxes(tally, agency, sources),
        alerts=tuple(seen(a, window, sources.state) for a in alerts_in(mine, window)),
        withheld=withheld_seen(w for w in sources.withheld if w.agency == slug),
        answers=answers,
        answers_before=answers_before if has_before else None,
        places=tuple(sorted(tally.places.items(), key=lambda one: (-one[1], one[0]))[:PLACES]),
        emerging=emerging(tally.terms, tally_before.terms, ignore=agency.own_words()) if has_before else (),
        checked=tally.checked,
        corrected=tally.corrected,
    )


def _hoaxes(tally: Tally, agency: AgencyConfig, sources: _Sources) -> tuple[HoaxSeen, ...]:
    return hoaxes_seen(leading(tally.clusters), sources.mentions, sources.claims, agency)


def _volume(counts: Iterable[BinCount], window: Window) -> Volume:
    total = negative = positive = hoax = 0
    for c in counts:
        if window.start <= c.start < window.end:
            total, negative, positive, hoax = total + c.total, negative + c.negative, positive + c.positive, hoax + c.hoax
    return Volume(total=total, negative=negative, positive=positive, hoax=hoax)


def _per_day(counts: Iterable[BinCount], window: Window) -> tuple[tuple[int, int], ...]:
    days = [[0, 0] for _ in range(7)]
    for c in counts:
        if window.start <= c.start < window.end:
            day = days[(c.start - window.start) // DAY]
            day[0] += c.total
            day[1] += c.negative
    return tuple((total, negative) for total, negative in days)


def _issues(tally: Tally, before: Tally, agency: AgencyConfig, mentions: Mapping[str, Mention]) -> tuple[Issue, ...]:
    """The topics most complained of. One that is the agency's own business by its name ("pajak" of the tax office) says nothing of what is
    wrong and comes only where there is no other. A text stands for one topic only, so that the page does not say the same twice."""
    ranked = tally.topics or tally.own_topics
    used: set[str] = set()

    def example(topic: str) -> Quotation | None:
        for *_, mention_id in sorted(tally.examples.get(topic, []), reverse=True):
            mention = mentions.get(mention_id)
            if mention is None or resembles_a_hoax(mention, tally.clusters, mentions):
                continue
            shown = quotation(mention, agency)
            if shown and shown.text not in used:
                used.add(shown.text)
                return shown
        return None

    return tuple(
        Issue(topic=t, negative=n, before=before.topics[t] + before.own_topics[t], example=example(t)) for t, n in ranked.most_common(ISSUES)
    )


def _answers(tally: Tally, heard: Mapping[str, int]) -> Answers:
    """Measured only on platforms where the agency's own accounts are heard: where nobody listens to them, 0 % answered would be untrue."""
    platforms = sorted((p for p in tally.complaints if p in heard), key=lambda p: -tally.complaints[p])
    delays = [d for p in platforms for d in tally.delays_s.get(p, ())]
    complaints = sum(tally.complaints[p] for p in platforms)
    return Answers(
        complaints=complaints,
        answered=sum(tally.answered[p] for p in platforms),
        median=timedelta(seconds=median(delays)) if delays else None,
        platforms=tuple(platforms),
        elsewhere=sum(tally.complaints.values()) - complaints,
    )
