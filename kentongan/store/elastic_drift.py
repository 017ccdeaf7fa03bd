"""What a server has against what `mappings/` say: each difference by name. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from elasticsearch import Elasticsearch, NotFoundError

import mappings
from kentongan.store.elastic_months import Months
from kentongan.store.elastic_setup import has_lifecycle

_MOST_SHOWN = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One value that differs. `ours` or `theirs` is "" where it is not there at all."""

    where: Literal["component_template", "index_template", "index"]
    name: str
    path: str  # dotted; "" = the whole of it
    ours: str
    theirs: str
    needs_copy: bool = False  # only a new index can take it


def differences(client: Elasticsearch, place: str, prefix: str) -> Iterator[Difference]:
    """All of one tenant: component templates, index templates, then each index."""
    lifecycle = has_lifecycle(client)
    for name, body in mappings.component_templates(prefix, lifecycle=lifecycle).items():
        yield from _compared("component_template", name, _template(body["template"]), _component(client, name))
    for kind in mappings.KINDS:
        name = f"{prefix}-{kind}"
        yield from _compared(
            "index_template", name, _index_template(mappings.index_template(prefix, kind, lifecycle=lifecycle)), _stored(client, name)
        )
        months = Months(place, prefix, kind)
        for index in sorted(months.existing(client)):
            yield from index_differences(client, prefix, kind, index, lifecycle=lifecycle)


def index_differences(client: Elasticsearch, prefix: str, kind: str, index: str, *, lifecycle: bool) -> Iterator[Difference]:
    """Those of one index against the templates of its kind as this program would put them."""
    components = mappings.component_templates(prefix, lifecycle=lifecycle)
    ours: dict[str, str] = {}
    for name in mappings.index_template(prefix, kind, lifecycle=lifecycle)["composed_of"]:
        ours |= _template(components[name]["template"])
    found = client.indices.get(index=index)[index]
    theirs = _template({"settings": found["settings"], "mappings": found["mappings"]})
    # A server gives an index many settings of its own: only those that we set are looked at.
    theirs = {path: value for path, value in theirs.items() if path in ours or path.startswith(("mappings.", "settings.analysis."))}
    yield from _compared("index", index, ours, theirs)


def _compared(
    where: Literal["component_template", "index_template", "index"], name: str, ours: dict[str, str], theirs: dict[str, str] | None
) -> Iterator[Difference]:
    if theirs is None:
        yield Difference(where=where, name=name, path="", ours="+", theirs="")
        return
    for path in sorted(ours.keys() | theirs.keys()):
        if ours.get(path, "") != theirs.get(path, ""):
            needs_copy = where == "index" and path.startswith(("mappings.", "settings.analysis.", "settings.number_of_shards"))
            yield Difference(
                where=where, name=name, path=path, ours=_short(ours.get(path, "")), theirs=_short(theirs.get(path, "")), needs_copy=needs_copy
            )


def _component(client: Elasticsearch, name: str) -> dict[str, str] | None:
    try:
        found = client.cluster.get_component_template(name=name)["component_templates"][0]
    except NotFoundError:
        return None
    return _template(found["component_template"]["template"])


def _stored(client: Elasticsearch, name: str) -> dict[str, str] | None:
    try:
        found = client.indices.get_index_template(name=name)["index_templates"][0]["index_template"]
    except NotFoundError:
        return None
    return _index_template(found)


def _index_template(body: Mapping[str, Any]) -> dict[str, str]:
    kept = {key: body.get(key) for key in ("index_patterns", "composed_of", "priority", "allow_auto_create", "_meta")}
    return _flat({**kept, "aliases": sorted(body.get("template", {}).get("aliases", {}))}) | _template(body.get("template", {}))


def _template(body: Mapping[str, Any]) -> dict[str, str]:
    """Settings and fields by dotted path, in the server's own spelling whoever wrote them."""
    settings = _flat(body.get("settings", {}))
    mapping = dict(body.get("mappings", {}))
    mapping["_meta"] = {key: value for key, value in mapping.get("_meta", {}).items() if key in ("kentongan", "version")}
    found = {f"settings.{path.removeprefix('index.')}": value for path, value in settings.items()}
    return found | _flat(_fields(mapping), "mappings.")


def _fields(node: Any) -> Any:
    """Without what the server leaves out: an object that has fields needs not be called one."""
    if not isinstance(node, Mapping):
        return node
    dropped = {"type"} if node.get("type") == "object" and "properties" in node else set()
    return {key: _fields(value) for key, value in node.items() if key not in dropped}


def _flat(node: Any, before: str = "") -> dict[str, str]:
    if isinstance(node, Mapping):
        found: dict[str, str] = {}
        for key, value in node.items():
            found |= _flat(value, f"{before}{key}.")
        return found
    if isinstance(node, bool):
        node = str(node).lower()
    return {before[:-1]: ", ".join(map(str, node)) if isinstance(node, list) else str(node)}


def _short(value: str) -> str:
    return value if len(value) <= _MOST_SHOWN else f"{value[:_MOST_SHOWN]}… ({len(value)})"
