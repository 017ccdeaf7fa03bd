"""Kibana imports dashboards that it cannot draw, so what it would stumble over is checked here: every field, operation, reference and grid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from elasticsearch import Elasticsearch

import mappings
from kentongan.store.elastic_documents import to_document
from kentongan.store.elastic_months import Months
from mappings import kibana
from mappings.kibana.lens import KINDS, RECORDS
from tests.factories import T0, mention
from tests.servers.elasticsearch import fresh_prefix
from tests.store.elastic_home import remove

GRID = 48
# What Lens allows on a field, by the field's type in the mapping (Lens' operation definitions, read 2026-11).
NUMBERS = {"byte", "short", "integer", "long", "float", "double"}
ALLOWED = {
    "terms": {"keyword", "boolean"} | NUMBERS,
    "date_histogram": {"date"},
    "sum": NUMBERS,
    "average": NUMBERS,
    "max": NUMBERS | {"date"},
    "min": NUMBERS | {"date"},
    "unique_count": {"keyword", "boolean", "date"} | NUMBERS,
}


def objects(kind: str = "") -> list[dict[str, Any]]:
    return [one for one in kibana.saved_objects() if kind in ("", one["type"])]


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    for one in objects("dashboard"):
        for panel in json.loads(one["attributes"]["panelsJSON"]):
            yield one["id"], panel


def lenses() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(where, kind of index, attributes) of every Lens panel."""
    for dashboard, panel in panels():
        if panel["type"] == "lens":
            attributes = panel["embeddableConfig"]["attributes"]
            yield f"{dashboard}/{panel['title']}", attributes["references"][0]["id"].removeprefix("kentongan-"), attributes


def layer(attributes: dict[str, Any]) -> dict[str, Any]:
    (found,) = attributes["state"]["datasourceStates"]["formBased"]["layers"].values()
    return found


def kql_fields(query: str) -> set[str]:
    """Names before a colon in the simple KQL that we write."""
    return {word.strip("( ").split()[-1] for word in query.split(":")[:-1]}


def test_there_are_three_dashboards_and_every_kind_of_panel_is_used() -> None:
    assert [one["id"] for one in objects("dashboard")] == ["kentongan-situasi", "kentongan-instansi", "kentongan-hoaks"]
    plan = [panel["kind"] for one in kibana.description()["dashboards"].values() for panel in one["panels"]]
    assert set(plan) == {*KINDS, "text", "search"}


def test_every_column_sits_on_a_field_of_the_mapping_that_can_carry_it() -> None:
    seen = 0
    for where, kind, attributes in lenses():
        types = dict(mappings.field_types(kind))
        for column in layer(attributes)["columns"].values():
            if column["sourceField"] == RECORDS:
                assert column["operationType"] == "count"
            else:
                assert types.get(column["sourceField"]) in ALLOWED[column["operationType"]], (where, column)
            assert kql_fields(column.get("filter", {}).get("query", "")) <= set(types), where
            seen += 1
        assert kql_fields(attributes["state"]["query"]["query"]) <= set(types), where
    assert seen > 30


def test_every_column_that_is_drawn_is_there_and_every_one_that_is_there_is_drawn() -> None:
    for where, _, attributes in lenses():
        look, columns = attributes["state"]["visualization"], layer(attributes)["columns"]
        accessors = ("metricAccessor", "xAccessor", "yAccessor", "valueAccessor")
        drawn = [look[name] for name in accessors if name in look] or [c["columnId"] for c in look.get("columns", [])]
        for one in look.get("layers", []):
            drawn += [one["xAccessor"], *one["accessors"]]
            assert {paint["forAccessor"] for paint in one["yConfig"]} <= set(one["accessors"]), where
        assert sorted(drawn) == sorted(columns), where
        assert layer(attributes)["columnOrder"] == list(columns), where
        for column in columns.values():
            if column["operationType"] == "terms":
                assert column["params"]["orderBy"]["columnId"] in columns, where


def test_every_reference_is_used_and_every_use_has_its_reference() -> None:
    known = {(one["type"], one["id"]) for one in objects()}
    for one in objects("dashboard"):
        controls = json.loads(one["attributes"]["controlGroupInput"]["panelsJSON"])
        needed = {("index-pattern", f"controlGroup_{name}:optionsListDataView") for name in controls}
        for panel in json.loads(one["attributes"]["panelsJSON"]):
            if panel["type"] == "lens":
                needed |= {("index-pattern", f"{panel['panelIndex']}:{r['name']}") for r in panel["embeddableConfig"]["attributes"]["references"]}
            if panel["type"] == "search":
                needed.add(("search", f"{panel['panelIndex']}:{panel['panelRefName']}"))
        assert {(r["type"], r["name"]) for r in one["references"]} == needed
        assert len(one["references"]) == len(needed)
    for one in objects():
        assert {(r["type"], r["id"]) for r in one["references"]} <= known


