"""Slack's requests over HTTP, signed: for who can offer Slack an address. Listens on this machine only; a web server with TLS stands in front.

    POST /slack    interactivity and slash commands, with X-Slack-Signature and X-Slack-Request-Timestamp (at most 5 minutes off)
    GET  /healthz  200 while it runs

Anything unsigned, wrongly signed or old gets 401 and changes nothing.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from slack_sdk.signature import Clock as SignatureClock
from slack_sdk.signature import SignatureVerifier

from alerts.slack_desk import Desk, Reply
from kentongan.errors import StoreError
from kentongan.ports import Clock

log = logging.getLogger(__name__)
MAX_BYTES = 1_000_000  # Slack's payloads are some tens of kilobytes
READ_TIMEOUT_S = 10


class SlackEndpoint:
    """Serves until `close`, in threads of its own."""

    def __init__(self, signing_secret: str, desk: Desk, clock: Clock, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = _Server((host, port), _Handler)
        self._server.desk = desk
        self._server.verifier = SignatureVerifier(signing_secret, _Seconds(clock))
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="slack-endpoint", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Answer no more; what was begun is finished."""
        self._server.shutdown()
        self._server.server_close()


class _Seconds(SignatureClock):
    """Our clock as slack_sdk reads one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock.now().timestamp()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for what was begun
    desk: Desk
    verifier: SignatureVerifier


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = READ_TIMEOUT_S

    def do_GET(self) -> None:
        self._reply(200 if self.path == "/healthz" else 404)

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            self._reply(413)
        elif not self._is_signed(body):
            log.warning("slack: a request with a wrong, old or missing signature was turned away")
            self._reply(401)
        elif self.path != "/slack":
            self._reply(404)
        else:
            self._answer(body)

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length") or ""
        if not length.isdecimal() or int(length) > MAX_BYTES:
            return None
        return self.rfile.read(int(length))

    def _is_signed(self, body: bytes) -> bool:
        try:
            return self.server.verifier.is_valid_request(body, dict(self.headers.items()))
        except (ValueError, TypeError):  # a timestamp that is no number, a body that is no text, a signature beyond ASCII
            return False

    def _answer(self, body: bytes) -> None:
        try:
            reply = _reply_to(self.server.desk, body)
        except (ValueError, RecursionError):
            log.warning("slack: a signed request could not be read")
            self._reply(400)
            return
        except StoreError as exc:
            log.error("slack: the request could not be carried out: %s", exc)
            self._reply(503)
            return
        self._reply(200, reply.body)
        reply.then()

    def _reply(self, status: int, body: Mapping[str, Any] | None = None) -> None:
        payload = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
        self.close_connection = True  # an idle connection would hold a thread, and the end of the program
        self.send_response(status)
        if payload:
            self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(payload)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(payload)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what matters is logged by name, and a request line may hold what it should not."""


def _reply_to(desk: Desk, body: bytes) -> Reply:
    """Raises ValueError when it is neither an interaction nor a command, StoreError when it cannot be carried out now."""
    form = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True))
    if "payload" in form:
        payload = json.loads(form["payload"])
        if not isinstance(payload, dict):
            raise ValueError("payload")
        return desk.interaction(payload)
    if "command" in form:
        return desk.command(form)
    raise ValueError("neither payload nor command")
