"""The image, built once; the stacks take its name."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.containers.stacks import IMAGE, REPOSITORY


@pytest.fixture(scope="session", autouse=True)
def image() -> str:
    """The image of this checkout, by the engine's own builder; with DOCKER_BUILDKIT=1 by BuildKit."""
    built = subprocess.run(
        ["docker", "build", "--file", "docker/Dockerfile", "--tag", IMAGE, "."],
        cwd=REPOSITORY, env={"DOCKER_BUILDKIT": "0", **os.environ}, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-3000:]
    return IMAGE
