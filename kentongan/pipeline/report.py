"""What a run says at its end: counts, alerts opened, what was withheld and why, what to type next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from alerts.message import alert_text
from kentongan.clock import zone_label
from kentongan.config import AgencyConfig
from kentongan.pipeline.absorb import Absorbed
from kentongan.pipeline.replay import ReplayReport
from kentongan.pipeline.wiring import Context
from kentongan.records import Alert, AlertState, NotifyReason, Withheld
from kentongan.words import number, say

REASONS: dict[NotifyReason, tuple[str, str]] = {
    NotifyReason.DUPLICATE: ("masih lonjakan yang sama", "still the same spike"),
    NotifyReason.ACKNOWLEDGED: ("sudah ditangani petugas", "already acknowledged"),
    NotifyReason.SILENCED: ("dibisukan sementara", "silenced for a time"),
    NotifyReason.SNOOZED: ("ditunda oleh petugas", "snoozed by an officer"),
    NotifyReason.QUIET_HOURS: ("jam tenang, menunggu pagi", "quiet hours, waits for the morning"),
    NotifyReason.COOLDOWN: ("baru saja selesai, masa jeda", "resolved a moment ago, cooling down"),
    NotifyReason.SOURCE_OUTAGE: ("sumber sedang putus, keadaan tidak diketahui", "sources are out, the situation is unknown"),
    NotifyReason.COLD_START: ("riwayat terlalu pendek", "history is too short"),
    NotifyReason.TOO_FEW_AUTHORS: ("terlalu sedikit akun berbeda", "too few different accounts"),
    NotifyReason.IN_PLACE: ("diperbarui pada pesan sebelumnya", "shown in the message sent before"),
    NotifyReason.MUTED: ("bertambah hanya oleh salinan yang dibisukan", "grew only by muted copies"),
    NotifyReason.NO_NEXT_GROUP: ("belum ditangani; escalate_to belum diisi", "nobody took it on; escalate_to is not set"),
    NotifyReason.LATE: ("terlambat diketahui", "came to be known late"),
}


def count_lines(done: Absorbed, rejected: int = 0) -> list[tuple[str, int]]:
    """(what, how many) of one run, in the reader's language."""
    lines = [
        (say("dikumpulkan", "collected"), done.collected),
        (say("tentang instansi", "attributed to an agency"), done.attributed),
        (say("dinilai", "scored"), done.scored),
        (say("disimpan baru", "stored as new"), done.new),
        (say("diperbarui", "updated"), done.changed),
        (say("tidak berubah", "unchanged"), done.unchanged),
    ]
    optional = [
        (say("tidak tentang instansi mana pun", "about no agency"), done.off_topic),
        (say("baris ditolak", "rows rejected"), rejected),
        (say("sudah diminta dihapus", "kept out on request"), done.forgotten),
        (say("klaim cek fakta baru", "new fact-checks"), done.claims),
    ]
    return lines + [(what, n) for what, n in optional if n]


def print_counts(done: Absorbed, rejected: int = 0) -> None:
    """The counts, aligned, on standard output."""
    lines = count_lines(done, rejected)
    width = max(len(what) for what, _ in lines)
    for what, n in lines:
        click.echo(f"  {what:<{width}}  {number(n):>9}")


def moment_words(moment: datetime, agency: AgencyConfig) -> str:
    """`17-03-2026 13.55 WIB`, in the agency's zone."""
    return f"{moment.astimezone(ZoneInfo(agency.timezone)):%d-%m-%Y %H.%M} {zone_label(agency.timezone)}"


def alert_line(ctx: Context, alert: Alert) -> str:
    """One line about an alert: since when, what it was, and how it stands."""
    agency = ctx.config.agencies[alert.agency]
    opening = replace(alert, state=AlertState.OPEN)
    over = say("; selesai ", "; over ") + moment_words(alert.resolved_at, agency) if alert.resolved_at else ""
    peak = say(f", puncak {number(alert.peak_observed)}", f", peak {number(alert.peak_observed)}")
    return f"{moment_words(alert.opened_at, agency)}  {alert_text(opening, agency).headline}{peak}{over}"


def print_alerts(ctx: Context, opened: Sequence[Alert]) -> None:
    """The alerts, a line each, as they stand by now: with their peak and their end."""
    if not opened:
        click.echo(say("Peringatan dibuka: tidak ada", "Alerts opened: none"))
        return
    click.echo(say(f"Peringatan dibuka: {len(opened)}", f"Alerts opened: {len(opened)}"))
    for alert in sorted((ctx.state.alert(a.id) or a for a in opened), key=lambda a: a.opened_at):
        click.echo(f"  {alert_line(ctx, alert)}")


def print_withheld(ctx: Context, withheld: Iterable[Withheld]) -> None:
    """What was decided against, counted by agency and reason."""
    tally = Counter((w.agency, w.reason) for w in withheld)
    if not tally:
        click.echo(say("Ditahan: tidak ada", "Withheld: none"))
        return
    click.echo(say("Ditahan, dengan alasan:", "Withheld, and why:"))
    for (agency, reason), n in tally.most_common():
        name = ctx.config.agencies[agency].name if agency in ctx.config.agencies else agency
        click.echo(f"  {n:>4} x {name}: {say(*REASONS.get(reason, (str(reason), str(reason))))}")


def print_summary(ctx: Context, report: ReplayReport, seconds: float) -> None:
    """The end of a replay, on standard output."""
    done = report.absorbed
    click.echo()
    print_counts(done, report.rejected)
    if report.rejected:
        reasons = ", ".join(f"{number(n)} {reason}" for reason, n in sorted(report.reasons.items(), key=lambda pair: -pair[1]))
        click.echo(say("Baris ditolak: ", "Rejected rows: ") + reasons, err=True)
        click.echo(say("Baris pertama yang ditolak: ", "First rejected row: ") + report.first_reject, err=True)
    print_alerts(ctx, report.detected.opened)
    print_withheld(ctx, report.detected.withheld)
    if report.first and report.last:
        days = (report.last - report.first).total_seconds() / 86400
        click.echo(say(
            f"Rentang {number(days, digits=1)} hari, {number(done.collected / max(seconds, 1e-9))} sebutan per detik, {number(seconds, digits=1)} s.",
            f"Covers {number(days, digits=1)} days, {number(done.collected / max(seconds, 1e-9))} mentions a second, {number(seconds, digits=1)} s.",
        ))  # fmt: skip
    click.echo(say(f"Basis data: {ctx.settings.database}", f"Database: {ctx.settings.database}"))
