"""The parts of a message, and the evidence below its sentence: facts, masked quotations, the nearest fact-check. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alerts.phrases import clock_time, date, short_time
from alerts.playbook import topic_name
from kentongan.config import AgencyConfig
from kentongan.places import places
from kentongan.records import Alert, AlertState, Severity, measure_of
from kentongan.text import clean, excerpt, mask_handles, mask_personal
from kentongan.words import Lang, number, say, verdict_words

QUOTES = 3
QUOTE_CHARS = 220
# A link inside a quotation may be the fraud itself: it is shown as a word, never as something to click.
# Chats make a link also of a bare "bit.ly/x"; a full stop without a blank behind it ("padam.Mohon/tolong") is none.
_ENDINGS = "com|net|org|info|biz|id|co|me|ly|io|app|link|site|online|top|xyz|shop|click|page|social|gl|to|cc|be|tv|gg|my|sg|ru|cn|in|us"
_LINK = re.compile(rf"\b(?:https?://|www\.)\S+|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:{_ENDINGS})/[^\s…]\S*", re.IGNORECASE)
_REDDIT_NAME = re.compile(r"(?<!\w)/?u/[A-Za-z0-9_-]{3,20}")


@dataclass(frozen=True, kw_only=True, slots=True)
class QuoteText:
    """One quotation, fit to be shown."""

    text: str
    origin: str  # platform and time, and how many copies
    url: str = ""  # only where it names no private person


@dataclass(frozen=True, kw_only=True, slots=True)
class FactCheckText:
    """A fact-check or clarification close to what is being said."""

    title: str
    origin: str  # verdict, publisher, date
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertText:
    """A message in parts, in the order in which they are read."""

    headline: str
    sentence: str
    severity: Severity | None = None  # None: a test message
    banner: str = ""  # SIMULASI: ...
    marks: tuple[str, ...] = ()  # late, possibly repeated
    clarified: str = ""  # what is out on this already: read before anything is done
    steps: tuple[str, ...] = ()  # what to do, the first one first
    steps_title: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    quotes: tuple[QuoteText, ...] = ()
    fact_check: FactCheckText | None = None
    draft: str = ""  # a clarification to begin with
    links: tuple[tuple[str, str], ...] = ()  # (label, address): where to read on
    commands: tuple[tuple[str, str], ...] = ()  # (what for, what to type)
    footer: str = ""
    over: bool = False  # it is resolved: nothing to hurry for
    unknown: bool = False  # over because nobody watches it any more: no sign of calm


def masked(text: str, agency: AgencyConfig, limit: int = QUOTE_CHARS) -> str:
    """One line without handles, links and personal numbers; the agency's own accounts and hotlines may stay."""
    own = frozenset(handle for _, handle in agency.accounts())
    line = mask_personal(clean(text), frozenset(agency.hotlines))
    line = mask_handles(_LINK.sub(lambda m: "[tautan]", line), own)
    return excerpt(_REDDIT_NAME.sub("u/…", line), limit)


def web_address(url: str) -> str:
    """The address if it is one a reader may follow, else ""."""
    return url if re.fullmatch(r"https?://[^\s<>|\"'`\\]+", url) else ""


def quote_texts(alert: Alert, agency: AgencyConfig, lang: Lang) -> tuple[QuoteText, ...]:
    """Up to three quotations of the latest spike."""
    tag = "SIMULASI: " if alert.simulated else ""
    texts = []
    for quote in alert.spike.top_mentions[:QUOTES]:
        words = masked(quote.text, agency)
        if not words:
            continue
        origin = f"{quote.platform}, {short_time(quote.published_at, agency.timezone, lang)}"
        if quote.copies > 1:
            origin += say(f", {number(quote.copies, lang)} unggahan serupa", f", {number(quote.copies, lang)} similar posts", lang)
        texts.append(QuoteText(text=f"{tag}“{words}”", origin=origin, url=web_address(quote.url)))
    return tuple(texts)


