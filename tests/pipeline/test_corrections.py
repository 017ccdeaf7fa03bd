"""A person's word wins over the machine's: in counts, search and detection, through rescoring and collecting again, on every pair of homes."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from kentongan.clock import FixedClock
from kentongan.digests.numbers import week_numbers
from kentongan.errors import InputError
from kentongan.pipeline.absorb import Heard, absorb
from kentongan.pipeline.corrections import correct, export
from kentongan.pipeline.detect import detect, recount
from kentongan.pipeline.housekeeping import keep_house
from kentongan.pipeline.privacy import forget
from kentongan.pipeline.spikes import counted_mentions
from kentongan.pipeline.wiring import Context, open_context
from kentongan.ports import MentionQuery, Scorer, ScoreRequest
from kentongan.records import Account, AuthorKind, Category, Post, Score, Window
from kentongan.settings import Settings, packaged_config
from tests.pipeline.conftest import House, Rows

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = Window(start=NOW - timedelta(hours=1), end=NOW + timedelta(hours=1))
ANGRY = "PLN payah, listrik padam terus, sangat mengecewakan, rumah nomor"


@contextmanager
def opened(settings: Settings) -> Iterator[Context]:
    with open_context(settings, clock=FixedClock(NOW), event_time=True, terminal_only=True, stream=io.StringIO()) as ctx:
        yield ctx


def post(number: int, text: str = ANGRY) -> Heard:
    account = Account(handle=f"warga{number}", kind=AuthorKind.CITIZEN)
    made = Post(platform="x", native_id=str(number), published_at=NOW - timedelta(minutes=number % 50 + 1), text=f"{text} {number}", account=account)
    return Heard(post=made, source="x", category=Category.MICROBLOG)


def heard(ctx: Context, count: int = 6) -> list[str]:
    """Ids of so many angry mentions of PLN, newest first."""
    absorb(ctx, [post(n) for n in range(count)])
    recount(ctx)
    return [item.mention.id for item in ctx.mentions.search(MentionQuery(agency="pln"), limit=count).mentions]


def counts(ctx: Context, agency: str = "pln") -> tuple[int, int, int, int]:
    found = ctx.state.counts(agency, HOUR)
    return sum(c.total for c in found), sum(c.negative for c in found), sum(c.positive for c in found), sum(c.hoax for c in found)


def test_a_corrected_sentiment_is_what_is_counted_searched_and_detected(homes: Settings) -> None:
    with opened(homes) as ctx:
        ids = heard(ctx)
        assert counts(ctx) == (6, 6, 0, 0)
        found, unknown = correct(ctx, ids[:2], {"sentiment": "positive"}, "petugas")
        assert unknown == [] and [item.label_for("pln") for item in found] == ["positive", "positive"]
        assert counts(ctx) == (6, 4, 2, 0)
        assert ctx.mentions.search(MentionQuery(agency="pln", label="positive")).total == 2
        assert {s.mention.id for s in counted_mentions(ctx, "pln", "negative", HOUR)} == set(ids[2:])


class Slow:
    """The scorer itself, in the midst of whose work something else happens."""

    def __init__(self, scorer: Scorer, meanwhile: Callable[[], object]) -> None:
        self._scorer, self._meanwhile = scorer, meanwhile
        self.version = scorer.version

    def score(self, requests: Sequence[ScoreRequest]) -> list[Score]:
        self._meanwhile()
        return self._scorer.score(requests)


def test_what_is_forgotten_while_it_is_being_scored_is_not_stored(homes: Settings) -> None:
    with opened(homes) as ctx:
        ids = heard(ctx)
        ctx.scorer = Slow(ctx.scorer, lambda: forget(ctx, ids=ids[:1], accounts=[("x", "warga1"), ("x", "warga7")], reason="uji"))
        absorb(ctx, [post(n, "PLN baik sekali, terima kasih, nomor") for n in range(6)])  # all of them edited
        absorb(ctx, [post(7), post(8)])
        recount(ctx)
        assert ctx.mentions.count() == 5  # without number 0, 1 and 7
        assert counts(ctx) == (5, 1, 4, 0)


def test_a_correction_survives_rescoring_collecting_again_and_an_edit(homes: Settings) -> None:
    with opened(homes) as ctx:
        ids = heard(ctx)
        correct(ctx, ids, {"sentiment": "neutral", "hoax": "yes"}, "petugas")
        assert counts(ctx) == (6, 0, 0, 6)
        ctx.state.set_meta("scorer_version", "an older one")
        keep_house(ctx)
        absorb(ctx, [post(n) for n in range(3)])
        absorb(ctx, [post(n, ANGRY + " sekali lagi") for n in range(3, 6)])
        recount(ctx)
        assert counts(ctx) == (6, 0, 0, 6)
        assert all(item.labels == {"sentiment": "neutral", "hoax": "yes"} for item in ctx.mentions.get(ids))


def test_a_corrected_agency_moves_the_mention_and_stays_through_collecting_and_new_aliases(homes: Settings) -> None:
    with opened(homes) as ctx:
        ids = heard(ctx)
        correct(ctx, ids[:2], {"agency": "pertamina"}, "petugas")
        correct(ctx, ids[2:3], {"agency": "none"}, "petugas")
        absorb(ctx, [post(n) for n in range(6)])
        ctx.state.set_meta("aliases", "others")
        keep_house(ctx)
        recount(ctx)
        assert (counts(ctx)[0], counts(ctx, "pertamina")[:2]) == (3, (2, 2))
        assert ctx.mentions.get(ids[2:3])[0].mention.agencies == ()


def test_taking_a_word_back_lets_the_machine_speak_again(homes: Settings) -> None:
    with opened(homes) as ctx:
        ids = heard(ctx)
        correct(ctx, ids, {"sentiment": "positive", "hoax": "yes", "agency": "kpk"}, "petugas")
        assert counts(ctx, "kpk") == (6, 0, 6, 6)
        correct(ctx, ids, {"sentiment": "", "hoax": "", "agency": ""}, "petugas")
        assert (counts(ctx, "kpk"), counts(ctx)) == ((0, 0, 0, 0), (6, 6, 0, 0))


def test_one_agency_of_two_is_corrected_alone(homes: Settings) -> None:
    with opened(homes) as ctx:
        absorb(ctx, [post(1, "PLN dan Pertamina sama-sama payah, mengecewakan")])
        (item,) = ctx.mentions.search(MentionQuery(agency="pln")).mentions
        correct(ctx, [item.mention.id], {"sentiment:pertamina": "neutral"}, "petugas")
        assert (counts(ctx), counts(ctx, "pertamina")) == ((1, 1, 0, 0), (1, 0, 0, 0))


def test_what_was_said_of_a_forgotten_mention_is_forgotten_too(homes: Settings) -> None:
    with opened(homes) as ctx:
        ids = heard(ctx)
        correct(ctx, ids, {"sentiment": "neutral"}, "petugas")
        forget(ctx, ids=ids[:2], accounts=[], reason="permintaan")
        assert sorted(ctx.state.labelled()) == sorted(ids[2:])


@pytest.fixture
def small(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path / "var", database=tmp_path / "var" / "k.db", config=packaged_config())


def test_corrected_mentions_open_no_alert(small: Settings) -> None:
    calm = [
        Heard(
            post=Post(platform="x", native_id=f"c{h}", published_at=NOW - timedelta(hours=h), text=f"jadwal PLN {h}"),
            source="x",
            category=Category.MICROBLOG,
        )
        for h in range(2, 16 * 24)
    ]
    with opened(small) as ctx:
        absorb(ctx, calm)
        ids = heard(ctx, 50)
        correct(ctx, ids, {"sentiment": "neutral"}, "petugas")
        detect(ctx)
        assert ctx.state.alerts() == []
        correct(ctx, ids, {"sentiment": ""}, "petugas")
        assert counts(ctx)[1] == 50


def test_the_agency_of_a_deleted_post_cannot_change_but_its_sentiment_can(small: Settings) -> None:
    with opened(small) as ctx:
        ids = heard(ctx, 2)
        ctx.mentions.blank(ids[:1], NOW)
        with pytest.raises(InputError, match=r"dihapus|deleted"):
            correct(ctx, ids, {"agency": "kpk"}, "petugas")
        correct(ctx, ids[:1], {"sentiment": "neutral"}, "petugas")
        assert counts(ctx) == (2, 1, 0, 0)
        assert ctx.mentions.get(ids[:1])[0].mention.text == ""


def test_the_export_names_texts_by_hash_and_holds_them_only_when_asked(small: Settings, tmp_path: Path) -> None:
    with opened(small) as ctx:
        absorb(ctx, [post(1, "@warga_biasa bilang PLN payah"), post(2)])
        ids = [item.mention.id for item in ctx.mentions.scan(MentionQuery())]
        correct(ctx, ids[:1], {"sentiment": "neutral", "hoax": "no", "agency": "kpk"}, "petugas")
        plain, full = tmp_path / "plain.csv", tmp_path / "full.csv"
        assert (export(ctx, plain), export(ctx, full, with_text=True)) == (1, 1)
        kept = ctx.mentions.get(ids[:1])[0].mention.text
    (row,) = csv.DictReader(plain.read_text(encoding="utf-8").splitlines())
    assert (row["sentiment"], row["hoax"], row["agencies"]) == ("neutral", "no", "kpk")
    assert row["text_sha256"] == sha256(kept.encode()).hexdigest()[:20]
    assert "payah" not in plain.read_text(encoding="utf-8")
    assert "payah" in full.read_text(encoding="utf-8") and "warga_biasa" not in full.read_text(encoding="utf-8")
    assert full.stat().st_mode & 0o077 == 0


def test_the_digest_counts_what_people_checked_and_corrected(small: Settings) -> None:
    with opened(small) as ctx:
        ids = heard(ctx)
        correct(ctx, ids[:3], {"sentiment": "negative"}, "petugas")
        correct(ctx, ids[:1], {"sentiment": "neutral"}, "petugas")
        week = week_numbers(ctx.mentions, ctx.state, ctx.config.agencies, NOW + timedelta(hours=1))
    (pln,) = (one for one in week.agencies if one.slug == "pln")
    assert (pln.checked, pln.corrected, pln.now.negative) == (3, 1, 5)


def test_a_mention_that_is_taken_from_an_agency_counts_among_its_corrections(small: Settings) -> None:
    with opened(small) as ctx:
        ids = heard(ctx)
        correct(ctx, ids[:1], {"agency": "none"}, "petugas")
        correct(ctx, ids[1:2], {"agency": "kpk"}, "petugas")
        week = week_numbers(ctx.mentions, ctx.state, ctx.config.agencies, NOW + timedelta(hours=1))
    found = {one.slug: (one.checked, one.corrected) for one in week.agencies}
    assert (found["pln"], found["kpk"]) == ((2, 2), (1, 1))


# --- the command ---


def test_the_command_corrects_audits_and_exports(house: House, rows: Rows) -> None:
    stream = house.stream("rekaman", rows(3))
    assert house.run("replay", str(stream), "--as", "x", "--db", str(house.database)).returncode == 0
    listed = [json.loads(line) for line in house.run("search", "--json", "--db", str(house.database)).stdout.splitlines()]
    one = listed[0]["id"]
    told = house.run("label", one, "--sentiment", "positive", "--hoax", "no", "--db", str(house.database))
    assert (told.returncode, told.stdout) == (0, f"{one}: pln positive; no hoax\n")
    shown = house.run("search", "--db", str(house.database)).stdout
    assert "positive · corrected" in shown and one in shown
    with closing(sqlite3.connect(house.database)) as database:
        assert {row[0] for row in database.execute("SELECT detail FROM audit WHERE action = 'label'")} == {"sentiment=positive", "hoax=no"}
    target = house.root / "out.csv"
    assert house.run("label", "--export", str(target), "--db", str(house.database)).returncode == 0
    assert len(target.read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("0b6f4c1e-8d0a-5c57-9a35-2f6f0f3f7c11", "--hoax", "yes"), 1, "not stored"),
        (("0b6f4c1e-8d0a-5c57-9a35-2f6f0f3f7c11", "--agency", "pnl"), 2, "pln"),
        (("0b6f4c1e-8d0a-5c57-9a35-2f6f0f3f7c11",), 2, "--sentiment"),
        (("0b6f4c1e-8d0a-5c57-9a35-2f6f0f3f7c11", "--for", "pln", "--hoax", "no"), 2, "--for needs"),
        (("bukan-id", "--hoax", "no"), 2, "no mention id"),
        ((), 2, "--export"),
    ],
)
def test_wrong_use_is_told_in_a_line(house: House, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = house.run("label", *arguments)
    assert done.returncode == code
    assert said in done.stderr and "Traceback" not in done.stderr


def test_a_sentiment_about_an_agency_that_the_mention_is_not_about_is_refused(small: Settings) -> None:
    with opened(small) as ctx:
        ids = heard(ctx, 2)
        with pytest.raises(InputError, match="--agency kpk"):
            correct(ctx, ids, {"sentiment:kpk": "positive"}, "petugas")
        assert ctx.state.labelled() == []
        (found,), _ = correct(ctx, ids[:1], {"sentiment:kpk": "positive", "agency": "kpk,pln"}, "petugas")
        assert (found.label_for("kpk"), found.label_for("pln")) == ("positive", "negative")
