"""Laws of the Mastodon listener: gapless from the floor upwards, overlap for edits, respect for those who opted out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kentongan.errors import SourceChanged, SourceDown
from kentongan.records import Cursor, Page
from tests.factories import T0
from tests.listeners.kit import fixture, poll, posts
from tests.listeners.server import Answer, Asked, Respond, serve


def snowflake(moment: datetime, sequence: int = 0) -> int:
    """A Mastodon id made at `moment`."""
    return (int(moment.timestamp() * 1000) << 16) + sequence


def status(moment: datetime, sequence: int = 0, **fields: Any) -> dict[str, Any]:
    """One status of the tag timeline."""
    number = snowflake(moment, sequence)
    account = {"acct": "warga", "uri": "https://mastodon.example/users/warga", "noindex": False, "indexable": True} | fields.pop("account", {})
    return {
        "id": str(number), "created_at": moment.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "content": f"<p>keluhan {sequence}</p>", "visibility": "public",
        "uri": f"https://mastodon.example/users/warga/statuses/{number}", "account": account, **fields,
    }  # fmt: skip


def timeline(statuses: Iterable[dict[str, Any]], limit: int = 40) -> Respond:
    """A server that pages with min_id as Mastodon does: the oldest behind it, newest first within the page."""
    known = sorted(statuses, key=lambda s: int(s["id"]))

    def respond(asked: Asked) -> Answer:
        size = min(int(asked.query["limit"]), limit)
        behind = [s for s in known if int(s["id"]) > int(asked.query.get("min_id", 0))]
        page = behind[:size] if "min_id" in asked.query else behind[-size:]
        return Answer(body=json.dumps(page[::-1]).encode(), headers={"Content-Type": "application/json"})

    return respond


def read(
    respond: Respond, cursor: Cursor | None = None, stop_after: int | None = None, secrets: dict[str, str] | None = None, **options: Any
) -> list[Page]:
    """One poll of #listrik."""
    with serve(respond) as server:
        return poll(
            "mastodon", {"tag": "listrik", "instance": "https://mastodon.example", "base_url": server.base, **options}, cursor,
            platform="mastodon", category="microblog", secrets=secrets, stop_after=stop_after,
        )  # fmt: skip


def after(moment: datetime) -> Cursor:
    """The cursor when everything up to `moment` is saved."""
    return Cursor(source="contoh", floor=str(snowflake(moment)))


MANY = [status(T0 + timedelta(minutes=n), n) for n in range(1, 101)]


def test_a_status_becomes_a_post_with_text_identity_and_metrics() -> None:
    first, bot, reply = posts(read(lambda _: Answer(body=fixture("mastodon", "normal.json"))))
    assert first.text == "Padam lagi sejak subuh #listrik\nSudah lapor & belum ada jawaban\ndua hari"
    assert first.native_id.startswith("https://mastodon.example/users/warga_contoh/statuses/")
    assert (first.account.handle, first.account.followers) == ("warga_contoh@mastodon.example", 120)
    assert (first.metrics, first.tags, first.links, first.lang_hint) == ({"replies": 2, "shares": 5, "likes": 9}, ("listrik",), (), "id")
    assert (bot.tags, bot.links) == (("listrik", "bot"), ("https://www.pln.example/info",))
    assert bot.updated_at == datetime(2026, 3, 2, 3, 9, tzinfo=UTC)
    assert (reply.kind, reply.parent_native_id) == ("reply", first.native_id)
    assert reply.text.startswith("keluhan\n"), "a content warning is part of what was said"


def test_accounts_that_opted_out_of_indexing_are_left_out_and_counted() -> None:
    [page] = read(lambda _: Answer(body=fixture("mastodon", "normal.json")))
    assert len(page.posts) == 3 and page.rejected == 0
    assert "1 dari akun" in page.notes[0]


def test_the_strict_option_leaves_out_all_who_did_not_opt_in() -> None:
    statuses = [status(T0, 1), status(T0, 2, account={"indexable": False})]
    assert len(posts(read(timeline(statuses)))) == 2
    assert len(posts(read(timeline(statuses), only_indexable=True))) == 1


def test_posts_that_are_not_public_are_not_taken() -> None:
    assert len(posts(read(timeline([status(T0, 1), status(T0, 2, visibility="private")])))) == 1


def test_the_first_poll_takes_the_newest_page() -> None:
    [page] = read(timeline(MANY))
    assert len(page.posts) == 40 and page.cursor.floor == MANY[-1]["id"]


