"""What dashboards draw: every counted bin with what was expected of it, made up for after a failure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from kentongan.clock import BIN, FixedClock
from kentongan.pipeline.absorb import bin_keys
from kentongan.pipeline.copies import copy_state, expected_at, try_to_copy
from kentongan.pipeline.detect import recount
from kentongan.pipeline.privacy import forget
from kentongan.pipeline.wiring import Context, open_context
from kentongan.ports import Evaluation
from kentongan.records import BinCount, SourceHealth
from kentongan.settings import Settings, packaged_config
from tests.factories import T0, alert, mention
from tests.servers.elasticsearch import fresh_prefix
from tests.store.elastic_home import remove

HOUR = timedelta(hours=1)


def seen(hours: float, expected: float) -> Evaluation:
    return Evaluation(agency="pln", rule="negative_volume", bin_start=T0 + hours * HOUR, observed=1, expected=9.0, bin_expected=expected)


@pytest.mark.parametrize(
    ("at", "expected"),
    [(-0.5, None), (0, 2.0), (0.5, 3.0), (1, 4.0), (1.5, 4.0), (2.5, None)],
)
def test_what_was_expected_lies_between_the_evaluations_on_either_side(at: float, expected: float | None) -> None:
    assert expected_at([seen(0, 2.0), seen(1, 4.0)], T0 + at * HOUR) == expected


def test_without_evaluations_nothing_was_expected() -> None:
    assert expected_at([], T0) is None


@pytest.fixture
def settings(tmp_path: Path, elasticsearch_server: str) -> Iterator[Settings]:
    prefix = fresh_prefix()
    yield Settings(
        var=tmp_path,
        database=tmp_path / "k.db",
        config=packaged_config(),
        elasticsearch_url=elasticsearch_server,
        elasticsearch_prefix=prefix,
    )
    remove(elasticsearch_server, prefix)


def fill(ctx: Context) -> None:
    counts = [BinCount(agency="pln", start=T0 + n * BIN, total=4, negative=2, positive=0, hoax=0) for n in range(0, 24, 2)]
    ctx.state.put_counts(counts)
    ctx.state.add_evaluations([seen(0, 0.5), seen(1, 0.5), seen(2, 0.5)])
    ctx.state.set_unobserved("pln", [T0 + BIN])
    ctx.state.save_alert(alert())
    ctx.state.save_alert(alert(agency="bmkg", simulated=True))
    ctx.state.put_health(SourceHealth(source="antara", state="up", at=T0))


def found(settings: Settings, kind: str) -> list[dict[str, object]]:
    with Elasticsearch([settings.elasticsearch_url]) as client:
        client.indices.refresh(index=f"{settings.elasticsearch_prefix}-*")
        return [hit["_source"] for hit in client.search(index=f"{settings.elasticsearch_prefix}-{kind}", size=1000)["hits"]["hits"]]


@pytest.mark.elasticsearch
def test_the_first_copying_takes_the_past_and_the_next_what_is_new(settings: Settings) -> None:
    clock = FixedClock(T0 + 3 * HOUR)
    with open_context(settings, clock=clock) as ctx:
        fill(ctx)
        first = copy_state(ctx)
        bins = found(settings, "counts")
        assert first == {"bins": len(bins), "alerts": 1, "health": 1}
        assert sum(int(str(b["negative"])) for b in bins) == 24
        assert [b["start"] for b in bins if not b["observed"]] == [(T0 + BIN).isoformat()]
        assert {b.get("expected") for b in bins} == {0.5}
        assert [json.dumps(a["simulated"]) for a in found(settings, "alerts")] == ["false"]
        clock.advance(timedelta(days=2))
        assert copy_state(ctx)["bins"] <= first["bins"]
        assert len(found(settings, "counts")) == len(bins)


@pytest.mark.elasticsearch
def test_a_count_of_long_ago_that_changes_is_copied_again(settings: Settings) -> None:
    clock = FixedClock(T0 + 3 * HOUR)
    with open_context(settings, clock=clock) as ctx:
        gone = mention(published_at=T0)
        ctx.mentions.save([gone], clock.now())
        ctx.state.mark_dirty(bin_keys([gone.mention]))
        recount(ctx)
        copy_state(ctx)
        assert [b["total"] for b in found(settings, "counts")] == [1]
        clock.advance(timedelta(days=20))
        copy_state(ctx)
        forget(ctx, ids=[gone.mention.id], accounts=[], reason="uji")
        recount(ctx)
        copy_state(ctx)
        assert [b["total"] for b in found(settings, "counts")] == [0]
        assert copy_state(ctx)["bins"] == 0


@pytest.mark.elasticsearch
def test_a_failure_holds_up_nothing_and_is_made_up_for(settings: Settings) -> None:
    clock = FixedClock(T0 + 3 * HOUR)
    with open_context(replace(settings, elasticsearch_url="http://127.0.0.1:9"), clock=clock) as ctx:
        fill(ctx)
        assert try_to_copy(ctx) == {}
    clock.advance(timedelta(days=5))
    with open_context(settings, clock=clock) as ctx:
        assert try_to_copy(ctx)["bins"] > 0


def test_nothing_is_copied_where_nobody_draws(tmp_path: Path) -> None:
    with open_context(Settings(var=tmp_path, database=tmp_path / "k.db", config=packaged_config())) as ctx:
        fill(ctx)
        assert copy_state(ctx) == {}
