"""From the bytes of a feed to its entries: RSS and Atom through feedparser, JSON Feed and Lemmy's search by hand.

Whatever is not a feed raises SourceChanged: feedparser itself gives an HTML challenge page back as a feed without entries.
"""

from __future__ import annotations

import html
import io
import json
import re
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any
from xml.sax import SAXException

import feedparser

from kentongan.errors import SourceChanged
from kentongan.text import clean, html_to_text
from kentongan.words import say
from listeners._dates import parse_date
from listeners._links import canonical_link

_CLOSED = re.compile(rb"</(?:\w+:)?(rss|feed|rdf)\s*>", re.IGNORECASE)
# What feedparser itself raises on damaged input (found by fuzzing 6.0.14), where it promises a feed marked as malformed.
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
_COUNTS = {"slash_comments": "replies", "thr_total": "replies"}  # WordPress, Blogger


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One item of any kind of feed; an empty field was not there."""

    guid: str = ""
    link: str = ""  # canonical
    title: str = ""  # plain text
    text: str = ""  # plain text
    markup: str = ""  # what `text` was made from
    published: datetime | None = None
    updated: datetime | None = None
    bad_date: str = ""  # why a date that is there cannot be read
    author: str = ""
    author_link: str = ""
    publisher: str = ""
    publisher_link: str = ""
    container: str = ""
    lang: str = ""
    tags: tuple[str, ...] = ()
    metrics: Mapping[str, int] = field(default_factory=dict)
    video_id: str = ""
    channel_id: str = ""
    deleted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    format: str  # rss20, atom10, json, lemmy, ...
    title: str = ""
    generator: str = ""
    lang: str = ""
    ttl_min: int = 0  # how long the publisher asks to keep it; 0 = says nothing
    mended: bool = False  # malformed, read leniently
    entries: tuple[Entry, ...] = ()


def read_feed(body: bytes, content_type: str, address: str, where: str, zone: tzinfo) -> Feed:
    """The feed in `body`. where: names source and address in errors. Raises SourceChanged when it is none, or is cut off."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:200]
    if not start:
        raise SourceChanged(say(f"{where}: jawaban kosong, bukan umpan", f"{where}: an empty answer, not a feed"))
    if start[:1] in (b"{", b"["):
        return _read_json(body, where, zone)
    # No address goes in: feedparser would resolve ids against it (Reddit's t3_... would become an address). Links are resolved below.
    try:
        parsed = feedparser.parse(io.BytesIO(body), response_headers={"content-type": content_type}, sanitize_html=False)
    except UNREADABLE as exc:  # e.g. an encoding that is declared in broken bytes
        raise SourceChanged(say(f"{where}: umpan tidak terbaca ({exc!r})", f"{where}: the feed cannot be read ({exc!r})")) from exc
    version = str(parsed.get("version") or "")
    if not version:
        looks = say("halaman HTML", "an HTML page") if b"<html" in start.lower() or b"<!doctype html" in start.lower() else f"{start[:40]!r}"
        raise SourceChanged(
            say(
                f"{where}: bukan umpan RSS/Atom/JSON melainkan {looks} (halaman tantangan, atau alamat berubah?); buka di peramban",
                f"{where}: not an RSS/Atom/JSON feed but {looks} (a challenge page, or a changed address?); open it in a browser",
            )
        )
    broken = isinstance(parsed.get("bozo_exception"), SAXException)  # other complaints are about labels, not content
    if broken and not _CLOSED.search(body):
        raise SourceChanged(say(f"{where}: umpan terpotong di tengah", f"{where}: the feed is cut off in the middle"))
    head = parsed.feed
    return Feed(
        format=version,
        title=_plain(head.get("title", "")),
        generator=str(head.get("generator", "")),
        lang=str(head.get("language", "")),
        ttl_min=_integer(head.get("ttl")) or 0,
        mended=broken,
        # dict(): feedparser's own mapping gives `published` when asked for a missing `updated`
        entries=tuple(_entry(dict(item), address, zone) for item in parsed.entries),
    )


def _entry(item: Mapping[str, Any], address: str, zone: tzinfo) -> Entry:
    """One entry as feedparser gives it: a mapping whose keys depend on the dialect."""
    contents = [str(part.get("value") or "") for part in item.get("content", ())]
    markup = max([*contents, str(item.get("summary") or "")], key=len)
    detail = item.get("title_detail") or {}
    title = str(item.get("title") or "")
    published, bad_published = _moment(item, ("published", "created"), zone)
    updated, bad_updated = _moment(item, ("updated",), zone)
    metrics = {name: number for key, name in _COUNTS.items() if (number := _integer(item.get(key))) is not None}
    views = _integer((item.get("media_statistics") or {}).get("views"))
    likes = _integer((item.get("media_starrating") or {}).get("count"))
    metrics.update({name: number for name, number in (("views", views), ("likes", likes)) if number is not None})
    person = item.get("author_detail") or {}
    source = item.get("source") or {}
    guid = str(item.get("id", "")).strip()
    link = canonical_link(str(item.get("feedburner_origlink") or item.get("link", "")), address)
    return Entry(
        guid=guid,
        link=link or (canonical_link(guid) if guid.startswith(("http://", "https://")) else ""),
        title=_plain(title) if "html" in str(detail.get("type", "")) else clean(html.unescape(title)),
        text=_plain(markup),
        markup=markup,
        published=published,
        updated=updated,
        bad_date=bad_published or bad_updated,
        author=clean(str(person.get("name") or item.get("author", "")), 200),
        author_link=str(person.get("href", "")),
        publisher=_plain(source.get("title", "")),
        publisher_link=str(source.get("href", "")),
        lang=str(detail.get("language") or ""),
        tags=tuple(dict.fromkeys(clean(str(tag.get("label") or tag.get("term") or ""), 100) for tag in item.get("tags", ()))),
        metrics=metrics,
        video_id=str(item.get("yt_videoid", "")),
        channel_id=str(item.get("yt_channelid", "")),
    )


