"""Templates of one tenant in Elasticsearch: put there again and again without harm, never over those of a newer program."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from elasticsearch import AuthorizationException, BadRequestError, Elasticsearch, NotFoundError

import mappings
from kentongan.errors import ConfigError
from kentongan.store.sqlite_file import newer_schema
from kentongan.words import say

log = logging.getLogger(__name__)
_PREFIX = re.compile(r"[a-z][a-z0-9-]{0,39}")
_OTHERS = re.compile(rf"-({'|'.join(mappings.KINDS)})(-|$)")  # `kota-alerts-*` are the alerts of the tenant `kota`: its keys would read another's


def checked_prefix(prefix: str) -> str:
    """The prefix, if Elasticsearch takes it in a name. Raises ConfigError."""
    if _OTHERS.search(prefix):
        raise ConfigError(
            say(
                f"KENTONGAN_ELASTIC_PREFIX: {prefix!r} bertabrakan dengan indeks penyewa lain; hindari -{', -'.join(mappings.KINDS)} di dalamnya",
                f"KENTONGAN_ELASTIC_PREFIX: {prefix!r} collides with another tenant's indices; leave out -{', -'.join(mappings.KINDS)}",
            )
        )
    if not _PREFIX.fullmatch(prefix):
        raise ConfigError(
            say(
                f"KENTONGAN_ELASTIC_PREFIX: {prefix!r} harus huruf kecil, angka dan -, diawali huruf, paling panjang 40; contoh: kentongan",
                f"KENTONGAN_ELASTIC_PREFIX: {prefix!r} must be lower-case letters, digits and -, begin with a letter, at most 40; example: kentongan",
            )
        )
    return prefix


def put_templates(client: Elasticsearch, place: str, prefix: str, kinds: Sequence[str] = mappings.KINDS) -> bool:
    """Put component and index templates (again), and the lifecycle where the server has it; returns whether it has.

    Raises StoreError when a newer program made them; errors of the client pass through.
    """
    for kind in kinds:
        _refuse_newer(client, place, prefix, kind)
    lifecycle = "mentions" in kinds and has_lifecycle(client)
    if lifecycle:
        policy = mappings.lifecycle_policy()
        client.ilm.put_lifecycle(name=f"{prefix}-mentions", policy=policy["policy"])
    components = mappings.component_templates(prefix, lifecycle=lifecycle)
    templates = {kind: mappings.index_template(prefix, kind, lifecycle=lifecycle) for kind in kinds}
    for name in sorted({name for body in templates.values() for name in body["composed_of"]}):
        client.cluster.put_component_template(name=name, template=components[name]["template"], meta=components[name]["_meta"])
    for kind, body in templates.items():
        client.indices.put_index_template(
            name=f"{prefix}-{kind}",
            index_patterns=body["index_patterns"],
            priority=body["priority"],
            allow_auto_create=body["allow_auto_create"],
            composed_of=body["composed_of"],
            template=body["template"],
            meta=body["_meta"],
        )
    log.info("elasticsearch templates put prefix=%s kinds=%s lifecycle=%s", prefix, ",".join(kinds), lifecycle)
    return lifecycle


def _refuse_newer(client: Elasticsearch, place: str, prefix: str, kind: str) -> None:
    try:
        found = client.indices.get_index_template(name=f"{prefix}-{kind}")["index_templates"][0]["index_template"]
    except NotFoundError:
        return
    version = int(found.get("_meta", {}).get("version", 0))
    if version > mappings.version(kind):
        raise newer_schema(place, f"{prefix}-{kind}", version, mappings.version(kind))


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
