"""Buttons and /kentongan through both doors: the signed HTTP endpoint and Socket Mode, with slack_sdk's own verifier and client, on localhost."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.socket_mode.request import SocketModeRequest

from alerts.incidents import fold
from alerts.slack_desk import Desk
from alerts.slack_endpoint import SlackEndpoint
from alerts.slack_payload import Order
from alerts.slack_socket import SlackSocket
from kentongan.clock import FixedClock
from kentongan.errors import Final
from kentongan.pipeline.deliver import deliver_all
from kentongan.pipeline.slack_answers import SlackAnswers
from kentongan.pipeline.wiring import Context, open_context
from kentongan.records import Alert, AlertState, Silence
from kentongan.settings import Settings
from tests.alerts.builders import SLACK_PLN, alert_of, at, opened, rich_spike, terms
from tests.alerts.pressing import SECRET, post_signed, pressed, typed
from tests.servers.slack import APP_TOKEN, TOKEN, Answer, SlackServer
from tests.servers.slack_socket import SocketModeServer

NOW = at(1)


@dataclass
class Duty:
    """An installation with one alert that was told in Slack."""

    ctx: Context
    slack: SlackServer
    clock: FixedClock
    alert: Alert
    database: Path

    def desk(self) -> Desk:
        return Desk(SlackAnswers(self.ctx), self.clock, local=True)

    def now(self) -> Alert:
        found = self.ctx.state.alert(self.alert.id)
        assert found is not None
        return found

    def root(self) -> dict[str, Any]:
        return self.slack.channel("#humas-pln").messages[0]

    def audit(self) -> list[tuple[str, str, str]]:
        with sqlite3.connect(self.database) as db:
            return db.execute("SELECT actor, action, detail FROM audit ORDER BY no").fetchall()

    def press(self, act: str, choice: str = "", when: datetime | None = None) -> dict[str, Any]:
        return pressed(self.alert, act, choice, when=when, response_url=self.slack.response_url)


@pytest.fixture
def duty(tmp_path: Path) -> Iterator[Duty]:
    (tmp_path / "config" / "agencies").mkdir(parents=True)
    (tmp_path / "config" / "agencies" / "pln.yml").write_text("name: PLN\naliases: [PLN]\nslack_channel: '#humas-pln'\n")
    clock = FixedClock(NOW)
    with SlackServer() as slack:
        settings = Settings(
            var=tmp_path, database=tmp_path / "k.db", config=tmp_path / "config", slack_bot_token=TOKEN, slack_base_url=slack.url,
            slack_signing_secret=SECRET,
        )  # fmt: skip
        with open_context(settings, clock=clock) as ctx:
            quotes = tuple(
                replace(quote, cluster_id=f"c{n}", copies=5, mention_id=f"00000000-0000-4000-8000-00000000000{n}")
                for n, quote in enumerate(rich_spike().top_mentions)
            )
            decision = opened(agreed=terms(destinations=(SLACK_PLN,)), top_mentions=quotes)
            ctx.state.save_alert(alert_of(decision), decision.notices)
            deliver_all(ctx)
            yield Duty(ctx, slack, clock, alert_of(decision), settings.database)


@contextmanager
def endpoint(duty: Duty) -> Iterator[int]:
    server = SlackEndpoint(SECRET, duty.desk(), duty.clock)
    server.start()
    try:
        yield server.port
    finally:
        server.close()


def send(duty: Duty, payload: dict[str, Any], **how: Any) -> int:
    """The status of an interaction posted to the endpoint, once everything that follows from it is done."""
    with endpoint(duty) as port:
        return post_signed(port, {"payload": json.dumps(payload)}, how.pop("moment", NOW), **how)[0]


# the signed endpoint


def test_taking_on_is_recorded_shown_in_the_message_and_answered_to_the_person_alone(duty: Duty) -> None:
    assert send(duty, duty.press("acknowledge")) == 200
    assert duty.now().state is AlertState.ACKNOWLEDGED
    assert duty.root()["text"].startswith("DITANGANI · TINGGI · PLN")
    assert "Ditangani petugas sejak 11.00 WIB." in json.dumps(duty.root()["blocks"])
    assert len(duty.slack.channel("#humas-pln").messages) == 1, "nothing new is posted"
    (told,) = duty.slack.told
    assert (told["response_type"], told["replace_original"]) == ("ephemeral", False)
    assert "Anda yang menangani" in told["text"]


def test_taking_on_the_message_takes_on_all_that_it_tells_of(duty: Duty) -> None:
    said = {"words": ("listrik", "padam"), "nearest_claim": None}
    lead = replace(duty.alert, spike=replace(duty.alert.spike, words=("listrik", "padam")))
    duty.ctx.state.save_alert(lead)
    (second,) = fold([opened(0.2, terms(destinations=(SLACK_PLN,)), rule="hoax_volume", **said)], [lead])
    other = alert_of(second)
    duty.ctx.state.save_alert(other, second.notices)
    deliver_all(duty.ctx)
    send(duty, duty.press("acknowledge"))
    assert [a.state for a in duty.ctx.state.alerts()] == [AlertState.ACKNOWLEDGED] * 2
    assert sorted(entry.subject for entry in duty.ctx.state.audit()) == sorted([lead.id, other.id])
    assert duty.root()["text"].startswith("DITANGANI · TINGGI · PLN")
    assert len(duty.slack.channel("#humas-pln").messages) == 2


def test_who_did_it_is_in_the_audit_trail_by_slack_id_and_in_no_message(duty: Duty) -> None:
    send(duty, duty.press("acknowledge"))
    assert duty.audit() == [("slack:U0DEWI", "acknowledge", "")]
    shown = json.dumps([duty.root(), duty.slack.told], ensure_ascii=False).lower()
    assert "dewi" not in shown
    assert "petugas" in shown


def test_the_same_press_again_changes_nothing(duty: Duty) -> None:
    send(duty, duty.press("snooze", "1h"))
    before, updates = duty.now(), len(duty.slack.calls("chat.update"))
    duty.clock.advance(timedelta(seconds=4))
    send(duty, duty.press("snooze", "1h"), moment=duty.clock.now())
    assert (duty.now(), len(duty.slack.calls("chat.update"))) == (before, updates)
    assert len(duty.audit()) == 1


def test_a_late_copy_of_an_earlier_press_does_not_undo_a_later_one(duty: Duty) -> None:
    first = duty.press("snooze", "1h", when=NOW - timedelta(seconds=30))
    send(duty, first)
    send(duty, duty.press("snooze", "4h"))
    send(duty, first)
    assert duty.now().snoozed_until == NOW + timedelta(hours=4)


def test_until_morning_can_be_asked_for_again_after_somebody_chose_an_hour(duty: Duty) -> None:
    send(duty, duty.press("snooze", "morning"))
    for minutes, choice in ((1, "1h"), (2, "morning")):
        duty.clock.advance(timedelta(minutes=minutes))
        send(duty, duty.press("snooze", choice, when=duty.clock.now()), moment=duty.clock.now())
    assert duty.now().snoozed_until == at(20)


@pytest.mark.parametrize(("choice", "until_h"), [("1h", 2.0), ("4h", 5.0), ("morning", 20.0)])
def test_a_snooze_ends_when_it_was_asked_to(duty: Duty, choice: str, until_h: float) -> None:
    send(duty, duty.press("snooze", choice))
    assert duty.now().snoozed_until == at(until_h)
    assert "Ditunda petugas sampai" in json.dumps(duty.root()["blocks"])


def test_a_false_alarm_is_taken_on_and_remembered(duty: Duty) -> None:
    send(duty, duty.press("false_alarm"))
    assert duty.now().timeline[-1].event == "false_alarm"
    assert duty.root()["text"].startswith("SALAH ALARM · PLN")


def test_copies_of_a_quotation_can_be_muted(duty: Duty) -> None:
    quote = duty.alert.spike.top_mentions[0]
    send(duty, duty.press("mute", quote.mention_id))
    assert duty.now().muted_clusters == (quote.cluster_id,)


WRONG: dict[str, dict[str, Any]] = {
    "another secret": {"secret": "0" * 32},
    "six minutes old": {"moment": NOW - timedelta(minutes=6)},
    "from the future": {"moment": NOW + timedelta(minutes=6)},
    "no signature": {"headers": {"X-Slack-Signature": ""}},
    "no timestamp": {"headers": {"X-Slack-Request-Timestamp": ""}},
    "a timestamp that is none": {"headers": {"X-Slack-Request-Timestamp": "now"}},
    "another version": {"headers": {"X-Slack-Signature": "v1=abc"}},
}


@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_or_old_signature_gets_401_and_changes_nothing(duty: Duty, how: str) -> None:
    asked = len(duty.slack.requests)
    assert send(duty, duty.press("acknowledge"), **WRONG[how]) == 401
    assert (duty.now(), duty.audit(), duty.slack.told, len(duty.slack.requests)) == (duty.alert, [], [], asked)


def test_a_signature_five_minutes_off_is_still_good(duty: Duty) -> None:
    assert send(duty, duty.press("acknowledge"), moment=NOW - timedelta(minutes=5)) == 200


def test_a_body_that_was_changed_on_the_way_gets_401(duty: Duty) -> None:
    with endpoint(duty) as port:
        good = {"payload": json.dumps(duty.press("acknowledge"))}
        forged = post_signed(port, {**good, "x": "1"}, NOW, headers={"X-Slack-Signature": "v0=" + "0" * 64})
    assert forged[0] == 401


@pytest.mark.parametrize("form", [{"payload": "[" * 9000}, {"payload": "{"}, {"payload": "[1]"}, {"else": "x"}, {}])
def test_a_signed_request_that_cannot_be_read_gets_400(duty: Duty, form: dict[str, str]) -> None:
    with endpoint(duty) as port:
        assert post_signed(port, form, NOW)[0] == 400


def test_a_button_of_somebody_else_gets_a_clear_answer_and_changes_nothing(duty: Duty) -> None:
    payload = duty.press("acknowledge")
    payload["actions"][0]["action_id"] = "approve"
    assert send(duty, payload) == 200
    assert "tidak ada yang berubah" in duty.slack.told[0]["text"]
    assert duty.now() == duty.alert


def test_an_alert_that_is_over_says_so(duty: Duty) -> None:
    duty.ctx.state.save_alert(replace(duty.alert, state=AlertState.RESOLVED, resolved_at=NOW))
    send(duty, duty.press("acknowledge"))
    assert "sudah selesai" in duty.slack.told[0]["text"]


def test_an_answer_never_leaves_for_an_address_outside_of_slack(duty: Duty) -> None:
    payload = {**duty.press("acknowledge"), "response_url": duty.slack.url.replace("127.0.0.1", "localhost")}
    asked = len(duty.slack.requests)
    send(duty, payload)
    assert duty.slack.told == []
    assert [method for method, _ in duty.slack.requests[asked:]] == ["chat.update"]


def test_a_root_that_slack_refuses_to_update_now_is_updated_with_the_next_tick(duty: Duty) -> None:
    duty.slack.misbehave("chat.update", Answer(503, ""))
    send(duty, duty.press("acknowledge"))
    assert duty.root()["text"].startswith("TINGGI")
    duty.clock.advance(timedelta(minutes=5))
    deliver_all(duty.ctx)
    assert duty.root()["text"].startswith("DITANGANI")


def test_a_command_is_answered_at_once_to_the_person_alone(duty: Duty) -> None:
    with endpoint(duty) as port:
        status, body = post_signed(port, typed("status"), NOW)
        _, helped = post_signed(port, typed("apa?"), NOW)
    assert (status, body["response_type"]) == (200, "ephemeral")
    assert f"• {duty.alert.id[:8]}" in body["text"]
    assert "Evaluasi terakhir: belum pernah" in body["text"]
    assert "/kentongan help" in helped["text"]


def test_what_people_typed_is_no_markup_in_an_answer(duty: Duty) -> None:
    quiet = Silence(id="s", agency="pln", rule="*", starts_at=NOW, ends_at=NOW + timedelta(hours=1), owner="Dewi", reason="<!channel> & <http://x|y>")
    duty.ctx.state.put_silence(quiet)
    with endpoint(duty) as port:
        _, body = post_signed(port, typed("status"), NOW)
    assert "Dewi: &lt;!channel&gt; &amp; &lt;http://x|y&gt;" in body["text"]


def test_officers_who_press_through_both_doors_at_once_are_each_carried_out_once(duty: Duty) -> None:
    """Every order is answered; what changed something has one line in the audit trail, and the message stands as the alert does."""
    orders = [("acknowledge", ""), ("snooze", "1h"), ("false_alarm", ""), ("acknowledge", ""), ("snooze", "4h"), ("false_alarm", "")]
    gate = threading.Barrier(len(orders))
    with endpoint(duty) as port, socket(duty) as server:

        def press(number: int, act: str, choice: str) -> None:
            payload = {**duty.press(act, choice), "user": {"id": f"U0OFFICER{number}"}}
            gate.wait()
            if number % 2:
                post_signed(port, {"payload": json.dumps(payload)}, NOW)
            else:
                server.wait_until_acknowledged(server.hand_out("interactive", payload))

        threads = [threading.Thread(target=press, args=(number, *order)) for number, order in enumerate(orders)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        duty.slack.wait_until_told(len(orders))
    for _ in range(1000):  # what the socket's own thread still has in hand
        deliver_all(duty.ctx)
        if not duty.ctx.state.deliveries(outcome="pending"):
            break
        time.sleep(0.02)
    assert sorted(entry.event for entry in duty.now().timeline if entry.by) == ["acknowledged", "false_alarm", "snoozed", "snoozed"]
    assert len(duty.audit()) == len({entry.subject + entry.action + entry.detail for entry in duty.ctx.state.audit()})
    assert duty.root()["text"].startswith("SALAH ALARM · PLN")
    assert len(duty.slack.channel("#humas-pln").messages) == 1


def test_two_presses_at_once_take_it_on_once(duty: Duty) -> None:
    with endpoint(duty) as port:
        payload = {"payload": json.dumps(duty.press("acknowledge"))}
        threads = [threading.Thread(target=post_signed, args=(port, payload, NOW)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(duty.audit()) == 1


# Socket Mode


@contextmanager
def socket(duty: Duty) -> Iterator[SocketModeServer]:
    with SocketModeServer() as server:
        duty.slack.socket_url = server.url
        client = SlackSocket(APP_TOKEN, duty.desk(), base_url=duty.slack.url, ping_s=0.2)
        client.connect()
        try:
            yield server
        finally:
            client.close()


def test_through_socket_mode_a_button_does_the_same(duty: Duty) -> None:
    with socket(duty) as server:
        envelope = server.hand_out("interactive", duty.press("acknowledge"))
        assert server.wait_until_acknowledged(envelope) is None
        duty.slack.wait_until_told()
        duty.slack.wait_until_answered("chat.update")
    assert duty.root()["text"].startswith("DITANGANI · TINGGI · PLN")
    assert duty.audit() == [("slack:U0DEWI", "acknowledge", "")]


def test_through_socket_mode_a_retry_of_slacks_changes_nothing(duty: Duty) -> None:
    with socket(duty) as server:
        for _ in range(2):
            server.hand_out("interactive", duty.press("snooze", "4h"), envelope_id="same")
        duty.slack.wait_until_told(2)
    assert len(duty.audit()) == 1


def test_through_socket_mode_a_command_is_answered_in_the_acknowledgement(duty: Duty) -> None:
    with socket(duty) as server:
        body = server.wait_until_acknowledged(server.hand_out("slash_commands", typed("status")))
    assert body is not None
    assert f"• {duty.alert.id[:8]}" in body["text"]


def test_other_envelopes_are_acknowledged_and_ignored(duty: Duty) -> None:
    with socket(duty) as server:
        assert server.wait_until_acknowledged(server.hand_out("events_api", {"event": {}})) is None
    assert duty.now() == duty.alert


def test_a_connection_that_slack_drops_is_opened_again(duty: Duty) -> None:
    with socket(duty) as server:
        server.wait_for_connections(1)
        server.drop()
        server.wait_for_connections(2)
        server.wait_until_acknowledged(server.hand_out("interactive", duty.press("acknowledge")))
        duty.slack.wait_until_told()
    assert duty.now().state is AlertState.ACKNOWLEDGED


def test_a_bug_while_it_answers_is_logged_and_not_acknowledged(duty: Duty, caplog: pytest.LogCaptureFixture) -> None:
    class Buggy(SlackAnswers):
        def order(self, order: Order) -> str:
            raise KeyError("bug")

    client = SlackSocket(APP_TOKEN, Desk(Buggy(duty.ctx), duty.clock, local=True), base_url=duty.slack.url)
    request = SocketModeRequest(type="interactive", envelope_id="e1", payload=duty.press("acknowledge"))
    with pytest.raises(KeyError):
        client._take(client._client, request)
    assert "KeyError" in caplog.text


def test_a_wrong_app_token_says_what_to_do(duty: Duty) -> None:
    client = SlackSocket("xapp-wrong", duty.desk(), base_url=duty.slack.url)
    with pytest.raises(Final, match="invalid_auth"):
        client.connect()
    client.close()
