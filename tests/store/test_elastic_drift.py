"""`elastic setup`, `check` and `drift` on a real server: each difference by name, one line per question, exit code 1 when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from elasticsearch import Elasticsearch

from kentongan.clock import SystemClock
from kentongan.findings import Finding
from kentongan.store.elastic_check import examine
from kentongan.store.elastic_client import Connection
from kentongan.store.elastic_drift import differences
from kentongan.store.elastic_tenant import setup
from tests.factories import T0
from tests.servers.elasticsearch import fresh_prefix
from tests.store.elastic_home import remove

pytestmark = pytest.mark.elasticsearch


class Tenant:
    def __init__(self, url: str) -> None:
        self.url, self.prefix = url, fresh_prefix()
        self.connection = Connection(url)
        self.client = Elasticsearch([url])

    def setup(self) -> dict[str, str]:
        return setup(self.connection, self.prefix, SystemClock().now())

    def drift(self) -> list[str]:
        return [f"{one.name} {one.path}: {one.theirs} / {one.ours}" for one in differences(self.client, "", self.prefix)]

    def check(self) -> dict[str, Finding]:
        return {finding.name: finding for finding in examine(self.connection, self.prefix, SystemClock().now())}


@pytest.fixture
def tenant(elasticsearch_server: str) -> Iterator[Tenant]:
    found = Tenant(elasticsearch_server)
    yield found
    found.connection.close()
    found.client.close()
    remove(found.url, found.prefix)


def test_a_server_that_was_just_set_up_differs_in_nothing_and_is_fine(tenant: Tenant) -> None:
    tenant.setup()
    assert tenant.drift() == []
    found = tenant.check()
    assert set(found) == {
        "server", "licence", "security", "privileges", "lifecycle", "health", "templates", "aliases", "blocks", "analyzer",
    }  # fmt: skip
    assert [name for name, finding in found.items() if finding.state in ("missing", "warning")] == []


def test_before_it_is_set_up_every_template_is_told_to_be_missing(tenant: Tenant) -> None:
    assert len(tenant.drift()) == 10  # six component templates, four index templates
    found = tenant.check()
    assert {name for name, finding in found.items() if finding.state == "missing"} == {"templates", "aliases", "analyzer"}
    assert all("kentongan elastic setup" in found[name].next_step for name in ("templates", "aliases", "analyzer"))


def test_each_difference_is_told_and_setting_up_again_mends_the_templates(tenant: Tenant) -> None:
    written = tenant.setup()
    p, client = tenant.prefix, tenant.client
    body = client.cluster.get_component_template(name=f"{p}-mentions-settings")["component_templates"][0]["component_template"]
    client.cluster.put_component_template(
        name=f"{p}-mentions-settings", template={"settings": {"number_of_shards": 3, "codec": "best_compression"}}, meta=body["_meta"]
    )
    client.indices.put_mapping(index=written["alerts"], properties={"tambahan": {"type": "keyword"}})
    client.indices.put_settings(index=written["mentions"], settings={"refresh_interval": "9s"})
    assert tenant.drift() == [
        f"{p}-mentions-settings settings.auto_expand_replicas:  / 0-1",
        f"{p}-mentions-settings settings.codec: best_compression / ",
        f"{p}-mentions-settings settings.number_of_shards: 3 / 1",
        f"{p}-mentions-settings settings.refresh_interval:  / 5s",
        f"{written['mentions']} settings.refresh_interval: 9s / 5s",
        f"{written['alerts']} mappings.properties.tambahan.type: keyword / ",
    ]
    tenant.setup()
    assert [line for line in tenant.drift() if not line.startswith(tuple(written.values()))] == []


def test_locks_and_indices_outside_the_alias_are_found(tenant: Tenant) -> None:
    written = tenant.setup()
    tenant.client.indices.put_settings(index=written["counts"], settings={"index.blocks.read_only_allow_delete": True})
    tenant.client.indices.delete_alias(index=written["health"], name=f"{tenant.prefix}-health")
    found = tenant.check()
    assert found["blocks"].state == "missing"
    assert f"{written['counts']}: index.blocks.read_only_allow_delete" in found["blocks"].what
    assert "diska" in found["blocks"].next_step
    assert found["aliases"].state == "missing"
    assert f"{tenant.prefix}-health" in found["aliases"].what


def test_a_red_index_is_told(tenant: Tenant) -> None:
    tenant.setup()
    nowhere = {"index.routing.allocation.require._name": "nowhere"}
    tenant.client.indices.create(index=f"{tenant.prefix}-mentions-2020.01", settings=nowhere, wait_for_active_shards=0)
    assert tenant.check()["health"].state == "missing"


def test_a_server_out_of_reach_is_the_only_finding() -> None:
    (found,) = examine(Connection("http://127.0.0.1:9"), "kentongan", T0)
    assert (found.name, found.state) == ("server", "missing")
    assert "tidak terjangkau" in found.what


def test_setting_up_drops_past_months_that_are_empty_and_no_others(tenant: Tenant) -> None:
    long_ago = T0 - timedelta(days=400)
    setup(tenant.connection, tenant.prefix, long_ago)
    tenant.setup()
    assert not any(f"{long_ago:%Y.%m}" in index for index in tenant.client.indices.get(index=f"{tenant.prefix}-*"))
