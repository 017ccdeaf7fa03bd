"""The demonstration: three made-up weeks of ten real agencies, played into a database of their own.

Everything about it says SIMULASI, and nothing of it leaves through a real receiver.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kentongan.clock import JAKARTA, FixedClock, parse_time, utc
from kentongan.config import Config, SourceConfig, load_config
from kentongan.pipeline.wiring import Context, open_context
from kentongan.ports import MentionQuery
from kentongan.records import Category
from kentongan.settings import Settings, read_settings

SOURCE = "simulasi"
SEED = 1


def is_demo(environment: Mapping[str, str] | None = None) -> bool:
    """True in the processes of a demonstration (KENTONGAN_DEMO=1)."""
    return (os.environ if environment is None else environment).get("KENTONGAN_DEMO", "") == "1"


def stream_path(settings: Settings) -> Path:
    """Where the bundled stream lies once it is written."""
    return settings.var / "stream.jsonl"


def write_stream(settings: Settings) -> tuple[Path, bool]:
    """(the stream's file, whether it had to be written): the generator is seeded, so it is the same every time."""
    from kentongan.simulation import simulate

    path = stream_path(settings)
    if path.exists():
        return path, False
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    with draft.open("w", encoding="utf-8") as file:
        for row in simulate(seed=SEED):
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    draft.replace(path)
    return path, True


def stream_end(path: Path) -> datetime:
    """The midnight (WIB) after the last post: the demonstration's "now"."""
    last = ""
    with path.open(encoding="utf-8") as file:
        for line in file:
            last = line
    local = parse_time(json.loads(last)["published_at"]).astimezone(JAKARTA) + timedelta(days=1)
    return utc(local.replace(hour=0, minute=0, second=0, microsecond=0))


def demo_config(config: Config, path: Path) -> Config:
    """The agencies and rules as they are, with the bundled stream as the only source."""
    source = SourceConfig(name=SOURCE, listener="replay", platform="web", category=Category.MASHUP, every_min=1, options={"path": str(path)})
    return config.model_copy(update={"sources": {SOURCE: source}})


def heard_until(ctx: Context, environment: Mapping[str, str] | None = None) -> datetime | None:
    """How far a demonstration whose stream was not read to its end (its process was killed) may be evaluated: up to its newest mention, so that
    the rest still counts when it comes. None: as far as the clock says."""
    if not is_demo(environment) or ctx.state.cursor(SOURCE).polled_at:
        return None
    newest = ctx.mentions.search(MentionQuery(), limit=1).mentions
    return newest[0].mention.published_at if newest else datetime.fromtimestamp(0, UTC)


@contextmanager
def open_job_context(settings: Settings | None = None) -> Iterator[Context]:
    """The context of an Airflow task: the live one, or the demonstration's where KENTONGAN_DEMO=1.

    Messages of the terminal receiver are appended to `terminal.txt` in the var folder: a task has no terminal.
    """
    settings = settings or read_settings()
    settings.var.mkdir(parents=True, exist_ok=True)
    with (settings.var / "terminal.txt").open("a", encoding="utf-8") as stream:
        if not is_demo():
            with open_context(settings, stream=stream) as ctx:
                yield ctx
            return
        path, _ = write_stream(settings)
        clock = FixedClock(stream_end(path))
        settings = replace(settings, elasticsearch_url="", state_url="")
        config = demo_config(load_config(settings.config), path)
        with open_context(settings, clock=clock, config=config, simulated=True, event_time=True, stream=stream, terminal_only=True) as ctx:
            yield ctx
