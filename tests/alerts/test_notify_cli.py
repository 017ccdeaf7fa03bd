"""`kentongan notify` and `kentongan alerts`, from the arguments to the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerts.lifecycle import Decision
from kentongan.clock import SystemClock
from kentongan.pipeline.cli import main
from kentongan.records import AlertState
from kentongan.store.state_sql import SqlState
from tests.alerts.builders import SLACK_PLN, alert_of, opened, rich_spike, terms
from tests.servers.slack import TOKEN, Answer, SlackServer

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], slack: SlackServer) -> Run:
    """Call the command line; returns (exit code, standard output, standard error)."""
    agencies = tmp_path / "config" / "agencies"
    agencies.mkdir(parents=True)
    (agencies / "pln.yml").write_text("name: PLN\naliases: [PLN]\nslack_channel: '#humas-pln'\n")
    (agencies / "bpjs-kesehatan.yml").write_text("name: BPJS Kesehatan\naliases: [BPJS Kesehatan]\nslack_channel: '#humas-bpjs'\n")
    for name, value in {
        "KENTONGAN_VAR": str(tmp_path / "var"), "KENTONGAN_CONFIG": str(tmp_path / "config"), "KENTONGAN_DB": str(tmp_path / "k.db"),
        "SLACK_BASE_URL": slack.url, "KENTONGAN_LANG": "id",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    for name in ("SLACK_BOT_TOKEN", "KENTONGAN_STATE_URL", "ELASTICSEARCH_URL"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str, token: str = "") -> tuple[int, str, str]:
        monkeypatch.setenv("SLACK_BOT_TOKEN", token)
        with pytest.raises(SystemExit) as exit_:
            main(list(arguments))
        out, err = capsys.readouterr()
        return int(exit_.value.code or 0), out, err

    return call


@pytest.fixture
def state(tmp_path: Path) -> Iterator[SqlState]:
    found = SqlState(f"sqlite:///{tmp_path / 'k.db'}")
    yield found
    found.close()


def save(state: SqlState, decision: Decision) -> str:
    state.save_alert(alert_of(decision), decision.notices, decision.withheld)
    return alert_of(decision).id


# notify


def test_what_waits_is_delivered_and_counted(run: Run, state: SqlState) -> None:
    save(state, opened())
    code, out, _ = run("notify")
    assert code == 0
    assert "TINGGI · PLN: keluhan dan sebutan negatif melonjak" in out
    assert "Terkirim 1, surat mati 0, menunggu 0, tidak dikirim 0." in out
    assert "Terkirim 0, surat mati 0" in run("notify")[1]


def test_a_dead_letter_is_named_and_gives_exit_code_1(run: Run, state: SqlState, slack: SlackServer) -> None:
    slack.misbehave("chat.postMessage", Answer(200, {"ok": False, "error": "is_archived"}))
    save(state, opened(agreed=terms(destinations=(SLACK_PLN,))))
    code, out, err = run("notify", token=TOKEN)
    assert code == 1
    assert "Terkirim 1, surat mati 1" in out, "the fallback has it"
    assert "surat mati: slack:#humas-pln" in err
    assert "is_archived" in err


def test_what_could_not_be_sent_yet_gives_exit_code_1_and_is_listed(run: Run, state: SqlState, slack: SlackServer) -> None:
    slack.misbehave("chat.postMessage", Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "500"}))
    save(state, opened(agreed=terms(destinations=(SLACK_PLN,))))
    code, _, err = run("notify", token=TOKEN)
    assert code == 1
    assert "dicoba lagi nanti: slack:#humas-pln" in err
    code, out, _ = run("notify", "--list")
    assert code == 0
    assert "menunggu" in out
    assert "1 percobaan" in out
    listed = json.loads(run("notify", "--list", "--json")[1])
    assert (listed["agency"], listed["outcome"], listed["destination"], listed["attempts"]) == ("pln", "pending", SLACK_PLN, 1)


def test_an_empty_outbox_says_so(run: Run) -> None:
    assert run("notify", "--list")[:2] == (0, "Kotak keluar kosong: tidak ada yang menunggu, tidak ada surat mati.\n")


def test_a_test_message_goes_to_every_channel_and_makes_no_alert(run: Run, state: SqlState, slack: SlackServer) -> None:
    code, out, err = run("notify", "--test", token=TOKEN)
    assert code == 0
    assert sorted(out.split("\n")) == ["", "✓ slack:#humas-bpjs", "✓ slack:#humas-pln"]
    assert "kentongan @ Diskominfo" in err
    assert [m["text"][:9] for c in slack.channels.values() for m in c.messages] == ["PESAN UJI"] * 2
    assert state.alerts() == []
    assert state.deliveries() == []


def test_one_channel_that_refuses_does_not_stop_the_others(run: Run, slack: SlackServer) -> None:
    slack.channel("#humas-bpjs").member = False
    code, out, _ = run("notify", "--test", token=TOKEN)
    assert code == 1
    assert "✗ slack:#humas-bpjs: Slack menolak (not_in_channel): undang bot ke kanal itu" in out
    assert "✓ slack:#humas-pln" in out


def test_a_wrong_token_is_told_once_with_the_next_step(run: Run, slack: SlackServer) -> None:
    code, out, _ = run("notify", "--test", token="xoxb-wrong")  # opens nothing
    assert code == 1
    assert out.count("✗") == 1
    assert "invalid_auth" in out
    assert slack.calls("chat.postMessage") == []


def test_without_a_token_the_test_goes_to_the_terminal_and_says_what_is_missing(run: Run) -> None:
    code, out, err = run("notify", "--test")
    assert code == 0
    assert "PESAN UJI" in out
    assert "SLACK_BOT_TOKEN" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--test", "--to", "slack:#humas-pln"), "SLACK_BOT_TOKEN"),
        (("--test", "--to", "terminl"), "'terminal'"),
        (("--to", "terminal"), "--test"),
        (("--test", "--list"), "--list"),
        (("--json",), "--list"),
    ],
)
def test_wrong_use_gives_exit_code_2_and_a_hint(run: Run, arguments: tuple[str, ...], said: str) -> None:
    code, _, err = run("notify", *arguments)
    assert code == 2
    assert said in err


def test_a_test_to_one_channel_goes_there_alone(run: Run, slack: SlackServer) -> None:
    assert run("notify", "--test", "--to", "slack:#humas-bpjs", token=TOKEN)[0] == 0
    assert (len(slack.channel("#humas-bpjs").messages), len(slack.channel("#humas-pln").messages)) == (1, 0)


# alerts


def test_open_alerts_are_listed_and_resolved_ones_on_request(run: Run, state: SqlState) -> None:
    assert run("alerts")[:2] == (0, "Tidak ada peringatan yang terbuka.\n")
    alert_id = save(state, opened())
    code, out, _ = run("alerts")
    assert code == 0
    assert out.startswith(f"{alert_id[:8]}  02-03-2026 10.00 WIB  terbuka    TINGGI · PLN")
    assert json.loads(run("alerts", "--json")[1])["id"] == alert_id


def test_taking_an_alert_on_is_kept_and_audited_and_twice_is_once(run: Run, state: SqlState) -> None:
    alert_id = save(state, opened())
    assert run("alerts", "ack", alert_id[:8], "--by", "Dewi")[0] == 0
    kept = state.alert(alert_id)
    assert kept is not None
    assert (kept.state, kept.timeline[-1].by) == (AlertState.ACKNOWLEDGED, "Dewi")
    code, _, err = run("alerts", "ack", alert_id[:8], "--by", "Budi")
    assert code == 0
    assert "Tidak berubah" in err
    assert state.alert(alert_id) == kept


def test_putting_off_and_false_alarms_are_kept(run: Run, state: SqlState) -> None:
    alert_id = save(state, opened())
    assert run("alerts", "snooze", alert_id, "--hours", "2", "--by", "Dewi")[0] == 0
    assert run("alerts", "false-alarm", alert_id, "--by", "Dewi")[0] == 0
    kept = state.alert(alert_id)
    assert kept is not None
    assert [entry.event for entry in kept.timeline] == ["opened", "first", "snoozed", "acknowledged", "false_alarm"]
    assert kept.snoozed_until is not None
    assert kept.snoozed_until > SystemClock().now()


def test_who_did_what_can_be_looked_up(run: Run, state: SqlState) -> None:
    name = save(state, opened())
    run("alerts", "ack", name[:8], "--by", "petugas-1")
    state.add_audit(SystemClock().now(), "slack:U1", "silence", "s1")
    assert f"petugas-1  acknowledge {name}" in run("alerts", "audit")[1]
    assert len(run("alerts", "audit", name[:8])[1].splitlines()) == 1


def test_copies_of_a_quotation_are_muted_and_a_quotation_that_is_not_there_is_wrong_use(run: Run, state: SqlState) -> None:
    quotes = tuple(replace(quote, cluster_id=f"c{n}") for n, quote in enumerate(rich_spike().top_mentions))
    name = save(state, opened(top_mentions=quotes))
    assert run("alerts", "mute", name[:8], "2")[0] == 0
    changed = state.alert(name)
    assert changed is not None
    assert changed.muted_clusters == ("c1",)
    assert run("alerts", "mute", name[:8], "3")[0] == 2


def test_an_alert_is_shown_with_its_history(run: Run, state: SqlState) -> None:
    alert_id = save(state, opened())
    run("alerts", "ack", alert_id, "--by", "Dewi")
    code, out, _ = run("alerts", "show", alert_id[:6])
    assert code == 0
    assert "37 sebutan negatif" in out
    assert "ditangani oleh Dewi" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "zzzz"), "tidak ada peringatan 'zzzz'"),
        (("snooze", "PREFIX", "--until", "besok"), "bukan waktu"),
        (("snooze", "PREFIX", "--until", "2020-01-01"), "paling lama 7 hari"),
        (("--db", "/tidak/ada.db"), "tidak ada berkas"),
    ],
)
def test_wrong_use_of_alerts_gives_exit_code_2_and_changes_nothing(run: Run, state: SqlState, arguments: tuple[str, ...], said: str) -> None:
    alert_id = save(state, opened())
    before = state.alert(alert_id)
    code, _, err = run("alerts", *[alert_id if a == "PREFIX" else a for a in arguments])
    assert code == 2
    assert said in err
    assert state.alert(alert_id) == before


def test_a_prefix_that_fits_two_alerts_is_refused(run: Run, state: SqlState) -> None:
    ids = [save(state, opened(rule=f"negative_{n}")) for n in range(20)]
    shared = next(i[0] for i in ids if sum(j.startswith(i[0]) for j in ids) > 1)
    code, _, err = run("alerts", "ack", shared)
    assert code == 2
    assert "tulis lebih panjang" in err


def test_help_has_examples_in_the_readers_language(run: Run) -> None:
    code, out, _ = run("notify", "--help")
    assert code == 0
    assert "kentongan notify --test --to slack:#humas-pln" in out
