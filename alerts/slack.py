"""Receiver `slack`: one root message per alert, kept up to date in place, with what happens later in its thread.

Each message carries its delivery key in its metadata and as a block's id, so that after a request without an answer the channel's
history tells whether it arrived: nothing is lost, nothing is sent twice. Slack asks for at most one message a second per channel.
"""

from __future__ import annotations

import http.client
import ipaddress
import logging
import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from alerts.message import AlertText, agency_of, compose
from alerts.slack_blocks import block_id, blocks, fallback
from alerts.slack_errors import NEXT_STEP, ROOT_GONE, no_answer, refusal
from kentongan.config import AgencyConfig
from kentongan.errors import Ambiguous, ConfigError, Final, Recoverable
from kentongan.records import Notice, NotifyReason
from kentongan.words import current_language, say

EVENT_TYPE = "kentongan_notice"
SECONDS_PER_MESSAGE = 1.0  # per channel (Slack's rate limits, read November 2026)
CLOCK_SKEW = timedelta(hours=1)  # how far our clock and Slack's may be apart
PAGES = 20  # of 200 messages: further back nobody looks
# What slack_sdk has to say of a failed request is raised, and logged by the outbox; once is enough.
_SDK_LOG = logging.getLogger(f"{__name__}.sdk")
_SDK_LOG.setLevel(logging.CRITICAL)
_ID = re.compile(r"[CGD][A-Z0-9]{7,}")
# These are shown in the channel as well as in the thread: an officer who does not follow the thread must see them.
_BROADCAST = frozenset({NotifyReason.ESCALATED, NotifyReason.DOUBLED, NotifyReason.REMINDER})


