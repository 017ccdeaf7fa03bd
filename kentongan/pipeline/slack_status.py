"""`/kentongan status` in Slack, short: the agencies of that channel, else those that are not calm; one agency where it is named."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from alerts.slack_payload import Question
from kentongan.clock import floor_bin
from kentongan.pipeline.status import LAST_EVALUATION, alert_lines, evaluation_line, open_alerts, outbox_line, silenced_line, sources_line
from kentongan.pipeline.vigil import look, named, stopped
from kentongan.pipeline.wiring import Context
from kentongan.problems import nearest
from kentongan.records import Window
from kentongan.words import say

EVERYTHING = frozenset({"semua", "all"})


def status_in_slack(ctx: Context, question: Question, named: str = "") -> str:
    """How things stand. named: what was asked for, an agency or "semua"; "": what concerns the channel."""
    lines = []
    shown: Collection[str] = ctx.config.agencies
    if named and named not in EVERYTHING:
        slug = find_agency(ctx, named)
        if not slug:
            known = ", ".join(sorted(ctx.config.agencies))
            close = nearest(named, ctx.config.agencies) or "."
            return say(f"Instansi itu tidak terdaftar{close} Yang terdaftar: {known}.", f"That agency is not listed{close} Listed: {known}.")
        shown = [slug]
    elif not named:
        shown = _agencies_of(ctx, question.channel) or shown
    by_name = len(shown) < len(ctx.config.agencies)
    found = open_alerts(ctx, for_slack=True)
    here = [alert for alert in found if alert.agency in shown]
    lines += alert_lines(ctx, here)  # worst first, whichever agency's
    for slug in shown if by_name else ():
        if not any(alert.agency == slug for alert in here):
            lines.append(f"*{ctx.config.agencies[slug].name}*: {_calm(ctx, slug)}")
    if not lines:
        lines.append(say(f"*Semua instansi ({len(shown)})*: {_calm(ctx, *shown)}", f"*All agencies ({len(shown)})*: {_calm(ctx, *shown)}"))
    if by_name and (elsewhere := len({alert.agency for alert in found} - set(shown))):
        more = "`/kentongan status semua`"
        lines.append(say(f"Peringatan terbuka juga ada di {elsewhere} instansi lain: {more}", f"{elsewhere} more agencies have alerts: {more}"))
    return "\n".join([*lines, evaluation_line(ctx), *_what_is_wrong(ctx)])


def find_agency(ctx: Context, named: str) -> str:
    """The slug of the agency whose slug, name or alias this is, "" when there is none."""
    wanted = named.casefold().strip("@# ")
    for slug, agency in ctx.config.agencies.items():
        if wanted in {slug, slug.replace("-", " "), agency.name.casefold(), *(alias.lstrip("~=@").casefold() for alias in agency.aliases)}:
            return slug
    return ""


def _agencies_of(ctx: Context, channel: Sequence[str]) -> list[str]:
    """The agencies whose alerts go to this channel. Slack calls every private channel "privategroup" (its reference of slash commands, read November
    2026): such a one is known by its id, which the messages that were sent there bear."""
    here = {f"slack:{place}" for place in channel}
    here |= {row.notice.destination for row in ctx.state.deliveries() for place in channel if row.provider_ref.startswith(f"{place}/")}
    return [agency.slug for agency in ctx.config.agencies.values() if agency.slack_channel and f"slack:{agency.slack_channel}" in here]


def _calm(ctx: Context, *slugs: str) -> str:
    """Calm, or unknown where nothing is evaluated, or where nobody has listened in the last evaluated hour."""
    last, now = ctx.state.meta(LAST_EVALUATION), ctx.clock.now()
    if not last or stopped(last, now):
        return say("keadaannya tidak diketahui, evaluasi tidak berjalan", "unknown, as nothing is evaluated")
    end = floor_bin(now - timedelta(minutes=ctx.config.policy.settle_min))
    if any(ctx.state.unobserved(slug, Window(start=end - timedelta(hours=1), end=end)) for slug in slugs):
        return say("tidak ada peringatan terbuka, tetapi sumbernya putus: keadaannya tidak diketahui", "no open alert, but sources are down: unknown")
    return say("tenang, tidak ada peringatan terbuka", "calm, no open alert")


def _what_is_wrong(ctx: Context) -> list[str]:
    """Silences, sources that are down, messages that wait, trouble: only where there is any."""
    health, rows = ctx.state.health(), (*ctx.state.deliveries(outcome="pending"), *ctx.state.deliveries(outcome="failed"))
    lines = [sources_line(ctx)] if any(h.state in ("failed", "silent") for h in health) else []
    lines += [outbox_line(ctx)] if rows else []
    lines += [line] if (line := silenced_line(ctx)) else []
    return lines + [f"⚠ {trouble.headline}: {named(trouble.names[:5])}" for trouble in look(ctx)]
