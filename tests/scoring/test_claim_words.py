"""Words as claims compare them: without affixes, by meaning; and the list of meanings itself."""

from __future__ import annotations

from importlib import resources
from itertools import pairwise

import pytest
import yaml

from kentongan.scoring.claim_grams import ClaimReader
from kentongan.scoring.claim_words import meaning, stem


@pytest.mark.parametrize(
    ("forms", "root"),
    [
        ("membagikan dibagikan bagikan", "bagi"),
        ("menarik ditarik tertarik", "tarik"),
        ("memecat dipecat pemecatan", "pecat"),
        ("menyalurkan disalurkan", "salur"),
        ("menghapuskan dihapuskan penghapusan", "hapus"),
        ("mengundurkan diundur pengunduran", "undur"),
        ("tertangkap penangkapan ditangkap", "tangkap"),
    ],
)
def test_forms_of_one_root_have_one_stem(forms: str, root: str) -> None:
    assert {stem(form) for form in forms.split()} == {root}


@pytest.mark.parametrize("word", ["bagi", "dia", "a", "kami", "", "pln"])
def test_short_words_are_left_alone(word: str) -> None:
    assert stem(word) == word


def test_words_of_one_meaning_are_one_word_to_the_reader() -> None:
    reading = ClaimReader().read(["pejabat itu tewas", "pejabat itu meninggal", "pejabat itu wafat", "pejabat itu menang"])
    ends = [0, *reading.ends.tolist()]
    first, second, third, other = [reading.buckets[a:b].tolist() for a, b in pairwise(ends)]
    assert first == second == third
    assert first != other


def test_no_word_stands_for_two_meanings() -> None:
    content = yaml.safe_load((resources.files("kentongan.scoring") / "synonyms.yml").read_text(encoding="utf-8"))
    words = [word for group in content["groups"] for word in group.split()] + content["silent"].split()
    assert len(words) > 900
    assert len(words) == len(set(words))
    assert all(word.isalnum() for word in words), "the reader cuts words at every other character"


def test_meaning_agrees_with_what_the_compiled_reader_compares() -> None:
    reader = ClaimReader()
    for one, same in (("duit", "uang"), ("dicopot", "dipecat"), ("erupsi", "letusan"), ("membagikan", "berbagi"), ("free", "digratiskan")):
        assert meaning(one) == meaning(same)
        assert reader.read([one]).words.tolist() == reader.read([same]).words.tolist()
