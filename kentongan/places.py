"""Which of Indonesia's 38 provinces and 514 regencies and cities a text names, as codes of the Ministry of Home Affairs.

    written                          counts as
    Kabupaten Bandung, Bupati Bogor  the regency
    Kota Bogor, Wali Kota Bogor      the city; so does a bare name that city and regency share
    Jogja, jaksel, Sumut             by a list of nicknames (places.yml)
    Batu, Pati, Serang               only in capitals beside a cue word ("warga Pati", "Pati banjir"), because they are everyday words as well
    sby                              only after a cue word: SBY is a former president
    Solo, Malang, Medan              in capitals, or after a cue word: "berangkat solo", "malang tak dapat ditolak"
    nasi Padang, Jalan Surabaya, Bu Kediri   nothing: a dish, a street, a person

A regency's code (32.73) begins with that of its province (32). No code says where a person lives: it says what the text speaks of, or what a profile
says in public of its region.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import ahocorasick
import yaml

from kentongan.spelling import Folded, fold, unfold

_REGENCY = ("kabupaten", "kab", "kab.", "bupati", "wakil bupati", "wabup", "pemkab")
_CITY = ("kota", "walikota", "wali kota", "wakil wali kota", "pemkot")
_WORD_BEFORE = re.compile(r"([^\W_]+(?: [^\W_]+)?)[ .]*$")
_WORD_AFTER = re.compile(r" ([^\W_]+)")
_MOST = 8  # places of one text; a list of all of them is no place
_LOOK_BACK = 30


class _Name(NamedTuple):
    code: str
    how: str  # plain, capital, short, everyday


class Places:
    """Finds places in texts. Build it once (`places()`): reading is cheap, building is not."""

    def __init__(self, facts: Mapping[str, Any], habits: Mapping[str, Any]) -> None:
        self.names: dict[str, str] = {**facts["provinces"], **facts["regencies"]}
        self.nicknames: dict[str, list[str]] = habits["nicknames"]
        everyday = {fold(name) for name in habits["everyday"]}
        capital = {fold(name) for name in habits["capital"]}
        self._cues = frozenset(fold(word) for word in habits["cues"])
        self._cues_after = frozenset(habits["cues_after"])
        self._not_after = frozenset(fold(word) for word in habits["not_after"])
        self._beside = {
            fold(name): (frozenset(words.get("before", ())), frozenset(words.get("after", ()))) for name, words in habits["beside"].items()
        }
        found: dict[str, _Name] = {}
        for code, name in facts["regencies"].items():
            kind, _, bare = name.replace("Kep. ", "").partition(" ")
            bare = fold(bare.removeprefix("Administrasi ")).strip()
            titles = _REGENCY if kind == "Kabupaten" else _CITY
            for title in titles:
                found[f"{title} {bare}"] = _Name(code, "plain")
            if kind == "Kota" or bare not in found:  # of city and regency with one name the city is meant
                found[bare] = _Name(code, "everyday" if bare in everyday else "plain")
                if kind == "Kota" and " " in bare:  # Bandar Lampung is also written Bandarlampung
                    found.setdefault(bare.replace(" ", ""), _Name(code, "plain"))
        for code, name in facts["provinces"].items():
            found[fold(name)] = _Name(code, "plain")
        for code, names in habits["nicknames"].items():
            found.update({fold(name): _Name(code, "plain") for name in names})
        for code, names in habits["english"].items():
            found.update({fold(name): _Name(code, "plain") for name in names})
        found.update({name: _Name(found[name].code, "capital") for name in capital})
        for code, names in habits["short"].items():
            found.update({fold(name): _Name(code, "short") for name in names})
        self._automaton = ahocorasick.Automaton()
        for written, entry in found.items():
            self._automaton.add_word(written, (len(written), entry))
        self._automaton.make_automaton()

    def find(self, text: str, *, profile: bool = False) -> tuple[str, ...]:
        """Codes of the most exact places named, in order of code; a regency brings its province. Empty when there is none.

        profile: the text is what a profile gives as its place, so that a short form needs no cue ("mlg").
        """
        codes = {code for code, _, _ in self.spans(text, profile=profile)}
        return tuple(sorted(codes | {code[:2] for code in codes}))[: 2 * _MOST]

    def spans(self, text: str, *, profile: bool = False) -> list[tuple[str, int, int]]:
        """(code, start, end) of each place named, in order; of names inside each other the longest."""
        folded = unfold(text)
        hits: list[tuple[int, int, _Name]] = []
        for last, (length, name) in self._automaton.iter(folded.plain):
            start, end = last + 1 - length, last + 1
            if _alone(folded.plain, start, end):
                hits.append((start, -end, name))
        if not hits:
            return []
        found: list[tuple[str, int, int]] = []
        reached = 0
        for start, negative_end, name in sorted(hits):
            end = -negative_end
            if start < reached:
                continue
            reached = end
            if self._counts(folded, start, end, name.how, profile):
                found.append((name.code, *folded.span(start, end)))
                if len(found) == _MOST:
                    break
        return found

    def _counts(self, folded: Folded, start: int, end: int, how: str, profile: bool) -> bool:
        plain = folded.plain
        before = _words_before(plain[max(0, start - _LOOK_BACK) : start])
        if before & self._not_after:
            return False
        capital = folded.written(start, start + 1).isupper()
        cued = profile or bool(before & self._cues) or plain[start - 1 : start] == "#"
        if how in ("plain", "capital"):
            rivals = self._beside.get(plain[start:end], (frozenset(), frozenset()))
            return (how == "plain" or capital or cued) and not (before & rivals[0] or _word_after(plain, end) in rivals[1])
        return (how == "short" and cued) or (how == "everyday" and capital and (cued or _word_after(plain, end) in self._cues_after))

    def name_of(self, code: str) -> str:
        """`Kota Bandung`, or the code itself when nobody knows it."""
        return self.names.get(code, code)

    def code_of(self, asked: str) -> str:
        """The code of what somebody types: a code, or a name as texts have it; "" when it is none or not certain."""
        if asked in self.names:
            return asked
        found = {code for code, start, end in self.spans(f"di {asked.title()}") if (start, end) == (3, 3 + len(asked))}
        return found.pop() if len(found) == 1 else ""


def _alone(plain: str, start: int, end: int) -> bool:
    before = plain[start - 1] if start else " "
    after = plain[end] if end < len(plain) else " "
    return not (before.isalnum() or before in "_@" or after.isalnum() or after == "_")


def _words_before(stretch: str) -> set[str]:
    """The word right before, and the two words right before."""
    match = _WORD_BEFORE.search(stretch)
    return {match[1], match[1].rpartition(" ")[2]} if match else set()


def _word_after(plain: str, end: int) -> str:
    match = _WORD_AFTER.match(plain, end)
    return match[1] if match else ""


@cache
def places() -> Places:
    """The finder with what ships."""
    folder = resources.files("kentongan")
    return Places(
        json.loads((folder / "places.json").read_text(encoding="utf-8")), yaml.safe_load((folder / "places.yml").read_text(encoding="utf-8"))
    )


def most_exact(codes: Iterator[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Without the provinces of regencies that are there too."""
    known = tuple(codes)
    return tuple(code for code in known if len(code) > 2 or not any(other.startswith(code + ".") for other in known))
