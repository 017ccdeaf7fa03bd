"""Elasticsearch templates, for the analysts: JSON beside this file, read as it is put into a cluster.

`components/` hold settings and fields, `indices/` say which indices they make, `roles/` who may do what; `{prefix}` in
them stands for the tenant's prefix.
`slang.json` ({standard word: [how people write it]}) becomes the synonyms of the `slang` sub-fields; a change needs a reindex.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

KINDS = ("mentions", "counts", "alerts", "health")
ROLES = ("bootstrap", "writer", "analyst")
LIFECYCLE = "mentions-lifecycle"  # put only where the server has lifecycle management


def _read(*path: str) -> Any:
    return json.loads(resources.files(__name__).joinpath(*path).read_text(encoding="utf-8"))


def _named(value: Any, prefix: str) -> Any:
    """The JSON value with `{prefix}` replaced in keys and strings."""
    if isinstance(value, dict):
        return {_named(key, prefix): _named(item, prefix) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item, prefix) for item in value]
    return value.replace("{prefix}", prefix) if isinstance(value, str) else value


def slang() -> dict[str, list[str]]:
    """Standard word to the ways people write it."""
    found: dict[str, list[str]] = _read("slang.json")
    return found


def component_templates(prefix: str = "kentongan", *, lifecycle: bool = False) -> dict[str, dict[str, Any]]:
    """Component templates by their full name, `{prefix}-mentions-fields` and so on; that of the lifecycle only when asked for."""
    found = {}
    for entry in sorted(resources.files(__name__).joinpath("components").iterdir(), key=lambda item: item.name):
        name = entry.name.removesuffix(".json")
        if name == entry.name or (name == LIFECYCLE and not lifecycle):
            continue
        body: dict[str, Any] = _named(_read("components", entry.name), prefix)
        if name == "mentions-fields":
            rules = [f"{', '.join(written)} => {word}" for word, written in slang().items()]
            body["template"]["settings"]["analysis"]["filter"]["slang"]["synonyms"] = rules
        found[f"{prefix}-{name}"] = body
    return found


def index_template(prefix: str = "kentongan", kind: str = "mentions", *, lifecycle: bool = False) -> dict[str, Any]:
    """The template of `{prefix}-{kind}-*`, read through the alias `{prefix}-{kind}`; kind is one of KINDS."""
    body: dict[str, Any] = _named(_read("indices", f"{kind}.json"), prefix)
    if lifecycle and kind == "mentions":
        body["composed_of"].append(f"{prefix}-{LIFECYCLE}")
    return body


def lifecycle_policy() -> dict[str, Any]:
    """The policy `{prefix}-mentions`, for servers that have lifecycle management."""
    found: dict[str, Any] = _read("lifecycle.json")
    return found


def role(name: str, prefix: str = "kentongan") -> dict[str, Any]:
    """What one of ROLES may do with the indices of one tenant: a role of Elasticsearch, or the descriptor of an API key."""
    found: dict[str, Any] = _named(_read("roles", f"{name}.json"), prefix)
    return found


def version(kind: str = "mentions") -> int:
    """The number of the mapping's edition, kept in `_meta.version` of every index made from it."""
    found: int = _read("components", f"{kind}-fields.json")["template"]["mappings"]["_meta"]["version"]
    return found


def field_types(kind: str = "mentions") -> Iterator[tuple[str, str]]:
    """(dotted name, type) of every field of the mapping, sub-fields included; the type of an object is `object`."""

    def walk(properties: dict[str, Any], before: str) -> Iterator[tuple[str, str]]:
        for name, field in properties.items():
            yield f"{before}{name}", field.get("type", "object")
            yield from walk({**field.get("properties", {}), **field.get("fields", {})}, f"{before}{name}.")

    yield from walk(_read("components", f"{kind}-fields.json")["template"]["mappings"]["properties"], "")


def mapped_fields(kind: str = "mentions") -> Iterator[str]:
    """Dotted names of every field of the mapping, sub-fields included."""
    return (name for name, _ in field_types(kind))
