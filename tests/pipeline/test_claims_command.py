"""`kentongan claims`, and that it works in both directions on every pair of homes."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from kentongan.clock import FixedClock
from kentongan.pipeline.absorb import CLAIMS_CHANGED, Heard, absorb
from kentongan.pipeline.claims import keep_claims, own_claim, take_out
from kentongan.pipeline.wiring import Context, open_context
from kentongan.ports import MentionQuery
from kentongan.records import Category
from kentongan.settings import Settings
from tests.factories import post
from tests.pipeline.conftest import House

NOW = datetime(2026, 3, 5, 8, tzinfo=UTC)
RUMOUR = "PLN lagi bagi-bagi token listrik gratis, klik tautan WhatsApp ini"
TITLE = "PLN bagikan token listrik gratis lewat tautan WhatsApp"


def hear(ctx: Context, *texts: str, ago: timedelta = timedelta(hours=2), prefix: str = "p") -> None:
    absorb(
        ctx,
        [
            Heard(post=post(native_id=f"{prefix}{n}", text=text, published_at=NOW - ago), source="s", category=Category.MICROBLOG)
            for n, text in enumerate(texts)
        ],
    )


def officer_claim(ctx: Context, title: str = TITLE, verdict: str = "klarifikasi", **fields: str) -> str:
    claim = own_claim(ctx, title=title, text=fields.get("text", ""), verdict=verdict, url=fields.get("url", ""), agency="pln", publisher="", at=NOW)
    keep_claims(ctx, [claim], "humas", "claim_add")
    return claim.id


def matched(ctx: Context) -> dict[str, tuple[str, float]]:
    found = ctx.mentions.scan(MentionQuery())
    return {s.mention.native_id: (s.score.hoax.claim_id, s.score.hoax.likelihood) for s in found}


def test_a_new_claim_scores_the_recent_mentions_again_that_tell_it(homes: Settings) -> None:
    with open_context(homes, clock=FixedClock(NOW)) as ctx:
        hear(ctx, RUMOUR, "listrik PLN mati dari pagi", "PLN tidak bagi-bagi token listrik gratis lewat tautan WhatsApp")
        hear(ctx, RUMOUR, ago=timedelta(days=9), prefix="old")
        assert {claim for claim, _ in matched(ctx).values()} == {""}
        claim_id = officer_claim(ctx)
        found = matched(ctx)
        assert found["p0"][0] == claim_id
        assert found["p0"][1] >= 0.5
        assert found["p1"][0] == ""
        assert found["p2"][0] == claim_id
        assert found["p2"][1] <= 0.2, "a denial is no hoax"
        assert found["old0"][0] == "", "older than a week: as it was"
        assert ctx.state.meta(CLAIMS_CHANGED) == ""
    with open_context(homes, clock=FixedClock(NOW)) as ctx:  # as another process: from what is stored
        assert [s.mention.native_id for s in ctx.mentions.search(MentionQuery(claim_id=claim_id, hoax_at_least=0.5)).mentions] == ["p0"]
        hear(ctx, "token listrik gratis dibagikan PLN lewat tautan WhatsApp lho", prefix="new")
        assert matched(ctx)["new0"][0] == claim_id, "a new mention finds the known claim"


def test_a_claim_that_is_taken_out_lets_go_of_its_mentions_and_does_not_come_back_with_its_feed(homes: Settings) -> None:
    check = Heard(
        post=post(native_id="c1", platform="web", title=f"[SALAH] {TITLE}", text="Periksa.", url="https://cekfakta.example/7", published_at=NOW),
        source="feed",
        category=Category.FACTCHECK,
    )
    with open_context(homes, clock=FixedClock(NOW)) as ctx:
        assert absorb(ctx, [check]).claims == 1
        hear(ctx, RUMOUR)
        claim = ctx.state.claims()[0]
        assert matched(ctx)["p0"][0] == claim.id
        assert take_out(ctx, claim, "humas", "keliru").changed >= 1
        assert matched(ctx)["p0"][0] == ""
        assert absorb(ctx, [check]).claims == 0
        assert ctx.state.claims() == []


def test_a_claim_that_changes_its_verdict_is_seen_in_the_mentions_that_told_it(homes: Settings) -> None:
    with open_context(homes, clock=FixedClock(NOW)) as ctx:
        hear(ctx, RUMOUR)
        officer_claim(ctx, verdict="salah", url="https://pln.example/1")
        before = matched(ctx)["p0"]
        officer_claim(ctx, verdict="benar", url="https://pln.example/1")
        after = matched(ctx)["p0"]
        assert before[0] == after[0]
        assert before[1] >= 0.5 > after[1]


def test_mentions_that_no_changed_claim_touches_are_not_written_again(homes: Settings) -> None:
    with open_context(homes, clock=FixedClock(NOW)) as ctx:
        hear(ctx, RUMOUR, "listrik PLN mati", "token PLN error")
        claim = own_claim(
            ctx, title="BPJS cairkan bantuan tunai untuk pemegang KIS", text="", verdict="salah", url="", agency="", publisher="X", at=NOW
        )
        done = keep_claims(ctx, [claim], "humas", "claim_add").rescored
        assert (done.looked_at, done.changed) == (3, 0)


def test_evidence_of_a_clarification_names_who_when_and_where_in_both_languages(homes: Settings) -> None:
    with open_context(homes, clock=FixedClock(NOW)) as ctx:
        hear(ctx, RUMOUR)
        officer_claim(ctx, url="https://pln.example/klarifikasi")
        shown = next(s for s in ctx.mentions.scan(MentionQuery())).score.hoax.evidence[0]
        assert shown.url == "https://pln.example/klarifikasi"
        for text, words in (
            (shown.text_id, "kabar yang sudah diklarifikasi: PT PLN (Persero), 2026-03-05"),
            (shown.text_en, "a rumour that was clarified: PT PLN (Persero), 2026-03-05"),
        ):
            assert words in text
            assert TITLE in text


def audit(house: House) -> list[tuple[str, str]]:
    with sqlite3.connect(house.database) as db:
        return db.execute("SELECT actor, action FROM audit ORDER BY no").fetchall()


def test_the_command_adds_lists_and_removes_and_every_change_is_audited(house: House) -> None:
    added = house.run("claims", "add", "--title", TITLE, "--agency", "pln", "--url", "https://pln.example/1", "--by", "humas")
    assert added.returncode == 0, added.stderr
    again = house.run("claims", "add", "--title", f"{TITLE} lagi", "--agency", "pln", "--url", "https://pln.example/2", "--by", "humas")
    assert "Alike" in again.stderr
    listed = [json.loads(line) for line in house.run("claims", "list", "--json").stdout.splitlines()]
    assert {(c["title"], c["verdict"], tuple(c["agencies"])) for c in listed} == {
        (TITLE, "klarifikasi", ("pln",)),
        (f"{TITLE} lagi", "klarifikasi", ("pln",)),
    }
    found = house.run("claims", "list", "token", "gratis", "--limit", "1").stdout
    assert "token listrik gratis" in found
    removed = house.run("claims", "remove", listed[0]["id"][:8], "--reason", "ganda", "--by", "humas")
    assert removed.returncode == 0, removed.stderr
    assert len(house.run("claims", "list", "--json").stdout.splitlines()) == 1
    assert audit(house) == [("humas", "claim_add"), ("humas", "claim_add"), ("humas", "claim_remove")]


def test_a_file_is_taken_in_once_and_an_unreadable_line_stores_nothing(house: House) -> None:
    path = house.root / "claims.jsonl"
    path.write_text(
        json.dumps({"title": TITLE, "url": "https://a.example/1"}) + "\n" + json.dumps({"title": "Gempa besar malam ini di Jakarta"}) + "\n"
    )
    first = house.run("claims", "import", str(path))
    assert (first.returncode, "2 claims new" in first.stderr) == (0, True), first.stderr
    assert "0 claims new or changed, 2 known" in house.run("claims", "import", str(path)).stderr
    path.write_text(json.dumps({"title": "Klaim lain yang baru"}) + "\n{oops\n")
    bad = house.run("claims", "import", str(path))
    assert bad.returncode == 2
    assert "line 2" in bad.stderr
    assert len(house.run("claims", "list", "--json").stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["add", "--title", "pendek"], "--title"),
        (["add", "--title", TITLE, "--agency", "plnn"], "pln"),
        (["add", "--title", TITLE, "--url", "pln.example"], "--url"),
        (["add", "--title", TITLE, "--verdict", "bohong"], "--verdict"),
        (["remove", "deadbeef", "--reason", "x"], "claims list"),
        (["import", "tidak-ada.jsonl"], "tidak-ada.jsonl"),
    ],
)
def test_wrong_use_is_told_with_the_next_step_and_code_2(house: House, arguments: list[str], told: str) -> None:
    done = house.run("claims", *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
