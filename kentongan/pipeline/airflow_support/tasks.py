"""What the DAG files call; heavy imports happen inside the task. A task's return value (XCom) is counts and names, never a mention."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from kentongan.errors import ConfigError, Final
from kentongan.pipeline.airflow_support.progress import emit, report_progress

if TYPE_CHECKING:
    from kentongan.pipeline.wiring import Context

# One pool per platform, so that a slow or rate-limited one takes no other's place; slots = tasks side by side. The rest share `other`.
LANES = {"web": 4, "telegram": 1, "mastodon": 1, "facebook": 1, "other": 2}
CHUNK = 8  # sources of one task; they are polled side by side
DEADLINE_S = 200  # of one chunk; Airflow ends the task at 240
DETECTION_LATE = timedelta(minutes=15)
LAST_DETECTION, LAST_ROUND = "airflow:last_detection", "airflow:last_round"  # in the state store


def lane_of(platform: str) -> str:
    """The lane that a source of this platform takes."""
    return platform if platform in LANES else "other"


def pool_of(lane: str) -> str:
    """The Airflow pool of a lane."""
    return f"kentongan_{lane}"


@contextmanager
def _job() -> Iterator[Context]:
    """The task's context. A wrong configuration, or an answer that will never change, fails at once: retrying would not help."""
    from airflow.sdk.exceptions import AirflowFailException

    from kentongan.pipeline.demo import open_job_context

    try:
        with open_job_context() as ctx:
            ctx.note = report_progress
            yield ctx
    except (ConfigError, Final) as exc:
        emit({"note": f"! {exc}"})
        raise AirflowFailException(str(exc)) from exc
    except Exception as exc:
        emit({"note": f"! {type(exc).__name__}: {exc}"})
        raise


def _run_conf() -> dict[str, Any]:
    """What this run was started with: `deadline_s` for a chunk, `together` = all due sources in one chunk."""
    from airflow.sdk import get_current_context

    run = get_current_context()["dag_run"]
    return dict(run.conf or {})


def plan_sources(lane: str) -> list[list[str]]:
    """Chunks of the lane's sources that are due, longest waiting first."""
    from kentongan.pipeline.collect import due_sources

    with _job() as ctx:
        due = due_sources(ctx)
        if _run_conf().get("together"):
            return [due] if due and lane == next(iter(LANES)) else []
        mine = [name for name in due if lane_of(ctx.config.sources[name].platform) == lane]
        return [mine[at : at + CHUNK] for at in range(0, len(mine), CHUNK)]


def collect_sources(names: list[str]) -> dict[str, Any]:
    """Poll these sources; counts, and the failed ones with their reason. A failed source does not fail the task: its cursor backs off."""
    from kentongan.pipeline.collect import collect_sources as collect

    with _job() as ctx:
        report = collect(ctx, names, float(_run_conf().get("deadline_s", DEADLINE_S)))
        failed = {outcome.source: outcome.error for outcome in report.outcomes if outcome.state == "failed"}
        return {**report.counts(), "failures": failed}


def close_round() -> dict[str, Any]:
    """After the sources: which of them answer but bring nothing, and whether detection keeps up."""
    from kentongan.pipeline.collect import check_silent_sources

    with _job() as ctx:
        silent = [health.source for health in check_silent_sources(ctx)]
        return {"silent": silent, "detection_late": detection_is_late(ctx)}


def detection_is_late(ctx: Context) -> bool:
    """True, and operations are told, when rounds of listening went on for DETECTION_LATE after the last detection.

    Measured from the round before: after a downtime the first round is no reason to worry. Airflow's own DeadlineAlert would tell of a run
    that takes long, not of one that never comes, and `dag.test()` fails on a DAG that has one (3.3.2).
    """
    from kentongan.clock import parse_time

    last_detection, round_before = ctx.state.meta(LAST_DETECTION), ctx.state.meta(LAST_ROUND)
    ctx.state.set_meta(LAST_ROUND, ctx.clock.now().isoformat())
    if not last_detection or not round_before or parse_time(round_before) - parse_time(last_detection) < DETECTION_LATE:
        return False
    _tell(
        ctx,
        "detect_and_alert",
        f"tidak ada evaluasi sejak {last_detection}, jadi tidak ada peringatan; lihat DAG detect_and_alert",
        f"no evaluation since {last_detection}, so no alerts; look at the DAG detect_and_alert",
    )
    return True


