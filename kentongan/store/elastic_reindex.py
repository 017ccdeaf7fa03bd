"""A month copied into the present mapping while others go on reading and writing; nothing is lost if it is cut short at any moment.

What was written after sequence number n of the old index is what is still to be copied, so each pass takes up where the last one ended, also after
a kill. A last short pass runs while the old index takes no writes (a writer waits); then counts are compared and the alias moves, in one request.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan
from pydantic import ValidationError

import mappings
from kentongan.errors import StoreError
from kentongan.store.elastic_bulk import Action, Bulk
from kentongan.store.elastic_client import SERVER_TIMEOUT, Connection
from kentongan.store.elastic_documents import from_document, to_document
from kentongan.store.elastic_drift import index_differences
from kentongan.store.elastic_months import HIDDEN, Months, next_revision
from kentongan.store.elastic_setup import has_lifecycle, put_templates
from kentongan.words import number, say

AT_ONCE = 2000  # sequence numbers per step; below the server's window of 10,000 documents on up to five shards
FEW = 2000  # written during the last pass: so little is copied quickly enough while writers wait
MOST_PASSES = 20
NOTED_EVERY_S = 10.0  # between two notes of how far we are
MOMENT = {"mentions": "published_at", "counts": "start", "alerts": "opened_at", "health": "at"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """One index that was replaced."""

    old: str
    new: str
    documents: int


class Reindex:
    """Copies the months of one tenant that differ from `mappings/`. Run one at a time. Raises StoreError."""

    def __init__(self, connection: Connection, prefix: str, note: Callable[[str], None], backoff_s: float = 1.0) -> None:
        self._connection = connection
        self._prefix = prefix
        self._note = note
        self._bulk = Bulk(connection.place, backoff_s)

    def run(self, *, month: str = "", everything: bool = False) -> Iterator[Moved]:
        """Each index as it has been replaced, newest month first. month: only this one, `2026.03`. everything: also those that differ in nothing."""
        with self._connection.client() as client:
            put_templates(client, self._connection.place, self._prefix)
            lifecycle = has_lifecycle(client)
            for kind in mappings.KINDS:
                months = Months(self._connection.place, self._prefix, kind)
                for index in sorted(months.existing(client), reverse=True):
                    if month and months.month_of(index) != month:
                        continue
                    _finish(client, months, index)
                    differs = any(one.needs_copy for one in index_differences(client, self._prefix, kind, index, lifecycle=lifecycle))
                    if differs or everything:
                        yield self._move(client, months, index)

    def _move(self, client: Elasticsearch, months: Months, old: str) -> Moved:
        new = next_revision(old)
        copy = _Copy(client, self._bulk, self._note, months.kind, old, new)
        if not client.indices.exists(index=new):
            client.indices.create(index=new, aliases={months.alias: HIDDEN}, timeout=SERVER_TIMEOUT)
            copy.remember(-1)
        self._note(f"{old} → {new} …")
        for _ in range(MOST_PASSES):
            if copy.catch_up() <= FEW:
                break
        client.indices.add_block(index=old, block="write")  # answers when what was under way is done
        try:
            copy.catch_up()
            copy.remove_deleted()
            documents = copy.verified(self._connection.place)
            moved = [{"remove": {"index": old, "alias": months.alias}}, {"add": {"index": new, "alias": months.alias}}]
            client.indices.update_aliases(actions=moved)
        except BaseException:
            if old in months.existing(client):
                client.indices.put_settings(index=old, settings={"index.blocks.write": None})
            raise
        _finish(client, months, new)
        return Moved(old=old, new=new, documents=documents)


def _finish(client: Elasticsearch, months: Months, index: str) -> None:
    """Delete the index that this one has replaced: it is verified, as the alias moved only then, and nobody finds it any more."""
    old = _meta(client, index).get("copied_from", "")
    if not old or not client.indices.exists(index=old):
        return
    found = client.indices.get(index=old)[old]
    blocked = str(found["settings"]["index"].get("blocks", {}).get("write", "")) == "true"
    if months.alias not in found["aliases"] and blocked:
        client.indices.delete(index=old)


def _meta(client: Elasticsearch, index: str) -> dict[str, Any]:
    found: dict[str, Any] = client.indices.get_mapping(index=index)[index]["mappings"].get("_meta", {})
    return found


class _Copy:
    """Of one index into another, by sequence number."""

    def __init__(self, client: Elasticsearch, bulk: Bulk, note: Callable[[str], None], kind: str, old: str, new: str) -> None:
        self._client = client
        self._bulk = bulk
        self._note = note
        self._kind = kind
        self._old = old
        self._new = new

    def remember(self, seq_no: int) -> None:
        """All up to this number is in the new index: kept there, for a run that comes after a kill."""
        meta = _meta(self._client, self._new) | {"copied_from": self._old, "copied_seq_no": seq_no}
        self._client.indices.put_mapping(index=self._new, meta=meta)

    def catch_up(self) -> int:
        """Copy what was written since the last pass; returns how many documents that was."""
        done = int(_meta(self._client, self._new).get("copied_seq_no", -1))
        shards = self._client.indices.stats(index=self._old, metric="docs", level="shards")["indices"][self._old]["shards"].values()
        primaries = [copy["seq_no"] for copies in shards for copy in copies if copy["routing"]["primary"]]
        safe = min(int(one["local_checkpoint"]) for one in primaries)  # each shard counts for itself: the slowest one decides where the next begins
        last = max(int(one["max_seq_no"]) for one in primaries)
        self._client.indices.refresh(index=self._old)
        copied, noted = 0, time.monotonic()
        for lower in range(done, last, AT_ONCE):
            upper = min(lower + AT_ONCE, last)
            hits = self._written(lower, upper)
            self._bulk.send(self._client, (self._action(hit) for hit in hits))
            copied += len(hits)
            if time.monotonic() - noted >= NOTED_EVERY_S:
                noted = time.monotonic()
                self.remember(min(upper, safe))
                self._note(f"  {number(upper)} / {number(last)}")
        self.remember(max(done, safe))
        return copied

    def _written(self, after: int, until: int) -> list[Mapping[str, Any]]:
        answer = self._client.search(
            index=self._old,
            query={"range": {"_seq_no": {"gt": after, "lte": until}}},
            size=10_000,
            sort=["_doc"],
            version=True,
            track_total_hits=False,
            allow_partial_search_results=False,
        )
        found: list[Mapping[str, Any]] = answer["hits"]["hits"]
        return found

    def _action(self, hit: Mapping[str, Any]) -> Action:
        """The document made anew from its record, so that what is derived from it is as this program derives it."""
        where: dict[str, Any] = {"_index": self._new, "_id": hit["_id"]}
        source = hit["_source"]
        if self._kind != "mentions":
            return {"index": where}, json.dumps(source, ensure_ascii=False).encode()
        where |= {"version": hit["_version"], "version_type": "external_gte"}
        try:
            return {"index": where}, to_document(from_document(source), datetime.fromisoformat(source["revised_at"]))
        except (ValidationError, KeyError):
            raise StoreError(  # without the cause: it quotes the document
                say(
                    f"Elasticsearch: dokumen {self._old}/{hit['_id']} bukan buatan Kentongan; hapus atau perbaiki, lalu ulangi",
                    f"Elasticsearch: document {self._old}/{hit['_id']} is not Kentongan's; delete or mend it, then repeat",
                )
            ) from None

    def remove_deleted(self) -> None:
        """Take out of the new index what was deleted from the old one meanwhile: looked for only in days whose counts differ."""
        self._client.indices.refresh(index=[self._old, self._new])
        old, new = self._days(self._old), self._days(self._new)
        for day in sorted(day for day in new if new[day] > old.get(day, 0)):
            kept = set(self._ids(self._old, day))
            gone: list[Action] = [({"delete": {"_index": self._new, "_id": name}}, None) for name in self._ids(self._new, day) if name not in kept]
            self._bulk.send(self._client, gone)
        self._client.indices.refresh(index=self._new)

    def _days(self, index: str) -> dict[int, int]:
        """Documents of each day, by its start in milliseconds."""
        days = {"date_histogram": {"field": MOMENT[self._kind], "calendar_interval": "day", "min_doc_count": 1}}
        answer = self._client.search(index=index, size=0, aggs={"days": days}, request_cache=False, allow_partial_search_results=False)
        return {int(bucket["key"]): int(bucket["doc_count"]) for bucket in answer["aggregations"]["days"]["buckets"]}

    def _ids(self, index: str, day: int) -> Iterator[str]:
        within = {"range": {MOMENT[self._kind]: {"gte": day, "lt": day + 86_400_000, "format": "epoch_millis"}}}
        return (hit["_id"] for hit in scan(self._client, index=index, query={"query": within}, _source=False, size=5000))

    def verified(self, place: str) -> int:
        """How many documents both hold. Raises StoreError, and the old one stays in use, when they differ in any day."""
        old, new = self._days(self._old), self._days(self._new)
        if old != new:
            counts = f"{sum(old.values())} ≠ {sum(new.values())}"
            raise StoreError(
                say(
                    f"Elasticsearch {place}: {self._new} tidak sama dengan {self._old} ({counts}); yang lama tetap dipakai. Hapus yang baru, ulangi",
                    f"Elasticsearch {place}: {self._new} is not as {self._old} ({counts}); the old one stays in use. Delete the new one, repeat",
                )
            )
        return sum(new.values())
