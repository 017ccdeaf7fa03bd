"""Reading config/: one YAML file per agency and source, rules, receivers, silences; strict, with errors that help.

`load_config(folder)` gives everything or raises one ConfigError that lists every problem as `file: key: what, did you mean ...`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from kentongan.config_models import (
    SLUG,
    AgencyConfig,
    AlertPolicy,
    Config,
    ReceiverConfig,
    ReceiversConfig,
    RuleConfig,
    RulesConfig,
    SilenceConfig,
    SilencesConfig,
    SourceConfig,
    Strict,
)
from kentongan.errors import ConfigError
from kentongan.problems import explain, nearest, read_yaml
from kentongan.records import measure_of
from kentongan.words import say

__all__ = [
    "SLUG",
    "AgencyConfig",
    "AlertPolicy",
    "Config",
    "ReceiverConfig",
    "ReceiversConfig",
    "RuleConfig",
    "RulesConfig",
    "SilenceConfig",
    "SilencesConfig",
    "SourceConfig",
    "Strict",
    "explain",
    "load_config",
    "read_yaml",
]

Model = TypeVar("Model", bound=BaseModel)


def _parse(model: type[Model], path: Path, problems: list[str], **given: str) -> Model | None:
    """The file as a model, or None with its problems added; `given` is what the file's name says."""
    try:
        content = read_yaml(path)
    except ConfigError as exc:
        problems.append(str(exc))
        return None
    for key, value in given.items():
        if content.get(key, value) != value:
            written = content[key]
            problems.append(
                say(f"{path}: {key}: {written!r} tidak cocok dengan nama berkas", f"{path}: {key}: {written!r} does not agree with the file's name")
            )
    try:
        return model.model_validate({**content, **given})
    except ValidationError as exc:
        problems.extend(explain(path, exc, model))
    return None


def _folder(model: type[Model], folder: Path, key: str, problems: list[str]) -> dict[str, Model]:
    """A model per file, by the file's name."""
    found: dict[str, Model] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(".") or path.is_dir() or path.suffix.lower() in (".md", ".txt"):
            continue
        if path.suffix != ".yml":
            problems.append(say(f"{path}: bukan berkas .yml; ganti nama atau pindahkan", f"{path}: is no .yml file; rename it or move it away"))
        elif not SLUG.match(path.stem):
            problems.append(
                say(
                    f"{path}: nama berkas harus huruf kecil disambung -, mis. bpjs-kesehatan.yml",
                    f"{path}: file name must be lower-case words joined by -, e.g. bpjs-kesehatan.yml",
                )
            )
        elif (item := _parse(model, path, problems, **{key: path.stem})) is not None:
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
    for name, rule in rules.rules.items():
        problems.extend(_misnamed(folder / "rules.yml", name, rule))
    for slug, agency in agencies.items():
        problems.extend(_wrong_overrides(folder / "agencies" / f"{slug}.yml", agency, rules))
    problems.extend(_shared_accounts(folder, agencies))
    for name, source in sources.items():
        if source.agency and source.agency not in agencies:
            near, file = nearest(source.agency, agencies), folder / "sources" / f"{name}.yml"
            problems.append(
                say(f"{file}: agency: instansi {source.agency!r} tidak dikenal{near}", f"{file}: agency: unknown agency {source.agency!r}{near}")
            )
    for number, silence in enumerate(silences.silences):
        where = f"{folder / 'silences.yml'}: silences.{number}"
        if silence.agency != "*" and silence.agency not in agencies:
            near = nearest(silence.agency, agencies)
            problems.append(
                say(f"{where}.agency: instansi {silence.agency!r} tidak dikenal{near}", f"{where}.agency: unknown agency {silence.agency!r}{near}")
            )
        if silence.rule != "*" and silence.rule not in rules.rules:
            near = nearest(silence.rule, rules.rules)
            problems.append(say(f"{where}.rule: aturan {silence.rule!r} tidak dikenal{near}", f"{where}.rule: unknown rule {silence.rule!r}{near}"))
    if not agencies and not problems:
        place = folder / "agencies"
        problems.append(
            say(
                f"{place}: belum ada berkas instansi; salin contoh dari docs/add-an-agency.md",
                f"{place}: no agency file; copy the example from docs/add-an-agency.md",
            )
        )
    if problems:
        raise ConfigError("\n".join(problems))
    return Config(
        folder=folder, agencies=agencies, sources=sources, policy=rules.policy, rules=rules.rules, receivers=receivers, silences=silences.silences
    )


def _wrong_overrides(path: Path, agency: AgencyConfig, rules: RulesConfig) -> Iterator[str]:
    for name, override in agency.rules.items():
        if name not in rules.rules:
            near = nearest(name, rules.rules)
            yield say(f"{path}: rules.{name}: tidak ada aturan itu di rules.yml{near}", f"{path}: rules.{name}: no such rule in rules.yml{near}")
            continue
        try:
            yield from _misnamed(path, name, RuleConfig.model_validate({**rules.rules[name].model_dump(), **override}))
        except ValidationError as exc:
            yield from explain(path, exc, RuleConfig, prefix=f"rules.{name}.")


def _misnamed(path: Path, name: str, rule: RuleConfig) -> Iterator[str]:
    """Messages say what is counted by the rule's name, also years later: it must agree with `measure`."""
    counted = "negative" if rule.measure == "share" else rule.measure
    if measure_of(name) != counted:
        words = {"negative": "negative / negatif", "hoax": "hoax / hoaks", "total": "-"}[counted]
        yield say(
            f"{path}: rules.{name}.measure: {rule.measure} tidak cocok dengan nama aturan; yang menghitung ini bernama dengan kata: {words}",
            f"{path}: rules.{name}.measure: {rule.measure} does not agree with the rule's name, which needs the word: {words}",
        )


def _shared_accounts(folder: Path, agencies: dict[str, AgencyConfig]) -> Iterator[str]:
    """An official account belongs to one agency: its posts are left out of that one's counts."""
    owners: dict[tuple[str, str], str] = {}
    for slug, agency in agencies.items():
        for platform, handle in agency.accounts():
            other = owners.setdefault((platform, handle), slug)
            if other != slug:
                place = f"{folder / 'agencies' / slug}.yml: official_accounts.{platform}"
                yield say(f"{place}: {handle!r} sudah menjadi akun {other}", f"{place}: {handle!r} is already an account of {other}")
