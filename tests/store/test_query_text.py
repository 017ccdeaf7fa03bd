"""How a typed search is understood, whatever the store."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kentongan.store.query_text import Term, parse_query


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("listrik padam", [Term(text="listrik"), Term(text="padam")]),
        ('"listrik padam" medan', [Term(text="listrik padam", phrase=True), Term(text="medan")]),
        ("-padam", [Term(text="padam", excluded=True)]),
        ('-"listrik padam"', [Term(text="listrik padam", phrase=True, excluded=True)]),
        ("list*", [Term(text="list", prefix=True)]),
        ('"listrik pad"*', [Term(text="listrik pad", phrase=True, prefix=True)]),
        ('"tanpa tutup', [Term(text="tanpa tutup", phrase=True)]),
        ("«kutip lain»", [Term(text="kutip lain", phrase=True)]),
        ("e-KTP -e-KTP", [Term(text="e-KTP"), Term(text="e-KTP", excluded=True)]),
        ("@pln_123 #padam", [Term(text="@pln_123"), Term(text="#padam")]),
        ("satu\ndua\x00tiga", [Term(text="satu"), Term(text="dua"), Term(text="tiga")]),
        ("!!! padam (*)", [Term(text="padam")]),
    ],
)
def test_words_phrases_exclusions_and_beginnings(typed: str, terms: list[Term]) -> None:
    assert list(parse_query(typed).terms) == terms


@pytest.mark.parametrize(("typed", "hopeless"), [("", False), ("  ", False), ("!!!", True), ('""', True), ("a", False), ("-a", False)])
def test_only_signs_are_hopeless_and_nothing_is_no_search(typed: str, hopeless: bool) -> None:
    assert parse_query(typed).hopeless is hopeless


@given(st.text(max_size=60))
@settings(derandomize=True)
def test_every_term_has_something_to_look_for(typed: str) -> None:
    for term in parse_query(typed).terms:
        assert any(char.isalnum() for char in term.text)
        assert '"' not in term.text
