"""Hoax likelihood: forwards are suspect, everyday talk and corrections are not, and every likelihood says why."""

from __future__ import annotations

import pytest

from kentongan.ports import ScoreRequest
from kentongan.records import Category, Hoax
from kentongan.scoring.claims import HashedClaimIndex
from kentongan.scoring.hoax import CORRECTED, TRUSTED, load_prior
from kentongan.scoring.hoax_features import likelihood, newsroom_in
from kentongan.scoring.scorer import open_scorer
from tests.factories import claim

FORWARD = (
    "SEBARKAN!!! Info dari grup sebelah, kepada seluruh masyarakat harap WASPADA. Malam ini akan ada gempa besar, jangan keluar rumah. "
    "Sudah terbukti, BUKAN HOAX. Bagikan ke semua keluarga sebelum dihapus!!!"
)


def hoax(text: str, *, base: HashedClaimIndex | None = None, **known: object) -> Hoax:
    return open_scorer(base).score([ScoreRequest(text=text, **known)])[0].hoax  # type: ignore[arg-type]


def base(verdict: str = "salah") -> HashedClaimIndex:
    index = HashedClaimIndex()
    index.add([claim(id="token", title="PLN bagi-bagi token listrik gratis lewat tautan WhatsApp", text="", verdict=verdict)])
    return index


SPREAD = "Alhamdulillah PLN bagi-bagi token listrik gratis, daftar lewat tautan WhatsApp ini ya"


@pytest.mark.parametrize(
    "text",
    [
        FORWARD,
        "Kabar gembira! Pemerintah bagikan bantuan tunai Rp 5 juta untuk semua pemilik KTP. Klik link berikut dan isi data anda, segera cair!",
        "ASTAGHFIRULLAH!! TERBONGKAR sudah, vaksin ternyata berisi racun dan chip. Media diam! Viralkan agar semua tahu!!",
    ],
)
def test_forwarded_alarms_and_lures_reach_one_half(text: str) -> None:
    assert hoax(text).likelihood >= 0.5


@pytest.mark.parametrize(
    "text",
    [
        "listrik rumah saya mati dari tadi pagi, tolong min PLN",
        "antre BPJS lama banget, capek",
        "Min mau tanya, bansos bulan ini cair tanggal berapa ya?",
        "@kring_pajak coretax error lagi, gak bisa login",
        "Polisi menangkap dua pelaku pencurian di Bekasi https://www.antaranews.com/berita/1",
        "Halo Kak, mohon maaf atas kendalanya. Silakan kirim nomor pelanggan lewat DM",
        "makasih pak damkar, mantap!!!",
        "gempa barusan kerasa banget di Sukabumi, kalian aman?",
    ],
)
def test_everyday_mentions_stay_below_one_half(text: str) -> None:
    assert hoax(text).likelihood < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "[SALAH] PLN bagi-bagi token listrik gratis lewat tautan WhatsApp",
        "CEK FAKTA: Pesan berantai yang menyuruh SEBARKAN info gempa besar malam ini adalah hoaks",
        "Beredar hoaks pembagian token listrik gratis, jangan percaya dan jangan klik tautannya",
        "HOAKS: Pemerintah bagikan bantuan tunai Rp 5 juta, klik link berikut dan isi data anda",
        "Tidak benar bahwa PLN bagi-bagi token listrik gratis lewat tautan WhatsApp",
        "Pesan berantai begini hoax bukan ya? " + FORWARD[:60],
    ],
)
def test_corrections_and_questions_about_a_rumour_are_held_down(text: str) -> None:
    assert hoax(text).likelihood <= CORRECTED
    assert hoax(text, base=base()).likelihood <= CORRECTED


def test_insisting_that_it_is_no_hoax_is_no_correction() -> None:
    assert "context:correction" not in {e.kind for e in hoax(FORWARD).evidence}


