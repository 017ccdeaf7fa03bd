"""Laws of the Telegram listener: what a message keeps, and draining a window from the newest message down."""

from __future__ import annotations

from typing import Any

import pytest

from kentongan.errors import SourceChanged, SourceDown
from kentongan.records import Cursor, Page
from tests.listeners.kit import fixture, poll, posts
from tests.listeners.server import Answer, Asked, Respond, serve

PER_PAGE = 5


def message(number: int, text: str = "keluhan") -> str:
    """One message of a preview."""
    words = f'<div class="tgme_widget_message_text js-message_text">{text} {number}</div>'
    moment = f'<time datetime="2026-03-02T03:00:{number % 60:02d}+00:00"></time>'
    foot = f'<span class="tgme_widget_message_meta"><a class="tgme_widget_message_date" href="#">{moment}</a></span>'
    return f'<div class="tgme_widget_message" data-post="WargaContoh/{number}">{words}<div class="tgme_widget_message_footer">{foot}</div></div>'


def channel(newest: int, oldest: int = 1, missing: frozenset[int] = frozenset()) -> Respond:
    """A channel with messages oldest..newest that pages as Telegram does."""

    def respond(asked: Asked) -> Answer:
        before = int(asked.query.get("before", newest + 1))
        numbers = [n for n in range(oldest, newest + 1) if n < before and n not in missing][-PER_PAGE:]
        more = (
            f'<a class="tme_messages_more" data-before="{numbers[0]}" href="/s/wargacontoh?before={numbers[0]}"></a>'
            if numbers and numbers[0] > oldest
            else ""
        )
        body = f'<section class="tgme_channel_history">{more}{"".join(message(n) for n in numbers)}</section>'
        return Answer(body=body.encode(), headers={"Content-Type": "text/html"})

    return respond


def read(respond: Respond, cursor: Cursor | None = None, stop_after: int | None = None, **options: Any) -> list[Page]:
    """One poll of the channel."""
    with serve(respond) as server:
        return poll(
            "telegram",
            {"channel": "WargaContoh", "base_url": server.base, **options},
            cursor,
            platform="telegram",
            category="messaging",
            stop_after=stop_after,
        )


def numbers(pages: list[Page]) -> set[int]:
    """Message numbers of all posts."""
    return {int(post.native_id.rpartition("/")[2]) for post in posts(pages)}


def at(floor: int, high: int = 0, token: int = 0) -> Cursor:
    """A cursor with these places."""
    return Cursor(source="contoh", floor=str(floor), high=str(high or ""), token=str(token or ""))


def test_a_message_keeps_line_breaks_views_links_and_what_it_answers() -> None:
    first, last = posts(read(lambda _: Answer(body=fixture("telegram", "normal.html"))))
    assert (first.native_id, first.url) == ("wargacontoh/101", "https://t.me/wargacontoh/101")
    assert (first.text, first.links, first.metrics) == ("Air keruh tiga hari\nLapor ke lapor.example", ("https://lapor.example/",), {"views": 1200})
    assert (last.text, last.parent_native_id, last.tags, last.metrics) == ("Sudah jernih lagi 🙏", "wargacontoh/101", ("edited",), {"views": 3400})
    assert (last.account.handle, last.account.name, last.account.followers) == ("wargacontoh", "Warga Contoh", 12_300)


def test_pictures_without_words_are_left_out_by_name() -> None:
    [page] = read(lambda _: Answer(body=fixture("telegram", "normal.html")))
    assert (len(page.posts), page.rejected, page.notes) == (2, 0, ("1 tanpa kata-kata, dilewati",))


def test_the_first_poll_takes_the_newest_page_and_sets_the_floor() -> None:
    [page] = read(channel(100))
    assert numbers([page]) == set(range(96, 101))
    assert (page.cursor.floor, page.cursor.high, page.cursor.token) == ("100", "", "")


def test_a_later_poll_reads_down_to_the_floor_and_only_then_moves_it() -> None:
    pages = read(channel(112), at(100))
    assert numbers(pages) >= set(range(101, 113))
    assert [page.cursor.floor for page in pages] == ["100", "100", "112"]
    assert len(pages) == 3


def test_a_crash_between_two_pages_loses_nothing() -> None:
    before = read(channel(112), at(100), stop_after=1)
    after = read(channel(114), before[-1].cursor)  # two more came meanwhile
    assert numbers(before) | numbers(after) >= set(range(101, 113))
    assert after[-1].cursor.floor == "112"
    assert numbers(read(channel(114), after[-1].cursor)) >= {113, 114}


def test_the_page_limit_leaves_the_rest_to_the_next_poll() -> None:
    cursor, got = at(10), set()
    for _ in range(12):
        pages = read(channel(60), cursor, max_pages=2)
        assert len(pages) <= 2
        got |= numbers(pages)
        cursor = pages[-1].cursor
        if cursor.floor == "60":
            break
    assert got >= set(range(11, 61)) and cursor.floor == "60"


def test_deleted_messages_around_the_floor_do_not_stop_the_drain() -> None:
    pages = read(channel(110, missing=frozenset(range(98, 104))), at(100))
    assert numbers(pages) >= set(range(104, 111)) and pages[-1].cursor.floor == "110"


def test_the_beginning_of_the_channel_ends_the_window() -> None:
    pages = read(channel(9, oldest=7), at(3))
    assert numbers(pages) == {7, 8, 9} and pages[-1].cursor.floor == "9"


def test_a_server_that_pages_in_a_circle_is_not_followed_for_ever() -> None:
    answer = channel(112)(Asked(path="/s/x", query={}, headers={}))
    assert len(read(lambda _: answer, at(50))) == 2


def test_edits_of_messages_on_the_page_come_again() -> None:
    assert numbers(read(channel(100), at(100))) == set(range(96, 101))


def test_a_channel_without_preview_is_a_change_with_the_next_step() -> None:
    def respond(asked: Asked) -> Answer:
        if asked.path.startswith("/s/"):
            return Answer(status=302, headers={"Location": "/wargacontoh"})
        return Answer(body=fixture("telegram", "broken.html"))

    with pytest.raises(SourceChanged, match="pratinjau"):
        read(respond)


def test_messages_that_vanish_altogether_are_a_change() -> None:
    with pytest.raises(SourceChanged, match="tidak ada pesan"):
        read(lambda _: Answer(body=fixture("telegram", "empty.html")), at(100))


def test_a_new_layout_of_messages_is_a_change() -> None:
    body = fixture("telegram", "normal.html").replace(b"<time datetime", b"<time data-at")
    with pytest.raises(SourceChanged, match="waktu"):
        read(lambda _: Answer(body=body))


def test_a_fault_in_the_middle_comes_after_the_pages_before_it() -> None:
    whole = channel(112)
    cursor = read(whole, at(100), stop_after=1)[-1].cursor  # the first page was given out before the second was asked for
    with pytest.raises(SourceDown):
        read(lambda asked: Answer(status=503) if "before" in asked.query else whole(asked), at(100))
    assert numbers(read(whole, cursor)) >= set(range(101, 108))


def test_the_page_is_asked_for_politely() -> None:
    with serve(channel(5)) as server:
        poll("telegram", {"channel": "WargaContoh", "base_url": server.base}, platform="telegram", category="messaging")
    assert server.asked[0].path == "/robots.txt"
    assert server.asked[1].headers["user-agent"].startswith("Kentongan/")
