"""Addresses that open Kibana at the right agency and time. The state of a page travels in them as Rison, Kibana's compact JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from mappings.kibana import dashboard_id, description, view_id

# Rison (github.com/Nanonid/rison): `!` escapes `!` and `'` inside a quoted string. Everything that means something in an address is
# percent-encoded as well, so agency names with brackets, quotes, & or # arrive as they are.
_SAFE = "!'()*,:$@/-_.~"


def rison(value: Any) -> str:
    """The value as Rison: objects, lists, strings, numbers, True, False, None."""
    if value is None or isinstance(value, bool):
        return {None: "!n", True: "!t", False: "!f"}[value]
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping):
        return "(" + ",".join(f"{rison(str(key))}:{rison(item)}" for key, item in value.items()) + ")"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "!(" + ",".join(rison(item) for item in value) + ")"
    text = str(value)
    if text and text.replace("_", "").isalpha() and text.isascii():
        return text
    escaped = text.replace("!", "!!").replace("'", "!'")
    return f"'{escaped}'"


def _encoded(value: Any) -> str:
    return quote(rison(value), safe=_SAFE)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def kql_value(text: str) -> str:
    """The text as a quoted KQL value."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _base(url: str, space: str) -> str:
    return url.rstrip("/") + (f"/s/{quote(space, safe='')}" if space and space != "default" else "")


def dashboard_link(url: str, name: str, start: datetime, end: datetime, *, prefix: str = "kentongan", space: str = "", query: str = "") -> str:
    """The dashboard `situasi`, `instansi` or `hoaks` for [start, end); query: KQL. Raises KeyError for another name."""
    if name not in description()["dashboards"]:
        raise KeyError(name)
    moments = _encoded({"time": {"from": _moment(start), "to": _moment(end)}})
    asked = _encoded({"query": {"language": "kuery", "query": query}})
    return f"{_base(url, space)}/app/dashboards#/view/{quote(dashboard_id(prefix, name), safe='')}?_g={moments}&_a={asked}"


def discover_link(url: str, start: datetime, end: datetime, *, prefix: str = "kentongan", space: str = "", query: str = "") -> str:
    """The mentions of [start, end), newest first, as a list to read; query: KQL."""
    moments = _encoded({"time": {"from": _moment(start), "to": _moment(end)}})
    state = {
        "columns": ["agencies", "text", "platform"],
        "index": view_id(prefix, "mentions"),
        "query": {"language": "kuery", "query": query},
        "sort": [["published_at", "desc"]],
    }
    return f"{_base(url, space)}/app/discover#/?_g={moments}&_a={_encoded(state)}"
