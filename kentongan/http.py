"""The one HTTP client: it names itself, waits its turn at each host, tries again when that helps, and always ends in time.

Every request runs in a thread of its own that is left behind when its time is up, so that neither a name server that hangs nor a
host that sends one byte a second can hold a poll. One client may be shared by several threads.
"""

from __future__ import annotations

import copy
import functools
import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from kentongan import __version__
from kentongan.clock import SystemClock
from kentongan.errors import ConfigError, SourceChanged, SourceDown
from kentongan.host_turns import HostTurns
from kentongan.http_answers import Refused, masked, pause_asked_for, refusal
from kentongan.ports import Clock, Response
from kentongan.robots import Robots
from kentongan.words import say

# Its INFO line holds whole addresses, with tokens and handles; under Airflow INFO is kept.
logging.getLogger("httpx").setLevel(logging.WARNING)
__all__ = ["Refused", "WebClient", "masked", "user_agent"]

PRODUCT = "Kentongan"
MAX_BYTES = 10 * 1024 * 1024  # decoded; a feed of 100 items with full texts has about 1 MB
MAX_ERROR_BYTES = 64 * 1024
MAX_REDIRECTS = 5
WORTH_ANOTHER_TRY = frozenset({408, 425, 429})  # and all of 5xx


def user_agent(contact: str | None = None) -> str:
    """How Kentongan names itself, with a mail or web address to complain to: `contact`, else KENTONGAN_CONTACT.

    Raises ConfigError when the contact cannot stand in a header.
    """
    given = (os.environ.get("KENTONGAN_CONTACT", "") if contact is None else contact).strip()
    if not (given.isascii() and given.isprintable()):
        raise ConfigError(say("KENTONGAN_CONTACT: harus satu baris ASCII", "KENTONGAN_CONTACT: must be one line of ASCII"))
    about = given or "public mentions of Indonesian government agencies; no contact set"
    return f"{PRODUCT}/{__version__} ({about})"


