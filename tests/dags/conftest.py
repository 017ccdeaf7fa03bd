"""Airflow with a home of its own under the test's folder; always in a subprocess."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kentongan.clock import SystemClock
from kentongan.pipeline.airflow_support.home import airflow_environment
from kentongan.settings import Settings, read_settings

ROOT = Path(__file__).resolve().parents[2]
CONFIG = {
    "agencies/pln.yml": "name: PLN\nlevel: company\naliases: [PLN]\nslack_channel: '#humas-pln'\n",
    "rules.yml": (ROOT / "config" / "rules.yml").read_text(encoding="utf-8"),
}
POSTS = ("PLN padam lagi di sini, parah", "Terima kasih PLN, sudah menyala", "Masak sayur asem sore ini")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here that asks for Airflow is marked so, and skipped by name where it is not installed."""
    absent = importlib.util.find_spec("airflow") is None
    for item in items:
        if "airflow" in item.keywords and absent:
            item.add_marker(pytest.mark.skip(reason="apache-airflow is not installed (the extra `airflow`)"))


def write_config(folder: Path, recording: Path | str) -> Path:
    """A config folder of one agency and one source, the recording."""
    source = f"listener: replay\nplatform: web\ncategory: microblog\nevery_min: 1\noptions:\n  path: {recording}\n"
    for name, text in {**CONFIG, "sources/rekaman.yml": source}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def install(folder: Path) -> Settings:
    """An installation in `folder` alone, on the embedded store; its source brings three posts, of which two are about the agency."""
    recording = folder / "posts.jsonl"
    published = SystemClock().now() - timedelta(hours=3)  # recent: the nightly work drops what is older than the retention
    rows = [{"id": str(n), "published_at": published.isoformat(), "text": text, "author": f"akun{n}"} for n, text in enumerate(POSTS)]
    recording.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    config = write_config(folder / "config", recording)
    return read_settings({"KENTONGAN_VAR": str(folder / "var"), "KENTONGAN_CONFIG": str(config)})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An installation of this test alone."""
    return install(tmp_path)


@pytest.fixture(scope="session")
def describe(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], dict[str, Any]]:
    """What Airflow sees in a DAG folder."""
    var = tmp_path_factory.mktemp("describe")
    environment = airflow_environment(read_settings({"KENTONGAN_VAR": str(var)}))

    def ask(folder: Path) -> dict[str, Any]:
        script = Path(__file__).with_name("describe_dags.py")
        done = subprocess.run([sys.executable, str(script), str(folder)], env=environment, cwd=var, capture_output=True, text=True, check=True)
        found: dict[str, Any] = json.loads(done.stdout[done.stdout.index('{"import_errors"') :])
        return found

    return ask


@pytest.fixture(scope="session")
def seen(describe: Callable[[Path], dict[str, Any]]) -> dict[str, Any]:
    """What Airflow sees in dags/."""
    return describe(ROOT / "dags")
