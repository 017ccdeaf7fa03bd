"""What a spike's mentions tell: voices, copies, quotations."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from kentongan.pipeline.quotes import quote
from kentongan.pipeline.spikes import busiest_places, describe, distinct_authors, spreaders, top_quotes
from kentongan.pipeline.wiring import open_context
from kentongan.records import Author, AuthorKind, Window
from kentongan.settings import Settings, packaged_config
from tests.factories import T0, mention, spike


def test_copies_without_a_known_author_are_one_voice() -> None:
    found = [mention(author=Author(), cluster_id="same") for _ in range(9)]
    assert distinct_authors(found) == 1


def test_posts_that_only_look_like_hoaxes_spread_nothing() -> None:
    assert spreaders([mention(hoax=0.9) for _ in range(20)]) == 1


def test_copies_by_many_accounts_spread() -> None:
    assert spreaders([mention(hoax=0.9, cluster_id="same") for _ in range(7)]) == 7


def test_paraphrases_of_one_claim_spread() -> None:
    assert spreaders([mention(hoax=0.9, claim_id="c1") for _ in range(6)]) == 6


def test_one_account_that_repeats_itself_is_no_crowd() -> None:
    loud = Author(key="v1:x", kind=AuthorKind.CITIZEN)
    assert spreaders([mention(hoax=0.9, cluster_id="same", author=loud) for _ in range(30)]) == 1


def test_the_most_copied_text_is_quoted_first_and_once() -> None:
    found = [mention(cluster_id="rare", text="satu")] + [
        mention(cluster_id="wide", text="banyak", published_at=T0 + timedelta(minutes=n)) for n in range(4)
    ]
    quotes = top_quotes(found)
    assert [(q.text, q.copies) for q in quotes] == [("banyak", 4), ("satu", 1)]


def test_a_private_persons_address_is_never_quoted_and_a_handle_is_masked() -> None:
    shown = quote(mention(text="kata @warga_biasa listrik padam", url="https://mastodon.example/@warga_biasa/1"))
    assert shown.url == ""
    assert "warga_biasa" not in shown.text


def test_a_newsrooms_address_is_quoted() -> None:
    shown = quote(mention(platform="web", url="https://berita.example/1", author=Author(key="v1:m", kind=AuthorKind.MEDIA, name="Berita")))
    assert shown.url == "https://berita.example/1"


def test_a_deleted_post_is_not_quoted() -> None:
    assert top_quotes([mention(deleted_at=T0)]) == ()


def test_the_busiest_places_are_the_most_exact_ones_named_more_than_once() -> None:
    found = [mention(places=codes) for codes in (("32", "32.73"), ("32", "32.73"), ("31",), ("31",), ("31",), ("32",), ())]
    assert busiest_places(found) == (("31", 3), ("32.73", 2))


def test_an_account_that_only_calls_itself_a_newsroom_has_no_address_quoted() -> None:
    shown = quote(mention(platform="x", url="https://x.com/kabarviral/1", author=Author(key="v1:m", kind=AuthorKind.MEDIA)))
    assert shown.url == ""


def test_a_spike_tells_what_people_have_begun_to_talk_about(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, database=tmp_path / "k.db", config=packaged_config())
    with open_context(settings, terminal_only=True) as ctx:
        calm = [mention(text=f"PLN padam lagi, petugas lambat nomor {n}", published_at=T0 - timedelta(hours=n + 1)) for n in range(40)]
        loud = [mention(text=f"PLN padam, trafo meledak di pasar nomor {n}", published_at=T0 + timedelta(minutes=n)) for n in range(20)]
        ctx.mentions.save(calm + loud, T0)
        told, _ = describe(ctx, spike(window=Window(start=T0, end=T0 + timedelta(hours=1))), "negative")
    assert "trafo meledak" in told.emerging
    assert not {"pln", "padam", "petugas"} & set(told.emerging)
