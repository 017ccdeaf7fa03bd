"""Where an alert stands with people: taken on, put off, a false alarm, copies muted. Pure."""

from __future__ import annotations

from datetime import datetime

from alerts.holding import is_false_alarm
from alerts.phrases import near_time
from kentongan.config import AgencyConfig
from kentongan.records import Alert, AlertState
from kentongan.words import Lang, say


def standing_word(alert: Alert, lang: Lang) -> str:
    """The first word of a headline, for who only skims the channel: "" while nobody is on it."""
    if is_false_alarm(alert):
        return say("SALAH ALARM", "FALSE ALARM", lang)
    return say("DITANGANI", "TAKEN ON", lang) if alert.state is AlertState.ACKNOWLEDGED else ""


def standing_marks(alert: Alert, agency: AgencyConfig, lang: Lang, moment: datetime) -> tuple[str, ...]:
    """What people did, a sentence each, without names: taken on since when, put off until when, what is muted."""
    zone = agency.timezone
    marks = []
    if is_false_alarm(alert):
        marks.append(say("Ditandai salah alarm oleh petugas.", "Marked as a false alarm by an officer.", lang))
    elif alert.state is AlertState.ACKNOWLEDGED and alert.acknowledged_at is not None:
        at = near_time(alert.acknowledged_at, moment, zone, lang)
        marks.append(say(f"Ditangani petugas sejak {at}.", f"An officer is on it since {at}.", lang))
    if alert.snoozed_until is not None and moment < alert.snoozed_until and alert.state is not AlertState.RESOLVED:
        until = near_time(alert.snoozed_until, moment, zone, lang)
        marks.append(say(f"Ditunda petugas sampai {until}.", f"Put off by an officer until {until}.", lang))
    if alert.muted_clusters:
        n = len(alert.muted_clusters)
        marks.append(
            say(
                f"{n} kelompok salinan dibisukan petugas: tambahannya tidak dihitung sebagai pemburukan.",
                f"{n} group{'' if n == 1 else 's'} of copies muted by an officer: more of them do not count as worse.",
                lang,
            )
        )
    return tuple(marks)
