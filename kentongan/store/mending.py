"""Strings that no database takes, made storable: half a surrogate pair (cut emojis in JSON bring it) and, in PostgreSQL, the NUL character."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from pydantic_core import PydanticSerializationError

from kentongan.codec import to_json

Record = TypeVar("Record")


def storable(record: Record) -> tuple[Record, str]:
    """The record and its JSON; one that cannot be written as UTF-8 is replaced by a copy with U+FFFD in the bad places."""
    try:
        return record, to_json(record)
    except PydanticSerializationError:
        mended = _mended(record)
        return mended, to_json(mended)


def plain(text: str) -> str:
    """The text fit for a column of its own: U+FFFD for half pairs and NUL."""
    return _whole(text).replace("\x00", "\ufffd")


def _whole(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _mended(value: Record) -> Record:
    mended: Any = value
    if isinstance(value, str):
        mended = _whole(value) if type(value) is str else value  # enums are our own words
    elif is_dataclass(value) and not isinstance(value, type):
        mended = replace(value, **{f.name: _mended(getattr(value, f.name)) for f in fields(value)})
    elif isinstance(value, tuple):
        mended = tuple(_mended(item) for item in value)
    elif isinstance(value, dict):
        mended = {_mended(key): _mended(item) for key, item in value.items()}
    found: Record = mended
    return found
