"""What a spike's mentions tell: voices, copies, quotations."""

from __future__ import annotations

from datetime import timedelta

from kentongan.pipeline.spikes import busiest_places, distinct_authors, quote, spreaders, top_quotes
from kentongan.records import Author, AuthorKind
from tests.factories import T0, mention


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


def test_the_busiest_places_are_the_most_exact_ones() -> None:
    found = [mention(places=("32", "32.73")), mention(places=("32", "32.73")), mention(places=("31",)), mention(places=("32",)), mention()]
    assert busiest_places(found) == (("32.73", 2), ("31", 1), ("32", 1))


def test_an_account_that_only_calls_itself_a_newsroom_has_no_address_quoted() -> None:
    shown = quote(mention(platform="x", url="https://x.com/kabarviral/1", author=Author(key="v1:m", kind=AuthorKind.MEDIA)))
    assert shown.url == ""
