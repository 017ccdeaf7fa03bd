"""The page in Airflow's menu."""

from __future__ import annotations

import pytest

from kentongan.pipeline.airflow_support.page import render_page
from kentongan.pipeline.wiring import open_context
from kentongan.records import SourceHealth
from kentongan.settings import Settings
from tests import factories


@pytest.fixture
def installed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The page is made in Airflow's web process, which finds the installation in its environment."""
    monkeypatch.setenv("KENTONGAN_VAR", str(settings.var))
    monkeypatch.setenv("KENTONGAN_CONFIG", str(settings.config))
    monkeypatch.delenv("KENTONGAN_DB", raising=False)
    monkeypatch.delenv("KENTONGAN_LANG", raising=False)
    return settings


def test_an_installation_without_anything_says_so(installed: Settings) -> None:
    page = render_page()
    assert "Tidak ada." in page
    assert "Belum ada yang dibaca." in page


def test_open_alerts_and_sources_are_shown_the_broken_ones_first_and_escaped(installed: Settings) -> None:
    with open_context(installed) as ctx:
        ctx.state.save_alert(factories.alert(agency="pln"))
        now = ctx.clock.now()
        ctx.state.put_health(SourceHealth(source="antara", state="up", at=now, last_success_at=now))
        ctx.state.put_health(SourceHealth(source="tempo", state="failed", at=now, last_success_at=None, last_error="<script>alert(1)</script>"))
    page = render_page()
    assert "PLN" in page
    assert 0 < page.index("tempo") < page.index("antara")
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
