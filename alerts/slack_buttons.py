"""The buttons below an alert in Slack: take it on, put it off, false alarm, mute copies. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts.holding import is_false_alarm
from alerts.incidents import is_one_event
from alerts.message import agency_of
from alerts.slack_payload import SNOOZES, Act, action_id, value_of
from kentongan.config import AgencyConfig
from kentongan.records import Alert, AlertState, Notice, NotifyReason
from kentongan.words import Lang, say

Block = dict[str, Any]  # Slack's JSON, built here and nowhere read back
MANY = 3  # copies of a text from which muting them is offered
OPTION_CHARS = 75  # of a menu entry's text; also the number of a menu's entries is limited, to 100 (Block Kit reference, read November 2026)
ENTRIES = 60  # of theirs: a longer menu takes too much of what a message may hold in all


def buttons(notice: Notice, agencies: Mapping[str, AgencyConfig], lang: Lang) -> list[Block]:
    """One row of buttons for what can still be done; [] when there is nothing, as in a test message."""
    if notice.transition is NotifyReason.TEST or notice.alert.simulated:
        return []
    if not is_one_event(notice):
        return _row([menu for menu in (_take_on_one_of((notice.alert, *notice.related), agencies, lang),) if menu])
    alert = notice.alert
    parts: list[Block] = []
    over = alert.state is AlertState.RESOLVED
    if alert.state is AlertState.OPEN:
        parts.append({**_button("acknowledge", say("Saya tangani", "I am on it", lang), value_of(alert.id)), "style": "primary"})
    if not over:
        parts.append(_snooze(alert, lang))
    if not is_false_alarm(alert):
        parts.append({**_button("false_alarm", say("Salah alarm", "False alarm", lang), value_of(alert.id)), "confirm": _confirm(lang)})
    if not over and (mute := _mute(alert, lang)):
        parts.append(mute)
    return _row(parts)


def _row(parts: list[Block]) -> list[Block]:
    return [{"type": "actions", "elements": parts}] if parts else []


def _button(act: Act, label: str, value: str) -> Block:
    return {"type": "button", "action_id": action_id(act), "text": _plain(label), "value": value}


def _snooze(alert: Alert, lang: Lang) -> Block:
    labels = {
        "1h": say("Tunda 1 jam", "Put off for 1 hour", lang),
        "4h": say("Tunda 4 jam", "Put off for 4 hours", lang),
        "morning": say("Tunda sampai pagi", "Put off until morning", lang),
    }
    options = [_option(labels[choice], value_of(alert.id, choice)) for choice in SNOOZES]
    return _menu("snooze", say("Tunda…", "Put off…", lang), options)


def _mute(alert: Alert, lang: Lang) -> Block | None:
    """A menu of the quotations that were copied much, by their number in the message."""
    options = [
        _option(
            say(f"Kutipan {n}: {quote.copies} unggahan serupa", f"Quotation {n}: {quote.copies} similar posts", lang),
            value_of(alert.id, quote.mention_id),
        )
        for n, quote in enumerate(alert.spike.top_mentions[:3], start=1)
        if quote.copies >= MANY and quote.cluster_id and quote.cluster_id not in alert.muted_clusters
    ]
    return _menu("mute", say("Bisukan salinan…", "Mute copies…", lang), options) if options else None


def _take_on_one_of(alerts: tuple[Alert, ...], agencies: Mapping[str, AgencyConfig], lang: Lang) -> Block | None:
    options = [_option(agency_of(a.agency, agencies).name, value_of(a.id)) for a in alerts if a.state is AlertState.OPEN][:ENTRIES]
    return _menu("acknowledge", say("Saya tangani…", "I am on it…", lang), options) if options else None


def _menu(act: Act, label: str, options: list[Block]) -> Block:
    return {"type": "static_select", "action_id": action_id(act), "placeholder": _plain(label), "options": options}


def _option(label: str, value: str) -> Block:
    text = label if len(label) <= OPTION_CHARS else label[: OPTION_CHARS - 1] + "…"
    return {"text": _plain(text), "value": value}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": True}


def _confirm(lang: Lang) -> Block:
    """A false alarm stops reminders for everybody: asked once more, as a thumb slips at night."""
    return {
        "title": _plain(say("Salah alarm?", "False alarm?", lang)),
        "text": _plain(
            say(
                "Pengingat berhenti untuk semua petugas, kecuali bila tingkatnya naik.",
                "Reminders stop for every officer, unless its level rises.",
                lang,
            )
        ),
        "confirm": _plain(say("Ya, salah alarm", "Yes, false alarm", lang)),
        "deny": _plain(say("Kembali", "Back", lang)),
    }
