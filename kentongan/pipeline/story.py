"""What `make run` does and says: the demonstration through real Airflow, and one look at the live sources."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click

from alerts.message import compose
from alerts.terminal import draw
from kentongan.clock import FixedClock
from kentongan.config import load_config
from kentongan.pipeline.airflow_support.home import DagJob, DagResult, run_dags
from kentongan.pipeline.collect import missing_secrets
from kentongan.pipeline.demo import stream_end, write_stream
from kentongan.pipeline.report import alert_line, moment_words, print_withheld
from kentongan.pipeline.wiring import Context, open_context
from kentongan.ports import MentionQuery
from kentongan.records import NotifyReason, Window
from kentongan.settings import Settings, read_settings
from kentongan.words import number, say
from listeners import discover

LIVE_SECONDS = 20
DEMO_DAGS = ("collect_mentions", "refresh_fact_checks", "detect_and_alert", "weekly_digest")


def tell() -> int:
    """Run it all and print the story. Exit code 1 when a task failed; a source that is down does not count."""
    begun = time.monotonic()
    live = read_settings()
    demo = replace(live, var=live.var / "demo", database=live.var / "demo" / "kentongan.db", elasticsearch_url="", state_url="")
    load_config(live.config)
    path, fresh = write_stream(demo)
    there = "" if fresh else say(" (sudah ada)", " (already there)")
    _note(say(f"Aliran contoh: {path}{there}", f"Bundled stream: {path}{there}"))
    with _demo_context(demo, path) as ctx:
        before, told = ctx.mentions.count(), {d.notice.key for d in ctx.state.deliveries()}
    environment = {"KENTONGAN_DEMO": "1", "KENTONGAN_VAR": str(demo.var), "KENTONGAN_DB": str(demo.database)}
    jobs = [DagJob(dag_id=dag_id, environment=environment) for dag_id in DEMO_DAGS]
    jobs.append(DagJob(dag_id="collect_mentions", conf={"together": True, "deadline_s": LIVE_SECONDS}))
    results = run_dags(live, jobs, note=_note)
    sent = _print_messages(demo, path, told)
    _print_demo(demo, path, before, results[0], sent)
    _print_live(live)
    _print_next(live, demo)
    _note(say(f"Selesai dalam {time.monotonic() - begun:.0f} detik.", f"Done in {time.monotonic() - begun:.0f} seconds."))
    failed = [f"{result.dag_id}: {', '.join(result.failed_tasks)}" for result in results if result.failed_tasks]
    if failed:
        _note(say("Tugas yang gagal: ", "Tasks that failed: ") + "; ".join(failed))
    return 1 if failed else 0


def _note(line: str) -> None:
    click.echo(line, err=True)


def _demo_context(demo: Settings, path: Path) -> AbstractContextManager[Context]:
    return open_context(demo, clock=FixedClock(stream_end(path)), simulated=True, event_time=True, terminal_only=True)


def _print_messages(demo: Settings, path: Path, told: set[str]) -> int:
    """What was sent in this run: an alert's first message as its officer read it, the later ones by their headline. Returns how many."""
    with _demo_context(demo, path) as ctx:
        fresh = [d.notice for d in ctx.state.deliveries() if d.outcome in ("sent", "late") and d.notice.key not in told]
        for notice in (n for n in fresh if n.transition in (NotifyReason.FIRST, NotifyReason.WIDE_EVENT)):
            click.echo(draw(compose(notice, ctx.config.agencies)))
            for later in (n for n in fresh if n.episode == notice.episode and n is not notice):
                text = compose(later, ctx.config.agencies)
                click.echo(f"  {moment_words(later.decided_at, ctx.config.agencies[later.alert.agency])}  {text.headline}")
    return len(fresh)


