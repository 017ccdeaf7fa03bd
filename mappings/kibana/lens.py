"""Panels of a Kibana dashboard as Kibana keeps them: numbers, lines, bars and tables are "Lens" panels, held by value.

Shapes as Kibana 8.12 writes them (read in its sources and in dashboards exported from it, November 2026). A panel that Kibana cannot
draw imports without a word, so tests check every field and operation against the mapping.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]

LAYER = "layer"
RECORDS = "___records___"  # Kibana's name for "documents" as a field to count
PANEL_VERSION = "8.9.0"  # older stamps are migrated forward by newer servers; newer ones are refused by older servers
METRICS = ("sum", "average", "max", "min", "unique_count")
COLOURS = {"negative": "#B4251D", "positive": "#2F7D4F", "usual": "#98A2B3", "hoax": "#6A1B9A"}
_LABEL_TYPES = {"keyword": "string", "boolean": "boolean", "date": "date"}


def metric(spec: Mapping[str, Any]) -> Json:
    """A number: `{count: name, where?: KQL}`, or `{sum|average|max|min|unique_count: field, name: ..., where?: KQL}`."""
    operation = next((name for name in METRICS if name in spec), "count")
    column: Json = {
        "label": spec["count"] if operation == "count" else spec["name"],
        "customLabel": True,
        "dataType": "number",
        "operationType": operation,
        "sourceField": RECORDS if operation == "count" else spec[operation],
        "isBucketed": False,
        "scale": "ratio",
        "params": {"emptyAsNull": False} if operation in ("count", "sum", "unique_count") else {},
    }
    if "where" in spec:
        column["filter"] = {"query": spec["where"], "language": "kuery"}
    return column


def over_time(field: str) -> Json:
    """Equal stretches of time."""
    return {
        "label": "waktu",
        "customLabel": True,
        "dataType": "date",
        "operationType": "date_histogram",
        "sourceField": field,
        "isBucketed": True,
        "scale": "interval",
        "params": {"interval": "auto", "includeEmptyRows": True, "dropPartials": False},
    }


def top(spec: Mapping[str, Any], field_type: str, order_by: str) -> Json:
    """The most frequent values of a field: `{field, name, size}`; order_by: id of the metric column that decides."""
    return {
        "label": spec["name"],
        "customLabel": True,
        "dataType": _LABEL_TYPES[field_type],
        "operationType": "terms",
        "sourceField": spec["field"],
        "isBucketed": True,
        "scale": "ordinal",
        "params": {
            "size": spec["size"],
            "orderBy": {"type": "column", "columnId": order_by},
            "orderDirection": "desc",
            "otherBucket": False,
            "missingBucket": False,
            "parentFormat": {"id": "terms"},
            "include": [],
            "exclude": [],
            "includeIsRegex": False,
            "excludeIsRegex": False,
        },
    }


def _number(spec: Mapping[str, Any], columns: Sequence[str], _: Sequence[str]) -> tuple[str, Json]:
    look: Json = {"layerId": LAYER, "layerType": "data", "metricAccessor": columns[0]}
    if "colour" in spec:
        look["color"] = COLOURS[spec["colour"]]
    return "lnsMetric", look


def _chart(spec: Mapping[str, Any], columns: Sequence[str], buckets: Sequence[str]) -> tuple[str, Json]:
    timed = "time" in spec
    series = "line" if spec["kind"] == "lines" else "bar_stacked" if spec.get("stacked") else "bar" if timed else "bar_horizontal"
    painted = [
        {"forAccessor": name, "axisMode": "left", "color": COLOURS[one["colour"]]}
        for name, one in zip(columns, spec["columns"], strict=True)
        if "colour" in one
    ]
    return "lnsXY", {
        "legend": {"isVisible": len(columns) > 1, "position": "bottom"},
        "valueLabels": "hide" if timed else "show",
        "fittingFunction": "None",
        "preferredSeriesType": series,
        "axisTitlesVisibilitySettings": {"x": False, "yLeft": False, "yRight": False},
        "layers": [
            {
                "layerId": LAYER,
                "layerType": "data",
                "seriesType": series,
                "position": "top",
                "showGridlines": False,
                "xAccessor": buckets[0],
                "accessors": list(columns),
                "yConfig": painted,
            }
        ],
    }


def _table(_: Mapping[str, Any], columns: Sequence[str], buckets: Sequence[str]) -> tuple[str, Json]:
    return "lnsDatatable", {
        "layerId": LAYER,
        "layerType": "data",
        "columns": [{"columnId": name, "isTransposed": False} for name in (*buckets, *columns)],
        "paging": {"enabled": True, "size": 10},
    }


def _heat(_: Mapping[str, Any], columns: Sequence[str], buckets: Sequence[str]) -> tuple[str, Json]:
    """Time, or the second grouping, to the right; the first grouping downwards."""
    down = "by"
    across = next(name for name in buckets if name != down)
    seen = {f"is{axis}Axis{what}Visible": what == "Label" for axis in "XY" for what in ("Label", "Title")}
    return "lnsHeatmap", {
        "layerId": LAYER,
        "layerType": "data",
        "shape": "heatmap",
        "xAccessor": across,
        "yAccessor": down,
        "valueAccessor": columns[0],
        "legend": {"isVisible": True, "position": "right", "type": "heatmap_legend"},
        "gridConfig": {"type": "heatmap_grid", "isCellLabelVisible": True, **seen},
    }


_LOOKS = {"number": _number, "lines": _chart, "bars": _chart, "table": _table, "heat": _heat}
KINDS = tuple(_LOOKS)


def lens(spec: Mapping[str, Any], view_id: str, field_types: Mapping[str, str]) -> Json:
    """`embeddableConfig` of one number, lines, bars or table. field_types: of the view's fields, as the mapping has them."""
    metrics = spec["columns"] if "columns" in spec else [spec["column"]]
    names = [f"metric{number}" for number in range(len(metrics))]
    columns: Json = {}
    for name in ("by", "and_by"):
        if name in spec:
            columns[name] = top(spec[name], field_types[spec[name]["field"]], names[0])
    if "time" in spec:  # innermost: the most frequent values are those of the whole time
        columns["time"] = over_time(spec["time"])
    buckets = list(columns)
    columns |= {name: metric(one) for name, one in zip(names, metrics, strict=True)}
    visualization, look = _LOOKS[spec["kind"]](spec, names, buckets)
    layer: Json = {
        "columnOrder": list(columns),
        "columns": columns,
        "incompleteColumns": {},
        "sampling": 1,
        "ignoreGlobalFilters": spec.get("whatever_is_chosen", False),
    }
    return {
        "attributes": {
            "title": "",
            "description": "",
            "visualizationType": visualization,
            "type": "lens",
            "references": [{"type": "index-pattern", "id": view_id, "name": f"indexpattern-datasource-layer-{LAYER}"}],
            "state": {
                "visualization": look,
                "query": {"query": spec.get("query", ""), "language": "kuery"},
                "filters": [],
                "datasourceStates": {"formBased": {"layers": {LAYER: layer}}, "textBased": {"layers": {}}},
                "internalReferences": [],
                "adHocDataViews": {},
            },
        },
        "hidePanelTitles": False,
        "enhancements": {},
    }


def text(markdown: str) -> Json:
    """`embeddableConfig` of a piece of text."""
    params = {"fontSize": 12, "openLinksInNewTab": False, "markdown": markdown}
    data: Json = {"aggs": [], "searchSource": {"query": {"query": "", "language": "kuery"}, "filter": []}}
    return {
        "savedVis": {"title": "", "description": "", "type": "markdown", "params": params, "uiState": {}, "data": data},
        "hidePanelTitles": True,
        "enhancements": {},
    }
