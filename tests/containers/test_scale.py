"""compose.scale.yml over compose.elastic.yml: two Celery workers, three Elasticsearch nodes. Only by `make test-containers-scale`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from tests.containers.demands import require_an_alert_from_end_to_end, require_nothing_is_said_twice
from tests.containers.stacks import FILES, Stack, calm, crisis, docker, eventually

HEALTH = 'curl --silent --cacert config/kentongan/ca.crt --user "elastic:$(cat config/kentongan/password)" "https://localhost:9200/_cluster/health?timeout=5s"'
AT_WORK = "SELECT hostname FROM task_instance WHERE state = 'running' AND task_id LIKE 'collect_%' LIMIT 1"


def health(stack: Stack) -> tuple[str, int, int]:
    """Colour, nodes, shards that are nowhere."""
    said = json.loads(stack.compose("exec", "-T", "elasticsearch", "bash", "-c", HEALTH))
    return said["status"], said["number_of_nodes"], said["unassigned_shards"]


def everything_is_stored(stack: Stack) -> bool:
    """Each row of the recording, once."""
    return stack.counts()[0] == len(stack.recording.read_text(encoding="utf-8").splitlines())


def at_work(stack: Stack) -> str:
    """The container of a worker that is collecting; empty while none is."""
    return stack.compose("exec", "-T", "postgres", "psql", "--username", "kentongan", "--dbname", "airflow", "-tAc", AT_WORK).strip()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    settings = {"ELASTIC_HEAP": "512m", "ELASTIC_MEMORY": "1536m"}
    folder = tmp_path_factory.mktemp("scale")
    files, over = ["compose.elastic.yml", "compose.scale.yml"], ["one_host.yml"] if FILES < 65535 else []
    stack = Stack(f"kentongan-large-{os.getpid()}", files, "worker", "prepare", folder, settings, over)
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


def test_three_nodes_hold_every_shard_twice(stack: Stack) -> None:
    eventually("green", lambda: health(stack) == ("green", 3, 0), 120)


def test_a_dead_node_leaves_everything_readable_and_writable(stack: Stack) -> None:
    before = stack.counts()
    docker("kill", "--signal", "KILL", stack.container("elasticsearch-3"))
    eventually("yellow with two nodes", lambda: health(stack)[:2] == ("yellow", 2), 120, every_s=1)
    assert stack.counts()[0] == before[0]
    stack.record(crisis(20, name="node-dead"))
    stack.trigger("collect_mentions")
    eventually("what came while it was dead", lambda: everything_is_stored(stack), 420)
    stack.up(600, "--scale", "worker=2")
    eventually("green again", lambda: health(stack) == ("green", 3, 0), 300)
    assert everything_is_stored(stack)
    require_nothing_is_said_twice(stack)


def test_a_worker_killed_at_work_loses_nothing(stack: Stack) -> None:
    stack.record(crisis(20, name="worker-dead"))
    stack.trigger("collect_mentions")
    killed = eventually("a worker collects", lambda: at_work(stack), 420, every_s=0.3)
    docker("kill", "--signal", "KILL", killed)
    # The other worker goes on: the killed task is given up after two minutes, its source is read again in the next round.
    eventually("what the killed one was collecting", lambda: everything_is_stored(stack), 600)
    stack.up(600, "--scale", "worker=2")
    require_nothing_is_said_twice(stack)
