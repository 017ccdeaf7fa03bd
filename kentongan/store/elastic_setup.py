"""Templates and monthly indices of one tenant in Elasticsearch: put there, looked after, checked before the first document goes in."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from elastic_transport import ObjectApiResponse
from elasticsearch import AuthorizationException, BadRequestError, Elasticsearch, NotFoundError

import mappings
from kentongan.errors import ConfigError, StoreError
from kentongan.store.elastic_client import SERVER_TIMEOUT, error_type
from kentongan.store.sqlite_file import newer_schema
from kentongan.words import say

log = logging.getLogger(__name__)
_PREFIX = re.compile(r"[a-z][a-z0-9-]{0,39}")


def checked_prefix(prefix: str) -> str:
    """The prefix, if Elasticsearch takes it in a name. Raises ConfigError."""
    if not _PREFIX.fullmatch(prefix):
        raise ConfigError(
            say(
                f"KENTONGAN_ELASTIC_PREFIX: {prefix!r} harus huruf kecil, angka dan -, diawali huruf, paling panjang 40; contoh: kentongan",
                f"KENTONGAN_ELASTIC_PREFIX: {prefix!r} must be lower-case letters, digits and -, begin with a letter, at most 40; example: kentongan",
            )
        )
    return prefix


class Months:
    """The monthly indices `{prefix}-mentions-2026.03` behind the read alias `{prefix}-mentions`. Errors of the client pass through, untranslated."""

    def __init__(self, place: str, prefix: str) -> None:
        self._place = place
        self._prefix = prefix
        self.alias = f"{prefix}-mentions"
        self._checked: set[str] = set()

    def index_for(self, published_at: datetime, now: datetime) -> str:
        """The index of a new mention: its month in UTC, never a month to come (feeds give dates in the future)."""
        return f"{self.alias}-{min(published_at, now):%Y.%m}"

    def setup(self, client: Elasticsearch, now: datetime, kinds: Sequence[str] = mappings.KINDS) -> None:
        """Put the templates (again) and make this month's index, so that the alias is there. Raises StoreError when a newer program made them."""
        for kind in kinds:
            self._refuse_newer(client, kind)
        lifecycle = "mentions" in kinds and has_lifecycle(client)
        if lifecycle:
            policy = mappings.lifecycle_policy()
            client.ilm.put_lifecycle(name=self.alias, policy=policy["policy"])
        components = mappings.component_templates(self._prefix, lifecycle=lifecycle)
        templates = {kind: mappings.index_template(self._prefix, kind, lifecycle=lifecycle) for kind in kinds}
        for name in sorted({name for body in templates.values() for name in body["composed_of"]}):
            client.cluster.put_component_template(name=name, template=components[name]["template"], meta=components[name]["_meta"])
        for kind, body in templates.items():
            client.indices.put_index_template(
                name=f"{self._prefix}-{kind}",
                index_patterns=body["index_patterns"],
                priority=body["priority"],
                composed_of=body["composed_of"],
                template=body["template"],
                meta=body["_meta"],
            )
        log.info("elasticsearch templates put prefix=%s kinds=%s lifecycle=%s", self._prefix, ",".join(kinds), lifecycle)
        if "mentions" in kinds:
            self.make(client, self.index_for(now, now))

    def _refuse_newer(self, client: Elasticsearch, kind: str) -> None:
        try:
            found = client.indices.get_index_template(name=f"{self._prefix}-{kind}")["index_templates"][0]["index_template"]
        except NotFoundError:
            return
        version = int(found.get("_meta", {}).get("version", 0))
        if version > mappings.version(kind):
            raise newer_schema(self._place, f"{self._prefix}-{kind}", version, mappings.version(kind))

    def ensure(self, client: Elasticsearch, index: str, now: datetime) -> None:
        """Make the index if it is missing, with the templates if they are; once per index and object this is looked at.

        Without this check a first document would make an index of guessed fields. Raises StoreError when the index is not of our making.
        """
        if index in self._checked:
            return
        if not self._checked and not self._has_templates(client):
            self.setup(client, now, ("mentions",))
        self.make(client, index)

    def _has_templates(self, client: Elasticsearch) -> bool:
        try:
            return bool(client.indices.exists_index_template(name=self.alias))
        except AuthorizationException:
            return True  # a key that may only write: somebody with more rights has put them, and `make` checks the outcome

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
        ours = mapping.get("dynamic") == "strict" and meta.get("kentongan") == "mentions" and meta.get("version") == mappings.version()
        if not ours or self.alias not in found["aliases"]:
            raise StoreError(
                say(
                    f"Elasticsearch {self._place}: indeks {index} tanpa pemetaan kentongan versi {mappings.version()} atau alias {self.alias}; "
                    "indeksnya dibuat tanpa templat atau oleh versi lain: buat ulang menurut docs/elasticsearch.md",
                    f"Elasticsearch {self._place}: index {index} lacks kentongan's mapping version {mappings.version()} or the alias {self.alias}; "
                    "it was made without the templates or by another version: make it anew as docs/elasticsearch.md says",
                )
            )
        self._checked.add(index)

    def drop_empty(self, client: Elasticsearch, now: datetime) -> list[str]:
        """Delete the past months that hold nothing any more; returns their names. Without the right to do so they stay, with a note in the log."""
        dropped = []
        current = self.index_for(now, now)
        for index in sorted(self.existing(client)):
            if index >= current or not _is_empty(client, index):
                continue
            try:
                client.indices.delete(index=index, ignore_unavailable=True)
            except AuthorizationException:
                log.warning("empty index stays, the key may not delete it index=%s", index)
                continue
            self._checked.discard(index)
            dropped.append(index)
        return dropped

    def existing(self, client: Elasticsearch) -> list[str]:
        """The indices behind the alias."""
        try:
            return list(client.indices.get_alias(name=self.alias))
        except NotFoundError:
            return []


def has_lifecycle(client: Elasticsearch) -> bool:
    """True when the server knows lifecycle management; some builds do not, and refuse its settings."""
    try:
        client.ilm.get_status()
    except BadRequestError:
        return False
    except AuthorizationException:
        log.warning("no right to see lifecycle management; its settings are left out")
        return False
    return True


def _is_empty(client: Elasticsearch, index: str) -> bool:
    """True when the index surely holds nothing. A count would say 0 of a shard that is out of reach, so a search is asked, which fails then."""
    answer = client.search(index=index, size=0, track_total_hits=True, allow_partial_search_results=False)
    return not answer["hits"]["total"]["value"]


def _only(answer: ObjectApiResponse[Any]) -> dict[str, Any]:
    """The one entry of an answer that is keyed by index."""
    found: dict[str, Any] = next(iter(answer.body.values()))
    return found
