"""docs/add-a-listener.md cannot rot: its listener runs, its source and recording are right."""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from kentongan.config import SourceConfig
from kentongan.ports import ListenRequest
from kentongan.records import Category, Cursor
from listeners import check_source, discover
from listeners._recordings import NAMES
from listeners.replay import Recorded, read_recording
from tests.factories import T0
from tests.listeners.kit import quick_web
from tests.listeners.server import Answer, serve

PAGE = (Path(__file__).parents[2] / "docs" / "add-a-listener.md").read_text(encoding="utf-8")


def _block(kind: str) -> str:
    [found] = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    folder = tmp_path / "pendengar_dari_dokumentasi"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "papan.py").write_text(_block("python"), encoding="utf-8")
    (folder / "papan.yml").write_text(_block("yaml"), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module(folder.name)
    for loaded in [module for module in sys.modules if module.partition(".")[0] == folder.name]:
        del sys.modules[loaded]


def test_the_listener_on_the_page_is_found_and_listens(package: ModuleType) -> None:
    kind = discover(package)["papan"]
    body = json.dumps({"complaints": [{"id": 7, "at": "2026-03-02T03:00:00Z", "text": "air mati", "by": "warga"}]}).encode()
    with serve(lambda _: Answer(body=body)) as server:
        request = ListenRequest(
            source="papan-umum", options={"board": "umum", "base_url": server.base}, platform="papan", category=Category.COMPLAINT,
            cursor=Cursor(source="papan-umum", floor="6"), now=T0,
        )  # fmt: skip
        [page] = kind.listen(request, quick_web())
    assert (page.posts[0].text, page.cursor.floor, server.asked[0].query["after"]) == ("air mati", "7", "6")


def test_the_source_on_the_page_is_right() -> None:
    [block] = re.findall(r"    # config/sources/kabar-desa\.yml\n((?:    .*\n)+)", PAGE)
    content = yaml.safe_load("".join(line[4:] + "\n" for line in block.splitlines()))
    assert check_source(SourceConfig(name="kabar-desa", **content)) == []


def test_the_page_names_every_listener_and_every_key_of_a_recording(tmp_path: Path) -> None:
    assert set(discover()) == set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    ours = set(NAMES) - {"likes", "shares", "replies", "quotes", "views"}  # these stand under `metrics`
    assert {name for name in ours if not re.search(rf"[`\" ]{name}[`\" ]", PAGE)} == set()
    [row] = [line.strip() for line in PAGE.splitlines() if line.strip().startswith('{"id"')]
    (tmp_path / "r.jsonl").write_text(row)
    assert isinstance(next(iter(read_recording(tmp_path / "r.jsonl"))), Recorded)
