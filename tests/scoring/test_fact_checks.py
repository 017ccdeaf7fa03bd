"""Headlines of fact-checks to claims."""

from __future__ import annotations

import pytest

from kentongan.scoring.fact_checks import claim_from_post, split_headline
from tests.factories import T0, post


@pytest.mark.parametrize(
    ("headline", "verdict", "claim"),
    [
        ("[SALAH] Token listrik gratis dari PLN", "salah", "Token listrik gratis dari PLN"),
        ("[PENIPUAN] Bantuan Rp2,4 Juta untuk pemegang KIS", "penipuan", "Bantuan Rp2,4 Juta untuk pemegang KIS"),
        ("[HOAKS] Pertamina gratiskan BBM", "salah", "Pertamina gratiskan BBM"),
        ("(HOAX) Air PAM beracun di Bekasi", "salah", "Air PAM beracun di Bekasi"),
        ("HOAKS! Gempa besar guncang Jakarta malam ini", "salah", "Gempa besar guncang Jakarta malam ini"),
        ("Hoaks: Link pendaftaran bansos BPJS", "salah", "Link pendaftaran bansos BPJS"),
        ("CEK FAKTA: PLN bagi token gratis", "diperiksa", "PLN bagi token gratis"),
        ("Cek Fakta: Benarkah PLN Bagi Token Gratis? Ini Faktanya", "diperiksa", "PLN Bagi Token Gratis"),
        ("Cek Fakta: Hoaks Link Pendaftaran Bansos", "salah", "Link Pendaftaran Bansos"),
        ("Cek Fakta Liputan6: Tidak Benar Menteri Ditangkap", "salah", "Menteri Ditangkap"),
        ("Menyesatkan: Foto banjir di jalan tol", "menyesatkan", "Foto banjir di jalan tol"),
        ("Keliru, Klaim Vaksin Mengandung Chip", "salah", "Vaksin Mengandung Chip"),
        ("[KLARIFIKASI] Isu kenaikan tarif air", "klarifikasi", "kenaikan tarif air"),
        ("[BENAR] Tarif tol naik mulai Senin", "benar", "Tarif tol naik mulai Senin"),
        ("Beredar Hoaks Pembagian Uang oleh Presiden", "salah", "Pembagian Uang oleh Presiden"),
    ],
)
def test_a_headline_gives_its_verdict_and_its_claim(headline: str, verdict: str, claim: str) -> None:
    assert split_headline(headline) == (verdict, claim)


def test_news_of_a_fact_checker_is_no_claim() -> None:
    assert claim_from_post(post(title="Pelatihan literasi digital di Makassar dibuka", text="Kegiatan berlangsung dua hari"), "x") is None


def test_a_claim_keeps_where_it_was_checked_and_what_was_said() -> None:
    item = post(
        title="[SALAH] Pembagian token listrik gratis",
        text="Beredar pesan dengan narasi: “PLN bagi token gratis untuk semua pelanggan, klik tautan ini” di WhatsApp.",
        url="https://cekfakta.example/9",
    )
    claim = claim_from_post(item, "Cek Fakta Contoh")
    assert claim is not None
    assert (claim.title, claim.verdict, claim.publisher, claim.url, claim.published_at) == (
        "Pembagian token listrik gratis",
        "salah",
        "Cek Fakta Contoh",
        "https://cekfakta.example/9",
        T0,
    )
    assert claim.text == "PLN bagi token gratis untuk semua pelanggan, klik tautan ini"
    assert claim == claim_from_post(item, "Cek Fakta Contoh"), "the same item is the same claim"


def test_a_headline_in_the_text_is_read_where_there_is_no_title() -> None:
    claim = claim_from_post(post(title="", text="[SALAH] Kapolri mengundurkan diri\nSelengkapnya di situs kami"), "Telegram")
    assert claim is not None
    assert claim.title == "Kapolri mengundurkan diri"


@pytest.mark.parametrize("title", ["", "[SALAH]", "[SALAH] ok", "::::", "[" * 500])
def test_odd_headlines_give_no_claim(title: str) -> None:
    assert claim_from_post(post(title=title, text=""), "x") is None
