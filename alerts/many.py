"""One message that tells of several alerts: many agencies at once, one agency's night, or one event that fired several rules. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from alerts.fragments import AlertText, fact_check_text, quote_texts
from alerts.headlines import part_over
from alerts.holding import severity_rank
from alerts.names import agency_of, short_id
from alerts.phrases import SEVERITY_WORDS, noun, short_time, window_length
from alerts.playbook import steps_for
from alerts.standing import standing_marks, standing_word
from alerts.unwatched import was_unwatched
from kentongan.config import AgencyConfig
from kentongan.records import Alert, AlertState, Notice, Severity, measure_of
from kentongan.words import Lang, number, say


def of_many_agencies(text: AlertText, notice: Notice, agencies: Mapping[str, AgencyConfig], lang: Lang) -> AlertText:
    """One message for many agencies: how many, which, how much each; the evidence is that of the worst which goes on."""
    alerts = (notice.alert, *notice.related)
    going_on = [alert for alert in alerts if alert.state is not AlertState.RESOLVED]
    shown = max(going_on, key=lambda alert: (severity_rank(alert.severity), alert.spike.observed), default=notice.alert)
    home = agency_of(shown.agency, agencies)
    tag = "SIMULASI · " if notice.alert.simulated else ""
    rows = tuple((tag + agency_of(a.agency, agencies).name, _in_short(a, lang) + _with_people(a, lang)) for a in alerts)
    # What people did is said of each agency in its row: above all of them it would read as if the whole event were taken on.
    of_one = standing_marks(notice.alert, agency_of(notice.alert.agency, agencies), lang, notice.decided_at)
    step = say(
        "Cari kejadian bersamanya dari kutipan di bawah, lalu sepakati satu pernyataan dan satu juru bicara.",
        "Find the common event in the quotations below, then agree on one statement and one spokesperson.",
        lang,
    )
    untaken = [alert for alert in going_on if alert.state is AlertState.OPEN and not alert.simulated]
    return AlertText(
        severity=shown.severity,
        banner=text.banner,
        headline=tag + _headline_of_many(alerts, going_on, shown.severity, lang),
        marks=tuple(mark for mark in text.marks if mark not in of_one),
        sentence=tag + _sentence_of_many(alerts, going_on, lang),
        steps=(tag + step,) if going_on else (),
        steps_title=text.steps_title,
        facts=rows,
        quotes=quote_texts(shown, home, lang) if going_on else (),
        fact_check=fact_check_text(shown, home, lang) if going_on else None,
        commands=tuple((agency_of(a.agency, agencies).name, f"kentongan alerts ack {short_id(a)}") for a in untaken),
        footer=text.footer,
        over=not going_on,
        unknown=not going_on and any(was_unwatched(alert) for alert in alerts),
    )


def _headline_of_many(alerts: Sequence[Alert], going_on: Sequence[Alert], severity: Severity, lang: Lang) -> str:
    names, left = len({a.agency for a in alerts}), len({a.agency for a in going_on})
    level = say(*SEVERITY_WORDS[severity], lang)
    if left == names:
        return say(f"{level} · {names} instansi melonjak bersamaan", f"{level} · {names} agencies surge together", lang)
    if left:
        return say(f"{level} · {left} dari {names} instansi masih melonjak", f"{level} · {left} of {names} agencies still surge", lang)
    if any(was_unwatched(alert) for alert in alerts):
        return say(f"DITUTUP · {names} instansi: reda atau tidak dipantau lagi", f"CLOSED · {names} agencies: over, or no longer watched", lang)
    return say(f"SELESAI · {names} instansi: percakapan kembali biasa", f"OVER · {names} agencies: the conversation is back to normal", lang)


def _sentence_of_many(alerts: Sequence[Alert], going_on: Sequence[Alert], lang: Lang) -> str:
    if not going_on:
        return say(
            "Keadaan tiap instansi ada di bawah; balas keluhan yang belum terjawab.", "Each agency stands below; answer what is unanswered.", lang
        )
    return say(
        "Kemungkinan besar satu kejadian yang menyentuh semuanya. Satu pesan ini menggantikan pesan tiap instansi.",
        "Most likely one event that touches all of them. This one message stands for one per agency.",
        lang,
    )


def _with_people(alert: Alert, lang: Lang) -> str:
    """How it stands with people, or that it is over, for the end of a row."""
    if alert.state is AlertState.RESOLVED:
        return "; " + _ended(alert, lang)
    word = standing_word(alert, lang).lower()
    return f"; {word}" if word else ""


def _ended(alert: Alert, lang: Lang) -> str:
    return say("tidak dipantau lagi", "no longer watched", lang) if was_unwatched(alert) else say("sudah reda", "over", lang)


def _in_short(alert: Alert, lang: Lang) -> str:
    spike = alert.spike
    count, window = f"{number(spike.observed, lang)} {noun(alert.rule, lang)}", window_length(spike.window.hours, lang)
    if spike.chance_weeks is None:
        return say(f"{count} dalam {window}", f"{count} per {window}", lang)
    expected = number(spike.expected, lang)
    return say(f"{count} dalam {window}, biasanya {expected}", f"{count} per {window}, usually {expected}", lang)


def of_the_night(text: AlertText, notice: Notice, agencies: Mapping[str, AgencyConfig], lang: Lang) -> AlertText:
    """One message for what an agency's quiet hours held back: what goes on first, then what is over."""
    alerts = (notice.alert, *notice.related)
    agency = agency_of(notice.alert.agency, agencies)
    tag = "SIMULASI · " if notice.alert.simulated else ""
    open_ = [a for a in alerts if a.state is not AlertState.RESOLVED]
    over = len(alerts) - len(open_)
    going = say(f"{len(open_)} masih berlangsung, {over} sudah reda", f"{len(open_)} still going on, {over} over", lang)
    return AlertText(
        severity=text.severity,
        banner=text.banner,
        headline=tag
        + say(
            f"RINGKASAN PAGI · {agency.name}: {len(alerts)} peringatan semalam",
            f"THIS MORNING · {agency.name}: {len(alerts)} alerts last night",
            lang,
        ),
        marks=(),
        sentence=tag
        + say(
            f"{going}. Ditahan selama jam tenang karena tingkatnya rendah atau sedang.",
            f"{going}. Held back during quiet hours, as their level is low or medium.",
            lang,
        ),
        clarified=text.clarified,
        steps=text.steps if open_ else (),
        steps_title=text.steps_title,
        facts=tuple((tag + _when(a, agency, lang), _of_one_night(a, lang)) for a in alerts),
        quotes=text.quotes,
        fact_check=text.fact_check,
        commands=() if notice.alert.simulated else tuple((_when(a, agency, lang), f"kentongan alerts ack {short_id(a)}") for a in open_),
        footer=text.footer,
        over=not open_,
        unknown=not open_ and any(was_unwatched(alert) for alert in alerts),
    )


