"""Feelings: golden sentences, and what stands beside the words."""

from __future__ import annotations

import pytest

from kentongan.ports import ScoreRequest
from kentongan.records import Score
from kentongan.scoring.scorer import open_scorer


def score(text: str, **known: object) -> Score:
    return open_scorer().score([ScoreRequest(text=text, **known)])[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "lang", "label"),
    [
        ("listrik mati terus, PLN kerjanya apa sih", "id", "negative"),
        ("apk bpjs lemot bgt gabisa login, kecewa", "id", "negative"),
        ("makasih min, udah beres. gercep banget!", "id", "positive"),
        ("Min, syarat bikin KTP baru apa saja ya?", "id", "neutral"),
        ("KPK memeriksa tiga saksi kasus pengadaan https://antaranews.com/b", "id", "neutral"),
        ("antri suwe tenan nang samsat, petugase galak", "jv", "negative"),
        ("matur nuwun, pelayanane apik lan cepet banget", "jv", "positive"),
        ("hese pisan daptarna, aplikasina teu tiasa dibuka", "su", "negative"),
        ("hatur nuhun, pelayananna sae pisan", "su", "positive"),
        ("payah bana mauruih KTP ko, disuruah baliak taruih", "min", "negative"),
        ("tarimo kasih, rancak bana palayanannyo kini", "min", "positive"),
        ("terrible service, they never answer and the app is broken", "en", "negative"),
        ("thank you so much, the officers were kind and helpful", "en", "positive"),
    ],
)
def test_golden_sentences(text: str, lang: str, label: str) -> None:
    found = score(text)
    assert (found.lang, found.sentiment.label) == (lang, label)


def test_thanks_beside_trouble_is_read_as_a_complaint_and_says_so() -> None:
    found = score("terima kasih ya PLN, gelap lagi")
    assert found.sentiment.label == "negative"
    assert any(e.kind == "sentiment:sarcasm" for e in found.sentiment_evidence)


def test_thanks_for_trouble_that_is_over_is_praise() -> None:
    found = score("terima kasih PLN, listrik yang padam sudah nyala lagi, cepat sekali")
    assert found.sentiment.label == "positive"
    assert not any(e.kind == "sentiment:sarcasm" for e in found.sentiment_evidence)


def test_a_rating_moves_the_score_its_way_and_is_named() -> None:
    middle = score("aplikasi ini untuk daftar").sentiment.score
    low, high = score("aplikasi ini untuk daftar", rating=1), score("aplikasi ini untuk daftar", rating=5)
    assert low.sentiment.score < middle < high.sentiment.score
    assert any(e.kind == "sentiment:rating" for e in low.sentiment_evidence)


def test_a_rating_does_not_silence_a_clear_complaint() -> None:
    assert score("aplikasi sampah, error terus, gak bisa login, kecewa berat", rating=5).sentiment.label == "negative"


def test_a_rating_without_words_decides_alone() -> None:
    assert score("", rating=1).sentiment.label == "negative"
    assert score("", rating=5).sentiment.label == "positive"


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00\x01", "...", "\u200b\u200d"])
def test_a_text_without_words_is_neutral_and_unsure(text: str) -> None:
    found = score(text)
    assert found.sentiment.label == "neutral"
    assert found.sentiment.unsure
    assert found.lang == "other"
    assert found.hoax.evidence


@pytest.mark.parametrize("text", ["😭" * 500, "a" * 100_000, "\ud83d\ude00 \udc00 rusak", "ПЛОХО 不好 سيء", "🤬", "ñ̃́" * 50, "[TELEPON] [NIK]"])
def test_odd_text_gets_an_answer_within_bounds(text: str) -> None:
    found = score(text)
    assert -1 <= found.sentiment.score <= 1
    assert 0 <= found.sentiment.confidence <= 1
    assert 0 <= found.hoax.likelihood <= 1
    assert found.hoax.evidence


def test_another_script_is_another_language() -> None:
    assert score("電気がまた止まった").lang == "other"
    assert score("Опять нет света").lang == "other"


@pytest.mark.parametrize("text", ["payah", "aneh", "mantap", "ok", "lumayan", "error mulu"])
def test_a_word_or_two_is_indonesian(text: str) -> None:
    assert score(text).lang == "id"


def test_what_is_not_neutral_names_the_words_that_moved_it() -> None:
    found = score("pelayanan buruk sekali")
    words = [e for e in found.sentiment_evidence if e.kind == "sentiment:words"]
    assert len(words) == 1
    assert "“buruk”" in words[0].text_id
    assert "“buruk”" in words[0].text_en
    assert words[0].weight > 0


def test_english_that_the_model_is_unsure_of_is_shown_to_textblob() -> None:
    found = score("The officer at the counter was rather splendid about everything")
    assert found.lang == "en"
    assert any(e.kind == "sentiment:textblob" for e in found.sentiment_evidence)


def test_the_same_text_gives_the_same_score_in_any_company() -> None:
    texts = ["listrik mati", "terima kasih", "", "great service", "antri suwe"] * 3
    scorer = open_scorer()
    together = scorer.score([ScoreRequest(text=t) for t in texts])
    assert together == [scorer.score([ScoreRequest(text=t)])[0] for t in texts]
    assert len({s.scorer_version for s in together}) == 1
    assert together[0].scorer_version == open_scorer().version


def test_topics_are_slugs_of_what_is_talked_about() -> None:
    found = score("mati lampu dari pagi, tagihan listrik naik, call center gak diangkat")
    assert {"pemadaman", "tagihan", "pelayanan"} <= set(found.topics)
    assert found.topics == tuple(sorted(found.topics))
    assert score("selamat pagi semua").topics == ()
    assert "penipuan" not in score("apk bpjs lemot, gabisa login").topics
    assert "penipuan" in score("awas kirim apk undangan lewat wa").topics


def test_title_and_text_are_read_together() -> None:
    assert score("Simak selengkapnya", title="Pelayanan buruk, warga kecewa dan marah").sentiment.label == "negative"
