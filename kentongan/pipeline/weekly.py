"""The weekly digest: numbers → HTML file, and a few lines to be told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from alerts.playbook import topic_name
from kentongan.clock import JAKARTA, floor_bin, utc
from kentongan.digests.chat import Summary, render_chat
from kentongan.digests.numbers import week_numbers
from kentongan.digests.page import render_html
from kentongan.digests.phrases import is_midnight
from kentongan.digests.quotations import without_quotations
from kentongan.digests.week import WeekNumbers
from kentongan.pipeline.detect import recount
from kentongan.pipeline.wiring import Context
from kentongan.records import Window
from kentongan.settings import Settings
from kentongan.words import Lang, current_language
from mappings.kibana.links import dashboard_link, kql_value


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    path: Path
    summary: Summary
    numbers: WeekNumbers


def week_end(now: datetime, *, running: bool = False) -> datetime:
    """Last Monday 00:00 WIB; with `running`, now: the seven days up to this moment."""
    local = now.astimezone(JAKARTA)
    monday = (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    return floor_bin(now) if running else utc(monday)


def is_week_end(moment: datetime) -> bool:
    """True for a Monday 00:00 WIB, when a week of ours ends."""
    return is_midnight(moment) and moment.astimezone(JAKARTA).weekday() == 0


def make_digest(ctx: Context, *, end: datetime | None = None, lang: Lang | None = None, folder: Path | None = None) -> Digest:
    """Write the digest of the seven days before `end` (default: the last full week) and return it."""
    lang = lang or current_language()
    now = ctx.clock.now()
    end = floor_bin(end) if end else week_end(now)
    recount(ctx)
    numbers = week_numbers(ctx.mentions, ctx.state, ctx.config.agencies, end, now=now, simulated=ctx.simulated)
    path = (folder or ctx.settings.var / "digests") / page_name(numbers, lang)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, render_html(numbers, lang, now, topic_name, partial(kibana_week, ctx.settings, numbers.window)))
    return Digest(path=path, summary=render_chat(numbers, lang, str(path), topic_name), numbers=numbers)


def kibana_week(settings: Settings, window: Window, slug: str) -> str:
    """The agency's week in Kibana; "" where no Kibana is set up."""
    if not settings.kibana_url:
        return ""
    query = f"agencies: {kql_value(slug)}"
    return dashboard_link(settings.kibana_url, "instansi", window.start, window.end, prefix=settings.elasticsearch_prefix, query=query)


def page_name(numbers: WeekNumbers, lang: Lang) -> str:
    """`ringkasan-2026-03-22.html`: the week's last day; with the time of day where the seven days end within one."""
    end = numbers.window.end.astimezone(JAKARTA)
    stamp = f"{end - timedelta(seconds=1):%Y-%m-%d}" if is_midnight(numbers.window.end) else f"{end:%Y-%m-%d-%H%M}"
    return f"{'SIMULASI-' if numbers.simulated else ''}{'ringkasan' if lang == 'id' else 'digest'}-{stamp}.html"


def drop_page_quotes(folder: Path, mention_ids: Collection[str]) -> int:
    """Take quotations of these mentions out of the pages in `folder` (after `forget`); returns how many pages changed."""
    changed = 0
    for path in sorted(folder.glob("*.html")) if mention_ids else ():
        page = path.read_text(encoding="utf-8")
        cleaned = without_quotations(page, mention_ids)
        if cleaned != page:
            _write(path, cleaned)
            changed += 1
    return changed


def _write(path: Path, page: str) -> None:
    """In one piece: a reader never meets half a page."""
    draft = path.with_suffix(".part")
    draft.write_text(page, encoding="utf-8")
    draft.replace(path)
