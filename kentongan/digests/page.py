"""The digest as one self-contained HTML page and as a few lines for a chat, in Indonesian or English."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, select_autoescape

from kentongan.clock import JAKARTA
from kentongan.digests.numbers import AgencyWeek, WeekNumbers
from kentongan.digests.risk import ALERTS_FULL, FEW, GROWTH_FULL, HOAX_FULL, NEGATIVE_FULL, WEIGHTS
from kentongan.words import Lang, number, say

DAYS = {"id": ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min"), "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
MONTHS = {
    "id": ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
}
LEVELS = {"low": ("rendah", "low"), "medium": ("sedang", "medium"), "high": ("tinggi", "high"), "critical": ("kritis", "critical")}


def date_words(moment: datetime, lang: Lang) -> str:
    """`2 Maret 2026` in WIB."""
    local = moment.astimezone(JAKARTA)
    return f"{local.day} {MONTHS[lang][local.month - 1]} {local.year}"


def duration_words(length: timedelta | None, lang: Lang) -> str:
    """`35 menit`, `4,2 jam`, `2,0 hari`; a dash for None."""
    if length is None:
        return "–"
    hours = length.total_seconds() / 3600
    if hours < 1:
        return f"{hours * 60:.0f} {say('menit', 'min', lang)}"
    if hours < 48:
        return f"{number(hours, lang, 1)} {say('jam', 'h', lang)}"
    return f"{number(hours / 24, lang, 1)} {say('hari', 'days', lang)}"


def change_words(now: float, before: float, lang: Lang) -> str:
    """`+12 %` against the week before; `baru` where there was nothing before."""
    if not before:
        return say("baru", "new", lang) if now else "0 %"
    return f"{100 * (now - before) / before:+.0f} %".replace("-", "−")


def bars(week: AgencyWeek, width: int = 154, height: int = 34) -> list[dict[str, float]]:
    """Geometry of the seven daily bars: total behind, negative in front."""
    top = max((total for total, _ in week.per_day), default=0) or 1
    step = width / 7
    return [
        {"x": i * step, "w": step - 4, "ht": height * total / top, "yt": height - height * total / top, "hn": height * negative / top,
         "yn": height - height * negative / top, "total": total, "negative": negative}
        for i, (total, negative) in enumerate(week.per_day)
    ]  # fmt: skip


@cache
def _environment() -> Environment:
    env = Environment(loader=PackageLoader("kentongan.digests"), autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True)
    return env


def risk_formula(lang: Lang) -> str:
    """The formula as a sentence, made from the very constants that compute it."""
    w = WEIGHTS
    return say(
        f"Risiko (0–100) = {w['negative']} × porsi negatif (penuh pada {NEGATIVE_FULL:.0%}) + {w['growth']} × kenaikan sebutan negatif terhadap "
        f"minggu lalu (penuh pada +{GROWTH_FULL:.0%}) + {w['hoax']} × porsi dugaan hoaks (penuh pada {HOAX_FULL:.0%}) + {w['alerts']} × bobot "
        f"peringatan (rendah 1, sedang 2, tinggi 4, kritis 8; penuh pada {ALERTS_FULL}) + {w['unanswered']} × porsi keluhan tak terjawab. "
        f"Porsi dihitung terhadap sedikitnya {FEW} sebutan, agar sedikit sebutan tidak tampak gawat.",
        f"Risk (0–100) = {w['negative']} × negative share (full at {NEGATIVE_FULL:.0%}) + {w['growth']} × growth of negative mentions against the "
        f"week before (full at +{GROWTH_FULL:.0%}) + {w['hoax']} × share of likely hoaxes (full at {HOAX_FULL:.0%}) + {w['alerts']} × weight of "
        f"alerts (low 1, medium 2, high 4, critical 8; full at {ALERTS_FULL}) + {w['unanswered']} × share of unanswered complaints. "
        f"Shares are taken of at least {FEW} mentions, so that few mentions do not look grave.",
        lang,
    )


def render_html(numbers: WeekNumbers, lang: Lang, made_at: datetime) -> str:
    """The whole page; opens from a file, loads nothing from anywhere."""
    last_day = numbers.window.end - timedelta(seconds=1)
    return _environment().get_template("digest.html").render(
        n=numbers, lang=lang, made_at=made_at.astimezone(JAKARTA), start=date_words(numbers.window.start, lang), end=date_words(last_day, lang),
        say=lambda a, b: say(a, b, lang), num=lambda v, d=0: number(v, lang, d), change=lambda a, b: change_words(a, b, lang), bars=bars,
        duration=lambda d: duration_words(d, lang), date=lambda d: date_words(d, lang), level=lambda s: say(*LEVELS[s], lang),
        formula=risk_formula(lang), day_names=[DAYS[lang][(numbers.window.start.astimezone(JAKARTA).weekday() + i) % 7] for i in range(7)],
        clock=lambda moment, zone: moment.astimezone(ZoneInfo(zone)),
    )  # fmt: skip


def render_chat(numbers: WeekNumbers, lang: Lang, where: str) -> str:
    """A summary of a few lines for a chat: the three riskiest agencies and what drives them."""
    mark = say("[SIMULASI] ", "[SIMULATION] ", lang) if numbers.simulated else ""
    start, end = date_words(numbers.window.start, lang), date_words(numbers.window.end - timedelta(seconds=1), lang)
    lines = [f"{mark}{say('Ringkasan risiko mingguan', 'Weekly risk digest', lang)}, {start} – {end}"]
    for week in numbers.agencies[:3]:
        issue = week.issues[0].topic.replace("-", " ") if week.issues else "–"
        lines.append(say(
            f"{mark}{week.name}: risiko {week.risk.total:.0f} ({say(*LEVELS[week.risk.level], lang)}), minggu lalu {week.risk_before.total:.0f}; "
            f"{number(week.negative, lang)} dari {number(week.total, lang)} sebutan negatif; isu utama: {issue}; peringatan: {len(week.alerts)}",
            f"{mark}{week.name}: risk {week.risk.total:.0f} ({say(*LEVELS[week.risk.level], lang)}), week before {week.risk_before.total:.0f}; "
            f"{number(week.negative, lang)} of {number(week.total, lang)} mentions negative; main issue: {issue}; alerts: {len(week.alerts)}",
            lang,
        ))  # fmt: skip
    return "\n".join([*lines, f"{say('Lengkapnya', 'In full', lang)}: {where}"])