def test_panels_of_a_dashboard_do_not_overlap_and_have_ids_of_their_own() -> None:
    for one in objects("dashboard"):
        taken: set[tuple[int, int]] = set()
        found = json.loads(one["attributes"]["panelsJSON"])
        assert len({panel["panelIndex"] for panel in found}) == len(found)
        for panel in found:
            grid = panel["gridData"]
            assert grid["i"] == panel["panelIndex"]
            cells = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])}
            assert grid["w"] > 0 and grid["h"] > 0 and max(x for x, _ in cells) < GRID
            assert not cells & taken, (one["id"], panel["panelIndex"])
            taken |= cells


def test_fields_named_by_data_views_searches_and_controls_are_mapped() -> None:
    for kind, view in kibana.description()["views"].items():
        types = dict(mappings.field_types(kind))
        assert set(view["labels"]) <= set(types), kind
        assert types[view["time"]] == "date"
    for search in kibana.description()["searches"].values():
        types = dict(mappings.field_types(search["view"]))
        assert set(search["columns"]) | kql_fields(search["query"]) <= set(types)


def test_what_is_chosen_at_the_top_narrows_every_panel_that_knows_the_field_and_leaves_the_others() -> None:
    """Kibana applies the choice to all panels; where the field is missing nothing would be left, unless the panel ignores it."""
    narrowed = 0
    for one in kibana.description()["dashboards"].values():
        for panel in one["panels"]:
            if "view" in panel:
                knows = all(control["field"] in dict(mappings.field_types(panel["view"])) for control in one["controls"])
                assert knows != panel.get("whatever_is_chosen", False), panel["title"]
                narrowed += knows
    assert narrowed > 20
    left = [attributes for _, kind, attributes in lenses() if kind == "health"]
    assert left and all(layer(attributes)["ignoreGlobalFilters"] for attributes in left)


def test_places_are_shown_by_name_and_provinces_are_not_mixed_with_their_regencies() -> None:
    shown = [column["sourceField"] for _, _, attributes in lenses() for column in layer(attributes)["columns"].values()]
    assert {"provinces", "regencies"} <= set(shown) and "places" not in shown
    document = json.loads(to_document(mention(places=("32", "32.73", "35")), T0))
    assert (document["provinces"], document["regencies"]) == (["Jawa Barat", "Jawa Timur"], ["Kota Bandung"])


def test_exercises_are_in_no_number_of_alerts() -> None:
    queries = [attributes["state"]["query"]["query"] for _, kind, attributes in lenses() if kind == "alerts"]
    assert len(queries) == 2 and set(queries) == {"not simulated: true"}


def test_links_between_dashboards_lead_to_dashboards() -> None:
    ids = {one["id"] for one in objects("dashboard")}
    texts = [panel["embeddableConfig"]["savedVis"]["params"]["markdown"] for _, panel in panels() if panel["type"] == "visualization"]
    linked = {part.split(")")[0] for told in texts for part in told.split("#/view/")[1:]}
    assert linked and linked <= ids


def test_another_tenant_gets_objects_and_links_of_its_own() -> None:
    ours, theirs = "".join(kibana.ndjson()), "".join(kibana.ndjson("kota"))
    assert theirs.replace("kota-", "kentongan-").count("kentongan-") == ours.count("kentongan-")
    assert {one["id"] for one in kibana.saved_objects("kota")}.isdisjoint(one["id"] for one in objects())


def test_the_shipped_file_is_what_the_description_makes() -> None:
    """If this fails: kentongan kibana export > mappings/kibana/kentongan-kibana.ndjson."""
    shipped = resources.files("mappings.kibana").joinpath(kibana.SHIPPED).read_text(encoding="utf-8")
    assert shipped == "".join(kibana.ndjson())


def test_no_object_is_stamped_newer_than_the_oldest_server_that_is_meant_to_take_it() -> None:
    for one in objects():
        assert one["coreMigrationVersion"] == "8.8.0"
        assert [int(part) for part in one["typeMigrationVersion"].split(".")] <= [8, 9, 0]


# --- the same columns as aggregations on a real server ---------------------------------------------------------------


