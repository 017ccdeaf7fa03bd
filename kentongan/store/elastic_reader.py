"""Reading one tenant's mentions: raw hits, pages, scans and counts. Nothing here writes; no index yet means no hits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from elasticsearch import NotFoundError

from kentongan.clock import BIN
from kentongan.errors import StoreError
from kentongan.ports import Kept, MentionQuery, SearchPage
from kentongan.records import BinCount, BinKey
from kentongan.store.elastic_client import Connection, not_json
from kentongan.store.elastic_documents import COLUMNS, Stored, bin_term, from_document, read_bin_term, stored
from kentongan.store.elastic_queries import MEASURES, NEWEST_FIRST, OLDEST_FIRST, Json, build_query, counting, page_mark, read_mark
from kentongan.store.sqlite_file import from_us, to_us

CHUNK = 1000
BINS_AT_ONCE = 4000  # times four measures stays far below the server's 65,536 buckets
MOST_PER_PAGE = 5000  # below the server's window of 10,000
PIT_KEEP_ALIVE = "10m"


class _PointLost(StoreError):
    """The moment that was held fast is gone: its index was replaced, or nobody asked for too long."""


class Reader:
    """Searches through the read alias. It sees what the last refresh made searchable. Raises StoreError."""

    def __init__(self, connection: Connection, alias: str) -> None:
        self._connection = connection
        self._alias = alias

    def _search(self, **body: Any) -> Any:
        """One search; a shard that cannot answer is an error, never a smaller result."""
        if "pit" not in body:
            body |= {"index": self._alias, "ignore_unavailable": True}
        with self._connection.client() as client:
            try:
                answer = client.search(allow_partial_search_results=False, **body)
            except NotFoundError as exc:
                if "pit" in body:
                    raise _PointLost from exc
                raise
        if not isinstance(answer.body, dict):  # something between us and the server answered with a page of its own
            raise StoreError(f"Elasticsearch {self._connection.place}: {not_json()}")
        return answer

    def states(self, ids: Sequence[str]) -> dict[str, Stored]:
        """What is stored of these ids, from columns alone: quick. Of two in two months the later counts."""
        found: dict[str, Stored] = {}
        for hit in self._by_ids(ids, COLUMNS):
            mention_id, state = stored(hit)
            if mention_id not in found or state.version > found[mention_id].version:
                found[mention_id] = state
        return found

    def documents(self, ids: Sequence[str]) -> dict[str, Json]:
        """Whole hits (`_index`, `_version`, `_source`) by id. Of two in two months the later counts."""
        found: dict[str, Json] = {}
        for hit in self._by_ids(ids):
            if hit["_id"] not in found or hit["_version"] > found[hit["_id"]]["_version"]:
                found[hit["_id"]] = hit
        return found

    def _by_ids(self, ids: Sequence[str], columns: Sequence[str] = ()) -> Iterator[Json]:
        wanted = list(dict.fromkeys(ids))
        for start in range(0, len(wanted), CHUNK):
            # Twice the number: two workers may each have put the same new mention into another month.
            yield from self.hits({"ids": {"values": wanted[start : start + CHUNK]}}, columns, size=2 * CHUNK)

    def hits(self, query: Json, columns: Sequence[str] = (), size: int = CHUNK) -> list[Json]:
        """Some raw hits with their version, in no order: whole documents, or just these columns."""
        only: Json = {"source": False, "stored_fields": "_none_", "docvalue_fields": list(columns)} if columns else {}
        answer = self._search(track_total_hits=False, query={"bool": {"filter": [query]}}, size=size, sort=["_doc"], version=True, **only)
        hits: list[Json] = answer["hits"]["hits"]
        return hits

    def page(self, query: MentionQuery, limit: int, after: str) -> SearchPage:
        """See `MentionStore.search`; at most 5000 mentions."""
        size = min(limit, MOST_PER_PAGE)
        more: Json = {"search_after": read_mark(after)} if after else {}
        answer = self._search(track_total_hits=True, query=build_query(query), size=size + 1, sort=NEWEST_FIRST, **more)
        hits = answer["hits"]["hits"]
        return SearchPage(
            mentions=tuple(from_document(hit["_source"]) for hit in hits[:size]),
            total=answer["hits"]["total"]["value"],
            after=page_mark(hits[size - 1]["sort"]) if 0 < size < len(hits) else "",
        )

    def export(self, query: MentionQuery) -> Iterator[Kept]:
        """See `MentionStore.export`. Shows the index as it was at the start; where a month was copied into a new mapping meanwhile, or the caller
        took more than ten minutes over a thousand mentions, the rest is as it is by then.
        """
        body: Json = {"query": build_query(query), "track_total_hits": False, "size": CHUNK, "sort": OLDEST_FIRST, "version": True}
        point = self._point_in_time()
        try:
            while True:
                try:
                    answer = self._search(pit={"id": point, "keep_alive": PIT_KEEP_ALIVE}, **body)
                except _PointLost:
                    point = self._point_in_time()
                    if "search_after" in body:  # its last value is the place in the shard, which means nothing in another point
                        body["search_after"] = body["search_after"][: len(OLDEST_FIRST)]
                    answer = self._search(pit={"id": point, "keep_alive": PIT_KEEP_ALIVE}, **body)
                point = answer["pit_id"]
                hits = answer["hits"]["hits"]
                yield from (Kept(scored=from_document(hit["_source"]), revised_at=from_us(hit["_version"])) for hit in hits)
                if len(hits) < CHUNK:
                    return
                body["search_after"] = hits[-1]["sort"]
        finally:
            with self._connection.client() as client:
                client.options(ignore_status=404).close_point_in_time(id=point)

    def _point_in_time(self) -> str:
        with self._connection.client() as client:
            return str(client.open_point_in_time(index=self._alias, ignore_unavailable=True, keep_alive=PIT_KEEP_ALIVE)["id"])

    def bin_counts(self, keys: Sequence[BinKey]) -> Iterator[BinCount]:
        """One count per key, in the order given; one request for 4000 bins."""
        zeros = dict.fromkeys(MEASURES, 0)
        for at in range(0, len(keys), BINS_AT_ONCE):
            part = keys[at : at + BINS_AT_ONCE]
            found = self._measure(part, min(key.start for key in part), max(key.start for key in part) + BIN)
            yield from (BinCount(agency=key.agency, start=key.start, **(zeros | found.get(key, {}))) for key in part)

    def _measure(self, keys: Sequence[BinKey], earliest: datetime, latest: datetime) -> dict[BinKey, dict[str, int]]:
        answer = self._search(request_cache=False, **counting([bin_term(key) for key in keys], to_us(earliest), to_us(latest)))
        found: dict[BinKey, dict[str, int]] = {}
        for measure in MEASURES:
            for bucket in answer.get("aggregations", {}).get(measure, {}).get("buckets", ()):
                found.setdefault(read_bin_term(bucket["key"]), {})[measure] = bucket["doc_count"]
        return found

    def count(self) -> int:
        """Documents behind the alias."""
        return int(self._search(size=0, track_total_hits=True)["hits"]["total"]["value"])
