"""Laws of the made-up stream: marked, repeatable, natural enough to work with, and true to its labels."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from kentongan.agencies import Attributor
from kentongan.clock import JAKARTA, FixedClock
from kentongan.config import load_config
from kentongan.errors import InputError
from kentongan.intake import Intake
from kentongan.pipeline.cli import main
from kentongan.pseudonyms import Pseudonyms
from kentongan.records import Account, AuthorKind, Category, Post
from kentongan.simulation import background, simulate, truth
from kentongan.simulation.grammar import expand, parse
from kentongan.simulation.material import SLUGS, events, material, slots
from kentongan.simulation.rhythm import level, local, poisson
from kentongan.text import cluster_key

Row = dict[str, Any]
CONFIG = load_config(Path(__file__).parents[1] / "config")


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return simulate()


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return truth()


@pytest.fixture(scope="module")
def happened(told: dict[str, Any]) -> dict[str, Any]:
    return {event["kind"]: event for event in told["events"]}


def at(row: Row) -> datetime:
    return datetime.fromisoformat(row["published_at"]).astimezone(JAKARTA)


def as_post(row: Row) -> Post:
    return Post(
        platform=row["platform"],
        native_id=row["id"],
        published_at=at(row),
        text=row["text"],
        title=row["title"],
        url=row["url"],
        kind=row["kind"],
        account=Account(handle=row["author"], name=row["author_name"], kind=AuthorKind(row["author_kind"]), followers=row["followers"]),
        container=row["container"],
        parent_native_id=row["parent_id"],
        rating=row["rating"],
        metrics=row["metrics"],
        tags=tuple(row["tags"]),
    )


@pytest.fixture(scope="module")
def mentions(rows: list[Row], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    intake = Intake(Attributor(CONFIG.agencies), Pseudonyms(tmp_path_factory.mktemp("pepper")), FixedClock(local(datetime(2026, 4, 1))))
    taken = {row["id"]: intake.mention(as_post(row), source=row["source"], category=Category(row["category"])) for row in rows}
    return {own_id: pair[0] if pair else None for own_id, pair in taken.items()}


# --- the same everywhere ---


def test_the_same_seed_gives_the_same_bytes_in_every_process(rows: list[Row]) -> None:
    script = "import hashlib, json; from kentongan.simulation import simulate; print(hashlib.sha256(json.dumps(simulate()).encode()).hexdigest())"
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "America/Lima", "LC_ALL": "C"}
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert other.stdout.strip() == hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def test_another_seed_tells_the_story_in_other_words(rows: list[Row]) -> None:
    other = simulate(2)
    assert len({row["text"] for row in rows} & {row["text"] for row in other}) < 0.2 * len(rows)
    assert [event["kind"] for event in truth(2)["events"]] == ["crisis", "hoax", "campaign"]


# --- what a reader needs ---


def test_every_row_is_marked_and_invents_its_people(rows: list[Row]) -> None:
    official = {handle for agency in CONFIG.agencies.values() for _, handle in agency.accounts()}
    for row in rows:
        assert "simulasi" in row["tags"] and row["source"].startswith("simulasi-") and ".example/" in row["url"]
        assert row["author"].startswith("sim_") or row["author"].lower() in official


def test_rows_are_ordered_with_ids_of_their_own_and_parents_that_came_before(rows: list[Row]) -> None:
    assert [row["published_at"] for row in rows] == sorted(row["published_at"] for row in rows)
    known = {row["id"]: row for row in rows}
    assert len(known) == len(rows)
    replies = [row for row in rows if row["parent_id"]]
    assert len(replies) > 1500
    assert all(known[row["parent_id"]]["published_at"] < row["published_at"] for row in replies)
    assert all(known[row["parent_id"]]["platform"] == row["platform"] for row in replies)


def test_the_stream_spans_three_weeks_ten_sources_and_most_categories(rows: list[Row]) -> None:
    assert 15_000 <= len(rows) <= 25_000
    assert at(rows[0]).date().isoformat() == "2026-03-02"
    assert at(rows[-1]).date().isoformat() == "2026-03-22"
    assert len({row["source"] for row in rows}) == 10
    assert {Category(row["category"]) for row in rows} >= {
        Category.NEWS,
        Category.MICROBLOG,
        Category.APP_REVIEW,
        Category.COMPLAINT,
        Category.FACTCHECK,
        Category.BLOG,
    }


def test_every_row_is_about_an_agency_and_every_agency_has_thousands_of_them(rows: list[Row], mentions: dict[str, Any]) -> None:
    assert [row["text"] for row in rows if mentions[row["id"]] is None] == []
    counts = Counter(slug for mention in mentions.values() for slug in mention.agencies)
    assert set(counts) == set(SLUGS) == set(CONFIG.agencies)
    assert min(counts.values()) > 900 and max(counts.values()) > 2.5 * min(counts.values())


def test_texts_of_an_agency_hardly_repeat(rows: list[Row], mentions: dict[str, Any]) -> None:
    for slug in SLUGS:
        texts = [row["text"] for row in rows if slug in mentions[row["id"]].agencies and row["author_kind"] == "citizen"]
        assert len(set(texts)) > 0.75 * len(texts), slug


def test_personal_numbers_occur_and_none_survives_the_intake(rows: list[Row], mentions: dict[str, Any]) -> None:
    secrets = ("0812-3456-7890", "081234567890", "3374010101900000", "warga.simulasi@")
    assert sum(any(secret in row["text"] for secret in secrets) for row in rows) > 50
    assert not [m.id for m in mentions.values() if any(secret in m.text for secret in secrets)]


def test_several_languages_are_spoken(rows: list[Row]) -> None:
    said = " ".join(row["text"].lower() for row in rows)
    for word in ("matur nuwun", "hatur nuhun", "baa ko", "thank you", "gak", "🙏", "#plnmati"):
        assert word in said


def test_people_sleep_and_weekends_are_quieter(rows: list[Row]) -> None:
    calm = [at(row) for row in rows if at(row).date().isoformat() < "2026-03-16"]
    hours = Counter(moment.hour for moment in calm)
    assert hours[20] > 2.5 * hours[2]
    days = Counter(moment.weekday() for moment in calm)
    assert days[6] < days[0]


def test_a_review_has_stars_that_fit_its_shop(rows: list[Row]) -> None:
    reviews = [row for row in rows if row["category"] == "app_review"]
    assert len(reviews) > 800
    assert {row["rating"] for row in reviews} == {1, 2, 4, 5}
    assert all(row["rating"] is None for row in rows if row["category"] != "app_review")


def test_agencies_answer_some_of_what_they_are_asked_within_hours(rows: list[Row]) -> None:
    known = {row["id"]: row for row in rows}
    waits = [(at(row) - at(known[row["parent_id"]])).total_seconds() / 60 for row in rows if row["parent_id"] and row["author_kind"] == "official"]
    assert len(waits) > 800
    assert 20 < median(waits) < 300
    assert all(7 <= at(row).hour < 22 for row in rows if row["parent_id"] and row["author_kind"] == "official")


# --- the events ---


def inside(rows: list[Row], mentions: dict[str, Any], event: dict[str, Any], days_earlier: int = 0) -> list[Row]:
    start, end = (datetime.fromisoformat(event[edge]) - timedelta(days=days_earlier) for edge in ("start", "end"))
    return [row for row in rows if start <= at(row) < end and event["agency"] in mentions[row["id"]].agencies]


def test_history_of_two_weeks_comes_before_any_event(happened: dict[str, Any]) -> None:
    assert min(datetime.fromisoformat(event["start"]) for event in happened.values()) >= local(datetime(2026, 3, 16))


def test_the_crisis_is_many_voices_by_day(rows: list[Row], mentions: dict[str, Any], happened: dict[str, Any]) -> None:
    crisis = happened["crisis"]
    now, before = inside(rows, mentions, crisis), inside(rows, mentions, crisis, 7)
    assert crisis["alert_expected"] and len(now) > 5 * len(before)
    assert len({row["author"] for row in now}) > 0.8 * len(now)
    assert len({cluster_key(row["text"]) for row in now}) > 0.8 * len(now)
    assert 9 <= datetime.fromisoformat(crisis["start"]).hour <= 17


def test_the_hoax_spreads_by_copies_and_its_fact_check_comes_hours_later(rows: list[Row], mentions: dict[str, Any], happened: dict[str, Any]) -> None:
    copies = [row for row in rows if "thr lebaran sebesar" in row["text"].lower() and row["category"] != "factcheck"]
    clusters = Counter(cluster_key(row["text"]) for row in copies)
    assert len(copies) >= 200 and len({row["author"] for row in copies}) > 180
    assert len(clusters) <= 8 and clusters.most_common(1)[0][1] > 0.4 * len(copies)
    (check,) = [row for row in rows if row["category"] == "factcheck"]
    assert check["title"].startswith("[SALAH]") and at(check) > datetime.fromisoformat(happened["hoax"]["start"]) + timedelta(hours=4)
    assert {slug for row in copies for slug in mentions[row["id"]].agencies} == {"bpjs-kesehatan"}


def test_the_campaign_is_as_loud_as_the_crisis_and_expects_no_alert(rows: list[Row], mentions: dict[str, Any], happened: dict[str, Any]) -> None:
    campaign = happened["campaign"]
    assert not campaign["alert_expected"]
    assert len(inside(rows, mentions, campaign)) > 5 * len(inside(rows, mentions, campaign, 7))


def test_the_truth_names_the_calm_agencies(told: dict[str, Any]) -> None:
    assert told["simulated"] and set(told["calm_agencies"]) == set(SLUGS) - {"pln", "bpjs-kesehatan", "pemprov-dki"}


# --- the background ---


def test_a_background_has_exactly_the_rows_asked_for_and_ends_in_time() -> None:
    end = datetime(2026, 5, 22, 18, tzinfo=JAKARTA)
    made = background("pln", days=5, rows=1234, end=end)
    assert len(made) == 1234 == len({row["id"] for row in made})
    assert end - timedelta(days=5) <= at(made[0]) < at(made[-1]) < end


def test_a_background_by_rate_is_calm() -> None:
    made = background("kpk", days=28, per_hour=6)
    assert 0.85 < len(made) / (28 * 24 * 6) < 1.4
    hourly = Counter(at(row).strftime("%F %H") for row in made)
    assert max(hourly.values()) < 6 * 6


@pytest.mark.parametrize("wrong", [{"agency": "plm"}, {"agency": "pln", "days": 0}, {"agency": "pln", "per_hour": 0}, {"agency": "pln", "rows": 0}])
def test_a_background_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        background(wrong.pop("agency"), **wrong)


def test_a_stream_without_weeks_is_refused() -> None:
    with pytest.raises(InputError):
        simulate(weeks=0)


# --- the workshop ---


@pytest.mark.parametrize("slug", SLUGS)
def test_every_sentence_can_be_written(slug: str) -> None:
    rng = random.Random(1)
    lists = {**slots(slug, "noon", True, True), "kota2": ("Solo",), "kota3": ("Kudus",)}
    sentences = [sentence for name in lists for sentence in lists[name]] + [
        text for local_texts in material(slug).local.values() for _, text in local_texts
    ]
    assert len(sentences) > 300
    for sentence in sentences:
        written = expand(rng, sentence, lists)
        assert "{" not in written and "|" not in written


def test_every_sentence_of_the_events_can_be_parsed() -> None:
    texts = [text for event in events().values() for value in event.values() if isinstance(value, list) for text in value]
    assert len(texts) > 80
    for text in texts:
        parse(text)


@pytest.mark.parametrize("broken", ["[satu|dua", "satu]", "a|b", "[[x]"])
def test_a_template_with_loose_brackets_is_refused(broken: str) -> None:
    with pytest.raises(ValueError, match=r"\["):
        parse(broken)


def test_accounts_in_the_texts_are_those_of_the_agency_files() -> None:
    for slug in SLUGS:
        listed = set(CONFIG.agencies[slug].accounts())
        assert {(platform, handle.lower()) for platform, handle in material(slug).handles.items()} <= listed
        assert not material(slug).app or ("playstore", material(slug).app.lower()) in listed


def test_an_average_hour_is_level_one() -> None:
    week = [level(local(datetime(2026, 6, 1)) + timedelta(hours=hour)) for hour in range(168)]
    assert abs(sum(week) / 168 - 1) < 0.01


@pytest.mark.parametrize("mean", [0.0, 0.3, 5, 80, 700])
def test_counts_have_the_mean_they_should(mean: float) -> None:
    rng = random.Random(7)
    drawn = [poisson(rng, mean) for _ in range(2000)]
    assert abs(sum(drawn) / 2000 - mean) <= 4 * (mean / 2000) ** 0.5


# --- the command ---


def run(*arguments: str, lang: str = "id") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "KENTONGAN_LANG": lang}
    return subprocess.run([sys.executable, "-m", "kentongan", *arguments], capture_output=True, text=True, check=False, env=environment)


def test_the_command_writes_stream_and_truth_and_notes_it_on_standard_error(tmp_path: Path, rows: list[Row], told: dict[str, Any]) -> None:
    done = run("simulate", "--out", str(tmp_path / "neu" / "s.jsonl"), "--labels", str(tmp_path / "t.json"))
    assert (done.returncode, done.stdout) == (0, "")
    assert "simulasi" in done.stderr
    assert [json.loads(line) for line in (tmp_path / "neu" / "s.jsonl").read_text(encoding="utf-8").splitlines()] == rows
    assert json.loads((tmp_path / "t.json").read_text(encoding="utf-8")) == told


def test_only_rows_go_to_standard_output() -> None:
    done = run("simulate", "--background", "bmkg", "--days", "1", "--rows", "20")
    assert len([json.loads(line) for line in done.stdout.splitlines()]) == 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--background", "plm"), "pln"),
        (("--start", "besok"), "--start 'besok'"),
        (("--background", "pln", "--end", "x"), "--end 'x'"),
        (("--rows", "5"), "--background"),
        (("--weeks", "0"), "--weeks"),
        (("--background", "pln", "--labels", "t.json"), "--labels"),
    ],
)
def test_wrong_use_is_told_with_exit_code_two(arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", *arguments])
    written = capsys.readouterr()
    assert (ended.value.code, written.out) == (2, "")
    assert said in written.err


def test_a_place_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "berkas").write_text("")
    done = run("simulate", "--background", "pln", "--days", "1", "--out", str(tmp_path / "berkas" / "s.jsonl"), lang="en")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["berkas"]
