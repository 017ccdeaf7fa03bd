"""The restore drill of docs/elasticsearch.md: snapshot, lose every index, restore; counts and a hash over all documents are as before."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from elasticsearch import Elasticsearch

from kentongan.clock import FixedClock
from kentongan.ports import Saved
from kentongan.records import SourceHealth
from kentongan.store.elastic_copies import ElasticCopies
from kentongan.store.mentions_elastic import ElasticMentions
from tests.factories import T0, mention
from tests.servers.elasticsearch import RUNNING, fresh_prefix
from tests.store.elastic_home import remove

pytestmark = pytest.mark.elasticsearch


def seen(client: Elasticsearch, prefix: str) -> tuple[int, str]:
    """Number and hash of all documents of a tenant, with index, id and version."""
    client.indices.refresh(index=f"{prefix}-*")
    hits = client.search(index=f"{prefix}-*", size=5000, version=True)["hits"]["hits"]
    lines = sorted(json.dumps([hit["_index"], hit["_id"], hit["_version"], hit["_source"]], sort_keys=True) for hit in hits)
    return len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_what_was_lost_comes_back_from_a_snapshot_as_it_was(elasticsearch_server: str) -> None:
    if elasticsearch_server not in RUNNING:
        pytest.skip("a snapshot needs path.repo: unset KENTONGAN_TEST_ELASTICSEARCH_URL")
    prefix = fresh_prefix()
    store = ElasticMentions(elasticsearch_server, prefix=prefix, clock=FixedClock(T0), retention_days=36_500, backoff_s=0.05)
    copies = ElasticCopies(elasticsearch_server, prefix=prefix, backoff_s=0.05)
    page = [mention(text=f"padam {n}", published_at=T0 - n * timedelta(hours=2)) for n in range(600)]
    store.save(page, T0)
    copies.put_health([SourceHealth(source="antara", state="up", at=T0)])
    with Elasticsearch([elasticsearch_server]) as client:
        before = seen(client, prefix)
        assert before[0] == 601
        client.snapshot.create_repository(name=prefix, repository={"type": "fs", "settings": {"location": prefix}})
        made = client.snapshot.create(
            repository=prefix, snapshot="harian", indices=f"{prefix}-*", include_global_state=False, wait_for_completion=True
        )
        assert made["snapshot"]["state"] == "SUCCESS"
        client.indices.delete(index=list(client.indices.get(index=f"{prefix}-*")))
        assert store.count() == 0
        client.snapshot.restore(repository=prefix, snapshot="harian", indices=f"{prefix}-*", include_global_state=False, wait_for_completion=True)
        assert seen(client, prefix) == before
        assert store.save(page, T0 + timedelta(hours=1)) == Saved(new=0, changed=0, unchanged=600)  # collecting goes on where it was
        client.snapshot.delete(repository=prefix, snapshot="harian")
        client.snapshot.delete_repository(name=prefix)
    store.close()
    copies.close()
    remove(elasticsearch_server, prefix)