def aggregation(column: dict[str, Any]) -> dict[str, Any]:
    """What Lens asks of Elasticsearch for one bucket column."""
    if column["operationType"] == "terms":
        return {"terms": {"field": column["sourceField"], "size": column["params"]["size"]}}
    return {"date_histogram": {"field": column["sourceField"], "fixed_interval": "1h"}}


def lucene(kql: str) -> str:
    """The simple KQL that we write, as the server itself reads it."""
    return kql.replace("not ", "NOT ").replace(" and ", " AND ").replace(" or ", " OR ")


METRIC = {"sum": "sum", "average": "avg", "max": "max", "min": "min", "unique_count": "cardinality"}


def asked(attributes: dict[str, Any]) -> dict[str, Any]:
    """The aggregations of one panel, buckets inside buckets, metrics innermost."""
    columns = layer(attributes)["columns"]
    inner: dict[str, Any] = {}
    for name, column in columns.items():
        if column["isBucketed"]:
            continue
        query = column.get("filter", {}).get("query", "")
        body: dict[str, Any] = {"filter": {"query_string": {"query": lucene(query or "*")}}}
        if column["operationType"] != "count":
            body["aggs"] = {"value": {METRIC[column["operationType"]]: {"field": column["sourceField"]}}}
        inner[name] = body
    for name, column in reversed(list(columns.items())):
        if column["isBucketed"]:
            inner = {name: aggregation(column) | {"aggs": inner}}
    return inner


def filled(url: str, prefix: str) -> None:
    """A few mentions, and copies of counts, alerts and health, as Kentongan writes them."""
    with Elasticsearch([url]) as client:
        for kind in mappings.KINDS:
            Months("test", prefix, kind).setup(client, T0)
        mentions = [
            mention(topics=("pemadaman",), places=("13", "13.71"), cluster_id="c1"),
            mention(agencies=("pln", "polri"), topics=("layanan",), places=("31",), cluster_id="c1", hoax=0.9, claim_id="k1"),
            mention(sentiment=0.8),
        ]
        for one in mentions:
            client.index(index=f"{prefix}-mentions-2026.03", id=one.mention.id, document=json.loads(to_document(one, T0)))
        bins = {"agency": "pln", "start": T0.isoformat(), "width_min": 5, "total": 3, "negative": 2, "positive": 1, "hoax": 1, "expected": 0.5}
        client.index(index=f"{prefix}-counts-2026.03", document=bins)
        alert = {
            "id": "e",
            "agency": "pln",
            "rule": "negative_volume",
            "state": "open",
            "severity": "high",
            "opened_at": T0.isoformat(),
            "peak_observed": 9,
        }
        client.index(index=f"{prefix}-alerts-2026.03", document=alert)
        client.index(index=f"{prefix}-health-2026.03", document={"source": "antara", "state": "failed", "at": T0.isoformat(), "failures": 3})
        client.indices.refresh(index=f"{prefix}-*")


@pytest.mark.elasticsearch
def test_every_panel_finds_something_on_a_real_server(elasticsearch_server: str) -> None:
    prefix = fresh_prefix()
    try:
        filled(elasticsearch_server, prefix)
        with Elasticsearch([elasticsearch_server]) as client:
            for where, kind, attributes in lenses():
                query = lucene(attributes["state"]["query"]["query"] or "*")
                answer = client.search(
                    index=f"{prefix}-{kind}", size=0, query={"query_string": {"query": query}},
                    aggs=asked(attributes),
                )  # fmt: skip
                assert answer["hits"]["total"]["value"] > 0, where
                first = next(iter(answer["aggregations"].values()))
                assert first.get("buckets") or first.get("doc_count"), (where, answer["aggregations"])
    finally:
        remove(elasticsearch_server, prefix)


@pytest.mark.elasticsearch
def test_a_count_and_an_alert_answer_to_the_same_field_as_mentions_do(elasticsearch_server: str) -> None:
    prefix = fresh_prefix()
    try:
        filled(elasticsearch_server, prefix)
        with Elasticsearch([elasticsearch_server]) as client:
            for kind in ("mentions", "counts", "alerts"):
                chosen = client.count(index=f"{prefix}-{kind}", query={"term": {"agencies": "pln"}})["count"]
                other = client.count(index=f"{prefix}-{kind}", query={"term": {"agencies": "kpk"}})["count"]
                assert chosen > 0 and other == 0, kind
    finally:
        remove(elasticsearch_server, prefix)
