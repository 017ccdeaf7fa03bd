"""One answer to "is this as it should be?", with the next step: what `doctor` and `elastic check` print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "off", "warning", "missing"]  # off: optional and not set up; missing: needed, so nothing works without it


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    name: str  # stable, for scripts
    state: State
    what: str  # in the reader's language
    next_step: str = ""


SIGNS: dict[State, str] = {"ok": "✓", "off": "-", "warning": "!", "missing": "✗"}
