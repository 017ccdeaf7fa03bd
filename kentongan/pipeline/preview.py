"""Writes what officers would see in Slack, as web pages and Block Kit JSON: an invented agency at three severities, a hoax that stirs up
complaints, taken on, passed on, and over."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts.actions import acknowledge
from alerts.incidents import fold
from alerts.lifecycle import Terms, Tick, decide
from alerts.message import compose
from alerts.phrases import short_time
from alerts.picture import Hour, draw_hours
from alerts.slack_blocks import blocks
from alerts.slack_buttons import buttons
from alerts.slack_preview import Shown, page
from kentongan.config import AgencyConfig, AlertPolicy, RuleConfig
from kentongan.records import Alert, Claim, Notice, NotifyReason, Quote, Severity, Spike, Window

# An invented agency: nobody can take these crises for real ones.
AGENCY = AgencyConfig(
    slug="contoh", name="Instansi Contoh", aliases=("Instansi Contoh",), hotlines=("1500-000",), slack_channel="#humas-contoh",
    official_accounts={"x": "instansicontoh"},
)  # fmt: skip
NIGHT = datetime(2026, 3, 3, 19, 0, tzinfo=UTC)  # Wednesday 02.00 WIB
COMPLAINTS = (
    "Layanan mati dari jam 9 malam, anak saya nggak bisa tidur, call center nggak diangkat",
    "Ini sudah ketiga kali minggu ini @budi99, kompensasinya mana?",
)
HOAX_WORDS = (
    "SEGERA daftar! Instansi Contoh bagi token gratis 500 ribu, sebarkan ke 10 grup sebelum jam 12 malam",
    "Katanya ada bagi-bagi token gratis, bener nggak sih?",
)
PLACE = "slack:#humas-contoh"


def write_preview(folder: Path) -> list[Path]:
    """Two pages (light, dark) and one JSON file per message; returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, notices in _stories().items():
        shown = [_shown(notice, first=n == 0) for n, notice in enumerate(notices)]
        for ground in ("light", "dark"):
            path = folder / f"{name}-{ground}.html"
            path.write_text(page(shown, dark=ground == "dark", title=f"Kentongan: {name}"), encoding="utf-8")
            written.append(path)
        path = folder / f"{name}.json"
        path.write_text(json.dumps({"blocks": shown[0].blocks}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        written.append(path)
    return written


def _shown(notice: Notice, *, first: bool) -> Shown:
    agencies = {AGENCY.slug: AGENCY}
    text = replace(compose(notice, agencies, "id"), links=(("Baca unggahannya di Kibana", "https://kibana.example/app/discover"),))
    note = notice.within is not None
    row = [] if note else buttons(notice, agencies, "id")
    picture = draw_hours(_hours(notice.alert), notice.alert, AGENCY, "id") if first and notice.transition is NotifyReason.FIRST else None
    built = blocks(text, "id", brief=not first and not note, key=notice.key, buttons=row)
    return Shown(blocks=built, time=short_time(notice.decided_at, AGENCY.timezone, "id"), picture=picture, in_thread=not first)


def _stories() -> dict[str, list[Notice]]:
    critical = _told("critical", 143, 6.2, 640.0)
    called = _decided(critical[0].alert, critical[0].alert.spike, 15)
    taken = acknowledge(critical[0].alert, by="slack:U0", at=NIGHT + timedelta(minutes=12))
    updated = replace(critical[0], transition=NotifyReason.UPDATED, alert=taken, decided_at=NIGHT + timedelta(minutes=12))
    over = decide(taken, None, _tick(200), _terms(), closed=True).notices
    (hoax,) = _told("high", 57, 6.2, 120.0, rule="hoax_volume")
    complaints = decide(None, _spike("medium", 19, 4.0, 30.0, "negative_volume", of_hoax=True), _tick(10), _terms())
    (note,) = fold([complaints], [hoax.alert])[0].notices
    return {
        "critical": [*critical],
        "high": [replace(hoax, related=(note.alert,)), note],
        "medium": _told("medium", 21, 4.0, 30.0),
        "passed-on": called,
        "taken-on": [updated],
        "over": [replace(over[0], transition=NotifyReason.RESOLVED)],
    }


def _terms() -> Terms:
    agency = AGENCY.model_copy(update={"quiet_hours": None})
    return Terms(policy=AlertPolicy(), rule=RuleConfig(), agency=agency, destinations=(PLACE,), groups=((PLACE,),))


def _tick(minutes: float) -> Tick:
    moment = NIGHT + timedelta(minutes=minutes)
    return Tick(now=moment, wall_now=moment, catching_up=False)


def _told(severity: Severity, observed: int, expected: float, weeks: float, rule: str = "negative_volume") -> list[Notice]:
    return list(decide(None, _spike(severity, observed, expected, weeks, rule), _tick(0), _terms()).notices)


def _decided(alert: Alert, spike: Spike, minutes: float) -> list[Notice]:
    return list(decide(alert, spike, _tick(minutes), _terms()).notices)


def _spike(severity: Severity, observed: int, expected: float, weeks: float, rule: str, *, of_hoax: bool = False) -> Spike:
    hoax = of_hoax or rule == "hoax_volume"
    said = HOAX_WORDS if hoax else COMPLAINTS
    quotes = tuple(
        Quote(
            mention_id=f"00000000-0000-4000-8000-00000000000{n}", text=text, platform="mastodon", published_at=NIGHT - timedelta(minutes=9 * n + 4),
            copies=(34, 1)[n], cluster_id=f"c{n}",
        )
        for n, text in enumerate(said)
    )  # fmt: skip
    news = Quote(
        mention_id="00000000-0000-4000-8000-000000000009", text="Warga keluhkan gangguan layanan Instansi Contoh sejak semalam", platform="web",
        published_at=NIGHT - timedelta(minutes=31), url="https://berita.example/gangguan", copies=3,
    )  # fmt: skip
    claim = Claim(
        id="c", title="Token gratis 500 ribu dari Instansi Contoh", text="", verdict="salah", publisher="Cek Fakta Contoh",
        url="https://cekfakta.example/token-gratis", published_at=NIGHT - timedelta(days=3),
    )  # fmt: skip
    statement = replace(
        news, text="Kami sedang menangani gangguan di wilayah timur. Perkembangan kami kabarkan pukul 03.00.", url="https://contoh.example/pengumuman",
        published_at=NIGHT - timedelta(minutes=22), copies=1,
    )  # fmt: skip
    return Spike(
        agency=AGENCY.slug, rule=rule, window=Window(start=NIGHT - timedelta(hours=1), end=NIGHT), observed=observed, expected=expected,
        chance_weeks=weeks, severity=severity, bin_end=NIGHT, distinct_authors=round(observed * 0.8), copy_share=0.62 if hoax else 0.12,
        negative_share=0.83, top_mentions=quotes if hoax else (*quotes, news), topics=("hoaks",) if hoax else ("pemadaman", "pelayanan"),
        sources=("mastodon-contoh", "telegram-warga", "antara"), sources_down=() if hoax else ("kompas",), nearest_claim=claim if hoax else None,
        statement=None if hoax else statement,
    )  # fmt: skip


def _hours(alert: Alert) -> list[Hour]:
    """Two made-up days that end in the spike."""
    end = alert.spike.window.end
    hours = []
    for back in range(48, 0, -1):
        start = end - timedelta(hours=back)
        usual = alert.spike.expected * (1.6 + 0.6 * math.sin(2 * math.pi * (start.hour - 1) / 24))
        wobble = 1 + 0.25 * math.sin(back * 2.7)
        observed = alert.spike.observed if back == 1 else round(alert.spike.observed * 0.3) if back == 2 else round(usual * wobble)
        hours.append(Hour(start=start, observed=None if back in (30, 31) else observed, expected=usual))
    return hours