def _moment(item: Mapping[str, Any], keys: tuple[str, ...], zone: tzinfo) -> tuple[datetime | None, str]:
    """The first readable date of these keys, and why one that is there cannot be read.

    Our own reading comes first: feedparser takes a time without a zone for UTC. What only feedparser reads is taken from it.
    """
    for key in keys:
        text = str(item.get(key) or "").strip()
        if not text:
            continue
        try:
            return parse_date(text, zone), ""
        except ValueError as exc:
            try:
                return datetime.fromtimestamp(timegm(item[f"{key}_parsed"]), UTC), ""
            except (KeyError, TypeError, ValueError, OverflowError, OSError):
                return None, str(exc)
    return None, ""


def _read_json(body: bytes, where: str, zone: tzinfo) -> Feed:
    try:
        content = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        raise SourceChanged(say(f"{where}: JSON rusak atau terpotong ({exc})", f"{where}: broken or cut-off JSON ({exc})")) from exc
    if isinstance(content, dict) and str(content.get("version", "")).startswith("https://jsonfeed.org/version/"):
        items = content.get("items")
        if isinstance(items, list):
            entries = tuple(_json_entry(item if isinstance(item, dict) else {}, zone) for item in items)
            return Feed(format="json", title=_plain(content.get("title", "")), lang=str(content.get("language", "")), entries=entries)
    if isinstance(content, dict) and isinstance(content.get("posts"), list):
        return Feed(format="lemmy", entries=tuple(_lemmy_entry(item if isinstance(item, dict) else {}, zone) for item in content["posts"]))
    raise SourceChanged(
        say(
            f"{where}: JSON, tetapi bukan JSON Feed (jsonfeed.org) atau pencarian Lemmy; periksa alamatnya",
            f"{where}: JSON, but neither a JSON Feed (jsonfeed.org) nor a Lemmy search; check the address",
        )
    )


def _json_entry(item: Mapping[str, Any], zone: tzinfo) -> Entry:
    authors = item.get("authors") or ([item["author"]] if isinstance(item.get("author"), dict) else [])
    author = authors[0] if authors and isinstance(authors[0], dict) else {}
    markup = str(item.get("content_html") or "")
    guid = "" if item.get("id") is None else str(item["id"])
    published, bad_published = _moment({"p": item.get("date_published")}, ("p",), zone)
    updated, bad_updated = _moment({"p": item.get("date_modified")}, ("p",), zone)
    return Entry(
        guid=guid,
        link=canonical_link(str(item.get("url") or guid)),
        title=_plain(item.get("title") or ""),
        text=_plain(markup) if markup else clean(str(item.get("content_text") or item.get("summary") or "")),
        markup=markup,
        published=published,
        updated=updated,
        bad_date=bad_published or bad_updated,
        author=clean(str(author.get("name") or ""), 200),
        author_link=str(author.get("url") or ""),
        lang=str(item.get("language") or ""),
        tags=tuple(str(tag) for tag in item.get("tags") or ()),
    )


def _lemmy_entry(item: Mapping[str, Any], zone: tzinfo) -> Entry:
    """One of `posts` in the answer of /api/v3/search (read 2026-11)."""
    post, creator, community, counts = (item.get(key) or {} for key in ("post", "creator", "community", "counts"))
    published, bad_published = _moment({"p": _zoned(post.get("published"))}, ("p",), zone)
    updated, bad_updated = _moment({"p": _zoned(post.get("updated"))}, ("p",), zone)
    numbers = {"replies": counts.get("comments"), "likes": counts.get("score")}
    return Entry(
        guid=str(post.get("ap_id") or ""),
        link=canonical_link(str(post.get("ap_id") or "")),
        title=clean(str(post.get("name") or "")),
        text=clean(str(post.get("body") or "")),
        markup=str(post.get("url") or ""),
        published=published,
        updated=updated,
        bad_date=bad_published or bad_updated,
        author=str(creator.get("name") or ""),
        author_link=str(creator.get("actor_id") or ""),
        container=str(community.get("name") or ""),
        metrics={name: number for name, value in numbers.items() if (number := _integer(value)) is not None},
        deleted=bool(post.get("deleted") or post.get("removed")),
    )


def _zoned(text: Any) -> str:
    """Lemmy before 0.19 left the zone off its UTC times."""
    return f"{text}Z" if text and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+", str(text)) else str(text or "")


def _plain(markup: Any) -> str:
    return clean(html_to_text(str(markup or "")))


def _integer(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None
