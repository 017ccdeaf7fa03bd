"""Carries out what an officer wants done with an alert, from the command line or from Slack: once, written down, and shown everywhere.

The alert, the audit line and the outbox rows that bring earlier messages up to date are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.actions import acknowledge, mark_false_alarm, mute_copies, snooze, snooze_until
from alerts.holding import is_false_alarm
from alerts.message import agency_of, short_id
from alerts.phrases import short_time
from alerts.slack_payload import Order
from kentongan.config import AgencyConfig
from kentongan.pipeline.updates import companions_of, updates
from kentongan.pipeline.wiring import Context
from kentongan.records import Alert, AlertState
from kentongan.words import say


def change(ctx: Context, found: Alert, action: str, by: str, act: Callable[[Alert, datetime], Alert], detail: str = "") -> Alert | None:
    """The alert as `act` leaves it, written down; None when that changes nothing. Inside a transaction in which `found` was read.

    Alerts of the same event that were told in its message are changed along with it: the officer sees one.
    """
    now = ctx.clock.now()
    together = [(alert, act(alert, now)) for alert in (*companions_of(ctx.state, found), found)]
    changed = [after for before, after in together if after != before]
    for alert in changed:
        ctx.state.save_alert(alert)
        ctx.state.add_audit(now, by, action, alert.id, detail)
    if not changed:
        return None
    after = together[-1][1]
    ctx.state.save_alert(after, updates(ctx.state, after, now))
    return after


def carry_out(ctx: Context, order: Order) -> tuple[str, bool]:
    """(the answer to the person who pressed the button, whether anything changed). Raises StoreError."""
    with ctx.state.transaction():
        alert = ctx.state.alert(order.episode)
        if alert is None or alert.simulated:
            return say("Peringatan ini tidak ada lagi, jadi tidak ada yang berubah.", "This alert is no more, so nothing was changed."), False
        agency = agency_of(alert.agency, ctx.config.agencies)
        cluster = _cluster_of(ctx, alert, order)
        changed = change(ctx, alert, order.act, order.actor, lambda found, now: obey(found, order, agency, cluster, now), order.choice)
    return (_unchanged(alert, order, agency), False) if changed is None else (_done(changed, order, agency), True)


def obey(alert: Alert, order: Order, agency: AgencyConfig, cluster_id: str, now: datetime) -> Alert:
    """The alert as the order wants it. Pure."""
    if order.act == "acknowledge":
        return acknowledge(alert, by=order.actor, at=now)
    if order.act == "snooze":
        until = snooze_until(order.choice, order.pressed_at, agency)
        return snooze(alert, until=until, by=order.actor, at=now, pressed_at=order.pressed_at)
    if order.act == "mute":
        return mute_copies(alert, cluster_id=cluster_id, by=order.actor, at=now)
    return mark_false_alarm(alert, by=order.actor, at=now)


def _cluster_of(ctx: Context, alert: Alert, order: Order) -> str:
    if order.act != "mute":
        return ""
    quoted = next((quote.cluster_id for quote in alert.spike.top_mentions if quote.mention_id == order.choice), "")
    return quoted or next((item.mention.cluster_id for item in ctx.mentions.get([order.choice])), "")


def _done(alert: Alert, order: Order, agency: AgencyConfig) -> str:
    lang = agency.language
    name = short_id(alert)
    if order.act == "acknowledge":
        text = say(
            "tercatat, Anda yang menangani. Pengingat berhenti; bila memburuk, Anda tetap diberi tahu.",
            "noted, you are on it. Reminders stop; if it gets worse, you are still told.",
            lang,
        )
    elif order.act == "snooze" and alert.snoozed_until is not None:
        until = _when(alert.snoozed_until, agency)
        text = say(f"ditunda sampai {until}. Hanya kenaikan tingkat yang dikabarkan.", f"put off until {until}. Only a higher level is told.", lang)
    elif order.act == "mute":
        text = say(
            "salinan kutipan itu dibisukan: tambahannya tidak lagi dihitung sebagai pemburukan peringatan ini.",
            "copies of that quotation are muted: more of them no longer count as this alert getting worse.",
            lang,
        )
    else:
        text = say(
            "ditandai salah alarm. Pengingat berhenti, dan penilaian ini dipakai untuk memperbaiki deteksi.",
            "marked as a false alarm. Reminders stop, and your verdict helps to improve the detection.",
            lang,
        )
    return f"{agency.name} ({name}): {text}"


def _unchanged(alert: Alert, order: Order, agency: AgencyConfig) -> str:
    """Why nothing was changed: it was so already, it is over, or the order came too late."""
    lang = agency.language
    if alert.state is AlertState.RESOLVED and order.act != "false_alarm":
        why = say("peringatan ini sudah selesai.", "this alert is over already.", lang)
    elif order.act == "acknowledge" and alert.acknowledged_at is not None:
        at = _when(alert.acknowledged_at, agency)
        why = say(f"sudah ditangani petugas sejak {at}.", f"an officer has been on it since {at}.", lang)
    elif order.act == "false_alarm" and is_false_alarm(alert):
        why = say("sudah ditandai salah alarm.", "it is marked as a false alarm already.", lang)
    elif order.act == "snooze":
        why = say("sudah ditunda begitu, atau waktunya sudah lewat.", "it was put off so already, or that time has passed.", lang)
    elif order.act == "mute":
        why = say("salinan itu sudah dibisukan, atau kutipannya sudah dihapus.", "these copies are muted already, or the quotation is gone.", lang)
    else:
        why = say("sudah begitu.", "it was so already.", lang)
    return f"{agency.name} ({short_id(alert)}): " + say("tidak ada yang berubah, ", "nothing was changed, ", lang) + why


def _when(moment: datetime, agency: AgencyConfig) -> str:
    local = moment.astimezone(ZoneInfo(agency.timezone))
    return f"{local:%d-%m} {short_time(moment, agency.timezone, agency.language)}"
