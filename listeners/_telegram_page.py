"""One page of a public channel's web preview (t.me/s/...) as posts: line breaks kept, views, edited mark, replies."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kentongan.clock import parse_time
from kentongan.records import Account, Post
from kentongan.text import clean, html_to_text
from kentongan.words import say
from listeners._feed_posts import outward_links
from listeners._links import split_link

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_SHORT = re.compile(r"([\d.,]+)\s*([KMB]?)", re.IGNORECASE)
_FACTORS = {"": 1, "K": 1_000, "M": 1_000_000, "B": 1_000_000_000}


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewPage:
    posts: tuple[Post, ...] = ()  # oldest first
    items: int = 0  # messages on the page
    numbers: tuple[int, ...] = ()  # of all messages on the page, wordless and unreadable ones included, ascending
    reasons: Counter[str] = field(default_factory=Counter)
    wordless: int = 0  # pictures and service messages


def is_preview(soup: BeautifulSoup) -> bool:
    """True when the page is a channel's preview, with messages or without: anything else has neither history nor channel box."""
    return soup.select_one(".tgme_channel_history, .tgme_channel_info") is not None


def read_preview(soup: BeautifulSoup, channel: str, platform: str) -> PreviewPage:
    """All messages on the page. channel: as configured; the messages' own spelling of it does not matter."""
    name = _text(soup.select_one(".tgme_channel_info_header_title"))
    verified = soup.select_one(".tgme_channel_info_header_title .verified-icon") is not None
    account = Account(handle=channel, native_id=channel, name=name, followers=_subscribers(soup), verified=verified)
    posts: list[Post] = []
    numbers: set[int] = set()
    reasons: Counter[str] = Counter()
    wordless = 0
    messages = soup.select(".tgme_widget_message[data-post]")
    for message in messages:
        number = str(message["data-post"]).rpartition("/")[2]
        if not number.isdigit():
            reasons[say("tanpa nomor", "has no number")] += 1
            continue
        numbers.add(int(number))
        words = _words(message)
        if not words or "service_message" in (message.get("class") or ()):
            wordless += 1
            continue
        moment = message.select_one(".tgme_widget_message_date time[datetime], .tgme_widget_message_info time[datetime]")
        try:
            published = parse_time(str(moment["datetime"])) if moment else None
        except ValueError:
            published = None
        if published is None:
            reasons[say("tanpa waktu yang terbaca", "has no readable time")] += 1
            continue
        body = message.select_one(".js-message_text") or message
        meta = _text(message.select_one(".tgme_widget_message_meta"))
        views = _count(_text(message.select_one(".tgme_widget_message_views")))
        posts.append(
            Post(
                platform=platform,
                native_id=f"{channel}/{number}",
                published_at=published,
                text=words,
                url=f"https://t.me/{channel}/{number}",
                account=account,
                container=channel,
                parent_native_id=_answered(message),
                tags=("edited",) if "edited" in meta.lower() else (),  # the preview does not say when
                links=tuple(link for link in outward_links(str(body), "") if split_link(link).hostname != "t.me"),
                metrics={"views": views} if views is not None else {},
            )
        )
    posts.sort(key=lambda post: int(post.native_id.rpartition("/")[2]))
    return PreviewPage(posts=tuple(posts), items=len(messages), numbers=tuple(sorted(numbers)), reasons=reasons, wordless=wordless)


def _words(message: Tag) -> str:
    """The text, else a poll's question, else a document's name. `.js-message_reply_text`, the quotation above a reply, is not it."""
    for place in (".js-message_text", ".tgme_widget_message_poll_question", ".tgme_widget_message_document_title"):
        found = message.select_one(place)
        if found is not None and (words := clean(html_to_text(found.decode_contents()))):
            return words
    return ""


def _answered(message: Tag) -> str:
    """Native id of the message that is answered, or ""."""
    quoted = message.select_one("a.tgme_widget_message_reply[href]")
    parts = split_link(str(quoted["href"])).path.strip("/").split("/") if quoted else []
    return "/".join(parts).lower() if len(parts) == 2 and parts[1].isdigit() else ""


def _subscribers(soup: BeautifulSoup) -> int | None:
    for counter in soup.select(".tgme_channel_info_counter"):
        if _text(counter.select_one(".counter_type")).startswith(("subscriber", "member")):
            return _count(_text(counter.select_one(".counter_value")))
    return None


def _text(tag: Tag | None) -> str:
    return tag.get_text().strip() if tag is not None else ""


def _count(short: str) -> int | None:
    """1200 for "1.2K"."""
    found = _SHORT.fullmatch(short.replace("\u00a0", " ").strip())
    if not found:
        return None
    digits = found[1].replace(",", "") if found[2] == "" else found[1].replace(",", ".")
    try:
        return round(float(digits) * _FACTORS[found[2].upper()])
    except ValueError:
        return None
