"""Reading config/: one YAML file per agency and source, rules, receivers, silences; strict, with errors that help.

`load_config(folder)` gives everything or raises one ConfigError that lists every problem as `file: key: what, did you mean ...`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from kentongan.errors import ConfigError
from kentongan.records import Category, Severity

SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AgencyConfig(Strict):
    """config/agencies/<slug>.yml, edited by a communications officer."""

    slug: str = ""
    name: str
    level: Literal["central", "province", "regency", "company"] = "central"
    aliases: tuple[str, ...] = Field(min_length=1)
    exclude: tuple[str, ...] = ()
    context: tuple[str, ...] = ()  # an ambiguous alias (`~KPK`) counts only with one of these words nearby
    official_accounts: dict[str, str | tuple[str, ...]] = {}
    hotlines: tuple[str, ...] = ()  # public numbers and addresses that are never masked
    timezone: str = "Asia/Jakarta"
    slack_channel: str = ""
    escalate_to: tuple[str, ...] = ()
    quiet_hours: tuple[int, int] | None = (22, 6)  # local hours in which low and medium wait for the morning
    language: Literal["id", "en"] = "id"
    rules: dict[str, dict[str, float | bool | str]] = {}  # overrides of rules.yml, by rule name

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as exc:
            raise ValueError(f"unknown time zone {value!r}; Indonesia has Asia/Jakarta, Asia/Makassar, Asia/Jayapura") from exc
        return value

    def accounts(self) -> Iterable[tuple[str, str]]:
        """(platform, handle) of each official account, handle in lower case without @."""
        for platform, handles in self.official_accounts.items():
            for handle in (handles,) if isinstance(handles, str) else handles:
                yield platform, handle.lower().lstrip("@")


class SourceConfig(Strict):
    """config/sources/<name>.yml: one configured use of a listener."""

    name: str = ""
    listener: str
    platform: str
    category: Category
    enabled: bool = True
    every_min: int = Field(default=15, ge=1)
    expected_per_day: float | None = None  # posts; below a tenth of it for a day = silent source
    options: dict[str, Any] = {}
    note: str = ""


class RuleConfig(Strict):
    """One block of config/rules.yml; an agency file may override any of these."""

    enabled: bool = True
    measure: Literal["negative", "hoax", "total"] = "negative"
    open_log_weeks: float = 1.25  # log10 of "once in that many weeks" at which an alert opens; higher = fewer alerts
    close_below: float = 0.7  # closes when it stays that far below `open_log_weeks` ...
    close_after_h: float = 6  # ... for that many hours
    min_count: int = 6  # never below so many in the window
    min_authors: int = 3  # distinct authors after copies are collapsed
    cold_start_floor: int = 20  # per hour, while the history is too short to say what is usual


class AlertPolicy(Strict):
    """How alerts live; hours and minutes."""

    settle_min: int = Field(default=15, ge=0)  # a bin is evaluated that long after its end, so that polls can bring it in
    late_after_h: float = 24  # a notice that could not be sent for so long is marked late
    reminder_h: float = 4
    escalate_critical_min: float = 15
    escalate_high_min: float = 60
    wide_event_agencies: int = 5
    cooldown_h: float = 1  # after resolution, the same key does not open again for so long
    severity_weeks: dict[Severity, float] = {"low": 0, "medium": 26, "high": 104, "critical": 520}


class RulesConfig(Strict):
    policy: AlertPolicy = AlertPolicy()
    rules: dict[str, RuleConfig] = {}


class ReceiverConfig(Strict):
    kind: str
    enabled: bool = True
    options: dict[str, Any] = {}


class ReceiversConfig(Strict):
    receivers: dict[str, ReceiverConfig] = {}
    operations: tuple[str, ...] = ("terminal",)  # failures of Kentongan itself go here, never to an agency
    fallback: tuple[str, ...] = ("terminal",)


class SilenceConfig(Strict):
    agency: str
    rule: str = "*"
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    owner: str
    reason: str

    @model_validator(mode="after")
    def _at_most_a_week(self) -> SilenceConfig:
        if not timedelta(0) < self.ends_at - self.starts_at <= timedelta(days=7):
            raise ValueError("ends_at must be after starts_at and at most 7 days later")
        return self


class SilencesConfig(Strict):
    silences: tuple[SilenceConfig, ...] = ()


class Config(Strict):
    folder: Path
    agencies: dict[str, AgencyConfig]
    sources: dict[str, SourceConfig]
    policy: AlertPolicy
    rules: dict[str, RuleConfig]
    receivers: ReceiversConfig
    silences: tuple[SilenceConfig, ...]

    def rule(self, name: str, agency: str = "") -> RuleConfig:
        """The rule with the agency's overrides, if it has any."""
        base = self.rules[name]
        known = self.agencies.get(agency)
        override = known.rules.get(name) if known else None
        return RuleConfig(**{**base.model_dump(), **override}) if override else base


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file. Raises ConfigError with file and line."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path}: cannot be read ({exc})") from exc
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{path}:{where} is not YAML ({getattr(exc, 'problem', exc)})") from exc
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: must be a mapping of keys, is a {type(content).__name__}")
    return content


