"""An `AlertText` as Slack's Block Kit. Pure. Limits as in the Block Kit reference (read November 2026): header 150 characters, section 3,000."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alerts.message import AlertText
from kentongan.words import Lang, say

HEADER_CHARS = 150
SECTION_CHARS = 3000
FALLBACK_CHARS = 3000
MESSAGE_CHARS = 10_000  # of all blocks: above about 12,000 Slack refuses with msg_blocks_too_long (its limit is nowhere written down)
_SIGNS = {None: "🔔", "low": "🔵", "medium": "🟡", "high": "🟠", "critical": "🔴"}
Block = dict[str, Any]  # Slack's JSON, built here and nowhere read back


def escape(text: str, limit: int) -> str:
    """Text for mrkdwn: &, < and > as entities, so that no text of a stranger becomes a link or a call to everybody; cut within `limit`."""
    pieces: list[str] = []
    room = limit - 1
    for character in text:
        piece = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(character, character)
        if len(piece) > room:
            return "".join(pieces) + "…"
        pieces.append(piece)
        room -= len(piece)
    return "".join(pieces)


def fallback(text: AlertText) -> str:
    """What notifications and screen readers show."""
    return escape(" ".join(part for part in (text.headline + ".", *text.marks, text.sentence) if part), FALLBACK_CHARS)


def blocks(text: AlertText, lang: Lang, *, brief: bool = False, key: str = "", buttons: Sequence[Block] = ()) -> list[Block]:
    """The message; `brief`: as a reply below its root, which holds the evidence.

    key: the delivery key, written as the first block's id: it is found there also where metadata may not be read.
    buttons: of alerts.slack_buttons; they stand above the evidence, within a thumb's reach, and make the commands needless.
    """
    sign = "⚪" if text.unknown else "✅" if text.over else _SIGNS[text.severity]
    built: list[Block] = [{"type": "header", "text": {"type": "plain_text", "text": _cut(f"{sign} {text.headline}", HEADER_CHARS), "emoji": True}}]
    if key:
        built[0]["block_id"] = block_id(key)
    if text.banner:
        built.append(_section(f"*{escape(text.banner, 500)}*"))
    lead = [f"*{escape(mark, 500)}*" for mark in text.marks] + [escape(text.sentence, 1500)]
    built.append(_section("\n".join(lead)))
    if text.clarified:
        built.append(_section(escape(text.clarified, 1000)))
    if text.steps:
        steps = text.steps[:1] if brief else text.steps
        lines = [f"{n}. {escape(step, 600)}" for n, step in enumerate(steps, start=1)]
        built.append(_section("\n".join([f"*{escape(text.steps_title, 100)}*", *lines])))
    built += buttons
    if not brief:
        built += _details(text, lang, MESSAGE_CHARS - _size(built))
    if text.commands and not buttons:
        built.append(_context(_lines([f"{escape(label, 80)}: `{escape(command, 200)}`" for label, command in text.commands], SECTION_CHARS, lang)))
    if text.links:
        built.append(_context(" · ".join(f"<{escape(url, 2000)}|{escape(label, 80)}>" for label, url in text.links)))
    if text.footer:
        built.append(_context(escape(text.footer, 300)))
    return built


def _details(text: AlertText, lang: Lang, room: int) -> list[Block]:
    """Facts, evidence and draft, as far as there is room for them: Slack refuses a message that is too long as a whole."""
    rows = [f"*{escape(label, 80)}:* {escape(value, 400)}" for label, value in text.facts]
    built = [_section(_lines(rows, min(SECTION_CHARS, max(room, 200)), lang))] if rows else []
    title = say(
        "Rancangan klarifikasi (isi yang dalam kurung siku, periksa, baru terbitkan)",
        "Draft (fill in the brackets, check, then publish)",
        lang,
    )
    draft = [_section(f"*{title}*"), _rich("rich_text_preformatted", [{"type": "text", "text": text.draft}])] if text.draft else []
    for more in (_evidence(text, lang), draft):
        if _size(built) + _size(more) <= room:
            built += more
    return built


def _lines(lines: Sequence[str], limit: int, lang: Lang) -> str:
    """Whole lines within `limit` characters, and how many are left out: none disappears unsaid."""
    if len(whole := "\n".join(lines)) <= limit:
        return whole
    shown: list[str] = []
    room = limit - 80  # for the line that says so
    for line in lines:
        if (room := room - len(line) - 1) < 0:
            break
        shown.append(line)
    left = len(lines) - len(shown)
    return "\n".join([*shown, say(f"… dan {left} lagi: `kentongan alerts`", f"… and {left} more: `kentongan alerts`", lang)])


def _size(part: object) -> int:
    """Characters of all texts in it."""
    if isinstance(part, str):
        return len(part)
    values = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return sum(_size(value) for value in values)


def block_id(key: str) -> str:
    """A delivery key as a block id, which has at most 255 characters."""
    return key[-255:]


def _evidence(text: AlertText, lang: Lang) -> list[Block]:
    """Quotations and fact-check as rich text: its text elements are never read as markup."""
    built: list[Block] = []
    if text.quotes:
        built.append(_section(f"*{say('Yang dikatakan orang', 'What people say', lang)}*"))
        for quote in text.quotes:
            parts: list[Block] = [
                {"type": "text", "text": f"{quote.text} "},
                {"type": "text", "text": f"({quote.origin})", "style": {"italic": True}},
            ]
            if quote.url:
                parts += [{"type": "text", "text": " "}, {"type": "link", "url": quote.url, "text": say("buka", "open", lang)}]
            built.append(_rich("rich_text_quote", parts))
    if text.fact_check:
        check = text.fact_check
        title: Block = {"type": "link", "url": check.url, "text": check.title} if check.url else {"type": "text", "text": check.title}
        label: Block = {"type": "text", "text": say("Cek fakta terdekat: ", "Nearest fact-check: ", lang), "style": {"bold": True}}
        built.append(_rich("rich_text_section", [label, title, {"type": "text", "text": f" ({check.origin})"}]))
    return built


def _section(mrkdwn: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut(mrkdwn, SECTION_CHARS)}}


def _context(mrkdwn: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": _cut(mrkdwn, SECTION_CHARS)}]}


def _rich(kind: str, elements: list[Block]) -> Block:
    return {"type": "rich_text", "elements": [{"type": kind, "elements": elements}]}


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
