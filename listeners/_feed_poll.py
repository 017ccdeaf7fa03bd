"""One poll of a feed: ask with ETag, read, judge, and remember what was seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from kentongan.config import Strict
from kentongan.ports import ListenRequest, Web
from kentongan.records import Page, Post
from kentongan.words import say
from listeners._feed_formats import read_feed
from listeners._feed_posts import Door, Style, Unreadable, post_from, style_of
from listeners._links import rebased
from listeners._pages import refuse_if_mostly_unreadable, rejection_notes

PATIENT_MIN = 15  # <ttl> above it is noted; up to it, our usual interval is polite enough
REMEMBERED = 500  # ids in the cursor: several pages of the longest feeds


class FeedOptions(Strict):
    url: str = Field(pattern=r"^https?://\S+$")
    zone: str = "Asia/Jakarta"  # of times without a zone
    publisher: str = ""  # name of the outlet, where the feed's own title is not it
    handle: str = ""  # of the one account that speaks here, as in an agency's official_accounts
    robots: bool = False  # ask robots.txt first: for addresses that are pages rather than feeds
    base_url: str = ""  # another server with the same paths, for tests

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError) as exc:
            known = "Asia/Jakarta, Asia/Makassar, Asia/Jayapura"
            raise ValueError(say(f"zona {value!r} tidak dikenal; Indonesia: {known}", f"unknown time zone {value!r}; Indonesia has {known}")) from exc
        return value


def poll(request: ListenRequest, web: Web, options: FeedOptions, *, style: Style | Literal["auto"] = "auto", kind: str = "") -> Page:
    """What the feed shows now, with the cursor to store. Raises SourceDown, or SourceChanged when it is no feed or mostly unreadable."""
    cursor = request.cursor
    where = f"{request.source} ({options.url})"
    headers = {"accept": "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"}
    if cursor.etag:
        headers["if-none-match"] = cursor.etag
    if cursor.last_modified:
        headers["if-modified-since"] = cursor.last_modified
    answer = web.get(rebased(options.url, options.base_url), headers=headers, robots=options.robots)
    if answer.status == 304:
        return Page(posts=(), cursor=cursor)
    feed = read_feed(answer.body, answer.headers.get("content-type", ""), options.url, where, ZoneInfo(options.zone))
    door = Door(
        platform=request.platform,
        style=style_of(feed, options.url, request.category) if style == "auto" else style,
        kind=kind,
        publisher=options.publisher,
        handle=options.handle,
    )
    posts: dict[str, Post] = {}
    reasons: Counter[str] = Counter()
    for entry in feed.entries:
        try:
            post = post_from(entry, feed, door)
        except Unreadable as exc:
            reasons[str(exc)] += 1
            continue
        posts.setdefault(post.native_id, post)
    refuse_if_mostly_unreadable(where, reasons, len(feed.entries))
    notes = rejection_notes(reasons)
    if feed.mended:
        notes.append(say("XML tidak rapi, dibaca longgar", "malformed XML, read leniently"))
    if feed.ttl_min > PATIENT_MIN:
        asked = f"{feed.ttl_min}"
        notes.append(
            say(f"penerbit meminta jarak {asked} menit; sesuaikan every_min", f"the publisher asks for {asked} minutes in between; set every_min")
        )
    late = sum(post.published_at > request.now for post in posts.values())
    if late:
        notes.append(say(f"{late} butir bertanggal di masa depan (zona waktu umpan?)", f"{late} items dated in the future (the feed's time zone?)"))
    seen = cursor.recent_ids
    gap = bool(seen) and bool(posts) and not any(native_id in seen for native_id in posts)
    if gap:
        notes.append(say("tidak ada butir yang sudah dikenal: mungkin ada yang terlewat", "no item is known from before: some may have been missed"))
    moved = replace(
        cursor,
        # A feed read leniently may be whole next time: ask for it again.
        etag="" if feed.mended else answer.headers.get("etag", ""),
        last_modified="" if feed.mended else answer.headers.get("last-modified", ""),
        recent_ids=tuple(dict.fromkeys((*posts, *seen)))[:REMEMBERED],
    )
    return Page(
        posts=tuple(sorted(posts.values(), key=lambda post: post.published_at)),
        cursor=moved,
        rejected=reasons.total(),
        gap_suspected=gap,
        notes=tuple(notes),
    )
