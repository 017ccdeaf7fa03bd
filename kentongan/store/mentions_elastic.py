"""Mentions in Elasticsearch: monthly indices behind one alias per tenant. The home of `MentionStore` for analysts who use Kibana."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any

from elasticsearch import Elasticsearch

from kentongan.clock import SystemClock
from kentongan.ports import Clock, Kept, MentionQuery, Saved, SearchPage
from kentongan.records import BinCount, BinKey, ScoredMention
from kentongan.store.elastic_bulk import Action, Bulk
from kentongan.store.elastic_client import REQUEST_TIMEOUT_S, SERVER_TIMEOUT, Connection
from kentongan.store.elastic_documents import Stored, from_document, read_bin_term
from kentongan.store.elastic_months import Months
from kentongan.store.elastic_reader import CHUNK, Reader
from kentongan.store.elastic_saving import Plan, index_action, looked_up
from kentongan.store.elastic_setup import checked_prefix
from kentongan.store.mentions_rows import blanked
from kentongan.store.sqlite_file import to_us

log = logging.getLogger(__name__)

PURGED_AT_ONCE = 5000
MOST_UNREFRESHED = 50_000  # ids kept in memory between two refreshes


class ElasticMentions:
    """`MentionStore` in the Elasticsearch at `url`; templates and indices are made when they are missing. Safe for threads and forks.

    prefix: one per tenant. retention_days: a new mention older than this is not stored (`Saved.expired` counts it). backoff_s: the pause after the
    first 429, doubled up to 60 s, five times. Nothing is sent before the first call. Raises ConfigError for a wrong address or prefix.
    """

    def __init__(
        self,
        url: str,
        api_key: str = "",
        prefix: str = "kentongan",
        retention_days: int = 90,
        clock: Clock | None = None,
        backoff_s: float = 1,
        timeout_s: float = REQUEST_TIMEOUT_S,
    ) -> None:
        self._connection = Connection(url, api_key, timeout_s)
        self._months = Months(self._connection.place, checked_prefix(prefix))
        self.alias = self._months.alias  # what a search, and Kibana, may read
        self._reader = Reader(self._connection, self.alias)
        self._bulk = Bulk(self._connection.place, backoff_s)
        self._clock = clock or SystemClock()
        self._retention = timedelta(days=retention_days)
        self._lock = threading.Lock()
        self._unrefreshed: set[str] = set()  # ids written by us that a search may not see yet

    def setup(self) -> None:
        """Put the templates of mentions and this month's index; a second call changes nothing."""
        with self._connection.client() as client:
            self._months.setup(client, self._clock.now())

    # saving

    def save(self, mentions: Sequence[ScoredMention], revised_at: datetime) -> Saved:
        """See `MentionStore.save`. Not all or nothing: after a StoreError some may be stored, and saving the page again completes it.

        Ids are looked up first: what is unchanged is not sent, what is known goes back to the month it is in.
        """
        wanted = {scored.mention.id: scored for scored in mentions}
        if not wanted:
            return Saved(new=0, changed=0, unchanged=0)
        return self._months.patiently(self._connection, lambda: self._save(wanted, revised_at))

    def _save(self, wanted: Mapping[str, ScoredMention], revised_at: datetime) -> Saved:
        now = self._clock.now()
        with self._connection.client() as client:
            plan = Plan(revised_at, now - self._retention, self._months.placer(client, now))
            parts = looked_up(list(wanted), self._look_up)
            writes = chain.from_iterable(plan.writes([wanted[mention_id] for mention_id in ids], known) for ids, known in parts)
            stale = self._send(client, writes)
        saved = plan.outcome(stale)
        if saved.expired:
            log.warning("older than the retention, not stored count=%d retention_days=%d", saved.expired, self._retention.days)
        return saved

    def restore(self, kept: Sequence[Kept]) -> int:
        """See `MentionStore.restore`; like `save` not all or nothing, and repeatable."""
        return self._months.patiently(self._connection, lambda: self._restore(kept))

    def _restore(self, kept: Sequence[Kept]) -> int:
        now = self._clock.now()
        known = self._look_up([one.scored.mention.id for one in kept])
        actions: list[Action] = []
        with self._connection.client() as client:
            place = self._months.placer(client, now)
            for one in kept:
                old = known.get(one.scored.mention.id)
                if old is None or old.version <= to_us(one.revised_at):
                    index = old.index if old else place(one.scored.mention.published_at)
                    actions.append(index_action(index, one.scored, one.revised_at))
            stale = self._send(client, actions)
        return len(actions) - len(stale)

    def _send(self, client: Elasticsearch, actions: Iterable[Action]) -> set[str]:
        """Write; returns the ids that lost against a later document. Raises StoreError when anything else was refused."""
        sent: list[str] = []

        def noted() -> Iterator[Action]:
            for action in actions:
                sent.extend(meta["_id"] for meta in action[0].values())
                yield action

        try:
            return self._bulk.send(client, noted())
        finally:
            with self._lock:
                self._unrefreshed.update(sent)

    def _look_up(self, ids: Sequence[str]) -> dict[str, Stored]:
        """What is stored of these ids. Refreshes first where we wrote one of them a moment ago."""
        with self._lock:
            unseen = len(self._unrefreshed) > MOST_UNREFRESHED or not self._unrefreshed.isdisjoint(ids)
        if unseen:
            self._refresh()
        return self._reader.states(ids)

    def _refresh(self) -> None:
        """Make everything searchable that was written before, by us or by others."""
        with self._lock:
            self._unrefreshed.clear()
        with self._connection.client() as client:
            client.indices.refresh(index=self.alias, ignore_unavailable=True)

    def _refresh_own(self) -> None:
        """Refresh if we wrote since the last time: what a caller has saved, it finds. What others wrote is seen within five seconds."""
        with self._lock:
            wrote = bool(self._unrefreshed)
        if wrote:
            self._refresh()

    # reading

    def get(self, ids: Sequence[str]) -> list[ScoredMention]:
        """See `MentionStore.get`."""
        self._refresh_own()
        found = self._reader.documents(ids)
        return [from_document(found[mention_id]["_source"]) for mention_id in ids if mention_id in found]

    def search(self, query: MentionQuery, *, limit: int = 20, after: str = "") -> SearchPage:
        """See `MentionStore.search`; at most 5000 a page. Raises InputError for a text, label or `after` that cannot be understood."""
        self._refresh_own()
        return self._reader.page(query, limit, after)

    def scan(self, query: MentionQuery) -> Iterator[ScoredMention]:
        """See `MentionStore.scan`. Shows the store as it was at the first `next`; a caller may take ten minutes over a thousand mentions."""
        return (kept.scored for kept in self.export(query))

    def export(self, query: MentionQuery) -> Iterator[Kept]:
        """See `MentionStore.export`; as `scan` reads."""
        self._refresh_own()
        yield from self._reader.export(query)

    def bin_counts(self, keys: Collection[BinKey]) -> list[BinCount]:
        """See `MentionStore.bin_counts`; ascending by agency and time. Exact, whoever wrote."""
        if keys:
            self._refresh()
        return list(self._reader.bin_counts(sorted(set(keys))))

    def count(self) -> int:
        """Mentions stored; exact, whoever wrote."""
        self._refresh()
        return self._reader.count()

    # taking away

    def blank(self, ids: Sequence[str], at: datetime) -> int:
        """See `MentionStore.blank`."""
        return self._months.patiently(self._connection, lambda: self._blank(ids, at))

    def _blank(self, ids: Sequence[str], at: datetime) -> int:
        self._refresh_own()
        actions: list[Action] = []
        for hit in self._reader.documents(ids).values():
            old = from_document(hit["_source"])
            if old.mention.deleted_at is None:
                actions.append(index_action(hit["_index"], blanked(old, at), at, version=max(hit["_version"], to_us(at))))
        with self._connection.client() as client:
            stale = self._send(client, actions)
        return len(actions) - len(stale)

    def forget(self, *, ids: Sequence[str] = (), author_keys: Sequence[str] = ()) -> list[BinKey]:
        """See `MentionStore.forget`; looks again until nothing is found, so that a document written meanwhile goes too."""
        gone: set[BinKey] = set()
        keys = [key for key in author_keys if key]
        parts: list[dict[str, Any]] = [{"ids": {"values": list(ids[at : at + CHUNK])}} for at in range(0, len(ids), CHUNK)]
        parts += [{"terms": {"author.key": keys[at : at + CHUNK]}} for at in range(0, len(keys), CHUNK)]

        def forget_some(part: dict[str, Any]) -> bool:
            self._refresh()
            hits = self._reader.hits(part, ("id", "bins"))
            gone.update(read_bin_term(term) for hit in hits for term in hit["fields"].get("bins", ()))
            with self._connection.client() as client:
                self._send(client, [({"delete": {"_index": hit["_index"], "_id": hit["fields"]["id"][0]}}, None) for hit in hits])
            return bool(hits)

        for part in parts:
            while self._months.patiently(self._connection, partial(forget_some, part)):
                pass
        return sorted(gone)

    def purge(self, published_before: datetime) -> int:
        """See `MentionStore.purge`; exact to the microsecond, in short requests; months that are empty then are dropped."""
        self._refresh()
        done: int = 0
        while True:
            with self._connection.client() as client:
                answer = client.delete_by_query(
                    index=self.alias,
                    ignore_unavailable=True,
                    query={"range": {"published_us": {"lt": to_us(published_before)}}},
                    max_docs=PURGED_AT_ONCE,
                    conflicts="proceed",
                    refresh=True,
                    timeout=SERVER_TIMEOUT,
                )
            self._bulk.check(answer["failures"], PURGED_AT_ONCE)
            done += int(answer["deleted"])
            if not answer["deleted"] and not answer["version_conflicts"]:
                break
        with self._connection.client() as client:
            dropped = self._months.drop_empty(client, self._clock.now())
        log.info("purged mentions=%d months=%s", done, ",".join(dropped) or "-")
        return done

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()
