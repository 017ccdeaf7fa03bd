"""What people have begun to talk about, without a list of topics."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kentongan import emerging as e
from kentongan.emerging import TermCounts, count_terms, emerging

PAST = [f"listrik padam lagi di kampung kami, petugas lambat, tagihan mahal {n}" for n in range(60)]
NEW = [f"trafo meledak dekat pasar, listrik padam, warga panik {n}" for n in range(12)]


def counts(texts: list[str]) -> TermCounts:
    return count_terms((text, "", "") for text in texts)


def terms(window: list[str], past: list[str] = PAST, **more: object) -> list[str]:
    return [one.term for one in emerging(counts(window), counts(past), **more)]  # type: ignore[arg-type]  # varied by name


def test_what_rises_is_told_and_what_was_always_said_is_not() -> None:
    found = terms(NEW + PAST[:30])
    assert {"trafo meledak", "dekat pasar", "warga panik"} == set(found)
    assert not {"listrik", "padam", "listrik padam"} & set(found)


def test_the_figures_are_shares_of_texts() -> None:
    (first, *_) = emerging(counts(NEW + PAST[:36]), counts(PAST))
    assert (first.texts, first.share, first.past_share) == (12, 0.25, 0.0)


def test_without_a_past_or_with_few_texts_nothing_is_said() -> None:
    assert terms(NEW, []) == terms(NEW[:3]) == []
    assert emerging(TermCounts(), TermCounts()) == ()


def test_the_same_week_again_brings_nothing_new() -> None:
    assert terms(PAST, PAST) == []


def test_copies_of_one_text_are_one_voice() -> None:
    window = count_terms([(text, "same", "") for text in NEW] + [(text, f"c{n}", "") for n, text in enumerate(PAST)])
    assert window.texts == len(PAST) + 1
    assert emerging(window, counts(PAST)) == ()


def test_one_loud_account_is_no_crowd() -> None:
    loud = [f"slot gacor hari ke{chr(97 + n)} listrik padam" for n in range(20)]
    past = count_terms((text, "", "") for text in PAST)
    one = count_terms([(text, "", "penulis") for text in loud] + [(text, "", "") for text in PAST])
    many = count_terms([(text, "", f"penulis{n}") for n, text in enumerate(loud)] + [(text, "", "") for text in PAST])
    assert emerging(one, past) == ()
    assert "slot gacor" in [found.term for found in emerging(many, past)]


def test_the_more_words_are_looked_at_the_more_it_takes() -> None:
    """Seven of 100 texts against none of 200 is told beside ten other words, and is chance beside a thousand."""
    filler = [f"listrik padam lagi tagihan mahal petugas lambat {n}" for n in range(200)]

    def told(others: list[str]) -> list[str]:
        return terms([f"trafo {n}" for n in range(7)] + filler[: 93 - len(others)] + others, filler[: 200 - len(others)] + others)

    many = [" ".join(f"kata{a}{b}" for b in "abcdefghijklmnopqrstuvwxyz") for a in "abcdefghijklmnopqrstuvwxyz"]
    assert told([]) == ["trafo"]
    assert told(many[:20] * 4) == []


def test_a_persons_name_is_no_topic() -> None:
    window = [f"petugas bernama Budi Santoso marah {n}, kata pak Joko, trafo meledak" for n in range(12)]
    found = " ".join(terms(window + PAST[:30]))
    assert "trafo meledak" in found
    assert not any(name in found for name in ("budi", "santoso", "joko"))


def test_handles_links_numbers_and_empty_words_are_left_out() -> None:
    window = [f"@warga_biasa yang ini https://x.example/a{n} 0812 [TELEPON] trafo meledak" for n in range(12)]
    assert terms(window + PAST[:30]) == ["trafo meledak"]


def test_what_is_ignored_is_not_told() -> None:
    assert not any("trafo" in term for term in terms(NEW + PAST[:30], ignore=("Trafo",)))


def test_days_and_interjections_are_no_topics() -> None:
    assert terms([f"aduh hadeh senin januari trafo meledak {n}" for n in range(12)] + PAST[:30]) == ["trafo meledak"]


def test_a_hashtag_is_a_word() -> None:
    assert "tarifnaik" in terms([f"gelap lagi #tarifnaik nomor {n}" for n in range(8)] + PAST[:30])


def test_memory_is_bounded() -> None:
    many = count_terms((f"kata{n}a lain{n}b beda{n}c", "", "") for n in range(30_000))
    assert len(many.terms) <= e.MOST_TERMS + 5


@given(st.lists(st.text(max_size=60), max_size=30), st.lists(st.text(max_size=60), max_size=30))
@settings(max_examples=100, deadline=None)
def test_any_texts_are_read_and_order_says_nothing(window: list[str], past: list[str]) -> None:
    assert emerging(counts(window), counts(past)) == emerging(counts(window[::-1]), counts(past[::-1]))
