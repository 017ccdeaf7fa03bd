"""What the stored mentions tell of answers that are out already, and what a muted text changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.actions import mute_copies
from alerts.detector_verdict import Verdict
from alerts.lifecycle import decide
from kentongan.clock import FixedClock
from kentongan.emerging import count_terms
from kentongan.pipeline.decisions import DetectReport, Track, _light, decide_bin
from kentongan.pipeline.spikes import without_muted
from kentongan.pipeline.statements import Matter, is_about, own_statement, telling_words
from kentongan.pipeline.wiring import Context, open_context
from kentongan.records import NotifyReason, ScoredMention, Window
from kentongan.settings import Settings, packaged_config
from tests.alerts.builders import alert_of, at, fires, opened, reasons, terms, tick, withheld
from tests.factories import T0, claim, mention


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    settings = Settings(var=tmp_path, database=tmp_path / "k.db", config=packaged_config())
    with open_context(settings, clock=FixedClock(T0), terminal_only=True) as found:
        yield found


def official(hours: float, **fields: object) -> ScoredMention:
    plain: dict[str, object] = {
        "sentiment": 0.0,
        "official_of": "pln",
        "topics": ("pemadaman",),
        "published_at": at(hours),
        "text": "Info gangguan listrik",
    }
    return mention(**{**plain, **fields})  # type: ignore[arg-type]  # varied by name


def said(ctx: Context, *items: ScoredMention) -> str:
    ctx.mentions.save(items, T0)
    found = own_statement(ctx, fires(0, topics=("pemadaman",), words=("listrik", "padam")), at(0))
    return found.text if found else ""


def test_the_agencys_own_first_statement_on_the_topic_is_found(ctx: Context) -> None:
    assert (
        said(ctx, official(-0.1, text="kedua listrik"), official(-0.5, text="pertama listrik"), official(-30, text="basi listrik"))
        == "pertama listrik"
    )


@pytest.mark.parametrize(
    "other",
    [{"topics": ("pajak",)}, {"parent_id": "m1"}, {"kind": "reply"}, {"official_of": "", "text": "warga listrik"}, {"official_of": "pertamina"}],
)
def test_another_topic_a_reply_or_another_account_is_no_statement(ctx: Context, other: dict[str, object]) -> None:
    assert said(ctx, official(-0.5, **other)) == ""


def test_a_statement_on_the_same_claim_counts_whatever_its_topic(ctx: Context) -> None:
    known = claim(id="c1")
    ctx.mentions.save([official(-0.5, topics=(), claim_id="c1")], T0)
    assert own_statement(ctx, fires(0, topics=(), nearest_claim=known), at(0)) is not None


@pytest.mark.parametrize(
    ("text", "topics", "about"),
    [
        ("Hati-hati penipuan! Kami tidak pernah membagikan bantuan THR melalui tautan", ("penipuan",), True),
        ("Bantuan THR lewat tautan itu bohong", (), True),
        ("Kami buka layanan selama libur Lebaran, ini jadwalnya", ("kesehatan", "pelayanan"), False),
        ("Pemudik dapat berobat di luar kota", ("kesehatan",), False),
        ("Selamat pagi", ("penipuan",), False),
    ],
)
def test_a_post_of_the_agencys_everyday_business_is_no_answer(text: str, topics: tuple[str, ...], about: bool) -> None:
    matter = Matter(words=frozenset({"bantuan", "tautan", "lebaran", "daftar"}), topics=frozenset({"penipuan", "ktp"}), claim_id="")
    assert is_about(text, topics, "", matter) is about


def test_telling_words_are_what_many_say_each_text_counted_once_and_never_the_agencys_name() -> None:
    crowd = [mention(text=f"listrik padam lagi di kampung nomor{n} dari perusahaan @warga_biasa", cluster_id=f"c{n}") for n in range(10)]
    copied = [mention(text="jualan kerupuk murah", cluster_id="one") for _ in range(50)]
    counted = count_terms((item.mention.text, item.mention.cluster_id, "") for item in (*crowd, *copied))
    assert set(telling_words(counted, "Perusahaan Listrik Negara")) == {"padam", "kampung"}


def copies(count: int) -> list[ScoredMention]:
    return [mention(cluster_id="c", published_at=at(1) - timedelta(minutes=n % 50 + 1)) for n in range(count)]


def test_more_copies_of_a_muted_text_are_no_worsening_and_the_reason_is_named(ctx: Context) -> None:
    ctx.mentions.save([*copies(60), *(mention(published_at=at(0.9)) for _ in range(30))], T0)
    alert = mute_copies(alert_of(opened(severity="medium")), cluster_id="c", by="slack:U1", at=at(0.1))
    signal = without_muted(ctx, fires(1, observed=90, severity="critical"), alert, "negative")
    assert (signal.observed, signal.muted, signal.severity) == (30, 60, "medium")
    assert withheld(decide(alert, signal, tick(1), terms())) == [NotifyReason.MUTED]


def test_what_others_say_still_makes_it_worse(ctx: Context) -> None:
    ctx.mentions.save([*copies(10), *(mention(published_at=at(0.9)) for _ in range(80))], T0)
    alert = mute_copies(alert_of(opened(severity="high")), cluster_id="c", by="slack:U1", at=at(0.1))
    signal = without_muted(ctx, fires(1, observed=90, severity="critical"), alert, "negative")
    assert reasons(decide(alert, signal, tick(1), terms())) == [NotifyReason.ESCALATED]


def test_what_the_mentions_told_last_stays_while_an_alert_is_open() -> None:
    known = fires(0, topics=("pemadaman",), words=("padam",), places=(("33", 4),), emerging=("gardu",), sources=("antara",), muted=3)
    track = Track(
        agency="pln", rule="negative_volume", measure="negative", terms=terms(), verdicts={}, last_resolved=None,
        current=alert_of(decide(None, known, tick(0), terms())),
    )  # fmt: skip
    seen = Verdict(
        bin_start=at(1), bin_end=at(1.1), window=known.window, observed=9, expected=2.0, chance_weeks=30.0, score=1.5, firing=True, opened=False,
        closed=False, cold_start=False, severity="medium",
    )  # fmt: skip
    light = _light(track, seen)
    assert light == replace(known, observed=9, expected=2.0, chance_weeks=30.0, severity="medium", bin_end=at(1.1), muted=0)


@pytest.mark.parametrize(
    ("how", "heard"), [(NotifyReason.FIRST, ["slack:C0123ABCD", "slack:#humas-pln"]), (NotifyReason.WIDE_EVENT, ["slack:C0123ABCD"])]
)
def test_a_channel_that_was_changed_meanwhile_hears_of_the_end_but_not_those_of_many_agencies(
    ctx: Context, how: NotifyReason, heard: list[str]
) -> None:
    before = opened(agreed=terms(destinations=("slack:#humas-pln",)))
    alert = alert_of(before)
    ctx.state.save_alert(alert, [replace(notice, transition=how) for notice in before.notices])
    end = at(7)
    over = Verdict(
        bin_start=at(6.9), bin_end=end, window=Window(start=at(6), end=end), observed=1, expected=2.0, chance_weeks=0.0, score=-9, firing=False,
        opened=False, closed=True, cold_start=False, severity="low",
    )  # fmt: skip
    track = Track(
        agency="pln", rule=alert.rule, measure="negative", terms=terms(destinations=("slack:C0123ABCD",)), verdicts={end: over},
        last_resolved=None, current=alert,
    )  # fmt: skip
    decide_bin(ctx, [track], end, False, DetectReport())
    ends = [row.notice.destination for row in ctx.state.deliveries() if row.notice.transition is NotifyReason.RESOLVED]
    assert ends == heard
