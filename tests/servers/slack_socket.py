"""Slack's side of Socket Mode on localhost: a real websocket server, which hands envelopes to the app and keeps what it acknowledged."""

from __future__ import annotations

import itertools
import json
import queue
import threading
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

Json = dict[str, Any]


class SocketModeServer:
    """Serves until the end of the `with` block."""

    def __init__(self) -> None:
        self._outgoing: queue.Queue[Json] = queue.Queue()
        self.acknowledged: dict[str, Json | None] = {}  # envelope id -> payload
        self.connections = 0
        self._numbers = itertools.count(1)
        self._changed = threading.Condition()
        self._current: ServerConnection | None = None
        self._server = serve(self._talk, "127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}/link"

    def __enter__(self) -> SocketModeServer:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._current is not None:
            self._current.close()
        self._server.shutdown()

    def hand_out(self, kind: str, payload: Json, *, envelope_id: str = "") -> str:
        """Send an envelope; returns its id. The same id again is a retry of Slack's."""
        name = envelope_id or f"e{next(self._numbers)}"
        self._outgoing.put({"type": kind, "envelope_id": name, "payload": payload, "accepts_response_payload": kind == "slash_commands"})
        return name

    def drop(self) -> None:
        """Cut the connection, as Slack does every few hours."""
        assert self._current is not None
        self._current.close()

    def wait_until_acknowledged(self, envelope_id: str, timeout_s: float = 60) -> Json | None:
        """The payload that came with the acknowledgement."""
        with self._changed:
            if not self._changed.wait_for(lambda: envelope_id in self.acknowledged, timeout_s):
                raise AssertionError(f"{envelope_id} was not acknowledged within {timeout_s} s")
            return self.acknowledged[envelope_id]

    def wait_for_connections(self, count: int, timeout_s: float = 60) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self.connections >= count, timeout_s):
                raise AssertionError(f"no {count} connections within {timeout_s} s")

    def _talk(self, connection: ServerConnection) -> None:
        with self._changed:
            self._current = connection
            self.connections += 1
            self._changed.notify_all()
        try:
            connection.send(json.dumps({"type": "hello", "num_connections": 1}))
            threading.Thread(target=self._hand_out_all, args=(connection,), daemon=True).start()
            for text in connection:
                answer = json.loads(text)
                with self._changed:
                    self.acknowledged[answer["envelope_id"]] = answer.get("payload")
                    self._changed.notify_all()
        except ConnectionClosed:
            return

    def _hand_out_all(self, connection: ServerConnection) -> None:
        while self._current is connection:
            try:
                envelope = self._outgoing.get(timeout=0.05)
            except queue.Empty:
                envelope = None
            try:
                # A ping now and then lets the client look up from its socket: it closes at once instead of after three seconds.
                connection.ping() if envelope is None else connection.send(json.dumps(envelope))
            except ConnectionClosed:
                if envelope is not None:
                    self._outgoing.put(envelope)
                return
