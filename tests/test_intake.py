"""Laws of the intake: what is kept of a post, and of whom."""

from __future__ import annotations

import json
import multiprocessing
import os
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kentongan.agencies import Attributor
from kentongan.clock import FixedClock
from kentongan.config import load_config
from kentongan.errors import ConfigError
from kentongan.intake import MAX_TEXT, Intake, mention_id
from kentongan.pseudonyms import Pseudonyms
from kentongan.records import Account, AuthorKind, Category, Mention
from tests.factories import T0, post

ATTRIBUTOR = Attributor(load_config(Path(__file__).parents[1] / "config").agencies)


@pytest.fixture
def intake(tmp_path: Path) -> Intake:
    return Intake(ATTRIBUTOR, Pseudonyms(tmp_path), FixedClock(T0 + timedelta(minutes=5)))


def take(intake: Intake, agency: str = "", category: Category = Category.MICROBLOG, **fields: Any) -> Mention:
    taken = intake.mention(post(**fields), source="uji", category=category, agency=agency)
    assert taken is not None
    return taken[0]


def test_a_post_about_no_agency_is_dropped_and_counted(intake: Intake) -> None:
    assert intake.mention(post(text="makan bakso"), source="uji", category=Category.BLOG) is None
    assert (intake.tally.kept, intake.tally.no_agency) == (0, 1)


def test_nothing_personal_is_left_in_what_is_kept(intake: Intake) -> None:
    secrets = ["081234567890", "3273014508900001", "budi@contoh.example", "B 1234 XYZ", "Budi Santoso", "budi_s"]
    mention = take(
        intake,
        title=f"PLN hubungi {secrets[0]}",
        text=f"NIK {secrets[1]} tulis {secrets[2]} mobil {secrets[3]}",
        account=Account(handle=secrets[5], name=secrets[4], kind=AuthorKind.CITIZEN),
        tags=(f"#telp{secrets[0]}", secrets[2]),
        links=(f"https://wa.me/62{secrets[0][1:]}", f"https://x.com/{secrets[5]}", f"https://a.example/?hp={secrets[0]}"),
        container=f"Grup {secrets[0]}",
    )
    kept = json.dumps(asdict(mention), default=str)
    assert [secret for secret in secrets if secret in kept] == []


def test_spans_lie_in_the_masked_text(intake: Intake) -> None:
    taken = intake.mention(post(title="Lapor 081234567890", text="081234567890 PLN"), source="uji", category=Category.BLOG)
    assert taken is not None
    mention, spans = taken
    joined = f"{mention.title}\n{mention.text}"
    assert [joined[start:end] for _, start, end in spans] == ["PLN"]


def test_hotlines_of_agencies_stay_readable(intake: Intake) -> None:
    assert take(intake, text="PLN: 0812-2123-123").text == "PLN: 0812-2123-123"


def test_the_same_post_through_two_doors_is_one_mention(intake: Intake) -> None:
    one = take(intake, native_id="https://m.example/1")
    other = intake.mention(post(native_id="https://m.example/1"), source="lain", category=Category.BLOG)
    assert other is not None
    assert one.id == other[0].id == mention_id("mastodon", "https://m.example/1")


def test_a_parent_is_named_by_its_mention_id(intake: Intake) -> None:
    assert take(intake, parent_native_id="7").parent_id == mention_id("mastodon", "7")
    assert take(intake).parent_id == ""


def test_a_forced_agency_joins_what_the_text_names(intake: Intake) -> None:
    assert take(intake, agency="kpk", text="PLN padam").agencies == ("kpk", "pln")
    assert take(intake, agency="kpk", text="halo").agencies == ("kpk",)


def test_an_agencys_own_post_is_marked_and_kept_though_it_names_nobody(intake: Intake) -> None:
    mention = take(intake, platform="x", text="Halo Kak, mohon tunggu", account=Account(handle="PLN_123", name="PLN 123"))
    assert (mention.official_of, mention.agencies, mention.author.kind, mention.author.name) == ("pln", ("pln",), AuthorKind.OFFICIAL, "PLN 123")


@pytest.mark.parametrize(
    ("kind", "name"), [(AuthorKind.CITIZEN, ""), (AuthorKind.UNKNOWN, ""), (AuthorKind.MEDIA, "Harian X"), (AuthorKind.BUSINESS, "Harian X")]
)
def test_names_are_kept_for_organisations_only(intake: Intake, kind: AuthorKind, name: str) -> None:
    assert take(intake, account=Account(handle="h", name="Harian X", kind=kind)).author.name == name


