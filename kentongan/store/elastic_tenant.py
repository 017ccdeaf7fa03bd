"""All that one tenant has in Elasticsearch, set up in one call."""

from __future__ import annotations

from datetime import datetime

import mappings
from kentongan.store.elastic_client import Connection
from kentongan.store.elastic_months import Months
from kentongan.store.elastic_setup import put_templates


def setup(connection: Connection, prefix: str, now: datetime) -> dict[str, str]:
    """Put all templates, make this month's indices, drop past ones that are empty; kind to the index that is written now.

    A second call changes nothing. Raises StoreError.
    """
    with connection.client() as client:
        put_templates(client, connection.place, prefix)
        found = {}
        for kind in mappings.KINDS:
            months = Months(connection.place, prefix, kind)
            found[kind] = months.index_for(client, now, now)
            months.drop_empty(client, now)
        return found
