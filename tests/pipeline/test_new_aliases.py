"""Aliases that change are applied to recent mentions again: stores, scores, counts and alerts follow, on every pair of homes."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kentongan.clock import FixedClock
from kentongan.config import load_config
from kentongan.pipeline.detect import detect, recount
from kentongan.pipeline.housekeeping import keep_house
from kentongan.pipeline.replay import replay_file
from kentongan.pipeline.wiring import Context, open_context
from kentongan.ports import MentionQuery
from kentongan.records import Window
from kentongan.settings import Settings
from tests.pipeline.conftest import House

START = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 16
NEW = "name: Dinas Pemadam\nlevel: regency\naliases: [Damkar Cilandak]\ntimezone: Asia/Jakarta\nslack_channel: '#humas-damkar'\n"


def fire_stream(folder: Path) -> Path:
    """Sixteen days about PLN that also name a fire brigade nobody has configured: calm, then two hours of anger at the brigade alone."""
    rows = []
    for hour in range(DAYS * 24):
        rows.append((START + timedelta(hours=hour, minutes=7), f"jadwal PLN dan Damkar Cilandak hari ini nomor {hour}"))
    for minute in range(60):
        when = START + timedelta(days=DAYS, minutes=2 * minute)
        rows.append(
            (when, f"Terima kasih PLN yang sigap, mantap. Damkar Cilandak payah, lambat sekali, sangat mengecewakan, rumah nomor {minute} habis")
        )
    lines = [{"id": f"f{n}", "published_at": at.isoformat(), "text": text, "author": f"warga{n}"} for n, (at, text) in enumerate(rows)]
    path = folder / "fire.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def counted(ctx: Context, agency: str) -> tuple[int, int]:
    recount(ctx)
    found = ctx.state.counts(agency, Window(start=START, end=START + timedelta(days=DAYS + 1)))
    return sum(count.total for count in found), sum(count.negative for count in found)


def test_an_agency_that_is_added_gets_its_past_mentions_scores_counts_and_alert(homes: Settings, house: House, tmp_path: Path) -> None:
    settings = replace(homes, config=house.config)
    clock = FixedClock(datetime(1970, 1, 1, tzinfo=UTC))
    with open_context(settings, clock=clock, event_time=True, terminal_only=True, stream=io.StringIO()) as ctx:
        replay_file(ctx, fire_stream(tmp_path), clock, source="rekaman")
        clock.at = START + timedelta(days=DAYS, hours=3)
        assert keep_house(ctx)["reattributed"] == 0
        assert counted(ctx, "damkar") == (0, 0)
        before = counted(ctx, "pln")

    (house.config / "agencies" / "damkar.yml").write_text(NEW, encoding="utf-8")
    with open_context(settings, clock=clock, config=load_config(house.config), event_time=True, terminal_only=True, stream=io.StringIO()) as ctx:
        assert keep_house(ctx)["reattributed"] == DAYS * 24 + 60
        assert counted(ctx, "damkar") == (DAYS * 24 + 60, 60)
        assert counted(ctx, "pln")[0] == before[0]  # still about both
        angry = ctx.mentions.search(MentionQuery(agency="damkar", label="negative"), limit=100)
        assert angry.total == 60
        assert {item.label_for("pln") for item in angry.mentions} == {"positive"}
        assert set(angry.mentions[0].score.sentiment_by_agency) == {"damkar", "pln"}
        detect(ctx)
        assert [(alert.agency, alert.rule) for alert in ctx.state.alerts() if alert.agency == "damkar"] == [("damkar", "negative_volume")]
        assert keep_house(ctx)["reattributed"] == 0


def test_an_alias_that_is_taken_away_empties_the_counts_it_filled(homes: Settings, house: House, tmp_path: Path) -> None:
    file = house.config / "agencies" / "damkar.yml"
    file.write_text(NEW, encoding="utf-8")
    settings, clock = replace(homes, config=house.config), FixedClock(datetime(1970, 1, 1, tzinfo=UTC))
    with open_context(settings, clock=clock, event_time=True, terminal_only=True, stream=io.StringIO()) as ctx:
        replay_file(ctx, fire_stream(tmp_path), clock, source="rekaman")
        clock.at = START + timedelta(days=DAYS, hours=3)
        keep_house(ctx)
        assert counted(ctx, "damkar")[0] == DAYS * 24 + 60
    file.write_text(NEW.replace("Damkar Cilandak", "Damkar Cinere"), encoding="utf-8")
    with open_context(settings, clock=clock, event_time=True, terminal_only=True, stream=io.StringIO()) as ctx:
        assert keep_house(ctx)["reattributed"] == DAYS * 24 + 60
        assert counted(ctx, "damkar") == (0, 0)
        assert ctx.mentions.search(MentionQuery(agency="damkar")).total == 0


def test_a_deleted_post_keeps_the_agencies_it_was_counted_for(house: House, tmp_path: Path) -> None:
    settings = Settings(var=tmp_path / "var", database=tmp_path / "k.db", config=house.config)
    clock = FixedClock(datetime(1970, 1, 1, tzinfo=UTC))
    with open_context(settings, clock=clock, event_time=True, terminal_only=True, stream=io.StringIO()) as ctx:
        replay_file(ctx, fire_stream(tmp_path), clock, source="rekaman")
        clock.at = START + timedelta(days=DAYS, hours=3)
        keep_house(ctx)
        gone = next(ctx.mentions.scan(MentionQuery(agency="pln"))).mention.id
        ctx.mentions.blank([gone], clock.now())
    (house.config / "agencies" / "damkar.yml").write_text(NEW, encoding="utf-8")
    with open_context(settings, clock=clock, event_time=True, terminal_only=True, stream=io.StringIO()) as ctx:
        assert keep_house(ctx)["reattributed"] == DAYS * 24 + 59
        assert ctx.mentions.get([gone])[0].mention.agencies == ("pln",)
