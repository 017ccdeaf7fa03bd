"""Feeds of fact-checkers: each item is a checked claim, its verdict in the headline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from kentongan.ports import ListenRequest, Web
from kentongan.records import Page
from listeners._feed_poll import FeedOptions, poll
from listeners._pages import options_of

# What headlines say, strongest first: [SALAH] ..., "Cek Fakta: Tidak Benar ...", "Hoaks! ...".
_VERDICTS = (
    ("salah", r"salah|hoaks?|hoax|tidak benar|keliru|false"),
    ("penipuan", r"penipuan|scam"),
    ("menyesatkan", r"menyesatkan|misleading|konteks (?:yang )?salah|konteks keliru"),
    ("parodi", r"parodi|satire"),
    ("klarifikasi", r"klarifikasi|penjelasan"),
    ("benar", r"benar|fakta"),
)
_BRACKETED = re.compile(r"^\s*[\[(]([^\])]{2,60})[\])]")
_LEAD = re.compile(r"^\s*(?:cek fakta|fact ?check|periksa fakta)\W*", re.IGNORECASE)


class Options(FeedOptions):
    pass


def listen(request: ListenRequest, web: Web) -> Iterator[Page]:
    """One page: the checks that the feed shows now, headline as it is, and a tag like `verdict:salah` where the headline says one."""
    page = poll(request, web, options_of(request, Options), style="news", kind="factcheck")
    posts = tuple(replace(post, tags=(*post.tags, f"verdict:{verdict}")) if (verdict := verdict_of(post.title)) else post for post in page.posts)
    yield replace(page, posts=posts)


def verdict_of(title: str) -> str:
    """The verdict in a headline: its bracket, else its first words; "" when it says none."""
    bracket = _BRACKETED.match(title)
    said = bracket[1] if bracket else _LEAD.sub("", title)[:40]
    for verdict, pattern in _VERDICTS:
        if re.search(rf"\b(?:{pattern})\b" if bracket else rf"^\W*(?:{pattern})\b", said, re.IGNORECASE):
            return verdict
    return ""
