"""Payloads as Slack sends them when somebody presses a button or types /kentongan (its references, read November 2026; trimmed)."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from kentongan.records import Alert
from tests.alerts.builders import at

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # the one of Slack's own documentation


def pressed(alert: Alert, act: str, choice: str = "", *, when: datetime | None = None, response_url: str = "") -> dict[str, Any]:
    """A button (or a menu entry, where there is a choice) below a message of this alert."""
    action: dict[str, Any] = {"action_id": f"kentongan_{act}", "block_id": "b1", "action_ts": f"{(when or at(1)).timestamp():.6f}"}
    if choice:
        action |= {"type": "static_select", "selected_option": {"value": f"{choice}:{alert.id}"}}
    else:
        action |= {"type": "button", "value": alert.id}
    return {
        "type": "block_actions", "user": {"id": "U0DEWI", "username": "dewi", "name": "dewi", "team_id": "T1"}, "api_app_id": "A1",
        "container": {"type": "message", "message_ts": "1772420401.000100", "channel_id": "C00000001"}, "response_url": response_url,
        "actions": [action],
    }  # fmt: skip


def typed(words: str, channel: str = "umum", channel_id: str = "C00000009") -> dict[str, str]:
    """`/kentongan words`, in that channel."""
    return {
        "command": "/kentongan", "text": words, "user_id": "U0DEWI", "user_name": "dewi", "channel_name": channel, "channel_id": channel_id,
        "response_url": "",
    }  # fmt: skip


def post_signed(
    port: int, form: dict[str, str], moment: datetime, *, secret: str = SECRET, headers: dict[str, str] | None = None, path: str = "/slack"
) -> tuple[int, Any]:
    """(status, JSON body or None) of the request as Slack would send it at `moment`. headers: replace or remove (empty) ours."""
    body = urlencode(form)
    stamp = str(int(moment.timestamp()))
    signature = "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    ours = {"Content-Type": "application/x-www-form-urlencoded", "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
    sent = {name: value for name, value in {**ours, **(headers or {})}.items() if value}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", path, body, sent)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, json.loads(text) if text else None
