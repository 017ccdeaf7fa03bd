"""What was answered already, how soon, and the draft to begin with: never a fact that nobody gave."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.answers import clarified, draft, time_to_statement
from alerts.lifecycle import decide
from alerts.message import compose
from alerts.playbook import load_playbook
from kentongan.records import Quote, Window
from kentongan.words import Lang
from tests.alerts.builders import AGENCIES, PLN, alert_of, at, fires, opened, rich_spike, terms, tick
from tests.factories import claim

SAID = Quote(
    mention_id="s", text="Gangguan sedang ditangani, info di 123. @budi99", platform="web", published_at=at(0.5), url="https://pln.example/1"
)
LISTENED = PLN.model_copy(update={"official_accounts": {"x": "pln_123"}})


def test_an_official_statement_that_is_out_is_named_before_the_first_step() -> None:
    alert = alert_of(opened(statement=SAID))
    text = clarified(alert, PLN, "id")
    assert "Sudah diklarifikasi? Ada pernyataan resmi" in text
    assert "https://pln.example/1" in text
    assert "budi99" not in text


def test_without_statement_and_fact_check_nothing_is_claimed() -> None:
    assert clarified(alert_of(opened()), PLN, "id") == ""


@pytest.mark.parametrize(
    ("said_at", "sentence"),
    [(0.75, "Pernyataan resmi pertama terbit 45 menit sejak awal."), (-0.5, "Pernyataan resmi sudah ada sebelum itu (09.30 WIB)."),
     (None, "Belum terdengar pernyataan resmi tentang topik ini.")],
)  # fmt: skip
def test_the_end_says_how_soon_the_agency_spoke(said_at: float | None, sentence: str) -> None:
    statement = None if said_at is None else replace(SAID, published_at=at(said_at))
    alert = alert_of(opened(statement=statement))
    agencies = {**AGENCIES, "pln": LISTENED}
    (over,) = decide(alert, None, tick(3), terms(), closed=True).notices
    assert sentence in compose(over, agencies, "id").sentence


def test_of_an_agency_whose_accounts_nobody_listens_to_nothing_is_said() -> None:
    assert time_to_statement(alert_of(opened()), PLN, "id") == ""


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("topic", ["", *load_playbook().entries])
def test_every_draft_leaves_what_nobody_knows_to_a_person(topic: str, lang: str) -> None:
    alert = alert_of(opened(topics=(topic,) if topic else ()))
    text = draft(alert, PLN, lang)  # type: ignore[arg-type]  # one of the two
    assert re.search(r"\[(ISI|FILL IN)", text)
    assert "PLN" in text or "123" in text
    assert not re.search(r"[{}]", text)


def test_a_draft_holds_no_number_that_is_not_in_the_alert() -> None:
    alert = alert_of(opened(topics=("pemadaman",)))
    given = {"2", "2026", "09", "00", "123"}  # since about when (the window's beginning), and the agency's own number
    assert set(re.findall(r"\d+", draft(alert, PLN, "id"))) <= given


def test_a_draft_leaves_open_since_when_where_only_a_days_sum_is_known() -> None:
    spike = fires(0, topics=("pemadaman",), window=Window(start=at(-24), end=at(0)))
    text = draft(alert_of(decide(None, spike, tick(0), terms())), PLN, "id")
    assert "sejak [ISI: jam]" in text
    assert "2026" not in text


def test_a_draft_about_a_hoax_quotes_the_fact_check_and_its_link() -> None:
    spike = rich_spike(rule="hoax_volume", nearest_claim=claim(publisher="Cek Fakta", url="https://cekfakta.example/1"))
    alert = alert_of(decide(None, spike, tick(0), terms()))
    text = draft(alert, PLN, "id")
    assert "Menurut Cek Fakta (2 Maret 2026), kabar itu SALAH: https://cekfakta.example/1." in text


def test_a_simulated_draft_says_so() -> None:
    (notice,) = opened(agreed=terms(simulated=True), statement=SAID).notices
    text = compose(notice, AGENCIES, "id")
    assert text.draft.startswith("SIMULASI · ")
    assert text.clarified.startswith("SIMULASI · ")


def test_the_statement_is_no_longer_than_a_glance() -> None:
    long = replace(SAID, text="kata " * 200, published_at=at(0) - timedelta(hours=20))
    assert len(clarified(alert_of(opened(statement=long)), PLN, "id")) < 350


def test_the_draft_speaks_of_the_topic_that_its_words_are_for() -> None:
    alert = alert_of(opened(topics=("narkoba", "pemadaman")))
    assert draft(alert, PLN, "id").startswith("Kami membaca keluhan tentang pemadaman")


@pytest.mark.parametrize(
    ("verdict", "lang", "words"),
    [
        ("klarifikasi", "id", "Penjelasan Cek Fakta (2 Maret 2026): https://cekfakta.example/1."),
        ("klarifikasi", "en", "Cek Fakta has explained it (2 March 2026)"),
        ("salah", "id", "kabar itu SALAH"),
        ("salah", "en", "the claim is FALSE"),
    ],
)
def test_the_draft_gives_a_verdict_in_the_readers_language_and_none_where_there_is_none(verdict: str, lang: Lang, words: str) -> None:
    alert = alert_of(opened(rule="hoax_volume", nearest_claim=claim(verdict=verdict)))
    assert words in draft(alert, PLN, lang)
