"""From a feed's entry to a post: what identifies it, who speaks, and where it was said, for each kind of feed."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qs

from kentongan.records import Account, AuthorKind, Post
from kentongan.text import clean, html_to_text
from kentongan.words import say
from listeners._feed_formats import Entry, Feed
from listeners._links import canonical_link, host_of, split_link

Style = Literal["news", "google_news", "youtube", "wiki", "blog", "bookmarks", "plain"]
MAX_LINKS = 20
_SECOND_LEVEL = frozenset(("co", "go", "or", "ac", "sch", "web", "my", "net", "com", "org", "gov", "edu", "mil", "biz", "desa", "ponpes"))
_LINK = re.compile(r"""(?:href=["']|(?<![\w"'=>]))(https?://[^\s"'<>]+)""", re.IGNORECASE)
_SYNDICATED = re.compile(  # what WordPress puts under each item, in English and Indonesian
    r"\s*(The post|Artikel|Postingan|Tulisan|Pos|Kiriman) .{0,300}"
    r"(appeared first on|pertama kali (tampil|muncul) (pada|di)|muncul pertama kali (pada|di)).{0,200}$",
    re.IGNORECASE | re.DOTALL,
)
_REDDIT_TAIL = re.compile(r"\s*submitted by\s+/u/\S+.*$", re.DOTALL)
_LEMMY_HEAD = re.compile(r"^submitted by (\S+) to (\S+)\s*(-?\d+) points? \| (\d+) comments?\s*(https?://\S+)?\s*")
_DIFF = re.compile(r"[?&](?:diff=(\d+)|oldid=(\d+))")
_ADDED_CELL = re.compile(r"""<td[^>]*(?:diff-addedline|#a3d3ff)[^>]*>(.*?)</td>""", re.IGNORECASE | re.DOTALL)  # FeedUtils.php swaps class for style
_ANY_DIFF = re.compile(r"<table|[?&](?:amp;)?diff=\d+", re.IGNORECASE)


class Unreadable(ValueError):
    """One entry lacks what a post needs; the message says what."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """What is known of the source, apart from its feed."""

    platform: str
    style: Style
    kind: str = ""
    publisher: str = ""
    handle: str = ""


def style_of(feed: Feed, address: str, category: str) -> Style:
    """What kind of feed this is: by its marks, else by the source's category."""
    first = feed.entries[0] if feed.entries else Entry()
    host = host_of(address)
    if first.video_id:
        return "youtube"
    if host == "news.google.com" or split_link(first.link).hostname == "news.google.com":
        return "google_news"
    if feed.generator.startswith("MediaWiki") or "action=history" in address:
        return "wiki"
    if feed.format == "lemmy" or re.match(r"t[13]_\w+$", first.guid) or _LEMMY_HEAD.match(first.text):
        return "bookmarks"
    if category in ("news", "factcheck"):
        return "news"
    return "blog" if category == "blog" else "plain"


def post_from(entry: Entry, feed: Feed, door: Door) -> Post:
    """The post in an entry. Raises Unreadable when title (or text, where titles are not a must), link or date is missing."""
    published = entry.published or entry.updated
    if published is None:
        raise Unreadable(entry.bad_date or say("tanpa tanggal", "has no date"))
    if not entry.link:
        raise Unreadable(say("tanpa tautan", "has no link"))
    if not entry.title and (door.style not in ("blog", "plain") or not entry.text):
        raise Unreadable(say("tanpa judul", "has no title"))
    build: dict[Style, Callable[[Entry, Feed, Door], dict[str, object]]] = {
        "news": _news, "google_news": _google_news, "youtube": _youtube, "wiki": _wiki, "blog": _blog, "bookmarks": _bookmark, "plain": _plain,
    }  # fmt: skip
    fields: dict[str, object] = {
        "platform": door.platform,
        "native_id": entry.link if door.platform == "web" else (entry.guid or entry.link),
        "published_at": published,
        "updated_at": entry.updated if entry.updated and entry.updated != published else None,
        "title": entry.title,
        "text": "" if entry.text == entry.title else entry.text,
        "url": entry.link,
        "kind": "article",
        "lang_hint": entry.lang or feed.lang,
        "tags": tuple(tag for tag in entry.tags if tag),
        "links": outward_links(entry.markup, entry.link),
        "metrics": dict(entry.metrics),
        "deleted": entry.deleted,
    }
    fields |= build[door.style](entry, feed, door)
    if door.kind:
        fields["kind"] = door.kind
    post = Post(**fields)  # type: ignore[arg-type]  # the keys above are fields of Post with their types
    return replace(post, account=replace(post.account, handle=door.handle)) if door.handle else post


def outward_links(markup: str, own: str) -> tuple[str, ...]:
    """Web addresses in the markup or text, canonical, without the entry's own, at most MAX_LINKS."""
    found = (canonical_link(html.unescape(match[1]).rstrip(".,;:!?)]")) for match in _LINK.finditer(markup))
    return tuple(dict.fromkeys(link for link in found if link and link != own))[:MAX_LINKS]


def site_of(link: str) -> str:
    """The site of an address: news.detik.com and finance.detik.com are both detik.com; diskominfo.jogjaprov.go.id is jogjaprov.go.id."""
    labels = host_of(link).split(".")
    keep = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-keep:])


