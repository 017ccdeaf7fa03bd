"""Sentences about one agency in a mood: a core, what people put around it, and the way one of them types it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime

from kentongan.simulation.cast import Person
from kentongan.simulation.grammar import expand, pick
from kentongan.simulation.material import Material, part_of_day, slots
from kentongan.simulation.rhythm import fasting
from kentongan.simulation.voice import speak

JOINTS = (", ", ", ", ". ", " ", "... ", "! ", ", ")
# Numbers that belong to nobody: a well-known dummy phone number, and identity numbers with the serial 0000, which is never issued.
NUMBERS = (
    "hubungi saya di 0812-3456-7890",
    "WA 081234567890",
    "NIK saya 3374010101900000",
    "no HP saya +62 812 3456 7890",
    "email saya warga.simulasi@contoh.example",
)


def cities(rng: random.Random, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Three different cities, as slots."""
    at = int(rng.random() * len(names))
    return {"kota": (names[at],), "kota2": (names[at - 1],), "kota3": (names[at - 2],)}


class Phrases:
    """Makes sentences; `rng` decides everything."""

    def __init__(self, rng: random.Random, material: Material) -> None:
        self.rng, self.material = rng, material

    def lists(self, moment: datetime, on_x: bool = False) -> Mapping[str, Sequence[str]]:
        """Slots for one post at this moment: {kota} is one city throughout, {kota2} and {kota3} are others."""
        found = slots(self.material.slug, part_of_day(moment.hour), fasting(moment.date()), on_x)
        return {**found, **cities(self.rng, found["kota"])}

    def sentence(self, moment: datetime, mood: str, place: str) -> tuple[str, str]:
        """(a few clauses in that mood, language)."""
        rng, lists = self.rng, self.lists(moment, place == "x")
        if mood in ("keluhan", "pujian") and place != "lapor" and rng.random() < 0.09:
            lang, template = pick(rng, self.material.local["lokal_negatif" if mood == "keluhan" else "lokal_positif"])
            return expand(rng, template, lists), lang
        core = expand(rng, pick(rng, lists[mood]), lists)
        if mood == "keluhan":
            return self.around(core, lists, "pembuka_kesal", (("akibat", 0.45), ("minta", 0.42))), "id"
        if mood == "pujian":
            return self.around(core, lists, "pembuka_senang", (("puji", 0.5),)), "id"
        if mood == "pertanyaan":
            return self.around(core, lists, "pembuka_tanya", ()) + pick(rng, ("?", "?", "??", "")), "id"
        return core, "id"

    def around(self, core: str, lists: Mapping[str, Sequence[str]], opener: str, tails: Sequence[tuple[str, float]]) -> str:
        """The core sentence with what people put before and after it."""
        rng = self.rng
        pieces = [core]
        if rng.random() < 0.35:
            pieces.insert(0, pick(rng, lists[opener]))
        pieces.extend(expand(rng, pick(rng, lists[name]), lists) for name, share in tails if rng.random() < share)
        text = pieces[0]
        for piece in pieces[1:]:
            text += pick(rng, JOINTS) + piece
        return text

    def decorate(self, text: str, mood: str, person: Person, place: str) -> str:
        """Typed by this person, with emoji and hashtags, and with the agency named where nothing else tells it."""
        rng, lists = self.rng, self.material.lists
        text = speak(rng, text, person.voice)
        unnamed = not self.material.names_it(text)
        if place == "x" and (unnamed or rng.random() < 0.22) and f"@{self.material.handles['x']}".lower() not in text.lower():
            handle = "@" + self.material.handles["x"]
            text = f"{handle} {text}" if rng.random() < 0.5 else f"{text} {handle}"
        elif unnamed:
            text = f"{text} ({self.material.name})"
        if rng.random() < person.voice.emoji:
            text += " " + pick(rng, lists[{"keluhan": "emoji_kesal", "pujian": "emoji_senang"}.get(mood, "emoji_netral")])
        if place in ("x", "facebook") and mood in ("keluhan", "pujian") and rng.random() < 0.1:
            text += " " + pick(rng, lists["tagar_kesal" if mood == "keluhan" else "tagar_senang"])
        if mood == "keluhan" and rng.random() < 0.015:
            text += ", " + pick(rng, NUMBERS)
        return text
