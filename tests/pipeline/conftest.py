"""A configuration folder of its own for each test, and the command line as a real process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from kentongan.settings import Settings, packaged_config
from tests.factories import T0
from tests.servers.elasticsearch import fresh_prefix
from tests.servers.postgres import fresh_schema
from tests.store.elastic_home import remove

REPLAY = {"listener": "replay", "platform": "mastodon", "category": "microblog", "every_min": 1}


@dataclass(frozen=True)
class House:
    """One installation: its folders, and its command line."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "config"

    @property
    def database(self) -> Path:
        return self.root / "var" / "kentongan.db"

    @property
    def environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("KENTONGAN_", "SLACK_", "ELASTICSEARCH_"))}
        return {**clean, "KENTONGAN_CONFIG": str(self.config), "KENTONGAN_VAR": str(self.root / "var"), "KENTONGAN_LANG": "en"}

    def source(self, name: str, **fields: Any) -> None:
        """Write config/sources/<name>.yml."""
        (self.config / "sources" / f"{name}.yml").write_text(yaml.safe_dump(fields), encoding="utf-8")

    def stream(self, name: str, rows: Iterable[Mapping[str, Any]]) -> Path:
        """Write a JSONL file and a replay source of the same name that reads it."""
        path = self.root / f"{name}.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        self.source(name, **REPLAY, options={"path": str(path), "page_rows": 50})
        return path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "kentongan.pipeline.cli", *arguments]

    def run(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """The command line, to its end."""
        return subprocess.run(
            self.command(*arguments), env=self.environment, cwd=self.root, capture_output=True, text=True, timeout=120, check=False, **more
        )


HOMES = ["sqlite", pytest.param("both-servers", marks=[pytest.mark.postgres, pytest.mark.elasticsearch])]


@pytest.fixture(params=HOMES)
def homes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of one pair of empty homes, with the configuration that ships: one SQLite file, or Elasticsearch and PostgreSQL."""
    plain = Settings(var=tmp_path / "var", database=tmp_path / "var" / "k.db", config=packaged_config())
    if request.param == "sqlite":
        yield plain
        return
    elastic, prefix = request.getfixturevalue("elasticsearch_server"), fresh_prefix()
    with fresh_schema(request.getfixturevalue("postgres_url")) as state:
        yield replace(plain, elasticsearch_url=elastic, elasticsearch_prefix=prefix, state_url=state)
    remove(elastic, prefix)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Ten agencies and the rules as they ship; no source."""
    config = tmp_path / "config"
    shutil.copytree(packaged_config(), config, ignore=shutil.ignore_patterns("sources"))
    (config / "sources").mkdir()
    return House(tmp_path)


Rows = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def rows() -> Rows:
    """Rows about PLN, one a minute."""

    def make(count: int, *, prefix: str = "r", text: str = "listrik PLN mati lagi di rumah nomor", **fields: Any) -> list[dict[str, Any]]:
        return [
            {
                "id": f"{prefix}{n}",
                "published_at": (T0 + timedelta(minutes=n)).isoformat(),
                "text": f"{text} {n}",
                "author": f"warga{prefix}{n % 97}",
                **fields,
            }
            for n in range(count)
        ]

    return make
