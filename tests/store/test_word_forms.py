"""In which forms a word is looked for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kentongan.store.mentions_sqlite import SqliteMentions
from kentongan.store.query_text import MOST_WITH_FORMS, parse_query
from kentongan.store.spellings import forms
from kentongan.store.word_forms import inflected, roots


@pytest.mark.parametrize(
    ("root", "words"),
    [
        ("padam", "memadamkan dipadamkan pemadaman padamnya terpadam"),
        ("tolak", "menolak ditolak penolakan nolak"),
        ("sapu", "menyapu penyapu nyapu"),
        ("kirim", "mengirimkan pengiriman ngirimin dikirim"),
        ("urus", "mengurus pengurusan urusin ngurusin urusannya"),
        ("lapor", "melapor pelaporan laporannya dilaporkan terlapor"),
        ("baik", "memperbaiki diperbaiki perbaikan kebaikan"),
        ("rekam", "merekam perekaman terekam direkam"),
        ("cek", "mengecek ngecek dicek pengecekan ceknya"),
        ("cari", "mencari nyari pencarian carikan"),
    ],
)
def test_a_root_and_its_words_find_each_other(root: str, words: str) -> None:
    for word in words.split():
        assert word in inflected(root)
        assert word in forms(root) and root in forms(word), word


@pytest.mark.parametrize(
    ("word", "never"),
    [
        ("padam", "pdam"),
        ("pemilu", "pilu"),
        ("pemadaman", "adam"),
        ("perempuan", "empu"),
        ("pencarian", "pencairan"),
        ("sekarang", "semarang"),
        ("menteri", "teri"),
        ("kejadian", "jadi"),
        ("pengaduan", "pengadaan"),
        ("pemilihan", "pemulihan"),
        ("terlambat", "lambat"),
    ],
)
def test_another_word_is_not_a_form(word: str, never: str) -> None:
    assert never not in forms(word)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("gk", "tidak"),
        ("ektp", "e ktp"),
        ("puskemas", "pkm"),
        ("bangettt", "bgt"),
        ("jabar", "jawa barat"),
        ("listrik", "listrikkk"),
        ("pelyanan", "dilayani"),
    ],
)
def test_slang_abbreviations_places_and_slips(typed: str, found: str) -> None:
    assert found in forms(typed)


def test_words_beside_each_other_are_an_abbreviation_or_a_hashtag_too() -> None:
    first, second = parse_query("rumah sakit").terms
    assert {"rs", "rumahsakit"} <= set(first.forms) & set(second.forms)


@pytest.mark.parametrize("typed", ['"rumah sakit"', "-padam", "padam*", " ".join(["padam"] * (MOST_WITH_FORMS + 1))])
def test_phrases_exclusions_beginnings_and_pasted_texts_are_taken_as_typed(typed: str) -> None:
    assert all(term.forms == () for term in parse_query(typed).terms)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=20))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_whatever_the_word_it_is_its_first_form_and_their_number_is_bounded(word: str) -> None:
    found = forms(word)
    assert found[0] == word and word in roots(word)
    assert len(found) < 4000 and len(set(found)) == len(found)


def test_the_widest_search_is_not_too_wide_for_the_database(tmp_path: object) -> None:
    from pathlib import Path

    from kentongan.ports import MentionQuery

    store = SqliteMentions(Path(str(tmp_path)) / "kentongan.db")
    widest = "pelyanan puskesmass dukcapl pertmina koruptorr tersngka mahasisiwa keracuanan kompensai pengungsiann kemacetann penyalurann"
    assert store.search(MentionQuery(text=widest)).total == 0
    store.close()


def test_a_word_with_a_number_in_it_is_meant_as_it_stands() -> None:
    assert forms("nomor7") == ("nomor7",)
