"""A real HTTP server on localhost that answers as a test says."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    promise: int | None = None  # Content-Length that is claimed, when not the true one
    drip_s: float = 0.0  # seconds between single bytes of the body
    drip_head: bool = False  # drip the status line, too, and never end it
    hang: bool = False  # accept, read the request, and say nothing


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request that the server got."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # lower-case names


Respond = Callable[[Asked], Answer]
NO_ROBOTS = Answer(status=404)


@dataclass
class Server:
    base: str
    asked: list[Asked]

    def paths(self) -> list[str]:
        """Paths asked for, robots.txt left out."""
        return [a.path for a in self.asked if a.path != "/robots.txt"]


@contextmanager
def serve(respond: Respond, *, robots: Answer = NO_ROBOTS) -> Iterator[Server]:
    """A server that calls `respond` for each GET but that for robots.txt."""
    asked: list[Asked] = []
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            request = Asked(path=parts.path, query=query, headers={k.lower(): v for k, v in self.headers.items()})
            asked.append(request)
            answer = robots if request.path == "/robots.txt" else respond(request)
            self.close_connection = True
            if answer.hang:
                over.wait(30)
                return
            if answer.drip_head:
                self.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 2000, 0.05)
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 304:
                self.send_header("Content-Length", str(len(answer.body) if answer.promise is None else answer.promise))
            self.send_header("Connection", "close")
            self.end_headers()
            if answer.drip_s:
                self.drip(answer.body, answer.drip_s)
            else:
                self.wfile.write(answer.body)

        def drip(self, body: bytes, every_s: float) -> None:
            try:
                for place in range(len(body)):
                    if over.is_set():
                        return
                    self.wfile.write(body[place : place + 1])
                    self.wfile.flush()
                    time.sleep(every_s)
            except OSError:
                return  # the client hung up, as it should

        def log_message(self, format: str, *args: object) -> None:
            return

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            return  # clients that hang up are part of the tests

    server = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Server(base=f"http://127.0.0.1:{server.server_address[1]}", asked=asked)
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def closed_port() -> str:
    """A base address at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return f"http://127.0.0.1:{port}"


def sequence(*answers: Answer) -> Respond:
    """These answers one after the other, the last one for ever."""
    left = list(answers)
    lock = threading.Lock()

    def respond(_: Asked) -> Answer:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return respond