def test_whoever_writes_in_a_news_source_is_media(intake: Intake) -> None:
    assert take(intake, category=Category.NEWS, account=Account(name="Harian X")).author.kind is AuthorKind.MEDIA


def test_no_account_means_no_pseudonym(intake: Intake) -> None:
    assert take(intake, account=Account()).author.key == ""


def test_the_stable_account_id_makes_the_pseudonym_so_that_renaming_changes_nothing(intake: Intake) -> None:
    before = take(intake, account=Account(handle="lama", native_id="99")).author.key
    assert before == take(intake, account=Account(handle="baru", native_id="99")).author.key != ""


def test_a_post_from_the_future_gets_the_time_of_collection(intake: Intake) -> None:
    mention = take(intake, published_at=T0 + timedelta(days=2))
    assert mention.published_at == mention.collected_at == T0 + timedelta(minutes=5)
    assert intake.tally.from_future == 1


@pytest.mark.parametrize("moment", [datetime(1970, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 1)])
def test_an_absurd_time_is_rejected_and_counted(intake: Intake, moment: datetime) -> None:
    assert intake.mention(post(published_at=moment), source="uji", category=Category.BLOG) is None
    assert intake.tally.odd_time == 1


def test_a_naive_time_is_read_as_jakarta_time(intake: Intake) -> None:
    assert take(intake, published_at=datetime(2026, 3, 1, 7)).published_at == datetime(2026, 3, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("fields", [{"native_id": ""}, {"platform": ""}])
def test_a_post_without_identity_is_rejected_and_counted(intake: Intake, fields: dict[str, str]) -> None:
    assert intake.mention(post(**fields), source="uji", category=Category.BLOG) is None
    assert intake.tally.no_id == 1


def test_a_very_long_text_is_cut(intake: Intake) -> None:
    assert len(take(intake, text="PLN " + "mati " * 50_000).text) <= MAX_TEXT


def test_links_lose_trackers_and_bad_ones_are_left_out(intake: Intake) -> None:
    links = (
        "https://A.example/b?utm_source=x&id=7#c",
        "https://a.example/b?id=7",
        "ftp://a.example",
        "javascript:alert(1)",
        "http://[",
        "https://u:p@a.example",
        "",
    )
    assert take(intake, links=links).links == ("https://a.example/b?id=7",)


@pytest.mark.parametrize(("given", "kept"), [(0, None), (6, None), (None, None), (1, 1), (5, 5)])
def test_a_rating_outside_one_to_five_is_none(intake: Intake, given: int | None, kept: int | None) -> None:
    assert take(intake, rating=given).rating == kept


def test_counts_that_make_no_sense_are_left_out(intake: Intake) -> None:
    mention = take(intake, metrics={"likes": 3, "views": -1, "shares": 10**30}, account=Account(handle="h", followers=-5))
    assert (dict(mention.metrics), mention.author.followers) == ({"likes": 3}, None)


def test_the_content_hash_changes_with_what_is_scored_and_with_nothing_else(intake: Intake) -> None:
    base = take(intake, native_id="1").content_hash
    assert take(intake, native_id="2", metrics={"likes": 9}, account=Account(handle="z")).content_hash == base
    assert (
        len(
            {
                base,
                take(intake, text="PLN nyala").content_hash,
                take(intake, title="t").content_hash,
                take(intake, rating=1).content_hash,
                take(intake, agency="kpk").content_hash,
            }
        )
        == 5
    )


def test_copies_share_a_cluster_and_short_posts_are_their_own(intake: Intake) -> None:
    text = "PLN bagi token gratis silakan daftar di tautan ini {} sebelum malam"
    first, second = (
        take(intake, text=text.format("https://a.example")),
        take(intake, text="RT @x: " + text.format("b.example").upper().replace("B.EXAMPLE", "https://b.example")),
    )
    assert first.cluster_id == second.cluster_id
    short = take(intake, text="makasih PLN")
    assert short.cluster_id == short.id


def test_a_hint_ties_copies_together(intake: Intake) -> None:
    assert take(intake, text="PLN satu", cluster_hint="n/1").cluster_id == take(intake, text="PLN lain sama sekali", cluster_hint="n/1").cluster_id


@given(st.text(max_size=120), st.text(max_size=40), st.text(max_size=20))
@settings(max_examples=150, deadline=None)
def test_any_text_is_taken_in_without_an_accident(text: str, title: str, handle: str) -> None:
    ready = Intake(ATTRIBUTOR, PSEUDONYMS, FixedClock(T0))
    taken = ready.mention(
        post(text=text, title=title, account=Account(handle=handle), tags=(text,), links=(title,), container=text),
        source="uji",
        category=Category.BLOG,
        agency="pln",
    )
    assert taken is not None
    json.dumps(asdict(taken[0]), default=str, ensure_ascii=False).encode("utf-8")


# --- pseudonyms ---


@pytest.fixture(scope="module", autouse=True)
def shared_pseudonyms(tmp_path_factory: pytest.TempPathFactory) -> None:
    global PSEUDONYMS  # noqa: PLW0603 - hypothesis forbids function fixtures
    PSEUDONYMS = Pseudonyms(tmp_path_factory.mktemp("pepper"))


PSEUDONYMS: Pseudonyms


def test_a_key_is_versioned_stable_and_says_nothing_of_the_account(tmp_path: Path) -> None:
    key = Pseudonyms(tmp_path).key("x", "@Budi_S")
    assert key == Pseudonyms(tmp_path).key("X", "budi_s")
    assert key.startswith("v1:") and len(key) == 35 and "budi" not in key


def test_the_same_name_on_two_platforms_has_two_keys(tmp_path: Path) -> None:
    ready = Pseudonyms(tmp_path)
    assert ready.key("x", "budi") != ready.key("mastodon", "budi")


def test_two_installations_give_different_keys(tmp_path: Path) -> None:
    assert Pseudonyms(tmp_path / "a").key("x", "budi") != Pseudonyms(tmp_path / "b").key("x", "budi")


def test_the_pepper_file_is_for_its_owner_only(tmp_path: Path) -> None:
    ready = Pseudonyms(tmp_path / "neu")
    assert ready.path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in ready.path.parent.iterdir()] == ["pepper.json"]


