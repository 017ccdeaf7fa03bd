"""Roles and API keys with no more rights than `mappings/roles/` give, one tenant each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from elasticsearch import BadRequestError

import mappings
from kentongan.errors import StoreError
from kentongan.store.elastic_client import Connection
from kentongan.store.sqlite_file import from_us
from kentongan.words import say


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """An API key of ours as the server lists it; its secret is shown once, when it is made."""

    id: str
    name: str
    role: str
    expires_at: datetime | None
    invalidated: bool


class Keys:
    """Roles and keys of one tenant. Raises StoreError; where security is off, too."""

    def __init__(self, connection: Connection, prefix: str) -> None:
        self._connection = connection
        self._prefix = prefix

    def put_roles(self) -> list[str]:
        """Put the tenant's roles (again), for people who sign in with a user; returns their names."""
        with self._connection.client() as client, self._security():
            for name in mappings.ROLES:
                body = mappings.role(name, self._prefix)
                client.security.put_role(name=f"{self._prefix}-{name}", cluster=body["cluster"], indices=body["indices"], metadata=body["metadata"])
        return [f"{self._prefix}-{name}" for name in mappings.ROLES]

    def create(self, role: str, expires: str = "") -> str:
        """A new key, as ELASTICSEARCH_API_KEY takes it. expires: "365d", "12h", or "" for never.

        Who makes it needs the rights that it gives: the server cuts a key down to those of its maker.
        """
        body = mappings.role(role, self._prefix)
        descriptor = {"cluster": body["cluster"], "indices": body["indices"]}
        with self._connection.client() as client, self._security():
            who = client.security.authenticate()
            if who.get("authentication_type") == "api_key":
                raise StoreError(
                    say(
                        f"Elasticsearch {self._connection.place}: sebuah kunci tidak dapat membuat kunci yang berhak; isi pengguna dan sandi "
                        "dalam ELASTICSEARCH_URL dan kosongkan ELASTICSEARCH_API_KEY",
                        f"Elasticsearch {self._connection.place}: a key cannot make a key that has rights; put user and password into "
                        "ELASTICSEARCH_URL and unset ELASTICSEARCH_API_KEY",
                    )
                )
            made = client.security.create_api_key(
                name=f"{self._prefix}-{role}",
                role_descriptors={role: descriptor},
                expiration=expires or None,
                metadata={"kentongan": role, "prefix": self._prefix},
            )
        return str(made["encoded"])

    def listed(self) -> list[Key]:
        """The tenant's keys, valid or not, by name."""
        with self._connection.client() as client, self._security():
            found = client.security.get_api_key(owner=True)["api_keys"]
        ours = [one for one in found if one.get("metadata", {}).get("prefix") == self._prefix]
        keys = [
            Key(
                id=one["id"],
                name=one["name"],
                role=one["metadata"]["kentongan"],
                expires_at=from_us(one["expiration"] * 1000) if one.get("expiration") else None,
                invalidated=one["invalidated"],
            )
            for one in ours
        ]
        return sorted(keys, key=lambda key: (key.name, key.id))

    def revoke(self, key_id: str) -> bool:
        """Make the key worthless at once; False when this tenant has no such valid key."""
        if not any(key.id == key_id and not key.invalidated for key in self.listed()):
            return False
        with self._connection.client() as client, self._security():
            return bool(client.security.invalidate_api_key(ids=[key_id], owner=True)["invalidated_api_keys"])

    def _security(self) -> _Translated:
        return _Translated(self._connection.place)


class _Translated:
    """The 400 of a server without security in plain words."""

    def __init__(self, place: str) -> None:
        self._place = place

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, BadRequestError) and "no handler found" in str(error.body):
            raise StoreError(
                say(
                    f"Elasticsearch {self._place}: keamanannya mati, jadi tidak ada kunci; nyalakan xpack.security.enabled",
                    f"Elasticsearch {self._place}: its security is off, so there are no keys; switch xpack.security.enabled on",
                )
            ) from None
