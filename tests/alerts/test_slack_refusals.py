"""Answers that are not Slack's, and connections that were never made: may it have arrived, or certainly not?"""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from urllib.error import URLError

import pytest

from alerts.slack_errors import no_answer
from alerts.slack_webhook import SlackWebhookReceiver
from kentongan.errors import Ambiguous, Recoverable
from tests.alerts.builders import AGENCIES, notice, slack_receiver
from tests.servers.slack import Answer, SlackServer


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


@pytest.mark.parametrize("answer", [Answer(200, "<html>Masuk ke Wi-Fi</html>"), Answer(200, ""), Answer(408, "late")], ids=["portal", "", "408"])
def test_an_answer_that_is_not_slacks_may_hide_a_delivery(slack: SlackServer, answer: Answer) -> None:
    slack.misbehave("chat.postMessage", answer)
    with pytest.raises(Ambiguous) as caught:
        slack_receiver(slack).send(notice(), "")
    assert "Wi-Fi" not in str(caught.value)


@pytest.mark.parametrize("code", ["update_failed", "external_channel_migrating"])
def test_what_slack_cannot_do_just_now_is_tried_again(slack: SlackServer, code: str) -> None:
    slack.misbehave("chat.postMessage", Answer(200, {"ok": False, "error": code}))
    with pytest.raises(Recoverable):
        slack_receiver(slack).send(notice(), "")


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN])
def test_without_a_network_nothing_can_have_arrived(number: int) -> None:
    assert not isinstance(no_answer(URLError(OSError(number, "no way")), "slack:#x"), Ambiguous)


def test_a_proxy_that_refuses_has_passed_nothing_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A webhook would else be a dead letter after the second try, as of one that may have arrived twice."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def refuse() -> None:
            connection, _ = proxy.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=refuse, daemon=True).start()
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        receiver = SlackWebhookReceiver({"SLACK_WEBHOOK_X": "https://hooks.slack.example/services/T/B/X"}, AGENCIES, timeout_s=5)
        with pytest.raises(Recoverable) as caught:
            receiver.send(notice("slack_webhook:x"), "")
    assert not isinstance(caught.value, Ambiguous)
