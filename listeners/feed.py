"""Any feed: RSS, Atom, JSON Feed, a Google News search, a YouTube channel, a wiki page's history, blogs, Lemmy and Reddit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from kentongan.ports import ListenRequest, Web
from kentongan.records import Page
from listeners._feed_poll import FeedOptions, poll
from listeners._pages import options_of


class Options(FeedOptions):
    style: Literal["auto", "news", "google_news", "youtube", "wiki", "blog", "bookmarks", "plain"] = "auto"


def listen(request: ListenRequest, web: Web) -> Iterator[Page]:
    """One page: everything that the feed shows now. Known posts come again, so that edits and metrics are noticed."""
    options = options_of(request, Options)
    yield poll(request, web, options, style=options.style)
