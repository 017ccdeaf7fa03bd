"""The contract of `MentionStore`: finding. Every home passes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kentongan import records as r
from kentongan.errors import InputError
from kentongan.ports import MentionQuery, MentionStore
from tests.factories import T0, mention
from tests.store.conftest import ELASTIC, mention_home

MINUTE = timedelta(minutes=1)


def texts(store: MentionStore, **fields: object) -> list[str]:
    """Texts of what a search finds, sorted; search and scan must agree."""
    query = MentionQuery(**fields)  # type: ignore[arg-type]  # varied by name
    page = store.search(query, limit=100)
    found = sorted(m.mention.text for m in page.mentions)
    assert found == sorted(m.mention.text for m in store.scan(query))
    assert page.total == len(found)
    return found


def save(store: MentionStore, *found: r.ScoredMention) -> None:
    store.save(found, T0)


# places and speakers


def test_a_place_is_found_with_its_regencies_and_a_speaker_by_kind(mentions: MentionStore) -> None:
    shop = r.Author(key="v1:s", kind=r.AuthorKind.BUSINESS)
    save(
        mentions,
        mention(text="bandung", places=("32", "32.73")),
        mention(text="jabar", places=("32",)),
        mention(text="dua", places=("31", "32", "32.04"), author=shop),
        mention(text="tiada"),
    )
    assert texts(mentions, place="32") == ["bandung", "dua", "jabar"]
    assert texts(mentions, place="32.73") == ["bandung"]
    assert texts(mentions, place="3") == texts(mentions, place="32.7") == []
    assert texts(mentions, author_kind="business") == ["dua"]
    assert texts(mentions, author_kind="citizen", place="32", agency="pln", label="negative") == ["bandung", "jabar"]


# words


@pytest.fixture(scope="module", params=["sqlite", ELASTIC])
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MentionStore]:
    """Five texts that are only read."""
    with mention_home(request, tmp_path_factory.mktemp("library")) as opener:
        store = opener()
        save_library(store)
        yield store


def save_library(store: MentionStore) -> None:
    save(
        store,
        mention(text="listrik padam di Medan"),
        mention(text="padam listrik lagi, Medan gelap"),
        mention(text="air padam", title="Kabar Medan"),
        mention(text="e-KTP belum jadi 😡"),
        mention(text="Café PLN buka"),
    )


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("padam", 3),
        ("PADAM medan", 3),
        ("listrik medan", 2),
        ('"listrik padam"', 1),
        ("“listrik padam”", 1),
        ("padam -listrik", 1),
        ('padam -"listrik padam"', 2),
        ("-padam", 2),
        ("-padam -café", 1),
        ("list*", 2),
        ('"listrik pad"*', 1),
        ("e-KTP", 1),
        ("cafe", 1),
        ("kabar", 1),
        ("tiada", 0),
        ("   ", 5),
        ("padam !!! ()", 3),
    ],
)
def test_words_phrases_exclusions_and_beginnings(library: MentionStore, typed: str, found: int) -> None:
    assert len(texts(library, text=typed)) == found


@pytest.mark.parametrize("typed", ["!!!", '"', '""', "*", "-", "😡", "-*", "()"])
def test_a_search_of_signs_alone_finds_nothing(library: MentionStore, typed: str) -> None:
    assert texts(library, text=typed) == []


OPERATORS = ["AND", "OR NOT", 'padam AND "', "title:padam", "NEAR(padam listrik)", "^padam", "padam\x00x", "a + b", "{title}: x", "\ud83d"]
OPERATORS += ["'; DROP TABLE mention", "/ab/", "a~2", "[a TO b]", "padam^2", "_exists_:text"]


@pytest.mark.parametrize("typed", OPERATORS)
def test_operators_of_the_database_are_only_text(library: MentionStore, typed: str) -> None:
    texts(library, text=typed)
    assert library.count() == 5


@given(typed=st.text(max_size=40))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_nothing_that_can_be_typed_is_an_error(library: MentionStore, typed: str) -> None:
    page = library.search(MentionQuery(text=typed))
    assert page.total >= len(page.mentions)


def test_an_overlong_search_is_refused_in_words(library: MentionStore) -> None:
    with pytest.raises(InputError, match="64"):
        library.search(MentionQuery(text=" ".join(f"kata{i}" for i in range(65))))


# conditions


def test_each_condition_restricts(mentions: MentionStore) -> None:
    save(
        mentions,
        mention(text="biasa"),
        mention(text="kategori", category=r.Category.NEWS),
        mention(text="sumber", source="antara"),
        mention(text="wadah", platform="telegram"),
        mention(text="kembar", cluster_id="k1"),
        mention(text="klaim", claim_id="c1"),
        mention(text="jawa", lang="jv"),
        mention(text="resmi", official_of="pln"),
        mention(text="balasan", parent_id="p1"),
        mention(text="balasan dua", parent_id="p2"),
        mention(text="lain", agencies=("kpk",)),
        mention(text="orang", author=r.Author(key="v1:orang")),
        mention(text="anonim", author=r.Author()),
    )
    assert texts(mentions, category="news") == ["kategori"]
    assert texts(mentions, source="antara") == ["sumber"]
    assert texts(mentions, platform="telegram") == ["wadah"]
    assert texts(mentions, cluster_id="k1") == ["kembar"]
    assert texts(mentions, claim_id="c1") == ["klaim"]
    assert texts(mentions, lang="jv") == ["jawa"]
    assert texts(mentions, official=True) == ["resmi"]
    assert "resmi" not in texts(mentions, official=False, agency="pln")
    assert texts(mentions, parent_ids=("p1", "p2", "p3")) == ["balasan", "balasan dua"]
    assert texts(mentions, agency="kpk") == ["lain"]
    assert texts(mentions, author_keys=("v1:orang", "v2:orang", "")) == ["orang"]


def test_all_conditions_must_hold_together(mentions: MentionStore) -> None:
    near = {"source": "antara", "agencies": ("kpk", "pln"), "cluster_id": "k", "claim_id": "c", "lang": "jv", "parent_id": "p"}
    save(mentions, mention(text="padam benar", **near), mention(text="padam salah", **near, published_at=T0 + 9 * MINUTE), mention(text="padam"))
    window = r.Window(start=T0, end=T0 + MINUTE)
    asked = {"text": "padam -salah", "agency": "kpk", "label": "negative", "source": "antara", "cluster_id": "k", "claim_id": "c", "lang": "jv"}
    assert texts(mentions, **asked, window=window, parent_ids=("p",), hoax_at_least=0.01, official=False, category="microblog") == ["padam benar"]
    assert texts(mentions, **{**asked, "text": ""}, parent_ids=("p",)) == ["padam benar", "padam salah"]
    assert texts(mentions, text="padam", agency="kpk", window=window) == ["padam benar"]


def test_the_window_holds_its_start_and_not_its_end(mentions: MentionStore) -> None:
    save(mentions, mention(text="awal"), mention(text="akhir", published_at=T0 + MINUTE))
    for agency in ("", "pln"):
        assert texts(mentions, agency=agency, window=r.Window(start=T0, end=T0 + MINUTE)) == ["awal"]


def test_a_label_is_the_agency_s_own_or_the_whole_text_s(mentions: MentionStore) -> None:
    one = mention(text="campur", agencies=("kpk", "pln"))
    positive = r.Sentiment(label="positive", score=0.9, confidence=0.9)
    save(
        mentions,
        replace(one, score=replace(one.score, sentiment_by_agency={"kpk": positive})),
        mention(text="dikoreksi", labels={"sentiment": "positive"}),
    )
    assert texts(mentions, agency="kpk", label="positive") == ["campur"]
    assert texts(mentions, agency="pln", label="negative") == ["campur"]
    assert texts(mentions, label="negative") == ["campur"]
    assert texts(mentions, label="positive") == ["dikoreksi"]


def test_a_person_s_word_on_a_hoax_is_certain(mentions: MentionStore) -> None:
    save(
        mentions,
        mention(text="ya", labels={"hoax": "yes"}),
        mention(text="tidak", hoax=0.9, labels={"hoax": "no"}),
        mention(text="mungkin", hoax=0.6),
    )
    assert texts(mentions, hoax_at_least=0.5) == ["mungkin", "ya"]
    assert texts(mentions, hoax_at_least=0.0) == ["mungkin", "tidak", "ya"]


def test_an_unknown_label_is_refused_in_words(mentions: MentionStore) -> None:
    with pytest.raises(InputError, match="negatif"):
        mentions.search(MentionQuery(label="negatif"))


# order and pages


@pytest.mark.parametrize("agency", ["", "pln"])
def test_pages_go_from_newest_to_oldest_without_gap_or_repeat(mentions: MentionStore, agency: str) -> None:
    stored = [mention(published_at=T0 + (i // 3) * MINUTE, text=f"n{i}") for i in range(25)]
    mentions.save(stored, T0)
    seen: list[r.ScoredMention] = []
    after = ""
    while True:
        page = mentions.search(MentionQuery(agency=agency), limit=4, after=after)
        assert page.total == 25
        seen += page.mentions
        if not (after := page.after):
            break
        if len(seen) == 8:  # what comes in meanwhile is newer, and moves nothing
            mentions.save([mention(published_at=T0 + timedelta(days=1))], T0)
            mentions.forget(ids=[mentions.search(MentionQuery(), limit=1).mentions[0].mention.id])
    assert len(seen) == 25
    assert {m.mention.id for m in seen} == {m.mention.id for m in stored}
    times = [m.mention.published_at for m in seen]
    assert times == sorted(times, reverse=True)


def test_the_last_page_says_that_there_is_no_more(mentions: MentionStore) -> None:
    save(mentions, *(mention(published_at=T0 + i * MINUTE) for i in range(4)))
    first = mentions.search(MentionQuery(), limit=2)
    second = mentions.search(MentionQuery(), limit=2, after=first.after)
    assert first.after
    assert not second.after


@pytest.mark.parametrize("after", ["x", "', 1) OR 1=1 --"])
def test_a_page_mark_that_nobody_gave_is_refused_in_words(mentions: MentionStore, after: str) -> None:
    save(mentions, mention())
    with pytest.raises(InputError, match="halaman"):
        mentions.search(MentionQuery(), after=after)


def test_a_scan_goes_from_oldest_to_newest_over_many_chunks(mentions: MentionStore) -> None:
    order = [(i * 7919) % 2503 for i in range(2503)]
    mentions.save([mention(native_id=str(i), published_at=T0 + timedelta(seconds=s)) for i, s in enumerate(order)], T0)
    times = [m.mention.published_at for m in mentions.scan(MentionQuery())]
    assert times == sorted(times)
    assert len(times) == 2503


def test_a_scan_bears_that_its_reader_saves_meanwhile(mentions: MentionStore) -> None:
    mentions.save([mention(native_id=str(i), published_at=T0 + timedelta(seconds=i)) for i in range(1200)], T0)
    seen = 0
    for found in mentions.scan(MentionQuery(agency="pln")):
        seen += 1
        if seen % 400 == 0:
            mentions.save([replace(found, score=replace(found.score, scorer_version="v2"))], T0 + MINUTE)
    assert seen == 1200
