"""The claim base: found again in other words, unmatched by everyday talk, incremental."""

from __future__ import annotations

import pytest

from kentongan.errors import InputError
from kentongan.records import Claim
from kentongan.scoring.claim_grams import ClaimReader
from kentongan.scoring.claims import HashedClaimIndex
from kentongan.scoring.claims_file import read_claims
from kentongan.scoring.fact_checks import claim_from_post
from tests.factories import claim, post

TITLES = (
    "PLN bagikan token listrik gratis lewat tautan WhatsApp",
    "Gempa magnitudo 9 akan guncang Jakarta malam ini",
    "BPJS Kesehatan cairkan bantuan Rp2,4 juta untuk pemegang KIS",
    "Kapolri mengundurkan diri karena kasus judi online",
    "Minum air kelapa menyembuhkan demam berdarah dalam sehari",
    "Pertamina gratiskan BBM pada 29 sampai 30 Februari",
)


def base(*titles: str) -> HashedClaimIndex:
    index = HashedClaimIndex()
    index.add([claim(id=str(number), title=title, text="") for number, title in enumerate(titles or TITLES)])
    return index


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Info!! PLN lagi bagi2 token listrik gratis, klik tautan WhatsApp berikut", 0),
        ("awas nanti malam jakarta bakal diguncang gempa magnitudo 9", 1),
        ("BPJS Kesehatan cairkan bantuan 2,4 juta buat yang pegang KIS, cek namamu", 2),
        ("kapolri resmi mengundurkan diri gara-gara kasus judi online", 3),
        ("katanya air kelapa bisa menyembuhkan demam berdarah cuma sehari lho", 4),
    ],
)
def test_a_claim_is_found_in_other_words(text: str, number: int) -> None:
    best = base().nearest(text)[0]
    assert best.claim.id == str(number)
    assert best.matched


@pytest.mark.parametrize(
    "text",
    [
        "PLN kapan nyala listriknya, udah tiga jam",
        "antre BPJS dari pagi capek banget",
        "harga BBM naik lagi, Pertamina gimana sih",
        "gempa kecil tadi terasa di Cianjur, stay safe semua",
        "terima kasih pak polisi",
        "mau tanya cara daftar KIS gimana ya",
    ],
)
def test_everyday_talk_matches_nothing(text: str) -> None:
    assert not any(found.matched for found in base().nearest(text))


def test_nearest_gives_the_best_first_and_no_more_than_asked() -> None:
    found = base().nearest("token listrik gratis dari PLN lewat tautan", 3)
    assert found[0].claim.id == "0"
    assert len(found) <= 3
    assert all(0 < m.similarity <= 1 for m in found)


def test_an_empty_base_and_an_empty_text_find_nothing() -> None:
    assert HashedClaimIndex().nearest("apa saja") == []
    assert base().nearest("") == []
    assert base().nearest("🙏🙏") == []
    assert base().nearest("token listrik", 0) == []


def test_a_known_id_replaces_the_old_claim() -> None:
    index = base()
    index.add([claim(id="0", title="Dukcapil memblokir KTP yang tidak direkam ulang", text="")])
    assert len(index) == len(TITLES)
    assert all(m.claim.id != "0" for m in index.nearest("PLN bagikan token listrik gratis lewat tautan WhatsApp"))
    assert index.nearest("KTP diblokir Dukcapil kalau tidak direkam ulang")[0].claim.id == "0"


def test_a_removed_claim_is_found_no_more() -> None:
    index = base()
    index.remove(["0", "tidak ada"])
    assert len(index) == len(TITLES) - 1
    assert all(m.claim.id != "0" for m in index.nearest("PLN bagikan token listrik gratis lewat tautan WhatsApp", 5))
    index.add([claim(id="0", title=TITLES[0], text="")])
    assert index.nearest("PLN bagikan token listrik gratis lewat tautan WhatsApp")[0].claim.id == "0"