def test_a_matched_false_claim_is_named_with_its_link_and_date() -> None:
    found = hoax(SPREAD, base=base())
    assert found.likelihood > 0.7
    assert found.claim_id == "token"
    first = found.evidence[0]
    assert first.kind == "claim_match"
    assert first.url == "https://cekfakta.example/1"
    assert "2026-03-02" in first.text_id
    assert "Cek Fakta" in first.text_en
    assert found.likelihood > hoax(SPREAD).likelihood


def test_a_claim_found_true_speaks_against_a_hoax() -> None:
    assert hoax(SPREAD, base=base("benar")).likelihood < hoax(SPREAD).likelihood


def test_a_claim_only_looked_into_weighs_less_than_one_found_false() -> None:
    assert 0.5 <= hoax(SPREAD, base=base("diperiksa")).likelihood < hoax(SPREAD, base=base()).likelihood


def test_quoting_a_checked_claim_to_correct_it_is_said_so() -> None:
    found = hoax("Tidak benar bahwa PLN bagi-bagi token listrik gratis lewat tautan WhatsApp", base=base())
    assert "claim_quoted" in {e.kind for e in found.evidence}
    assert found.likelihood <= CORRECTED


def test_fact_checkers_and_official_accounts_are_trusted() -> None:
    assert hoax(FORWARD, category=Category.FACTCHECK).likelihood <= TRUSTED
    assert hoax(FORWARD, author_kind="official").likelihood <= TRUSTED


def test_news_of_a_person_named_in_a_rumour_is_no_likely_hoax() -> None:
    known = HashedClaimIndex()
    known.add([claim(title="Kapolri Listyo Sigit meninggal dunia", text="", verdict="salah")])
    headline = "Kapolri Listyo Sigit lantik 12 kapolda baru"
    assert hoax(headline, base=known, category=Category.NEWS).likelihood < 0.5
    assert hoax(headline, base=known, author_kind="media").likelihood < 0.5
    assert hoax("Innalillahi, Kapolri Listyo Sigit meninggal dunia pagi ini", base=known).likelihood >= 0.5


def test_a_news_outlet_lowers_the_likelihood() -> None:
    assert hoax(FORWARD, category=Category.NEWS).likelihood < hoax(FORWARD).likelihood


@pytest.mark.parametrize("text", ["", "halo", FORWARD, "🙏", "saya ke kantor pajak", SPREAD])
def test_evidence_is_never_empty_and_speaks_both_languages(text: str) -> None:
    evidence = hoax(text).evidence
    assert evidence
    assert all(e.text_id and e.text_en and "{found}" not in e.text_id + e.text_en for e in evidence)


def test_no_weight_contradicts_the_sentence_of_its_feature() -> None:
    prior = load_prior()
    assert len(prior.named) >= 30
    assert set(prior.weights) == set(prior.named)
    for name, weight in prior.weights.items():
        assert weight * prior.named[name].sign >= 0, name


def test_the_likelihood_grows_with_the_log_odds_and_passes_one_half_at_zero() -> None:
    lift = load_prior().lift
    values = [likelihood(x / 10, lift) for x in range(-80, 81)]
    assert values == sorted(values)
    assert likelihood(0, lift) >= 0.5
    assert likelihood(-0.001, lift) < 0.5
    assert likelihood(0, 0.0) == 0.5, "without a lift nothing leaps"


def test_words_disguised_with_digits_are_named() -> None:
    shown = [e.text_id for e in hoax("GEMPAR! J0k0wi k4get, dipenj4r4 hari ini juga").evidence]
    assert "Kata disamarkan dengan angka: “j0k0wi”" in shown
    plain = [e.kind for e in hoax("mudah2an anak2nya sehat, cek https://t.co/a1b2c3 @user5abc").evidence]
    assert "feature:disguised_words" not in plain


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cek https://www.antaranews.com/berita", "antaranews.com"),
        ("di https://bnpb.go.id/x", "go.id"),
        ("https://go.id.penipu.xyz/x", ""),
        ("https://palsukompas.com/x", ""),
        ("tanpa tautan", ""),
    ],
)
def test_only_real_newsrooms_count_as_a_source(text: str, found: str) -> None:
    assert newsroom_in(text) == found
