"""One row of a recording as a post: names of columns, times, numbers, and an id for rows that have none."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from kentongan.config import SLUG
from kentongan.records import Account, AuthorKind, Category, Post
from kentongan.words import say
from listeners._dates import parse_date

METRICS = ("likes", "shares", "replies", "quotes", "views")
# Our fields, each with the column names that are taken for it when nothing else is said (lower case, best first).
NAMES: dict[str, tuple[str, ...]] = {
    "published_at": ("published_at", "created_at", "time", "at", "timestamp", "datetime", "date", "created", "waktu", "tanggal", "review_date"),
    "text": ("text", "full_text", "content", "tweet", "body", "message", "comment", "review", "caption", "teks", "isi", "ulasan", "komentar"),
    "id": ("id", "native_id", "id_str", "tweet_id", "post_id", "status_id", "reviewid", "review_id"),
    "title": ("title", "judul", "headline"),
    "url": ("url", "link", "permalink", "tautan"),
    "author": ("author", "author_hash", "username", "user_name", "screen_name", "user", "akun", "penulis"),
    "author_id": ("author_id", "user_id"),
    "author_name": ("author_name", "display_name"),
    "author_kind": ("author_kind",),
    "followers": ("followers", "followers_count"),
    "verified": ("verified",),
    "location": ("location", "user_location", "author_location", "lokasi"),
    "parent_id": ("parent_id", "in_reply_to_status_id_str", "in_reply_to_status_id", "in_reply_to_id"),
    "container": ("container",),
    "rating": ("rating", "score", "stars", "bintang"),
    "lang": ("lang", "lang_hint", "language"),
    "updated_at": ("updated_at",),
    "tags": ("tags", "hashtags"),
    "links": ("links",),
    "metrics": ("metrics",),
    "cluster_hint": ("cluster_hint",),
    "deleted": ("deleted",),
    "likes": ("likes", "favorite_count", "like_count", "thumbs_up_count", "thumbsupcount"),
    "shares": ("shares", "retweet_count", "share_count"),
    "replies": ("replies", "reply_count", "comment_count"),
    "quotes": ("quotes", "quote_count"),
    "views": ("views", "view_count"),
    # In exports of others these words mean other things (source = "Twitter for Android"), so a CSV must map them by hand.
    "platform": ("platform",),
    "source": ("source",),
    "category": ("category",),
    "kind": ("kind",),
}
BY_HAND = frozenset(("platform", "source", "category", "kind"))
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_EPOCH = re.compile(r"\d{10}(\d{3})?(\.\d+)?")
_ROUNDED_ID = re.compile(r"\d(\.\d+)?e\+?\d+", re.IGNORECASE)  # a spreadsheet's 1.85E+18: many posts would share it


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """One row that could be read. source, category: of the row itself; empty or None where it says nothing."""

    post: Post
    line: int
    source: str = ""
    category: Category | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """One row that could not be read; the reason names no content, so that equal reasons can be counted."""

    line: int
    reason: str


class RowReader:
    """Turns rows into posts; counts equal rows without an id, so that each gets an id of its own, the same at every reading."""

    def __init__(self, platform: str, zone: tzinfo) -> None:
        self._platform, self._zone = platform or "recording", zone
        self._occurrences: dict[int, int] = {}  # by 64 bits of hash

    def read(self, row: Mapping[str, Any], line: int, occurrence: int | None = None) -> Recorded | Rejected:
        """The row, with our field names as keys. occurrence: told when the caller knows it better, e.g. by file position."""
        given = row.get("published_at")
        if given in (None, ""):
            return Rejected(line=line, reason=say("tanpa waktu", "no time"))
        published = self._moment(given)
        if published is None:
            return Rejected(line=line, reason=say("waktu tidak terbaca", "unreadable time"))
        if isinstance(row.get("text"), (list, dict, bool)) or isinstance(row.get("title"), (list, dict, bool)):
            return Rejected(line=line, reason=say("text atau title bukan teks", "text or title is no text"))
        text, title = _text(row.get("text")), _text(row.get("title"))
        if not text and not title:
            return Rejected(line=line, reason=say("tanpa teks", "no text"))
        category = row.get("category") or None
        if category is not None:
            try:
                category = Category(category)
            except ValueError:
                return Rejected(line=line, reason=say("kategori tidak dikenal", "unknown category"))
        source = row.get("source") or ""
        handle = _text(row.get("author"))
        author_id = _text(row.get("author_id"))
        rating, metrics = _rating(row.get("rating")), _metrics(row)
        updated = row.get("updated_at")
        post = Post(
            platform=_text(row.get("platform")) or self._platform,
            native_id=_id(row.get("id")) or self._made_id(published, handle or author_id, text or title, occurrence),
            published_at=published,
            text=text,
            title=title,
            url=_text(row.get("url")),
            kind=_text(row.get("kind")) or ("review" if rating else "post"),
            lang_hint=_lang(row.get("lang")),
            account=Account(
                handle=handle,
                native_id=author_id,
                name=_text(row.get("author_name")),
                kind=_author_kind(row.get("author_kind")),
                followers=_whole(row.get("followers")),
                verified=_yes(row.get("verified")),
                location=_text(row.get("location")),
            ),
            container=_text(row.get("container")),
            parent_native_id=_id(row.get("parent_id")),
            updated_at=self._moment(updated) if updated else None,
            tags=_several(row.get("tags")),
            links=_several(row.get("links")),
            rating=rating,
            metrics=metrics,
            cluster_hint=_text(row.get("cluster_hint")),
            deleted=_yes(row.get("deleted")),
        )
        return Recorded(post=post, line=line, source=source if isinstance(source, str) and SLUG.match(source) else "", category=category)

    def _moment(self, value: Any) -> datetime | None:
        """Aware UTC: ISO 8601 first, then Unix seconds or milliseconds, then as people write it; None when it is no time, or an absurd one."""
        try:
            if isinstance(value, (int, float)) or _EPOCH.fullmatch(value):
                seconds = float(value)
                moment = datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
            else:
                try:
                    moment = datetime.fromisoformat(value.strip())
                    moment = (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).astimezone(UTC)
                except ValueError:
                    moment = parse_date(value, self._zone)
        except (ValueError, OverflowError, OSError, TypeError, AttributeError):
            return None
        return moment if EARLIEST < moment < LATEST else None

    def _made_id(self, published: datetime, author: str, text: str, occurrence: int | None) -> str:
        said = hashlib.blake2b(f"{published.isoformat()}\x1f{author}\x1f{text}".encode("utf-8", "surrogatepass"), digest_size=16)
        if occurrence is None:
            short = int.from_bytes(said.digest()[:8], "big")
            occurrence = self._occurrences.get(short, 0)
            self._occurrences[short] = occurrence + 1
        if occurrence:
            said.update(f"\x1f{occurrence}".encode())
        return "row-" + said.hexdigest()


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else str(value)
    return text.replace("\0", "").strip()


def _id(value: Any) -> str:
    if isinstance(value, float):
        value = f"{value:.0f}" if abs(value) < 2**53 and value == int(value) else ""
    text = _text(value)
    if _ROUNDED_ID.fullmatch(text) or text.lower() in ("nan", "none", "null", "0.0"):
        return ""
    return text.removesuffix(".0")


def _number(value: Any) -> float | None:
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) < 1e15 else None  # also false for nan


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _rating(value: Any) -> int | None:
    """Stars, 1-5; a score on another scale is none."""
    number = _number(value)
    return round(number) if number is not None and 1 <= number <= 5 else None


def _metrics(row: Mapping[str, Any]) -> dict[str, int]:
    given = row.get("metrics")
    found = {}
    if isinstance(given, Mapping):
        found = {str(name): number for name, value in given.items() if (number := _whole(value)) is not None}
    for name in METRICS:
        if name in row and (number := _whole(row[name])) is not None:
            found[name] = number
    return found


def _several(value: Any) -> tuple[str, ...]:
    if not value:
        return ()
    parts = value.replace(",", " ").split() if isinstance(value, str) else value
    return tuple(text for part in parts if (text := _text(part))) if isinstance(parts, (list, tuple)) else ()


def _author_kind(value: Any) -> AuthorKind:
    try:
        return AuthorKind(value) if value else AuthorKind.UNKNOWN
    except ValueError:
        return AuthorKind.UNKNOWN


def _yes(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.strip().lower() in ("true", "1", "yes", "ya"))


def _lang(value: Any) -> str:
    text = _text(value).lower()
    return "id" if text == "in" else text  # "in" is the old code, and X's
