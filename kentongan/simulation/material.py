"""The written material: one YAML file of sentences per agency, one that all share, one for the three events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

SLUGS = ("bmkg", "bpjs-kesehatan", "ditjen-pajak", "dukcapil", "kemenkes", "kpk", "pemprov-dki", "pertamina", "pln", "polri")
_NUMBERS: dict[str, tuple[str, ...]] = {
    "jam": ("3", "4", "5", "7", "8", "9", "10", "11"),
    "jam2": ("12", "1", "2", "3"),
    "puluh": ("15", "20", "25", "30", "35", "40", "45", "60", "75", "90"),
    "ratus": ("120", "150", "200", "250", "300", "450", "500", "750"),
    "juta": ("2", "3", "4", "5"),
}
# Part of the day: (since when, the same in Javanese, greeting)
_PARTS = {
    "night": (("dari semalam", "dari tengah malam", "sejak tadi malam"), ("wiwit mau bengi",), ("malam",)),
    "morning": (("dari subuh", "dari tadi pagi", "sejak pagi", "dari semalam"), ("wiwit isuk", "kawit mau isuk"), ("pagi",)),
    "noon": (("dari pagi", "dari tadi pagi", "sejak kemarin", "dari jam {jam} pagi"), ("wiwit isuk",), ("siang",)),
    "evening": (("dari siang", "dari sore", "dari tadi siang", "sejak kemarin sore", "dari magrib"), ("wiwit awan", "wiwit sore"), ("malam", "sore")),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """What is said about one agency. `lists` holds the sentences by kind, common ones included."""

    slug: str
    name: str
    handles: Mapping[str, str]  # platform -> official account
    app: str  # id in the app shop, "" = none
    per_day: float
    negative: float  # 0-1
    answered: float  # 0-1
    answer_min: float
    known_by: tuple[str, ...]  # lower-case pieces of which one names the agency
    lists: Mapping[str, Sequence[str]]
    local: Mapping[str, Sequence[tuple[str, str]]]  # lokal_negatif, lokal_positif: (language, sentence)

    def names_it(self, text: str) -> bool:
        """A reader can tell from the text alone which agency is meant."""
        lower = text.lower()
        return any(piece in lower for piece in self.known_by)


@lru_cache(maxsize=1)
def common() -> Mapping[str, Sequence[str]]:
    """Sentences and words that all agencies share."""
    found: dict[str, Sequence[str]] = {**_NUMBERS, **_read("common")}
    return found


@lru_cache(maxsize=1)
def events() -> Mapping[str, Any]:
    """Texts of the crisis, the hoax and the campaign."""
    return _read("events")


@lru_cache(maxsize=32)
def material(slug: str) -> Material:
    """Everything about one agency. Raises KeyError for one without a file."""
    if slug not in SLUGS:
        raise KeyError(slug)
    raw = _read(slug)
    lists = {**common(), **{name: value for name, value in raw.items() if isinstance(value, list) and not name.startswith("lokal")}}
    lists["akibat"] = [*raw["akibat"], *raw["akibat"], *common()["akibat"]]
    lists["nama_resmi"] = [raw["nama_resmi"]]
    lists["hotline"] = [raw["hotline"]]
    lists["nama_polos"] = [name for name in raw["nama"] if not name.startswith("@")]
    return Material(
        slug=slug,
        name=raw["nama_resmi"],
        handles=raw["handle"],
        app=raw["app"],
        per_day=raw["per_hari"],
        negative=raw["negatif"],
        answered=raw["tanggap"],
        answer_min=raw["jawab_menit"],
        known_by=tuple(raw["kenal"]),
        lists=lists,
        local={name: [(item["lang"], item["teks"]) for item in raw[name]] for name in ("lokal_negatif", "lokal_positif")},
    )


@lru_cache(maxsize=512)
def slots(slug: str, part: str, fasting: bool, on_x: bool) -> Mapping[str, Sequence[str]]:
    """The agency's lists for a part of the day and a platform: handles of X are written on X only."""
    lists = material(slug).lists
    since, since_jv, greeting = _PARTS[part]
    return {
        **lists,
        "nama": lists["nama"] if on_x else lists["nama_polos"],
        "momen": [*lists["momen_puasa"], *lists["momen_biasa"]] if fasting else lists["momen_biasa"],
        "sejak": since,
        "sejak_jv": since_jv,
        "salam": greeting,
    }


def part_of_day(hour: int) -> str:
    """night, morning, noon or evening."""
    return "night" if hour < 5 else "morning" if hour < 11 else "noon" if hour < 17 else "evening"


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(files("kentongan.simulation").joinpath("texts", f"{name}.yml").read_text(encoding="utf-8"))
    return content
