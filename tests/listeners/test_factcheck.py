"""Laws of fact-check feeds."""

from __future__ import annotations

import pytest

from listeners.factcheck import verdict_of
from tests.listeners.kit import fixture, poll, posts
from tests.listeners.server import Answer, serve


def test_a_check_keeps_its_headline_and_gets_its_verdict_as_a_tag() -> None:
    with serve(lambda _: Answer(body=fixture("factcheck", "normal.xml"))) as server:
        options = {"url": "https://periksa-contoh.example/feed", "base_url": server.base, "publisher": "Periksa Contoh"}
        tips, quake, token = posts(poll("factcheck", options, category="factcheck"))
    assert token.title == "[SALAH] Token listrik gratis dari PLN lewat tautan"
    assert (token.kind, token.container, token.tags) == ("factcheck", "Periksa Contoh", ("verdict:salah",))
    assert (quake.tags, tips.tags) == (("verdict:salah",), ())


@pytest.mark.parametrize(
    ("title", "verdict"),
    [
        ("[SALAH] Video banjir di kantor gubernur", "salah"),
        ("(HOAKS) Lowongan palsu", "salah"),
        ("[PENIPUAN] Undian atas nama bank", "penipuan"),
        ("[Menyesatkan] Foto lama", "menyesatkan"),
        ("[KLARIFIKASI] Soal bansos", "klarifikasi"),
        ("[BENAR] Jadwal pemadaman", "benar"),
        ("Cek Fakta: Hoaks Tautan Bansos", "salah"),
        ("Cek Fakta: Tidak Benar Gaji Dipotong", "salah"),
        ("CEK FAKTA: Benar, Tarif Naik", "benar"),
        ("Keliru, Klaim Vaksin", "salah"),
        ("[Foto] Kunjungan menteri", ""),
        ("Cara mengenali hoaks", ""),
        ("Tidak ada yang salah dengan air itu", ""),
        ("", ""),
    ],
)
def test_the_verdict_is_what_the_headline_says_first(title: str, verdict: str) -> None:
    assert verdict_of(title) == verdict
