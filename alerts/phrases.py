"""The turns of phrase of an alert in Indonesian and English: counts, chance, times, lengths of time. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kentongan.clock import zone_label
from kentongan.records import Severity, Spike, measure_of
from kentongan.words import Lang, number, say

SEVERITY_WORDS: dict[Severity, tuple[str, str]] = {
    "low": ("RENDAH", "LOW"),
    "medium": ("SEDANG", "MEDIUM"),
    "high": ("TINGGI", "HIGH"),
    "critical": ("KRITIS", "CRITICAL"),
}
_DAYS_ID = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS_ID = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember")
_MONTHS_EN = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")

# "Once in N weeks" is calibrated on 60 days of history and came out optimistic in long trials: beyond half a year no number is given,
# and below it the number is rounded down.
_STATED_WEEKS = (1, 2, 3, 4, 6, 8, 12, 16, 20, 26)
_RARER_THAN_HALF_A_YEAR = 52


def surge_words(rule: str, lang: Lang) -> str:
    """What happens, as in a headline."""
    return {
        "negative": say("keluhan dan sebutan negatif melonjak", "complaints and negative mentions surge", lang),
        "hoax": say("unggahan yang diduga hoaks menyebar", "a suspected hoax is spreading", lang),
        "total": say("percakapan melonjak", "the conversation surges", lang),
    }[measure_of(rule)]


def noun(rule: str, lang: Lang, count: float = 2) -> str:
    """What is counted."""
    many = "" if count == 1 else "s"
    return {
        "negative": say("sebutan negatif", f"negative mention{many}", lang),
        "hoax": say("sebutan yang diduga hoaks", f"mention{many} suspected of a hoax", lang),
        "total": say("sebutan", f"mention{many}", lang),
    }[measure_of(rule)]


def what_happened(spike: Spike, zone: str, lang: Lang, moment: datetime | None, *, lull: bool = False) -> str:
    """The sentence: how many, in what time, how many are usual then, how rarely chance does it.

    moment: when it is read; the window is called "the last hour" only while it is. lull: the alert is open, this window is nothing unusual.
    """
    end = spike.window.end
    fresh = moment is not None and timedelta(0) <= moment - end <= timedelta(minutes=30)
    length = window_length(spike.window.hours, lang)
    count = f"{number(spike.observed, lang)} {noun(spike.rule, lang, spike.observed)}"
    if fresh:
        text = say(f"{count} dalam {length} terakhir", f"{count} in the last {length}", lang)
    else:
        text = say(
            f"{count} dalam {length} sampai {clock_time(end, zone, lang)}", f"{count} in the {length} up to {clock_time(end, zone, lang)}", lang
        )
    if spike.chance_weeks is None:
        return text + say(
            ". Riwayat instansi ini masih terlalu pendek untuk tahu berapa yang biasa; peringatan dibuka karena jumlahnya melewati batas tetap.",
            ". This agency's history is still too short to know what is usual; the alert opened because the number passed a fixed limit.",
            lang,
        )
    text += f"; {usual(spike, zone, lang, named=fresh)}"
    if lull:
        return text + say("; sedang mereda, tetapi belum dinyatakan selesai.", "; calming down, but not declared over yet.", lang)
    return f"{text}; {chance(spike.chance_weeks, lang)}."


def usual(spike: Spike, zone: str, lang: Lang, *, named: bool) -> str:
    """How many are expected in such a window; `named`: with the day and hour that are meant."""
    few = spike.expected < 0.95
    value = say("kurang dari 1", "fewer than 1", lang) if few else say("sekitar ", "about ", lang) + number(spike.expected, lang)
    local = spike.window.end.astimezone(ZoneInfo(zone))
    if spike.window.hours >= 24:
        return say(f"biasanya {value} dalam sehari", f"usually {value} a day", lang)
    if not named:
        return say(f"biasanya {value} pada jam seperti itu", f"usually {value} at such a time", lang)
    when = f"{_DAYS_ID[local.weekday()]} {local:%H.%M}" if lang == "id" else f"{_DAYS_EN[local.weekday()]} {local:%H:%M}"
    return say(f"biasanya {value} pada {when} {zone_label(zone)}", f"usually {value} on a {when} {zone_label(zone)}", lang)


def chance(weeks: float, lang: Lang) -> str:
    """How rarely chance alone does it, never overstated."""
    if weeks >= _RARER_THAN_HALF_A_YEAR:
        return say("secara kebetulan lebih jarang dari sekali dalam setengah tahun", "by chance less than once in half a year", lang)
    if weeks < 1:
        return say("secara kebetulan bisa terjadi beberapa kali sebulan", "by chance this may happen several times a month", lang)
    stated = max(step for step in _STATED_WEEKS if step <= weeks)
    unit = "week" if stated == 1 else f"{stated} weeks"
    return say(f"secara kebetulan kira-kira sekali dalam {stated} minggu", f"by chance about once in {unit}", lang)


def window_length(hours: float, lang: Lang) -> str:
    """A window's length: 30 minutes, 1 hour, 3 hours; in English without "1" so that "the last hour" reads well."""
    if hours < 1:
        minutes = round(hours * 60)
        return say(f"{minutes} menit", f"{minutes} minutes", lang)
    if lang == "id":
        return f"{number(hours, lang, 0 if hours == int(hours) else 1)} jam"
    return "hour" if hours == 1 else f"{number(hours, lang, 0 if hours == int(hours) else 1)} hours"


