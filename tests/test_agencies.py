"""Laws of attribution: whom a text is about, and where it says so."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kentongan.agencies import Attributor
from kentongan.config import AgencyConfig, load_config
from kentongan.spelling import one_slip

CONFIG = Path(__file__).parents[1] / "config"
CASES = [json.loads(line) for line in (Path(__file__).parent / "fixtures" / "attribution.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def attributor() -> Attributor:
    return Attributor(load_config(CONFIG).agencies)


def agency(*aliases: str, **fields: object) -> AgencyConfig:
    return AgencyConfig.model_validate({"name": "X", "aliases": aliases, **fields})


def found(agencies: dict[str, AgencyConfig], text: str) -> tuple[str, ...]:
    return Attributor(agencies).attribute(text).agencies


def test_the_hand_written_set_is_large_and_covers_every_agency() -> None:
    assert len(CASES) >= 300
    assert len({case["text"] for case in CASES}) == len(CASES)
    named = Counter(slug for case in CASES for slug in case["agencies"])
    assert set(named) == set(load_config(CONFIG).agencies)
    assert min(named.values()) >= 8
    assert sum(not case["agencies"] for case in CASES) >= 60


def test_precision_and_recall_on_the_hand_written_set_reach_95_percent(attributor: Attributor) -> None:
    right = wrong = missed = 0
    for case in CASES:
        got, expected = set(attributor.attribute(case["text"]).agencies), set(case["agencies"])
        right, wrong, missed = right + len(got & expected), wrong + len(got - expected), missed + len(expected - got)
    assert right / (right + wrong) >= 0.95
    assert right / (right + missed) >= 0.95


@pytest.mark.parametrize("group", sorted({case["group"] for case in CASES}))
def test_no_kind_of_spelling_falls_behind(attributor: Attributor, group: str) -> None:
    cases = [case for case in CASES if case["group"] == group]
    right = sum(list(attributor.attribute(case["text"]).agencies) == case["agencies"] for case in cases)
    assert right / len(cases) >= 0.9


def test_spans_lie_in_title_line_feed_text(attributor: Attributor) -> None:
    title, text = "PLN  minta maaf", "warga  tunggu\u200b kabar dari P\u200bLN dan Mobile\nJKN"
    joined = f"{title}\n{text}"
    spans = attributor.attribute(text, title).spans
    assert [(slug, joined[start:end]) for slug, start, end in spans] == [("pln", "PLN"), ("pln", "P\u200bLN"), ("bpjs-kesehatan", "Mobile\nJKN")]


def test_without_a_title_spans_lie_in_the_text(attributor: Attributor) -> None:
    assert attributor.attribute("kata PLN").spans == (("pln", 5, 8),)


@given(st.text(max_size=80), st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_spans_always_lie_inside_and_name_a_listed_agency(text: str, title: str) -> None:
    attributor = SHARED
    length = len(f"{title}\n{text}" if title else text)
    result = attributor.attribute(text, title)
    assert all(0 <= start < end <= length and slug in attributor.agencies for slug, start, end in result.spans)
    assert set(result.agencies) == {slug for slug, _, _ in result.spans}


SHARED = Attributor(load_config(CONFIG).agencies)


@given(
    st.sampled_from(["PLN", "BPJS Kesehatan", "Coretax", "KPK", "Pertamina"]),
    st.text("abc xyz,.!?\n", max_size=30),
    st.text("abc xyz,.!?\n", max_size=30),
)
@settings(max_examples=200, deadline=None)
def test_a_name_that_stands_alone_is_found_whatever_surrounds_it(name: str, before: str, after: str) -> None:
    text = f"{before} {name} {after}"
    assert any(text[start:end] == name for _, start, end in SHARED.attribute(text).spans)


def test_the_same_text_is_attributed_the_same_whatever_was_read_before(attributor: Attributor) -> None:
    texts = [case["text"] for case in CASES]
    first = [attributor.attribute(text) for text in texts]
    again = [Attributor(attributor.agencies).attribute(text) for text in reversed(texts)]
    assert first == again[::-1]


# --- marks in agency files ---


def test_an_ambiguous_alias_counts_only_with_its_context_nearby() -> None:
    sby = {"surabaya": agency("Pemkot Surabaya", "~SBY", context=["wali kota", "pemkot"])}
    assert found(sby, "SBY pidato di Cikeas") == ()
    assert found(sby, "wali kota SBY sidak pasar") == ("surabaya",)
    assert found(sby, "wali kota" + " x" * 80 + " SBY") == ()


def test_an_ambiguous_alias_without_context_counts_unless_an_exclusion_is_near() -> None:
    bpjs = {"bpjs": agency("BPJS Kesehatan", "~BPJS", exclude=["~JHT", "BPJS Ketenagakerjaan"])}
    assert found(bpjs, "bpjs saya nonaktif") == ("bpjs",)
    assert found(bpjs, "cairkan JHT di bpjs") == ()
    assert found(bpjs, "BPJS Kesehatan tidak mengurus JHT") == ("bpjs",)


def test_an_exact_alias_counts_only_as_written() -> None:
    kai = {"kai": agency("Kereta Api Indonesia", "=KAI")}
    assert found(kai, "tiket KAI mahal") == ("kai",)
    assert found(kai, "kai tahu sendiri") == found(kai, "Kai datang") == ()


def test_an_exclusion_silences_only_what_it_covers() -> None:
    kpk = {"kpk": agency("KPK", exclude=["KPK dan FPB"])}
    assert found(kpk, "soal KPK dan FPB") == ()
    assert Attributor(kpk).attribute("KPK bukan KPK dan FPB").spans == (("kpk", 0, 3),)


def test_an_exclusion_without_a_mark_says_nothing_of_its_neighbourhood() -> None:
    polri = {"polri": agency("~polisi", context=["tilang"], exclude=["polisi tidur"])}
    assert Attributor(polri).attribute("kena tilang polisi di dekat polisi tidur").spans == (("polri", 12, 18),)


def test_an_exclusion_of_one_agency_does_not_touch_another() -> None:
    both = {"kes": agency("BPJS", exclude=["BPJS Ketenagakerjaan"]), "naker": agency("BPJS Ketenagakerjaan")}
    assert found(both, "BPJS Ketenagakerjaan cair") == ("naker",)


def test_of_two_agencies_the_longer_name_counts() -> None:
    both = {"pusat": agency("Dukcapil"), "bandung": agency("Dukcapil Bandung")}
    assert found(both, "antre di Dukcapil Bandung") == ("bandung",)
    assert found(both, "antre di Dukcapil, bukan di Bandung") == ("pusat",)


def test_two_agencies_may_share_a_name() -> None:
    assert found({"a": agency("Dinkes"), "b": agency("Dinkes")}, "lapor Dinkes") == ("a", "b")


def test_a_listed_name_is_never_taken_for_a_slip_of_another() -> None:
    both = {"kes": agency("Kemenkes"), "keu": agency("Kemenkeu")}
    assert found(both, "kemenkeu rapat") == ("keu",)


@pytest.mark.parametrize("slip", ["pertamnia", "pertmina", "pertaminna", "pertamins", "pertamine"])
def test_one_slip_of_the_keyboard_is_forgiven(slip: str) -> None:
    assert one_slip(slip, "pertamina")


@pytest.mark.parametrize("other", ["pertamin", "bertamina", "pertamqna", "pertamaan", "prtmina", "pertaminang"])
def test_two_slips_another_first_letter_or_a_far_key_are_not(other: str) -> None:
    assert not one_slip(other, "pertamina") or other == "pertamin"


def test_short_names_are_never_guessed() -> None:
    assert found({"k": agency("KPK"), "p": agency("Polri")}, "kpj pokri plori") == ()


# --- official accounts, tags, links, containers ---


def test_an_official_account_is_known_by_platform_and_handle(attributor: Attributor) -> None:
    assert attributor.official_of("x", "@PLN_123") == "pln"
    assert attributor.official_of("x", "kring_pajak") == "ditjen-pajak"
    assert attributor.official_of("mastodon", "pln_123") == attributor.official_of("x", "") == attributor.official_of("x", "warga") == ""


def test_a_page_or_app_of_an_agency_is_about_it_without_a_word(attributor: Attributor) -> None:
    review = attributor.attribute("bagus", container="app.bpjs.mobile", platform="playstore")
    assert (review.agencies, review.spans) == (("bpjs-kesehatan",), ())
    assert review.reasons == ("bpjs-kesehatan: app.bpjs.mobile",)


def test_a_tag_names_an_agency_without_a_span(attributor: Attributor) -> None:
    assert attributor.attribute("gelap", tags=["PLNMati"]).agencies == ("pln",)
    assert attributor.attribute("gelap", tags=["#malam"]).agencies == ()


@pytest.mark.parametrize(
    ("link", "slugs"),
    [("https://web.pln.co.id/x", ("pln",)), ("pajak.go.id", ("ditjen-pajak",)), ("https://notpln.co.id/x", ()), ("https://[", ()), ("", ())],
)
def test_a_link_names_an_agency_by_its_host_only(attributor: Attributor, link: str, slugs: tuple[str, ...]) -> None:
    assert attributor.attribute("lihat ini", links=[link]).agencies == slugs


def test_the_explanation_names_alias_and_manner(attributor: Attributor) -> None:
    how = {(span.alias, span.how) for span in attributor.explain("PLN, @pln_123, #PLNMati, pertamnia")}
    assert how == {("~PLN", "alias"), ("@pln_123", "handle"), ("~PLN", "hashtag"), ("Pertamina", "spelling")}


def test_without_agencies_nothing_is_found() -> None:
    assert found({}, "PLN mati") == ()


def test_five_thousand_agencies_do_not_change_what_is_found(attributor: Attributor) -> None:
    many = {**attributor.agencies, **{f"d{n}": agency(f"Dinas Nomor {n}", f"@dinas{n}", exclude=[f"Dinas Nomor {n} Baru"]) for n in range(5000)}}
    crowd = Attributor(many)
    assert [crowd.attribute(case["text"]).agencies for case in CASES] == [attributor.attribute(case["text"]).agencies for case in CASES]
    assert crowd.attribute("antre di dinas nomor 4321").agencies == ("d4321",)


@pytest.mark.parametrize(
    "hostile",
    [
        "pln" * 6_000,
        "#" + "pln" * 6_000,
        "_pln" * 5_000,
        "tilang polisi " * 1_500,
        "kpk dan fpb " * 1_600,
        "pertamna " * 2_000,
        "x" * 20_000,
        "PLN " * 5_000,
    ],
)
def test_hostile_text_is_read_in_one_pass(attributor: Attributor, hostile: str) -> None:
    attributor.attribute(hostile)  # quadratic reading would run into the suite's time limit


# --- the command ---


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "kentongan", "agencies", *arguments], capture_output=True, text=True, check=False, input=stdin)


def test_the_command_lists_every_agency_once() -> None:
    listed = run()
    assert listed.returncode == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()] == sorted(load_config(CONFIG).agencies)
    rows = [json.loads(line) for line in run("--json").stdout.splitlines()]
    assert rows[0]["slug"] == "bmkg" and "BMKG" in rows[0]["aliases"]


def test_a_trial_says_whom_and_why_and_shows_no_private_handle() -> None:
    tried = run("try", "PLN padam, kata @warga_biasa hubungi 081234567890 @pln_123")
    assert tried.returncode == 0
    assert "pln (PT PLN (Persero))" in tried.stdout and "akun '@pln_123'" in tried.stdout
    assert "warga_biasa" not in tried.stdout and "0812" not in tried.stdout


def test_a_trial_about_nobody_fails_with_code_one_and_reads_standard_input() -> None:
    assert run("try", "-", stdin="makan bakso").returncode == 1
    told = run("try", "--json", "-", stdin="kata PLN")
    assert json.loads(told.stdout) == {
        "agencies": ["pln"],
        "text": "kata PLN",
        "spans": [{"agency": "pln", "start": 5, "end": 8, "written": "PLN", "alias": "~PLN", "how": "alias"}],
    }


@pytest.mark.parametrize("text", ["P\u200bL\u2060N padam", "P\u034fLN padam", "\u03a1L\u039d padam", "\uff30\uff2c\uff2e padam"])
def test_unseen_characters_and_look_alikes_hide_no_name(text: str) -> None:
    assert SHARED.attribute(text).agencies == ("pln",)
