"""Doors that messages leave through, on localhost: any HTTP service, and a mail server. Real servers, with scriptable misbehaviour."""

from __future__ import annotations

import socket
import socketserver
import ssl
import struct
import threading
from collections import deque
from email import message_from_string
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

Misbehaviour = str | int | tuple[int, dict[str, str], str]  # "hang", "reset", a status, or (status, headers, body)


class Door:
    """What every door remembers and how it is told to misbehave."""

    url: str

    def __init__(self) -> None:
        self.taken: list[str] = []  # messages that arrived, as text
        self.script: deque[Misbehaviour] = deque()
        self.stopping = threading.Event()

    def misbehave(self, *how: Misbehaviour) -> None:
        """The next messages meet these, one each."""
        self.script.extend(how)

    def next(self) -> Misbehaviour | None:
        return self.script.popleft() if self.script else None


class HttpDoor(Door):
    """An HTTP service: takes any POST. tls: serve https."""

    def __init__(self, answer: str = "ok", *, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                how = door.next()
                if how == "reset":
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                status, headers, said = how if isinstance(how, tuple) else (how if isinstance(how, int) else 200, {}, answer)
                if status == 200:
                    door.taken.append(body)
                if how == "hang":
                    door.stopping.wait()
                    return
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(said.encode())

            def log_message(self, format: str, *args: object) -> None:
                """Tests print nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}"

    def __enter__(self) -> HttpDoor:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()


class MailDoor(Door):
    """A mail server without TLS or log-in: as much SMTP (RFC 5321) as one message needs."""

    def __init__(self) -> None:
        super().__init__()
        door = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self._say("220 localhost")
                data: list[str] | None = None
                for raw in self.rfile:
                    line = raw.decode().rstrip("\r\n")
                    if data is not None:
                        if line == ".":
                            self._take("\n".join(data))
                            data = None
                        else:
                            data.append(line)
                    elif line.upper().startswith("DATA"):
                        data = []
                        self._say("354 go on")
                    elif line.upper().startswith("QUIT"):
                        self._say("221 bye")
                        return
                    else:
                        self._say("250 ok")

            def _take(self, message: str) -> None:
                how = door.next()
                if not isinstance(how, int):
                    parsed = message_from_string(message)
                    texts = [part.get_payload(decode=True) for part in parsed.walk() if part.get_content_maintype() == "text"]
                    subject = str(make_header(decode_header(parsed["Subject"] or "")))
                    door.taken.append(subject + "\n" + b"\n".join(text for text in texts if isinstance(text, bytes)).decode())
                if how == "hang":
                    door.stopping.wait()
                    return
                self._say(f"{how} no" if isinstance(how, int) else "250 ok")

            def _say(self, line: str) -> None:
                self.wfile.write((line + "\r\n").encode())

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"mailto://127.0.0.1:{self.port}"

    def __enter__(self) -> MailDoor:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
