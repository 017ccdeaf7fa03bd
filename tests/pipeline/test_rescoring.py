"""After a new version of the scorer the last thirty days are scored again, in as many nights as it takes."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from kentongan.clock import FixedClock
from kentongan.pipeline.housekeeping import keep_house
from kentongan.pipeline.wiring import open_context
from kentongan.settings import Settings, packaged_config
from tests.factories import T0, mention


def test_what_an_interrupted_night_has_scored_already_is_not_scored_again(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, database=tmp_path / "k.db", config=packaged_config())
    clock = FixedClock(T0 + timedelta(hours=1))
    with open_context(settings, clock=clock, terminal_only=True, stream=io.StringIO()) as ctx:
        old, done = mention(native_id="old", sentiment=0.9), mention(native_id="done", sentiment=0.9)
        done = replace(done, score=replace(done.score, scorer_version=ctx.scorer.version))
        ctx.mentions.save([old, done], T0)
        ctx.state.set_meta("scorer_version", "test")
        assert keep_house(ctx)["rescored"] == 1
        labels = {scored.mention.id: scored.score.sentiment.label for scored in ctx.mentions.get([old.mention.id, done.mention.id])}
        assert labels == {old.mention.id: "negative", done.mention.id: "positive"}
        assert ctx.state.meta("scorer_version") == ctx.scorer.version