def test_a_claim_is_found_by_its_text_too_and_only_once() -> None:
    index = HashedClaimIndex()
    index.add([claim(id="a", title="Isu kesehatan", text="Makan durian bersama minuman bersoda menyebabkan kematian mendadak")])
    found = index.nearest("jangan makan durian dengan minuman bersoda, bisa mati mendadak isu kesehatan", 5)
    assert [m.claim.id for m in found] == ["a"]


def test_a_text_of_a_name_alone_is_not_what_a_claim_is_found_by() -> None:
    index = HashedClaimIndex()
    index.add([claim(id="a", title="Tokoh ekonomi dikabarkan meninggal dunia", text="Budi Karya Santosa")])
    assert not any(m.matched for m in index.nearest("saya pernah baca kajian Budi Karya Santosa soal subsidi"))


def test_claims_added_one_by_one_are_found_like_claims_added_at_once() -> None:
    titles = [f"Kabar bohong nomor {n} tentang pembagian beras di kota {name}" for n, name in enumerate(["Bogor", "Medan", "Palu"] * 200)] + list(
        TITLES
    )
    at_once, one_by_one = base(*titles), HashedClaimIndex()
    for number, title in enumerate(titles):
        one_by_one.add([claim(id=str(number), title=title, text="")])
    text = "kapolri mengundurkan diri karena judi online"
    assert len(at_once) == len(one_by_one) == len(titles)
    assert [m.claim.id for m in at_once.nearest(text, 2)] == [m.claim.id for m in one_by_one.nearest(text, 2)]
    assert at_once.nearest(text)[0].similarity == pytest.approx(one_by_one.nearest(text)[0].similarity)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("PLN is giving away free electricity tokens, click the WhatsApp link", 0),
        ("lindu magnitudo 9 bakal ngguncang Jakarta mengko bengi", 1),
        ("Kapolri lengser amarga perkara judi daring", 3),
    ],
)
def test_a_claim_is_found_in_another_language(text: str, number: int) -> None:
    assert base().nearest(text)[0].claim.id == str(number)


def test_numbers_tell_claims_of_one_mould_apart() -> None:
    index = base("Bantuan Rp2,4 juta untuk pemegang KIS", "Bantuan Rp50.000.000 untuk pemegang KIS", "Bantuan Rp175 juta untuk pemegang KIS")
    assert index.nearest("pemegang KIS dapat bantuan 175 juta")[0].claim.id == "2"
    assert index.nearest("bantuan 50.000.000 rupiah bagi pemegang KIS")[0].claim.id == "1"
    assert index.nearest("ada bantuan 2,4 juta buat pemegang KIS")[0].claim.id == "0"


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("50.000.000", "50 juta"), ("Rp20jt", "Rp20.000.000"), ("900rb", "Rp900 ribu"), ("2,4 juta", "2.400.000"), ("2.400 juta", "2,4 miliar"),
        ("#GibranMundur2024", "Gibran mundur 2024"), ("covid19", "covid 19"),
    ],
)  # fmt: skip
def test_an_amount_and_a_tag_are_read_alike_however_they_are_written(one: str, same: str) -> None:
    reader = ClaimReader()
    assert sorted(reader.read([one]).words) == sorted(reader.read([same]).words) != []


ODD = (
    "Rp", "0", "0jt", "jt", "9 juta juta", "5g 4G 2e9", "1.000,5 ribu", "9" * 50 + " triliun", "#", "#A1b2C3" * 300, "50.", "1.2.3.", "rp5", "9,",
    "٣٤", "5" * 3000, "a" * 5000, "50.000" * 400, "\ud800 3", "1 000 " * 2000,
)  # fmt: skip


@pytest.mark.parametrize("text", ODD, ids=ascii)
def test_odd_numbers_and_words_are_read_without_harm(text: str) -> None:
    found = base().nearest(text)
    assert all(0 < m.similarity <= 1 for m in found)


