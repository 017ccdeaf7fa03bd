"""Laws of finding listeners by name, of cards, and of the sources that ship."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from kentongan.config import SourceConfig, load_config
from kentongan.errors import ConfigError
from kentongan.records import Category
from listeners import check_source, discover

ROOT = Path(__file__).parents[2]
MODULE = """
from pydantic import BaseModel, ConfigDict
class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")
def listen(request, web):
    yield from ()
"""
CARD = """
name: lain
title: Contoh
categories: [news]
does: [membaca]
limits: [sedikit]
terms: bebas
edits: terlihat
deletes: tidak terlihat
every_min: 15
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ModuleType]]:
    """Makes a package with these files."""
    name = f"pendengar_{tmp_path.name.replace('-', '_')}"

    def make(**files: str) -> ModuleType:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").touch()
        for file, content in files.items():
            (folder / file.replace("__", ".")).write_text(content, encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        return importlib.import_module(name)

    yield make
    for loaded in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[loaded]


def test_a_module_and_its_card_make_a_listener_without_any_registry(package: Callable[..., ModuleType]) -> None:
    kinds = discover(package(lain__py=MODULE, lain__yml=CARD, _bagian__py=""))
    assert set(kinds) == {"lain"}
    assert kinds["lain"].card.categories == (Category.NEWS,)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"lain__py": "", "lain__yml": CARD}, r"lain\.py: tidak ada fungsi listen"),
        ({"lain__py": "def listen(request, web): ...", "lain__yml": CARD}, r"lain\.py: tidak ada model Options"),
        ({"lain__py": MODULE.replace("forbid", "ignore"), "lain__yml": CARD}, "Options"),
        ({"lain__py": MODULE}, r"lain\.yml: kartu tidak ada"),
        ({"lain__py": MODULE, "lain__yml": CARD.replace("name: lain", "name: lian")}, "name: harus 'lain'"),
        ({"lain__py": MODULE, "lain__yml": CARD.replace("limits", "limit")}, "limit: .*'limits'"),
        ({"lain__py": MODULE, "lain__yml": CARD.replace("[news]", "[gosip]")}, r"lain\.yml: categories"),
        ({"lain__py": MODULE, "lain__yml": "a: ["}, "YAML"),
        ({"lain__py": MODULE, "lain__yml": CARD, "yatim__yml": CARD}, r"yatim\.yml: kartu tanpa modul"),
    ],
)
def test_a_broken_listener_is_named_with_what_is_wrong(package: Callable[..., ModuleType], files: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        discover(package(**files))


def test_only_secrets_of_the_card_that_are_set_reach_a_listener() -> None:
    kinds = discover()
    environment = {"FACEBOOK_PAGE_TOKEN": "a", "MASTODON_TOKEN": "", "LAIN": "c"}
    assert kinds["facebook"].secrets(environment) == {"FACEBOOK_PAGE_TOKEN": "a"}
    assert kinds["mastodon"].secrets(environment) == {}


def source(**fields: object) -> SourceConfig:
    """A good feed source, but for `fields`."""
    plain = {"name": "x", "listener": "feed", "platform": "web", "category": "news", "options": {"url": "https://warta.example/rss"}}
    return SourceConfig(**{**plain, **fields})  # type: ignore[arg-type]  # checked by the model


def test_a_good_source_has_no_problem() -> None:
    assert check_source(source()) == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"listener": "fed"}, "listener: tidak ada 'fed'; maksudnya 'feed'"),
        ({"category": "app_review"}, "category: app_review tidak cocok untuk feed"),
        ({"platform": " "}, "platform: kosong"),
        ({"options": {"ulr": "https://warta.example"}}, r"options\.ulr: .*'url'"),
        ({"options": {"url": "warta.example"}}, r"options\.url:"),
        ({"options": {"url": "https://warta.example", "zone": "Asia/Yogya"}}, r"options\.zone: .*Asia/Yogya"),
        ({"options": {"url": "https://warta.example", "style": "berita"}}, r"options\.style:"),
        ({"options": {}}, r"options\.url:"),
        ({"listener": "mastodon", "category": "microblog", "options": {"tag": "#pln"}}, r"options\.tag:"),
    ],
)
def test_a_wrong_source_is_told_key_and_nearest(fields: dict[str, object], problem: str) -> None:
    assert any(re.match(problem, line) for line in check_source(source(**fields))), check_source(source(**fields))


def test_every_source_that_ships_is_right_and_reaches_each_kind_of_social_media() -> None:
    sources = load_config(ROOT / "config").sources
    assert {name: check_source(item) for name, item in sources.items() if check_source(item)} == {}
    assert len(sources) >= 25
    assert {item.category for item in sources.values()} >= {
        Category.NEWS, Category.MESSAGING, Category.MICROBLOG, Category.SOCIAL_NETWORK, Category.FACTCHECK, Category.BLOG, Category.MEDIA_SHARING,
        Category.BOOKMARKING, Category.WIKI, Category.COMPLAINT,
    }  # fmt: skip
    assert {item.listener for item in sources.values()} == set(discover())
    assert all(item.every_min >= 5 for item in sources.values())


def test_sources_that_ship_never_point_at_a_test_server() -> None:
    assert all(not item.options.get("base_url") for item in load_config(ROOT / "config").sources.values())
