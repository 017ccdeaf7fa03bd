"""Fakes at the wire: a server that gives one answer to everything, and one that stands between the store and a real Elasticsearch."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

PRODUCT = {"X-Elastic-Product": "Elasticsearch", "Content-Type": "application/json"}
Answer = tuple[int, dict[str, str], bytes]
Interfere = Callable[[str, str, bytes], Answer | None]  # method, path, body; None = let it pass


def error(status: int, kind: str, reason: str = "") -> Answer:
    """An error as Elasticsearch words it."""
    cause = {"type": kind, "reason": reason}
    return status, PRODUCT, json.dumps({"error": {"root_cause": [cause], **cause}, "status": status}).encode()


@contextmanager
def _serving(answer: Callable[[str, str, dict[str, str], bytes], Answer], context: ssl.SSLContext | None = None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, content = answer(self.command, self.path, dict(self.headers), body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _any

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that refuses our certificate is what some tests are about

    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def always(answer: Answer, context: ssl.SSLContext | None = None) -> Any:
    """A server with one answer. Use with `with`; gives its address."""
    return _serving(lambda method, path, headers, body: answer, context)


def between(url: str, interfere: Interfere) -> Any:
    """A server that passes everything on to `url` but what `interfere` answers itself. Use with `with`; gives its address."""
    target = urlsplit(url)

    def answer(method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        own = interfere(method, path, body)
        if own is not None:
            return own
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=60)
        try:
            kept = {name: value for name, value in headers.items() if name.lower() not in ("host", "connection", "accept-encoding")}
            connection.request(method, path, body=body or None, headers=kept)
            found = connection.getresponse()
            passed = {name: value for name, value in found.getheaders() if name.lower() not in ("content-length", "transfer-encoding", "connection")}
            return found.status, passed, found.read()
        finally:
            connection.close()

    return _serving(answer)
