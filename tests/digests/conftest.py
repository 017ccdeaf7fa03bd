"""A home for a hand-made week: real stores, counted as the pipeline counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kentongan.clock import parse_time
from kentongan.config import AgencyConfig
from kentongan.digests.numbers import week_numbers
from kentongan.digests.week import AgencyWeek, WeekNumbers
from kentongan.pipeline.absorb import bin_keys
from kentongan.records import Author, AuthorKind, ScoredMention
from kentongan.store.mentions_sqlite import SqliteMentions
from kentongan.store.state_sql import SqlState
from tests.factories import mention

START = parse_time("2026-03-02T00:00:00")  # Monday, WIB
END = START + timedelta(days=7)
LATER = END + timedelta(days=30)
PLN = AgencyConfig(slug="pln", name="PT PLN (Persero)", aliases=("PLN",), official_accounts={"mastodon": "pln_123"})
BMKG = AgencyConfig(slug="bmkg", name="BMKG", aliases=("BMKG",))
AGENCIES = {"pln": PLN, "bmkg": BMKG}


@dataclass
class Home:
    """Two stores in one file."""

    mentions: SqliteMentions
    state: SqlState

    def save(self, *items: ScoredMention) -> None:
        """Store them and count their bins."""
        self.mentions.save(items, LATER)
        self.state.mark_dirty(bin_keys(item.mention for item in items))
        while keys := self.state.dirty():
            self.state.put_counts(self.mentions.bin_counts(keys))

    def numbers(self, end: datetime = END, now: datetime | None = LATER) -> WeekNumbers:
        return week_numbers(self.mentions, self.state, AGENCIES, end, now=now)

    def pln(self, end: datetime = END, now: datetime | None = LATER) -> AgencyWeek:
        return next(week for week in self.numbers(end, now).agencies if week.slug == "pln")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    mentions, state = SqliteMentions(tmp_path / "k.db"), SqlState(f"sqlite:///{tmp_path / 'k.db'}")
    yield Home(mentions, state)
    mentions.close()
    state.close()


def hours(n: float, start: datetime = START) -> datetime:
    """`n` hours after the week's beginning."""
    return start + timedelta(hours=n)


def answer(to: ScoredMention, after_h: float, **fields: object) -> ScoredMention:
    """A reply of PLN's own account."""
    plain: dict[str, object] = {
        "published_at": to.mention.published_at + timedelta(hours=after_h),
        "parent_id": to.mention.id,
        "official_of": "pln",
        "author": Author(key="v1:official", kind=AuthorKind.OFFICIAL, name="PLN"),
        "sentiment": 0.0,
    }
    return mention(**{**plain, **fields})  # type: ignore[arg-type]  # fields of Mention, varied by name
