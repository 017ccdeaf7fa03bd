"""A Slack workspace on localhost: a real HTTP server that speaks the shapes of the Web API methods we use, with scriptable misbehaviour.

    with SlackServer() as slack:
        slack.misbehave("chat.postMessage", Answer(429, headers={"Retry-After": "2"}))
        SlackReceiver("xoxb-test", agencies, base_url=slack.url).send(...)
        slack.channel("#humas-pln").messages

Shapes after Slack's method references (read November 2026). Every request that was understood is kept in `requests`.
"""

from __future__ import annotations

import itertools
import json
import socket
import ssl
import struct
import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

Json = dict[str, Any]
TOKEN = "xoxb-test-token"  # opens nothing but this server
APP_TOKEN = "xapp-test-token"


@dataclass(frozen=True)
class Answer:
    """Answer with this status (and body) instead of doing anything."""

    status: int = 200
    body: Json | str = field(default_factory=lambda: {"ok": False, "error": "scripted"})
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hang:
    """Take the request, then say nothing until the server stops. `done`: whether it was carried out first."""

    done: bool


@dataclass(frozen=True)
class Reset:
    """Take the request, then reset the connection. `done`: whether it was carried out first."""

    done: bool


@dataclass(frozen=True)
class Pause:
    """Carry the request out, answer only when the gate opens."""

    gate: threading.Event
    done: bool = True


Misbehaviour = Answer | Hang | Reset | Pause


@dataclass
class Channel:
    id: str
    name: str
    member: bool = True
    archived: bool = False
    messages: list[Json] = field(default_factory=list)  # oldest first; thread replies too, with thread_ts

    def roots(self) -> list[Json]:
        """Messages that are not replies."""
        return [m for m in self.messages if m.get("thread_ts", m["ts"]) == m["ts"]]

    def keys(self) -> list[str]:
        """Delivery keys of the messages, oldest first; updates of a root leave none."""
        return [m["posted_key"] for m in self.messages]


EPOCH_S = 1_772_420_400  # what the workspace's clock shows at its start: tests.factories.T0; a second passes with each message


