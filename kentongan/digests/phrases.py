"""The digest's turns of phrase, in Indonesian and English: dates, lengths of time, changes, levels, reasons. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from kentongan import words
from kentongan.clock import JAKARTA
from kentongan.digests.risk import ALERTS_FULL, GROWTH_FULL, HOAX_FULL, LEVELS, NEGATIVE_FULL, SEVERITY_POINTS, WEIGHTS
from kentongan.digests.week import AgencyWeek, Answers, WithheldSeen
from kentongan.records import Claim, NotifyReason, Severity, Window
from kentongan.words import Lang, number, say

DAYS = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = {
    "id": ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
}
LEVEL_WORDS: dict[Severity, tuple[str, str]] = {
    "low": ("rendah", "low"),
    "medium": ("sedang", "medium"),
    "high": ("tinggi", "high"),
    "critical": ("kritis", "critical"),
}
REASONS: dict[NotifyReason, tuple[str, str]] = {
    NotifyReason.SILENCED: ("dibisukan", "silenced"),
    NotifyReason.SNOOZED: ("ditunda oleh petugas", "put off by an officer"),
    NotifyReason.ACKNOWLEDGED: ("sudah ditangani petugas", "taken on already"),
    NotifyReason.QUIET_HOURS: ("jam tenang: menunggu pagi", "quiet hours: waited for the morning"),
    NotifyReason.COOLDOWN: ("baru saja selesai: masa jeda", "over a moment ago: cooling down"),
    NotifyReason.SOURCE_OUTAGE: ("sumber putus: keadaannya tidak diketahui", "sources were down: the situation is unknown"),
    NotifyReason.COLD_START: ("riwayat instansi masih terlalu pendek", "the agency's history is still too short"),
    NotifyReason.TOO_FEW_AUTHORS: ("terlalu sedikit akun berbeda", "too few different accounts"),
    NotifyReason.IN_PLACE: ("diperbarui pada pesan sebelumnya", "shown in the message sent before"),
    NotifyReason.MUTED: ("bertambah hanya oleh salinan yang dibisukan petugas", "grew only by copies that an officer muted"),
    NotifyReason.NO_NEXT_GROUP: ("belum ditangani, tetapi tidak ada tujuan berikutnya", "nobody took it on, and there is no next group to tell"),
    NotifyReason.LATE: ("baru diketahui terlambat", "came to be known late"),
}
PLATFORMS = {
    "x": "X",
    "playstore": "Google Play",
    "appstore": "App Store",
    "youtube": "YouTube",
    "tiktok": "TikTok",
    "lapor": "SP4N-LAPOR!",
    "web": "web",
}
SMALL = 20  # shares and changes of fewer are told as numbers, not in percent


def date_words(moment: datetime, lang: Lang) -> str:
    """`2 Maret 2026`, in WIB."""
    local = moment.astimezone(JAKARTA)
    return f"{local.day} {MONTHS[lang][local.month - 1]} {local.year}"


def moment_words(moment: datetime, lang: Lang) -> str:
    """`Selasa 17 Maret, 13.55`, in WIB."""
    local = moment.astimezone(JAKARTA)
    clock = f"{local:%H.%M}" if lang == "id" else f"{local:%H:%M}"
    return f"{DAYS[lang][local.weekday()]} {local.day} {MONTHS[lang][local.month - 1]}, {clock}"


def full_moment(moment: datetime, lang: Lang) -> str:
    """`23 Maret 2026 pukul 07.00 WIB`."""
    local = moment.astimezone(JAKARTA)
    return say(f"{date_words(moment, lang)} pukul {local:%H.%M} WIB", f"{date_words(moment, lang)}, {local:%H:%M} WIB", lang)


def is_midnight(moment: datetime) -> bool:
    """True at the beginning of a day in WIB."""
    local = moment.astimezone(JAKARTA)
    return (local.hour, local.minute, local.second) == (0, 0, 0)


def range_words(window: Window, lang: Lang) -> str:
    """`16–22 Maret 2026`, or two moments where the window does not begin at midnight."""
    if not is_midnight(window.start) or not is_midnight(window.end):
        return f"{full_moment(window.start, lang)} – {full_moment(window.end, lang)}"
    first, last = window.start.astimezone(JAKARTA), (window.end - timedelta(seconds=1)).astimezone(JAKARTA)
    if first.year != last.year:
        return f"{date_words(first, lang)} – {date_words(last, lang)}"
    if first.month != last.month:
        return f"{first.day} {MONTHS[lang][first.month - 1]} – {date_words(last, lang)}"
    return f"{first.day}–{date_words(last, lang)}"


def duration_words(length: timedelta | None, lang: Lang) -> str:
    """`35 menit`, `1 jam 20 menit`, `2 hari 4 jam`; a dash for None."""
    if length is None:
        return "–"
    minutes = round(length.total_seconds() / 60)
    parts = [(minutes // 1440, "hari", "day"), (minutes % 1440 // 60, "jam", "h"), (minutes % 60, "menit", "min")]
    first = next((i for i, (n, *_) in enumerate(parts) if n), None)
    if first is None:
        return say("kurang dari semenit", "less than a minute", lang)
    shown = [(n, one, other + ("s" if other == "day" and n != 1 else "")) for n, one, other in parts[first : first + 2] if n]
    return " ".join(f"{n} {say(one, other, lang)}" for n, one, other in shown)


def share_words(part: float, whole: float, lang: Lang) -> str:
    """`63%`; `3 dari 4` of so few that percent would pretend; `<1%` where rounding would say none; a dash of nothing."""
    if not whole:
        return "–"
    if whole < SMALL:
        return say(f"{number(part, lang)} dari {number(whole, lang)}", f"{number(part, lang)} of {number(whole, lang)}", lang)
    percent = 100 * part / whole
    if 0 < percent < 0.5:
        return "<1%"
    return f"{number(percent, lang)}%"


def change_words(now: int, before: int | None, lang: Lang) -> str:
    """A change against the week before: percent where there is enough to take percent of, else the number itself."""
    if before is None:
        return say("belum ada pembanding", "nothing to compare with yet", lang)
    was = say(f"minggu lalu {number(before, lang)}", f"week before {number(before, lang)}", lang)
    if now == before or before < SMALL:
        return was
    if now >= 3 * before:
        times = number(now / before, lang, 1)
        return say(f"{times} kali lipat ({was})", f"{times} times as many ({was})", lang)
    percent = f"{100 * (now - before) / before:+.0f}%".replace("-", "−")
    return f"{percent} ({was})" if percent not in ("+0%", "−0%") else was


def platform_words(platforms: Iterable[str]) -> str:
    """Platforms by the names they give themselves."""
    return ", ".join(PLATFORMS.get(platform, platform.capitalize()) for platform in platforms)


def verdict_words(claim: Claim, lang: Lang) -> str:
    """The fact-checkers' verdict; in Indonesian as they gave it."""
    return words.verdict_words(claim.verdict, lang)


