"""compose.scale.yml over compose.elastic.yml: two Celery workers, three Elasticsearch nodes. Only by `make test-containers-scale`."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.containers.demands import require_an_alert_from_end_to_end, require_nothing_is_said_twice
from tests.containers.stacks import Stack, calm, crisis, docker, eventually

HEALTH = (
    "import os,httpx,ssl;c=httpx.Client(verify=ssl.create_default_context(),trust_env=False);"
    "p=open('/run/kentongan/elasticsearch/password').read();"
    "print(c.get('https://elasticsearch:9200/_cluster/health',auth=('elastic',p)).json()['number_of_nodes'])"
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    settings = {"ELASTIC_HEAP": "512m", "ELASTIC_MEMORY": "1536m"}
    folder = tmp_path_factory.mktemp("scale")
    stack = Stack(f"kentongan-large-{os.getpid()}", ["compose.elastic.yml", "compose.scale.yml"], "worker", "prepare", folder, settings)
    try:
        stack.record(calm())
        stack.listen_once()
        stack.up(1200, "--scale", "worker=2")
        yield stack
    finally:
        stack.remove()


def test_an_outage_is_told_once_by_two_workers(stack: Stack) -> None:
    require_an_alert_from_end_to_end(stack)
    require_nothing_is_said_twice(stack)


def test_three_nodes_hold_the_index(stack: Stack) -> None:
    assert stack.compose("run", "--rm", "-T", "set-up", "python", "-c", HEALTH).split()[-1] == "3"


def test_a_killed_worker_and_a_killed_node_lose_nothing(stack: Stack) -> None:
    before = stack.counts()
    docker("kill", "--signal", "KILL", stack.container("worker"), stack.container("elasticsearch-3"))
    stack.record(crisis(20, name="after"))
    stack.up(1200, "--scale", "worker=2")
    stack.trigger("collect_mentions")
    eventually("what came after the kill", lambda: stack.counts()[0] == before[0] + 20, 300)
    require_nothing_is_said_twice(stack)
