"""Which places a text names: hand-written cases in two parts, of which one is not looked at while mending, and the laws around them."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kentongan.agencies import Attributor
from kentongan.clock import FixedClock
from kentongan.config import load_config
from kentongan.intake import Intake
from kentongan.places import most_exact, places
from kentongan.pseudonyms import Pseudonyms
from kentongan.records import Account, Category, Mention
from tests.factories import T0, post

ROOT = Path(__file__).parents[1]
FINDER = places()


class Case(NamedTuple):
    codes: frozenset[str]  # the most exact ones and their provinces
    text: str

    @property
    def unseen(self) -> bool:
        """Of the test part: a third, by the hash of the text."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 3 == 0


def read_cases() -> list[Case]:
    """All cases, in the order of the file."""
    groups = yaml.safe_load((ROOT / "tests" / "fixtures" / "places_cases.yml").read_text(encoding="utf-8"))
    found = []
    for line in "".join(groups.values()).splitlines():
        named, _, text = line.partition(" | ")
        codes = set() if named == "-" else set(named.split(","))
        found.append(Case(frozenset(codes | {code[:2] for code in codes}), text))
    return found


CASES = read_cases()


def test_the_cases_are_many_and_name_known_places() -> None:
    assert len(CASES) >= 120 and len({case.text for case in CASES}) == len(CASES)
    assert sum(case.unseen for case in CASES) >= 40
    assert set().union(*(case.codes for case in CASES)) <= set(FINDER.names)


@pytest.mark.parametrize("unseen", [False, True])
def test_precision_and_recall_reach_90_percent_in_each_part(unseen: bool) -> None:
    pairs = [(set(FINDER.find(case.text)), case.codes) for case in CASES if case.unseen is unseen]
    right = sum(len(got & wanted) for got, wanted in pairs)
    assert right / sum(len(got) for got, _ in pairs) >= 0.9
    assert right / sum(len(wanted) for _, wanted in pairs) >= 0.9


def test_all_provinces_regencies_and_cities_are_known_and_found_by_their_names() -> None:
    assert sum(len(code) == 2 for code in FINDER.names) == 38
    assert sum(len(code) == 5 for code in FINDER.names) == 514
    official = {code: FINDER.find(f"warga {name} menunggu") for code, name in FINDER.names.items()}
    assert [FINDER.names[code] for code, found in official.items() if found != tuple(sorted({code, code[:2]}))] == []


def test_a_regency_lies_in_its_province() -> None:
    assert FINDER.find("di Kota Bandung") == ("32", "32.73")
    assert most_exact(("31", "32", "32.73")) == ("31", "32.73")


@pytest.mark.parametrize(
    ("typed", "code"),
    [("32.73", "32.73"), ("jabar", "32"), ("Kota Batu", "35.79"), ("batu", "35.79"), ("sby", "35.78"), ("bandung", "32.73"), ("x", ""), ("", "")],
)
def test_what_somebody_types_for_a_place_is_understood(typed: str, code: str) -> None:
    assert FINDER.code_of(typed) == code


@given(st.text(max_size=120))
@settings(max_examples=200, deadline=None)
def test_places_lie_inside_the_text(text: str) -> None:
    spans = FINDER.spans(text)
    assert all(0 <= start < end <= len(text) and code in FINDER.names for code, start, end in spans)
    assert all(left[2] <= right[1] for left, right in pairwise(spans))


@pytest.mark.parametrize("hostile", ["di Batu " * 3000, "bandung" * 3000, "kabupaten " * 2000, "x" * 20_000])
def test_hostile_text_is_read_in_one_pass_and_gives_few_places(hostile: str) -> None:
    assert len(FINDER.find(hostile)) <= 16  # quadratic reading would run into the suite's time limit


# --- at intake ---


@pytest.fixture
def intake(tmp_path: Path) -> Intake:
    return Intake(Attributor(load_config(ROOT / "config").agencies), Pseudonyms(tmp_path), FixedClock(T0))


def taken(intake: Intake, text: str, account: Account) -> Mention:
    found = intake.mention(post(text=text, account=account), source="x", category=Category.MICROBLOG)
    assert found is not None
    return found[0]


def test_the_text_says_where_and_only_else_the_profile(intake: Intake) -> None:
    home = Account(handle="warga", location="Bandung, Indonesia")
    assert taken(intake, "PLN padam di Medan", home).places == ("12", "12.71")
    assert taken(intake, "PLN padam", home).places == ("32", "32.73")
    assert taken(intake, "PLN padam", Account(handle="warga", location="di hatimu")).places == ()


def test_of_a_profile_only_the_regions_code_is_kept(intake: Intake) -> None:
    kept = taken(intake, "PLN padam", Account(handle="warga", location="Jl. Kenanga 5, Bandung"))
    assert "Kenanga" not in repr(kept)


@pytest.mark.parametrize(
    ("profile", "codes"),
    [
        ("Jogja | Jkt", {"34", "31"}),
        ("mlg", {"35.73"}),
        ("South Jakarta", {"31.74"}),
        ("north sumatra", {"12"}),
        ("Kab. Bandung Barat", {"32.17"}),
        ("📍Bandung 🇮🇩", {"32.73"}),
        ("Bumi", set()),
        ("di hatimu", set()),
    ],
)
def test_what_a_profile_gives_as_its_place_needs_no_cue(profile: str, codes: set[str]) -> None:
    assert set(most_exact(FINDER.find(profile, profile=True))) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("listrik Kukar padam sejak subuh", {"64", "64.02"}),
        ("Inhil dan Lamteng banjir", {"14", "14.04", "18", "18.02"}),
        ("warga rohul antre", {"14", "14.06"}),
        ("lagu Rohul Kudus", set()),
        ("aku arep bali dhisik yo", set()),
        ("liburan ke bali", {"51"}),
        ("Bali gelap", {"51"}),
        ("Demak banjir rob, Palu gempa", {"33", "33.21", "72", "72.71"}),
        ("Batu longsor menutup jalan, batu padam", set()),
    ],
)
def test_regencies_by_their_short_names_and_words_that_mean_something_else(text: str, codes: set[str]) -> None:
    assert set(FINDER.find(text)) == codes
