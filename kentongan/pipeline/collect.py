"""Poll the sources that are due: page → absorb → cursor; one failed source never stops another."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from kentongan.clock import parse_time
from kentongan.errors import ConfigError, ListenerError, SourceDown, StoreConflict
from kentongan.pipeline.absorb import Absorbed, Heard, absorb
from kentongan.pipeline.observation import note_gap
from kentongan.pipeline.wiring import Context
from kentongan.ports import ListenRequest
from kentongan.records import Cursor, SourceHealth
from listeners import ListenerKind, discover

log = logging.getLogger(__name__)
BACK_OFF = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
_absorbing = threading.Lock()  # sources are polled side by side, but scored and saved one page at a time


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceOutcome:
    source: str
    state: str  # up, failed, off
    absorbed: Absorbed = field(default_factory=Absorbed)
    rejected: int = 0
    gap_suspected: bool = False
    error: str = ""
    seconds: float = 0.0


@dataclass(kw_only=True)
class CollectReport:
    outcomes: list[SourceOutcome] = field(default_factory=list)

    @property
    def absorbed(self) -> Absorbed:
        """All sources together."""
        return sum((o.absorbed for o in self.outcomes), Absorbed())

    def counts(self) -> dict[str, int]:
        """Numbers only, for XCom and logs."""
        a = self.absorbed
        return {
            "sources": len(self.outcomes), "failed": sum(o.state == "failed" for o in self.outcomes), "collected": a.collected,
            "attributed": a.attributed, "scored": a.scored, "new": a.new, "changed": a.changed,
        }  # fmt: skip


def missing_secrets(ctx: Context, name: str, kinds: dict[str, ListenerKind]) -> list[str]:
    """Environment names the source's listener needs and does not have."""
    have = ctx.settings.secrets or {}
    return [secret for secret in kinds[ctx.config.sources[name].listener].card.needs_secrets if not have.get(secret)]


def due_sources(ctx: Context, at: datetime | None = None) -> list[str]:
    """Enabled sources with their secrets present whose time has come (by `at`, default now), longest waiting first."""
    now = at or ctx.clock.now()
    kinds = discover()
    cursors = {c.source: c for c in ctx.state.cursors()}
    due = []
    for name, source in ctx.config.sources.items():
        if not source.enabled or missing_secrets(ctx, name, kinds):
            continue
        cursor = cursors.get(name)
        next_at = datetime.fromtimestamp(0, tz=now.tzinfo)
        if cursor and cursor.polled_at:
            next_at = cursor.polled_at + timedelta(minutes=source.every_min)
        if cursor and cursor.next_attempt_at:
            next_at = max(next_at, cursor.next_attempt_at) if cursor.failures else next_at
        if next_at <= now:
            due.append((next_at, name))
    return [name for _, name in sorted(due)]


def collect_sources(ctx: Context, names: Sequence[str], deadline_s: float, workers: int = 8) -> CollectReport:
    """Poll these sources side by side and end within about `deadline_s` seconds; pages that were saved stay saved.

    Raises StoreError when the database refuses: then no cursor of the page at hand has moved.
    """
    kinds = discover()
    unknown = [name for name in names if name not in ctx.config.sources]
    if unknown:
        raise ConfigError(f"unknown source {', '.join(unknown)}; `kentongan sources` lists them")
    end = time.monotonic() + deadline_s
    # Opened here, once: cached_property is not safe when eight threads ask at the same time.
    _ = ctx.intake, ctx.claims, ctx.scorer, ctx.web(0)
    with ThreadPoolExecutor(max_workers=max(1, min(workers, len(names) or 1)), thread_name_prefix="listen") as pool:
        return CollectReport(outcomes=list(pool.map(lambda name: collect_one(ctx, name, kinds, end), names)))


