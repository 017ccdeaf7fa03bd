"""What was, or could be, answered: an official statement or fact-check that is out already, and a draft to begin with. Pure."""

from __future__ import annotations

from datetime import timedelta

from alerts.fragments import masked, web_address
from alerts.phrases import clock_time, date, lasting, short_time
from alerts.playbook import entry_and_topic, load_playbook, topic_name
from kentongan.config import AgencyConfig
from kentongan.records import Alert
from kentongan.text import clean, excerpt
from kentongan.words import Lang, say, verdict_words

STATEMENT_CHARS = 160
SINCE_H = 3  # a longer window tells the day's sum, not when it began


def clarified(alert: Alert, agency: AgencyConfig, lang: Lang) -> str:
    """What is out on this topic already, so that nobody answers twice or differently; "" where nothing is."""
    parts = []
    if said := alert.spike.statement:
        recent = timedelta(0) <= alert.spike.bin_end - said.published_at < timedelta(hours=12)
        at = (short_time if recent else clock_time)(said.published_at, agency.timezone, lang)
        words = masked(said.text, agency, STATEMENT_CHARS)
        link = web_address(said.url)
        parts.append(say(f"pernyataan resmi ({at}): “{words}”", f"an official statement ({at}): “{words}”", lang) + (f" {link}" if link else ""))
    if alert.spike.nearest_claim is not None:
        parts.append(say("cek fakta (lihat “Cek fakta terdekat”).", "a fact-check (see “Nearest fact-check”).", lang))
    tag = "SIMULASI · " if alert.simulated else ""
    return tag + say("Sudah diklarifikasi? Ada ", "Clarified already? There is ", lang) + "; ".join(parts) if parts else ""


def time_to_statement(alert: Alert, agency: AgencyConfig, lang: Lang) -> str:
    """How soon the agency spoke, for the closing message; "" where its own accounts are not listened to."""
    said = alert.spike.statement
    if said is None:
        unheard = say("Belum terdengar pernyataan resmi tentang topik ini.", "No official statement on this topic was heard.", lang)
        return unheard if agency.official_accounts else ""
    if said.published_at < alert.opened_at:
        fresh = alert.opened_at - said.published_at < timedelta(hours=12)
        at = (short_time if fresh else clock_time)(said.published_at, agency.timezone, lang)
        return say(f"Pernyataan resmi sudah ada sebelum itu ({at}).", f"An official statement was out before that ({at}).", lang)
    span = lasting(said.published_at - alert.opened_at, lang)
    return say(f"Pernyataan resmi pertama terbit {span} sejak awal.", f"The first official statement came {span} after the beginning.", lang)


def draft(alert: Alert, agency: AgencyConfig, lang: Lang) -> str:
    """A clarification to begin with: only what the alert knows is filled in, the rest stands as [ISI: ...]."""
    book = load_playbook()
    topics = alert.topics or alert.spike.topics
    name, named = entry_and_topic(topics, alert.rule)
    entry = book.entries.get(name, book.default)
    words = entry.draft or book.default.draft
    if words is None:
        return ""
    topic = topic_name(named or topics[0], lang) if topics else say("hal ini", "this", lang)
    return say(words.id, words.en, lang).format(
        agency=agency.name,
        since=_about(alert, agency, lang),
        topic=topic,
        check=_check(alert, agency, lang),
        contact=_contact(agency, lang),
    )


def _about(alert: Alert, agency: AgencyConfig, lang: Lang) -> str:
    """Since about when the complaints came: where the window that told of them begins; left open where that window is long."""
    if alert.spike.window.start < alert.opened_at and alert.spike.window.hours > SINCE_H:
        return say("[ISI: jam]", "[FILL IN: time]", lang)
    begun = min(alert.opened_at, alert.spike.window.start)
    return say("sekitar ", "about ", lang) + clock_time(begun, agency.timezone, lang)


def _check(alert: Alert, agency: AgencyConfig, lang: Lang) -> str:
    claim = alert.spike.nearest_claim
    if claim is None:
        return ""
    who, on = excerpt(clean(claim.publisher), 60), date(claim.published_at, agency.timezone, lang)
    where = f": {link}" if (link := web_address(claim.url)) else ""
    if claim.verdict.casefold() in ("", "klarifikasi", "diperiksa"):  # no verdict to quote
        return say(f"Penjelasan {who} ({on}){where or ' sudah terbit'}. ", f"{who} has explained it ({on}){where}. ", lang)
    verdict = verdict_words(claim.verdict, lang).upper()
    return say(f"Menurut {who} ({on}), kabar itu {verdict}{where}. ", f"According to {who} ({on}), the claim is {verdict}{where}. ", lang)


def _contact(agency: AgencyConfig, lang: Lang) -> str:
    if not agency.hotlines:
        return ""
    return say(". Hubungi kami: ", ". Contact us: ", lang) + ", ".join(agency.hotlines)
