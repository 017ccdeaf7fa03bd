"""The weekly digest: numbers → HTML file → a few lines to the leadership's receiver."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from kentongan.clock import JAKARTA, utc
from kentongan.digests.numbers import WeekNumbers, week_numbers
from kentongan.digests.page import render_chat, render_html
from kentongan.pipeline.detect import recount
from kentongan.pipeline.wiring import Context
from kentongan.words import Lang, current_language


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    path: Path
    chat: str
    numbers: WeekNumbers


def week_end(now: datetime, *, running: bool = False) -> datetime:
    """Last Monday 00:00 WIB; with `running`, now: the seven days up to this moment."""
    local = now.astimezone(JAKARTA)
    monday = (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    return now if running else utc(monday)


def make_digest(ctx: Context, *, end: datetime | None = None, lang: Lang | None = None, folder: Path | None = None) -> Digest:
    """Write the digest of the seven days before `end` (default: the last full week) and return it."""
    lang = lang or current_language()
    now = ctx.clock.now()
    recount(ctx)
    numbers = week_numbers(ctx.mentions, ctx.state, ctx.config.agencies, end or week_end(now))
    last_day = (numbers.window.end - timedelta(seconds=1)).astimezone(JAKARTA)
    mark = "SIMULASI-" if numbers.simulated else ""
    path = (folder or ctx.settings.var / "digests") / f"{mark}{'ringkasan' if lang == 'id' else 'digest'}-{last_day:%Y-%m-%d}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(render_html(numbers, lang, now), encoding="utf-8")
    draft.replace(path)
    return Digest(path=path, chat=render_chat(numbers, lang, str(path)), numbers=numbers)