def of_one_event(text: AlertText, notice: Notice, agency: AgencyConfig, lang: Lang) -> AlertText:
    """The lead's message with what its companions say: how many, their first step, their fact-check."""
    lead, others = notice.alert, notice.related
    tag = "SIMULASI · " if lead.simulated else ""
    going_on = [other for other in others if other.state is not AlertState.RESOLVED]
    also = tuple((say("Peristiwa yang sama", "The same event", lang), tag + _beside(other, lang)) for other in others)
    hoaxes = [other for other in going_on if measure_of(other.rule) == "hoax" != measure_of(lead.rule)]
    steps = text.steps + tuple(tag + steps_for(other.topics, other.rule, lang)[0] for other in hoaxes)
    check = text.fact_check or next((check for other in going_on if (check := fact_check_text(other, agency, lang))), None)
    text = replace(text, facts=(*also, *text.facts), steps=steps, fact_check=check)
    if lead.state is not AlertState.RESOLVED or not going_on:
        return text
    return replace(text, headline=tag + part_over(lead, going_on, agency, lang), over=False, unknown=False)


def _beside(alert: Alert, lang: Lang) -> str:
    if alert.state is AlertState.RESOLVED:
        return _of_one_night(alert, lang)
    return f"{say(*SEVERITY_WORDS[alert.severity], lang)}, {_in_short(alert, lang)}"


def _when(alert: Alert, agency: AgencyConfig, lang: Lang) -> str:
    """Its level and its hours, which tell one from the other."""
    level = say(*SEVERITY_WORDS[alert.severity], lang)
    begun = short_time(alert.opened_at, agency.timezone, lang)
    end = short_time(alert.resolved_at, agency.timezone, lang) if alert.resolved_at else ""
    return f"{level} {begun.split()[0]}–{end}" if end else f"{level} " + say(f"sejak {begun}", f"since {begun}", lang)


def _of_one_night(alert: Alert, lang: Lang) -> str:
    peak = f"{number(alert.peak_observed, lang)} {noun(alert.rule, lang)}"
    window = window_length(alert.peak_window_h or alert.spike.window.hours, lang)
    state = _ended(alert, lang) if alert.resolved_at else say("masih berlangsung", "still going on", lang)
    state += "" if alert.resolved_at else _with_people(alert, lang)
    return say(f"puncak {peak} dalam {window}; {state}", f"at its peak {peak} per {window}; {state}", lang)
