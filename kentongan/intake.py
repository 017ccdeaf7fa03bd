"""From a Post, which may hold handles and phone numbers, to a Mention that may be kept.

Order matters: clean → mask → attribute (spans lie in the masked text) → pseudonymise. What is about no agency is counted and dropped.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from kentongan.agencies import Attributor
from kentongan.clock import utc
from kentongan.places import places
from kentongan.ports import Clock
from kentongan.pseudonyms import Pseudonyms
from kentongan.records import MENTION_NAMESPACE, Account, Author, Category, Mention, Post
from kentongan.speakers import ORGANISATIONS, speaker
from kentongan.text import clean, cluster_key, mask_personal

MAX_TEXT = 20_000  # characters; what is beyond says nothing new about an agency
MAX_TITLE = 1_000
MAX_COUNT = 2**53  # metrics beyond are broken counters, and no database column takes them
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # before that nobody posted: a broken date

_TRACKING = re.compile(r"(?:utm_\w+|fbclid|gclid|igshid|igsh|si|ref|ref_src|s|t)", re.IGNORECASE)
_PERSONAL_HOST = re.compile(
    r"(?:.*\.)?(?:x\.com|twitter\.com|instagram\.com|facebook\.com|fb\.(?:com|me)|tiktok\.com|threads\.(?:net|com)|t\.me|wa\.me|whatsapp\.com)"
)


def mention_id(platform: str, native_id: str) -> str:
    """The id of a post: the same for the same post, whichever source brought it."""
    return str(uuid.uuid5(MENTION_NAMESPACE, f"{platform}:{native_id}"))


@dataclass(slots=True)
class Tally:
    """What became of the posts so far."""

    kept: int = 0
    no_agency: int = 0
    odd_time: int = 0  # published before the year 2000: rejected
    no_id: int = 0  # without native id or platform: rejected
    from_future: int = 0  # kept, with the time of collection


Spans = tuple[tuple[str, int, int], ...]


class Intake:
    """Turns posts into mentions. One per collecting task; `tally` counts what it did."""

    def __init__(self, attributor: Attributor, pseudonyms: Pseudonyms, clock: Clock) -> None:
        self._attributor = attributor
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._hotlines = frozenset(line for agency in attributor.agencies.values() for line in agency.hotlines)
        self._places = places()
        self.tally = Tally()

    def mention(self, post: Post, *, source: str, category: Category, agency: str = "") -> tuple[Mention, Spans] | None:
        """The mention and where it names its agencies (as ScoreRequest.agency_spans wants it); None when it is dropped, see `tally`.

        agency: a slug the source is known to be about (an app's reviews, a recorded stream), added to whatever the text names.
        """
        if not post.native_id or not post.platform:
            self.tally.no_id += 1
            return None
        now = self._clock.now()
        published = _moment(post.published_at)
        if published is None or published < EARLIEST:
            self.tally.odd_time += 1
            return None
        title = mask_personal(clean(post.title, MAX_TITLE), self._hotlines)
        text = mask_personal(clean(post.text, MAX_TEXT), self._hotlines)
        container = mask_personal(clean(post.container, 200), self._hotlines)
        tags, links = self._tags(post.tags), self._links(post.links)
        official = self._attributor.official_of(post.platform, post.account.handle) or self._attributor.official_of(
            post.platform, post.account.native_id
        )
        found = self._attributor.attribute(text, title, tags=tags, links=links, container=container, platform=post.platform)
        agencies = set(found.agencies)
        agencies.update(slug for slug in (agency, official) if slug)
        if not agencies:
            self.tally.no_agency += 1
            return None
        if published > now:
            self.tally.from_future += 1
            published = now
        named = tuple(sorted(agencies))
        rating = post.rating if post.rating is not None and 1 <= post.rating <= 5 else None
        own_id = mention_id(post.platform, post.native_id)
        self.tally.kept += 1
        return (
            Mention(
                id=own_id,
                platform=post.platform,
                source=source,
                category=category,
                native_id=post.native_id,
                published_at=published,
                collected_at=now,
                text=text,
                title=title,
                url=clean(post.url, 2_000),
                kind=post.kind,
                author=self._author(post.platform, post.account, official, category),
                container=container,
                parent_id=mention_id(post.platform, post.parent_native_id) if post.parent_native_id else "",
                updated_at=min(updated, now) if post.updated_at and (updated := _moment(post.updated_at)) else None,
                tags=tags,
                links=links,
                rating=rating,
                metrics=_metrics(post.metrics),
                agencies=named,
                official_of=official,
                places=self._places.find(f"{title}\n{text}" if title else text) or self._places.find(post.account.location, profile=True),
                content_hash=content_hash(title, text, rating, named),
                cluster_id=_cluster(post.cluster_hint, title, text) or own_id,
                deleted_at=now if post.deleted else None,
            ),
            found.spans,
        )

    def _author(self, platform: str, account: Account, official: str, category: Category) -> Author:
        kind, certain = speaker(account, category, official=bool(official))
        followers = account.followers if account.followers is not None and 0 <= account.followers <= MAX_COUNT else None
        return Author(
            key=self._pseudonyms.key(platform, account.native_id or account.handle),
            kind=kind,
            name=clean(account.name, 200) if certain and kind in ORGANISATIONS else "",
            followers=followers,
            verified=account.verified,
        )

    def _tags(self, tags: Iterable[str]) -> tuple[str, ...]:
        cleaned = (mask_personal(clean(tag.lstrip("#"), 80), self._hotlines) for tag in tags)
        return tuple(dict.fromkeys(tag for tag in cleaned if tag))[:30]

    def _links(self, links: Iterable[str]) -> tuple[str, ...]:
        """Web addresses without tracking parameters; those that name an account or hold a personal number are left out."""
        kept = []
        for link in links:
            try:
                parts = urlsplit(clean(link, 2_000))
                host = (parts.hostname or "").lower()
            except ValueError:
                continue
            if parts.scheme not in ("http", "https") or not host or parts.username or _PERSONAL_HOST.fullmatch(host):
                continue
            query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if not _TRACKING.fullmatch(name)])
            address = urlunsplit((parts.scheme, parts.netloc.lower(), parts.path, query, ""))
            if mask_personal(address, self._hotlines) == address:
                kept.append(address)
        return tuple(dict.fromkeys(kept))[:20]


def _moment(given: datetime) -> datetime | None:
    """Aware UTC; None at the edges of the calendar, where the zone leads out of it."""
    try:
        return utc(given)
    except OverflowError:
        return None


def _metrics(metrics: Mapping[str, int]) -> dict[str, int]:
    return {name: count for name, count in sorted(metrics.items())[:20] if isinstance(count, int) and 0 <= count <= MAX_COUNT}


def content_hash(title: str, text: str, rating: int | None, agencies: tuple[str, ...]) -> str:
    """Changes when a mention must be scored and stored again."""
    content = "\0".join((title, text, str(rating), ",".join(agencies)))
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()


def _cluster(hint: str, title: str, text: str) -> str:
    return hashlib.blake2b(hint.encode(), digest_size=10).hexdigest() if hint else cluster_key(text, title)
