"""The image by itself, and every combination of the compose files as Compose reads them."""

from __future__ import annotations

import json
import os

import pytest

from tests.containers.stacks import IMAGE, REPOSITORY, docker

READ_ONLY = ("run", "--rm", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--network", "none")


def test_a_text_is_scored_without_network_or_a_place_to_write() -> None:
    done = docker(*READ_ONLY, IMAGE, "sh", "-c", 'echo \'{"text": "PLN mati lampu terus, kecewa berat"}\' | kentongan score 2>/dev/null')
    assert json.loads(done)["sentiment"]["label"] == "negative"


def test_it_carries_no_tool_to_install_with_and_no_test() -> None:
    assert docker(*READ_ONLY, IMAGE, "sh", "-c", "ls /opt/venv/bin | grep -c '^pip' ; find / -name 'test_house.py' 2>/dev/null; true").split() == [
        "0"
    ]


def test_a_secret_that_cannot_be_read_is_an_error_that_names_it() -> None:
    said = docker(
        "run", "--rm", "--user", "0", "--entrypoint", "sh", IMAGE, "-c",
        "mkdir -p /run/secrets; echo x >/run/secrets/SLACK_BOT_TOKEN; chmod 600 /run/secrets/SLACK_BOT_TOKEN;"
        " setpriv --reuid=1000 --regid=0 --clear-groups /opt/kentongan/entrypoint.sh kentongan --version 2>&1; echo code $?",
    )  # fmt: skip
    assert "/run/secrets/SLACK_BOT_TOKEN cannot be read by user 1000" in said
    assert said.split()[-1] == "2"


@pytest.mark.parametrize("files", [["compose.yml"], ["compose.elastic.yml"], ["compose.elastic.yml", "compose.scale.yml"]], ids="+".join)
@pytest.mark.parametrize("profiles", ["", "kibana,slack"])
def test_compose_reads_it(files: list[str], profiles: str) -> None:
    words = [part for name in files for part in ("--file", str(REPOSITORY / "docker" / name))]
    example = ["--env-file", str(REPOSITORY / "docker" / ".env.example")]
    read = json.loads(docker("compose", *example, *words, "config", "--format", "json", environment={"COMPOSE_PROFILES": profiles}))
    services = read["services"]
    assert ("kibana" in services) == (profiles != "" and files != ["compose.yml"])
    if "compose.scale.yml" in files:
        celery = {name for name, said in services.items() if said.get("environment", {}).get("AIRFLOW__CORE__EXECUTOR") == "CeleryExecutor"}
        assert celery >= {"api-server", "scheduler", "dag-processor", "triggerer", "worker", "set-up"}
        nodes = [said for name, said in services.items() if name.startswith("elasticsearch")]
        assert len(nodes) == 3
        data = {volume["source"] for said in nodes for volume in said["volumes"] if volume["target"].endswith("/data")}
        assert data == {"elasticsearch", "elasticsearch-2", "elasticsearch-3"}
        assert {said["environment"]["discovery.type"] for said in nodes} == {"multi-node"}


def test_the_engine_is_real() -> None:
    assert docker("version", "--format", "{{.Server.Version}}").strip()
    assert os.environ["KENTONGAN_TEST_CONTAINERS"]


@pytest.mark.parametrize("executor", ["LocalExecutor", "CeleryExecutor"])
def test_each_executor_of_the_stacks_can_be_loaded(executor: str) -> None:
    load = "from airflow.executors.executor_loader import ExecutorLoader as e; print(e.get_default_executor().__class__.__name__)"
    settings = ("-e", "AIRFLOW_HOME=/tmp/airflow", "-e", f"AIRFLOW__CORE__EXECUTOR={executor}", "-e", "AIRFLOW__CELERY__BROKER_URL=redis://nowhere")
    assert docker(*READ_ONLY, *settings, IMAGE, "python", "-c", load).split()[-1] == executor
