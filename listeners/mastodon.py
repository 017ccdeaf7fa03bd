"""Public posts with a hashtag, as one Mastodon server sees them; oldest first, page by page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import Field

from kentongan.clock import parse_time
from kentongan.config import Strict
from kentongan.errors import SourceChanged
from kentongan.http_answers import Refused
from kentongan.ports import ListenRequest, Web
from kentongan.records import Account, AuthorKind, Cursor, Page, Post
from kentongan.text import clean, html_to_text
from kentongan.words import say
from listeners._feed_posts import outward_links
from listeners._links import rebased
from listeners._pages import options_of, refuse_if_mostly_unreadable, rejection_notes

LIMIT = 40  # the most that /api/v1/timelines/tag gives (docs.joinmastodon.org, read 2026-11)
ENV_NAME = "MASTODON_TOKEN"


class Options(Strict):
    tag: str = Field(pattern=r"^\w+$")  # without #
    instance: str = Field(default="https://mastodon.social", pattern=r"^https?://[^/\s]+$")
    overlap_min: int = Field(default=15, ge=0)  # read again: edits, and posts that other servers delivered late
    max_pages: int = Field(default=10, ge=1)  # of 40, in one poll; the next goes on
    only_indexable: bool = False  # leave out accounts that did not opt in to search, not only those that opted out
    base_url: str = ""


def listen(request: ListenRequest, web: Web) -> Iterator[Page]:
    """Pages from the cursor's floor upwards; the first poll ever takes the newest page."""
    options = options_of(request, Options)
    where = f"{request.source} ({options.instance} #{options.tag})"
    url = rebased(f"{options.instance}/api/v1/timelines/tag/{quote(options.tag)}", options.base_url)
    cursor = request.cursor
    below = _rewound(cursor.floor, options.overlap_min)
    uris: dict[str, str] = {}  # by the server's own id: what replies name
    for number in range(options.max_pages):
        if number == options.max_pages // 2 and _order(below) < _order(request.cursor.floor):
            below = request.cursor.floor  # so busy that the overlap alone would use the poll up: go on from where the last one ended
        params = {"limit": str(LIMIT)} | ({"min_id": below} if below else {})
        statuses = _statuses(web, url, params, request.secrets.get(ENV_NAME, ""), where)
        page = _page(statuses, request, options, cursor, where, uris)
        newest = max((str(status["id"]) for status in statuses if isinstance(status, dict) and status.get("id")), key=_order, default="")
        fresh = bool(newest) and (not below or _order(newest) > _order(below))
        yield page
        if not fresh or not below:
            return
        cursor, below = page.cursor, newest


def _rewound(floor: str, minutes: int) -> str:
    """The id that a post `minutes` before that of `floor` would have: Mastodon's ids are milliseconds shifted by 16 bits.

    Ids of other kinds (of other servers with the same interface) stay as they are.
    """
    if not floor.isdigit() or len(floor) < 16:
        return floor
    shifted = int(floor) - (int(timedelta(minutes=minutes).total_seconds() * 1000) << 16)
    return str(max(shifted, 1))


def _order(status_id: str) -> tuple[int, str]:
    """Newer ids sort later: longer numbers are greater."""
    return len(status_id), status_id


def _statuses(web: Web, url: str, params: Mapping[str, str], token: str, where: str) -> list[Any]:
    try:
        answer = web.get(url, params=params, headers={"authorization": f"Bearer {token}"} if token else None)
    except Refused as exc:
        if exc.status in (401, 403, 422):
            raise SourceChanged(
                say(
                    f"{where}: peladen ini hanya memperlihatkan tagar kepada anggotanya (HTTP {exc.status}); isi {ENV_NAME} atau pilih peladen lain",
                    f"{where}: this server shows hashtags to its members only (HTTP {exc.status}); set {ENV_NAME} or choose another server",
                )
            ) from exc
        raise
    try:
        statuses = json.loads(answer.body)
    except (ValueError, RecursionError) as exc:
        raise SourceChanged(say(f"{where}: bukan JSON yang utuh ({exc})", f"{where}: not complete JSON ({exc})")) from exc
    if not isinstance(statuses, list):
        raise SourceChanged(say(f"{where}: bukan daftar status; alamat server benar?", f"{where}: not a list of statuses; is it a Mastodon server?"))
    return statuses