def _outlet(link: str, name: str) -> dict[str, object]:
    site = site_of(link)
    name = name or site
    return {"account": Account(handle=site, native_id=site, name=name, kind=AuthorKind.MEDIA), "container": name}


def _news(entry: Entry, feed: Feed, door: Door) -> dict[str, object]:
    text = _SYNDICATED.sub("", entry.text)
    return {**_outlet(entry.link, door.publisher or entry.publisher or feed.title), "text": "" if text == entry.title else text}


def _google_news(entry: Entry, feed: Feed, door: Door) -> dict[str, object]:
    """The link is opaque: it identifies the search result, and ties its copies together, but not the article.

    The description repeats title and publisher only, so it is not a text.
    """
    publisher = entry.publisher
    title = entry.title.removesuffix(f" - {publisher}") if publisher else entry.title
    token = entry.guid or split_link(entry.link).path.rpartition("/")[2]
    return {
        **_outlet(entry.publisher_link or entry.link, publisher),
        "native_id": token,
        "cluster_hint": f"google-news:{token}",
        "title": title.rstrip(),
        "text": "",
        "links": (),
    }


def _youtube(entry: Entry, feed: Feed, door: Door) -> dict[str, object]:
    video = entry.video_id or entry.guid.removeprefix("yt:video:")
    channel = entry.channel_id or entry.author_link.rpartition("/")[2]
    # A channel may be a private person's: its name counts as an outlet's only where the source's file says so.
    kind = AuthorKind.MEDIA if door.publisher else AuthorKind.UNKNOWN
    return {
        "native_id": video,
        "kind": "video",
        "account": Account(handle=channel, native_id=channel, name=door.publisher or entry.author, kind=kind),
        "container": door.publisher or channel,
        "url": f"https://www.youtube.com/watch?v={video}",
    }


def _wiki(entry: Entry, feed: Feed, door: Door) -> dict[str, object]:
    """One revision of a page's history: what was added, not the whole comparison."""
    revision = _DIFF.search(entry.guid) or _DIFF.search(entry.link)
    page = (parse_qs(split_link(entry.link).query).get("title") or [feed.title.rpartition(" - ")[0] or feed.title])[0].replace("_", " ")
    comment = entry.title.removeprefix(entry.author).removeprefix(":").strip()
    cells = [html_to_text(cell) for cell in _ADDED_CELL.findall(entry.markup)]
    if not cells and not _ANY_DIFF.search(entry.markup):
        cells = [entry.text]  # a new page is shown whole
    return {
        "native_id": (revision[1] or revision[2]) if revision else entry.link,
        "kind": "edit",
        "title": page,
        "text": clean("\n".join(part for part in (comment, *cells) if part)),
        "account": Account(handle=entry.author),
        "container": page,
        "links": (),
        "lang_hint": feed.lang or host_of(entry.link).partition(".")[0],
    }


def _blog(entry: Entry, feed: Feed, door: Door) -> dict[str, object]:
    host = host_of(entry.link)
    author = entry.author if entry.author.lower() != "unknown" else ""  # Blogger's placeholder
    account = Account(handle=host, native_id=f"{host}/{author}".rstrip("/"), name=door.publisher or author or feed.title)
    return {"account": account, "container": door.publisher or host, "text": _SYNDICATED.sub("", entry.text)}


def _bookmark(entry: Entry, feed: Feed, door: Door) -> dict[str, object]:
    """Lemmy (feed and search) and Reddit."""
    fields: dict[str, object] = {
        "native_id": entry.guid or entry.link,
        "kind": "comment" if entry.guid.startswith("t1_") else "post",
        "tags": (),
        "container": entry.container or (entry.tags[0] if entry.tags else feed.title),
        "account": Account(handle=_handle(entry), native_id=entry.author_link or entry.author),
    }
    head = _LEMMY_HEAD.match(entry.text)
    if head:
        fields |= {
            "container": head[2],
            "metrics": {"likes": int(head[3]), "replies": int(head[4])},
            "text": entry.text[head.end() :].strip(),
            "url": entry.guid or entry.link,  # the entry's own link leads to the page that was shared
            "links": outward_links(entry.link, entry.guid),
        }
    else:
        fields["text"] = _REDDIT_TAIL.sub("", entry.text)
    return fields


def _handle(entry: Entry) -> str:
    """u_warga for Reddit's /u/u_warga, warga4@lemmy.example for Lemmy's actor address."""
    for address in (entry.author, entry.author_link):
        parts = split_link(address)
        if parts.scheme in ("http", "https") and parts.hostname and "reddit" not in parts.hostname:
            return f"{parts.path.rpartition('/')[2]}@{parts.hostname}"
    return entry.author.removeprefix("/u/")


def _plain(entry: Entry, feed: Feed, door: Door) -> dict[str, object]:
    return {
        "account": Account(handle=entry.author, native_id=entry.author_link or entry.author, name=door.publisher),
        "container": door.publisher or feed.title,
        "kind": "post",
    }
