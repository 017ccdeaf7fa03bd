"""How things stand, in one look: open alerts, sources that are down, the last evaluation, the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.holding import configured_silences, severity_rank
from alerts.incidents import companions, lead_of, worst_of
from alerts.message import agency_of, alert_text, short_id
from alerts.phrases import lasting, surge_words
from alerts.standing import standing_word
from kentongan.clock import JAKARTA, parse_time, zone_label
from kentongan.config import AgencyConfig
from kentongan.pipeline.wiring import Context
from kentongan.records import Alert, AlertState
from kentongan.words import current_language, say

LAST_EVALUATION = "detect:last"  # in the state store: when `detect` last went through
SHOWN = 15


def status_text(ctx: Context) -> str:
    """Lines for a person at a terminal."""
    alerts = open_alerts(ctx)
    events = len(_own(alerts))
    lines = [say(f"Peringatan terbuka: {events}", f"Open alerts: {events}"), *alert_lines(ctx, alerts)]
    lines += [evaluation_line(ctx), sources_line(ctx), outbox_line(ctx)]
    return "\n".join([*lines, *([silences] if (silences := silenced_line(ctx)) else [])])


def open_alerts(ctx: Context, *, for_slack: bool = False) -> list[Alert]:
    """Those that are not resolved: untaken before taken on, worst first. for_slack: without simulated ones, which never leave this machine."""
    alerts = ctx.state.alerts(states=(AlertState.OPEN, AlertState.ACKNOWLEDGED))
    shown = [alert for alert in alerts if not (for_slack and alert.simulated)]
    return sorted(shown, key=lambda alert: (alert.state is AlertState.ACKNOWLEDGED, -severity_rank(alert.severity)))


def alert_lines(ctx: Context, alerts: Sequence[Alert]) -> list[str]:
    """A line each; those told in another's message stand in that one's line."""
    own = _own(alerts)
    lines = []
    for alert in own[:SHOWN]:
        lang, others = current_language(), companions(alert, alerts)
        also = "".join(f" + {surge_words(other.rule, lang)}" for other in others)
        lines.append(f"• {_alert_line(ctx, replace(alert, severity=worst_of(alert, others)), also)}")
    if len(own) > SHOWN:
        lines.append(say(f"• … dan {len(own) - SHOWN} lagi", f"• … and {len(own) - SHOWN} more"))
    return lines


def _own(alerts: Sequence[Alert]) -> list[Alert]:
    """Those that are not told in another's message: one per event."""
    leads = {alert.id for alert in alerts}
    return [alert for alert in alerts if lead_of(alert) not in leads]


def silenced_line(ctx: Context) -> str:
    """Who is silenced, by whom and why; "" when nobody is."""
    now = ctx.clock.now()
    found = [*ctx.state.silences(now), *(s for s in configured_silences(ctx.config.silences) if s.starts_at <= now < s.ends_at)]
    names = ", ".join(f"{s.agency} ({s.owner}: {s.reason})" for s in found[:5])
    return say(f"Dibisukan: {names}", f"Silenced: {names}") if found else ""


def _alert_line(ctx: Context, alert: Alert, others: str) -> str:
    agency = agency_of(alert.agency, ctx.config.agencies)
    lang = current_language()
    standing = standing_word(alert, lang).lower() or say("belum ditangani", "nobody on it", lang)
    return f"{short_id(alert)} {_moment(alert.opened_at, agency)} {alert_text(alert, agency, lang).headline}{others} ({standing})"


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
