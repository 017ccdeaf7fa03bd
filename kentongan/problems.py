"""What is wrong with a YAML file, as sentences for the person who edits it: file, key, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from kentongan.errors import ConfigError
from kentongan.words import say


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a key may stand only once: a second one would silently win."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node) if isinstance(key_node, yaml.ScalarNode) else None
        if key is not None and key in seen:
            raise yaml.MarkedYAMLError(None, None, say(f"kunci {key!r} ada dua kali", f"the key {key!r} stands twice"), key_node.start_mark)
        seen.add(key)
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file; an empty file is an empty mapping. Raises ConfigError with file and line."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8-sig"), _Loader)  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError) as exc:
        reason = getattr(exc, "strerror", None) or say("bukan UTF-8", "not UTF-8")
        raise ConfigError(say(f"{path}: tidak dapat dibaca ({reason})", f"{path}: cannot be read ({reason})")) from exc
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None) or getattr(exc, "context_mark", None)
        line = mark.line + 1 if mark else "?"
        reason = getattr(exc, "problem", None) or str(exc)
        raise ConfigError(say(f"{path}: baris {line} bukan YAML yang benar ({reason})", f"{path}: line {line} is not YAML ({reason})")) from exc
    except RecursionError as exc:
        raise ConfigError(say(f"{path}: bersarang terlalu dalam", f"{path}: nested too deeply")) from exc
    if content is None:
        return {}
    if not isinstance(content, dict):
        kind = type(content).__name__
        raise ConfigError(say(f"{path}: harus berisi `kunci: nilai`, ternyata {kind}", f"{path}: must hold `key: value`, holds a {kind}"))
    return content


def no_text(head: bytes) -> str:
    """What a file that begins so is, instead of text in UTF-8, and what to do about it; "" where its beginning says nothing."""
    if head.startswith(b"\x1f\x8b"):
        return say("terkompresi (gzip); buka dulu dengan gunzip", "compressed (gzip); unpack it with gunzip first")
    if head.startswith(b"PK\x03\x04"):
        return say("arsip ZIP atau buku kerja Excel; simpan sebagai teks UTF-8", "a ZIP archive or an Excel workbook; save it as text in UTF-8")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return say("UTF-16; simpan ulang sebagai UTF-8", "UTF-16; save it as UTF-8")
    return ""


def nearest(word: str, valid: Iterable[str]) -> str:
    """ ", did you mean ...?" with the valid word that is closest, or ""."""
    near = difflib.get_close_matches(word, list(valid), n=1, cutoff=0.5)
    return say(f", maksudnya {near[0]!r}?", f", did you mean {near[0]!r}?") if near else ""


def explain(path: Path | str, error: ValidationError, model: type[BaseModel], prefix: str = "") -> list[str]:
    """One line per problem: file, key, what is wrong, nearest valid key. Alternatives of one key are told once."""
    lines: dict[str, None] = {}
    for item in error.errors():
        location = tuple(part for part in item["loc"] if not _names_a_type(part))
        key = prefix + ".".join(str(part) for part in location)
        lines.setdefault(f"{path}: {key}: {_sentence(item, model, location)}" if key else f"{path}: {_sentence(item, model, location)}")
    return list(_first_per_key(lines))


def _first_per_key(lines: Iterable[str]) -> Iterator[str]:
    """A value that fits none of several types is wrong once, not once per type."""
    seen = set()
    for line in lines:
        key = line.split(": ", 2)[:2]
        if tuple(key) not in seen:
            seen.add(tuple(key))
            yield line


def _names_a_type(part: int | str) -> bool:
    """pydantic puts the tried alternative of a union into the location."""
    return isinstance(part, str) and (part in ("str", "int", "float", "bool") or "[" in part)


_SENTENCES = {  # pydantic's error type: what to say
    "missing": ("wajib diisi", "is required"),
    "string_type": ("harus teks", "must be text"),
    "tuple_type": ("harus daftar, mis. [satu, dua]", "must be a list, e.g. [one, two]"),
    "list_type": ("harus daftar, mis. [satu, dua]", "must be a list, e.g. [one, two]"),
    "invalid_key": ("kunci harus teks; beri tanda kutip", "keys must be text; put it in quotes"),
    "too_short": ("paling sedikit satu isi", "needs at least one entry"),
    "dict_type": ("harus berisi `kunci: nilai`", "must hold `key: value`"),
    "model_type": ("harus berisi `kunci: nilai`", "must hold `key: value`"),
    "int_parsing": ("harus bilangan bulat", "must be a whole number"),
    "int_from_float": ("harus bilangan bulat", "must be a whole number"),
    "finite_number": ("harus bilangan yang berhingga", "must be a finite number"),
    "int_type": ("harus bilangan bulat", "must be a whole number"),
    "float_parsing": ("harus bilangan", "must be a number"),
    "float_type": ("harus bilangan", "must be a number"),
    "bool_parsing": ("harus true atau false", "must be true or false"),
    "timezone_aware": ("perlu zona waktu, mis. 2026-05-22T18:00:00+07:00", "needs a time zone, e.g. 2026-05-22T18:00:00+07:00"),
}


def _sentence(item: Any, model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    kind, given = item["type"], item.get("input")
    if kind == "extra_forbidden":
        valid = _keys_at(model, location[:-1])
        near = nearest(str(location[-1]), valid)
        known = ", ".join(valid)
        return say(f"kunci tidak dikenal{near or f'; yang ada: {known}'}", f"unknown key{near or f'; valid keys are {known}'}")
    if kind == "string_type" and isinstance(given, int | float):
        return say(f'harus teks; beri tanda kutip: "{given}"', f'must be text; put it in quotes: "{given}"')
    if kind in {"literal_error", "enum"}:
        expected = str(item.get("ctx", {}).get("expected", "")).replace(" or ", ", ")
        return say(f"{given!r} tidak dikenal; pilih {expected}", f"unknown value {given!r}; choose {expected}")
    if kind in {"greater_than_equal", "less_than_equal"}:
        least = kind == "greater_than_equal"
        bound = f"{next(iter(item['ctx'].values())):g}"
        return say(f"paling {'sedikit' if least else 'banyak'} {bound}", f"must be at {'least' if least else 'most'} {bound}")
    known_sentence = _SENTENCES.get(kind)
    return say(*known_sentence) if known_sentence else str(item["msg"]).removeprefix("Value error, ")


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Valid keys of the model that sits at `location` inside `model`."""
    current: Any = model
    for part in location:
        if isinstance(current, type) and issubclass(current, BaseModel):
            current = current.model_fields[str(part)].annotation if str(part) in current.model_fields else None
        else:
            arguments = [argument for argument in get_args(current) if argument is not Ellipsis]
            current = arguments[-1] if arguments else None
    return sorted(current.model_fields) if isinstance(current, type) and issubclass(current, BaseModel) else []
