"""Laws of the Facebook listener: off without its token, errors told apart, a window drained from the newest down."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from kentongan.errors import SourceChanged, SourceDown
from kentongan.records import Cursor, Page
from tests.factories import T0
from tests.listeners.kit import fixture, poll, posts
from tests.listeners.server import Answer, Asked, Respond, serve

TOKEN = {"FACEBOOK_PAGE_TOKEN": "RAHASIA"}
PER_PAGE = 3


def tagged(newest: int) -> Respond:
    """A page tagged once a minute since T0, newest first; the paging cursor is the number of the last one given."""

    def respond(asked: Asked) -> Answer:
        if asked.query.get("after") == "basi":
            return Answer(status=400, body=b'{"error": {"code": 100, "message": "(#100) Invalid cursor"}}')
        top = int(asked.query.get("after", newest + 1)) - 1
        numbers = list(range(top, max(top - PER_PAGE, 0), -1))
        data = [
            {"id": f"9_{n}", "message": f"keluhan {n}", "created_time": (T0 + timedelta(minutes=n)).strftime("%Y-%m-%dT%H:%M:%S+0000")}
            for n in numbers
        ]
        paging: dict[str, Any] = {"cursors": {"after": str(numbers[-1])}} if numbers else {}
        if numbers and numbers[-1] > 1:
            paging["next"] = f"https://graph.facebook.com/next?access_token=RAHASIA&after={numbers[-1]}"
        return Answer(body=json.dumps({"data": data, "paging": paging}).encode())

    return respond


def read(
    respond: Respond, cursor: Cursor | None = None, stop_after: int | None = None, secrets: dict[str, str] = TOKEN, **options: Any
) -> list[Page]:
    """One poll of page 9."""
    with serve(respond) as server:
        return poll(
            "facebook", {"page": "9", "base_url": server.base, **options}, cursor, platform="facebook", category="social_network",
            secrets=secrets, stop_after=stop_after,
        )  # fmt: skip


def numbers(pages: list[Page]) -> set[int]:
    """Numbers of the posts."""
    return {int(post.native_id.partition("_")[2]) for post in posts(pages)}


def after(minute: int) -> Cursor:
    """The cursor when all tags up to that minute are saved."""
    return Cursor(source="contoh", floor=(T0 + timedelta(minutes=minute)).isoformat())


def fails(answer: Answer) -> SourceChanged | SourceDown:
    """The error that this answer makes."""
    with pytest.raises((SourceChanged, SourceDown)) as caught:
        read(lambda _: answer)
    assert "RAHASIA" not in str(caught.value)
    error = caught.value
    assert isinstance(error, (SourceChanged, SourceDown))
    return error


def test_a_post_keeps_what_facebook_gives_and_a_picture_without_words_is_left_out_by_name() -> None:
    [page] = read(lambda _: Answer(body=fixture("facebook", "normal.json")))
    first, second = page.posts
    assert (first.native_id, first.account.native_id, first.links) == ("1020304050_771001", "55", ("https://pajak.example/info",))
    assert (second.account.native_id, second.updated_at) == ("", T0 + timedelta(minutes=12))
    assert page.notes == ("1 tanpa kata-kata, dilewati",)


def test_without_a_token_nothing_is_asked() -> None:
    with serve(tagged(1)) as server, pytest.raises(SourceChanged, match="FACEBOOK_PAGE_TOKEN"):
        poll("facebook", {"page": "9", "base_url": server.base}, platform="facebook", category="social_network")
    assert server.asked == []


def test_a_poll_reads_down_to_the_floor_with_a_quarter_of_an_hour_of_overlap() -> None:
    pages = read(tagged(40), after(30), max_pages=20)
    assert numbers(pages) >= set(range(15, 41))
    assert {page.cursor.floor for page in pages[:-1]} == {after(30).floor}
    assert pages[-1].cursor.floor == after(40).floor


def test_a_crash_between_two_pages_loses_nothing() -> None:
    first = read(tagged(40), after(30), stop_after=1)
    rest = read(tagged(42), first[-1].cursor, max_pages=20)
    assert numbers(first + rest) >= set(range(31, 41)) and rest[-1].cursor.floor == after(40).floor


def test_the_page_limit_leaves_the_rest_to_the_next_poll() -> None:
    first = read(tagged(40), after(1), max_pages=2)
    assert len(first) == 2 and first[-1].cursor.token
    assert numbers(first + read(tagged(40), first[-1].cursor, max_pages=20)) >= set(range(2, 41))


def test_a_paging_cursor_that_went_stale_starts_the_window_again() -> None:
    stale = Cursor(source="contoh", floor=after(38).floor, high=after(40).floor, token="basi")
    pages = read(tagged(41), stale, max_pages=20)
    assert numbers(pages) >= {39, 40, 41} and pages[-1].cursor.floor == after(40).floor


@pytest.mark.parametrize("status", [200, 400, 403])
@pytest.mark.parametrize("code", [4, 17, 32, 613, 80001])
def test_a_rate_limit_is_a_pause(code: int, status: int) -> None:
    error = fails(Answer(status=status, body=json.dumps({"error": {"code": code, "message": "limit RAHASIA"}}).encode()))
    assert isinstance(error, SourceDown) and error.retry_after_s == 3600


@pytest.mark.parametrize(("code", "says"), [(190, "buat token baru"), (102, "buat token baru"), (10, "izin"), (200, "izin"), (803, "versi API")])
def test_what_a_person_must_mend_is_said(code: int, says: str) -> None:
    error = fails(Answer(status=400, body=json.dumps({"error": {"code": code, "message": "token RAHASIA"}}).encode()))
    assert isinstance(error, SourceChanged) and says in str(error) and f"Graph API {code}" in str(error)


@pytest.mark.parametrize("error", [{"code": 1}, {"code": 2}, {"code": 9999, "is_transient": True}])
def test_a_passing_fault_is_down(error: dict[str, Any]) -> None:
    assert isinstance(fails(Answer(status=400, body=json.dumps({"error": error}).encode())), SourceDown)


@pytest.mark.parametrize("body", [b'{"data": [', b"{}", b'{"data": {}}', b"[]", b"<html></html>", b'{"data": [{"id": "1"}]}', b'{"data": ["x"]}'])
def test_what_is_no_list_of_posts_is_a_change(body: bytes) -> None:
    assert isinstance(fails(Answer(body=body)), SourceChanged)
