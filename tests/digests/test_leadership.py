"""The leadership is told once a week and destination, whatever happens on the way; nobody is told of a simulation."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from kentongan.clock import FixedClock
from kentongan.config import Config, load_config
from kentongan.pipeline.absorb import bin_keys
from kentongan.pipeline.leadership import Told, tell_leadership
from kentongan.pipeline.privacy import forget
from kentongan.pipeline.receivers import check_receivers
from kentongan.pipeline.weekly import Digest, make_digest
from kentongan.pipeline.wiring import Context, open_context
from kentongan.records import ScoredMention
from kentongan.settings import Settings, packaged_config
from tests.digests.conftest import END
from tests.factories import mention
from tests.servers.slack import TOKEN, Answer, Hang, Reset, SlackServer

CHANNEL = "#pimpinan"
TO_SLACK = (f"slack:{CHANNEL}",)


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer(channels=("pimpinan", "humas-pln")) as server:
        yield server


def configured(leadership: tuple[str, ...], timeout_s: float = 10.0) -> Config:
    config = load_config(packaged_config())
    slack = config.receivers.receivers["slack"].model_copy(update={"options": {"timeout_s": timeout_s}})
    changes = {"leadership": leadership, "receivers": {**config.receivers.receivers, "slack": slack}}
    return config.model_copy(update={"receivers": config.receivers.model_copy(update=changes)})


@contextmanager
def office(
    root: Path, slack: SlackServer | None, leadership: tuple[str, ...] = TO_SLACK, *, at_h: float = 7, timeout_s: float = 10.0,
    items: tuple[ScoredMention, ...] = (), simulated: bool = False,
) -> Iterator[tuple[Context, io.StringIO]]:  # fmt: skip
    """The installation, opened anew as each run of the DAG does; `at_h`: hours after the week's end."""
    settings = Settings(var=root, database=root / "k.db", config=packaged_config())
    if slack:
        settings = Settings(
            var=root, database=root / "k.db", config=packaged_config(), slack_bot_token=TOKEN, slack_base_url=slack.url
        )  # fmt: skip
    said = io.StringIO()
    clock = FixedClock(END + timedelta(hours=at_h))
    with open_context(settings, clock=clock, config=configured(leadership, timeout_s), stream=said, simulated=simulated) as ctx:
        ctx.mentions.save(items or (mention(),), clock.now())
        yield ctx, said


def run(ctx: Context, *, again: bool = False) -> tuple[Digest, list[Told]]:
    digest = make_digest(ctx, lang="id")
    return digest, tell_leadership(ctx, digest, again=again)


def outcomes(told: list[Told]) -> list[str]:
    return [str(t.outcome) for t in told]


def test_the_summary_reaches_the_channel_of_the_leadership(tmp_path: Path, slack: SlackServer) -> None:
    with office(tmp_path, slack) as (ctx, _):
        digest, told = run(ctx)
    (message,) = slack.channel(CHANNEL).messages
    assert outcomes(told) == ["sent"]
    assert "Ringkasan risiko mingguan, 2–8 Maret 2026" in message["text"]
    assert str(digest.path) in message["text"]
    assert slack.channel("#humas-pln").messages == []


def test_a_week_is_told_once_however_often_the_dag_runs(tmp_path: Path, slack: SlackServer) -> None:
    seen = []
    for at_h in (7, 7.1, 50):
        with office(tmp_path, slack, at_h=at_h) as (ctx, _):
            seen += outcomes(run(ctx)[1])
    assert (seen, len(slack.channel(CHANNEL).messages)) == (["sent", "already", "already"], 1)


def test_the_next_week_is_told_again(tmp_path: Path, slack: SlackServer) -> None:
    for at_h in (7, 7 + 168):
        with office(tmp_path, slack, at_h=at_h) as (ctx, _):
            assert outcomes(run(ctx)[1]) == ["sent"]
    assert len(slack.channel(CHANNEL).messages) == 2


@pytest.mark.parametrize("answer", [Answer(429, headers={"Retry-After": "30"}), Answer(503, body="down")], ids=["pause", "unavailable"])
def test_a_receiver_that_is_down_loses_nothing_and_is_tried_again_at_the_next_run(tmp_path: Path, slack: SlackServer, answer: Answer) -> None:
    slack.misbehave("chat.postMessage", answer)
    with office(tmp_path, slack) as (ctx, _):
        digest, told = run(ctx)
        assert outcomes(told) == ["try_again"]
        assert digest.path.is_file()
    with office(tmp_path, slack, at_h=7.1) as (ctx, _):
        assert outcomes(run(ctx)[1]) == ["sent"]
    assert len(slack.channel(CHANNEL).messages) == 1


