"""`/kentongan status`: short, about the channel it was typed in, and honest about what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.incidents import fold
from alerts.slack_payload import read_command
from kentongan.clock import FixedClock, floor_bin
from kentongan.pipeline.slack_answers import SlackAnswers
from kentongan.pipeline.status import LAST_EVALUATION, SHOWN
from kentongan.pipeline.wiring import Context, open_context
from kentongan.settings import Settings, packaged_config
from tests.alerts.builders import alert_of, at, opened, terms
from tests.alerts.pressing import typed


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    settings = Settings(var=tmp_path, database=tmp_path / "k.db", config=packaged_config())
    with open_context(settings, clock=FixedClock(at(1)), terminal_only=True) as ctx:
        ctx.state.set_meta(LAST_EVALUATION, at(0.9).isoformat())
        ctx.state.save_alert(alert_of(opened(severity="high")))
        ctx.state.save_alert(replace(alert_of(opened(0.1, severity="critical")), agency="polri", id="5" * 8))
        yield ctx


def answer(ctx: Context, words: str = "status", channel: str = "umum", **where: str) -> list[str]:
    return SlackAnswers(ctx).question(read_command(typed(words, channel, **where))).splitlines()


def test_in_an_agencys_channel_it_tells_of_that_agency_and_that_there_are_others(ctx: Context) -> None:
    lines = answer(ctx, channel="humas-pln")
    assert "TINGGI · PT PLN (Persero): keluhan dan sebutan negatif melonjak (belum ditangani)" in lines[0]
    assert lines[1] == "Peringatan terbuka juga ada di 1 instansi lain: `/kentongan status semua`"
    assert lines[2:] == ["Evaluasi terakhir: 6 menit yang lalu"]


def test_a_calm_agency_is_said_to_be_calm(ctx: Context) -> None:
    assert answer(ctx, channel="humas-bmkg")[0] == "*Badan Meteorologi, Klimatologi, dan Geofisika*: tenang, tidak ada peringatan terbuka"


def test_in_another_channel_it_tells_only_of_those_that_are_not_calm(ctx: Context) -> None:
    text = "\n".join(answer(ctx))
    assert ("PLN" in text, "Kepolisian" in text, "Meteorologi" in text) == (True, True, False)


@pytest.mark.parametrize("words", ["status pln", "pln", "status PLN", "status Perusahaan Listrik Negara"])
def test_one_agency_is_asked_for_by_slug_name_or_alias(ctx: Context, words: str) -> None:
    lines = answer(ctx, words, channel="humas-polri")
    assert "TINGGI · PT PLN" in lines[0]
    assert not any("KRITIS" in line for line in lines)


def test_all_of_them_are_told_on_request_from_any_channel(ctx: Context) -> None:
    text = "\n".join(answer(ctx, "status semua", channel="humas-bmkg"))
    assert "TINGGI · PT PLN" in text
    assert "KRITIS · " in text


def test_of_forty_the_worst_come_first_and_the_rest_are_counted(ctx: Context) -> None:
    for n in range(38):
        slug = f"kota-{n:02}"
        ctx.config.agencies[slug] = ctx.config.agencies["pln"].model_copy(update={"slug": slug, "name": f"Kota {n}", "slack_channel": ""})
        ctx.state.save_alert(replace(alert_of(opened(severity="low")), agency=slug, id=f"{n:08}"))
    lines = answer(ctx, "status semua")
    assert ["KRITIS" in lines[0], "TINGGI" in lines[1], "RENDAH" in lines[2]] == [True] * 3
    assert lines[SHOWN : SHOWN + 2] == [f"• … dan {40 - SHOWN} lagi", "Evaluasi terakhir: 6 menit yang lalu"]


def test_an_unknown_name_is_not_repeated_and_the_nearest_is_offered(ctx: Context) -> None:
    (line,) = answer(ctx, "status plnn")
    assert "maksudnya 'pln'?" in line
    assert "plnn" not in line
    assert [entry.detail for entry in ctx.state.audit()] == [""]


def test_a_channel_may_be_named_by_its_id(ctx: Context) -> None:
    by_id = ctx.config.agencies["pln"].model_copy(update={"slack_channel": "C00000001"})
    ctx = replace(ctx, config=ctx.config.model_copy(update={"agencies": {**ctx.config.agencies, "pln": by_id}}))
    assert answer(ctx, channel_id="C00000001")[1].startswith("Peringatan terbuka juga ada di 1 instansi lain")


def test_a_private_channel_is_known_by_what_was_sent_there(ctx: Context) -> None:
    decision = opened(0.5, terms(destinations=("slack:#humas-pln",)), rule="hoax_volume")
    ctx.state.save_alert(alert_of(decision), decision.notices)
    (row,) = ctx.state.lease_deliveries(at(1), 60, "w")
    ctx.state.finish_delivery(row.notice.key, "w", "sent", provider_ref="G00000077/1.1", at=at(1))
    lines = answer(ctx, channel="privategroup", channel_id="G00000077")
    assert [("PLN" in line, "Kepolisian" in line) for line in lines if line.startswith("•")] == [(True, False)] * 2


def test_one_event_is_one_line(ctx: Context) -> None:
    lead = alert_of(opened(words=("padam", "listrik")))
    second = alert_of(fold([opened(0.1, rule="hoax_volume", words=("padam", "listrik"))], [lead])[0])
    for alert in (lead, second):
        ctx.state.save_alert(alert)
    lines = [line for line in answer(ctx, "pln") if line.startswith("•")]
    assert len(lines) == 1
    assert "keluhan dan sebutan negatif melonjak + unggahan yang diduga hoaks menyebar (belum ditangani)" in lines[0]


def test_no_data_and_no_evaluation_are_unknown_never_calm(ctx: Context) -> None:
    ctx.state.set_unobserved("bmkg", [floor_bin(at(0.5))])
    assert "tidak diketahui" in answer(ctx, "bmkg")[0]
    ctx.state.set_meta(LAST_EVALUATION, (at(1) - timedelta(hours=2)).isoformat())
    assert answer(ctx, "kpk")[0] == "*Komisi Pemberantasan Korupsi*: keadaannya tidak diketahui, evaluasi tidak berjalan"
