"""Laws of reading dates and of canonical addresses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listeners._dates import parse_date
from listeners._feed_posts import site_of
from listeners._links import canonical_link, rebased


@pytest.mark.parametrize("month", ["Jan", "Pebruari", "Maret", "Apr", "Mei", "Juni", "Juli", "Agt", "September", "Okt", "Nopember", "Des"])
def test_every_indonesian_month_is_known(month: str) -> None:
    assert parse_date(f"15 {month} 2026 12:00 UTC").day == 15


@pytest.mark.parametrize(
    ("text", "hour"),
    [("WIB", 5), ("WITA", 4), ("WIT", 3), ("GMT", 12), ("UT", 12), ("EST", 17), ("+0530", 6), ("GMT+8", 4), ("+07", 5), ("-03:00", 15), ("", 5)],
)
def test_the_zone_behind_the_clock_counts_and_none_means_wib(text: str, hour: int) -> None:
    assert parse_date(f"Sen, 02 Mar 2026 12:00:00 {text}").hour == hour


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kemarin",
        "32 Mar 2026",
        "2 Foo 2026",
        "2 Mar 2026 25:00",
        "2 Mar 2026 10:00 XYZ",
        "tahun 2026",
        "+99999-01-01",
        "0001-01-01T00:00:00+14:00",
        "kata " * 500,
    ],
)
def test_what_is_no_date_is_an_error_not_a_guess(text: str) -> None:
    with pytest.raises(ValueError):
        parse_date(text)


def test_the_format_of_x_is_read() -> None:
    assert parse_date("Wed Oct 10 20:19:24 +0000 2018") == datetime(2018, 10, 10, 20, 19, 24, tzinfo=UTC)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), st.integers(-12 * 60, 14 * 60))
def test_what_is_written_as_rfc_822_or_iso_is_read_back(moment: datetime, minutes: int) -> None:
    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_date(aware.isoformat()) == aware
    assert parse_date(aware.strftime("%a, %d %b %Y %H:%M:%S %z")) == aware


@given(st.text(max_size=60))
def test_any_text_gives_an_aware_moment_or_a_value_error(text: str) -> None:
    try:
        assert parse_date(text).tzinfo is UTC
    except ValueError:
        return


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ("HTTP://WWW.Warta.Example:80/a?utm_source=rss&b=2&a=1#bagian", "https://www.warta.example/a?a=1&b=2"),
        ("https://warta.example", "https://warta.example/"),
        ("https://warta.example:8443/x?", "https://warta.example:8443/x"),
        ("/b/1?fbclid=x", "https://dasar.example/b/1"),
        ("https://u:p@warta.example/x", "https://warta.example/x"),
        ("https://warta.example/x?q=%20a+b&page=2", "https://warta.example/x?page=2&q=%20a+b"),
        ("mailto:a@b.example", ""),
        ("javascript:alert(1)", ""),
        ("https://[rusak", ""),
        ("", ""),
        ("https://warta.example/x #bagian", "https://warta.example/x"),
        ("https://warta.example/x?a=1 &utm_source=rss", "https://warta.example/x?a=1"),
    ],
)
def test_copies_of_a_link_share_one_canonical_form(link: str, canonical: str) -> None:
    assert canonical_link(link, "https://dasar.example/p/") == canonical


@given(st.text(max_size=80))
def test_canonical_is_canonical(link: str) -> None:
    once = canonical_link(link, "https://dasar.example/p/")
    assert canonical_link(once) == once


@pytest.mark.parametrize(
    ("link", "site"),
    [
        ("https://news.detik.com/x", "detik.com"),
        ("https://www.antaranews.com", "antaranews.com"),
        ("https://diskominfo.jogjaprov.go.id/a", "jogjaprov.go.id"),
        ("https://kompas.id/a", "kompas.id"),
        ("https://www.rri.co.id/a", "rri.co.id"),
    ],
)
def test_subdomains_of_an_outlet_are_one_site(link: str, site: str) -> None:
    assert site_of(link) == site


def test_another_server_keeps_path_and_query() -> None:
    assert rebased("https://a.example/p/q?x=1", "http://127.0.0.1:9/dasar/") == "http://127.0.0.1:9/dasar/p/q?x=1"
    assert rebased("https://a.example/p", "") == "https://a.example/p"