def _print_demo(demo: Settings, path: Path, before: int, collected: DagResult, sent: int) -> None:
    with _demo_context(demo, path) as ctx:
        end = ctx.clock.now()
        window = Window(start=end - timedelta(days=60), end=end + timedelta(days=1))
        heard = collected.returned("collect")
        stored = ctx.mentions.count()
        official = ctx.mentions.search(MentionQuery(official=True), limit=1).total
        click.echo(say("== Peragaan (SIMULASI) ==", "== Demonstration (SIMULATION) =="))
        rows = [
            (say("dikumpulkan pada putaran ini", "collected in this run"), sum(h["collected"] for h in heard)),
            (say("tentang instansi", "attributed to an agency"), sum(h["attributed"] for h in heard)),
            (say("dinilai", "scored"), sum(h["scored"] for h in heard)),
            (say("disimpan baru", "stored as new"), stored - before),
            (say("tersimpan seluruhnya", "stored in all"), stored),
            (say("jawaban akun resmi", "answers by official accounts"), official),
        ]
        for what, n in rows:
            click.echo(f"  {what:<40} {number(n):>8}")
        alerts = ctx.state.alerts(window=window)
        click.echo(say(f"Peringatan: {len(alerts)}", f"Alerts: {len(alerts)}"))
        for alert in sorted(alerts, key=lambda a: a.opened_at):
            click.echo(f"  {alert_line(ctx, alert)}")
        print_withheld(ctx, ctx.state.withheld(window))
        if stored == before and before and not sent:
            click.echo(say("Tidak ada yang baru; tidak ada yang dikirim dua kali.", "Nothing new; nothing was sent twice."))


def _print_live(live: Settings) -> None:
    with open_context(live) as ctx:
        click.echo("\n" + say("== Sumber sungguhan ==", "== Live sources =="))
        kinds = discover()
        health = {h.source: h for h in ctx.state.health()}
        open_sources = [n for n, s in ctx.config.sources.items() if s.enabled and not missing_secrets(ctx, n, kinds)]
        up = [n for n in open_sources if n in health and health[n].state == "up"]
        down = [n for n in open_sources if n in health and health[n].state == "failed"]
        rest = len(open_sources) - len(up) - len(down)
        click.echo(say(
            f"  {len(up)} terbaca, {len(down)} putus, {rest} belum dibaca; {number(ctx.mentions.count())} sebutan tersimpan",
            f"  {len(up)} read, {len(down)} down, {rest} not read yet; {number(ctx.mentions.count())} mentions stored",
        ))  # fmt: skip
        for name in down[:5]:
            click.echo(f"  {say('putus', 'down')}: {name}: {health[name].last_error}")
        if len(down) > 5:
            click.echo(say(f"  ... dan {len(down) - 5} lagi: kentongan sources", f"  ... and {len(down) - 5} more: kentongan sources"))


def _print_next(live: Settings, demo: Settings) -> None:
    digests = sorted((demo.var / "digests").glob("*.html"))
    click.echo("\n" + say("Ringkasan pimpinan:   ", "Leadership's digest:  ") + (str(digests[-1]) if digests else "-"))
    click.echo(say("Basis data peragaan:  ", "Demo database:        ") + str(demo.database))
    click.echo(say("Basis data sungguhan: ", "Live database:        ") + str(live.database))
    click.echo("\n" + say("Berikutnya, ketik:", "Next, type:"))
    lines = (
        (f"kentongan search padam --agency pln --db {demo.database}", "cari seperti analis", "search as an analyst does"),
        ("kentongan doctor", "periksa mesin ini", "check this machine"),
        ("kentongan notify --test", "coba Slack setelah SLACK_BOT_TOKEN diisi", "try Slack once SLACK_BOT_TOKEN is set"),
        ("make up", "biarkan terus berjalan", "keep it running"),
    )
    typed = [text if text.startswith("make") else f".venv/bin/{text}" for text, _, _ in lines]
    width = max(map(len, typed))
    for text, (_, id_words, en_words) in zip(typed, lines, strict=True):
        click.echo(f"  {text:<{width}}  # {say(id_words, en_words)}")
