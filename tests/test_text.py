"""Laws of masking and of the text helpers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kentongan.masking import TOKENS
from kentongan.text import canonical_contact, clean, cluster_key, excerpt, html_to_text, mask_handles, mask_personal, no_formula, normalise

HOTLINES = frozenset({"165", "123", "1500200", "0811-8750-400", "021-1500400", "pln123@pln.co.id"})


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("NIK saya 3273014508900001 tolong cek", "NIK saya [NIK] tolong cek"),
        ("nik 3273 0145 0890 0001", "nik [NIK]"),
        ("KK no.3273011205120003,", "KK no.[NIK],"),
        ("hubungi 081234567890", "hubungi [TELEPON]"),
        ("WA 0812-3456-7890 ya", "WA [TELEPON] ya"),
        ("+62 812 3456 7890", "[TELEPON]"),
        ("(0812) 3456 7890", "[TELEPON]"),
        ("6281234567890", "[TELEPON]"),
        ("wa.me/6281234567890", "wa.me/[TELEPON]"),
        ("wa: 81234567890", "wa: [TELEPON]"),
        ("+60 12-345 6789", "[TELEPON]"),
        ("telp (0274) 512345", "telp [TELEPON]"),
        ("kantor 021-7654321", "kantor [TELEPON]"),
        ("kirim ke budi.s+x@gmail.co.id ya", "kirim ke [EMAIL] ya"),
        ("mobil B 1234 XYZ ngebut", "mobil [PLAT] ngebut"),
        ("AB1234CD parkir sembarangan", "[PLAT] parkir sembarangan"),
        ("nopol b 12 ab tolong", "nopol [PLAT] tolong"),
        ("NPWP 09.254.294.3-407.000", "NPWP [NPWP]"),
        ("npwp: 092542943407000", "npwp: [NPWP]"),
        ("rek BCA 1234567890 a.n. Budi", "rek BCA [REKENING] a.n. Budi"),
        ("kartu 4111 1111 1111 1111", "kartu [REKENING]"),
        ("no kartu 0001234567890", "no kartu [BPJS]"),
        ("idpel 532112345678 padam", "idpel [PELANGGAN] padam"),
        ("NIK 3273014508900001 dan 081234567890 dan a@b.id", "NIK [NIK] dan [TELEPON] dan [EMAIL]"),
        ("3273014508900001-081234567890", "[NIK]-[TELEPON]"),
        ("NIK 3204119906990003 ditolak", "NIK [NIK] ditolak"),  # no such day: mistyped, or issued so
        ("3204117206990003", "[NIK]"),
        ("ktp: 9999 9913 0689 0003 kok salah", "ktp: [NIK] kok salah"),
        ("nik 320411050689003", "nik [NIK]"),  # a digit is missing
        ("No KK 3204114513890003", "No KK [NIK]"),
        ("SIM 1234 5678 901234", "SIM [NIK]"),
        ("paspor A1234567 hilang", "paspor [NIK] hilang"),
        ("npwp 01 234 567 8 901 000", "npwp [NPWP]"),
        ("01 234 567 8 901 000", "[NPWP]"),
        ("0812 – 3456 – 7890", "[TELEPON]"),
        ("0812_3456_7890", "[TELEPON]"),
        ("0812/3456/7890", "[TELEPON]"),
        ("08 12 34 56 78 90", "[TELEPON]"),
        ("0 8 1 2 3 4 5 6 7 8 9 0", "[TELEPON]"),
        ("o812 3456 7890", "[TELEPON]"),
        ("０８１２３４５６７８９０", "[TELEPON]"),
        ("WA: 8123 4567 890", "WA: [TELEPON]"),
        ("b 1234 xyz lawan arus", "[PLAT] lawan arus"),
        ("b1234xyz", "[PLAT]"),
        ("motor r 4567 gh nabrak", "motor [PLAT] nabrak"),
        ("nomor polisi B 7664 RW", "nomor polisi [PLAT]"),
        ("transfer ke 1234567890 bca", "transfer ke [REKENING] bca"),
        ("rek. 123.456.7890", "rek. [REKENING]"),
        ("no va 88888 0123 4567 8901", "no va [REKENING]"),
        ("BPJS saya 1234567890123", "BPJS saya [BPJS]"),
        ("no kartu JKN: 0001-2345-6789-0", "no kartu JKN: [BPJS]"),
    ],
)
def test_what_names_a_person_becomes_a_token(text: str, masked: str) -> None:
    assert mask_personal(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "harga naik jadi Rp2.000.000 per bulan",
        "Rp 628.000.000.000 dan Rp2.000.000.000.000",
        "tanggal 12-05-2026 jam 08.00 sampai 16.30",
        "2026-08-12 08:12:34",
        "tahun 2019/2020, 2021-2022",
        "anggaran 1.300.000.000.000 rupiah",
        "gaji 12.500.000 s/d 15.000.000",
        "daya 900 VA ke 1300 VA, 450 kWh",
        "no meternya 12345678901? bukan",
        "B40 DAN B 35, BPK 2026",
        "UU No. 27 Tahun 2022 pasal 57",
        "M5,2 kedalaman 10 km 7.82 LS 110.41 BT",
        "skor 3-2, peringkat 1234",
        "JKN 165, darurat 112, polisi 110",
        "suhu 34 derajat, kelembapan 78%",
        "B 400 KM lagi",
        "versi 4.16.1 build 20260301",
        "kode pos 50241 RT 03 RW 11",
        "kata @pln_123 dan @budi",
        "b 2 kg beras, a 100 rb, d 5000 an",
        "d 2024 ini, d 1998 itu, k 2000 dgn",
        "e 1200 dpr, b 1000 org, h 1500 kwh",
        "mobil L300 eh, iphone 15, T500 Pro, mobil B 40 km",
        "tahun 2019 2020 2021 2022",
        "pada 08-12-2026 08.12, naik 0.81234567",
        "https://x.com/i/status/1790123456789012",
        "rekening saya berkurang 2.000.000.000",
    ],
)
def test_ordinary_numbers_stay_as_they_are(text: str) -> None:
    assert mask_personal(text) == text


@pytest.mark.parametrize(
    "text", ["hubungi 165", "call 1500200", "021-1500200", "WA 0811 8750 400", "+62 811-8750-400", "021 1500 400", "tulis ke PLN123@pln.co.id"]
)
def test_official_hotlines_stay_readable_in_any_spelling(text: str) -> None:
    assert mask_personal(text, HOTLINES) == text


def test_a_private_number_beside_a_hotline_is_still_masked() -> None:
    assert mask_personal("resmi 0811-8750-400, saya 0812-8750-400", HOTLINES) == "resmi 0811-8750-400, saya [TELEPON]"


pieces = st.sampled_from(
    [
        "0812",
        "3456",
        "7890",
        "3273",
        "0145",
        "0890",
        "0001",
        "+62",
        "62",
        "rek BCA ",
        "npwp",
        "idpel",
        "B ",
        "XYZ",
        "nopol ",
        "a@b.co",
        "@",
        "000",
        "12",
        "(0274)",
        "[",
        "]",
        "1",
        "9",
    ]
)
joints = st.sampled_from(["", " ", "-", ".", ",", "/", "\n", "(", ")", "[TELEPON]"])
digit_soup = st.lists(st.tuples(pieces, joints), max_size=14).map(lambda parts: "".join(piece + joint for piece, joint in parts))


@given(st.one_of(digit_soup, st.text(max_size=60), st.text("0123456789 .-+()@aB", max_size=60)))
@settings(max_examples=400, deadline=None)
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask_personal(text, HOTLINES)
    assert mask_personal(once, HOTLINES) == once


@given(st.from_regex(r"8[1-9][0-9]{7,9}", fullmatch=True), st.sampled_from(["0", "+62", "62", "+62 ", "+62-"]), st.sampled_from(["", "-", " ", "."]))
@settings(max_examples=200, deadline=None)
def test_no_mobile_number_survives_however_it_is_grouped(national: str, prefix: str, joint: str) -> None:
    grouped = joint.join(national[i : i + 4] for i in range(0, len(national), 4))
    masked = mask_personal(f"hubungi saya {prefix}{grouped} segera")
    assert masked == "hubungi saya [TELEPON] segera"


@given(
    st.sampled_from(["11", "32", "33", "53", "71", "94"]),
    st.integers(0, 9999),
    st.one_of(st.integers(1, 31), st.integers(41, 71)),
    st.integers(1, 12),
    st.integers(0, 99),
    st.integers(1, 9999),
)
@settings(max_examples=200, deadline=None)
def test_no_plausible_nik_survives(province: str, district: int, day: int, month: int, year: int, serial: int) -> None:
    nik = f"{province}{district:04d}{day:02d}{month:02d}{year:02d}{serial:04d}"
    assert nik not in mask_personal(f"data saya {nik}, tolong")


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_text_without_digits_or_at_signs_is_never_touched(text: str) -> None:
    plain = re.sub(r"[\d@]", "", text)
    assert mask_personal(plain) == plain


def test_every_token_is_announced() -> None:
    written = "3273014508900001 081234567890 a@b.id B 1234 XYZ 09.254.294.3-407.000 rek 1234567890 0001234567890 idpel 532112345678"
    assert set(re.findall(r"\[([A-Z]+)\]", mask_personal(written))) == set(TOKENS)


def test_contacts_are_compared_as_bare_digits() -> None:
    assert canonical_contact("+62 811-8750-400") == canonical_contact("08118750400") == "08118750400"


# --- quoting ---


def test_a_quote_shows_no_private_handle_and_no_profile() -> None:
    text = "kata @budi_s dan @pln_123, lihat https://x.com/budi_s/status/12 dan t.me/grupwarga, @siti@mastodon.example"
    assert mask_handles(text, {"pln_123"}) == "kata @… dan @pln_123, lihat https://x.com/… dan t.me/…, @…"


@given(st.text("@abc_. /x.comhttps:t", max_size=60))
@settings(max_examples=200, deadline=None)
def test_masking_handles_twice_changes_nothing_more(text: str) -> None:
    assert mask_handles(mask_handles(text)) == mask_handles(text)


def test_a_news_address_stays_in_a_quote() -> None:
    assert mask_handles("baca https://berita.example/pln-padam") == "baca https://berita.example/pln-padam"


def test_an_excerpt_ends_between_words_and_fits() -> None:
    text = "listrik padam sejak pagi\ndi seluruh kota dan belum ada kabar dari petugas"
    short = excerpt(text, 40)
    assert len(short) <= 40
    assert short == "listrik padam sejak pagi di seluruh…"


@given(st.text(max_size=200), st.integers(0, 120))
def test_an_excerpt_never_exceeds_its_limit(text: str, limit: int) -> None:
    assert len(excerpt(text, limit)) <= max(limit, 1)


# --- near duplicates ---

MESSAGE = (
    "KABAR GEMBIRA semua pemegang kartu KIS dapat bantuan Rp 2.350.000 langsung dari pemerintah, daftar di https://satu.example/a "
    "lalu isi data, hanya sampai malam ini jam 23.59, sudah 12.000 orang cair, sebarkan ke grup keluarga"
)


@pytest.mark.parametrize(
    "copy",
    [
        MESSAGE.upper().replace("HTTPS://SATU.EXAMPLE/A", "http://dua.example/b?x=1"),
        "Fwd: " + MESSAGE,
        "*Diteruskan berkali-kali*\n" + MESSAGE + " 🙏🙏🙏",
        "RT @budi_s: " + MESSAGE.replace("2.350.000", "3.150.000").replace("23.59", "22.00"),
        MESSAGE.replace(",", "").replace(" ", "  ") + "!!!",
        MESSAGE + " @siti @rahma",
        MESSAGE.replace("a", "\u0430").replace("o", "\u043e"),
        MESSAGE.replace("gembira", "gembiraaaa").replace("GEMBIRA", "GEMBIRAAAA").replace("GEMBIRAAAA", "GEMBIRA"),
    ],
)
def test_copies_with_other_links_numbers_marks_and_emoji_share_a_cluster(copy: str) -> None:
    assert cluster_key(copy) == cluster_key(MESSAGE) != ""


@pytest.mark.parametrize("frame", ["Diteruskan dari grup: {}", "{}\n\ncopas dari grup sebelah", "{} #viral 😡 #fyp wkwk", "#pln 🔥 wah {}"])
def test_what_is_put_around_a_short_text_makes_no_other_of_it(frame: str) -> None:
    text = "listrik di kampung kami padam sejak pagi, tolong segera diperbaiki"
    assert cluster_key(frame.format(text)) == cluster_key(text)


def test_different_complaints_do_not_share_a_cluster() -> None:
    texts = [f"listrik di {place} mati sejak {since}, PLN tolong" for place in ("Solo", "Klaten", "Kudus") for since in ("pagi", "sore", "kemarin")]
    assert len({cluster_key(text) for text in texts}) == len(texts)


def test_short_thanks_are_no_copies_of_each_other() -> None:
    assert cluster_key("terima kasih kak") == ""


def test_the_title_counts_once_even_when_the_text_repeats_it() -> None:
    body = "PLN siagakan 500 personel jelang Lebaran di Semarang dan sekitarnya"
    assert cluster_key(body, "PLN siagakan 500 personel") == cluster_key(body)


def test_a_long_copy_with_a_sentence_added_mostly_keeps_its_cluster() -> None:
    tails = (
        "semoga bermanfaat untuk kita semua",
        "mohon maaf kalau sudah pernah baca",
        "ini serius bukan bohong",
        "saya dapat dari teman kantor",
        "amin ya robbal alamin",
    )
    kept = sum(cluster_key(f"{MESSAGE} {tail}") == cluster_key(MESSAGE) for tail in tails)
    assert kept >= 4


@pytest.mark.parametrize("text", [MESSAGE, "listrik di kampung kami padam sejak pagi, tolong segera diperbaiki"])
def test_hashtags_put_around_a_text_do_not_make_another_of_it(text: str) -> None:
    assert cluster_key(f"#PLN #gelap {text}") == cluster_key(f"{text}\n#PLNMati #viral #fyp") == cluster_key(text)


def test_hashtags_alone_still_tell_campaigns_apart() -> None:
    assert cluster_key("#a #b #tolak #tarif #naik") != cluster_key("#a #b #dukung #tarif #turun")


def test_a_shortened_copy_mostly_keeps_its_cluster() -> None:
    words = MESSAGE.split()
    cuts = [" ".join(words[:-n]) + " " + words[-n][:2] + "…" for n in range(1, max(2, len(words) // 4))]
    assert sum(cluster_key(cut) == cluster_key(MESSAGE) for cut in cuts) >= 0.7 * len(cuts)


def test_one_word_exchanged_mostly_keeps_the_cluster_of_a_long_text() -> None:
    words = MESSAGE.split()
    edits = [" ".join([*words[:n], "anu", *words[n + 1 :]]) for n in range(len(words))]
    assert sum(cluster_key(edit) == cluster_key(MESSAGE) for edit in edits) >= 0.7 * len(edits)


# --- cleaning ---


def test_cleaning_removes_what_no_database_takes_and_keeps_lines() -> None:
    assert clean("  satu\x00\u200b dua\r\ntiga\ud800\u202e empat\ufeff ") == "satu dua\ntiga empat"


def test_cleaning_composes_letters() -> None:
    assert clean("be\u0301ja") == "béja"


def test_a_text_that_is_too_long_is_cut_between_words() -> None:
    assert clean("kata " * 100, 52) == "kata " * 9 + "kata"


@given(st.text(max_size=200))
def test_cleaned_text_can_be_encoded_and_stays_the_same(text: str) -> None:
    once = clean(text)
    once.encode("utf-8")
    assert clean(once) == once


def test_normalising_folds_case_links_and_stretched_letters() -> None:
    assert normalise("PARAAAAH  bangeeet https://a.example/x ＰＬＮ") == "paraah bangeet pln"


# --- markup ---


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Halo <b>dunia</b><br>baris&nbsp;2</p><p>a &amp; b", "Halo dunia\nbaris 2\na & b"),
        ("<script>alert('x')</script>isi<style>p{}</style>", "isi"),
        ("<SCRIPT>1 < 2</SCRIPT >sesudah", "sesudah"),
        ('<a title="a > b" href=x>tautan</a>', "tautan"),
        ('<a title="tak tertutup href=x>tautan</a>', "tautan"),
        ("3 < 4 dan 5 > 2", "3 < 4 dan 5 > 2"),
        ("<!-- komentar > --> isi", "isi"),
        ("<![CDATA[x]]>isi", "isi"),
        ("<ul><li>satu<li>dua</ul>", "satu\ndua"),
        ("tanpa markup &lt;b&gt;", "tanpa markup <b>"),
        ("teks <svg/>lanjut", "teks lanjut"),
        ("potongan <a href='x", "potongan"),
        ("", ""),
    ],
)
def test_markup_reads_as_a_reader_sees_it(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


@given(st.text("<>a/!-\"'= spcrit&;", max_size=120))
@settings(max_examples=300, deadline=None)
def test_no_markup_is_too_broken_to_read(markup: str) -> None:
    html_to_text(markup)


@pytest.mark.parametrize("hostile", ["<a href=" * 25_000, "<script>" * 25_000, '<a b="' * 30_000, "<!--" * 50_000, "&" * 200_000])
def test_hostile_markup_is_read_in_one_pass(hostile: str) -> None:
    html_to_text(hostile)  # quadratic reading would run into the suite's time limit


@pytest.mark.parametrize(
    "hostile", ["1 " * 10_000, "a@" * 10_000, "0812 " * 4_000, "rek bca " * 2_500, "B 12 " * 4_000, "npwp " * 4_000, "+1" * 10_000, "@a@b." * 4_000]
)
def test_hostile_text_is_masked_in_one_pass(hostile: str) -> None:
    mask_handles(mask_personal(hostile))


def test_a_date_a_stretched_word_and_what_is_thrown_in_make_no_other_text() -> None:
    told = "Senin 3 Maret patroli subuh di simpang lima, lalu lintas lancar"
    for copy in ("Kamis 19 Juni patroli subuh di simpang lima, lalu lintas lancarrr", f"Diteruskan dari grup sebelah: {told} wkwk min"):
        assert cluster_key(copy) == cluster_key(told) != ""
    assert cluster_key("Desa Mawar melaksanakan giat sambang warga malam ini") != cluster_key("Desa Melati melaksanakan giat sambang warga malam ini")


def test_a_spreadsheet_runs_no_cell() -> None:
    assert [no_formula(cell) for cell in ("=1+1", "@SUM(A1)", "＝1", "-", "padam = gelap", "")] == [
        "'=1+1",
        "'@SUM(A1)",
        "'＝1",
        "'-",
        "padam = gelap",
        "",
    ]
