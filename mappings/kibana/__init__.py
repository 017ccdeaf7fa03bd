"""Kibana's saved objects, made from `dashboards.yml` beside this file: data views, saved searches, dashboards, in Indonesian.

`kentongan-kibana.ndjson` is the same for the prefix `kentongan`, for an import by hand (Stack Management, Saved Objects).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import yaml

import mappings
from mappings.kibana.lens import PANEL_VERSION, Json, lens, text

# Low stamps: objects of an older edition are migrated forward, newer ones are refused. These import into Kibana 8.12 and later.
CORE_VERSION = "8.8.0"
TYPE_VERSIONS = {"dashboard": "8.9.0", "index-pattern": "8.0.0", "search": "8.0.0"}
MARK = "kentongan:"  # in the description: the fingerprint of what was shipped, so that an analyst's changes can be told apart
SHIPPED = "kentongan-kibana.ndjson"
_FILTER_REFERENCE = "kibanaSavedObjectMeta.searchSourceJSON.index"


@cache
def description() -> Json:
    """`dashboards.yml`."""
    found: Json = yaml.safe_load(resources.files(__name__).joinpath("dashboards.yml").read_text(encoding="utf-8"))
    return found


@cache
def field_types(kind: str) -> dict[str, str]:
    """Type of every field of one kind of index, by its dotted name."""
    return dict(mappings.field_types(kind))


def view_id(prefix: str, kind: str) -> str:
    """Id of a data view; the same in every Kibana, so that links hold."""
    return f"{prefix}-{kind}"


def dashboard_id(prefix: str, name: str) -> str:
    """Id of a dashboard; name is one of `situasi`, `instansi`, `hoaks`."""
    return f"{prefix}-{name}"


def search_id(prefix: str, name: str) -> str:
    """Id of a saved search."""
    return f"{prefix}-cari-{name}"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _object(kind: str, object_id: str, attributes: Json, references: list[Json]) -> Json:
    return {
        "type": kind,
        "id": object_id,
        "attributes": attributes,
        "references": references,
        "coreMigrationVersion": CORE_VERSION,
        "typeMigrationVersion": TYPE_VERSIONS[kind],
        "managed": False,
    }


def _view(prefix: str, kind: str, spec: Mapping[str, Any]) -> Json:
    labels = {field: {"customLabel": label} for field, label in spec["labels"].items()}
    formats: Json = {}
    if kind == "mentions":
        formats["hoax.likelihood"] = {"id": "percent", "params": {"pattern": "0%"}}
    attributes: Json = {
        "title": f"{prefix}-{kind}",
        "name": spec["name"],
        "timeFieldName": spec["time"],
        "fieldAttrs": _compact(labels),
        "fieldFormatMap": _compact(formats),
        "fields": "[]",
        "runtimeFieldMap": "{}",
        "sourceFilters": "[]",
        "typeMeta": "{}",
    }
    return _object("index-pattern", view_id(prefix, kind), attributes, [])


def _search(prefix: str, name: str, spec: Mapping[str, Any]) -> Json:
    views = description()["views"]
    source = {"query": {"query": spec["query"], "language": "kuery"}, "filter": [], "highlightAll": True, "version": True}
    attributes: Json = {
        "title": spec["title"],
        "description": "",
        "columns": list(spec["columns"]),
        "sort": [[views[spec["view"]]["time"], "desc"]],
        "grid": {},
        "hideChart": False,
        "isTextBasedQuery": False,
        "timeRestore": False,
        "usesAdHocDataView": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _compact(source | {"indexRefName": _FILTER_REFERENCE})},
    }
    reference = {"type": "index-pattern", "id": view_id(prefix, spec["view"]), "name": _FILTER_REFERENCE}
    return _object("search", search_id(prefix, name), attributes, [reference])


def _panel(prefix: str, number: int, spec: Mapping[str, Any]) -> tuple[Json, list[Json]]:
    """One panel of a dashboard and the references it needs there."""
    name = f"panel{number}"
    x, y, width, height = spec["at"]
    panel: Json = {
        "version": PANEL_VERSION,
        "type": {"text": "visualization", "search": "search"}.get(spec["kind"], "lens"),
        "gridData": {"x": x, "y": y, "w": width, "h": height, "i": name},
        "panelIndex": name,
    }
    if spec["kind"] == "text":
        return panel | {"embeddableConfig": text(spec["text"].replace("{prefix}", prefix))}, []
    panel["title"] = spec["title"]
    if spec["kind"] == "search":
        panel |= {"embeddableConfig": {"enhancements": {}}, "panelRefName": f"panel_{name}"}
        return panel, [{"type": "search", "id": search_id(prefix, spec["search"]), "name": f"{name}:panel_{name}"}]
    config = lens(spec, view_id(prefix, spec["view"]), field_types(spec["view"]))
    references = [one | {"name": f"{name}:{one['name']}"} for one in config["attributes"]["references"]]
    return panel | {"embeddableConfig": config}, references


def _controls(prefix: str, specs: Sequence[Mapping[str, Any]]) -> tuple[Json, list[Json]]:
    """The lists at the top of a dashboard to choose from, and their references."""
    panels: Json = {}
    references: list[Json] = []
    for order, spec in enumerate(specs):
        name = f"control{order}"
        chosen = {"id": name, "fieldName": spec["field"], "title": spec["title"], "singleSelect": False, "selectedOptions": [], "enhancements": {}}
        panels[name] = {"order": order, "width": "medium", "grow": False, "type": "optionsListControl", "explicitInput": chosen}
        references.append({"type": "index-pattern", "id": view_id(prefix, spec["view"]), "name": f"controlGroup_{name}:optionsListDataView"})
    ignored = {"ignoreFilters": False, "ignoreQuery": False, "ignoreTimerange": False, "ignoreValidations": False}
    group: Json = {
        "controlStyle": "oneLine",
        "chainingSystem": "HIERARCHICAL",
        "ignoreParentSettingsJSON": _compact(ignored),
        "panelsJSON": _compact(panels),
    }
    return group, references


def _dashboard(prefix: str, name: str, spec: Mapping[str, Any]) -> Json:
    panels, references = [], []
    for number, one in enumerate(spec["panels"]):
        panel, needed = _panel(prefix, number, one)
        panels.append(panel)
        references += needed
    group, chosen_from = _controls(prefix, spec["controls"])
    refresh_s = spec.get("refresh_s", 0)
    options = {"useMargins": True, "syncColors": False, "syncCursor": True, "syncTooltips": False, "hidePanelTitles": False}
    attributes: Json = {
        "title": spec["title"],
        "description": spec["description"],
        "timeRestore": True,
        "timeFrom": spec["from"],
        "timeTo": "now",
        "refreshInterval": {"pause": not refresh_s, "value": refresh_s * 1000 or 60_000},
        "version": 1,
        "optionsJSON": _compact(options),
        "panelsJSON": _compact(panels),
        "controlGroupInput": group,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _compact({"query": {"query": "", "language": "kuery"}, "filter": []})},
    }
    return _object("dashboard", dashboard_id(prefix, name), attributes, [*references, *chosen_from])


def saved_objects(prefix: str = "kentongan") -> list[Json]:
    """Data views, then searches, then dashboards. The description of the latter two ends with MARK and their fingerprint."""
    plan = description()
    objects = [_view(prefix, kind, spec) for kind, spec in plan["views"].items()]
    objects += [_search(prefix, name, spec) for name, spec in plan["searches"].items()]
    objects += [_dashboard(prefix, name, spec) for name, spec in plan["dashboards"].items()]
    return [marked(one) for one in objects]


def essence(saved: Mapping[str, Any]) -> Json:
    """What of a saved object a person can change and would miss, without what a newer Kibana adds by itself when it migrates."""
    attributes = saved["attributes"]
    if saved["type"] == "index-pattern":
        labels = {field: one.get("customLabel", "") for field, one in json.loads(attributes.get("fieldAttrs") or "{}").items()}
        return {key: attributes.get(key) for key in ("title", "name", "timeFieldName")} | {"labels": {f: v for f, v in labels.items() if v}}
    told = str(attributes.get("description", "")).partition(MARK)[0].strip()
    source = json.loads(attributes.get("kibanaSavedObjectMeta", {}).get("searchSourceJSON") or "{}")
    common: Json = {"title": attributes["title"], "description": told, "query": source.get("query"), "filters": source.get("filter") or []}
    if saved["type"] == "search":
        return common | {key: attributes.get(key) for key in ("columns", "sort", "grid", "hideChart", "rowHeight", "breakdownField", "viewMode")}
    panels = [_panel_essence(one) for one in json.loads(attributes["panelsJSON"])]
    controls = json.loads(attributes.get("controlGroupInput", {}).get("panelsJSON") or "{}")
    chosen = [[one["type"], *(one["explicitInput"].get(key) for key in ("fieldName", "title", "selectedOptions"))] for one in controls.values()]
    return common | {"panels": panels, "controls": chosen, "from": attributes.get("timeFrom"), "to": attributes.get("timeTo")}


def _panel_essence(panel: Mapping[str, Any]) -> Json:
    config = panel.get("embeddableConfig", {})
    return {
        "grid": panel["gridData"],
        "title": panel.get("title", ""),
        "type": panel["type"],
        "shows": config.get("attributes", {}).get("state"),
        "text": config.get("savedVis", {}).get("params"),
    }


def fingerprint(saved: Mapping[str, Any]) -> str:
    """Twelve hex digits of the essence."""
    return hashlib.sha256(json.dumps(essence(saved), sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]


def marked(saved: Json) -> Json:
    """The object with its fingerprint at the end of its description; a data view has none and is compared as it is."""
    if saved["type"] == "index-pattern":
        return saved
    told = f"{saved['attributes']['description']} {MARK}{fingerprint(saved)}".strip()
    return saved | {"attributes": saved["attributes"] | {"description": told}}


def mark_of(saved: Mapping[str, Any]) -> str:
    """The fingerprint that the object was shipped with; "" when it carries none."""
    return str(saved["attributes"].get("description", "")).partition(MARK)[2].strip()


def ndjson(prefix: str = "kentongan") -> Iterator[str]:
    """One line per object, as Kibana imports them."""
    for one in saved_objects(prefix):
        yield _compact(one) + "\n"
