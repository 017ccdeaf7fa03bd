"""Public posts that tag a Facebook page (Graph API /{page}/tagged); needs the page's token. Newest first.

Built on the documented shape (v26.0, read 2026-11); it has not been run against Facebook itself.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from kentongan.config import Strict
from kentongan.errors import ListenerError, SourceChanged, SourceDown
from kentongan.http_answers import Refused
from kentongan.ports import ListenRequest, Web
from kentongan.records import Account, Page, Post
from kentongan.text import clean
from kentongan.words import say
from listeners._dates import parse_date
from listeners._feed_posts import outward_links
from listeners._links import rebased
from listeners._pages import drained_cursor, options_of, refuse_if_mostly_unreadable, rejection_notes

ENV_NAME = "FACEBOOK_PAGE_TOKEN"
FIELDS = "id,message,created_time,updated_time,tagged_time,permalink_url,from"
OVERLAP = timedelta(minutes=15)
# Graph API error codes (developers.facebook.com, "Handling errors" and "Rate limiting", read 2026-11).
RATE_CODES = frozenset((4, 17, 32, 613, *range(80000, 80015)))
RATE_PAUSE_S = 3600.0  # limits count over a sliding hour
PASSING_CODES = frozenset((1, 2))
TOKEN_CODES = frozenset((102, 190))
PERMISSION_CODES = frozenset((3, 10, *range(200, 300)))
BAD_PARAMETER = 100


class StaleToken(SourceChanged):
    """Facebook no longer knows the paging cursor: the window must be read again from its top."""


class Options(Strict):
    page: str = Field(pattern=r"^[\w.]+$")  # id or name of the agency's page
    version: str = Field(default="v26.0", pattern=r"^v\d+\.\d+$")
    max_pages: int = Field(default=5, ge=1)  # of 100, in one poll; the next goes on
    base_url: str = "https://graph.facebook.com"


def listen(request: ListenRequest, web: Web) -> Iterator[Page]:
    """Pages from the newest tag down to the floor; the floor moves up only when the window is drained."""
    options = options_of(request, Options)
    where = f"{request.source} (facebook {options.page})"
    token = request.secrets.get(ENV_NAME, "")
    if not token:
        raise SourceChanged(say(f"{where}: {ENV_NAME} belum diisi", f"{where}: {ENV_NAME} is not set"))
    url = rebased(f"https://graph.facebook.com/{options.version}/{options.page}/tagged", options.base_url)
    cursor = request.cursor
    floor = datetime.fromisoformat(cursor.floor) - OVERLAP if cursor.floor else None
    after = cursor.token
    for _ in range(options.max_pages):
        params = {"fields": FIELDS, "limit": "100", "access_token": token} | ({"after": after} if after else {})
        try:
            content = _content(web, url, params, where)
        except StaleToken:
            if not after:
                raise
            after = ""
            continue
        read = _read(content["data"], request.platform)
        refuse_if_mostly_unreadable(where, read.reasons, len(content["data"]))
        paging = content.get("paging") or {}
        older = str((paging.get("cursors") or {}).get("after") or "") if paging.get("next") else ""
        times = read.times
        done = not older or older == after or not times or floor is None or min(times) <= floor
        cursor = drained_cursor(cursor, newest=max(times).isoformat() if times else "", older="" if done else older)
        notes = rejection_notes(read.reasons)
        if read.wordless:
            notes.append(say(f"{read.wordless} tanpa kata-kata, dilewati", f"{read.wordless} without words, left out"))
        yield Page(posts=tuple(read.posts), cursor=cursor, rejected=read.reasons.total(), notes=tuple(notes))
        if done:
            return
        after = older


def _content(web: Web, url: str, params: Mapping[str, str], where: str) -> dict[str, Any]:
    """The answer's object with its list `data`. Raises SourceDown or SourceChanged as the error inside it says."""
    try:
        body = web.get(url, params=params).body
    except Refused as exc:
        if (error := _error_in(exc.body)) is None:
            raise
        raise _explained(error, where) from exc
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise SourceChanged(say(f"{where}: bukan JSON yang utuh ({exc})", f"{where}: not complete JSON ({exc})")) from exc
    if (error := _error_in(body)) is not None:
        raise _explained(error, where)
    if not isinstance(content, dict) or not isinstance(content.get("data"), list):
        raise SourceChanged(say(f"{where}: jawaban tanpa daftar data", f"{where}: an answer without the list `data`"))
    return content


def _error_in(body: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    error = content.get("error") if isinstance(content, dict) else None
    return error if isinstance(error, dict) else None


def _explained(error: Mapping[str, Any], where: str) -> ListenerError:
    """What the object behind `error` means for us. The message names Facebook's code, never its text."""
    code = error["code"] if isinstance(error.get("code"), int) else 0
    said = f"Graph API {code}/{error.get('error_subcode', '-')}"
    if code in RATE_CODES:
        return SourceDown(say(f"{where}: batas laju ({said})", f"{where}: rate limit ({said})"), retry_after_s=RATE_PAUSE_S)
    if code in PASSING_CODES or error.get("is_transient") is True:
        return SourceDown(say(f"{where}: gangguan sementara ({said})", f"{where}: a passing fault ({said})"))
    hint = say("periksa nama halaman dan versi API", "check the page's name and the API version")
    if code in TOKEN_CODES:
        hint = say(f"{ENV_NAME} tidak berlaku lagi; buat token baru", f"{ENV_NAME} is no longer valid; make a new one")
    elif code in PERMISSION_CODES:
        hint = say("izin kurang; perlu pages_read_user_content", "permission missing; it takes pages_read_user_content")
    kind = StaleToken if code == BAD_PARAMETER else SourceChanged
    return kind(say(f"{where}: ditolak ({said}); {hint}", f"{where}: refused ({said}); {hint}"))


@dataclass(kw_only=True, slots=True)
class _Read:
    """What one page held."""

    posts: list[Post] = field(default_factory=list)
    times: list[datetime] = field(default_factory=list)  # of the tags, wordless posts included
    reasons: Counter[str] = field(default_factory=Counter)
    wordless: int = 0


def _read(items: list[Any], platform: str) -> _Read:
    """The posts among the items, why others cannot be read, and how many show a picture without a word."""
    done = _Read()
    for item in items:
        try:
            created = parse_date(str(item["created_time"]))
            updated = parse_date(str(item["updated_time"])) if item.get("updated_time") else None
            tagged = parse_date(str(item["tagged_time"])) if item.get("tagged_time") else created
            author = item.get("from") or {}  # withheld unless the person agreed
            message = clean(str(item.get("message") or ""))
            post = Post(
                platform=platform,
                native_id=str(item["id"]),
                published_at=created,
                updated_at=updated if updated != created else None,
                text=message,
                url=str(item.get("permalink_url") or ""),
                account=Account(native_id=str(author.get("id") or ""), name=str(author.get("name") or "")),
                links=outward_links(message, ""),
            )
        except KeyError as exc:
            done.reasons[say(f"tanpa {exc.args[0]}", f"has no {exc.args[0]}")] += 1
        except (ValueError, TypeError, AttributeError) as exc:
            done.reasons[say(f"bentuk tidak dikenal ({type(exc).__name__})", f"unknown shape ({type(exc).__name__})")] += 1
        else:
            done.times.append(tagged)
            if message:
                done.posts.append(post)
            else:
                done.wordless += 1
    done.posts.sort(key=lambda post: post.published_at)
    return done
