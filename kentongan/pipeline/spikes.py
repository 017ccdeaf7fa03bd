"""From a detector's verdict to the spike an officer reads: authors, copies, sources, quotes, nearest fact-check."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.holding import hourly
from kentongan.emerging import MIN_TEXTS, TermCounts, count_terms, emerging
from kentongan.pipeline.quotes import quote
from kentongan.pipeline.statements import own_statement, telling_words
from kentongan.pipeline.wiring import Context
from kentongan.places import most_exact
from kentongan.ports import MentionQuery
from kentongan.records import Alert, Claim, Quote, ScoredMention, Spike, Window

PAST = timedelta(days=7)  # what people begin to talk about is measured against so long before
PAST_TEXTS = 500  # the latest ones: bounds the cost of a spike
EMERGING = 3
REREAD = 200  # mentions of a spike that the strong tier reads again: about a second of work
SIMULATED_TAG = "simulasi"
NEGATIVES = ("negative", "share")  # measures that count negative mentions


def counted_mentions(ctx: Context, agency: str, measure: str, window: Window) -> list[ScoredMention]:
    """The mentions that a rule counts in the window, oldest first; posts by the agency's own accounts are left out."""
    return [s for s in ctx.mentions.scan(_counted(agency, measure, window)) if s.mention.official_of != agency]


def _counted(agency: str, measure: str, window: Window, cluster_id: str = "") -> MentionQuery:
    return MentionQuery(
        agency=agency,
        window=window,
        label="negative" if measure in NEGATIVES else "",
        hoax_at_least=0.5 if measure == "hoax" else None,
        cluster_id=cluster_id,
    )


def describe(ctx: Context, spike: Spike, measure: str, since: datetime | None = None) -> tuple[Spike, bool]:
    """(the spike with everything its window's mentions tell, whether they are simulated). since: when its alert opened, if it did."""
    found = counted_mentions(ctx, spike.agency, measure, spike.window)
    counts = ctx.state.counts(spike.agency, spike.window)
    total, negative = sum(c.total for c in counts), sum(c.negative for c in counts)
    clusters = Counter(s.mention.cluster_id for s in found)
    topics = Counter(topic for s in found for topic in s.score.topics)
    sources = Counter(s.mention.source for s in found)
    about = tuple(topic for topic, _ in topics.most_common(3))
    checked = nearest_claim(ctx, found, spike)
    name = ctx.config.agencies[spike.agency].name if spike.agency in ctx.config.agencies else spike.agency
    counted = count_terms((s.mention.text, s.mention.cluster_id, s.mention.author.key) for s in found)
    words = telling_words(counted, name)
    reread, agreed = read_again(found) if measure in NEGATIVES else (0, 0)
    filled = replace(
        spike,
        distinct_authors=spreaders(found) if measure == "hoax" else distinct_authors(found),
        copy_share=1 - len(clusters) / len(found) if found else 0.0,
        negative_share=negative / total if total else 0.0,
        top_mentions=top_quotes(found),
        topics=about,
        emerging=emerging_terms(ctx, spike, measure, counted),
        places=busiest_places(found),
        sources=tuple(source for source, _ in sources.most_common(5)),
        sources_down=tuple(sorted(h.source for h in ctx.state.health() if h.state == "failed")),
        nearest_claim=checked,
        statement=own_statement(ctx, replace(spike, topics=about, words=words, nearest_claim=checked), since),
        words=words,
        reread=reread,
        confirmed=agreed,
    )
    return filled, any(SIMULATED_TAG in s.mention.tags for s in found)


def read_again(found: Sequence[ScoredMention]) -> tuple[int, int]:
    """(how many the strong tier read again: the newest, at most REREAD; how many of those it calls negative, too).

    It changes no count: the measure is the same in a crisis as on an ordinary day. (0, 0) where that tier is not there.
    """
    from kentongan.scoring.scorer import confirmed

    newest = [f"{s.mention.title}\n{s.mention.text}" if s.mention.title else s.mention.text for s in found[-REREAD:]]
    count = confirmed(newest) if newest else None
    return (0, 0) if count is None else (len(newest), count)