def collect_one(ctx: Context, name: str, kinds: dict[str, ListenerKind], end: float) -> SourceOutcome:
    """Poll one source until it is drained or `end` (monotonic seconds) has come."""
    source = ctx.config.sources[name]
    started, begun = ctx.clock.now(), time.monotonic()
    cursor = ctx.state.cursor(name)
    total, rejected, gap, drained = Absorbed(), 0, False, True
    newest, last = _newest(ctx, name), cursor.polled_at
    kind = kinds[source.listener]
    secrets = kind.secrets(ctx.settings.secrets or {})
    request = ListenRequest(
        source=name, options=source.options, platform=source.platform, category=source.category, cursor=cursor, now=started, secrets=secrets
    )
    try:
        if (left := end - time.monotonic()) <= 0:
            raise SourceDown(f"{name}: not reached, the time for this round was over")
        for page in kind.listen(request, ctx.web(left)):
            origins = page.origins or ((name, None),) * len(page.posts)
            heard = [
                Heard(post=post, source=own or name, category=category or source.category)
                for post, (own, category) in zip(page.posts, origins, strict=True)
            ]
            with _absorbing:
                done = absorb(ctx, heard, source.agency)
                cursor = ctx.state.save_cursor(replace(page.cursor, source=name, version=cursor.version))
            total += done
            newest = max([newest, *(post.published_at for post in page.posts)])
            rejected += page.rejected
            gap = gap or page.gap_suspected
            if time.monotonic() > end:
                drained = False
                break
        # Only a poll that was drained counts as one: after a crash or a time limit the source is due again at once.
        polled = started if drained else cursor.polled_at
        cursor = ctx.state.save_cursor(replace(cursor, polled_at=polled, failures=0, next_attempt_at=None, last_error=""))
    except ListenerError as exc:
        _remember_failure(ctx, cursor, exc)
        ctx.state.add_poll(name, started_at=started, finished_at=ctx.clock.now(), ok=False, posts=total.collected, kept=total.scored)
        return SourceOutcome(source=name, state="failed", absorbed=total, rejected=rejected, error=str(exc), seconds=time.monotonic() - begun)
    except StoreConflict as exc:
        log.warning("another worker polls %s, leaving it to that one: %s", name, exc)
        return SourceOutcome(source=name, state="failed", absorbed=total, error=str(exc), seconds=time.monotonic() - begun)
    ctx.state.add_poll(name, started_at=started, finished_at=ctx.clock.now(), ok=True, posts=total.collected, kept=total.scored)
    ctx.state.set_meta(f"newest:{name}", newest.isoformat())
    if gap:
        note_gap(ctx, name, last, started)
    ctx.state.put_health(SourceHealth(source=name, state="up", at=ctx.clock.now(), last_success_at=started))
    log.info("collected source=%s posts=%d kept=%d new=%d rejected=%d", name, total.collected, total.scored, total.new, rejected)
    return SourceOutcome(
        source=name, state="up", absorbed=total, rejected=rejected, gap_suspected=gap, seconds=time.monotonic() - begun
    )  # fmt: skip


def _remember_failure(ctx: Context, cursor: Cursor, error: ListenerError) -> None:
    """Back off in the cursor itself; floor and token stay where they were."""
    failures = cursor.failures + 1
    wait = BACK_OFF[min(failures, len(BACK_OFF)) - 1]
    if isinstance(error, SourceDown) and error.retry_after_s:
        wait = max(timedelta(seconds=error.retry_after_s), timedelta(minutes=1))
    now = ctx.clock.now()
    try:
        ctx.state.save_cursor(replace(cursor, failures=failures, next_attempt_at=now + wait, last_error=str(error)))
    except StoreConflict:
        log.info("another worker moved the cursor of %s", cursor.source)
    ctx.state.put_health(
        SourceHealth(source=cursor.source, state="failed", at=now, last_success_at=cursor.polled_at, last_error=str(error), failures=failures)
    )


def _newest(ctx: Context, source: str) -> datetime:
    """Publication time of the newest post this source ever gave; the year 1970 for none."""
    known = ctx.state.meta(f"newest:{source}")
    return parse_time(known) if known else datetime.fromtimestamp(0, UTC)


def check_silent_sources(ctx: Context) -> list[SourceHealth]:
    """Sources that answer, but whose newest post is older than ten times the usual gap (and than a day); each is remembered as `silent`.

    Counting posts would not do: a feed that stopped growing still shows its last items at every poll.
    """
    now = ctx.clock.now()
    cursors = {c.source: c for c in ctx.state.cursors()}
    silent = []
    for name, source in ctx.config.sources.items():
        cursor, newest = cursors.get(name), _newest(ctx, name)
        if not source.expected_per_day or cursor is None or cursor.failures or not cursor.polled_at or newest.year == 1970:
            continue
        if now - newest > timedelta(days=max(1.0, 10 / source.expected_per_day)):
            health = SourceHealth(source=name, state="silent", at=now, last_success_at=cursor.polled_at)
            ctx.state.put_health(health)
            silent.append(health)
    return silent