def test_a_pepper_that_others_may_read_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    path = Pseudonyms(tmp_path).path
    path.chmod(0o640)
    with pytest.raises(ConfigError, match=rf"chmod 600 {path}"):
        Pseudonyms(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"current": "v1", "peppers": {}}',
        '{"current": "v1", "peppers": {"v1": "abcd"}}',
        '{"current": "v1", "peppers": {"v1": 7}}',
        "ÿ",
    ],
)
def test_a_damaged_pepper_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = Pseudonyms(tmp_path).path
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"pepper\.json"):
        Pseudonyms(tmp_path)
    assert path.read_text(encoding="utf-8") == content


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "datei").write_text("")
    with pytest.raises(ConfigError, match="datei"):
        Pseudonyms(tmp_path / "datei")


def test_after_rotation_new_keys_differ_and_old_ones_are_still_found(tmp_path: Path) -> None:
    ready = Pseudonyms(tmp_path)
    old = ready.key("x", "budi")
    assert ready.rotate() == "v2"
    new = ready.key("x", "budi")
    assert new.startswith("v2:") and ready.all_keys("x", "budi") == (new, old) == Pseudonyms(tmp_path).all_keys("x", "budi")


def test_a_dropped_pepper_is_gone_and_the_one_in_use_cannot_be_dropped(tmp_path: Path) -> None:
    ready = Pseudonyms(tmp_path)
    ready.rotate()
    with pytest.raises(ConfigError, match="v2"):
        ready.drop("v2")
    ready.drop("v1")
    assert len(Pseudonyms(tmp_path).all_keys("x", "budi")) == 1


def _race(folder: str, ready: Any, answers: Any) -> None:
    ready.wait()
    answers.put((os.getpid(), Pseudonyms(Path(folder)).key("x", "budi")))


def test_processes_that_race_for_the_first_pepper_agree_on_one(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    ready, answers = context.Barrier(6), context.Queue()
    workers = [context.Process(target=_race, args=(str(tmp_path / "neu"), ready, answers)) for _ in range(6)]
    for worker in workers:
        worker.start()
    keys = {answers.get(timeout=60)[1] for _ in workers}
    for worker in workers:
        worker.join(60)
    assert len(keys) == 1
