"""How one person types: neatly, casually, in slang, in capitals; with typos, stretched words and emoji."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import Literal

Manner = Literal["neat", "casual", "slang", "shout"]

_SLANG: dict[str, tuple[str, ...]] = {
    "tidak": ("gak", "ga", "nggak", "tdk", "g", "enggak"),
    "sudah": ("udah", "udh", "dah", "sdh"),
    "saya": ("aku", "gue", "sy", "saya", "gw"),
    "yang": ("yg", "yg", "yang"),
    "dengan": ("dgn", "sama"),
    "banget": ("bgt", "bgtt", "banget", "bener"),
    "belum": ("blm", "belom", "blom"),
    "tolong": ("tlg", "tolong", "please"),
    "bisa": ("bs", "bisa", "bisa"),
    "untuk": ("utk", "buat"),
    "sampai": ("sampe", "smp", "ampe"),
    "pakai": ("pake", "pk"),
    "kalau": ("kalo", "klo", "kl"),
    "saja": ("aja", "aj"),
    "begini": ("gini", "bgini"),
    "bagaimana": ("gimana", "gmn"),
    "gimana": ("gmn", "gimana"),
    "kenapa": ("knp", "napa", "kenapa"),
    "dari": ("dr", "dari"),
    "karena": ("krn", "karna", "soalnya"),
    "juga": ("jg", "juga"),
    "orang": ("org", "orang"),
    "jangan": ("jgn", "jangan"),
    "kapan": ("kpn", "kapan"),
    "terus": ("trs", "mulu", "terus"),
    "kasih": ("kasih", "kasi"),
    "makasih": ("mksh", "maaciw", "makasih", "tengkyu"),
    "benar": ("bener", "bner"),
    "padahal": ("pdhl", "padahal"),
    "malah": ("mlh", "malah", "malahan"),
    "tapi": ("tp", "tapi"),
    "lagi": ("lg", "lagi"),
    "kemarin": ("kmrn", "kemaren"),
    "mau": ("mw", "mau", "pengen"),
    "habis": ("abis", "habis"),
    "masih": ("msh", "masih"),
    "cepat": ("cepet", "cpt"),
    "lihat": ("liat", "lihat"),
    "hanya": ("cuma", "cm"),
    "cuma": ("cm", "cuman"),
    "bagus": ("bagus", "bgs", "oke"),
    "langsung": ("lgsg", "langsung"),
    "sama": ("sm", "sama"),
    "sekarang": ("skrg", "skrng", "sekarang"),
    "memang": ("emang", "mmg"),
    "datang": ("dateng", "dtg"),
    "semua": ("smua", "semua"),
    "ternyata": ("ternyata", "trnyata"),
    "bayar": ("byr", "bayar"),
    "kantor": ("kntr", "kantor"),
    "pelayanan": ("plynan", "pelayanan"),
    "petugas": ("ptgs", "petugas"),
    "petugasnya": ("petugasnya", "ptgsnya"),
}
_WORD = re.compile(r"(?<![@#\w./])[a-z]+(?![\w@./])")
_LONG = re.compile(r"(?<![@#\w./])[a-z]{6,}(?![\w@./-])")
_STRETCH = re.compile(r"\b(banget|parah|lama|capek|dong|sih|mantap|keren|tolong|min|kak)\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    manner: Manner
    slang: float  # 0-1: share of known words written in slang
    emoji: float  # 0-1: how often a post ends with one
    typos: float  # 0-1: how often a long word is mistyped
    habit: int  # which of several spellings is this person's


def make_voice(rng: random.Random) -> Voice:
    """Somebody's way of writing."""
    dice = rng.random()
    manner: Manner = "neat" if dice < 0.3 else "casual" if dice < 0.7 else "slang" if dice < 0.97 else "shout"
    return Voice(
        manner=manner,
        slang={"neat": 0.05, "casual": 0.4, "slang": 0.8, "shout": 0.3}[manner] * (0.6 + 0.4 * rng.random()),
        emoji=0.5 * rng.random(),
        typos=0.015 if manner == "neat" else 0.04 * rng.random(),
        habit=int(rng.random() * 60),
    )


def speak(rng: random.Random, sentence: str, voice: Voice) -> str:
    """The sentence as this person types it; handles, hashtags, links and names with capitals keep their letters."""
    text = _WORD.sub(lambda m: _spelling(m[0], voice) if m[0] in _SLANG and rng.random() < voice.slang else m[0], sentence)
    if voice.typos:
        text = _LONG.sub(lambda m: _mistype(rng, m[0]) if rng.random() < voice.typos else m[0], text)
    if voice.manner == "slang" and rng.random() < 0.4:
        text = _STRETCH.sub(lambda m: m[0] + m[0][-1] * (1 + int(rng.random() * 4)), text, count=1)
    if voice.manner == "shout" and rng.random() < 0.6:
        return "".join(word if word.startswith(("@", "#", "http")) else word.upper() for word in re.split(r"(\s+)", text))
    if voice.manner == "neat":
        text = text[:1].upper() + text[1:]
        return text if text.endswith((".", "!", "?")) else text + "."
    if voice.manner == "slang" and rng.random() < 0.5:
        text = text.replace(",", "" if rng.random() < 0.5 else "..")
    return text if rng.random() < 0.4 else "".join(word if word.startswith(("@", "#")) else word.lower() for word in re.split(r"(\s+)", text))


def _spelling(word: str, voice: Voice) -> str:
    options = _SLANG[word]
    return options[(voice.habit + len(word)) % len(options)]


def _mistype(rng: random.Random, word: str) -> str:
    at = 1 + int(rng.random() * (len(word) - 3))
    if rng.random() < 0.5:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :] if rng.random() < 0.5 else word[:at] + word[at] + word[at:]