def test_a_refusal_names_the_next_step_and_is_tried_again_once_it_was_put_right(tmp_path: Path, slack: SlackServer) -> None:
    slack.channel(CHANNEL).member = False
    with office(tmp_path, slack) as (ctx, _):
        (told,) = run(ctx)[1]
        assert told.outcome == "refused"
        assert "/invite @kentongan" in told.reason
    slack.channel(CHANNEL).member = True
    with office(tmp_path, slack, at_h=8) as (ctx, _):
        assert outcomes(run(ctx)[1]) == ["sent"]


@pytest.mark.parametrize("how", [Hang(done=True), Reset(done=True), Answer(500, body="error")], ids=["hang", "reset", "500"])
def test_what_may_have_arrived_is_not_sent_again_but_reported_until_a_person_says_so(tmp_path: Path, slack: SlackServer, how: Hang) -> None:
    slack.misbehave("chat.postMessage", how)
    with office(tmp_path, slack, timeout_s=0.5) as (ctx, _):
        assert outcomes(run(ctx)[1]) == ["unsure"]
    with office(tmp_path, slack, at_h=8) as (ctx, _):
        assert outcomes(run(ctx)[1]) == ["unsure"]
        assert len(slack.calls("chat.postMessage")) == 1
        assert outcomes(run(ctx, again=True)[1]) == ["sent"]
        assert outcomes(run(ctx)[1]) == ["already"]


def test_nothing_is_sent_twice_when_sending_again_fails(tmp_path: Path, slack: SlackServer) -> None:
    with office(tmp_path, slack) as (ctx, _):
        run(ctx)
        slack.misbehave("chat.postMessage", Answer(503, body="down"))
        assert outcomes(run(ctx, again=True)[1]) == ["try_again"]
        assert outcomes(run(ctx)[1]) == ["already"]


def test_one_failing_destination_keeps_no_other_from_being_told(tmp_path: Path, slack: SlackServer) -> None:
    slack.channel(CHANNEL).archived = True
    with office(tmp_path, slack, (*TO_SLACK, "terminal")) as (ctx, said):
        assert outcomes(run(ctx)[1]) == ["refused", "sent"]
    assert "Ringkasan risiko mingguan" in said.getvalue()


def test_a_destination_without_its_receiver_says_what_to_do(tmp_path: Path) -> None:
    with office(tmp_path, None) as (ctx, _):
        (told,) = run(ctx)[1]
    assert told.outcome == "refused"
    assert "docs/slack.md" in told.reason


@pytest.mark.parametrize("simulated", [True, False], ids=["by the run", "by a mention"])
def test_a_simulation_is_shown_here_and_never_leaves(tmp_path: Path, slack: SlackServer, simulated: bool) -> None:
    items = () if simulated else (mention(tags=("simulasi",)),)
    with office(tmp_path, slack, (*TO_SLACK, "terminal"), items=items, simulated=simulated) as (ctx, said):
        assert outcomes(run(ctx, again=True)[1]) == ["simulation", "sent"]
    assert slack.requests == []
    assert "SIMULASI" in said.getvalue()


def test_seven_days_that_are_no_week_are_told_to_nobody(tmp_path: Path, slack: SlackServer) -> None:
    with office(tmp_path, slack) as (ctx, _):
        assert tell_leadership(ctx, make_digest(ctx, end=END + timedelta(hours=5))) == []


def test_nobody_is_told_unless_somebody_is_named(tmp_path: Path, slack: SlackServer) -> None:
    assert load_config(packaged_config()).receivers.leadership == ()
    with office(tmp_path, slack, ()) as (ctx, _):
        assert run(ctx)[1] == []


def test_another_process_at_it_is_left_alone(tmp_path: Path, slack: SlackServer) -> None:
    with office(tmp_path, slack) as (ctx, _):
        ctx.state.acquire_lease(f"digest:2026-03-08:slack:{CHANNEL}", "somebody", ctx.clock.now(), 60)
        assert outcomes(run(ctx)[1]) == ["try_again"]
    assert slack.requests == []


@pytest.mark.parametrize(("destination", "told"), [("slak:#pimpinan", "slack"), ("slack", "slack:#ops")])
def test_a_wrong_destination_is_told_when_the_configuration_is_checked(destination: str, told: str) -> None:
    (problem,) = check_receivers(configured((destination,)))
    assert "leadership" in problem
    assert told in problem


def test_forgetting_a_mention_takes_it_out_of_the_pages_on_disk(tmp_path: Path) -> None:
    said = mention(text="tagihan bulan ini dua kali lipat padahal rumah kosong", topics=("tagihan",))
    items = (said, *(mention() for _ in range(12)))
    with office(tmp_path, None, (), items=items) as (ctx, _):
        ctx.state.mark_dirty(bin_keys(item.mention for item in items))
        digest = make_digest(ctx, lang="id")
        assert "rumah kosong" in digest.path.read_text(encoding="utf-8")
        forget(ctx, ids=[said.mention.id], accounts=[], reason="1/2026")
        assert "rumah kosong" not in digest.path.read_text(encoding="utf-8")
        assert [path.name for path in digest.path.parent.iterdir()] == [digest.path.name]
