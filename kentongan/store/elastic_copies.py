"""Copies of counts, alerts and source health in Elasticsearch, in monthly indices of their own, so that dashboards have something to draw.

The truth stays in the state store; every document is made anew from it under an id of its own, so writing it twice changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from kentongan.clock import BIN
from kentongan.ports import DrawnBin
from kentongan.records import Alert, SourceHealth
from kentongan.store.elastic_bulk import Action, Bulk
from kentongan.store.elastic_client import REQUEST_TIMEOUT_S, Connection
from kentongan.store.elastic_months import Months
from kentongan.store.elastic_setup import checked_prefix

KINDS = ("counts", "alerts", "health")
_BIN_MIN = int(BIN.total_seconds() // 60)


class ElasticCopies:
    """`kentongan.ports.Copies` of one tenant. Raises StoreError, ConfigError."""

    def __init__(self, url: str, *, api_key: str = "", prefix: str = "kentongan", backoff_s: float = 1.0) -> None:
        self._prefix = checked_prefix(prefix)
        self._connection = Connection(url, api_key, REQUEST_TIMEOUT_S)
        self._bulk = Bulk(self._connection.place, backoff_s)
        self._months = {kind: Months(self._connection.place, self._prefix, kind) for kind in KINDS}

    def put_bins(self, bins: Sequence[DrawnBin]) -> None:
        """See `Copies.put_bins`."""
        self._put("counts", [(f"{b.count.agency}|{b.count.start.isoformat()}", b.count.start, _bin(b)) for b in bins])

    def put_alerts(self, alerts: Sequence[Alert]) -> None:
        """See `Copies.put_alerts`; quotations and people stay out."""
        self._put("alerts", [(alert.id, alert.opened_at, _alert(alert)) for alert in alerts])

    def put_health(self, health: Sequence[SourceHealth]) -> None:
        """See `Copies.put_health`: the present state of each source, at the moment it was looked at."""
        self._put("health", [(f"{one.source}|{one.at.isoformat()}", one.at, _health(one)) for one in health])

    def _put(self, kind: str, documents: Sequence[tuple[str, datetime, dict[str, Any]]]) -> None:
        if not documents:
            return
        with self._connection.client() as client:
            self._bulk.send(client, self._actions(self._months[kind].placer(client, max(moment for _, moment, _ in documents)), documents))

    def _actions(self, place: Callable[[datetime], str], documents: Sequence[tuple[str, datetime, dict[str, Any]]]) -> Iterator[Action]:
        for name, moment, document in documents:
            body = json.dumps({key: value for key, value in document.items() if value is not None}, ensure_ascii=False).encode()
            yield {"index": {"_index": place(moment), "_id": name}}, body

    def drop_months(self, before: datetime) -> int:
        """See `Copies.drop_months`."""
        dropped = 0
        with self._connection.client() as client:
            for months in self._months.values():
                over = [index for index in months.existing(client) if months.month_of(index) < f"{before:%Y.%m}"]
                for index in over:
                    if not months.drop(client, index):  # a key that may not: then the month stays, empty
                        client.indices.refresh(index=index)
                        client.delete_by_query(index=index, query={"match_all": {}}, conflicts="proceed", refresh=True)
                dropped += len(over)
        return dropped

    def close(self) -> None:
        """Close the sockets."""
        self._connection.close()


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _bin(drawn: DrawnBin) -> dict[str, Any]:
    count = drawn.count
    return {
        "agency": count.agency,
        "start": _iso(count.start),
        "width_min": _BIN_MIN,
        "total": count.total,
        "negative": count.negative,
        "positive": count.positive,
        "hoax": count.hoax,
        "observed": drawn.observed,
        "expected": drawn.expected,
    }


def _alert(alert: Alert) -> dict[str, Any]:
    spike = alert.spike
    return {
        "id": alert.id,
        "agency": alert.agency,
        "rule": alert.rule,
        "claim_id": alert.claim_id or None,
        "state": str(alert.state),
        "severity": alert.severity,
        "opened_at": _iso(alert.opened_at),
        "updated_at": _iso(alert.updated_at),
        "acknowledged_at": _iso(alert.acknowledged_at),
        "resolved_at": _iso(alert.resolved_at),
        "observed": spike.observed,
        "peak_observed": alert.peak_observed,
        "expected": spike.expected,
        "chance_weeks": spike.chance_weeks,
        "distinct_authors": spike.distinct_authors,
        "copy_share": spike.copy_share,
        "negative_share": spike.negative_share,
        "topics": list(alert.topics),
        "sources": list(spike.sources),
        "sources_down": list(spike.sources_down),
        "simulated": alert.simulated,
    }


def _health(one: SourceHealth) -> dict[str, Any]:
    return {
        "source": one.source,
        "state": one.state,
        "at": _iso(one.at),
        "last_success_at": _iso(one.last_success_at),
        "last_error": one.last_error or None,
        "failures": one.failures,
    }