def without_muted(ctx: Context, spike: Spike, alert: Alert, measure: str) -> Spike:
    """The spike without the copies that an officer muted in its alert: they are not counted, and do not raise its severity by themselves."""
    muted = sum(ctx.mentions.search(_counted(spike.agency, measure, spike.window, cluster), limit=1).total for cluster in alert.muted_clusters)
    if not muted:
        return spike
    left = max(spike.observed - muted, 0)
    worse = hourly(left, spike.window.hours) > hourly(alert.notified_observed, alert.notified_window_h)
    return replace(spike, observed=left, muted=muted, severity=spike.severity if worse else alert.severity)


def emerging_terms(ctx: Context, spike: Spike, measure: str, counted: TermCounts) -> tuple[str, ...]:
    """What these mentions speak of and the latest ones of the week before did not; needs no list of topics."""
    if counted.texts < MIN_TEXTS:
        return ()
    week = Window(start=spike.window.start - PAST, end=spike.window.start)
    before = ctx.mentions.search(_counted(spike.agency, measure, week), limit=PAST_TEXTS).mentions
    past = count_terms((s.mention.text, s.mention.cluster_id, s.mention.author.key) for s in before)
    return tuple(one.term for one in emerging(counted, past, ignore=ctx.config.agencies[spike.agency].own_words(), limit=EMERGING))


def busiest_places(found: Iterable[ScoredMention], limit: int = 3) -> tuple[tuple[str, int], ...]:
    """(code, mentions) of the places named most and more than once, of each mention the most exact ones."""
    named = Counter(code for s in found for code in most_exact(s.mention.places))
    return tuple(sorted(((code, count) for code, count in named.items() if count > 1), key=lambda one: (-one[1], one[0]))[:limit])


def distinct_authors(found: Iterable[ScoredMention]) -> int:
    """Distinct authors; an unknown author counts once per text, so that copies without a name do not look like a crowd."""
    return len({s.mention.author.key or f"?{s.mention.cluster_id}" for s in found})


def spreaders(found: Sequence[ScoredMention]) -> int:
    """Distinct authors who tell the same story (one claim, or copies of one text): a hoax spreads, a misread post does not."""
    stories: dict[str, list[ScoredMention]] = defaultdict(list)
    for item in found:
        stories[item.score.hoax.claim_id or item.mention.cluster_id].append(item)
    return max((distinct_authors(story) for story in stories.values()), default=0)


def top_quotes(found: Sequence[ScoredMention], limit: int = 3) -> tuple[Quote, ...]:
    """Up to `limit` masked quotations from different clusters: the most copied first, then the most followed, then the newest."""
    clusters: dict[str, list[ScoredMention]] = defaultdict(list)
    for item in found:
        if item.mention.deleted_at is None:
            clusters[item.mention.cluster_id].append(item)

    def weight(group: list[ScoredMention]) -> tuple[int, int, datetime]:
        reach = max(sum(s.mention.metrics.values()) + (s.mention.author.followers or 0) // 100 for s in group)
        return (len(group), reach, group[-1].mention.published_at)

    return tuple(quote(group[0], copies=len(group)) for group in sorted(clusters.values(), key=weight, reverse=True)[:limit])


def nearest_claim(ctx: Context, found: Sequence[ScoredMention], spike: Spike) -> Claim | None:
    """The fact-check that most of these mentions match, if it was out when the spike was seen."""
    matched = Counter(s.score.hoax.claim_id for s in found if s.score.hoax.claim_id)
    wanted = [spike.claim_id] if spike.claim_id else [claim_id for claim_id, n in matched.most_common(3) if n >= 2]
    if not wanted:
        return None
    known = {c.id: c for c in ctx.state.claims() if c.published_at <= spike.bin_end}
    return next((known[claim_id] for claim_id in wanted if claim_id in known), None)
