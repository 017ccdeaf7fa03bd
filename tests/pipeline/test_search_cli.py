"""`kentongan search`: by words, place and speaker; its counts, pages, and what it says to what it cannot understand."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest

from kentongan.store.mentions_sqlite import SqliteMentions
from tests.factories import T0, mention
from tests.pipeline.conftest import House, Rows


@pytest.fixture
def filled(house: House, rows: Rows) -> House:
    """Three places and two kinds of speakers, from text and profile."""
    found = rows(3, prefix="a", text="PLN padam di Bandung nomor")
    found += rows(2, prefix="b", text="PLN padam nomor", location="Surabaya, Indonesia")
    found += [{**row, "author_name": "Toko Contoh"} for row in rows(1, prefix="c", text="PLN padam di Kabupaten Bogor nomor")]
    stream = house.stream("rekaman", found)
    assert house.run("replay", str(stream), "--as", "x", "--db", str(house.database)).returncode == 0
    return house


def found(house: House, *arguments: str) -> list[dict[str, object]]:
    done = house.run("search", "--json", "--db", str(house.database), *arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_mentions_are_found_by_place_name_code_and_speaker_and_counted(filled: House) -> None:
    assert {len(found(filled, "--place", place)) for place in ("Jabar", "jawa barat", "32")} == {4}
    assert [one["places"] for one in found(filled, "--place", "kabupaten bogor")] == [["32", "32.01"]]
    assert len(found(filled, "--place", "sby")) == 2
    assert [one["who"] for one in found(filled, "--who", "business")] == ["business"]
    assert found(filled, "--facet", "place")[:3] == [
        {"value": "32", "name": "Jawa Barat", "count": 4},
        {"value": "32.73", "name": "Kota Bandung", "count": 3},
        {"value": "35", "name": "Jawa Timur", "count": 2},
    ]
    assert {one["value"]: one["count"] for one in found(filled, "--facet", "who")} == {"citizen": 5, "business": 1}
    wrong = filled.run("search", "--place", "atlantis", "--db", str(filled.database))
    assert wrong.returncode == 2 and "atlantis" in wrong.stderr


@pytest.fixture
def shelf(house: House) -> House:
    """Six stored mentions of power cuts, half of them in Bandung."""
    house.database.parent.mkdir(exist_ok=True)
    store = SqliteMentions(house.database)
    for number in range(6):
        where = {"text": f"padam di Bandung nomor {number}", "places": ("32", "32.73")} if number % 2 else {"text": f"padam nomor {number}"}
        store.save([mention(published_at=T0 + number * timedelta(minutes=1), **where)], T0)
    store.close()
    return house


def test_a_form_of_the_word_is_found_and_named_and_a_word_behind_a_dash_is_left_out(shelf: House) -> None:
    hits = found(shelf, "-bandung", "pemadaman")
    assert [one["matches"] for one in hits] == [["padam"]] * 3
    assert found(shelf, "--place", "Kota Bandung")[0]["place_names"] == ["Jawa Barat", "Kota Bandung"]


def test_pages_follow_each_other_and_all_is_all(shelf: House) -> None:
    ids: list[str] = []
    mark: list[str] = []
    for last in (False, True):
        done = shelf.run("search", "padam", "--json", "--limit", "4", *mark, "--db", str(shelf.database))
        ids += [json.loads(line)["id"] for line in done.stdout.splitlines()]
        assert ("--after" not in done.stderr) == last
        mark = done.stderr.split()[-2:]
    whole = shelf.run("search", "padam", "--all", "--csv", "--db", str(shelf.database))
    assert len(ids) == len(set(ids)) == 6
    assert [row["id"] for row in csv.DictReader(io.StringIO(whole.stdout))] == ids[::-1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--since", "2026-03-05", "--until", "2026-03-01"], "--until"),
        (["--after", "x"], "page mark"),
        (["--agensy", "pln"], "--agensy"),
        (["kata " * 2000], "64"),
    ],
)
def test_what_cannot_be_understood_is_wrong_use_and_named(house: House, arguments: list[str], told: str) -> None:
    done = house.run("search", *arguments)
    assert done.returncode == 2 and told in done.stderr and done.stdout == ""


def test_stray_signs_and_endless_words_find_nothing_and_say_what_next(shelf: House) -> None:
    done = shelf.run("search", "--json", '"padam', "a" * 10_000, "AND OR NOT (", "'; DROP TABLE", "--db", str(shelf.database))
    assert done.returncode == 0 and done.stdout == "" and "kentongan status" in done.stderr


def test_what_people_newly_talk_about_is_listed_without_a_list_of_topics(house: House) -> None:
    house.database.parent.mkdir(exist_ok=True)
    store = SqliteMentions(house.database)
    usual = [mention(published_at=T0 - timedelta(hours=n), text=f"tagihan mahal lagi, petugas lambat {n}") for n in range(2, 60)]
    fresh = [mention(published_at=T0 + timedelta(minutes=n), text=f"trafo meledak dekat pasar {n}", cluster_id=f"c{n}") for n in range(8)]
    store.save([*usual, *fresh], T0)
    store.close()
    until = (T0 + timedelta(hours=1)).isoformat()
    listed = found(house, "--agency", "pln", "--facet", "emerging", "--until", until)
    assert listed[0]["count"] == 8
    assert {"trafo meledak", "dekat pasar"} == {one["value"] for one in listed}
