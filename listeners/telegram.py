"""A public Telegram channel, through snscrape's paging of its web preview and our own reading of each page. Newest first.

snscrape is imported inside the call: when it cannot be loaded, Telegram is off and everything else goes on.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import Field

from kentongan.config import Strict
from kentongan.errors import SourceChanged
from kentongan.ports import ListenRequest, Web
from kentongan.records import Page
from kentongan.words import say
from listeners._pages import drained_cursor, options_of, refuse_if_mostly_unreadable, rejection_notes
from listeners._telegram_page import PreviewPage, is_preview, read_preview

HOME = "https://t.me"


class Options(Strict):
    channel: str = Field(pattern=r"^\w{4,32}$")  # without @
    max_pages: int = Field(default=5, ge=1)  # of about 20 messages, in one poll; the next goes on
    first_pages: int = Field(default=1, ge=1)  # of the first poll ever: older messages are left alone
    base_url: str = ""


def listen(request: ListenRequest, web: Web) -> Iterator[Page]:
    """Pages from the newest message (or from where a crash or the page limit left off) down to the floor.

    Messages that are already known come again with a page: that is how edits and views are noticed.
    """
    options = options_of(request, Options)
    channel = options.channel.lower()
    where = f"{request.source} ({HOME}/s/{channel})"
    cursor = request.cursor
    floor = int(cursor.floor or 0)
    limit = options.max_pages if floor else 1 if cursor.token else options.first_pages
    lowest = int(cursor.token or 0)  # of what is read in this window
    soups = _pages(channel, cursor.token, web, options.base_url, where)
    for number in range(1, limit + 1):
        soup = next(soups, None)
        page = read_preview(soup, channel, request.platform) if soup is not None else PreviewPage()
        refuse_if_mostly_unreadable(where, page.reasons, page.items)
        if not page.numbers:
            if floor and number == 1 and not cursor.token:
                raise SourceChanged(say(f"{where}: tidak ada pesan lagi, padahal dulu ada", f"{where}: no messages any more, where there were some"))
            # The channel's beginning, or a window whose end was deleted: it is drained.
            yield Page(posts=(), cursor=drained_cursor(cursor, newest="", older=""))
            return
        bottom = page.numbers[0]
        stuck = bool(lowest) and bottom >= lowest
        done = bottom <= max(floor, 1) or stuck or (not floor and number == limit)
        cursor = drained_cursor(cursor, newest=str(page.numbers[-1]), older="" if done else str(bottom))
        notes = rejection_notes(page.reasons)
        if page.wordless:
            notes.append(say(f"{page.wordless} tanpa kata-kata, dilewati", f"{page.wordless} without words, left out"))
        yield Page(posts=page.posts, cursor=cursor, rejected=page.reasons.total(), notes=tuple(notes))
        if done:
            return
        lowest = bottom


def _pages(channel: str, before: str, web: Web, base_url: str, where: str) -> Iterator[Any]:
    """The preview's pages as parsed HTML, each fetched when it is asked for.

    snscrape's own item reader is replaced (it drops line breaks, views and the edited mark, and logs what it does not know); its paging,
    the reason to use it, stays. Raises SourceDown, SourceChanged.
    """
    try:
        scraper_class = _scraper_class()
    except (ImportError, AttributeError) as exc:
        raise SourceChanged(
            say(f"{where}: snscrape tidak dapat dimuat ({exc}); Telegram mati", f"{where}: snscrape cannot be loaded ({exc}); Telegram is off")
        ) from exc
    logging.getLogger("snscrape").setLevel(logging.CRITICAL + 1)  # its lines hold whole addresses; what matters is raised
    scraper = scraper_class(f"{channel}?before={before}" if before else channel, retries=0)
    # Everything goes through our client, with its name, turns, time limits and robots.txt; tests lead it to a server of their own.
    scraper._session.mount("https://", _adapter(web, base_url))
    scraper._soup_to_items = lambda soup, url, **_: iter((soup,))
    pages = scraper.get_items()
    first = True
    while True:
        try:
            soup = next(pages, None)
        except (KeyError, TypeError, ValueError) as exc:  # snscrape looks for what is no longer there
            raise SourceChanged(
                say(f"{where}: tautan halaman tidak terbaca ({exc!r})", f"{where}: the paging link cannot be read ({exc!r})")
            ) from exc
        if soup is None and not first:
            return
        # snscrape gives nothing when /s/ was redirected away
        if soup is None or not is_preview(soup):
            raise SourceChanged(_no_preview(where))
        first = False
        yield soup


def _no_preview(where: str) -> str:
    return say(
        f"{where}: kanal ini tidak punya pratinjau publik (tertutup, dibatasi, atau berganti nama); periksa di peramban",
        f"{where}: this channel has no public preview (private, restricted, or renamed); look at it in a browser",
    )


def _adapter(web: Web, base_url: str) -> Any:
    """A transport for the requests library, which snscrape uses, that asks our client."""
    import requests
    from requests.adapters import BaseAdapter

    there = base_url.rstrip("/") or HOME

    class WebAdapter(BaseAdapter):
        def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
            answer = web.get(there + str(request.url).removeprefix(HOME), robots=True)
            reply = requests.Response()
            reply.status_code = answer.status
            reply.url = HOME + answer.url.removeprefix(there) if answer.url.startswith(there) else answer.url
            reply.headers.update(answer.headers)
            reply.encoding = "utf-8"
            reply.request = request
            reply._content = answer.body
            return reply

        def close(self) -> None:
            return

    return WebAdapter()


def _scraper_class() -> Any:
    """snscrape's Telegram scraper, loaded without its siblings.

    The package snscrape.modules imports all of them at once, in a way that Python 3.12 removed (FileFinder.find_module); an empty package
    in its place lets the one module that is needed be imported as usual, on every Python.
    """
    import snscrape

    package = ModuleType("snscrape.modules")
    package.__path__ = [str(Path(folder) / "modules") for folder in snscrape.__path__]
    sys.modules.setdefault("snscrape.modules", package)
    return importlib.import_module("snscrape.modules.telegram").TelegramChannelScraper
