"""The Slack client that everything of ours uses: no hidden retries, no proxy for this machine, errors in our own words."""

from __future__ import annotations

import http.client
import ipaddress
import logging
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from alerts.slack_errors import no_answer, refusal
from kentongan.errors import ConfigError, Recoverable
from kentongan.words import say

# What slack_sdk has to say of a failed request is raised, and logged by the outbox; once is enough.
SDK_LOG = logging.getLogger(f"{__name__}.sdk")
SDK_LOG.setLevel(logging.CRITICAL)


def web_client(token: str, *, base_url: str = "", timeout_s: float = 10.0) -> WebClient:
    """A client of Slack's Web API. Raises ConfigError when `base_url` (default: Slack's own) is no address a token may travel to."""
    local = is_local(base_url)
    client = WebClient(
        token=token,
        timeout=cast(int, timeout_s),  # handed to urllib as it is, which takes fractions
        logger=SDK_LOG,
        retry_handlers=[],  # slack_sdk's own would send again after a reset connection, without looking whether it arrived
        base_url=base_url or WebClient.BASE_URL,
    )
    if local:
        client.proxy = None  # slack_sdk would send requests for this machine through HTTPS_PROXY
    return client


def ask(client: WebClient, method: str, destination: str, **arguments: Any) -> Mapping[str, Any]:
    """The answer to one request. Raises Recoverable, Ambiguous or Final."""
    try:
        # Writing methods take JSON; the reading ones only form fields (Slack, "Using the Web API").
        answer = (
            client.api_call(method, json=arguments)
            if method.startswith("chat.")
            else client.api_call(method, data={k: _field(v) for k, v in arguments.items()})
        )
    except SlackApiError as exc:
        raise refusal(exc, destination) from exc
    except (OSError, http.client.HTTPException) as exc:
        raise no_answer(exc, destination) from exc
    except (SlackClientError, ValueError) as exc:  # ValueError: an answer that is not text
        raise Recoverable(say(f"{destination}: jawaban Slack tidak terbaca", f"{destination}: Slack's answer cannot be read")) from exc
    return cast(Mapping[str, Any], answer.data)


def _field(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def is_local(base_url: str) -> bool:
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