def words_of_name(name: str) -> frozenset[str]:
    """The words of an agency's name: as a topic, they say nothing of what is wrong."""
    return frozenset(name.casefold().replace("-", " ").split())


def rule_words(rule: str, lang: Lang) -> str:
    """What a rule's alert is about, as the beginning of a sentence."""
    if "hoax" in rule:
        return say("Dugaan hoaks menyebar", "A suspected hoax is spreading", lang)
    if "negative" in rule:
        return say("Sebutan negatif melonjak", "Negative mentions surge", lang)
    return say("Percakapan melonjak", "The conversation surges", lang)


def reason_words(withheld: WithheldSeen, lang: Lang) -> str:
    """Why nobody was told; of a silence with its owner and reason."""
    words = say(*REASONS.get(withheld.reason, (str(withheld.reason), str(withheld.reason))), lang)
    return f"{words} ({withheld.detail})" if withheld.reason is NotifyReason.SILENCED and withheld.detail else words


def window_words(hours: float, lang: Lang) -> str:
    """Length of a peak's window: `30 menit`, `1 jam`, `24 jam`."""
    if hours < 1:
        return f"{hours * 60:.0f} {say('menit', 'minutes', lang)}"
    return f"{number(hours, lang, 0 if hours == int(hours) else 1)} {say('jam', 'hour' if hours == 1 else 'hours', lang)}"