def lasting(span: timedelta, lang: Lang) -> str:
    """A length of time in its two largest units: 3 hours 20 minutes, 2 days 4 hours."""
    minutes = max(round(span.total_seconds() / 60), 0)
    parts = [(minutes // 1440, "hari", "day"), (minutes % 1440 // 60, "jam", "hour"), (minutes % 60, "menit", "minute")]
    shown = [say(f"{n} {one}", f"{n} {other}{'' if n == 1 else 's'}", lang) for n, one, other in parts if n][:2]
    return " ".join(shown) or say("kurang dari semenit", "less than a minute", lang)


def clock_time(moment: datetime, zone: str, lang: Lang) -> str:
    """Day, date and time in the agency's zone, with the zone's name."""
    local = moment.astimezone(ZoneInfo(zone))
    day = local.weekday()
    return say(
        f"{_DAYS_ID[day]}, {local.day} {_MONTHS_ID[local.month - 1]} {local.year} pukul {local:%H.%M} {zone_label(zone)}",
        f"{_DAYS_EN[day]} {local.day} {_MONTHS_EN[local.month - 1]} {local.year}, {local:%H:%M} {zone_label(zone)}",
        lang,
    )


def from_to(start: datetime, end: datetime, zone: str, lang: Lang) -> str:
    """Two moments, the day named once when both lie in it."""
    if start.astimezone(ZoneInfo(zone)).date() == end.astimezone(ZoneInfo(zone)).date():
        return f"{clock_time(start, zone, lang)} {say('sampai', 'to', lang)} {short_time(end, zone, lang)}"
    return f"{clock_time(start, zone, lang)} {say('sampai', 'to', lang)} {clock_time(end, zone, lang)}"


def short_time(moment: datetime, zone: str, lang: Lang) -> str:
    """Time of day with the zone's name."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%H.%M} {zone_label(zone)}" if lang == "id" else f"{local:%H:%M} {zone_label(zone)}"


def near_time(moment: datetime, now: datetime, zone: str, lang: Lang) -> str:
    """Time of day, with the day before it where that is not today's: a snooze may last a week."""
    local, today = moment.astimezone(ZoneInfo(zone)).date(), now.astimezone(ZoneInfo(zone)).date()
    if local == today:
        return short_time(moment, zone, lang)
    day = (_DAYS_ID if lang == "id" else _DAYS_EN)[local.weekday()] if abs((local - today).days) < 7 else date(moment, zone, lang)
    return f"{day} {short_time(moment, zone, lang)}"


def date(moment: datetime, zone: str, lang: Lang) -> str:
    """The day in the agency's zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {(_MONTHS_ID if lang == 'id' else _MONTHS_EN)[local.month - 1]} {local.year}"
