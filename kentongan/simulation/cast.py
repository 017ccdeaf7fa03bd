"""Who posts, and the rows they post. Every account begins with `sim_`, but the agencies' own."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kentongan.simulation.grammar import pick
from kentongan.simulation.voice import Voice, make_voice

MARK = "simulasi"
Row = dict[str, Any]

_GIVEN = re.findall(
    r"\w+",
    """
    adit agus ajeng aldi andini anisa arif asep astri ayu bagas bayu bejo bunga cahya citra dani dedi
    desi dewi dian dimas dinda dodi eka endah fajar fitri gilang galih hana hendra indah intan irfan joko
    kartika komang lestari lina made maya mega nabila nanda niken nur putra putri rama rani ratna reza rian
    rina rizky santi sari sigit siti slamet tania tri udin ujang wahyu wati widya wulan yanti yoga yusuf
    zahra
    """,
)
_TAILS = ("", "_", "88", "92", "99", "01", "07", "id", "aja", "official", "_jkt", "_bdg", "_sby", "story", "xx", "real", "_s", "wd", "pr")


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    handle: str
    name: str
    voice: Voice
    followers: int


class Cast:
    """A crowd of made-up people: a few talk a lot, most say something once."""

    def __init__(self, rng: random.Random, size: int = 5000) -> None:
        self._people = [self._make(rng, number) for number in range(size)]

    def usual(self, rng: random.Random) -> Person:
        """Somebody of everyday: the talkative more often."""
        return self._people[int(len(self._people) * rng.random() ** 2)]

    def anyone(self, rng: random.Random) -> Person:
        """Anybody, all alike: in an event everybody has something to say."""
        return pick(rng, self._people)

    @staticmethod
    def _make(rng: random.Random, number: int) -> Person:
        given = pick(rng, _GIVEN)
        return Person(
            handle=f"sim_{given}{pick(rng, _TAILS)}{number}",
            name=f"{given.capitalize()} (simulasi)",
            voice=make_voice(rng),
            followers=int(30 / (rng.random() + 0.003)),
        )


@dataclass(slots=True)
class Notebook:
    """Collects rows and gives each its id; `prefix` keeps streams apart that are laid over each other."""

    prefix: str
    rows: list[Row] = field(default_factory=list)

    def write(
        self,
        moment: datetime,
        text: str,
        *,
        platform: str,
        source: str,
        category: str,
        kind: str = "post",
        person: Person | None = None,
        official: str = "",  # handle of an agency's own account
        publisher: str = "",
        title: str = "",
        container: str = "",
        parent: Row | None = None,
        rating: int | None = None,
        metrics: dict[str, int] | None = None,
        lang: str = "",
        tags: tuple[str, ...] = (),
    ) -> Row:
        """Add one post; returns its row."""
        own_id = f"{self.prefix}-{len(self.rows):06d}"
        handle = official or (person.handle if person else publisher and "sim_" + "".join(publisher.lower().split()))
        row: Row = {
            "id": own_id,
            "published_at": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "text": text,
            "title": title,
            "url": f"https://{MARK}.example/{platform}/{own_id}",
            "platform": platform,
            "source": f"{MARK}-{source}",
            "category": category,
            "kind": kind,
            "author": handle,
            "author_name": publisher or official or (person.name if person else ""),
            "author_kind": "official" if official else "media" if publisher else "citizen" if person else "unknown",
            "followers": person.followers if person else 0,
            "parent_id": parent["id"] if parent else "",
            "container": container,
            "rating": rating,
            "metrics": metrics or {},
            "tags": [MARK, *tags],
            "lang": lang,
        }
        self.rows.append(row)
        return row

    def sorted(self) -> list[Row]:
        """All rows by time."""
        return sorted(self.rows, key=lambda row: (row["published_at"], row["id"]))


def reactions(rng: random.Random, followers: int) -> dict[str, int]:
    """Likes, replies and shares: nearly always few, rarely many."""
    reach = followers**0.4 / (rng.random() * 12 + 0.15)
    likes = int(reach * rng.random())
    return {"likes": likes, "replies": int(likes * rng.random() * 0.3), "shares": int(likes * rng.random() * 0.25)}
