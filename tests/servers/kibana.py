"""A server on localhost that answers as Kibana 8.12 does for what we ask of it: status, reading and importing saved objects.

Shapes from Kibana's documentation of its saved-objects API (read 2026-11). An import refuses unknown references and newer stamps, as the
real one does, and looks into no panel.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

NEWEST = {"dashboard": (8, 9, 0), "index-pattern": (8, 0, 0), "search": (8, 0, 0)}


@dataclass
class FakeKibana:
    base: str = ""
    version: str = "8.12.2"
    api_key: str = ""
    objects: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)  # (space, type, id)
    imports: int = 0
    answer: tuple[int, bytes] | None = None  # instead of everything

    def all(self, space: str = "") -> list[dict[str, Any]]:
        """The objects of one space."""
        return [one for (where, _, _), one in self.objects.items() if where == space]


def _refuse(one: dict[str, Any], known: set[tuple[str, str]]) -> dict[str, Any] | None:
    stamp = tuple(int(part) for part in one.get("typeMigrationVersion", "0.0.0").split("."))
    if stamp > NEWEST[one["type"]]:
        return {"type": "unknown", "message": "newer than this Kibana", "statusCode": 422}
    missing = [ref for ref in one["references"] if (ref["type"], ref["id"]) not in known]
    return {"type": "missing_references", "references": missing} if missing else None


def _import(kibana: FakeKibana, space: str, body: bytes, boundary: str) -> dict[str, Any]:
    content = body.split(b"\r\n\r\n", 1)[1].rsplit(f"\r\n--{boundary}".encode(), 1)[0]
    lines = [json.loads(line) for line in content.decode().splitlines() if line]
    known = {(kind, name) for where, kind, name in kibana.objects if where == space} | {(one["type"], one["id"]) for one in lines}
    errors, results = [], []
    for one in lines:
        if error := _refuse(one, known):
            errors.append({"id": one["id"], "type": one["type"], "meta": {}, "error": error})
            continue
        taken = any((kind, name) == (one["type"], one["id"]) and where != space for where, kind, name in kibana.objects)
        name = f"{one['id']}-copy" if taken else one["id"]  # an id that another space has is replaced by a new one
        results.append({"type": one["type"], "id": one["id"]} | ({"destinationId": name} if taken else {}))
        kibana.objects[space, one["type"], name] = {**one, "id": name, "updated_at": "2026-03-01T00:00:00.000Z", "version": "WzEsMV0="}
    kibana.imports += 1
    return {"success": not errors, "successCount": len(results), "successResults": results, "warnings": []} | ({"errors": errors} if errors else {})


@contextmanager
def fake_kibana(**settings: Any) -> Iterator[FakeKibana]:
    """The server, on a port of its own."""
    kibana = FakeKibana(**settings)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def say(self, status: int, body: Any) -> None:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            found = re.fullmatch(r"(?:/s/([^/]+))?(/api/.+)", parts.path)
            if kibana.answer is not None:
                self.say(*kibana.answer)
            elif found is None:
                self.say(404, {"statusCode": 404, "error": "Not Found", "message": "Not Found"})
            elif kibana.api_key and self.headers.get("Authorization") != f"ApiKey {kibana.api_key}":
                self.say(401, {"statusCode": 401, "error": "Unauthorized", "message": "unable to authenticate"})
            elif self.command == "POST" and not self.headers.get("kbn-xsrf"):
                self.say(400, {"statusCode": 400, "error": "Bad Request", "message": "Request must contain a kbn-xsrf header."})
            else:
                self.say(200, self.served(found[1] or "", found[2], body, parse_qs(parts.query)))

        def served(self, space: str, path: str, body: bytes, query: dict[str, list[str]]) -> Any:
            if path == "/api/status":
                return {"name": "kibana", "version": {"number": kibana.version}, "status": {"overall": {"level": "available"}}}
            if path == "/api/saved_objects/_bulk_get":
                missing = {"statusCode": 404, "error": "Not Found", "message": "Saved object not found"}
                return {"saved_objects": [
                    kibana.objects.get((space, one["type"], one["id"])) or {**one, "error": missing} for one in json.loads(body)
                ]}  # fmt: skip
            assert (path, query.get("overwrite")) == ("/api/saved_objects/_import", ["true"])
            return _import(kibana, space, body, self.headers["Content-Type"].partition("boundary=")[2])

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    kibana.base = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield kibana
    finally:
        server.shutdown()
        server.server_close()
