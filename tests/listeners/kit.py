"""What listener tests share: fixtures, a quick client, and one poll as the pipeline makes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kentongan.clock import FixedClock
from kentongan.http import WebClient
from kentongan.ports import ListenRequest
from kentongan.records import Category, Cursor, Page, Post
from listeners import discover
from tests.factories import T0

FIXTURES = Path(__file__).parents[1] / "fixtures" / "listeners"


def fixture(listener: str, name: str) -> bytes:
    """The bytes of a recorded payload."""
    return (FIXTURES / listener / name).read_bytes()


def quick_web(**options: Any) -> WebClient:
    """A client without waiting times, for servers on localhost."""
    return WebClient(**{"clock": FixedClock(T0), "min_interval_s": 0, "backoff_s": 0.001, "timeout_s": 5, "request_s": 20, **options})


def poll(
    listener: str,
    options: Mapping[str, Any],
    cursor: Cursor | None = None,
    *,
    platform: str = "web",
    category: str = "news",
    secrets: Mapping[str, str] | None = None,
    web: WebClient | None = None,
    stop_after: int | None = None,
) -> list[Page]:
    """All pages of one poll; stop_after: the caller dies after so many."""
    request = ListenRequest(
        source="contoh",
        options=options,
        platform=platform,
        category=Category(category),
        cursor=cursor or Cursor(source="contoh"),
        now=T0,
        secrets=secrets or {},
    )
    pages: list[Page] = []
    for page in discover()[listener].listen(request, web or quick_web()):
        pages.append(page)
        if len(pages) == stop_after:
            break
    return pages


def posts(pages: list[Page]) -> list[Post]:
    """The posts of all pages."""
    return [post for page in pages for post in page.posts]
