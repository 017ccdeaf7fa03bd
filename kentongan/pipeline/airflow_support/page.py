"""The page inside Airflow's menu: open alerts and the health of the sources, at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from alerts.message import alert_text
from kentongan.clock import JAKARTA
from kentongan.pipeline.demo import open_job_context
from kentongan.pipeline.wiring import Context
from kentongan.records import AlertState
from kentongan.words import say

STYLE = (
    "body{font:14px system-ui;margin:2em;color-scheme:light dark}table{border-collapse:collapse}"
    "td,th{padding:.3em .8em;text-align:left;border-bottom:1px solid #8886}"
)
HEADERS = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
STATES = {"up": ("hidup", "up"), "silent": ("sepi", "silent"), "failed": ("putus", "down"), "off": ("mati", "off")}


def render_page() -> str:
    """The page as HTML, read from the stores of this installation."""
    with open_job_context() as ctx:
        body = _alerts(ctx) + _sources(ctx)
        title = "Kentongan · SIMULASI" if ctx.simulated else "Kentongan"
    return f"<!doctype html><html><meta charset=utf-8><title>{title}</title><style>{STYLE}</style><h1>{title}</h1>{body}</html>"


def _table(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]], empty: str) -> str:
    if not rows:
        return f"<h2>{escape(title)}</h2><p>{escape(empty)}</p>"
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table><tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>{lines}</table>"


def _alerts(ctx: Context) -> str:
    rows = []
    for alert in ctx.state.alerts(states=(AlertState.OPEN, AlertState.ACKNOWLEDGED)):
        agency = ctx.config.agencies.get(alert.agency)
        headline = alert_text(alert, agency).headline if agency else alert.agency
        rows.append((f"{alert.opened_at.astimezone(JAKARTA):%d-%m-%Y %H.%M} WIB", headline, str(alert.state)))
    head = (say("sejak", "since"), say("peringatan", "alert"), say("keadaan", "state"))
    return _table(say("Peringatan terbuka", "Open alerts"), head, rows, say("Tidak ada.", "None."))


def _sources(ctx: Context) -> str:
    rows = []
    for health in sorted(ctx.state.health(), key=lambda h: (h.state == "up", h.source)):
        seen = f"{health.last_success_at.astimezone(JAKARTA):%d-%m-%Y %H.%M} WIB" if health.last_success_at else "-"
        rows.append((health.source, say(*STATES.get(health.state, (health.state, health.state))), seen, health.last_error))
    head = (say("sumber", "source"), say("keadaan", "state"), say("terakhir berhasil", "last success"), say("sebab", "why"))
    return _table(say("Sumber", "Sources"), head, rows, say("Belum ada yang dibaca.", "None was read yet."))
