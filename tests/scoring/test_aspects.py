"""Whom a text is about: one sentiment for each agency where the text sets them apart."""

from __future__ import annotations

import pytest

from kentongan.ports import ScoreRequest
from kentongan.records import Score
from kentongan.scoring.aspects import clauses_by_agency, read_aspects
from kentongan.scoring.scorer import open_scorer
from kentongan.scoring.sentiment import against_each_other, decided

NAMES = {"PLN": "pln", "KPK": "kpk", "Damkar": "damkar", "PDAM": "pdam", "BPJS": "bpjs"}


def spans(text: str) -> tuple[tuple[str, int, int], ...]:
    return tuple((slug, text.index(name), text.index(name) + len(name)) for name, slug in NAMES.items() if name in text)


def score(text: str) -> Score:
    found = spans(text)
    return open_scorer().score([ScoreRequest(text=text, agencies=tuple(sorted({s for s, _, _ in found})), agency_spans=found)])[0]


@pytest.mark.parametrize(
    ("text", "blamed", "praised"),
    [
        ("PLN payah, mati lampu terus. Damkar justru cepat dan ramah, terima kasih!", "pln", "damkar"),
        ("Salut sama Damkar yang sigap, sedangkan PLN lambat dan mengecewakan", "pln", "damkar"),
        ("KPK mantap, kerja bagus! Tapi PDAM air mati terus, kecewa", "pdam", "kpk"),
    ],
)
def test_praise_of_one_and_blame_of_another_are_kept_apart(text: str, blamed: str, praised: str) -> None:
    found = score(text).sentiment_by_agency
    assert found[blamed].label == "negative"
    assert found[praised].label == "positive"


def test_agencies_in_one_clause_share_a_sentiment_with_less_confidence() -> None:
    found = score("PLN dan PDAM sama-sama mengecewakan")
    assert found.sentiment_by_agency["pln"] == found.sentiment_by_agency["pdam"]
    assert found.sentiment_by_agency["pln"].label == found.sentiment.label == "negative"
    assert found.sentiment_by_agency["pln"].confidence < found.sentiment.confidence


def test_a_single_agency_gets_the_sentiment_of_the_text() -> None:
    found = score("PLN mati lampu terus, parah")
    assert found.sentiment_by_agency == {"pln": found.sentiment}


def test_a_clause_without_a_name_goes_with_the_one_before() -> None:
    text = "PLN padam lagi. Sudah tiga jam. KPK tangkap bupati."
    assert clauses_by_agency(text, spans(text)) == {"pln": "PLN padam lagi. Sudah tiga jam.", "kpk": "KPK tangkap bupati."}


def test_spans_outside_the_text_are_ignored() -> None:
    assert clauses_by_agency("PLN padam", (("pln", 0, 3), ("kpk", 50, 60))) == {}
    assert clauses_by_agency("", ()) == {}


def test_of_three_agencies_the_one_that_stands_alone_is_set_apart() -> None:
    text = "PLN dan PDAM payah, mengecewakan. KPK bagus, terima kasih banyak"
    assert clauses_by_agency(text, spans(text)) == {
        "pln": "PLN dan PDAM payah, mengecewakan.",
        "pdam": "PLN dan PDAM payah, mengecewakan.",
        "kpk": "KPK bagus, terima kasih banyak",
    }
    found = score(text).sentiment_by_agency
    assert (found["pln"], found["kpk"].label) == (found["pdam"], "positive")


def test_a_joining_word_is_no_part_of_what_is_said() -> None:
    text = "PLN lambat padahal KPK cepat"
    assert clauses_by_agency(text, spans(text)) == {"pln": "PLN lambat", "kpk": "KPK cepat"}


def test_names_in_a_list_share_what_is_said_of_them() -> None:
    text = "Makasih PLN, KPK, dan Damkar yang siaga. PDAM payah"
    found = clauses_by_agency(text, spans(text))
    assert found["pln"] == found["kpk"] == found["damkar"] == "Makasih PLN, KPK, dan Damkar yang siaga."


def test_a_name_alone_goes_with_what_is_said_next() -> None:
    text = "KPK bagus. PLN? Gelap melulu."
    assert clauses_by_agency(text, spans(text)) == {"kpk": "KPK bagus.", "pln": "PLN? Gelap melulu."}


@pytest.mark.parametrize(
    ("text", "preferred"),
    [
        ("lebih baik PLN daripada PDAM", ("pln", "pdam")),
        ("mending PLN drpd PDAM sih", ("pln", "pdam")),
        ("PLN lebih lelet ketimbang PDAM", ("pdam", "pln")),
        ("masih mending PLN, PDAM keruh", ("pln", "pdam")),
        ("PDAM keruh, mending PLN", ("pln", "pdam")),
    ],
)
def test_what_is_compared_has_a_better_and_a_worse(text: str, preferred: tuple[str, str]) -> None:
    assert read_aspects(text, spans(text)).preferred == (preferred,)


def test_a_turn_makes_a_feeling_about_one_count_for_the_other() -> None:
    text = "PLN payah, padam terus, tapi KPK datang ke rumah"
    assert read_aspects(text, spans(text)).turns == (("pln", "kpk"),)
    felt = {"pln": (3.0, 0.0, -3.0), "kpk": (0.0, 0.4, 0.0)}
    moved = against_each_other(felt, [("pln", "kpk")], [])
    assert moved["pln"] == felt["pln"] and decided(moved["kpk"]).label == "positive"
    assert against_each_other(felt, [], []) == felt
