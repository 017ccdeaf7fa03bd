"""`kentongan search` by place and speaker, and its counts."""

from __future__ import annotations

import json

import pytest

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
