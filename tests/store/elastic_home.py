"""The Elasticsearch home of the store contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from elasticsearch import Elasticsearch

from kentongan.ports import Clock
from kentongan.store.mentions_elastic import ElasticMentions
from tests.servers.elasticsearch import fresh_prefix

FOREVER_DAYS = 36_500  # the contract speaks of no retention


@contextmanager
def open_home(url: str, clock: Clock | None = None, retention_days: int = FOREVER_DAYS) -> Iterator[ElasticMentions]:
    """An empty store of a tenant of its own on the server at `url`; its indices and templates are removed at the end."""
    prefix = fresh_prefix()
    store = ElasticMentions(url, prefix=prefix, clock=clock, retention_days=retention_days, backoff_s=0.05)
    try:
        yield store
    finally:
        store.close()
        remove(url, prefix)


def remove(url: str, prefix: str) -> None:
    """Everything of one tenant, off the server."""
    with Elasticsearch([url]) as client:
        names = list(client.indices.get(index=f"{prefix}-*"))
        if names:
            client.indices.delete(index=names)
        client.options(ignore_status=404).indices.delete_index_template(name=f"{prefix}-*")
        client.options(ignore_status=404).cluster.delete_component_template(name=f"{prefix}-*")
