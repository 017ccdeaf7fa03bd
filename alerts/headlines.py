"""The first line of a message: how bad, who, what, and what is new about it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.holding import is_false_alarm
from alerts.phrases import SEVERITY_WORDS, lasting, noun, surge_words
from alerts.standing import standing_word
from alerts.unwatched import unwatched_headline, was_unwatched
from kentongan.config import AgencyConfig
from kentongan.records import Alert, AlertState, Notice, NotifyReason
from kentongan.words import Lang, say

TOLD = frozenset({"first", "wide_event", "morning", "escalated", "doubled", "reminder", "unattended"})  # timeline events that were messages


def headline(alert: Alert, agency: AgencyConfig, notice: Notice | None, lang: Lang) -> str:
    """The headline of a notice; of an alert outside of any message when there is none."""
    reason = notice.transition if notice else NotifyReason.FIRST
    if alert.state is AlertState.RESOLVED:
        if was_unwatched(alert):
            return unwatched_headline(agency, lang)
        if notice is not None and notice.within is not None and notice.within.state is not AlertState.RESOLVED:
            return part_over(alert, (notice.within,), agency, lang)
        return _of_the_end(alert, agency, lang, untold=notice is not None and reason is NotifyReason.FIRST)
    surge = surge_words(alert.rule, lang)
    level = say(*SEVERITY_WORDS[alert.severity], lang)
    if reason is NotifyReason.UPDATED and (word := standing_word(alert, lang)):
        return f"{word} · {agency.name}: {surge}" if is_false_alarm(alert) else f"{word} · {level} · {agency.name}: {surge}"
    return f"{level} · {agency.name}: {_news(alert, notice, lang) or surge}"


def _news(alert: Alert, notice: Notice | None, lang: Lang) -> str:
    """What this message is about, where it is not the beginning."""
    if notice is None:
        return ""
    since = lasting(alert.updated_at - first_told_at(alert), lang)
    return {
        NotifyReason.ESCALATED: say(f"memburuk, {surge_words(alert.rule, lang)}", f"getting worse, {surge_words(alert.rule, lang)}", lang),
        NotifyReason.DOUBLED: say("dua kali lipat sejak pesan terakhir", "twice as many as last told", lang),
        NotifyReason.REMINDER: say(f"sudah {since} belum ada yang menangani", f"nobody on it for {since}", lang),
        NotifyReason.UNATTENDED: say(f"sudah {since} belum ada yang menangani", f"nobody on it for {since}", lang),
    }.get(notice.transition, "")


def _of_the_end(alert: Alert, agency: AgencyConfig, lang: Lang, *, untold: bool) -> str:
    if untold:
        surge = surge_words(alert.rule, lang)
        return say(f"SUDAH LEWAT · {agency.name}: {surge}, lalu reda sendiri", f"OVER ALREADY · {agency.name}: {surge}; it has calmed down", lang)
    return say(f"SELESAI · {agency.name}: percakapan kembali biasa", f"OVER · {agency.name}: the conversation is back to normal", lang)


def part_over(alert: Alert, going_on: Sequence[Alert], agency: AgencyConfig, lang: Lang) -> str:
    """Of an event that fired several rules, one has calmed down."""
    done, rest = noun(alert.rule, lang), ", ".join(noun(other.rule, lang) for other in going_on)
    return say(
        f"REDA SEBAGIAN · {agency.name}: {done} kembali biasa, {rest} belum",
        f"PARTLY OVER · {agency.name}: {done} back to normal, {rest} not yet",
        lang,
    )


def first_told_at(alert: Alert) -> datetime:
    """When the first message about it was decided, else when it opened."""
    return next((entry.at for entry in alert.timeline if entry.event in TOLD), alert.opened_at)