def test_later_polls_read_everything_behind_the_floor_oldest_first_and_commit_each_page() -> None:
    pages = read(timeline(MANY), after(T0))
    assert {p.native_id for p in posts(pages)} == {s["uri"] for s in MANY}
    floors = [int(page.cursor.floor) for page in pages]
    assert floors == sorted(floors) and floors[-1] == int(MANY[-1]["id"])


def test_a_crash_between_two_pages_loses_nothing() -> None:
    first = read(timeline(MANY), after(T0), stop_after=1)
    rest = read(timeline(MANY), first[-1].cursor)
    assert {p.native_id for p in posts(first + rest)} == {s["uri"] for s in MANY}


def test_the_last_quarter_of_an_hour_is_read_again_for_edits_and_late_deliveries() -> None:
    late = status(T0 - timedelta(minutes=10), 7)
    assert {p.native_id for p in posts(read(timeline([late]), after(T0)))} == {late["uri"]}
    assert posts(read(timeline([late]), after(T0), overlap_min=5)) == []


def test_a_tag_so_busy_that_the_overlap_fills_the_poll_still_moves_on() -> None:
    flood = [status(T0 - timedelta(minutes=14), n) for n in range(1, 400)]
    fresh = status(T0 + timedelta(minutes=1), 1)
    pages = read(timeline([*flood, fresh]), after(T0), max_pages=4)
    assert fresh["uri"] in {p.native_id for p in posts(pages)}
    assert pages[-1].cursor.floor == fresh["id"]


def test_a_page_that_filters_shortened_does_not_end_the_reading() -> None:
    assert len(posts(read(timeline(MANY[:30], limit=7), after(T0)))) == 30


def test_a_server_that_ignores_min_id_is_not_asked_for_ever() -> None:
    body = json.dumps([status(T0, 1)]).encode()
    with serve(lambda _: Answer(body=body)) as server:
        poll(
            "mastodon", {"tag": "listrik", "base_url": server.base}, after(T0 + timedelta(hours=1)), platform="mastodon", category="microblog"
        )  # fmt: skip
    assert len(server.asked) <= 2


def test_ids_of_other_kinds_are_used_as_they_are() -> None:
    given = Cursor(source="contoh", floor="01JNAH5V4W7G8H9J0KMNPQRST1")
    with serve(lambda _: Answer(body=b"[]")) as server:
        poll("mastodon", {"tag": "listrik", "base_url": server.base}, given, platform="mastodon", category="microblog")
    assert server.asked[0].query["min_id"] == given.floor


@pytest.mark.parametrize("status_code", [401, 403, 422])
def test_a_server_for_members_only_says_what_to_do(status_code: int) -> None:
    with pytest.raises(SourceChanged, match="MASTODON_TOKEN"):
        read(lambda _: Answer(status=status_code, body=b'{"error": "This method requires an authenticated user"}'))


def test_a_token_is_sent_in_a_header_and_never_in_the_address() -> None:
    with serve(lambda _: Answer(body=b"[]")) as server:
        poll(
            "mastodon", {"tag": "listrik", "base_url": server.base}, platform="mastodon", category="microblog", secrets={"MASTODON_TOKEN": "RAHASIA"}
        )  # fmt: skip
    assert server.asked[0].headers["authorization"] == "Bearer RAHASIA"
    assert "RAHASIA" not in str(server.asked[0].query)


@pytest.mark.parametrize("body", [b'{"error": "x"}', b'[{"id": "1"', b"<html></html>", b"null", b'["a", "b"]', b'[{"id": "1", "account": "warga"}]'])
def test_what_is_no_list_of_statuses_is_a_change(body: bytes) -> None:
    with pytest.raises(SourceChanged, match="contoh"):
        read(lambda _: Answer(body=body))


def test_one_odd_status_is_rejected_and_the_rest_is_taken() -> None:
    odd = {key: value for key, value in status(T0, 3).items() if key != "content"}
    [page] = read(timeline([status(T0, 1), status(T0, 2), odd]))
    assert (len(page.posts), page.rejected) == (2, 1)
    assert "tanpa content" in page.notes[0]


def test_a_limited_server_is_down_until_its_reset() -> None:
    reset = (T0 + timedelta(minutes=5)).isoformat()
    with pytest.raises(SourceDown) as caught:
        read(lambda _: Answer(status=429, headers={"X-RateLimit-Reset": reset}))
    assert caught.value.retry_after_s == 300
