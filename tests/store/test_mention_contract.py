"""The contract of `MentionStore`: saving, counting, taking away. Every home passes it; passing it is the definition of done for a new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest

from kentongan import records as r
from kentongan.ports import MentionQuery, MentionStore, Saved, ScoreRequest
from kentongan.scoring.scorer import open_scorer
from tests.factories import T0, mention

LATER = T0 + timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def key(agency: str = "pln", minutes: int = 0) -> r.BinKey:
    return r.BinKey(agency=agency, start=T0 + timedelta(minutes=minutes))


def count(store: MentionStore, agency: str = "pln", minutes: int = 0) -> tuple[int, int, int, int]:
    (found,) = store.bin_counts([key(agency, minutes)])
    return found.total, found.negative, found.positive, found.hoax


def changed(scored: r.ScoredMention, **fields: object) -> r.ScoredMention:
    return replace(scored, mention=replace(scored.mention, **fields))  # type: ignore[arg-type]  # varied by name


def rescored(scored: r.ScoredMention, version: str, label: r.Label = "positive") -> r.ScoredMention:
    sentiment = r.Sentiment(label=label, score=0.5, confidence=0.7)
    return replace(scored, score=replace(scored.score, scorer_version=version, sentiment=sentiment))


# saving


def test_what_was_saved_comes_back_identical(mentions: MentionStore) -> None:
    full = mention(
        title="Listrik padam",
        url="https://contoh.id/1",
        author=r.Author(key="v1:abc", kind=r.AuthorKind.MEDIA, name="Kantor Berita", followers=12, verified=True),
        updated_at=T0 + timedelta(microseconds=123_456),
        tags=("pln",),
        links=("https://a.id/x?y=1&z=2",),
        rating=2,
        metrics={"likes": 3, "replies": 0},
        agencies=("pln", "polri"),
        official_of="polri",
        places=("jakarta",),
        parent_id="induk",
        container="grup",
        claim_id="klaim",
        topics=("padam",),
        text="baris satu\nbaris dua 😡 \t\u200f ujung",
    )
    assert mentions.save([full], T0) == Saved(new=1, changed=0, unchanged=0)
    assert mentions.get([full.mention.id]) == [full]


@pytest.mark.parametrize("tier", ["auto", "fast"])
def test_what_the_scorer_says_comes_back_to_the_last_digit(mentions: MentionStore, tier: Literal["auto", "fast"]) -> None:
    texts = ("listrik mati terus, PLN kerjanya apa sih", "udah lapor tapi ya gitu deh", "matur nuwun, sae", "great, nothing works")
    scores = open_scorer(tier=tier).score([ScoreRequest(text=text, agencies=("pln",)) for text in texts])
    saved = [replace(mention(text=text), score=score) for text, score in zip(texts, scores, strict=True)]
    mentions.save(saved, T0)
    assert mentions.get([one.mention.id for one in saved]) == saved


def test_saving_the_same_again_changes_nothing(mentions: MentionStore) -> None:
    page = [mention() for _ in range(3)]
    mentions.save(page, T0)
    assert mentions.save(page, LATER) == Saved(new=0, changed=0, unchanged=3)
    assert mentions.count() == 3


def test_metrics_text_scorer_version_and_labels_each_make_a_change(mentions: MentionStore) -> None:
    one = mention()
    mentions.save([one], T0)
    steps = (
        changed(one, metrics={"likes": 9}),
        changed(one, metrics={"likes": 9}, text="diubah", content_hash="lain"),
        rescored(changed(one, metrics={"likes": 9}, text="diubah", content_hash="lain"), "v2"),
        replace(rescored(changed(one, metrics={"likes": 9}, text="diubah", content_hash="lain"), "v2"), labels={"sentiment": "neutral"}),
    )
    for hours, step in enumerate(steps, 1):
        assert mentions.save([step], T0 + timedelta(hours=hours)) == Saved(new=0, changed=1, unchanged=0)
        assert mentions.get([one.mention.id]) == [step]


def test_a_matched_claim_that_comes_changes_or_goes_makes_a_change(mentions: MentionStore) -> None:
    one = mention()
    mentions.save([one], T0)

    def told(claim_id: str, likelihood: float, text: str) -> r.ScoredMention:
        shown = r.Evidence(kind="claim_match", weight=1.0, text_id=text, text_en=text)
        return replace(one, score=replace(one.score, hoax=r.Hoax(likelihood=likelihood, evidence=(shown,), claim_id=claim_id)))

    steps = (told("a", 0.8, "Mirip"), told("b", 0.8, "Mirip"), told("b", 0.3, "Mirip"), told("b", 0.3, "Mirip, judul baru"), one)
    for hours, step in enumerate(steps, 1):
        assert mentions.save([step], T0 + timedelta(hours=hours)) == Saved(new=0, changed=1, unchanged=0)
        assert mentions.get([one.mention.id]) == [step]
    assert mentions.save([one], T0 + timedelta(hours=9)).unchanged == 1


def test_a_document_older_than_the_stored_one_loses(mentions: MentionStore) -> None:
    one = mention()
    newer = rescored(one, "v2")
    mentions.save([newer], LATER)
    assert mentions.save([one], T0) == Saved(new=0, changed=0, unchanged=1)
    assert mentions.get([one.mention.id]) == [newer]


def test_a_document_of_the_same_moment_wins(mentions: MentionStore) -> None:
    one = mention()
    mentions.save([one], T0)
    assert mentions.save([rescored(one, "v2")], T0).changed == 1


def test_of_duplicate_ids_in_one_call_the_last_wins(mentions: MentionStore) -> None:
    one = mention()
    last = changed(one, text="terakhir", content_hash="z")
    assert mentions.save([one, mention(), last], T0) == Saved(new=2, changed=0, unchanged=0)
    assert mentions.get([one.mention.id]) == [last]


def test_saving_nothing_is_fine(mentions: MentionStore) -> None:
    assert mentions.save([], T0) == Saved(new=0, changed=0, unchanged=0)
    assert mentions.get([]) == []
    assert mentions.bin_counts([]) == []


def test_get_keeps_the_order_asked_for_and_leaves_out_the_unknown(mentions: MentionStore) -> None:
    page = [mention() for _ in range(4)]
    mentions.save(page, T0)
    ids = [m.mention.id for m in page]
    assert [m.mention.id for m in mentions.get([ids[2], "tidak-ada", ids[0]])] == [ids[2], ids[0]]


def test_what_two_openings_save_is_one_mention_and_both_count_it(mention_store_factory: Callable[[], MentionStore]) -> None:
    first, second = mention_store_factory(), mention_store_factory()
    one = mention()
    first.save([one], T0)
    second.save([one], T0)
    assert [count(first), count(second)] == [(1, 1, 0, 0), (1, 1, 0, 0)]
    assert first.count() == second.count() == 1


def test_corrections_by_people_survive_a_save_that_brings_none(mentions: MentionStore) -> None:
    one = mention(labels={"sentiment": "positive"})
    mentions.save([one], T0)
    mentions.save([rescored(replace(one, labels={"hoax": "yes"}), "v2", "negative")], LATER)
    (found,) = mentions.get([one.mention.id])
    assert found.labels == {"sentiment": "positive", "hoax": "yes"}
    assert count(mentions) == (1, 0, 1, 1)


def test_half_an_emoji_and_a_nul_do_not_stop_the_page(mentions: MentionStore) -> None:
    broken, whole = mention(text="marah \ud83d sekali", title="judul\x00nol"), mention()
    assert mentions.save([broken, whole], T0).new == 2
    (found,) = mentions.get([broken.mention.id])
    assert found.mention.text == "marah \ufffd sekali"
    assert mentions.save([broken, whole], LATER).unchanged == 2


# counting


def test_a_bin_counts_by_label_and_zeros_where_nothing_is(mentions: MentionStore) -> None:
    mentions.save([mention(), mention(sentiment=0.8), mention(sentiment=0.0), mention(hoax=0.9)], T0)
    assert count(mentions) == (4, 2, 1, 1)
    assert count(mentions, minutes=5) == (0, 0, 0, 0)
    assert count(mentions, agency="kpk") == (0, 0, 0, 0)


def test_a_bin_holds_its_start_and_not_its_end(mentions: MentionStore) -> None:
    mentions.save(
        [mention(published_at=T0), mention(published_at=T0 + 5 * MINUTE - timedelta(microseconds=1)), mention(published_at=T0 + 5 * MINUTE)], T0
    )
    assert [c.total for c in mentions.bin_counts([key(), key(minutes=5)])] == [2, 1]


def test_each_agency_counts_its_own_label(mentions: MentionStore) -> None:
    one = mention(agencies=("pln", "polri"))
    by_agency = {"polri": r.Sentiment(label="positive", score=0.9, confidence=0.9)}
    mentions.save([replace(one, score=replace(one.score, sentiment_by_agency=by_agency))], T0)
    assert count(mentions, "pln") == (1, 1, 0, 0)
    assert count(mentions, "polri") == (1, 0, 1, 0)


def test_a_person_s_label_is_what_is_counted(mentions: MentionStore) -> None:
    mentions.save([mention(labels={"sentiment": "positive", "hoax": "yes"}), mention(hoax=0.99, labels={"hoax": "no"})], T0)
    assert count(mentions) == (2, 1, 1, 1)


def test_posts_by_the_agency_s_own_account_are_not_counted_for_it(mentions: MentionStore) -> None:
    mentions.save([mention(agencies=("pln", "polri"), official_of="pln")], T0)
    assert count(mentions, "pln") == (0, 0, 0, 0)
    assert count(mentions, "polri") == (1, 1, 0, 0)


def test_a_rescore_moves_the_counts(mentions: MentionStore) -> None:
    one = mention()
    mentions.save([one], T0)
    mentions.save([rescored(one, "v2", "positive")], LATER)
    assert count(mentions) == (1, 0, 1, 0)


def test_a_save_names_the_bins_that_a_changed_mention_left(mentions: MentionStore) -> None:
    one = mention(agencies=("pln", "polri"))
    mentions.save([one], T0)
    moved = changed(one, agencies=("polri",), published_at=T0 + 20 * MINUTE, content_hash="baru")
    assert set(mentions.save([moved], LATER).left) == {key("pln"), key("polri")}
    assert [count(mentions, "pln"), count(mentions, "polri"), count(mentions, "polri", 20)] == [(0, 0, 0, 0), (0, 0, 0, 0), (1, 1, 0, 0)]


def test_many_keys_give_one_count_each_whatever_their_order(mentions: MentionStore) -> None:
    mentions.save([mention(published_at=T0 + i * MINUTE, agencies=("kpk", "pln")) for i in range(60)], T0)
    keys = [key(agency, minutes) for minutes in (55, 0, 5, 300, 20) for agency in ("pln", "kpk")]
    counts = {r.BinKey(agency=c.agency, start=c.start): c.total for c in mentions.bin_counts(keys)}
    assert counts == {k: 0 if k.start == T0 + 300 * MINUTE else 5 for k in keys}


# taking away


def test_a_blanked_post_keeps_its_count_and_loses_its_words(mentions: MentionStore) -> None:
    one = mention(title="judul", url="https://x.id/@budi", container="grup", tags=("a",), links=("b",), metrics={"likes": 1})
    other = mention()
    mentions.save([one, other], T0)
    assert mentions.blank([one.mention.id, "tidak-ada"], LATER) == 1
    (found,) = mentions.get([one.mention.id])
    m = found.mention
    assert (m.text, m.title, m.url, m.native_id, m.container, m.author, m.tags, m.links) == ("", "", "", "", "", r.Author(), (), ())
    assert (m.id, m.published_at, m.collected_at, m.agencies, m.deleted_at) == (one.mention.id, T0, one.mention.collected_at, ("pln",), LATER)
    assert found.score == one.score
    assert count(mentions) == (2, 2, 0, 0)
    assert mentions.search(MentionQuery(text="judul")).total == 0
    assert mentions.blank([one.mention.id], LATER + MINUTE) == 0


def test_a_blanked_post_does_not_come_back_through_a_rescore_or_a_second_door(mentions: MentionStore) -> None:
    one = mention()
    mentions.save([one], T0)
    mentions.blank([one.mention.id], LATER)
    for again in (one, rescored(one, "v2"), changed(one, metrics={"likes": 5})):
        assert mentions.save([again], LATER + MINUTE).unchanged == 1
    assert mentions.get([one.mention.id])[0].mention.text == ""


def test_a_blanked_post_that_its_source_shows_with_other_words_is_back(mentions: MentionStore) -> None:
    one = mention()
    mentions.save([one], T0)
    mentions.blank([one.mention.id], LATER)
    edited = changed(one, text="tulisan baru", content_hash="baru")
    assert mentions.save([edited], LATER + MINUTE).changed == 1
    assert mentions.get([one.mention.id]) == [edited]


def test_forgetting_by_id_and_by_author_names_the_bins_to_count_again(mentions: MentionStore) -> None:
    by_id = mention(agencies=("pln", "polri"))
    by_author = [mention(author=r.Author(key="v1:budi"), published_at=T0 + 7 * MINUTE) for _ in range(2)]
    stays = mention()
    mentions.save([by_id, *by_author, stays], T0)
    bins = mentions.forget(ids=[by_id.mention.id, "tidak-ada"], author_keys=["v1:budi", "v1:tiada"])
    assert set(bins) == {key("pln"), key("polri"), key("pln", 5)}
    assert mentions.get([m.mention.id for m in (by_id, *by_author, stays)]) == [stays]
    assert [count(mentions), count(mentions, "polri"), count(mentions, minutes=5)] == [(1, 1, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)]
    assert mentions.count() == 1


def test_forgetting_an_empty_author_key_forgets_nobody(mentions: MentionStore) -> None:
    mentions.save([mention(author=r.Author())], T0)
    assert mentions.forget(author_keys=[""]) == []
    assert mentions.count() == 1


def test_a_forgotten_mention_is_found_by_no_search(mentions: MentionStore) -> None:
    one = mention(text="kata yang langka")
    mentions.save([one, mention()], T0)
    mentions.forget(ids=[one.mention.id])
    assert mentions.search(MentionQuery(text="langka")).total == 0
    assert [m.mention.id for m in mentions.scan(MentionQuery(text="langka"))] == []
    assert mentions.save([one], LATER) == Saved(new=1, changed=0, unchanged=0)
    assert mentions.search(MentionQuery(text="langka")).total == 1


def test_retention_is_exact(mentions: MentionStore) -> None:
    old, edge = mention(published_at=T0 - timedelta(microseconds=1)), mention(published_at=T0)
    mentions.save([old, edge], T0)
    assert mentions.purge(T0) == 1
    assert [m.mention.id for m in mentions.scan(MentionQuery())] == [edge.mention.id]
    assert mentions.purge(T0) == 0
