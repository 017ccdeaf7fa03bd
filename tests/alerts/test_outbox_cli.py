"""`kentongan outbox` and `kentongan silences`, from the arguments to the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from kentongan.clock import SystemClock
from kentongan.store.state_sql import SqlState
from tests.alerts.builders import SLACK_PLN, alert_of, opened, terms
from tests.alerts.test_notify_cli import Run, run, slack, state  # noqa: F401  # fixtures
from tests.servers.slack import TOKEN, Answer, SlackServer

TO_SLACK = terms(destinations=(SLACK_PLN,))
Fixture = Callable[..., object]


def a_dead_letter(run: Run, state: SqlState, slack: SlackServer) -> str:  # noqa: F811
    """Its name."""
    decision = opened(agreed=TO_SLACK)
    state.save_alert(alert_of(decision), decision.notices)
    slack.channel("#humas-pln").member = False
    run("notify", token=TOKEN)
    slack.channel("#humas-pln").member = True
    rows = [json.loads(line) for line in run("outbox", "--json")[1].splitlines()]
    (dead,) = [row for row in rows if row["outcome"] == "failed"]
    return str(dead["name"])


def test_a_dead_letter_is_listed_with_its_reason_and_shown_as_it_would_be_read(run: Run, state: SqlState, slack: SlackServer) -> None:  # noqa: F811
    name = a_dead_letter(run, state, slack)
    code, out, _ = run("outbox")
    assert (code, "SURAT MATI" in out, "not_in_channel" in out) == (0, True, True)
    _, shown, _ = run("outbox", "show", name)
    assert "PLN: keluhan dan sebutan negatif melonjak" in shown


def test_a_dead_letter_is_delivered_once_its_cause_was_put_right(run: Run, state: SqlState, slack: SlackServer) -> None:  # noqa: F811
    name = a_dead_letter(run, state, slack)
    code, out, _ = run("outbox", "retry", name, token=TOKEN)
    assert (code, out) == (0, "Terkirim 1 dari 1.\n")
    assert len(slack.channel("#humas-pln").messages) == 1
    assert run("outbox")[1].startswith("Kotak keluar kosong")
    code, _, err = run("outbox", "retry", name, token=TOKEN)
    assert (code, "sudah terkirim" in err) == (1, True)
    assert len(slack.channel("#humas-pln").messages) == 1


def test_all_dead_letters_may_be_tried_and_what_fails_again_says_why(run: Run, state: SqlState, slack: SlackServer) -> None:  # noqa: F811
    a_dead_letter(run, state, slack)
    slack.misbehave("chat.postMessage", Answer(200, {"ok": False, "error": "is_archived"}))
    code, out, err = run("outbox", "retry", "--all", token=TOKEN)
    assert (code, out, "is_archived" in err) == (1, "Terkirim 0 dari 1.\n", True)


@pytest.mark.parametrize("arguments", [("retry",), ("retry", "x", "--all"), ("show", "nix"), ("retry", "nix")])
def test_wrong_use_of_the_outbox_gives_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:  # noqa: F811
    assert run("outbox", *arguments)[0] == 2


QUIET = ("silences", "add", "--agency", "pln", "--owner", "Humas PLN", "--reason", "pemeliharaan")


def test_a_silence_is_added_listed_and_ended(run: Run, state: SqlState) -> None:  # noqa: F811
    code, line, _ = run(*QUIET, "--hours", "6")
    assert (code, "Humas PLN: pemeliharaan" in line) == (0, True)
    now = SystemClock().now()
    (silence,) = state.silences(now)
    assert silence.ends_at - silence.starts_at == timedelta(hours=6)
    assert run("silences", "list")[1] == line
    assert run("silences", "end", silence.id[:8])[0] == 0
    assert state.silences(SystemClock().now(), upcoming=True) == []
    assert run("silences", "list")[1] == "Tidak ada yang dibisukan.\n"


def test_one_to_come_is_listed_and_can_be_called_off(run: Run, state: SqlState) -> None:  # noqa: F811
    begins = SystemClock().now() + timedelta(days=2)
    run(*QUIET, "--from", begins.isoformat(), "--hours", "1")
    (silence,) = state.silences(SystemClock().now(), upcoming=True)
    assert state.silences(SystemClock().now()) == []
    run("silences", "end", silence.id)
    assert state.silences(begins + timedelta(minutes=1)) == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "--until"),
        (("--hours", "6", "--until", "2026-03-03"), "--until"),
        (("--hours", "200"), "168"),
        (("--until", "besok"), "besok"),
        (("--until", "2020-01-01"), "sesudah"),
        (("--from", "2020-01-01", "--hours", "1"), "lewat"),
        (("--hours", "6", "--agency", "plm"), "'pln'"),
        (("--hours", "6", "--rule", "negative_volum"), "negative_volum"),
        (("--hours", "6", "--owner", " "), "--owner"),
    ],
)
def test_a_silence_without_end_owner_or_object_is_refused(run: Run, state: SqlState, more: tuple[str, ...], said: str) -> None:  # noqa: F811
    code, _, err = run(*QUIET, *more)
    assert (code, said in err) == (2, True), err
    assert state.silences(SystemClock().now(), upcoming=True) == []
