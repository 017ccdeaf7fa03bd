"""Ways of listening: one `x.py` and one card `x.yml` each; found by name, no registry to edit.

`x.py` defines `listen` (see kentongan.ports.Listen) and `Options`, a strict pydantic model of the `options:` block of a source. Modules
whose name begins with `_` are shared parts, not listeners.
"""

from __future__ import annotations

import difflib
import functools
import importlib
import pkgutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from pydantic import BaseModel, Field, ValidationError

from kentongan.config import SourceConfig, Strict, explain, read_yaml
from kentongan.errors import ConfigError
from kentongan.ports import Listen
from kentongan.records import Category
from kentongan.words import say

__all__ = ["Card", "ListenerKind", "check_source", "discover"]


class Card(Strict):
    """What `x.yml` says: for people who choose a source, and for the pipeline."""

    name: str
    title: str
    categories: tuple[Category, ...] = Field(min_length=1)  # of the sources that it can read
    does: tuple[str, ...] = Field(min_length=1)
    limits: tuple[str, ...] = Field(min_length=1)
    terms: str  # what the platform allows, and since when we know
    needs_secrets: tuple[str, ...] = ()  # environment names; without them its sources are off
    optional_secrets: tuple[str, ...] = ()  # environment names that open more when they are set
    edits: str  # how an edited post is noticed
    deletes: str  # how a deleted post is noticed
    every_min: int = Field(ge=1)  # minutes between two polls that suit the platform


@dataclass(frozen=True, kw_only=True, slots=True)
class ListenerKind:
    """One way of listening, as the pipeline uses it."""

    name: str
    listen: Listen
    options: type[BaseModel]
    card: Card

    def secrets(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Those of the card's secrets that are set."""
        wanted = (*self.card.needs_secrets, *self.card.optional_secrets)
        return {name: environment[name] for name in wanted if environment.get(name)}


def discover(package: ModuleType | None = None) -> dict[str, ListenerKind]:
    """Every listener of the package (this one unless another is given), by name.

    Raises ConfigError that names a module without `listen` or `Options`, and a card that is missing, wrong or an orphan.
    """
    return _discover(package) if package else dict(_own())


@functools.cache
def _own() -> dict[str, ListenerKind]:
    """This package's, read once: cards do not change while we run."""
    return _discover(sys.modules[__name__])


def _discover(package: ModuleType) -> dict[str, ListenerKind]:
    found: dict[str, ListenerKind] = {}
    for entry in pkgutil.iter_modules(package.__path__):
        if not entry.name.startswith("_"):
            found[entry.name] = _kind(package, entry.name)
    for folder in package.__path__:
        for card in sorted(Path(folder).glob("*.yml")):
            if card.stem not in found:
                raise ConfigError(say(f"{card}: kartu tanpa modul {card.stem}.py", f"{card}: a card without its module {card.stem}.py"))
    return found


def _kind(package: ModuleType, name: str) -> ListenerKind:
    module = importlib.import_module(f"{package.__name__}.{name}")
    source = Path(str(module.__file__))
    listen, options = getattr(module, "listen", None), getattr(module, "Options", None)
    if not callable(listen):
        raise ConfigError(say(f"{source}: tidak ada fungsi listen(request, web)", f"{source}: defines no function listen(request, web)"))
    if not (isinstance(options, type) and issubclass(options, BaseModel) and options.model_config.get("extra") == "forbid"):
        raise ConfigError(say(f"{source}: tidak ada model Options dengan extra='forbid'", f"{source}: defines no model Options with extra='forbid'"))
    card_file = source.with_suffix(".yml")
    if not card_file.is_file():
        raise ConfigError(say(f"{card_file}: kartu tidak ada; salin salah satu", f"{card_file}: the card is missing; copy another one"))
    try:
        card = Card(**read_yaml(card_file))
    except (ValidationError, TypeError) as exc:
        problems = explain(card_file, exc, Card) if isinstance(exc, ValidationError) else [f"{card_file}: {exc}"]
        raise ConfigError("\n".join(problems)) from exc
    if card.name != name:
        raise ConfigError(say(f"{card_file}: name: harus {name!r}", f"{card_file}: name: must be {name!r}"))
    return ListenerKind(name=name, listen=listen, options=options, card=card)


def check_source(source: SourceConfig) -> list[str]:
    """What is wrong with a configured source, as `key: problem`, one per entry; empty when all is well."""
    kinds = discover()
    kind = kinds.get(source.listener)
    if kind is None:
        near = difflib.get_close_matches(source.listener, kinds, n=1, cutoff=0.5)
        hint = say(f"maksudnya {near[0]!r}?", f"did you mean {near[0]!r}?") if near else say("yang ada: ", "there are: ") + ", ".join(sorted(kinds))
        return [say(f"listener: tidak ada {source.listener!r}; {hint}", f"listener: no listener {source.listener!r}; {hint}")]
    problems = []
    if source.category not in kind.card.categories:
        allowed = ", ".join(kind.card.categories)
        problems.append(
            say(
                f"category: {source.category} tidak cocok untuk {kind.name}; pilih {allowed}",
                f"category: {source.category} does not suit {kind.name}; choose from {allowed}",
            )
        )
    if not source.platform.strip():
        problems.append(say("platform: kosong; mis. web, mastodon, telegram", "platform: is empty; e.g. web, mastodon, telegram"))
    try:
        kind.options(**source.options)
    except ValidationError as exc:
        # `explain` puts a path in front; the caller knows the path, what it needs is where in the file.
        problems.extend(("options." + line.removeprefix("-: ")).replace("options.(file):", "options:", 1) for line in explain("-", exc, kind.options))
    except TypeError as exc:
        problems.append(f"options: {exc}")
    return problems