def _page(statuses: list[Any], request: ListenRequest, options: Options, cursor: Cursor, where: str, uris: dict[str, str]) -> Page:
    posts: list[Post] = []
    reasons: Counter[str] = Counter()
    opted_out = 0
    floor = cursor.floor
    uris.update({str(s["id"]): str(s["uri"]) for s in statuses if isinstance(s, dict) and s.get("id") and s.get("uri")})
    for status in statuses:
        try:
            account = status["account"]
            floor = max(floor, str(status["id"]), key=_order)
            if account.get("noindex") or (options.only_indexable and not account.get("indexable")):
                opted_out += 1
            elif status.get("visibility", "public") in ("public", "unlisted"):
                posts.append(_post(status, account, request.platform, options.instance, uris))
        except KeyError as exc:
            reasons[say(f"tanpa {exc.args[0]}", f"has no {exc.args[0]}")] += 1
        except (ValueError, TypeError, AttributeError) as exc:
            reasons[say(f"bentuk tidak dikenal ({type(exc).__name__})", f"unknown shape ({type(exc).__name__})")] += 1
    refuse_if_mostly_unreadable(where, reasons, len(statuses))
    notes = rejection_notes(reasons)
    if opted_out:
        notes.append(say(f"{opted_out} dari akun yang tidak mau diindeks, dilewati", f"{opted_out} by accounts that opted out of indexing, left out"))
    posts.sort(key=lambda post: post.published_at)
    return Page(posts=tuple(posts), cursor=replace(cursor, floor=floor), rejected=reasons.total(), notes=tuple(notes))


def _post(status: Mapping[str, Any], account: Mapping[str, Any], platform: str, instance: str, uris: Mapping[str, str]) -> Post:
    """One status. Raises KeyError when a field that is always there is not, ValueError for a time that is none."""
    markup = str(status["content"])
    warning = clean(str(status.get("spoiler_text") or ""))
    acct = str(account["acct"])
    replied_to = status.get("in_reply_to_id")
    edited = status.get("edited_at")
    bot = account.get("bot") is True
    mine = {str(tag.get("url", "")) for tag in status.get("tags") or ()} | {str(person.get("url", "")) for person in status.get("mentions") or ()}
    return Post(
        platform=platform,
        native_id=str(status["uri"]),
        published_at=parse_time(str(status["created_at"])),
        updated_at=parse_time(str(edited)) if edited else None,
        text=clean("\n".join(part for part in (warning, html_to_text(markup)) if part)),
        url=str(status.get("url") or status["uri"]),
        kind="reply" if replied_to else "post",
        lang_hint=str(status.get("language") or ""),
        account=Account(
            handle=(acct if "@" in acct else f"{acct}@{urlsplit(instance).hostname}").lower(),
            native_id=str(account.get("uri") or account.get("url") or ""),
            name=str(account.get("display_name") or ""),
            kind=AuthorKind.UNKNOWN,
            followers=account.get("followers_count") if isinstance(account.get("followers_count"), int) else None,
        ),
        # The id of what it answers is this server's own; it becomes the post's uri where that post was seen, too.
        parent_native_id=uris.get(str(replied_to), "") if replied_to else "",
        tags=(*(str(tag["name"]) for tag in status.get("tags") or ()), *(("bot",) if bot else ())),
        links=tuple(link for link in outward_links(markup, "") if link not in mine),
        metrics={
            name: status[key]
            for name, key in (("replies", "replies_count"), ("shares", "reblogs_count"), ("likes", "favourites_count"))
            if isinstance(status.get(key), int)
        },
    )
