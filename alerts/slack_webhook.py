"""Receiver `slack_webhook`: an incoming webhook, for workspaces where no bot may be installed. It can post, and nothing else.

No update in place, no thread, no buttons, no picture, and no way to look whether a message arrived.
"""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from typing import cast

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient

from alerts.fragments import AlertText
from alerts.posting import PostingReceiver
from alerts.slack_blocks import blocks, fallback
from alerts.slack_client import SDK_LOG, is_local
from alerts.slack_errors import no_answer, retry_after_s
from kentongan.errors import Ambiguous, ConfigError, Final, ReceiverError, Recoverable
from kentongan.words import Lang, say

VARIABLE = "SLACK_WEBHOOK"
_STEPS = {
    "channel_is_archived": ("kanalnya sudah diarsipkan: buka kembali", "its channel is archived: restore it"),
    "channel_not_found": ("kanalnya sudah tidak ada: buat webhook baru", "its channel is gone: make a new webhook"),
    "no_service": ("webhook itu sudah dicabut: buat yang baru", "the webhook was revoked: make a new one"),
    "no_team": ("ruang kerjanya sudah tidak ada", "its workspace is gone"),
    "action_prohibited": ("pengurus ruang kerja melarangnya: minta izin", "the workspace forbids it: ask its administrator"),
}


class SlackWebhookReceiver(PostingReceiver):
    """Posts to `slack_webhook:humas-pln`, whose address is in SLACK_WEBHOOK_HUMAS_PLN."""

    name = "slack_webhook"
    prefix = VARIABLE
    guide = "docs/slack.md"

    def _post(self, destination: str, text: AlertText, lang: Lang, key: str) -> None:
        variable, url = self._address(destination)
        try:
            local = is_local(url)
        except ConfigError:
            raise Final(say(f"{destination}: {variable} bukan alamat https", f"{destination}: {variable} is no https address")) from None
        client = WebhookClient(url, timeout=cast(int, self._timeout_s), logger=SDK_LOG, retry_handlers=[])
        if local:
            client.proxy = None
        try:
            answer = client.send_dict({"text": fallback(text), "blocks": blocks(text, lang, key=key), "unfurl_links": False})
        except (OSError, http.client.HTTPException) as exc:
            raise no_answer(exc, destination) from exc
        except (SlackClientError, ValueError) as exc:
            raise Final(say(f"{destination}: {variable} bukan alamat webhook", f"{destination}: {variable} is no webhook address")) from exc
        if answer.status_code != 200:
            raise _refused(destination, answer.status_code, answer.body, answer.headers)


def _refused(destination: str, status: int, code: str, headers: Mapping[str, object]) -> ReceiverError:
    if status == 429:
        return Recoverable(say(f"{destination}: Slack minta jeda", f"{destination}: Slack asks for a pause"), retry_after_s=retry_after_s(headers))
    if status == 503:
        return Recoverable(say(f"{destination}: Slack sedang tidak tersedia (503)", f"{destination}: Slack is unavailable (503)"))
    if status >= 500 or status == 408:
        return Ambiguous(say(f"{destination}: galat di pihak Slack ({status})", f"{destination}: an error on Slack's side ({status})"))
    known = code.strip() if code.strip() in _STEPS else str(status)
    step = say(*_STEPS.get(known, ("periksa alamatnya, lalu laporkan kode ini", "check its address, then report this code")))
    return Final(say(f"{destination}: Slack menolak ({known}): {step}", f"{destination}: Slack refuses ({known}): {step}"))
