"""An alert's timeline in words: what happened, what was told, what was held back and why, who did what."""

from __future__ import annotations

from alerts.phrases import SEVERITY_WORDS, clock_time
from kentongan.clock import parse_time
from kentongan.config import AgencyConfig
from kentongan.pipeline.report import REASONS
from kentongan.records import NotifyReason, Severity, TimelineEntry
from kentongan.words import Lang, say

_TOLD: dict[str, tuple[str, str]] = {
    NotifyReason.FIRST: ("dikabarkan", "told"),
    NotifyReason.ESCALATED: ("kenaikan tingkat dikabarkan", "told: a higher level"),
    NotifyReason.DOUBLED: ("dikabarkan: dua kali lipat", "told: twice as many"),
    NotifyReason.REMINDER: ("diingatkan: belum ada yang menangani", "reminded: nobody is on it"),
    NotifyReason.RESOLVED: ("selesainya dikabarkan", "told: it is over"),
    NotifyReason.WIDE_EVENT: ("dikabarkan bersama instansi lain", "told together with other agencies"),
    NotifyReason.MORNING: ("dikabarkan dalam ringkasan pagi", "told in the morning's summary"),
    NotifyReason.UNATTENDED: ("diteruskan ke kelompok berikutnya", "passed on to the next group"),
}
_HAPPENED: dict[str, tuple[str, str]] = {
    "ended": ("percakapan kembali biasa", "the conversation is back to normal"),
    "acknowledged": ("ditangani", "taken on"),
    "false_alarm": ("ditandai salah alarm", "marked as a false alarm"),
    "muted": ("salinan dibisukan", "copies muted"),
    "unwatched": ("ditutup: tidak dipantau lagi", "closed: no longer watched"),
    "claim_removed": ("klaim yang cocok dikeluarkan dari basis klaim", "the claim it matched was taken out"),
}


def entry_words(entry: TimelineEntry, agency: AgencyConfig, lang: Lang) -> str:
    """One line of it, without its time."""
    by = say(f" oleh {entry.by}", f" by {entry.by}", lang) if entry.by else ""
    return _event_words(entry, agency, lang) + by


def _event_words(entry: TimelineEntry, agency: AgencyConfig, lang: Lang) -> str:
    if entry.event == "opened":
        severity: Severity = entry.detail  # type: ignore[assignment]  # the life cycle writes nothing else
        level = say(*SEVERITY_WORDS.get(severity, (entry.detail, entry.detail)), lang)
        return say(f"dibuka, tingkat {level}", f"opened, {level}", lang)
    if entry.event == "snoozed":
        until = clock_time(parse_time(entry.detail), agency.timezone, lang)
        return say(f"ditunda sampai {until}", f"put off until {until}", lang)
    if entry.event == "withheld":
        why = say(*REASONS.get(NotifyReason(entry.detail), (entry.detail, entry.detail)), lang)
        return say(f"tidak dikabarkan: {why}", f"not told: {why}", lang)
    if entry.event in _TOLD:
        lead = entry.detail[:8] if entry.event != NotifyReason.UNATTENDED else ""
        return say(*_TOLD[entry.event], lang) + (say(f" dalam pesan {lead}", f" in the message of {lead}", lang) if lead else "")
    return say(*_HAPPENED.get(entry.event, (entry.event, entry.event)), lang)