def test_news_that_shares_only_the_subject_with_a_claim_is_no_match() -> None:
    index = base(*TITLES, "Link BBM subsidi Pertamina")
    for text in (
        "Hadiah Lebaran dari Pertamina: harga BBM non-subsidi turun mulai 29 Maret",
        "memangnya berapa sih pertamina beli bbm sampai disubsidi?",
    ):
        assert not any(found.matched for found in index.nearest(text)), text


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Kapolri Listyo Sigit meninggal dunia", "Kapolri Listyo Sigit lantik 12 kapolda baru"),
        ("Menkes Budi Gunadi Sadikin dicopot", "Menkes Budi Gunadi Sadikin tinjau rumah sakit"),
        ("Ketua KPK Setyo Budiyanto dipecat Presiden", "Ketua KPK Setyo Budiyanto paparkan capaian"),
        ("Gubernur Jawa Tengah Ahmad Luthfi mengundurkan diri", "Gubernur Jawa Tengah Ahmad Luthfi resmikan pasar Johar"),
    ],
)
def test_what_shares_the_names_of_a_claim_and_not_what_happened_is_no_match(title: str, text: str) -> None:
    index = base(title)
    assert not any(found.matched for found in index.nearest(text))
    assert index.nearest(f"innalillahi, {title} tadi pagi")[0].matched


def test_a_file_that_is_not_numbered_gives_the_same_entry_the_same_id_every_time() -> None:
    one = b'{"title": "Token gratis", "publisher": "X"}'
    other = b'{"title": "Gempa besar", "publisher": "X"}\n{"title": "token  Gratis", "publisher": "X"}'
    assert read_claims(one, "a.jsonl", numbered=False)[0].id == read_claims(other, "b.jsonl", numbered=False)[1].id


def test_verdicts_are_understood_as_fact_checkers_spell_them_and_an_unknown_one_is_named_with_its_line() -> None:
    spelled = b'{"title": "a", "verdict": "HOAKS"}\n{"title": "b", "verdict": "Misleading"}\n{"title": "c", "verdict": "fakta"}'
    assert [c.verdict for c in read_claims(spelled, "c.jsonl")] == ["salah", "menyesatkan", "benar"]
    with pytest.raises(InputError, match=r"2: .*'ngawur'.*klarifikasi"):
        read_claims(b'{"title": "a"}\n{"title": "b", "verdict": "Ngawur"}', "c.jsonl")


def test_a_claims_file_gives_claims_with_defaults() -> None:
    found: list[Claim] = read_claims(
        b'\xef\xbb\xbf{"title": "Token gratis"}\n\n{"title": "X benar", "verdict": "BENAR", "published_at": "2026-01-02"}\n', "c.jsonl"
    )
    assert [(c.id, c.title, c.verdict, c.publisher) for c in found] == [
        ("1", "Token gratis", "salah", "c.jsonl"),
        ("3", "X benar", "benar", "c.jsonl"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[" * 100_000, "c.jsonl: .*1: "),
        (b'{"title": "caf\xe9 gratis"}', "UTF-8"),
        (b"\x1f\x8b\x08\x00\x00", "gunzip"),
        ('{"title": "Token gratis"}'.encode("utf-16"), "UTF-16"),
        (b'{"title": "Token gratis", "published_at": "kemarin"}', "2026-03-02"),
        (b'{"title": "Token gratis", "url": "javascript:alert(1)"}', "https://"),
        (b'{"title": "\\u202e \\u0007"}', "title"),
    ],
)
def test_a_broken_claims_file_says_what_is_wrong_and_what_to_do(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_claims(content, "c.jsonl", numbered=False)


def test_what_no_terminal_and_no_database_takes_is_left_out_of_a_claim() -> None:
    (found,) = read_claims(rb'{"title": "Token \u001b[31mgratis\u202e\ud800\nsemua", "text": "a\u0007b"}', "c.jsonl", numbered=False)
    assert (found.title, found.text) == ("Token [31mgratis semua", "ab")
    heard = claim_from_post(post(title="[SALAH] Token listrik \x1b[31mgratis\x07"), "x")
    assert heard is not None
    assert heard.title == "Token listrik [31mgratis"
