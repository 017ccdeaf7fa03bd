"""How things stand, in one look: open alerts, sources that are down, the last evaluation, the outbox."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.holding import configured_silences
from alerts.message import agency_of, alert_text, short_id
from alerts.phrases import lasting
from alerts.standing import standing_word
from kentongan.clock import JAKARTA, parse_time, zone_label
from kentongan.config import AgencyConfig
from kentongan.pipeline.wiring import Context
from kentongan.records import Alert, AlertState
from kentongan.words import current_language, say

LAST_EVALUATION = "detect:last"  # in the state store: when `detect` last went through
SHOWN = 15


def status_text(ctx: Context, *, for_slack: bool = False) -> str:
    """Lines for a person. for_slack: marked up for Slack, and without simulated alerts, which never leave this machine."""
    bold = "*" if for_slack else ""
    alerts = [a for a in ctx.state.alerts(states=(AlertState.OPEN, AlertState.ACKNOWLEDGED)) if not (for_slack and a.simulated)]
    lines = [bold + say(f"Peringatan terbuka: {len(alerts)}", f"Open alerts: {len(alerts)}") + bold]
    lines += [f"• {_alert_line(ctx, alert)}" for alert in alerts[:SHOWN]]
    if len(alerts) > SHOWN:
        lines.append(say(f"• … dan {len(alerts) - SHOWN} lagi", f"• … and {len(alerts) - SHOWN} more"))
    lines += [bold + line + bold for line in (evaluation_line(ctx), sources_line(ctx), outbox_line(ctx))]
    if silences := _silenced(ctx):
        lines.append(silences)
    return "\n".join(lines)


def _silenced(ctx: Context) -> str:
    now = ctx.clock.now()
    found = [*ctx.state.silences(now), *(s for s in configured_silences(ctx.config.silences) if s.starts_at <= now < s.ends_at)]
    names = ", ".join(f"{s.agency} ({s.owner}: {s.reason})" for s in found[:5])
    return say(f"Dibisukan: {names}", f"Silenced: {names}") if found else ""


def _alert_line(ctx: Context, alert: Alert) -> str:
    agency = agency_of(alert.agency, ctx.config.agencies)
    lang = current_language()
    standing = standing_word(alert, lang).lower() or say("belum ditangani", "nobody on it", lang)
    return f"{short_id(alert)} {_moment(alert.opened_at, agency)} {alert_text(alert, agency, lang).headline} ({standing})"


def evaluation_line(ctx: Context) -> str:
    """When the last evaluation ran."""
    last = ctx.state.meta(LAST_EVALUATION)
    if not last:
        return say("Evaluasi terakhir: belum pernah", "Last evaluation: never")
    ago = lasting(ctx.clock.now() - parse_time(last), current_language())
    return say(f"Evaluasi terakhir: {ago} yang lalu", f"Last evaluation: {ago} ago")


def sources_line(ctx: Context) -> str:
    """Which sources are down or silent."""
    health = ctx.state.health()
    down = sorted(h.source for h in health if h.state == "failed")
    silent = sorted(h.source for h in health if h.state == "silent")
    parts = [say(f"Sumber putus: {len(down)}", f"Sources down: {len(down)}") + _names(down)]
    if silent:
        parts.append(say(f"diam: {len(silent)}", f"silent: {len(silent)}") + _names(silent))
    return "; ".join(parts)


def outbox_line(ctx: Context) -> str:
    """What waits in the outbox, and dead letters."""
    waiting, dead = len(ctx.state.deliveries(outcome="pending")), len(ctx.state.deliveries(outcome="failed"))
    return say(f"Kotak keluar: {waiting} menunggu, {dead} surat mati", f"Outbox: {waiting} waiting, {dead} dead letters")


def _names(names: list[str]) -> str:
    return f" ({', '.join(names[:5])}{', …' if len(names) > 5 else ''})" if names else ""


def _moment(moment: datetime, agency: AgencyConfig | None = None) -> str:
    zone = ZoneInfo(agency.timezone) if agency else JAKARTA
    return f"{moment.astimezone(zone):%d-%m %H.%M} {zone_label(agency.timezone if agency else 'Asia/Jakarta')}"