class SlackServer:
    """Serves until the end of the `with` block. Thread-safe; other processes may use it through `url`."""

    def __init__(
        self,
        channels: tuple[str, ...] = ("humas-pln", "humas-bpjs"),
        page: int = 100,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.channels = {f"#{name}": Channel(id=f"C{n:08d}", name=name) for n, name in enumerate(channels, start=1)}
        self.page = page
        self.metadata_readable = True  # False: as for an app without the scope metadata.message:read
        self.requests: list[tuple[str, Json]] = []
        self.told: list[Json] = []  # words for one person, sent to a response_url
        self.files: dict[str, bytes] = {}  # uploaded, by file id
        self.socket_url = ""  # of the Socket Mode server, if there is one
        self.answered: list[str] = []  # methods whose answer has left
        self._scripts: dict[str, deque[Misbehaviour]] = defaultdict(deque)
        self._ts = itertools.count(1)
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._stopping = threading.Event()
        self._server = ThreadingHTTPServer((host, port), _Handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._server.workspace = self  # type: ignore[attr-defined]  # how a handler finds its workspace
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/"

    def __enter__(self) -> SlackServer:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def misbehave(self, method: str, *how: Misbehaviour) -> None:
        """The next requests of `method` meet these, one each; then all is well again."""
        with self._lock:
            self._scripts[method].extend(how)

    def channel(self, name: str) -> Channel:
        """The channel `#name`."""
        return self.channels[name]

    def calls(self, method: str) -> list[Json]:
        """Arguments of the requests of `method` so far."""
        with self._lock:
            return [arguments for name, arguments in self.requests if name == method]

    @property
    def response_url(self) -> str:
        """Where words for the person who pressed a button go."""
        return self.url.replace("/api/", "/actions/T1/1/abc")

    def take_words(self, words: Json) -> None:
        """Words for one person."""
        with self._changed:
            self.told.append(words)
            self._changed.notify_all()

    def wait_until_told(self, count: int = 1, timeout_s: float = 60) -> None:
        """Return once so many have come."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.told) >= count, timeout_s):
                raise AssertionError(f"nobody was told within {timeout_s} s")

    def wait_until_answered(self, method: str, count: int = 1, timeout_s: float = 60) -> None:
        """Return once `count` answers of `method` have left."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.answered.count(method) >= count, timeout_s):
                raise AssertionError(f"no answer of {method} left within {timeout_s} s")

    def note_answer(self, method: str) -> None:
        """The answer is on its way."""
        with self._changed:
            self.answered.append(method)
            self._changed.notify_all()

    def wait_for(self, method: str, count: int = 1, timeout_s: float = 60) -> None:
        """Return once `count` requests of `method` have been taken (and carried out, where they were to be)."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.calls(method)) >= count, timeout_s):
                raise AssertionError(f"no {method} came within {timeout_s} s")

    # what the handler calls

    def take(self, method: str, arguments: Json, token: str) -> tuple[Misbehaviour | None, Json]:
        """Carry the request out, unless its script says otherwise."""
        with self._changed:
            script = self._scripts[method].popleft() if self._scripts[method] else None
            try:
                if isinstance(script, Answer) or (script is not None and not script.done):
                    return script, {}
                if method == "apps.connections.open" and token == APP_TOKEN:
                    return script, {"ok": True, "url": self.socket_url}
                if token != TOKEN:
                    return script, {"ok": False, "error": "invalid_auth"}
                return script, self._carry_out(method, arguments)
            finally:
                self.requests.append((method, arguments))
                self._changed.notify_all()

    def _carry_out(self, method: str, arguments: Json) -> Json:
        if method == "auth.test":
            return {"ok": True, "user": "kentongan", "team": "Diskominfo", "bot_id": "B1", "url": "https://diskominfo.slack.com/"}
        if method == "conversations.list":
            listed = [{"id": c.id, "name": c.name, "is_archived": c.archived} for c in self.channels.values() if not c.archived]
            return self._paged("channels", listed, arguments)
        if method.startswith("files."):
            return self._upload(method, arguments)
        target = str(arguments.get("channel", ""))
        by_name = self.channels.get(target if target.startswith("#") else f"#{target}")
        channel = by_name or next((c for c in self.channels.values() if c.id == target), None)
        if channel is None or (method.startswith("conversations.") and target != channel.id):
            return {"ok": False, "error": "channel_not_found"}  # the history is asked by id only
        archived = channel.archived and method.startswith("chat.")
        if not channel.member or archived:
            return {"ok": False, "error": "is_archived" if channel.member else "not_in_channel"}
        return {
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.history": self._history,
            "conversations.replies": self._replies,
        }.get(method, lambda *_: {"ok": False, "error": "unknown_method"})(channel, arguments)

    def _post(self, channel: Channel, arguments: Json) -> Json:
        if problem := _problem(arguments):
            return {"ok": False, "error": problem}
        ts = f"{EPOCH_S + next(self._ts)}.000100"
        thread = arguments.get("thread_ts")
        if thread and not any(m["ts"] == thread for m in channel.messages):
            return {"ok": False, "error": "thread_not_found"}
        message = {
            "type": "message",
            "ts": ts,
            "text": arguments.get("text", ""),
            "blocks": arguments.get("blocks", []),
            "metadata": arguments.get("metadata", {}),
            "posted_key": (arguments.get("metadata") or {}).get("event_payload", {}).get("key", ""),
        }
        if thread:
            message |= {"thread_ts": thread, **({"subtype": "thread_broadcast"} if arguments.get("reply_broadcast") else {})}
        channel.messages.append(message)
        return {"ok": True, "channel": channel.id, "ts": ts, "message": message}

    def _upload(self, method: str, arguments: Json) -> Json:
        """An address to upload to; then the file as a message in a thread."""
        if method == "files.getUploadURLExternal":
            name = f"F{next(self._ts)}"
            return {"ok": True, "file_id": name, "upload_url": self.url.replace("/api/", f"/upload/{name}")}
        channel = next((c for c in self.channels.values() if c.id == arguments.get("channel_id")), None)
        if channel is None or not channel.member:
            return {"ok": False, "error": "channel_not_found"}
        files = json.loads(arguments["files"]) if isinstance(arguments["files"], str) else arguments["files"]
        ts = f"{EPOCH_S + next(self._ts)}.000100"
        message = {"type": "message", "subtype": "file_share", "ts": ts, "text": "", "blocks": [], "files": files, "posted_key": ""}
        channel.messages.append({**message, "thread_ts": arguments.get("thread_ts")})
        return {"ok": True, "files": files}

    def _update(self, channel: Channel, arguments: Json) -> Json:
        message = next((m for m in channel.messages if m["ts"] == arguments.get("ts")), None)
        if message is None:
            return {"ok": False, "error": "message_not_found"}
        if problem := _problem(arguments):
            return {"ok": False, "error": problem}
        message.update({key: arguments[key] for key in ("text", "blocks", "metadata") if key in arguments})
        return {"ok": True, "channel": channel.id, "ts": message["ts"], "text": message["text"]}

    def _history(self, channel: Channel, arguments: Json) -> Json:
        shown = [m for m in channel.messages if m.get("thread_ts", m["ts"]) == m["ts"] or m.get("subtype") == "thread_broadcast"]
        return self._paged("messages", self._seen(reversed(shown), arguments), arguments)

    def _replies(self, channel: Channel, arguments: Json) -> Json:
        root = arguments.get("ts")
        thread = [m for m in channel.messages if m["ts"] == root or m.get("thread_ts") == root]
        if not thread:
            return {"ok": False, "error": "thread_not_found"}
        return self._paged("messages", self._seen(thread, arguments), arguments)

    def _seen(self, messages: Iterable[Json], arguments: Json) -> list[Json]:
        """Metadata only when asked for and allowed, as Slack does; nothing before `oldest`."""
        asked = self.metadata_readable and str(arguments.get("include_all_metadata", "")).lower() in ("true", "1")
        oldest = float(arguments.get("oldest") or 0)
        return [{k: v for k, v in m.items() if k != "posted_key" and (asked or k != "metadata")} for m in messages if float(m["ts"]) > oldest]

    def _paged(self, key: str, items: list[Json], arguments: Json) -> Json:
        start = int(arguments.get("cursor") or 0)
        size = min(int(arguments.get("limit") or 100), self.page)
        more = start + size < len(items)
        return {
            "ok": True,
            key: items[start : start + size],
            "has_more": more,
            "response_metadata": {"next_cursor": str(start + size) if more else ""},
        }


def _problem(arguments: Json) -> str:
    """Slack's own checks of a message, as far as a program can run into them."""
    if not arguments.get("text") and not arguments.get("blocks"):
        return "no_text"
    if len(arguments.get("blocks") or []) > 50:
        return "invalid_blocks"
    for block in arguments.get("blocks") or []:
        text = block.get("text", {}).get("text", "") if isinstance(block.get("text"), dict) else ""
        if len(text) > {"header": 150, "section": 3000}.get(block["type"], 3000) or (block["type"] in ("header", "section") and not text):
            return "invalid_blocks"
        if block["type"] == "context" and not 1 <= len(block["elements"]) <= 10:
            return "invalid_blocks"
    if _characters(arguments.get("blocks") or []) > 12_000:
        return "msg_blocks_too_long"
    return "msg_too_long" if len(arguments.get("text", "")) > 40_000 else ""


def _characters(part: Any) -> int:
    """Of all texts in it."""
    if isinstance(part, str):
        return len(part)
    return sum(_characters(value) for value in (part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        workspace: SlackServer = self.server.workspace  # type: ignore[attr-defined]  # set in SlackServer
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/upload/"):
            workspace.files[self.path.rpartition("/")[2]] = raw
            self._reply(200, "OK", {})
            return
        body = raw.decode()
        if self.path.startswith("/actions/"):
            workspace.take_words(json.loads(body))
            self._reply(200, "ok", {})
            return
        is_json = "json" in self.headers.get("Content-Type", "")
        arguments = json.loads(body) if is_json and body else {k: v[0] for k, v in parse_qs(body).items()}
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        method = self.path.removeprefix("/api/")
        script, answer = workspace.take(method, arguments, token)
        if isinstance(script, Pause):
            script.gate.wait()
        if isinstance(script, Hang):
            workspace._stopping.wait()
            self.close_connection = True
        elif isinstance(script, Reset):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing sends RST
            self.close_connection = True
        elif isinstance(script, Answer):
            self._reply(script.status, script.body, script.headers)
        else:
            self._reply(200, answer, {})
            workspace.note_answer(method)

    def _reply(self, status: int, body: Json | str, headers: dict[str, str]) -> None:
        payload = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(payload)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: object) -> None:
        """Tests print nothing."""
