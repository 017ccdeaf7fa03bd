"""Laws of feeds: dialects, identity, dates, gaps, and answers that are no feed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from kentongan.errors import SourceChanged, SourceDown
from kentongan.records import AuthorKind, Cursor, Page, Post
from tests.listeners.kit import fixture, poll, posts
from tests.listeners.server import Answer, Asked, Respond, serve

WARTA = "https://warta.example/rss/terkini.xml"


def read(body: bytes, url: str = WARTA, cursor: Cursor | None = None, kind: str = "application/xml", **options: Any) -> Page:
    """One poll of a feed at `url` that answers `body`."""
    where = {name: options.pop(name) for name in ("platform", "category") if name in options}
    with serve(
        lambda _: Answer(body=body, headers={"Content-Type": kind, "ETag": '"e1"', "Last-Modified": "Mon, 02 Mar 2026 03:05:00 GMT"})
    ) as server:
        [page] = poll("feed", {"url": url, "base_url": server.base, **options}, cursor, **where)
    return page


def item(number: int, date: str = "Mon, 02 Mar 2026 10:00:00 +0700", extra: str = "", title: str = "judul") -> str:
    """One RSS item."""
    return f"<item><title>{title} {number}</title><link>https://warta.example/{number}</link><pubDate>{date}</pubDate>{extra}</item>"


def rss(*items: str) -> bytes:
    """A feed of these items."""
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Warta</title>{"".join(items)}</channel></rss>'.encode()


# --- dialects -------------------------------------------------------------------------------------------------------


def test_a_news_item_is_known_by_its_canonical_link_and_spoken_by_its_outlet() -> None:
    newest = read(fixture("feed", "normal.xml"), publisher="Warta Contoh").posts[-1]
    assert newest.native_id == newest.url == "https://www.warta.example/berita/71003/pelanggan-pln-mengeluh"
    assert newest.text == "Warga tiga kelurahan mengaku listrik padam & menyala empat kali sehari. Pengumuman"
    assert newest.links == ("https://www.pln.example/pengumuman",)
    assert (newest.account.name, newest.account.handle, newest.account.kind) == ("Warta Contoh", "warta.example", AuthorKind.MEDIA)
    assert (newest.kind, newest.lang_hint, newest.published_at) == ("article", "id", datetime(2026, 3, 2, 3, 0, tzinfo=UTC))


def test_posts_come_oldest_first() -> None:
    times = [post.published_at for post in read(fixture("feed", "normal.xml")).posts]
    assert times == sorted(times) and len(times) == 3


def test_a_google_news_result_keeps_publisher_and_cluster_but_no_text() -> None:
    [post] = read(fixture("feed", "google_news.xml"), "https://news.google.com/rss/search?q=x").posts
    assert post.title == "Peserta JKN mengeluh rujukan ditolak - Koran Contoh"  # the publisher goes once, where it was added
    assert (post.text, post.container, post.account.handle) == ("", "Koran Contoh", "koran-contoh.co.id")
    assert post.native_id == "CBMiTkFVX3lxTE9jb250b2gx"
    assert post.cluster_hint == "google-news:CBMiTkFVX3lxTE9jb250b2gx"


def test_a_youtube_video_is_known_by_its_id_with_views_and_description() -> None:
    [post] = read(
        fixture("feed", "youtube.xml"), "https://www.youtube.com/feeds/videos.xml?channel_id=x", platform="youtube", category="media_sharing"
    ).posts
    assert (post.native_id, post.kind, post.metrics) == ("Vcontoh0001", "video", {"views": 345, "likes": 12})
    assert post.text == "Antrean mengular sejak pagi.\nPetugas menambah loket."
    assert post.account.handle == post.container == "UCabcdefghijklmnopqrstuv"
    assert post.account.kind is AuthorKind.UNKNOWN  # the channel may be a person's
    assert post.updated_at == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_a_wiki_revision_is_known_by_its_number_and_says_what_was_added() -> None:
    url = "https://id.wikipedia.org/w/index.php?title=Kantor_Contoh&action=history&feed=atom"
    older, newer = read(fixture("feed", "wiki_history.xml"), url, platform="wikipedia", category="wiki").posts
    assert (newer.native_id, older.native_id, newer.kind) == ("9000002", "9000001", "edit")
    assert (newer.title, newer.text) == ("Kantor Contoh", "/* Kontroversi */ tambah rujukan\nLayanannya dikeluhkan warga pada 2026.")
    assert "lama" not in newer.text and newer.lang_hint == "id"
    assert newer.account.handle == "Penyunting Contoh"


def test_a_reddit_post_keeps_its_fullname_and_loses_the_footer() -> None:
    [post] = read(
        fixture("feed", "reddit.xml"), "https://www.reddit.com/r/indonesia/search.rss?q=paspor", platform="reddit", category="bookmarking"
    ).posts
    assert (post.native_id, post.text, post.container) == ("t3_1contoh", "Situsnya tumbang dari pagi.", "r/indonesia")
    assert post.account.handle == "warga_contoh"


def test_a_lemmy_feed_gives_the_post_not_the_page_it_shares() -> None:
    [post] = read(fixture("feed", "lemmy_feed.xml"), "https://lemmy.example/feeds/c/indonesia.xml", platform="lemmy", category="bookmarking").posts
    assert (post.native_id, post.url) == ("https://lemmy.example/post/501", "https://lemmy.example/post/501")
    assert (post.container, post.metrics, post.links) == ("indonesia", {"likes": 10, "replies": 4}, ("https://warta.example/berita/71003",))
    assert post.text == "Ada yang sama?"
    assert post.account.handle == "warga_contoh@lemmy.example"


def test_a_lemmy_search_marks_removed_posts_as_gone_and_reads_its_zoneless_times_as_utc() -> None:
    url = "https://lemmy.example/api/v3/search?q=pajak&type_=Posts&sort=New"
    gone, post = read(fixture("feed", "lemmy_search.json"), url, kind="application/json", platform="lemmy", category="bookmarking").posts
    assert (gone.native_id, gone.deleted, post.deleted) == ("https://lemmy.example/post/503", True, False)
    assert post.published_at == datetime(2026, 3, 2, 2, 0, 0, 123456, tzinfo=UTC)
    assert (post.title, post.container, post.links) == ("Pajak daring macet", "indonesia", ("https://warta.example/berita/71004",))


def test_a_json_feed_is_read_like_any_other() -> None:
    older, newer = read(fixture("feed", "jsonfeed.json"), "https://catatan.example/feed.json", kind="application/feed+json", category="blog").posts
    assert (newer.title, newer.text, newer.tags) == ("KTP tak kunjung jadi", "Blangko habis.\nDukcapil diam.", ("dukcapil",))
    assert newer.updated_at == datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    assert (older.title, older.text, older.native_id) == ("", "Catatan tanpa judul", "https://catatan.example/p/8")


def test_a_wordpress_post_gives_its_full_text_without_script_and_footer() -> None:
    [post] = read(fixture("feed", "wordpress.xml"), "https://blog-contoh.example/feed/", category="blog").posts
    assert (post.title, post.text) == ("Curhat soal Coretax & antrean", "Panjang lebar ceritanya.")
    assert (post.metrics, post.tags, post.account.native_id) == ({"replies": 3}, ("pajak",), "blog-contoh.example/Bu Contoh")


def test_a_blogger_post_is_known_by_its_link_over_https() -> None:
    [post] = read(fixture("feed", "blogger.xml"), "https://opini-contoh.blogspot.com/feeds/posts/default", category="blog").posts
    assert post.native_id == "https://opini-contoh.blogspot.com/2026/03/calo.html"
    assert (post.metrics, post.account.native_id) == ({"replies": 2}, "opini-contoh.blogspot.com")


def test_on_other_platforms_the_guid_identifies_and_without_one_the_link() -> None:
    body = rss(item(1, extra='<guid isPermaLink="false">g-1</guid>'), item(2))
    assert {post.native_id for post in read(body, platform="forum", category="microblog").posts} == {"g-1", "https://warta.example/2"}


def test_the_same_article_in_two_feeds_of_an_outlet_has_one_id() -> None:
    link = "<link>https://warta.example/5{}</link>"
    first = rss(item(5).replace("<link>https://warta.example/5</link>", link.format("?utm_source=terkini")))
    second = rss(item(5, extra='<guid isPermaLink="false">x5</guid>').replace("<link>https://warta.example/5</link>", link.format("#rss")))
    assert read(first).posts[0].native_id == read(second).posts[0].native_id


def test_a_feed_of_one_account_can_say_whose_it_is() -> None:
    url = "https://www.youtube.com/feeds/videos.xml?channel_id=x"
    [post] = read(fixture("feed", "youtube.xml"), url, platform="youtube", category="media_sharing", handle="instansicontoh").posts
    assert (post.account.handle, post.account.native_id) == ("instansicontoh", "UCabcdefghijklmnopqrstuv")


# --- dates ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 02 Mar 2026 10:00:00 +0700", "Sen, 02 Mar 2026 10:00 WIB", "Senin, 2 Maret 2026 | 10.00 WIB", "2026-03-02 10:00:00",
        "2026-03-02T03:00:00Z", "Mon, 02 Mar 2026 03:00:00 GMT", "02/03/2026 11:00 WITA", "2 Mar 2026 12:00 WIT", "Mon, 02 Mar 2026 10:00:00",
        "Mar 2, 2026 10:00 AM",
    ],
)  # fmt: skip
def test_a_date_is_understood_as_indonesian_feeds_write_it(date: str) -> None:
    assert read(rss(item(1, date))).posts[0].published_at == datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


def test_a_time_without_zone_is_local_time_of_the_sources_zone() -> None:
    [post] = read(rss(item(1, "2026-03-02 10:00:00")), zone="Asia/Makassar").posts
    assert post.published_at == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_items_dated_in_the_future_are_kept_and_noted() -> None:
    page = read(rss(item(1, "Tue, 03 Mar 2026 10:00:00 +0700")))
    assert len(page.posts) == 1 and "masa depan" in page.notes[0]


def test_a_publisher_that_asks_for_patience_is_heard() -> None:
    patient = rss(item(1)).replace(b"<title>Warta</title>", b"<title>Warta</title><ttl>60</ttl>")
    assert any("60 menit" in note for note in read(patient).notes)
    assert read(patient.replace(b"60", b"10")).notes == ()


# --- what cannot be read --------------------------------------------------------------------------------------------


def test_an_item_without_title_date_or_link_is_rejected_and_the_rest_is_taken() -> None:
    broken = item(9).replace("<pubDate>Mon, 02 Mar 2026 10:00:00 +0700</pubDate>", "")
    page = read(rss(item(1), item(2), item(3), broken))
    assert (len(page.posts), page.rejected) == (3, 1)
    assert "tanpa tanggal" in page.notes[0]


@pytest.mark.parametrize(
    ("field", "reason"), [("pubDate>", "tanpa tanggal"), ("title>", "tanpa judul"), ("link>", "tanpa tautan")],
)  # fmt: skip
def test_a_field_that_was_renamed_everywhere_is_a_change_of_format(field: str, reason: str) -> None:
    body = rss(item(1), item(2)).replace(b"<title>Warta</title>", b"").replace(field.encode(), f"x{field}".encode())
    with pytest.raises(SourceChanged, match=reason):
        read(body)


@pytest.mark.parametrize(
    "body",
    [
        fixture("feed", "broken.html"), b"", b"   \n", b"Not Found", b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
        b'{"error": "x"}', b'{"version": "https://jsonfeed.org/version/1.1"}', b"[1, 2]", b'{"version": "https://jsonfeed.org/version/1", "items": [',
        fixture("feed", "normal.xml")[:900], fixture("feed", "lemmy_search.json")[:300], b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_not_a_whole_feed_is_never_an_empty_list(body: bytes) -> None:
    with pytest.raises(SourceChanged, match="contoh"):
        read(body)


def test_slightly_malformed_xml_is_read_noted_and_asked_for_again() -> None:
    page = read(rss(item(1, title="Tarif &nbsp; naik"), item(2)).replace(b"</rss>", b"</rss><script></script>"))
    assert len(page.posts) == 2
    assert page.cursor.etag == "" and any("tidak rapi" in note for note in page.notes)


# --- the cursor -----------------------------------------------------------------------------------------------------


def test_the_next_poll_asks_with_etag_and_an_unchanged_feed_keeps_the_cursor() -> None:
    def respond(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"e1"' and "if-modified-since" in asked.headers:
            return Answer(status=304)
        return Answer(body=rss(item(1)), headers={"ETag": '"e1"', "Last-Modified": "Mon, 02 Mar 2026 03:05:00 GMT"})

    with serve(respond) as server:
        first = poll("feed", {"url": WARTA, "base_url": server.base})[-1]
        second = poll("feed", {"url": WARTA, "base_url": server.base}, first.cursor)[-1]
    assert (second.posts, second.cursor, second.gap_suspected) == ((), first.cursor, False)


def test_a_page_without_overlap_reports_a_gap() -> None:
    seen = read(rss(item(1), item(2))).cursor
    assert not read(rss(item(2), item(3)), cursor=seen).gap_suspected
    assert read(rss(item(8), item(9)), cursor=seen).gap_suspected


def test_the_first_poll_and_an_empty_feed_report_no_gap() -> None:
    first = read(rss(item(1)))
    assert not first.gap_suspected
    assert not read(rss(), cursor=first.cursor).gap_suspected


def test_the_memory_of_seen_ids_is_bounded_and_keeps_the_newest() -> None:
    old = Cursor(source="contoh", recent_ids=tuple(f"https://warta.example/{n}" for n in range(1000, 1500)))
    ids = read(rss(item(1), item(1499)), cursor=old).cursor.recent_ids
    assert len(ids) == 500 and {"https://warta.example/1", "https://warta.example/1499"} <= set(ids[:2])


def test_an_edited_item_comes_again_with_its_new_words() -> None:
    first = read(rss(item(1)))
    again = read(rss(item(1, title="judul dikoreksi")), cursor=first.cursor)
    assert again.posts[0].native_id == first.posts[0].native_id and again.posts[0].title == "judul dikoreksi 1"


# --- the wire -------------------------------------------------------------------------------------------------------


def _fails(respond: Respond, options: Mapping[str, Any] | None = None) -> str:
    with serve(respond) as server, pytest.raises((SourceChanged, SourceDown)) as caught:
        poll("feed", {"url": WARTA, "base_url": server.base, **(options or {})})
    return type(caught.value).__name__ + " " + str(caught.value)


def test_a_missing_page_names_the_address_and_the_next_step() -> None:
    message = _fails(lambda _: Answer(status=404))
    assert "/rss/terkini.xml" in message and "config/sources" in message


def test_a_server_fault_is_down_not_changed() -> None:
    assert _fails(lambda _: Answer(status=502)).startswith("SourceDown")


def test_robots_txt_is_asked_when_the_source_says_that_it_is_a_page() -> None:
    with serve(lambda _: Answer(body=rss(item(1)))) as server:
        poll("feed", {"url": WARTA, "base_url": server.base})
        poll("feed", {"url": WARTA, "base_url": server.base, "robots": True})
    assert [a.path for a in server.asked] == ["/rss/terkini.xml", "/robots.txt", "/rss/terkini.xml"]


def test_an_encoding_that_only_the_header_names_is_understood() -> None:
    body = rss(item(1, title="Café")).replace(b'<?xml version="1.0"?>', b"").decode().encode("latin-1")
    post: Post = posts([read(body, kind="application/xml; charset=iso-8859-1")])[0]
    assert post.title == "Café 1"
