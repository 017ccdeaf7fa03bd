"""docker/ as text, where no engine is at hand: pinned, limited, locked down, and every setting explained."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

DOCKER = Path(__file__).resolve().parents[1] / "docker"
FILES = ("compose.yml", "compose.elastic.yml", "compose.scale.yml")
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)
OURS = "kentongan:"


class _Loader(yaml.SafeLoader):
    """Compose's own tags: what they stand before is read as it is."""


_Loader.add_constructor("!override", lambda loader, node: loader.construct_sequence(node))


def services(name: str) -> dict[str, dict[str, Any]]:
    """The services of one file."""
    found: dict[str, dict[str, Any]] = yaml.load((DOCKER / name).read_text(encoding="utf-8"), Loader=_Loader)["services"]
    return found


@pytest.mark.parametrize("name", ["compose.yml", "compose.elastic.yml"])
def test_what_keeps_running_has_a_limit_a_health_check_and_a_version(name: str) -> None:
    for service, said in services(name).items():
        assert ":" in said["image"].partition("/")[2] or ":" in said["image"], service
        assert "latest" not in said["image"], service
        assert "no-new-privileges:true" in said["security_opt"], service
        if said.get("restart") != "no":
            assert "mem_limit" in said, service
            assert "healthcheck" in said or service == "slack", service


@pytest.mark.parametrize("name", ["compose.yml", "compose.elastic.yml"])
def test_what_is_ours_writes_only_to_its_volumes_and_has_no_capability(name: str) -> None:
    ours = {service: said for service, said in services(name).items() if said["image"].startswith(OURS)}
    assert ours
    for service, said in ours.items():
        assert (said["read_only"], said["cap_drop"]) == (True, ["ALL"]), service
        assert "mem_limit" in said and "pids_limit" in said, service  # the jobs too


@pytest.mark.parametrize("name", FILES)
def test_ports_are_published_to_this_machine_only(name: str) -> None:
    ports = [port for said in services(name).values() for port in said.get("ports", [])]
    assert [port for port in ports if not port.startswith("${KENTONGAN_ADDRESS:-127.0.0.1}:")] == []


def test_every_setting_is_explained_with_its_default() -> None:
    used = {found for name in FILES for found in re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", (DOCKER / name).read_text(encoding="utf-8"))}
    example = (DOCKER / ".env.example").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", example, re.MULTILINE))
    tests_only = {"SLACK_BASE_URL"}
    differing = {"AIRFLOW_PARALLELISM", "SCHEDULER_MEMORY"}  # the larger stack has defaults of its own
    assert {name for name, _ in used} - set(shown) - tests_only == set()
    assert {name: default for name, default in used if name not in tests_only | differing and shown[name] != default} == {}


def test_no_secret_is_a_setting() -> None:
    words = "".join((DOCKER / name).read_text(encoding="utf-8") for name in (*FILES, ".env.example", "Dockerfile"))
    assert re.findall(r"(?im)^\s*-?\s*\w*(?:password|secret_key|token|fernet)\w*\s*[:=]\s*[\"']?\w{8,}", words) == []


def test_the_image_takes_the_versions_that_are_tested() -> None:
    image = dict(PIN.findall((DOCKER / "requirements.lock").read_text(encoding="utf-8")))
    tested = PIN.findall((DOCKER.parent / "requirements.lock").read_text(encoding="utf-8"))
    assert len(image) > 100
    assert {name: version for name, version in image.items() if (name, version) not in tested} == {}


def test_the_image_has_all_that_the_program_needs_and_no_tool_of_a_developer() -> None:
    image = dict(PIN.findall((DOCKER / "requirements.lock").read_text(encoding="utf-8")))
    assert {"apache-airflow", "celery", "psycopg2-binary", "elasticsearch", "onnxruntime", "slack-sdk"} <= set(image)
    assert {"pytest", "ruff", "mypy", "uv", "pandas"} & set(image) == set()


def test_the_values_for_kubernetes_fit_this_image() -> None:
    values = yaml.safe_load((DOCKER / "k8s" / "values.yaml").read_text(encoding="utf-8"))
    image = dict(PIN.findall((DOCKER / "requirements.lock").read_text(encoding="utf-8")))
    assert values["airflowVersion"] == image["apache-airflow"]
    assert f"apache-airflow-providers-{values['executor'].removesuffix('Executor').lower()}" in image
    assert "SimpleAuthManager" in values["config"]["core"]["auth_manager"]  # the chart's own default is in a package that the image lacks
    mounted = {mount["mountPath"] for mount in values["volumeMounts"]}
    assert {f"/etc/kentongan/{path.name}" for path in (DOCKER.parent / "config").iterdir()} <= mounted
    claims = {volume["name"] for volume in values["volumes"]}
    assert {mount["name"] for mount in values["volumeMounts"]} == claims
