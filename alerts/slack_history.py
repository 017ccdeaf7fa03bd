"""Looks in a channel's history, or a thread, for the message that carries a delivery key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient

from alerts.slack_blocks import block_id
from alerts.slack_client import ask
from alerts.slack_errors import is_root_gone
from kentongan.errors import Final
from kentongan.records import Notice

EVENT_TYPE = "kentongan_notice"  # of our messages' metadata
PAGES = 20  # of 200 messages: further back nobody looks


def search(client: WebClient, method: str, notice: Notice, **where: Any) -> str | None:
    """The reference of the message with this key, "" when there is none, None when there are too many pages to be sure.

    Raises as `ask` does.
    """
    cursor = ""
    for _ in range(PAGES):
        further = {"cursor": cursor} if cursor else {}
        page = ask(client, method, notice.destination, limit=200, include_all_metadata=True, **where, **further)
        for message in page.get("messages") or ():
            if _bears(message, notice.key):
                return f"{where['channel']}/{message['ts']}"
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return ""
    return None


def search_below(client: WebClient, notice: Notice, channel: str, root: str) -> str | None:
    """As `search`, in the thread of `root`; "" when somebody deleted it."""
    try:
        return search(client, "conversations.replies", notice, channel=channel, ts=root)
    except Final as exc:
        if is_root_gone(exc):
            return ""
        raise


def _bears(message: Mapping[str, Any], key: str) -> bool:
    """True when the message carries this delivery key, in its metadata or as a block's id."""
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") == EVENT_TYPE and (metadata.get("event_payload") or {}).get("key") == key:
        return True
    return any(block.get("block_id") == block_id(key) for block in message.get("blocks") or ())
