"""compose.elastic.yml without Kibana: Elasticsearch with TLS, PostgreSQL, Airflow in its four parts."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.containers.demands import (
    require_an_alert_from_end_to_end,
    require_no_root_and_no_writing,
    require_no_secret_is_shown,
    require_nothing_is_said_twice,
)
from tests.containers.stacks import Stack, calm, crisis, docker

OURS = ("api-server", "scheduler", "dag-processor", "triggerer")
SERVICES = (*OURS, "prepare", "set-up", "elasticsearch", "postgres")
SECRETS = "for f in /run/kentongan/secrets/*; do case $f in *.crt) ;; *) cat $f; echo;; esac; done"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(
        f"kentongan-many-{os.getpid()}", ["compose.elastic.yml"], "scheduler", "prepare", tmp_path_factory.mktemp("nested"), {"ELASTIC_HEAP": "512m"}
    )
    try:
        stack.record(calm())
        stack.listen_once()
        stack.up(600)
        yield stack
    finally:
        stack.remove()


def test_a_mention_goes_in_and_an_alert_comes_out(stack: Stack) -> None:
    require_an_alert_from_end_to_end(stack)
    assert "✗" not in stack.inside("kentongan", "doctor")


def test_no_root_no_writing_no_secret_shown(stack: Stack) -> None:
    require_no_root_and_no_writing(stack, OURS)
    made = stack.compose("exec", "-T", "scheduler", "sh", "-c", SECRETS).split()
    passwords = [part for secret in made for part in secret.replace("@", " ").replace("://", " ").replace(":", " ").split() if len(part) >= 20]
    assert len(passwords) >= 6
    require_no_secret_is_shown(stack, SERVICES, [*made, *passwords])


def test_the_key_is_one_of_least_privilege_and_strangers_are_refused(stack: Stack) -> None:
    ask = (
        "import os,httpx,ssl;c=httpx.Client(base_url=os.environ['ELASTICSEARCH_URL'],verify=ssl.create_default_context(),trust_env=False);"
        "k={'Authorization':'ApiKey '+os.environ['ELASTICSEARCH_API_KEY']};month=list(c.get('/kentongan-mentions',headers=k).json())[0];"
        "print(c.get('/').status_code,c.delete('/'+month,headers=k).status_code,c.get('/_security/user',headers=k).status_code)"
    )
    assert stack.inside("python", "-c", ask).split()[-3:] == ["401", "403", "403"]


def test_killed_containers_lose_nothing(stack: Stack) -> None:
    before = stack.counts()
    docker("kill", "--signal", "KILL", stack.container("scheduler"), stack.container("elasticsearch"))
    stack.record(crisis(20, name="after"))
    stack.up()
    stack.collect_until("what came after the kill", lambda: stack.counts()[0] == before[0] + 20)
    require_nothing_is_said_twice(stack)


def test_down_and_up_keeps_the_data_and_the_secrets(stack: Stack) -> None:
    before, messages = stack.counts(), len(stack.messages())
    stack.compose("rm", "--stop", "--force", "prepare", "set-up", "elasticsearch", "postgres", *OURS)
    stack.up(600)
    assert stack.counts()[:2] == before[:2]
    require_nothing_is_said_twice(stack)
    assert len(stack.messages()) >= messages
