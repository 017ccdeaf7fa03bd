"""The shape of config/: what each YAML file may hold. Read it with `kentongan.config`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from kentongan.records import Category, Severity
from kentongan.words import say

SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
Hour = Annotated[int, Field(ge=0, le=23)]


def _no_truth(value: Any) -> Any:
    """`min_count: yes` is no 1."""
    if isinstance(value, bool):
        raise ValueError(say("harus bilangan", "must be a number"))
    return value


Posts = Annotated[int, BeforeValidator(_no_truth), Field(ge=1, le=1_000_000_000)]
Number = Annotated[float, BeforeValidator(_no_truth), Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
Span = Annotated[float, BeforeValidator(_no_truth), Field(ge=0, le=100_000, allow_inf_nan=False)]  # hours or minutes


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
    also_to: tuple[str, ...] = ()  # further destinations of its alerts, e.g. "apprise:humas-mail", "slack_webhook:humas"
    escalate_to: tuple[str, ...] = ()
    quiet_hours: tuple[Hour, Hour] | None = (22, 6)  # local hours in which low and medium wait for the morning
    language: Literal["id", "en"] = "id"
    rules: dict[str, dict[str, float | bool | str]] = {}  # overrides of rules.yml, by rule name

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:  # OSError: "Asia" is a folder of the database
            zones = "Asia/Jakarta, Asia/Makassar, Asia/Jayapura"
            raise ValueError(
                say(f"zona waktu {value!r} tidak ada; di Indonesia: {zones}", f"unknown time zone {value!r}; Indonesia has {zones}")
            ) from exc
        return value

    @field_validator("aliases", "exclude", "context")
    @classmethod
    def _long_enough(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if len(value.strip("~=@# ")) < 2:
                raise ValueError(
                    say(f"{value!r} terlalu pendek: akan ditemukan di mana-mana", f"{value!r} is too short: it would be found everywhere")
                )
        return values

    @field_validator("official_accounts")
    @classmethod
    def _handles_only(cls, accounts: dict[str, str | tuple[str, ...]]) -> dict[str, str | tuple[str, ...]]:
        for platform, handles in accounts.items():
            for handle in (handles,) if isinstance(handles, str) else handles:
                if not handle.strip("@") or re.search(r"\s", handle) or ("/" in handle and platform != "web"):
                    raise ValueError(
                        say(
                            f"{platform}: {handle!r} bukan nama akun; tulis mis. pln_123, bukan alamatnya",
                            f"{platform}: {handle!r} is not an account name; write e.g. pln_123, not its address",
                        )
                    )
        return accounts

    def accounts(self) -> Iterable[tuple[str, str]]:
        """(platform, handle) of each official account, handle in lower case without @."""
        for platform, handles in self.official_accounts.items():
            for handle in (handles,) if isinstance(handles, str) else handles:
                yield platform, handle.lower().lstrip("@")

    def own_words(self) -> set[str]:
        """The words of its names and its handles, which say nothing of what is said of it."""
        handles = (handle for _, handle in self.accounts())
        return {word for name in (self.name, *self.aliases, *handles) for word in name.lstrip("~=@").split()}


class SourceConfig(Strict):
    """config/sources/<name>.yml: one configured use of a listener."""

    name: str = ""
    listener: str
    platform: str
    category: Category
    enabled: bool = True
    every_min: int = Field(default=15, ge=1)
    expected_per_day: float | None = Field(default=None, gt=0)  # posts; below a tenth of it for a day = silent source
    agency: str = ""  # slug that every post is about, whatever it names: an app's reviews, an agency's own export
    options: dict[str, Any] = {}
    note: str = ""


class RuleConfig(Strict):
    """One block of config/rules.yml; an agency file may override any of these."""

    enabled: bool = True
    measure: Literal["negative", "share", "hoax", "total"] = "negative"
    open_log_weeks: Number = 1.25  # log10 of "once in that many weeks" at which an alert opens; higher = fewer alerts
    close_below: Span = 0.7  # closes when it stays that far below `open_log_weeks` ...
    close_after_h: Span = 6  # ... for that many hours
    min_count: Posts = 6  # never below so many in the window
    min_authors: Annotated[int, BeforeValidator(_no_truth), Field(ge=0)] = 3  # distinct authors after copies are collapsed
    cold_start_floor: Posts = 20  # per hour, while the history is too short to say what is usual


SEVERITY_WEEKS: dict[Severity, float] = {"low": 0, "medium": 26, "high": 104, "critical": 260}
SEVERITY_POSTS: dict[Severity, int] = {"high": 12, "critical": 30}


class AlertPolicy(Strict):
    """How alerts live; hours and minutes."""

    settle_min: int = Field(default=15, ge=0, le=1440)  # a bin is evaluated that long after its end, so that polls can bring it in
    late_after_h: Span = 24  # a notice that could not be sent for so long is marked late
    reminder_h: Span = 4
    raised_after_min: Span = 15  # between a message and the next that says only that it is "high" now, not yet "critical"
    doubled_after_min: Span = 30  # between a message and the next that says only that the volume doubled
    escalate_critical_min: Span = 15
    escalate_high_min: Span = 60
    wide_event_agencies: int = Field(default=5, ge=0)
    cooldown_h: Span = 1  # after resolution, the same key does not open again for so long
    severity_weeks: dict[Severity, Number] = SEVERITY_WEEKS  # a level that is not named keeps its default
    severity_posts: dict[Severity, Annotated[int, Field(ge=0)]] = SEVERITY_POSTS  # fewer in the window are never that severe, however rare

    @field_validator("severity_weeks")
    @classmethod
    def _every_level(cls, weeks: dict[Severity, float]) -> dict[Severity, float]:
        return {**SEVERITY_WEEKS, **weeks}

    @field_validator("severity_posts")
    @classmethod
    def _every_floor(cls, posts: dict[Severity, int]) -> dict[Severity, int]:
        return {**SEVERITY_POSTS, **posts}


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
    leadership: tuple[str, ...] = ()  # get the weekly digest's summary


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
            raise ValueError(say("ends_at harus sesudah starts_at, paling lama 7 hari", "ends_at must be after starts_at and at most 7 days later"))
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
