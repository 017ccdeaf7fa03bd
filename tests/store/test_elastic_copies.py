"""Copies for the dashboards: on a real server, twice without harm, in months that are dropped when they are over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from elasticsearch import Elasticsearch

from kentongan.clock import BIN
from kentongan.errors import StoreError
from kentongan.ports import DrawnBin
from kentongan.records import BinCount, SourceHealth
from kentongan.store.elastic_copies import ElasticCopies
from tests.factories import T0, alert
from tests.servers.elasticsearch import fresh_prefix
from tests.store.elastic_home import remove

pytestmark = pytest.mark.elasticsearch


class Home:
    def __init__(self, url: str) -> None:
        self.url, self.prefix = url, fresh_prefix()
        self.copies = ElasticCopies(url, prefix=self.prefix, backoff_s=0.05)

    def documents(self, kind: str) -> list[dict[str, object]]:
        with Elasticsearch([self.url]) as client:
            client.indices.refresh(index=f"{self.prefix}-*")
            hits = client.search(index=f"{self.prefix}-{kind}", size=1000)["hits"]["hits"]
            return [hit["_source"] for hit in hits]

    def indices(self) -> list[str]:
        with Elasticsearch([self.url]) as client:
            return sorted(client.indices.get(index=f"{self.prefix}-*"))


@pytest.fixture
def home(elasticsearch_server: str) -> Iterator[Home]:
    found = Home(elasticsearch_server)
    yield found
    found.copies.close()
    remove(found.url, found.prefix)


def a_bin(n: int, negative: int = 1, expected: float | None = 0.5) -> DrawnBin:
    return DrawnBin(count=BinCount(agency="pln", start=T0 + n * BIN, total=3, negative=negative, positive=1, hoax=0), expected=expected)


def test_bins_are_written_once_however_often_they_are_copied(home: Home) -> None:
    home.copies.put_bins([a_bin(n) for n in range(600)])
    home.copies.put_bins([a_bin(n, negative=2) for n in range(600)])
    found = home.documents("counts")
    assert len(found) == 600
    assert {one["negative"] for one in found} == {2}
    assert found[0] | {"start": ""} == {
        "agency": "pln", "start": "", "width_min": 5, "total": 3, "negative": 2, "positive": 1, "hoax": 0, "observed": True, "expected": 0.5,
    }  # fmt: skip


def test_a_bin_that_was_not_evaluated_yet_says_nothing_of_what_was_expected(home: Home) -> None:
    home.copies.put_bins([a_bin(0, expected=None)])
    assert "expected" not in home.documents("counts")[0]


def test_an_alert_is_one_document_that_follows_it(home: Home) -> None:
    first = alert()
    home.copies.put_alerts([first])
    home.copies.put_alerts([replace(first, severity="critical", resolved_at=T0 + timedelta(hours=5))])
    (found,) = home.documents("alerts")
    assert (found["id"], found["severity"]) == (first.id, "critical")
    assert "quotes" not in found and "timeline" not in found


def test_health_is_kept_over_time(home: Home) -> None:
    one = SourceHealth(source="antara", state="failed", at=T0, last_error="no answer", failures=2)
    home.copies.put_health([one, replace(one, state="up", at=T0 + BIN, failures=0, last_error="")])
    assert sorted(str(d["state"]) for d in home.documents("health")) == ["failed", "up"]


def test_months_that_are_over_are_dropped_and_the_others_stay(home: Home) -> None:
    home.copies.put_bins([a_bin(0), a_bin(12 * 24 * 40)])
    assert home.copies.drop_months(T0 + timedelta(days=40)) == 1
    assert [name for name in home.indices() if "counts" in name] == [f"{home.prefix}-counts-2026.04"]
    assert home.copies.drop_months(T0 + timedelta(days=40)) == 0


def test_a_server_out_of_reach_is_an_error_with_its_place() -> None:
    copies = ElasticCopies("http://127.0.0.1:9", backoff_s=0.05)
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:9"):
        copies.put_health([SourceHealth(source="antara", state="up", at=T0)])
