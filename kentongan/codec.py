"""Records to JSON and back, for databases and the outbox."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import TypeAdapter

Record = TypeVar("Record")


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """The adapter of a record type, built once: building one costs milliseconds."""
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def to_json(record: object) -> str:
    """The record as compact JSON; datetimes in ISO 8601."""
    return _adapter(type(record)).dump_json(record).decode()


def to_plain(record: object) -> dict[str, Any]:
    """The record as JSON-ready values."""
    plain: dict[str, Any] = _adapter(type(record)).dump_python(record, mode="json")
    return plain


def from_json(kind: type[Record], text: str | bytes) -> Record:
    """The record in `text`. Raises pydantic.ValidationError when it does not fit."""
    record: Record = _adapter(kind).validate_json(text)
    return record


def from_plain(kind: type[Record], plain: object) -> Record:
    """The record in JSON-ready values. Raises pydantic.ValidationError when it does not fit."""
    record: Record = _adapter(kind).validate_python(plain)
    return record