def part_names(lang: Lang) -> dict[str, str]:
    """The parts of the risk."""
    return {
        "negative": say("Porsi negatif", "Negative share", lang),
        "growth": say("Kenaikan negatif", "Growth of negative", lang),
        "hoax": say("Dugaan hoaks", "Likely hoaxes", lang),
        "alerts": say("Peringatan", "Alerts", lang),
        "unanswered": say("Keluhan tak terjawab", "Unanswered complaints", lang),
    }


def part_values(week: AgencyWeek, lang: Lang) -> dict[str, str]:
    """What each part of this week's risk was computed from."""
    counted = sum(a.counted for a in week.alerts)
    return {
        "negative": share_words(week.now.negative, week.now.total, lang),
        "growth": _growth_words(week, lang),
        "hoax": share_words(week.now.hoax, week.now.total, lang),
        "alerts": number(counted, lang),
        "unanswered": _unanswered_words(week.answers, lang),
    }


def _growth_words(week: AgencyWeek, lang: Lang) -> str:
    if week.before is None:
        return say("belum ada pembanding", "no comparison yet", lang)
    growth = week.now.negative - week.before.negative
    sign = "+" if growth > 0 else "−" if growth < 0 else ""
    return f"{sign}{number(abs(growth), lang)} {say('sebutan', 'mentions', lang)}"


def _unanswered_words(answers: Answers, lang: Lang) -> str:
    if not answers.complaints:
        return say("tidak terukur", "not measured", lang) if answers.elsewhere else say("tidak ada keluhan", "no complaints", lang)
    open_ones, all_of_them = number(answers.complaints - answers.answered, lang), number(answers.complaints, lang)
    return say(f"{open_ones} dari {all_of_them}", f"{open_ones} of {all_of_them}", lang)


def formula_rows(lang: Lang) -> list[tuple[str, int, str, str]]:
    """(part, points, what is measured, full at) of the risk, made from the very constants that compute it."""
    points = SEVERITY_POINTS
    names = part_names(lang)
    return [
        (names["negative"], WEIGHTS["negative"], say("sebutan negatif ÷ semua sebutan", "negative ÷ all mentions", lang), f"{NEGATIVE_FULL:.0%}"),
        (
            names["growth"],
            WEIGHTS["growth"],
            say("tambahan sebutan negatif ÷ sebutan negatif minggu lalu", "additional negative mentions ÷ those of the week before", lang),
            f"+{GROWTH_FULL:.0%}",
        ),
        (names["hoax"], WEIGHTS["hoax"], say("sebutan yang diduga hoaks ÷ semua sebutan", "likely hoaxes ÷ all mentions", lang), f"{HOAX_FULL:.0%}"),
        (
            names["alerts"],
            WEIGHTS["alerts"],
            say(
                f"jumlah bobot: rendah {points['low']}, sedang {points['medium']}, tinggi {points['high']}, kritis {points['critical']}",
                f"sum of weights: low {points['low']}, medium {points['medium']}, high {points['high']}, critical {points['critical']}",
                lang,
            ),
            number(ALERTS_FULL, lang),
        ),
        (names["unanswered"], WEIGHTS["unanswered"], say("keluhan tak terjawab ÷ keluhan", "unanswered ÷ all complaints", lang), "100%"),
    ]


def level_ranges(lang: Lang) -> list[tuple[Severity, str]]:
    """(level, its range of points), mildest first."""
    edges: list[tuple[int, Severity]] = [(0, "low"), *LEVELS]
    ends = [start - 1 for start, _ in edges[1:]] + [100]
    return [(level, f"{say(*LEVEL_WORDS[level], lang)} {start}–{end}") for (start, level), end in zip(edges, ends, strict=True)]