class SlackReceiver:
    """Posts to `slack:#channel` or `slack:C0123ABCD` with a bot token."""

    name = "slack"
    real = True

    def __init__(
        self,
        token: str,
        agencies: Mapping[str, AgencyConfig],
        *,
        base_url: str = "",
        timeout_s: float = 10.0,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        local = _is_local(base_url)
        self._client = WebClient(
            token=token,
            timeout=cast(int, timeout_s),  # handed to urllib as it is, which takes fractions
            logger=_SDK_LOG,
            retry_handlers=[],  # slack_sdk's own would send again after a reset connection, without looking whether it arrived
            base_url=base_url or WebClient.BASE_URL,
        )
        if local:
            self._client.proxy = None  # slack_sdk would send requests for this machine through HTTPS_PROXY
        self._agencies = agencies
        self._sleep = sleep
        self._monotonic = monotonic
        self._last_post: dict[str, float] = {}
        self._ids: dict[str, str] = {}  # "#name" -> channel id

    def send(self, notice: Notice, previous_ref: str) -> str:
        """Post it, or update the root and post below it; returns "channel/ts" of the posted message."""
        if any(alert.simulated for alert in (notice.alert, *notice.related)):  # the outbox keeps them away; nobody else may slip
            raise Final(say(f"{notice.destination}: simulasi tidak pernah dikirim", f"{notice.destination}: a simulation is never sent"))
        agency = agency_of(notice.alert.agency, self._agencies)
        text = compose(notice, self._agencies, agency.language)
        full = {"text": fallback(text), "blocks": blocks(text, agency.language, key=notice.key)}
        payload = {"key": notice.key, "episode": notice.episode}
        channel, _, root = previous_ref.partition("/")
        if not root or notice.transition is NotifyReason.TEST:
            return self._post(notice.destination, _channel(notice.destination), payload, **full)
        of_root = {"event_type": EVENT_TYPE, "event_payload": {"key": "", "episode": notice.episode}}
        keyless = blocks(text, agency.language)
        if not self._updated(notice.destination, channel=channel, ts=root, metadata=of_root, text=full["text"], blocks=keyless):
            return self._post(notice.destination, channel, payload, **full)
        brief = blocks(text, agency.language, brief=True, key=notice.key)
        shown_to_all = notice.transition in _BROADCAST
        return self._post(notice.destination, channel, payload, text=full["text"], blocks=brief, thread_ts=root, reply_broadcast=shown_to_all)

    def find(self, notice: Notice, previous_ref: str = "") -> str | None:
        """Look this notice's key up in the channel (and in its root's thread). Raises Recoverable when Slack does not answer now."""
        try:
            channel = previous_ref.partition("/")[0] or self._channel_id(notice.destination)
            if not channel:
                return None
            oldest = f"{(min(notice.decided_at, notice.alert.opened_at) - CLOCK_SKEW).timestamp():.6f}"
            root = previous_ref.partition("/")[2]
            found = self._search("conversations.replies", notice, channel=channel, ts=root) if root else ""
            return found or self._search("conversations.history", notice, channel=channel, oldest=oldest)
        except Final:  # not allowed to look (missing scope, not in the channel, ...): it cannot tell
            return None

    def tell(self, destination: str, headline: str, sentence: str) -> str:
        """Post a message that is no alert."""
        text = AlertText(headline=headline, sentence=sentence)
        payload = {"key": "", "episode": ""}
        return self._post(destination, _channel(destination), payload, text=fallback(text), blocks=blocks(text, current_language()))

    def identity(self) -> str:
        """Whose token this is: "bot @ workspace". Raises as `send` does."""
        answer = self._ask("auth.test", "slack")
        return f"{answer.get('user', '?')} @ {answer.get('team', '?')}"

    def _post(self, destination: str, channel: str, payload: dict[str, str], **content: Any) -> str:
        now = self._monotonic()
        last = self._last_post.get(channel)
        if last is not None and now - last < SECONDS_PER_MESSAGE:
            self._sleep(SECONDS_PER_MESSAGE - (now - last))
        self._last_post[channel] = self._monotonic()
        answer = self._ask(
            "chat.postMessage", destination, channel=channel, unfurl_links=False, unfurl_media=False,
            metadata={"event_type": EVENT_TYPE, "event_payload": payload}, **content,
        )  # fmt: skip
        ref_channel, ts = str(answer.get("channel") or ""), str(answer.get("ts") or "")
        if not ref_channel or not ts:
            raise Ambiguous(say(f"{destination}: jawaban tanpa channel dan ts", f"{destination}: an answer without channel and ts"))
        self._ids[channel] = ref_channel
        return f"{ref_channel}/{ts}"

    def _search(self, method: str, notice: Notice, **where: Any) -> str | None:
        """The reference of the message with this key, "" when there is none, None when there are too many pages to be sure."""
        cursor = ""
        for _ in range(PAGES):
            page = self._ask(method, notice.destination, limit=200, include_all_metadata=True, **where, **({"cursor": cursor} if cursor else {}))
            for message in page.get("messages") or ():
                if _bears(message, notice.key):
                    return f"{where['channel']}/{message['ts']}"
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return ""
        return None

    def _channel_id(self, destination: str) -> str:
        """The channel's id, which the history is asked by; "" when no channel that the bot can see bears the name."""
        target = _channel(destination)
        if _ID.fullmatch(target):
            return target
        cursor = ""
        for _ in range(PAGES):
            if target in self._ids:
                break
            kinds = {"types": "public_channel,private_channel", "exclude_archived": True, "limit": 1000}
            page = self._ask("conversations.list", destination, **kinds, **({"cursor": cursor} if cursor else {}))
            self._ids |= {f"#{c['name']}": str(c["id"]) for c in page.get("channels") or ()}
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return self._ids.get(target, "")

    def _updated(self, destination: str, **content: Any) -> bool:
        """Bring the root message up to date; False when somebody deleted it."""
        try:
            self._ask("chat.update", destination, **content)
        except Final as exc:
            cause = exc.__cause__
            if isinstance(cause, SlackApiError) and cause.response.get("error") in ROOT_GONE:
                return False
            raise
        return True

    def _ask(self, method: str, destination: str, **arguments: Any) -> Mapping[str, Any]:
        """One request. Raises Recoverable, Ambiguous or Final."""
        try:
            # Writing methods take JSON; the reading ones only form fields (Slack, "Using the Web API").
            answer = (
                self._client.api_call(method, json=arguments)
                if method.startswith("chat.")
                else self._client.api_call(method, data={k: _field(v) for k, v in arguments.items()})
            )
        except SlackApiError as exc:
            raise refusal(exc, destination) from exc
        except (OSError, http.client.HTTPException) as exc:
            raise no_answer(exc, destination) from exc
        except (SlackClientError, ValueError) as exc:  # ValueError: an answer that is not text
            raise Recoverable(say(f"{destination}: jawaban Slack tidak terbaca", f"{destination}: Slack's answer cannot be read")) from exc
        return cast(Mapping[str, Any], answer.data)


def _bears(message: Mapping[str, Any], key: str) -> bool:
    """True when the message carries this delivery key, in its metadata or as a block's id."""
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") == EVENT_TYPE and (metadata.get("event_payload") or {}).get("key") == key:
        return True
    return any(block.get("block_id") == block_id(key) for block in message.get("blocks") or ())


def _field(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _channel(destination: str) -> str:
    channel = destination.partition(":")[2]
    if not channel:
        raise Final(
            say(
                f"{destination}: tanpa nama kanal; isi slack_channel pada berkas instansi",
                f"{destination}: names no channel; set slack_channel in the agency's file",
            )
        )
    return channel


def _is_local(base_url: str) -> bool:
    """True for this machine's own addresses. Raises ConfigError where the token would travel unencrypted to another machine."""
    if not base_url:
        return False
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError(say(f"SLACK_BASE_URL: {base_url!r} bukan alamat http(s)", f"SLACK_BASE_URL: {base_url!r} is no http(s) address"))
    if parts.scheme == "http" and not local:
        raise ConfigError(
            say(
                "SLACK_BASE_URL: harus https, agar token tidak terbaca di jalan", "SLACK_BASE_URL: must be https, or the token can be read on the way"
            )
        )
    return local


__all__ = ["EVENT_TYPE", "NEXT_STEP", "SlackReceiver"]
