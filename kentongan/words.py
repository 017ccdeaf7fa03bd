"""Two languages for people: Indonesian first, English by choice."""

from __future__ import annotations

import os
from typing import Literal

Lang = Literal["id", "en"]


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
