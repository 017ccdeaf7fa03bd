"""What an alert says, for an officer woken at two in the morning: what happened, what to do, then the evidence.

`compose(notice, agencies)` gives an `AlertText`, which the terminal and Slack draw each in its own way. Nothing in it names a private
person: quotations come masked and are masked again here. Whatever is simulated says so in every line that could be quoted alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from alerts.answers import clarified, draft, time_to_statement
from alerts.fragments import AlertText, fact_check_text, facts_of, quote_texts
from alerts.headlines import TOLD, first_told_at, headline
from alerts.holding import held_by_quiet_hours
from alerts.incidents import is_one_event, worst_of
from alerts.many import of_many_agencies, of_one_event, of_the_night
from alerts.names import agency_of, short_id
from alerts.phrases import clock_time, from_to, lasting, noun, short_time, what_happened, window_length
from alerts.playbook import steps_for
from alerts.standing import standing_marks
from alerts.unwatched import unwatched_sentence, was_unwatched
from kentongan.config import AgencyConfig
from kentongan.records import Alert, AlertState, Notice, NotifyReason, measure_of
from kentongan.words import Lang, current_language, number, say


def compose(notice: Notice, agencies: Mapping[str, AgencyConfig], lang: Lang | None = None) -> AlertText:
    """The words of a notice; `lang`: the reader's, default that of KENTONGAN_LANG."""
    lang = lang or current_language()
    agency = agency_of(notice.alert.agency, agencies)
    if notice.transition is NotifyReason.TEST:
        return _test_text(notice, lang)
    if notice.related and is_one_event(notice):
        alert = replace(notice.alert, severity=worst_of(notice.alert, notice.related))
        return of_one_event(_text(alert, agency, lang, notice), notice, agency, lang)
    text = _text(notice.alert, agency, lang, notice)
    if notice.related:
        parts = of_the_night if all(other.agency == notice.alert.agency for other in notice.related) else of_many_agencies
        text = parts(text, notice, agencies, lang)
    return text


def alert_text(alert: Alert, agency: AgencyConfig, lang: Lang | None = None) -> AlertText:
    """An alert as it stands, outside of any message: for lists, digests and previews."""
    return _text(alert, agency, lang or current_language(), None)


def _text(alert: Alert, agency: AgencyConfig, lang: Lang, notice: Notice | None) -> AlertText:
    over = alert.state is AlertState.RESOLVED
    untold = notice is not None and notice.transition is NotifyReason.FIRST  # over before anybody was told: show the evidence
    moment = notice.decided_at if notice else None
    tag = "SIMULASI · " if alert.simulated else ""
    quiet = not (notice and any(other.state is not AlertState.RESOLVED for other in (*notice.related, *([notice.within] if notice.within else []))))
    sentence = _ended(alert, agency, lang, quiet=quiet) if over else _going_on(alert, agency, lang, moment)
    below = notice is not None and notice.within is not None  # its lead's message has the steps, save those that a hoax adds
    steps = () if over or (below and measure_of(alert.rule) != "hoax") else steps_for(alert.topics or alert.spike.topics, alert.rule, lang)
    return AlertText(
        severity=alert.severity,
        banner=_banner(lang) if alert.simulated else "",
        headline=tag + headline(alert, agency, notice, lang),
        marks=_marks(alert, agency, notice, lang),
        sentence=tag + sentence,
        clarified="" if over else clarified(alert, agency, lang),
        steps=tuple(tag + step for step in steps),
        steps_title=_steps_title(alert.simulated, lang),
        facts=facts_of(alert, agency, lang, standing=notice is None),
        quotes=() if over and not untold else quote_texts(alert, agency, lang),
        fact_check=None if over and not untold else fact_check_text(alert, agency, lang),
        draft="" if over or not steps else tag + draft(alert, agency, lang),
        commands=() if over or below or alert.simulated else _commands(alert, lang),
        footer=tag + say(f"Kentongan · peringatan {short_id(alert)}", f"Kentongan · alert {short_id(alert)}", lang),
        over=over,
        unknown=over and bool(was_unwatched(alert)),
    )


def _steps_title(simulated: bool, lang: Lang) -> str:
    return say("Bila ini sungguhan, lakukan", "If this were real, do this", lang) if simulated else say("Lakukan sekarang", "Do this now", lang)


def _banner(lang: Lang) -> str:
    return say(
        "SIMULASI: kejadian ini karangan untuk peragaan. Tidak ada yang perlu dilakukan, jangan disebarkan.",
        "SIMULASI (simulation): this event is made up for a demonstration. Nothing needs to be done; do not pass it on.",
        lang,
    )


def _going_on(alert: Alert, agency: AgencyConfig, lang: Lang, moment: datetime | None) -> str:
    """How many now, and at the peak if that lies behind."""
    spike = alert.spike
    lull = spike.chance_weeks is not None and spike.chance_weeks < 1 and alert.peak_observed > spike.observed
    sentence = what_happened(spike, agency.timezone, lang, moment, lull=lull)
    return f"{sentence} {_peak(alert, lang)}" if alert.peak_observed > spike.observed else sentence