def explain(path: Path | str, error: ValidationError, model: type[BaseModel]) -> list[str]:
    """One line per problem: file, key, what is wrong, nearest valid key."""
    lines = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"]) or "(file)"
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            valid = _keys_at(model, item["loc"][:-1])
            near = difflib.get_close_matches(str(item["loc"][-1]), valid, n=1, cutoff=0.5)
            message = f"unknown key, did you mean {near[0]!r}?" if near else f"unknown key; valid keys are {', '.join(valid)}"
        lines.append(f"{path}: {key}: {message}")
    return lines


def _keys_at(model: type[BaseModel], location: tuple[Any, ...]) -> list[str]:
    """Valid keys of the model that sits at `location` inside `model`."""
    current: Any = model
    for part in location:
        if isinstance(current, type) and issubclass(current, BaseModel):
            current = current.model_fields[part].annotation if part in current.model_fields else None
        else:
            arguments = getattr(current, "__args__", ())
            current = arguments[-1] if arguments and arguments[-1] is not Ellipsis else (arguments[0] if arguments else None)
    return sorted(current.model_fields) if isinstance(current, type) and issubclass(current, BaseModel) else []


def _parse(model: type[Model], path: Path, problems: list[str], **extra: object) -> Model | None:
    try:
        return model(**{**read_yaml(path), **extra})
    except ConfigError as exc:
        problems.append(str(exc))
    except ValidationError as exc:
        problems.extend(explain(path, exc, model))
    except TypeError as exc:
        problems.append(f"{path}: {exc}")
    return None


def _folder(model: type[Model], folder: Path, key: str, problems: list[str]) -> dict[str, Model]:
    found: dict[str, Model] = {}
    for path in sorted(folder.glob("*.y*ml")):
        if not SLUG.match(path.stem):
            problems.append(f"{path}: file name must be lower-case words joined by -, e.g. bpjs-kesehatan.yml")
            continue
        item = _parse(model, path, problems, **{key: path.stem})
        if item is not None:
            found[path.stem] = item
    return found


def load_config(folder: Path) -> Config:
    """Everything in `folder`. Raises one ConfigError that names every problem, a line each."""
    problems: list[str] = []
    agencies = _folder(AgencyConfig, folder / "agencies", "slug", problems)
    sources = _folder(SourceConfig, folder / "sources", "name", problems)

    def optional(model: type[Model], name: str) -> Model:
        path = folder / name
        return (_parse(model, path, problems) if path.exists() else None) or model()

    rules = optional(RulesConfig, "rules.yml")
    receivers = optional(ReceiversConfig, "receivers.yml")
    silences = optional(SilencesConfig, "silences.yml")
    for slug, agency in agencies.items():
        path = folder / "agencies" / f"{slug}.yml"
        for name, override in agency.rules.items():
            if name not in rules.rules:
                near = difflib.get_close_matches(name, rules.rules, n=1, cutoff=0.4)
                problems.append(f"{path}: rules.{name}: no such rule in rules.yml" + (f", did you mean {near[0]!r}?" if near else ""))
                continue
            try:
                RuleConfig(**{**rules.rules[name].model_dump(), **override})
            except ValidationError as exc:
                problems.extend(line.replace(f"{path}: ", f"{path}: rules.{name}.", 1) for line in explain(path, exc, RuleConfig))
    for number, silence in enumerate(silences.silences):
        if silence.agency != "*" and silence.agency not in agencies:
            near = difflib.get_close_matches(silence.agency, agencies, n=1, cutoff=0.4)
            hint = f", did you mean {near[0]!r}?" if near else ""
            problems.append(f"{folder / 'silences.yml'}: silences.{number}.agency: unknown agency {silence.agency!r}{hint}")
    if not agencies and not problems:
        problems.append(f"{folder / 'agencies'}: no agency file; copy one from the documentation (docs/add-an-agency.md)")
    if problems:
        raise ConfigError("\n".join(problems))
    return Config(
        folder=folder, agencies=agencies, sources=sources, policy=rules.policy, rules=rules.rules, receivers=receivers, silences=silences.silences
    )
