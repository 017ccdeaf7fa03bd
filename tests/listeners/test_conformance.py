"""Laws of every listener; one that is found by name and passes is done. Fixtures: tests/fixtures/listeners/<name>/."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import yaml

from kentongan.errors import SourceChanged, SourceDown
from kentongan.records import Cursor, Page
from listeners import discover
from tests.listeners.kit import FIXTURES, poll, posts
from tests.listeners.server import Answer, closed_port, serve

NAMES = sorted(discover())
CONTENT_TYPES = {".xml": "application/xml", ".json": "application/json", ".html": "text/html; charset=utf-8", ".jsonl": "application/x-ndjson"}
MARKUP = re.compile(r"</?[a-z]+[ >/]|&(amp|lt|gt|quot|nbsp|#\d+);")


def test_the_listeners_of_the_first_version_are_all_there() -> None:
    assert {"facebook", "factcheck", "feed", "mastodon", "replay", "telegram"} <= set(NAMES)


def _file(name: str, what: str) -> Path:
    found = list((FIXTURES / name).glob(f"{what}.*"))
    assert len(found) == 1, f"tests/fixtures/listeners/{name}/ must hold exactly one {what}.*"
    return found[0]


def _filled(value: Any, **places: str) -> Any:
    """The same with {base} and {file} put in."""
    if isinstance(value, dict):
        return {key: _filled(item, **places) for key, item in value.items()}
    return value.format(**places) if isinstance(value, str) else value


@contextmanager
def _case(name: str, what: str) -> Iterator[dict[str, Any]]:
    """Arguments for `poll`, with a server (and a file) that give the fixture whatever they are asked."""
    case = yaml.safe_load((FIXTURES / name / "case.yml").read_text(encoding="utf-8"))
    path = _file(name, what)
    answer = Answer(body=path.read_bytes(), headers={"Content-Type": CONTENT_TYPES[path.suffix]})
    with serve(lambda _: answer) as server:
        yield _filled(case, base=server.base, file=str(path))


def _poll(name: str, case: dict[str, Any], cursor: Cursor | None = None) -> list[Page]:
    return poll(
        name, case["options"], cursor, platform=case["platform"], category=case["category"], secrets=case.get("secrets"),
    )  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_normal_answer_gives_posts_that_keep_the_invariants(name: str) -> None:
    with _case(name, "normal") as case:
        found = posts(_poll(name, case))
    assert len(found) >= 2
    for post in found:
        assert post.platform == case["platform"]
        assert post.native_id and post.native_id == post.native_id.strip()
        assert post.published_at.tzinfo is UTC
        assert post.updated_at is None or post.updated_at.tzinfo is UTC
        assert post.text or post.title
        assert not MARKUP.search(post.text + post.title), "markup must not reach a post"
        assert all(isinstance(number, int) for number in post.metrics.values())
    assert len({post.native_id for post in found}) == len(found)


@pytest.mark.parametrize("name", NAMES)
def test_two_polls_give_a_post_the_same_identity_and_time(name: str) -> None:
    with _case(name, "normal") as case:
        first, second = (posts(_poll(name, case)) for _ in range(2))
    assert [(p.native_id, p.published_at, p.account) for p in first] == [(p.native_id, p.published_at, p.account) for p in second]


@pytest.mark.parametrize("name", NAMES)
def test_a_poll_from_the_returned_cursor_brings_nothing_new(name: str) -> None:
    with _case(name, "normal") as case:
        first = _poll(name, case)
        again = _poll(name, case, first[-1].cursor)
    assert {p.native_id for p in posts(again)} <= {p.native_id for p in posts(first)}
    assert not any(page.gap_suspected for page in again)


@pytest.mark.parametrize("name", NAMES)
def test_a_cursor_keeps_what_is_not_the_listeners_business(name: str) -> None:
    given = Cursor(source="contoh", query="q", version=7, failures=3)
    with _case(name, "normal") as case:
        returned = _poll(name, case, given)[-1].cursor
    assert (returned.source, returned.query, returned.version, returned.failures) == ("contoh", "q", 7, 3)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_answer_is_no_error_and_no_post(name: str) -> None:
    with _case(name, "empty") as case:
        pages = _poll(name, case)
    assert posts(pages) == []
    assert not any(page.gap_suspected for page in pages)


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_answer_raises_and_names_the_source(name: str) -> None:
    with _case(name, "broken") as case, pytest.raises(SourceChanged, match="contoh") as caught:
        _poll(name, case)
    assert all(secret not in str(caught.value) for secret in case.get("secrets", {}).values())


@pytest.mark.parametrize("name", NAMES)
def test_a_place_that_cannot_be_reached_is_down(name: str, tmp_path: Path) -> None:
    with _case(name, "normal") as case:
        pass
    raw = yaml.safe_load((FIXTURES / name / "case.yml").read_text(encoding="utf-8"))
    case = _filled(raw, base=closed_port(), file=str(tmp_path / "absent"))
    with pytest.raises(SourceDown) as caught:
        _poll(name, case)
    assert all(secret not in str(caught.value) for secret in case.get("secrets", {}).values())


@pytest.mark.parametrize("name", NAMES)
def test_the_configured_secrets_are_those_of_the_card(name: str) -> None:
    with _case(name, "normal") as case:
        card = discover()[name].card
        assert set(card.needs_secrets) <= set(case.get("secrets", {}))
        assert case["category"] in card.categories
