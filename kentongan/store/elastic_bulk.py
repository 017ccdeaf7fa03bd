"""Writing many documents: back-pressure, and every item's error looked at before anybody moves a cursor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from kentongan.errors import StoreError
from kentongan.store.elastic_client import SERVER_TIMEOUT, error_type, explain_answer
from kentongan.words import say

Action = tuple[dict[str, dict[str, Any]], bytes | None]  # {"index": {"_index": ..., "_id": ...}} and the document, as the bulk request has them
Item = dict[str, Any]
DOCUMENTS_AT_ONCE = 250
BYTES_AT_ONCE = 8_000_000
AT_ONCE = 4  # requests in flight: the server indexes while the next ones are being written down
MAX_RETRIES = 5
MAX_BACKOFF_S = 60
# Of the answer to each document only what is looked at: it is as long as the document else.
_NEEDED = "items.*.status,items.*._index,items.*._id,items.*.error"


class IndexLocked(StoreError):
    """An index takes no writes, or is gone since it was looked up. Nothing is lost; `index` is its name."""

    def __init__(self, message: str, index: str) -> None:
        super().__init__(message)
        self.index = index


def _as_it_is(action: Any) -> Any:
    """The helper's hook for actions of one's own making: ours are ready to be sent. (Its types know only its own.)"""
    return action


class Bulk:
    """Sends index and delete actions. backoff_s: the pause after the first 429; then it doubles."""

    def __init__(self, place: str, backoff_s: float) -> None:
        self._place = place
        self._backoff_s = backoff_s

    def send(self, client: Elasticsearch, actions: Iterable[Action]) -> set[str]:
        """The ids that lost against a later document (HTTP 409). All other actions are done, or StoreError is raised.

        actions: may be made as they are asked for; the server works on the ones before meanwhile. Errors of a whole request pass through.
        """
        rest = iter(actions)
        first, second = list(islice(rest, DOCUMENTS_AT_ONCE)), list(islice(rest, 1))
        if not second:
            outcomes = [self._send_chunk(client, first)] if first else []
        else:
            with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="kentongan-bulk") as pool:
                waiting = [pool.submit(self._send_chunk, client, first)]
                rest = chain(second, rest)
                while chunk := list(islice(rest, DOCUMENTS_AT_ONCE)):
                    waiting.append(pool.submit(self._send_chunk, client, chunk))
                outcomes = [done.result() for done in waiting]
        self.check([item for _, refused, _ in outcomes for item in refused], sum(sent for _, _, sent in outcomes))
        return {mention_id for stale, _, _ in outcomes for mention_id in stale}

    def _send_chunk(self, client: Elasticsearch, actions: Sequence[Action]) -> tuple[list[str], list[Item], int]:
        """(ids that are stale, items refused, actions sent)."""
        stale: list[str] = []
        refused: list[Item] = []
        ready: Any = actions
        results = streaming_bulk(
            client,
            ready,
            expand_action_callback=_as_it_is,
            filter_path=_NEEDED,
            chunk_size=DOCUMENTS_AT_ONCE,
            max_chunk_bytes=BYTES_AT_ONCE,
            raise_on_error=False,
            yield_ok=False,
            max_retries=MAX_RETRIES,
            initial_backoff=self._backoff_s,
            max_backoff=MAX_BACKOFF_S,
            timeout=SERVER_TIMEOUT,
        )
        for _, outcome in results:
            operation, item = next(iter(outcome.items()))
            if item["status"] == 409:  # stale: a later document is there
                stale.append(item["_id"])
            elif not (operation == "delete" and item["status"] == 404):
                refused.append(item)
        return stale, refused, len(actions)

    def check(self, refused: Sequence[Mapping[str, Any]], sent: int) -> None:
        """Raise StoreError if there are any: which index, how many, why the first."""
        if not refused:
            return
        first = refused[0]
        why = explain_answer(first["status"], first.get("error") or first.get("cause") or {})
        index = first.get("_index") or first.get("index")
        told = say(
            f"Elasticsearch {self._place}: indeks {index} menolak {len(refused)} dari {sent} dokumen: {why}",
            f"Elasticsearch {self._place}: index {index} refused {len(refused)} of {sent} documents: {why}",
        )
        if error_type(first) in ("cluster_block_exception", "index_not_found_exception"):
            raise IndexLocked(told, str(index))
        raise StoreError(told)