def tell_clock_ran_ahead(ctx: Context, until: datetime) -> None:
    """Operations are told that nothing is evaluated before `until`: else the silence after a wrong clock would look like a calm day."""
    _tell(
        ctx,
        "clock",
        f"jam mesin ini pernah maju: ada yang sudah dievaluasi sampai {until.isoformat()}, dan sampai saat itu tidak ada peringatan darinya; "
        "periksa NTP, dan pulihkan cadangan bila tidak bisa menunggu (docs/runbook.md)",
        f"this machine's clock ran ahead: something has been evaluated up to {until.isoformat()}, and until then there are no alerts of it; "
        "check NTP, and restore the backup if you cannot wait (docs/runbook.md)",
    )


def tell_clock_leapt(ctx: Context, days: int) -> None:
    """Operations are told that nothing was deleted tonight, because the clock is days ahead of the night before; the next night deletes."""
    _tell(
        ctx,
        "clock",
        f"jam maju {days} hari sejak malam terakhir, jadi data lama tidak dihapus malam ini; malam berikutnya dihapus seperti biasa. "
        "Bila mesin ini tidak mati selama itu, periksa NTP sekarang",
        f"the clock went {days} days ahead since the last night, so no old data was deleted tonight; the next night deletes as usual. "
        "Unless this machine was off for so long, check NTP now",
    )


def _tell(ctx: Context, subject: str, text_id: str, text_en: str) -> None:
    from kentongan.pipeline.receivers import tell_operations
    from kentongan.words import say

    tell_operations(ctx, subject, say(text_id, text_en))


def detect_and_alert() -> dict[str, Any]:
    """Evaluate every closed bin since the watermark, then deliver what is due."""
    from kentongan.pipeline.copies import try_to_copy
    from kentongan.pipeline.deliver import detect_and_alert as tick
    from kentongan.pipeline.demo import heard_until

    with _job() as ctx:
        report = tick(ctx, heard_until(ctx))
        if not report.skipped:
            ctx.state.set_meta(LAST_DETECTION, ctx.clock.now().isoformat())
        if report.ahead:
            tell_clock_ran_ahead(ctx, report.ahead)
        try_to_copy(ctx)
        return {**report.counts(), "skipped": report.skipped}


def refresh_fact_checks() -> dict[str, int]:
    """Poll fact-checks, score recent mentions again where they brought something new."""
    from kentongan.pipeline.factchecks import refresh

    with _job() as ctx:
        done = refresh(ctx)
        return {"looked_at": done.looked_at, "changed": done.changed}


def write_digest() -> dict[str, str]:
    """Write last week's digest and tell the leadership; returns where it lies, and what became of it at each destination.

    `running` in the run's conf: the seven days up to now, told to nobody. Raises Recoverable when a receiver asks to be tried again: the page
    is written by then, and whoever was told is not told twice.
    """
    from kentongan.errors import Recoverable
    from kentongan.pipeline.leadership import tell_leadership, trouble
    from kentongan.pipeline.receivers import tell_operations
    from kentongan.pipeline.weekly import make_digest, week_end

    with _job() as ctx:
        digest = make_digest(ctx, end=week_end(ctx.clock.now(), running=bool(_run_conf().get("running"))))
        told = tell_leadership(ctx, digest)
        later = [str(t) for t in trouble(told) if t.outcome == "try_again"]
        lost = [str(t) for t in trouble(told) if t.outcome != "try_again"]
        if lost:
            tell_operations(ctx, "weekly_digest", "; ".join(lost))
        if later:
            raise Recoverable(f"{digest.path}: " + "; ".join(later))
        return {"path": str(digest.path), **{t.destination: str(t.outcome) for t in told}}


def keep_house() -> dict[str, int]:
    """Retention, rescoring, re-attribution, old state."""
    from kentongan.pipeline.housekeeping import keep_house as keep

    with _job() as ctx:
        done = keep(ctx)
        if "leapt" in done:
            tell_clock_leapt(ctx, done["leapt"])
        return done
