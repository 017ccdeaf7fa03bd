"""Puts the picture of a spike into the thread of its message. An extra: that it did not arrive is logged, and is no reason to send anything again."""

from __future__ import annotations

import http.client
import logging
from collections.abc import Callable

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from alerts.slack_errors import retry_after_s

log = logging.getLogger(__name__)
PATIENCE_S = 10.0  # a pause that Slack asks for is kept once, if it is no longer: the message's lease is running


def upload(client: WebClient, ref: str, png: bytes, *, name: str, title: str, alt: str, destination: str, sleep: Callable[[float], None]) -> bool:
    """Whether the PNG stands below the message `ref` ("channel/ts"). Three requests; nothing is shown before the last of them."""
    channel, _, ts = ref.partition("/")
    pause: float | None = None
    for again in (True, False):
        try:
            client.files_upload_v2(channel=channel, thread_ts=ts, content=png, filename=name, title=title, alt_txt=alt)
            return True
        except SlackApiError as exc:
            why, pause = str(exc.response.get("error")), retry_after_s(getattr(exc.response, "headers", None) or {})
        except (OSError, http.client.HTTPException, SlackClientError, ValueError) as exc:
            why, pause = type(exc).__name__, None
        if not again or pause is None or pause > PATIENCE_S:
            log.warning("slack: %s: no picture: %s", destination, why)
            return False
        sleep(pause)
    return False
