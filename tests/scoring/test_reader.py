"""The compiled reader: what it takes for the same, and that a text is read the same way alone and in a batch."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from kentongan.scoring import characters, claim_grams, claim_words, ngrams, sums
from kentongan.scoring.model import POLAR, load_model
from kentongan.scoring.reader import LONGEST, Reader

READER = Reader(load_model().table, POLAR)


def buckets(text: str) -> list[int]:
    return READER.features([text])[0].tolist()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("gak bisa login", "tidak bisa login"),
        ("TIDAK BISA LOGIN", "tidak bisa login"),
        ("tidaaaaak bisaaa login", "tidak bisa login"),
        ("tempatnya bersih", "tempat nya bersih"),
        ("cek https://pln.co.id/a?b=1", "cek http://antaranews.com/berita"),
        ("cek bit.ly/abc", "cek www.example.org"),
        ("@warga1 halo", "@orang_lain halo"),
        ("bayar 125000", "bayar 9"),
        ("li\u200bst\u00adrik mati", "listrik mati"),
        ("𝗷𝘂𝗱𝗼𝗹 meresahkan", "judol meresahkan"),
        ("ma'af kak", "maaf kak"),
        ("marah-marah", "marah marah"),
        ("#PLNGelap", "PLNGelap"),
        ("👍🏽", "👍"),
    ],
)
def test_ways_of_writing_the_same_are_read_as_the_same(written: str, meant: str) -> None:
    assert buckets(written) == buckets(meant)


@pytest.mark.parametrize(
    ("one", "other"),
    [("tidak bagus", "bagus"), ("bagus", "bagus!!!"), ("apa kabar", "apa kabar?"), ("maaf", "mafa"), ("tidak. bagus", "tidak bagus")],
)
def test_what_differs_in_meaning_is_read_as_different(one: str, other: str) -> None:
    assert buckets(one) != buckets(other)


def test_a_text_is_read_the_same_alone_and_in_a_batch() -> None:
    texts = ["listrik mati lagi", "", "terima kasih", "😡😡", "x" * 10_000, "\ud83d rusak", "a\x00b"]
    together = READER.read(texts)
    for number, text in enumerate(texts):
        alone = READER.read([text])
        assert np.array_equal(alone.sums[0], together.sums[number])
        assert np.array_equal(alone.styles[0], together.styles[number])
        assert np.array_equal(alone.tops[0], together.tops[number])


def test_the_strongest_words_are_places_in_the_text() -> None:
    reading = READER.read(["pelayanan buruk sekali, petugas ramah"])
    start, end = reading.tops[0, 0, 0]
    assert reading.texts[0][start:end] == "buruk"
    start, end = reading.tops[0, 1, 0]
    assert reading.texts[0][start:end] == "ramah"


def test_style_is_counted_before_the_text_is_flattened() -> None:
    style = READER.read(["@a SEBARKAN!!! Cek https://x.id dan bit.ly/y\nSEKARANG?? 😱😱 [TELEPON] 081"]).styles[0]
    assert style[ngrams.REPLY] == 1
    assert style[ngrams.CAPS] == 3
    assert style[ngrams.EXCLAIM_RUN] == 3
    assert style[ngrams.QUESTIONS] == 1
    assert style[ngrams.LINKS] == 2
    assert style[ngrams.HANDLES] == 1
    assert style[ngrams.EMOJI] == 2
    assert style[ngrams.LINES] == 1
    assert style[ngrams.DIGITS] == 3


def test_a_huge_text_is_capped_and_its_end_still_read() -> None:
    reading = READER.read(["baik " * 100_000 + "buruk"])
    assert len(reading.texts[0]) <= LONGEST
    assert reading.texts[0].endswith("buruk")


def test_python_and_compiled_hashes_agree() -> None:
    for word in ("gak", "bgt", "né", "ora"):
        codes = np.array([ord(c) for c in word], np.uint32)
        h = int(ngrams.fnv(codes, 0, len(word), characters.WORD_SEED))
        assert h == characters.word_hash(word)
        assert int(ngrams.mix(np.uint64(h))) == characters.mix(h)


@pytest.mark.parametrize(
    ("module", "files"),
    [
        (sums, ("characters.py", "ngrams.py")),
        (claim_words, ("characters.py", "ngrams.py")),
        (claim_grams, ("characters.py", "ngrams.py", "claim_words.py")),
    ],
)
def test_compiled_files_name_what_they_were_compiled_with(module: object, files: tuple[str, ...]) -> None:
    folder = Path(ngrams.__file__).parent
    now = hashlib.sha256(b"".join((folder / name).read_bytes() for name in files)).hexdigest()[:12]
    assert now == module.COMPILED_WITH, f"{', '.join(files)} changed: set COMPILED_WITH in {module.__name__} to {now!r}"  # type: ignore[attr-defined]


def test_no_slang_word_stands_for_two_forms() -> None:
    import yaml

    standard = yaml.safe_load((Path(ngrams.__file__).parent / "slang.yml").read_text(encoding="utf-8"))["standard"]
    variants = [variant for line in standard.values() for variant in str(line).split()]
    assert len(variants) > 400
    assert sorted(set(variants)) == sorted(variants)
    assert not set(variants) & set(standard), "a form that is itself replaced would depend on the order"
