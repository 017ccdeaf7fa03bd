"""Two languages for people: Indonesian first, English by choice."""

from __future__ import annotations

import os
from typing import Literal

Lang = Literal["id", "en"]
_VERDICTS = {  # of fact-checkers, in English
    "salah": "false",
    "hoaks": "hoax",
    "menyesatkan": "misleading",
    "keliru": "wrong",
    "sebagian benar": "partly true",
    "benar": "true",
    "klarifikasi": "clarification",
    "penipuan": "fraud",
    "tidak terbukti": "unproven",
    "manipulasi": "manipulated",
    "parodi": "parody",
    "diperiksa": "checked",
}


def current_language() -> Lang:
    """`en` when KENTONGAN_LANG says so, else `id`."""
    return "en" if os.environ.get("KENTONGAN_LANG", "id").lower().startswith("en") else "id"


def say(id_text: str, en_text: str, lang: Lang | None = None) -> str:
    """The text in the reader's language: `lang`, or that of KENTONGAN_LANG."""
    return en_text if (lang or current_language()) == "en" else id_text


def number(value: float, lang: Lang | None = None, digits: int = 0) -> str:
    """A number as people write it: 12.345,6 in Indonesian, 12,345.6 in English."""
    text = f"{value:,.{digits}f}"
    if (lang or current_language()) == "id":
        text = text.translate(str.maketrans(",.", ".,"))
    return text


def verdict_words(verdict: str, lang: Lang) -> str:
    """A fact-checker's verdict; in Indonesian as it was given."""
    if not verdict:
        return say("diperiksa", "checked", lang)
    return verdict if lang == "id" else _VERDICTS.get(verdict.casefold(), verdict)
