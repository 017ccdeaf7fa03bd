"""The HTTP client against a real server on localhost; time is a number that tests move, except where threads race."""

from __future__ import annotations

import gzip
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime

import pytest

from kentongan.clock import FixedClock
from kentongan.errors import ConfigError, SourceChanged, SourceDown
from kentongan.http import Refused, WebClient, masked, user_agent
from kentongan.http_answers import pause_asked_for
from tests.factories import T0
from tests.listeners.kit import quick_web
from tests.listeners.server import Answer, Asked, closed_port, sequence, serve

OK = Answer(body=b"baik")


@dataclass
class Watch:
    """A clock for waiting: `sleep` moves it and remembers."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def watch() -> Iterator[Watch]:
    yield Watch()


def timed(watch: Watch, **options: float) -> WebClient:
    """A client whose waiting is counted, not waited for."""
    return quick_web(sleep=watch.sleep, monotonic=watch.monotonic, **{"backoff_s": 0.5, **options})


# --- who asks, and what comes back ----------------------------------------------------------------------------------


def test_every_request_names_the_product_and_the_contact() -> None:
    with serve(lambda _: OK) as server:
        quick_web(contact="humas@contoh.example").get(server.base)
    assert server.asked[0].headers["user-agent"].startswith("Kentongan/")
    assert "humas@contoh.example" in server.asked[0].headers["user-agent"]


def test_the_contact_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KENTONGAN_CONTACT", "https://contoh.example/humas")
    assert "https://contoh.example/humas" in user_agent()


@pytest.mark.parametrize("contact", ["satu\r\nX-Jahat: ya", "humás"])
def test_a_contact_that_cannot_stand_in_a_header_is_a_configuration_error(contact: str) -> None:
    with pytest.raises(ConfigError, match="KENTONGAN_CONTACT"):
        WebClient(contact=contact)


def test_an_answer_has_lower_case_headers_the_final_address_and_unzipped_bytes() -> None:
    def respond(asked: Asked) -> Answer:
        if asked.path == "/lama":
            return Answer(status=301, headers={"Location": "/baru?x=1"})
        return Answer(body=gzip.compress(b"isi"), headers={"ETag": '"a"', "Content-Encoding": "gzip"})

    with serve(respond) as server:
        answer = quick_web().get(f"{server.base}/lama")
    assert (answer.status, answer.body, answer.headers["etag"], answer.url) == (200, b"isi", '"a"', f"{server.base}/baru?x=1")


def test_not_modified_is_an_answer() -> None:
    with serve(lambda asked: Answer(status=304 if asked.headers.get("if-none-match") == '"a"' else 200)) as server:
        assert quick_web().get(server.base, headers={"if-none-match": '"a"'}).status == 304


# --- trying again ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_fault_is_tried_again(status: int) -> None:
    with serve(sequence(Answer(status=status), OK)) as server:
        assert quick_web().get(server.base).body == b"baik"
        assert len(server.asked) == 2


def test_waiting_doubles_and_then_the_source_is_down(watch: Watch) -> None:
    with serve(lambda _: Answer(status=503)) as server, pytest.raises(SourceDown, match="503") as caught:
        timed(watch).get(server.base)
    assert watch.slept == [0.5, 1.0]
    assert len(server.asked) == 3
    assert caught.value.retry_after_s is None


@pytest.mark.parametrize("value", ["7", format_datetime(T0 + timedelta(seconds=7), usegmt=True)])
def test_retry_after_is_obeyed_as_seconds_and_as_date(watch: Watch, value: str) -> None:
    with serve(sequence(Answer(status=429, headers={"Retry-After": value}), OK)) as server:
        assert timed(watch).get(server.base).body == b"baik"
    assert watch.slept == [7.0]


def test_a_pause_past_the_time_limit_is_handed_to_the_caller_at_once(watch: Watch) -> None:
    with serve(lambda _: Answer(status=429, headers={"Retry-After": "600"})) as server, pytest.raises(SourceDown) as caught:
        timed(watch).get(server.base)
    assert (caught.value.retry_after_s, watch.slept, len(server.asked)) == (600.0, [], 1)


def test_a_host_that_asked_for_a_pause_is_left_alone_by_all_who_share_the_client(watch: Watch) -> None:
    with serve(lambda _: Answer(status=429, headers={"Retry-After": "600"})) as server:
        web = timed(watch)
        for client in (web, web.within(30)):
            with pytest.raises(SourceDown) as caught:
                client.get(server.base)
    assert len(server.asked) == 1
    assert caught.value.retry_after_s == pytest.approx(600)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "-5"}, None),
        ({"retry-after": "besok"}, None),
        ({"retry-after": "999999999"}, 86_400),
        ({"retry-after": format_datetime(T0 - timedelta(hours=1), usegmt=True)}, 0),
        ({"x-ratelimit-reset": (T0 + timedelta(seconds=90)).isoformat()}, 90),
        ({"x-rate-limit-reset": str(int(T0.timestamp()) + 45)}, 45),
        ({}, None),
    ],
)
def test_what_a_server_says_about_waiting_is_read_within_bounds(headers: dict[str, str], seconds: float | None) -> None:
    assert pause_asked_for(headers, T0) == seconds


def test_a_refused_connection_is_down_and_says_why() -> None:
    base = closed_port()
    with pytest.raises(SourceDown, match="ConnectError"):
        quick_web().get(f"{base}/x")


def test_a_host_that_one_source_found_unreachable_costs_the_next_no_time(watch: Watch) -> None:
    base = closed_port()
    web = timed(watch)
    with pytest.raises(SourceDown):
        web.get(f"{base}/satu")
    slept = list(watch.slept)
    with pytest.raises(SourceDown, match="tidak terjangkau"):
        web.within(30).get(f"{base}/dua")
    assert watch.slept == slept


def test_an_unreachable_host_is_tried_again_after_a_minute(watch: Watch) -> None:
    base = closed_port()
    web = timed(watch)
    for _ in range(2):
        with pytest.raises(SourceDown, match="setelah 3 kali"):
            web.get(base)
        watch.now += 61


def test_an_answer_cut_off_before_its_promised_length_is_not_taken() -> None:
    with serve(lambda _: Answer(body=b"separuh", promise=1000)) as server, pytest.raises(SourceDown):
        quick_web().get(server.base)


# --- ending in time -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [Answer(hang=True), Answer(body=b"x" * 4000, drip_s=0.05), Answer(drip_head=True)])
def test_no_server_can_hold_a_request_past_its_limit(answer: Answer) -> None:
    with serve(lambda _: answer) as server:
        begun = time.monotonic()
        with pytest.raises(SourceDown):
            WebClient(clock=FixedClock(T0), min_interval_s=0, deadline_s=0.6).get(server.base)
        assert time.monotonic() - begun < 5  # generous: the law is that it ends at all; these servers would go on for minutes
        end = time.monotonic() + 10
        while _abandoned() and time.monotonic() < end:
            time.sleep(0.01)
        assert not _abandoned(), "the thread left behind must end, too, while the server still holds on"


def _abandoned() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("get ")]


def test_when_the_time_of_the_client_is_over_nothing_is_sent(watch: Watch) -> None:
    with serve(lambda _: OK) as server:
        web = timed(watch, deadline_s=10)
        watch.now += 11
        with pytest.raises(SourceDown):
            web.get(server.base)
    assert server.asked == []


# --- manners --------------------------------------------------------------------------------------------------------


def test_a_host_is_asked_at_most_once_per_interval(watch: Watch) -> None:
    with serve(lambda _: OK) as server:
        web = timed(watch, min_interval_s=2)
        for _ in range(3):
            web.get(server.base)
    assert watch.slept == [2.0, 2.0]


def test_threads_that_share_a_client_take_turns() -> None:
    waits: list[float] = []
    web = quick_web(min_interval_s=0.2, sleep=waits.append, monotonic=lambda: 1000.0)
    with serve(lambda _: OK) as server:
        threads = [threading.Thread(target=web.get, args=(server.base,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(round(wait, 3) for wait in waits) == [0.2, 0.4, 0.6]


def test_robots_txt_is_asked_once_and_obeyed() -> None:
    rules = Answer(body=b"User-agent: *\nDisallow: /rahasia\n")
    with serve(lambda _: OK, robots=rules) as server:
        web = quick_web()
        web.get(f"{server.base}/terbuka", robots=True)
        with pytest.raises(SourceChanged, match=r"robots\.txt"):
            web.get(f"{server.base}/rahasia/1", robots=True)
        web.get(f"{server.base}/rahasia/2")  # an API call: robots.txt is about pages
    assert [a.path for a in server.asked] == ["/robots.txt", "/terbuka", "/rahasia/2"]


def test_a_crawl_delay_widens_the_interval(watch: Watch) -> None:
    with serve(lambda _: OK, robots=Answer(body=b"User-agent: Kentongan\nCrawl-delay: 5\n")) as server:
        web = timed(watch)
        web.get(f"{server.base}/a", robots=True)
        web.get(f"{server.base}/b", robots=True)
    assert watch.slept == [5.0]


def test_no_robots_txt_means_all_is_allowed() -> None:
    with serve(lambda _: OK, robots=Answer(status=403)) as server:
        assert quick_web().get(server.base, robots=True).body == b"baik"


def test_a_robots_txt_that_cannot_be_had_means_not_now() -> None:
    with serve(lambda _: OK, robots=Answer(status=500)) as server, pytest.raises(SourceDown):
        quick_web().get(f"{server.base}/a", robots=True)
    assert server.paths() == []


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
def test_a_refusal_is_not_tried_again_and_keeps_status_and_body(status: int) -> None:
    with serve(lambda _: Answer(status=status, body=b'{"error": "x"}')) as server, pytest.raises(Refused, match=str(status)) as caught:
        quick_web().get(server.base)
    assert (caught.value.status, caught.value.body, len(server.asked)) == (status, b'{"error": "x"}', 1)


@pytest.mark.parametrize("status", [202, 204, 300])
def test_a_success_that_is_no_content_is_a_change_not_an_empty_answer(status: int) -> None:
    with serve(lambda _: Answer(status=status)) as server, pytest.raises(SourceChanged):
        quick_web().get(server.base)


def test_a_redirect_loop_ends() -> None:
    with serve(lambda _: Answer(status=302, headers={"Location": "/lagi"})) as server, pytest.raises(SourceChanged):
        quick_web().get(server.base)
    assert len(server.asked) <= 7


@pytest.mark.parametrize("target", ["ftp://contoh.example/x", "file:///etc/passwd", "javascript:alert(1)"])
def test_a_redirect_away_from_http_is_not_followed(target: str) -> None:
    with serve(lambda _: Answer(status=302, headers={"Location": target})) as server, pytest.raises(SourceChanged):
        quick_web().get(server.base)


@pytest.mark.parametrize("url", ["ftp://contoh.example", "contoh.example/rss", "http://", "file:///etc/passwd", "http://[rusak", ""])
def test_only_http_addresses_are_asked(url: str) -> None:
    with pytest.raises(SourceChanged, match="http"):
        quick_web().get(url)


@pytest.mark.parametrize("zipped", [True, False])
def test_an_answer_above_the_size_limit_is_not_read(zipped: bool) -> None:
    body = b"x" * 200_000
    answer = Answer(body=gzip.compress(body), headers={"Content-Encoding": "gzip"}) if zipped else Answer(body=body)
    with serve(lambda _: answer) as server, pytest.raises(SourceChanged, match="MB"):
        quick_web(max_bytes=100_000).get(server.base)


def test_garbage_that_calls_itself_gzip_is_a_change() -> None:
    with serve(lambda _: Answer(body=b"bukan gzip", headers={"Content-Encoding": "gzip"})) as server, pytest.raises(SourceChanged):
        quick_web().get(server.base)


# --- secrets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 503])
def test_a_secret_in_the_address_is_in_no_message(status: int) -> None:
    with serve(lambda _: Answer(status=status)) as server, pytest.raises((SourceDown, SourceChanged)) as caught:
        quick_web().get(f"{server.base}/x", params={"access_token": "RAHASIA", "q": "listrik"})
    assert "RAHASIA" not in str(caught.value)
    assert "q=listrik" in str(caught.value)
    assert server.asked[0].query["access_token"] == "RAHASIA"


def test_a_secret_in_the_address_is_in_no_log_of_the_library(caplog: pytest.LogCaptureFixture) -> None:
    with serve(lambda _: OK) as server, caplog.at_level(logging.INFO):
        quick_web().get(f"{server.base}/x", params={"access_token": "RAHASIA"})
    assert "RAHASIA" not in caplog.text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:sandi@h.example/p?key=1&q=2", "https://h.example/p?key=***&q=2"),
        ("https://h.example/p?api_key=1&keyword=pln&monkey=3", "https://h.example/p?api_key=***&keyword=pln&monkey=3"),
        ("https://h.example/p?client_secret=1&sig=2&token=3", "https://h.example/p?client_secret=***&sig=***&token=***"),
        ("https://[rusak?token=1", "https://[rusak"),
    ],
)
def test_masking_blots_out_secrets_and_nothing_else(url: str, shown: str) -> None:
    assert masked(url) == shown


def test_loopback_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", closed_port())
    with serve(lambda _: OK) as server:
        assert quick_web().get(server.base).body == b"baik"