class WebClient:
    """GET with manners. `deadline_s` bounds the life of the whole client, `request_s` one `get` with all of its waits and retries."""

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        deadline_s: float | None = None,
        request_s: float = 60.0,
        timeout_s: float = 15.0,
        attempts: int = 3,
        backoff_s: float = 0.5,
        min_interval_s: float = 1.0,
        max_bytes: int = MAX_BYTES,
        contact: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """timeout_s: for one connection or one silence on it. backoff_s: doubled after each try. min_interval_s: between two starts at a host."""
        self._clock: Clock = clock or SystemClock()
        self._monotonic, self._sleep = monotonic, sleep
        self._end = monotonic() + deadline_s if deadline_s is not None else float("inf")
        self._request_s, self._timeout_s = request_s, timeout_s
        self._attempts, self._backoff_s = attempts, backoff_s
        self._min_interval_s, self._max_bytes = min_interval_s, max_bytes
        self._headers = {"user-agent": user_agent(contact), "accept-language": "id,en;q=0.5"}
        self._tls = _trusted()
        self._turns = HostTurns(sleep, monotonic)
        self._robots = Robots(PRODUCT, monotonic)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Nothing stays open between requests; here so that a client can be used like its kind."""

    def within(self, deadline_s: float) -> WebClient:
        """This client with a time limit of its own, from now on: turns, pauses and robots rules stay shared between all of them."""
        twin = copy.copy(self)
        twin._end = min(self._end, self._monotonic() + deadline_s)
        return twin

    def get(self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, robots: bool = False) -> Response:
        """The answer, 200 or 304. Raises SourceDown (no answer in time, 408, 429, 5xx) or SourceChanged (everything else; 4xx as Refused)."""
        address = _address(url, params)
        give_up_at = min(self._end, self._monotonic() + self._request_s)
        interval_s = self._min_interval_s
        if robots:
            delay_s = self._robots.crawl_delay_s(address, lambda root: self._fetch(root, {}, give_up_at, self._min_interval_s).text)
            interval_s = max(interval_s, delay_s)
        return self._fetch(address, headers or {}, give_up_at, interval_s)

    def _fetch(self, address: httpx.URL, headers: Mapping[str, str], give_up_at: float, interval_s: float) -> Response:
        for attempt in range(1, self._attempts + 1):
            self._turns.wait(address.host, give_up_at, interval_s)
            asked: float | None = None
            cause: httpx.TransportError | None = None
            try:
                answer = self._exchange(address, headers, give_up_at)
            except httpx.TransportError as exc:
                cause = exc
                what = f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
                if isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout):
                    self._turns.missed(address.host, what)
            else:
                self._turns.answered(address.host)
                if answer.status in (200, 304):
                    return answer
                if answer.status < 500 and answer.status not in WORTH_ANOTHER_TRY:
                    raise refusal(answer)
                what = f"HTTP {answer.status}"
                asked = pause_asked_for(answer.headers, self._clock.now())
                if asked is not None:
                    self._turns.pause(address.host, asked)
            wait_s = asked if asked is not None else self._backoff_s * 2 ** (attempt - 1)
            if attempt == self._attempts or self._monotonic() + wait_s >= give_up_at:
                message = say(
                    f"{masked(address)}: tidak menjawab setelah {attempt} kali dicoba ({what}); dicoba lagi nanti",
                    f"{masked(address)}: no answer after {attempt} tries ({what}); it will be tried again",
                )
                raise SourceDown(message, retry_after_s=asked) from cause
            self._sleep(wait_s)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _exchange(self, address: httpx.URL, headers: Mapping[str, str], give_up_at: float) -> Response:
        """One request and its answer, whatever the status. Raises httpx.TransportError, SourceDown when the time is up, SourceChanged."""
        left_s = give_up_at - self._monotonic()
        outcome: SimpleQueue[Response | BaseException] = SimpleQueue()
        line = _Line()

        def work() -> None:
            try:
                outcome.put(self._read(address, headers, max(left_s, 0.001), line))
            except BaseException as exc:  # noqa: BLE001  # raised again in the caller's thread, where it belongs
                outcome.put(exc)

        threading.Thread(target=work, name=f"get {address.host}", daemon=True).start()
        try:
            result = outcome.get(timeout=max(left_s, 0.001))
        except Empty:
            line.cut()
            message = say(
                f"{masked(address)}: jawaban belum lengkap setelah {left_s:.0f} detik; dicoba lagi nanti",
                f"{masked(address)}: no complete answer within {left_s:.0f} s; it will be tried again",
            )
            raise SourceDown(message) from None
        if isinstance(result, BaseException):
            raise result
        return result

    def _read(self, address: httpx.URL, headers: Mapping[str, str], left_s: float, line: _Line) -> Response:
        body = bytearray()
        try:
            with (
                # A client per request: no cookies or connections are shared between sources. Loopback never goes through a proxy.
                httpx.Client(
                    verify=self._tls,
                    headers=self._headers,
                    timeout=min(self._timeout_s, left_s),
                    follow_redirects=True,
                    max_redirects=MAX_REDIRECTS,
                    mounts={"all://127.0.0.1": None, "all://localhost": None},
                ) as client,
                client.stream("GET", address, headers=dict(headers), extensions={"trace": line.watch}) as response,
            ):
                allowed = self._max_bytes if response.status_code == 200 else MAX_ERROR_BYTES
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > allowed:
                        break
        except (httpx.UnsupportedProtocol, httpx.TooManyRedirects, httpx.DecodingError, httpx.InvalidURL) as exc:
            message = say(
                f"{masked(address)}: jawaban tidak dapat diikuti ({type(exc).__name__}: {exc}); periksa alamatnya di config/sources",
                f"{masked(address)}: the answer cannot be followed ({type(exc).__name__}: {exc}); check the address in config/sources",
            )
            raise SourceChanged(message) from exc
        if len(body) > allowed and response.status_code == 200:
            message = say(
                f"{masked(address)}: lebih dari {allowed / 2**20:.0f} MB, tidak dibaca; pakai alamat yang lebih sempit",
                f"{masked(address)}: more than {allowed / 2**20:.0f} MB, not read; use a narrower address",
            )
            raise SourceChanged(message)
        lower = {name.lower(): value for name, value in response.headers.items()}
        return Response(status=response.status_code, url=masked(response.url), headers=lower, body=bytes(body))


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted, read once: it takes 40 ms."""
    return httpx.create_ssl_context()


class _Line:
    """The socket of a request under way, so that it can be cut from another thread."""

    def __init__(self) -> None:
        self._cut = False
        self._stream: Any = None

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Called by httpx at every step; remembers the newest stream (TCP first, then TLS around it)."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._stream = info["return_value"]
        if self._cut:
            self.cut()

    def cut(self) -> None:
        """Make every read and write on the socket fail, now and later."""
        self._cut = True
        wire = self._stream.get_extra_info("socket") if self._stream is not None else None
        if wire is not None:
            try:
                wire.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it is closed already


def _address(url: str, params: Mapping[str, str] | None) -> httpx.URL:
    """The whole address. Raises SourceChanged unless it is http or https with a host."""
    try:
        urlsplit(url)  # stricter than httpx about brackets
        address = httpx.URL(url)
        if params:
            address = address.copy_merge_params(params)
        valid = address.scheme in ("http", "https") and bool(address.host)
    except (httpx.InvalidURL, ValueError, TypeError):
        valid = False
    if not valid:
        shown = masked(url)
        message = say(f"{shown!r}: bukan alamat http(s); periksa config/sources", f"{shown!r}: is not an http(s) address; check config/sources")
        raise SourceChanged(message)
    return address
