"""Monthly indices of one kind of one tenant: which one a document goes to, made when missing, checked before the first document goes in."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from elastic_transport import ObjectApiResponse
from elasticsearch import AuthorizationException, BadRequestError, Elasticsearch, NotFoundError

import mappings
from kentongan.errors import StoreError
from kentongan.store.elastic_bulk import IndexLocked
from kentongan.store.elastic_client import SERVER_TIMEOUT, Connection, error_type
from kentongan.store.elastic_setup import put_templates
from kentongan.words import say

log = logging.getLogger(__name__)
Done = TypeVar("Done")
LOCKED_TRIES, LOCKED_PAUSE_S = 120, 0.5  # a minute at most, while a copy takes an index's place
# A copy in the making is behind the alias too (the template puts it there), but with this filter nobody finds anything in it.
HIDDEN: Mapping[str, Any] = {"filter": {"match_none": {}}}


class Months:
    """The indices `{prefix}-{kind}-2026.03` behind the read alias `{prefix}-{kind}`. Errors of the client pass through, untranslated.

    A month that was copied into a newer mapping lives on as `{prefix}-{kind}-2026.03-r2`, then `-r3`.
    """

    def __init__(self, place: str, prefix: str, kind: str = "mentions") -> None:
        self._place = place
        self._prefix = prefix
        self.kind = kind
        self.alias = f"{prefix}-{kind}"
        self._checked: set[str] = set()

    def month_of(self, index: str) -> str:
        """`2026.03` of an index of ours."""
        return index[len(self.alias) + 1 :][:7]

    def setup(self, client: Elasticsearch, now: datetime) -> None:
        """Put the templates (again) and make this month's index, so that the alias is there. Raises StoreError when a newer program made them."""
        put_templates(client, self._place, self._prefix, (self.kind,))
        self.index_for(client, now, now)

    def index_for(self, client: Elasticsearch, moment: datetime, now: datetime) -> str:
        """The index of a new document: its month in UTC, never a month to come (feeds give dates in the future); made when it is missing.

        Without the check a first document would make an index of guessed fields. Raises StoreError when the index is not of our making.
        """
        month = f"{min(moment, now):%Y.%m}"
        behind = self.existing(client)
        there = [index for index in behind if self.month_of(index) == month]
        index = max(there, key=revision) if there else f"{self.alias}-{month}"
        if not there or index not in self._checked:
            if not there and not self._has_template(client, set_up=bool(behind)):
                put_templates(client, self._place, self._prefix, (self.kind,))
            self.make(client, index)
        return index

    def _has_template(self, client: Elasticsearch, *, set_up: bool) -> bool:
        """Whether the index template is there. A key that may only write cannot see it: then what `set_up` says counts, as an index that is made
        without templates is in nobody's way but its own month's. Raises StoreError when nobody has set up."""
        try:
            return bool(client.indices.exists_index_template(name=self.alias))
        except AuthorizationException:
            if set_up:
                return True
            raise StoreError(
                say(
                    f"Elasticsearch {self._place}: {self.alias} belum disiapkan, dan kunci ini tidak boleh; jalankan dulu kentongan elastic setup "
                    "dengan kunci bootstrap",
                    f"Elasticsearch {self._place}: {self.alias} is not set up, and this key may not do it; first run kentongan elastic setup "
                    "with the bootstrap key",
                )
            ) from None

    def placer(self, client: Elasticsearch, now: datetime) -> Callable[[datetime], str]:
        """`index_for` of many documents: each month is asked for once. For one page only, as a month may be copied meanwhile."""
        places: dict[str, str] = {}

        def place(moment: datetime) -> str:
            month = f"{min(moment, now):%Y.%m}"
            if month not in places:
                places[month] = self.index_for(client, moment, now)
            return places[month]

        return place

    def is_being_copied(self, client: Elasticsearch, index: str) -> bool:
        """True when the index is locked because a copy of it is about to take its place, or has done so a moment ago."""
        try:
            behind = client.indices.get_alias(name=self.alias)
        except NotFoundError:
            return False
        return index not in behind or next_revision(index) in behind

    def patiently(self, connection: Connection, work: Callable[[], Done]) -> Done:
        """Do it, and again from its look-up on while an index is locked only because a copy of it takes its place: a matter of seconds."""
        for _ in range(LOCKED_TRIES):
            try:
                return work()
            except IndexLocked as exc:
                with connection.client() as client:
                    if not self.is_being_copied(client, exc.index):
                        raise
                time.sleep(LOCKED_PAUSE_S)
        return work()

    def make(self, client: Elasticsearch, index: str) -> None:
        """Make the index from the templates unless it is there, and check that its fields are ours."""
        if not client.indices.exists(index=index):
            try:
                client.indices.create(index=index, timeout=SERVER_TIMEOUT)
            except BadRequestError as exc:
                if error_type(exc.body) != "resource_already_exists_exception":  # another worker was quicker
                    raise
        found = _only(client.indices.get(index=index))
        mapping = found["mappings"]
        meta = mapping.get("_meta", {})
        version = mappings.version(self.kind)
        # A newer mapping takes what an older program writes, or refuses it aloud: so that copying into it needs no standstill.
        ours = mapping.get("dynamic") == "strict" and meta.get("kentongan") == self.kind and int(meta.get("version", 0)) >= version
        if self.alias not in found["aliases"]:
            raise StoreError(
                say(
                    f"Elasticsearch {self._place}: indeks {index} di luar alias {self.alias}, jadi dibuat tanpa templat; hapus atau ganti namanya, "
                    "lalu kentongan elastic setup (docs/elasticsearch.md)",
                    f"Elasticsearch {self._place}: index {index} is not behind the alias {self.alias}, so it was made without the templates; delete "
                    "or rename it, then kentongan elastic setup (docs/elasticsearch.md)",
                )
            )
        if not ours:
            raise StoreError(
                say(
                    f"Elasticsearch {self._place}: indeks {index} tanpa pemetaan kentongan versi {version}; "
                    "dibuat oleh versi lain: jalankan kentongan elastic reindex (docs/elasticsearch.md)",
                    f"Elasticsearch {self._place}: index {index} lacks kentongan's mapping version {version}; "
                    "it was made by another version: run kentongan elastic reindex (docs/elasticsearch.md)",
                )
            )
        self._checked.add(index)

    def drop_empty(self, client: Elasticsearch, now: datetime) -> list[str]:
        """Delete the past months that hold nothing any more; returns their names. Without the right to do so they stay, with a note in the log."""
        dropped = []
        for index in sorted(self.existing(client)):
            if self.month_of(index) >= f"{now:%Y.%m}" or not _is_empty(client, index):
                continue
            if self._locked_and_empty(client, index) and self.drop(client, index):
                dropped.append(index)
        return dropped

    def _locked_and_empty(self, client: Elasticsearch, index: str) -> bool:
        """Looked at once more while it takes no writes: what came in a moment ago, and no search has seen yet, must not go with it."""
        try:
            client.indices.add_block(index=index, block="write")  # answers when what was under way is done
        except AuthorizationException:
            return _stays(index)
        client.indices.refresh(index=index)
        if _is_empty(client, index):
            return True
        client.indices.put_settings(index=index, settings={"index.blocks.write": None})
        return False

    def drop(self, client: Elasticsearch, index: str) -> bool:
        """Delete the index; False, with a note in the log, when the key may not."""
        try:
            client.indices.delete(index=index, ignore_unavailable=True)
        except AuthorizationException:
            return _stays(index)
        self._checked.discard(index)
        return True

    def existing(self, client: Elasticsearch) -> list[str]:
        """The indices behind the alias; without a copy in the making."""
        try:
            found = client.indices.get_alias(name=self.alias)
        except NotFoundError:
            return []
        return [index for index, body in found.items() if not body["aliases"][self.alias].get("filter")]


def revision(index: str) -> int:
    """How often the month was copied into a newer mapping: 1 for `-2026.03`, 2 for `-2026.03-r2`."""
    _, mark, number = index.rpartition("-r")
    return int(number) if mark and number.isdigit() else 1


def next_revision(index: str) -> str:
    """The name of this index's next copy."""
    return f"{index if revision(index) == 1 else index.rpartition('-r')[0]}-r{revision(index) + 1}"


def _stays(index: str) -> bool:
    log.warning("index stays, the key may not delete it; kentongan elastic setup does index=%s", index)
    return False


def _is_empty(client: Elasticsearch, index: str) -> bool:
    """True when the index surely holds nothing. A count would say 0 of a shard that is out of reach, so a search is asked, which fails then."""
    answer = client.search(index=index, size=0, track_total_hits=True, allow_partial_search_results=False)
    return not answer["hits"]["total"]["value"]


def _only(answer: ObjectApiResponse[Any]) -> dict[str, Any]:
    """The one entry of an answer that is keyed by index."""
    found: dict[str, Any] = next(iter(answer.body.values()))
    return found
