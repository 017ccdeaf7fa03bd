"""An `AlertText` as plain text, for mail and chats without a shape of their own. Pure."""

from __future__ import annotations

from alerts.fragments import AlertText
from kentongan.words import Lang, say

BODY_CHARS = 3000  # Telegram takes 4,096 (Bot API, read November 2026); what is cut is at the end: the evidence, never the marks


def title(text: AlertText) -> str:
    """The subject line."""
    return text.headline


def body(text: AlertText, lang: Lang, limit: int = BODY_CHARS) -> str:
    """Everything below the headline, most important first; whole lines within `limit` characters."""
    parts = [*([text.banner] if text.banner else []), *text.marks, text.sentence]
    if text.clarified:
        parts.append(text.clarified)
    if text.steps:
        parts += ["", text.steps_title, *(f"{n}. {step}" for n, step in enumerate(text.steps, start=1))]
    if text.facts:
        parts += ["", *(f"{label}: {value}" for label, value in text.facts)]
    if text.quotes:
        parts += ["", say("Yang dikatakan orang", "What people say", lang)]
        parts += [f"- {quote.text} ({quote.origin})" + (f" {quote.url}" if quote.url else "") for quote in text.quotes]
    if text.fact_check:
        check = text.fact_check
        parts += ["", say("Cek fakta terdekat", "Nearest fact-check", lang) + f": {check.title} ({check.origin}) {check.url}".rstrip()]
    if text.draft:
        parts += ["", say("Rancangan klarifikasi", "Draft", lang) + f": {text.draft}"]
    if text.commands:
        parts += ["", *(f"{label}: {command}" for label, command in text.commands)]
    parts += [""] * bool(text.footer) + [text.footer] * bool(text.footer)
    return _within(parts, limit)


def _within(lines: list[str], limit: int) -> str:
    shown: list[str] = []
    room = limit
    for line in lines:
        if len(line) + 1 > room - 1:
            shown.append("…")
            break
        shown.append(line)
        room -= len(line) + 1
    return "\n".join(shown)
