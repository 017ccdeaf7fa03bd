"""One failure drill: a source is read while Elasticsearch is in trouble, and again when it is well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import pytest

from kentongan.clock import FixedClock
from kentongan.errors import StoreError
from kentongan.pipeline.collect import collect_sources
from kentongan.pipeline.wiring import Context, open_context
from kentongan.ports import MentionQuery
from kentongan.settings import Settings
from kentongan.store.mentions_elastic import ElasticMentions
from tests.factories import T0
from tests.pipeline.conftest import House, Rows

SOURCE = "aliran"
NOW = T0 + timedelta(days=1)


@contextmanager
def opened(settings: Settings) -> Iterator[Context]:
    """The installation, which waits only a moment after a 429."""
    with open_context(settings, clock=FixedClock(NOW), terminal_only=True) as ctx:
        ctx.mentions.close()
        ctx.mentions = ElasticMentions(
            settings.elasticsearch_url, settings.elasticsearch_api_key, settings.elasticsearch_prefix, clock=FixedClock(NOW), backoff_s=0.01
        )
        yield ctx
        ctx.mentions.close()


def drill(house: House, rows: Rows, sound: Settings, broken: Settings, trouble: AbstractContextManager[object], told: str) -> None:
    """Half of the rows are collected, then trouble: a clear error, no cursor moves; afterwards every row is there once.

    told: what the error says. `broken` are the settings during the trouble, `sound` those before and after it.
    """
    all_rows = rows(120)
    house.stream(SOURCE, all_rows[:50])
    with opened(sound) as ctx:
        assert collect_sources(ctx, [SOURCE], 60).absorbed.new == 50
        before = ctx.state.cursor(SOURCE)
    house.stream(SOURCE, all_rows)
    with trouble, opened(broken) as ctx, pytest.raises(StoreError, match=told) as caught:
        collect_sources(ctx, [SOURCE], 60)
    assert "\n" not in str(caught.value)
    with opened(sound) as ctx:
        assert ctx.state.cursor(SOURCE) == before
        collect_sources(ctx, [SOURCE], 60)
        assert sorted(s.mention.native_id for s in ctx.mentions.scan(MentionQuery())) == sorted(row["id"] for row in all_rows)
        assert ctx.mentions.count() == 120