def fact_check_text(alert: Alert, agency: AgencyConfig, lang: Lang) -> FactCheckText | None:
    """The nearest fact-check of the latest spike, if any."""
    claim = alert.spike.nearest_claim
    if claim is None:
        return None
    tag = "SIMULASI: " if alert.simulated else ""
    verdict = verdict_words(claim.verdict, lang).upper()
    return FactCheckText(
        title=tag + excerpt(clean(claim.title), 160),
        origin=f"{verdict} · {excerpt(clean(claim.publisher), 60)} · {date(claim.published_at, agency.timezone, lang)}",
        url=web_address(claim.url),
    )


def facts_of(alert: Alert, agency: AgencyConfig, lang: Lang, *, standing: bool = True) -> tuple[tuple[str, str], ...]:
    """(label, value) lines: since when, how many voices, tone, topics, sources. Of a resolved alert: what it was about.

    standing: also since when somebody is on it (a message says so above).
    """
    spike = alert.spike
    over = alert.state is AlertState.RESOLVED
    facts = [] if over else [(say("Sejak", "Since", lang), clock_time(alert.opened_at, agency.timezone, lang))]
    if spike.distinct_authors and not over:
        facts.append((say("Suara", "Voices", lang), _voices(alert, lang)))
    if spike.negative_share and measure_of(spike.rule) == "negative" and not over:
        share = number(100 * spike.negative_share, lang)
        facts.append((say("Nada", "Tone", lang), say(f"{share}% dari semua sebutan bernada negatif", f"{share}% of all mentions are negative", lang)))
    if spike.reread and not over:
        read, agreed = number(spike.reread, lang), number(spike.confirmed, lang)
        facts.append(
            (
                say("Dibaca ulang", "Read again", lang),
                say(f"dari {read}, {agreed} terkonfirmasi negatif", f"of {read}, {agreed} confirmed negative", lang),
            )
        )
    if topics := alert.topics or spike.topics:
        facts.append((say("Topik", "Topics", lang), ", ".join(topic_name(topic, lang) for topic in topics[:4])))
    if spike.emerging:
        facts.append((say("Baru muncul", "Emerging", lang), ", ".join(f"“{term}”" for term in spike.emerging)))
    if spike.places:
        facts.append((say("Tempat", "Places", lang), _where(alert, lang)))
    if spike.sources:
        facts.append((say("Sumber", "Sources", lang), ", ".join(spike.sources[:5])))
    if spike.sources_down and not over:
        names = ", ".join(spike.sources_down[:5])
        more = len(spike.sources_down) - 5
        names += say(f" dan {more} lagi", f" and {more} more", lang) if more > 0 else ""
        note = say("angka sebenarnya bisa lebih tinggi", "the true number may be higher", lang)
        facts.append((say("Putus", "Not heard", lang), f"{names} ({note})"))
    if standing and alert.state is AlertState.ACKNOWLEDGED and alert.acknowledged_at is not None:
        at = short_time(alert.acknowledged_at, agency.timezone, lang)
        facts.append((say("Ditangani", "Taken on", lang), say(f"sejak {at}", f"since {at}", lang)))
    return tuple(facts)


def _where(alert: Alert, lang: Lang) -> str:
    named = ", ".join(f"{places().name_of(code)} ({number(count, lang)})" for code, count in alert.spike.places)
    return say(f"terbanyak dari {named}", f"most from {named}", lang)


def _voices(alert: Alert, lang: Lang) -> str:
    spike = alert.spike
    authors = number(spike.distinct_authors, lang)
    text = say(f"{authors} akun berbeda", f"{authors} different accounts", lang)
    copies = round(100 * spike.copy_share)
    if copies:
        text += say(f"; {copies}% unggahan berupa salinan", f"; {copies}% of the posts are copies", lang)
    if copies >= 50:
        text += say(" (periksa apakah disebarkan serentak)", " (check whether they are spread in concert)", lang)
    return text
