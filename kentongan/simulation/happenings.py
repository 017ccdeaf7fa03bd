"""Three made-up events of the last week: a blackout, a hoax with its fact-check, and a happy campaign that is no reason to alert."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kentongan.simulation.cast import Person, Row
from kentongan.simulation.everyday import Scribe
from kentongan.simulation.grammar import expand, pick
from kentongan.simulation.material import events
from kentongan.simulation.phrases import cities
from kentongan.simulation.rhythm import arrivals, level


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """What really happened in the stream: for judging what was said of it."""

    kind: str  # crisis, hoax, campaign
    agency: str
    start: datetime
    end: datetime  # when four fifths of its posts are out
    rows: int
    alert_expected: bool
    note: str


def crisis(scribe: Scribe, start: datetime, peak_per_hour: float = 100, fall_h: float = 4.5, hours: int = 40) -> Happening:
    """A regional blackout: up within forty minutes, falling over the day, an echo the next."""
    rng, texts = scribe.rng, events()["krisis"]
    written: list[datetime] = []

    def rate(moment: datetime) -> float:
        elapsed = (moment - start).total_seconds() / 3600
        awake = min(1.0, 0.25 + 0.75 * level(moment))
        return peak_per_hour * min(1.0, (elapsed + 0.08) / 0.66) * math.exp(-max(0.0, elapsed - 0.66) / fall_h) * awake

    for moment in arrivals(rng, start, hours, rate, step_min=5):
        elapsed_h = (moment - start).total_seconds() / 3600
        slots = {**scribe.lists(moment, True), **_so_far(elapsed_h, moment), **cities(rng, texts["kota"])}
        dice = rng.random()
        if dice < 0.06 and elapsed_h > 0.5:
            scribe.news(moment, expand(rng, pick(rng, texts["berita"]), slots))
        else:
            mood = "netral" if dice < 0.17 else "keluhan"
            phase = "netral" if mood == "netral" else _phase(rng, elapsed_h)
            place = pick(rng, ("x", "x", "x", "x", "x", "x", "x", "facebook", "facebook", "telegram", "telegram", "youtube", "lapor"))
            if place != "x":
                slots["nama"] = slots["nama_polos"]
            core = expand(rng, pick(rng, texts[phase]), slots)
            sentence = scribe.around(core, slots, "pembuka_kesal", (("minta", 0.3),)) if mood == "keluhan" else core
            row = scribe.say(moment, sentence, mood, place=place, person=scribe.cast.anyone(rng))
            if rng.random() < 0.12:
                scribe.maybe_answer(row, moment)
        written.append(moment)
    for minutes, text in zip((50, 210, 560), texts["resmi"], strict=True):
        scribe.announce(start + timedelta(minutes=minutes), text)
    return _happening("crisis", scribe, start, written, True, "pemadaman listrik se-Jawa Tengah dan DIY (rekaan)")


def _phase(rng: random.Random, elapsed_h: float) -> str:
    shift = elapsed_h + rng.random() - 0.5
    return "awal" if shift < 1.2 else "tengah" if shift < 9 else "akhir"


def _so_far(elapsed_h: float, moment: datetime) -> dict[str, Sequence[str]]:
    hours = max(1, round(elapsed_h))
    dark = min(hours, 11)
    return {
        "sudah": (f"sudah {hours} jam", f"udah {hours} jam lebih", f"hampir {hours + 1} jam") if hours < 14 else ("sejak kemarin",),
        "sudah_jv": (f"{hours} jam",),
        "sudah_lewat": (f"{dark} jam", f"lebih dari {dark} jam", f"{max(2, dark - 1)} jam"),
        "jam_kini": (f"{moment:%H.%M}",),
    }


def hoax(scribe: Scribe, start: datetime, copies: int = 240) -> Happening:
    """A chain message: copies with small changes by many accounts, questions, warnings, and after seven hours the fact-check."""
    rng, texts = scribe.rng, events()["hoaks"]
    slots: dict[str, Sequence[str]] = {
        f"hoaks_{part}": texts[name] for part, name in (("nilai", "nilai"), ("link", "link"), ("jam", "jam"), ("orang", "orang"))
    }
    written = sorted(start + timedelta(minutes=_spread(rng)) for _ in range(copies))
    for moment in written:
        person = scribe.cast.anyone(rng)
        text = pick(rng, texts["awalan"]) + _altered(rng, expand(rng, pick(rng, texts["badan"]), slots)) + pick(rng, texts["akhiran"])
        _post_copy(scribe, moment, text, person)
    checked = start + timedelta(hours=7, minutes=20)
    for name, count, first_h, mood in (("tanya", 26, 0.5, "pertanyaan"), ("bantahan", 70, 3.0, "netral")):
        for _ in range(count):
            moment = start + timedelta(hours=first_h + 14 * rng.random() ** 1.5)
            scribe.say(
                _awake(rng, moment), pick(rng, texts[name]), mood, place=pick(rng, ("x", "x", "facebook", "telegram")), person=scribe.cast.anyone(rng)
            )
    for minutes in (330, 1060):
        scribe.announce(start + timedelta(minutes=minutes), texts["resmi"][0])
    check = texts["periksa"]
    scribe.notebook.write(
        checked,
        check["isi"],
        platform="web",
        source="cekfakta",
        category="factcheck",
        kind="article",
        publisher="Cek Fakta Simulasi",
        title=check["judul"],
        container="Cek Fakta Simulasi",
    )
    for number, headline in enumerate(texts["berita"]):
        scribe.news(checked + timedelta(minutes=40 + 300 * number), headline)
    return _happening("hoax", scribe, start, written, True, f"pesan berantai bantuan THR (rekaan); cek fakta terbit {checked.isoformat()}")


def _spread(rng: random.Random) -> float:
    """Minutes after the first copy: most within six hours, some the next morning."""
    return -150 * math.log(1 - 0.97 * rng.random()) if rng.random() < 0.85 else 780 + 300 * rng.random()


def _awake(rng: random.Random, moment: datetime) -> datetime:
    """The moment, put off until morning when it falls into the night."""
    at = moment if 5 <= moment.hour < 24 else moment.replace(hour=6) + timedelta(minutes=int(rng.random() * 120))
    return at.replace(microsecond=0)


def _altered(rng: random.Random, text: str) -> str:
    """What happens to a message on its way: capitals, a sentence lost, a word changed."""
    dice = rng.random()
    if dice < 0.12:
        return text.upper()
    if dice < 0.25:
        return text.lower()
    if dice < 0.37:
        return text.replace("Saya sudah buktikan sendiri uangnya masuk. ", "")
    if dice < 0.47:
        return text.replace("Segera sebarkan", "Tolong bagikan").replace(", jangan putus di kamu", "")
    return text


def _post_copy(scribe: Scribe, moment: datetime, text: str, person: Person) -> Row:
    rng, book = scribe.rng, scribe.notebook
    moment = moment.replace(microsecond=0)
    place = pick(rng, ("telegram", "telegram", "telegram", "facebook", "facebook", "x"))
    if place == "telegram":
        group = "sim_keluarga_" + pick(rng, scribe.material.lists["kota"]).lower().replace(" ", "")
        return book.write(moment, text, platform="telegram", source="telegram", category="messaging", person=person, container=group)
    if place == "facebook":
        group = f"Info Bansos {pick(rng, scribe.material.lists['kota'])} (simulasi)"
        return book.write(moment, text, platform="facebook", source="facebook", category="social_network", person=person, container=group)
    return book.write(moment, text, platform="x", source="mikroblog", category="microblog", person=person, lang="in")


def campaign(scribe: Scribe, start: datetime, peak_per_hour: float = 42, hours: int = 34) -> Happening:
    """Free buses home: many happy posts for a day and a half, hardly a complaint."""
    rng, texts = scribe.rng, events()["kampanye"]
    written: list[datetime] = []

    def rate(moment: datetime) -> float:
        elapsed = (moment - start).total_seconds() / 3600
        return peak_per_hour * min(1.0, (elapsed + 0.3) / 2.5) * math.exp(-max(0.0, elapsed - 7) / 9) * min(1.4, level(moment))

    for moment in arrivals(rng, start, hours, rate, step_min=10):
        place = pick(rng, ("x", "x", "x", "x", "facebook", "facebook", "youtube", "telegram"))
        slots: Mapping[str, Any] = scribe.lists(moment, place == "x")
        dice = rng.random()
        if dice < 0.07:
            scribe.news(moment, expand(rng, pick(rng, texts["berita"]), slots))
        else:
            mood = "keluhan" if dice < 0.1 else "netral" if dice < 0.28 else "pujian"
            core = expand(rng, pick(rng, texts[mood]), slots)
            sentence = scribe.around(core, slots, "pembuka_senang", (("puji", 0.4),)) if mood == "pujian" else core
            person = scribe.cast.anyone(rng)
            row = scribe.say(moment, sentence, mood, place=place, person=person)
            if mood == "pujian" and rng.random() < 0.35:
                row["text"] += " " + pick(rng, texts["tagar"])
        written.append(moment)
    for minutes in (-30, 300):
        scribe.announce(start + timedelta(minutes=minutes), texts["resmi"][0])
    return _happening("campaign", scribe, start, written, False, "mudik gratis (rekaan)")


def _happening(kind: str, scribe: Scribe, start: datetime, written: Sequence[datetime], alert_expected: bool, note: str) -> Happening:
    ordered = sorted(written)
    end = ordered[int(len(ordered) * 0.8)].replace(microsecond=0)
    return Happening(kind=kind, agency=scribe.material.slug, start=start, end=end, rows=len(ordered), alert_expected=alert_expected, note=note)
