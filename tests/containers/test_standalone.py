"""compose.yml: one container, SQLite. From a mention to an alert, killed, restarted, taken down and up again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.demands import (
    require_an_alert_from_end_to_end,
    require_no_root_and_no_writing,
    require_no_secret_is_shown,
    require_nothing_is_said_twice,
)
from tests.containers.stacks import Stack, calm, crisis, docker


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("standalone")
    stack = Stack(f"kentongan-one-{os.getpid()}", ["compose.yml"], "kentongan", "kentongan", folder)
    try:
        stack.record(calm())
        stack.listen_once()
        stack.up()
        yield stack
    finally:
        stack.remove()


def test_a_mention_goes_in_and_an_alert_comes_out(stack: Stack) -> None:
    require_an_alert_from_end_to_end(stack)


def test_no_root_no_writing_no_secret_shown(stack: Stack) -> None:
    require_no_root_and_no_writing(stack, ("kentongan",))
    require_no_secret_is_shown(stack, ("kentongan",), [])


def test_a_killed_container_loses_nothing(stack: Stack) -> None:
    before = stack.counts()
    docker("kill", "--signal", "KILL", stack.container("kentongan"))
    stack.up()
    assert stack.counts()[0] == before[0]
    stack.record(crisis(20, name="after"))
    stack.collect_until("what came after the kill", lambda: stack.counts()[0] == before[0] + 20)
    require_nothing_is_said_twice(stack)


def test_down_and_up_keeps_the_data(stack: Stack) -> None:
    pepper = stack.inside("sha256sum", "/var/lib/kentongan/secrets/pepper.json")
    before = stack.counts()
    stack.compose("rm", "--stop", "--force", "kentongan")
    stack.up()
    assert stack.counts()[:2] == before[:2]
    assert stack.inside("sha256sum", "/var/lib/kentongan/secrets/pepper.json") == pepper
    require_nothing_is_said_twice(stack)
