"""Slack's requests through Socket Mode: a connection that this machine opens, so no address has to be offered to the internet."""

from __future__ import annotations

import logging

from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from alerts.slack_client import SDK_LOG, is_local, web_client
from alerts.slack_desk import Desk
from alerts.slack_errors import refusal
from kentongan.errors import Recoverable, StoreError
from kentongan.words import say

log = logging.getLogger(__name__)


class SlackSocket:
    """Listens until `close`; slack_sdk reconnects by itself."""

    def __init__(self, app_token: str, desk: Desk, *, base_url: str = "", ping_s: float = 5.0) -> None:
        self._desk = desk
        self._client = SocketModeClient(app_token, logger=SDK_LOG, web_client=web_client(app_token, base_url=base_url), ping_interval=ping_s)
        if is_local(base_url):
            self._client.proxy = None
        self._client.socket_mode_request_listeners.append(self._take)

    def connect(self) -> None:
        """Open the connection. Raises Final when Slack refuses the token, Recoverable when it cannot be reached."""
        try:
            self._client.connect()
        except SlackApiError as exc:
            raise refusal(exc, "slack") from exc
        except (OSError, SlackClientError) as exc:
            raise Recoverable(say(f"slack: tidak tersambung ({type(exc).__name__})", f"slack: no connection ({type(exc).__name__})")) from exc

    def is_connected(self) -> bool:
        """True while the connection stands."""
        return bool(self._client.is_connected())

    def close(self) -> None:
        """Listen no more."""
        self._client.close()

    def _take(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        """Answer one envelope; one that cannot be carried out now is not acknowledged, so that Slack sends it again."""
        try:
            if request.type == "interactive":
                reply = self._desk.interaction(request.payload)
            elif request.type == "slash_commands":
                reply = self._desk.command(request.payload)
            else:
                client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
                return
        except StoreError as exc:
            log.error("slack: the request could not be carried out, Slack will send it again: %s", exc)
            return
        except Exception:
            log.exception("slack: a bug of Kentongan while it answered")  # slack_sdk would go on without a word of it
            raise
        client.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload=dict(reply.body) if reply.body is not None else None)
        )
        reply.then()
