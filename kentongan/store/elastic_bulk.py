"""Writing many documents: back-pressure, and every item's error looked at before anybody moves a cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from kentongan.errors import StoreError
from kentongan.store.elastic_client import SERVER_TIMEOUT, explain_answer
from kentongan.words import say

DOCUMENTS_AT_ONCE = 250
BYTES_AT_ONCE = 8_000_000
AT_ONCE = 3  # requests in flight: the server indexes while the next ones are being written down
MAX_RETRIES = 5
MAX_BACKOFF_S = 60


class Bulk:
    """Sends index and delete actions. backoff_s: the pause after the first 429; then it doubles."""

    def __init__(self, place: str, backoff_s: float) -> None:
        self._place = place
        self._backoff_s = backoff_s

    def send(self, client: Elasticsearch, actions: Sequence[dict[str, Any]]) -> set[str]:
        """The ids that lost against a later document (HTTP 409). All other actions are done, or StoreError is raised.

        Errors of the whole request pass through, untranslated.
        """
        chunks = [actions[start : start + DOCUMENTS_AT_ONCE] for start in range(0, len(actions), DOCUMENTS_AT_ONCE)]
        if len(chunks) <= 1:
            outcomes = [self._send_chunk(client, chunk) for chunk in chunks]
        else:
            with ThreadPoolExecutor(min(AT_ONCE, len(chunks)), thread_name_prefix="kentongan-bulk") as pool:
                outcomes = list(pool.map(lambda chunk: self._send_chunk(client, chunk), chunks))
        stale = {mention_id for found, _ in outcomes for mention_id in found}
        refused = [item for _, found in outcomes for item in found]
        self.check(refused, len(actions))
        return stale

    def _send_chunk(self, client: Elasticsearch, actions: Sequence[dict[str, Any]]) -> tuple[list[str], list[dict[str, Any]]]:
        stale: list[str] = []
        refused: list[dict[str, Any]] = []
        results = streaming_bulk(
            client,
            actions,
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
        return stale, refused

    def check(self, refused: Sequence[Mapping[str, Any]], sent: int) -> None:
        """Raise StoreError if there are any: which index, how many, why the first."""
        if not refused:
            return
        first = refused[0]
        why = explain_answer(first["status"], first.get("error") or first.get("cause") or {})
        index = first.get("_index") or first.get("index")
        raise StoreError(
            say(
                f"Elasticsearch {self._place}: indeks {index} menolak {len(refused)} dari {sent} dokumen: {why}",
                f"Elasticsearch {self._place}: index {index} refused {len(refused)} of {sent} documents: {why}",
            )
        )
