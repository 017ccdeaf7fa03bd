"""Block Kit drawn as a web page, on Slack's light or dark ground: to look at a message without a workspace. Pure.

It draws the blocks that alerts/slack_blocks.py and alerts/slack_buttons.py build, and raises on any other, so that none goes unseen.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Block = dict[str, Any]  # Slack's JSON
_CODE = re.compile(r"`([^`\n]+)`")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")
_LINK = re.compile(r"&lt;(https?://[^|&]+(?:&amp;[^|&]+)*)\|([^&]+)&gt;")
_BARE = re.compile(r'(?<!["=>])(https?://[^\s<]+)')
_SIGNS = {"🔴": "#e01e5a", "🟠": "#e8912d", "🟡": "#ecb22e", "🔵": "#36a3eb", "✅": "#2eb67d", "⚪": "#ababad", "🔔": "#ababad"}
STYLE = """
body{margin:0;padding:24px;font:15px/1.46 Lato,'Noto Sans','DejaVu Sans',sans-serif;background:var(--ground);color:var(--ink);max-width:680px}
body.light{--ground:#fff;--ink:#1d1c1d;--pale:#616061;--line:#ddd;--code:#c01343;--codeground:#f6f6f6;--link:#1264a3;--button:#fff}
body.dark{--ground:#1a1d21;--ink:#d1d2d3;--pale:#ababad;--line:#3f4246;--code:#e8912d;--codeground:#232529;--link:#1d9bd1;--button:#222529}
.who{font-weight:900}.app{font-size:10px;background:var(--line);padding:1px 4px;border-radius:2px;margin:0 6px}.time{color:var(--pale);font-size:12px}
.block{margin:8px 0}.header{font-size:18px;font-weight:900;line-height:1.3}.context{font-size:13px;color:var(--pale)}
code{color:var(--code);background:var(--codeground);border:1px solid var(--line);border-radius:3px;
padding:1px 3px;font:12px/1.5 'DejaVu Sans Mono',monospace}
pre{background:var(--codeground);border:1px solid var(--line);border-radius:4px;padding:8px;
font:12px/1.5 'DejaVu Sans Mono',monospace;white-space:pre-wrap;margin:4px 0}
blockquote{margin:4px 0;border-left:4px solid var(--line);padding-left:8px}a{color:var(--link);text-decoration:none}
.actions span{display:inline-block;border:1px solid var(--line);background:var(--button);border-radius:4px;padding:5px 12px;
margin:0 8px 6px 0;font-weight:700;font-size:14px}
.actions .primary{background:#007a5a;border-color:#007a5a;color:#fff}.thread{margin-left:28px;border-left:2px solid var(--line);padding-left:14px}
img{max-width:100%;border-radius:6px;border:1px solid var(--line)}
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One message: its blocks, and the picture in its thread, if any."""

    blocks: Sequence[Block]
    time: str
    picture: bytes | None = None
    in_thread: bool = False


def page(messages: Sequence[Shown], *, dark: bool, title: str) -> str:
    """A web page that needs nothing from elsewhere. Raises ValueError on a block or element it cannot draw."""
    body = "".join(_message(message) for message in messages)
    ground = "dark" if dark else "light"
    return (
        f'<!doctype html><html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{html.escape(title)}'
        f'</title><style>{STYLE}</style></head><body class="{ground}">{body}</body></html>\n'
    )


def _message(message: Shown) -> str:
    inner = "".join(f'<div class="block {block["type"]}">{_block(block)}</div>' for block in message.blocks)
    if message.picture is not None:
        data = base64.b64encode(message.picture).decode()
        inner += f'<div class="thread"><img alt="" src="data:image/png;base64,{data}"></div>'
    who = f'<div><span class="who">kentongan</span><span class="app">APP</span><span class="time">{html.escape(message.time)}</span></div>'
    return f'<div class="{"thread" if message.in_thread else "message"}">{who}{inner}</div>'


def _block(block: Block) -> str:
    kind = block["type"]
    if kind == "header":
        return _dotted(html.escape(block["text"]["text"]))
    if kind == "section":
        return _mrkdwn(block["text"]["text"])
    if kind == "context":
        return "".join(f"<div>{_mrkdwn(element['text'])}</div>" for element in block["elements"])
    if kind == "actions":
        return "".join(_control(element) for element in block["elements"])
    if kind == "rich_text":
        return "".join(_rich(part) for part in block["elements"])
    raise ValueError(f"no drawing of a block {kind!r}")


def _dotted(text: str) -> str:
    """Signs as coloured dots: not every machine has the glyphs that Slack brings along."""
    for sign, colour in _SIGNS.items():
        text = text.replace(sign, f'<span style="color:{colour}">●</span>')
    return text


def _control(element: Block) -> str:
    if element["type"] == "button":
        return f'<span class="{element.get("style", "")}">{html.escape(element["text"]["text"])}</span>'
    if element["type"] == "static_select":
        return f"<span>{html.escape(element['placeholder']['text'])} ▾</span>"
    raise ValueError(f"no drawing of an element {element['type']!r}")


def _rich(part: Block) -> str:
    tag = {"rich_text_quote": "blockquote", "rich_text_section": "div", "rich_text_preformatted": "pre"}.get(part["type"])
    if tag is None:
        raise ValueError(f"no drawing of {part['type']!r}")
    return f"<{tag}>{''.join(_piece(piece) for piece in part['elements'])}</{tag}>"


def _piece(piece: Block) -> str:
    words = html.escape(piece.get("text") or piece.get("url", ""))
    if piece["type"] == "link":
        return f'<a href="{html.escape(piece["url"])}">{words}</a>'
    style = piece.get("style", {})
    words = f"<b>{words}</b>" if style.get("bold") else words
    return f"<i>{words}</i>" if style.get("italic") else words


def _mrkdwn(text: str) -> str:
    """Slack's markup; its entities &amp; &lt; &gt; are text already, so only quotes and link brackets are escaped here."""
    escaped = text.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    escaped = _LINK.sub(r'<a href="\1">\2</a>', escaped)
    escaped = _BARE.sub(r'<a href="\1">\1</a>', escaped)
    return _BOLD.sub(r"<b>\1</b>", _CODE.sub(r"<code>\1</code>", escaped)).replace("\n", "<br>")