def _peak(alert: Alert, lang: Lang) -> str:
    peak = f"{number(alert.peak_observed, lang)} {noun(alert.rule, lang, alert.peak_observed)}"
    window = window_length(alert.peak_window_h or alert.spike.window.hours, lang)
    return say(f"Puncaknya {peak} dalam {window}.", f"At its peak, {peak} in {'an ' if window == 'hour' else ''}{window}.", lang)


def _ended(alert: Alert, agency: AgencyConfig, lang: Lang, *, quiet: bool) -> str:
    """How long, how high, how soon somebody was on it. quiet: nothing else of the same event goes on."""
    if gone := was_unwatched(alert):
        return f"{unwatched_sentence(gone, lang)} {_peak(alert, lang)}"
    end = alert.resolved_at or alert.updated_at
    zone = agency.timezone
    span = lasting(end - alert.opened_at, lang)
    when = from_to(alert.opened_at, end, zone, lang)
    parts = [say(f"Berlangsung {span}: {when}.", f"It lasted {span}: {when}.", lang)]
    parts.append(_peak(alert, lang))
    if alert.acknowledged_at is not None:
        taken = lasting(alert.acknowledged_at - first_told_at(alert), lang)
        parts.append(say(f"Mulai ditangani {taken} setelah pesan pertama.", f"Taken on {taken} after the first message.", lang))
    elif any(entry.event in TOLD for entry in alert.timeline[:-1]):
        parts.append(say("Tidak ada yang menandainya sebagai ditangani.", "Nobody marked it as taken on.", lang))
    if spoke := time_to_statement(alert, agency, lang):
        parts.append(spoke)
    if quiet:
        parts.append(
            say("Tidak ada yang mendesak lagi; balas keluhan yang belum terjawab.", "Nothing is urgent any more; answer what is unanswered.", lang)
        )
    return " ".join(parts)


def _marks(alert: Alert, agency: AgencyConfig, notice: Notice | None, lang: Lang) -> tuple[str, ...]:
    if notice is None:
        return ()
    marks = []
    if notice.late:
        marks.append(
            say(
                f"TERLAMBAT: ini terjadi {clock_time(alert.opened_at, agency.timezone, lang)}; Kentongan baru dapat mengabarkannya sekarang.",
                f"LATE: this happened on {clock_time(alert.opened_at, agency.timezone, lang)}; Kentongan could not tell you before.",
                lang,
            )
        )
    elif held := held_by_quiet_hours(alert):
        at = short_time(held, agency.timezone, lang)
        marks.append(say(f"Ditahan sejak {at} karena jam tenang.", f"Held back since {at}: quiet hours.", lang))
    if notice.within is not None:
        marks.append(_part_of(notice.within, agency, lang))
    if notice.transition is NotifyReason.UNATTENDED:
        marks.append(
            say(
                "Diteruskan ke sini karena petugas yang berjaga belum menandainya sebagai ditangani.",
                "Passed on to you because the officers on duty have not marked it as taken on.",
                lang,
            )
        )
    marks += standing_marks(alert, agency, lang, notice.decided_at)
    if notice.repeat:
        marks.append(
            say(
                "MUNGKIN TERULANG: kiriman pertama tidak dijawab; bila Anda sudah menerimanya, abaikan yang ini.",
                "POSSIBLY A REPEAT: the first try got no answer; if you have it already, ignore this one.",
                lang,
            )
        )
    return tuple(marks)


def _part_of(lead: Alert, agency: AgencyConfig, lang: Lang) -> str:
    at, name = short_time(first_told_at(lead), agency.timezone, lang), short_id(lead)
    about = noun(lead.rule, lang)
    return say(
        f"Satu peristiwa dengan peringatan {name} ({about}, dikabarkan {at}). Cukup tangani yang itu.",
        f"One event with alert {name} ({about}, told at {at}). Taking that one on is enough.",
        lang,
    )


def _commands(alert: Alert, lang: Lang) -> tuple[tuple[str, str], ...]:
    name = short_id(alert)
    snooze = (say("Tunda 4 jam", "Put off for 4 hours", lang), f"kentongan alerts snooze {name} --hours 4")
    false = (say("Bukan masalah", "No problem at all", lang), f"kentongan alerts false-alarm {name}")
    show = (say("Lihat lengkap", "See all of it", lang), f"kentongan alerts show {name}")
    if alert.state is AlertState.ACKNOWLEDGED:
        return (show, snooze, false)
    return ((say("Saya tangani", "I am on it", lang), f"kentongan alerts ack {name}"), snooze, false, show)


def _test_text(notice: Notice, lang: Lang) -> AlertText:
    return AlertText(
        headline=say("PESAN UJI · Kentongan tersambung", "TEST MESSAGE · Kentongan is connected", lang),
        sentence=say(
            "Ini hanya percobaan pengiriman. Tidak terjadi apa-apa dan tidak ada yang perlu dilakukan. Peringatan sungguhan akan muncul di sini.",
            "This is only a trial delivery. Nothing has happened and nothing needs to be done. Real alerts will appear here.",
            lang,
        ),
        footer=say(f"Dikirim ke {notice.destination}", f"Sent to {notice.destination}", lang),
    )


__all__ = ["AlertText", "agency_of", "alert_text", "compose", "short_id"]
