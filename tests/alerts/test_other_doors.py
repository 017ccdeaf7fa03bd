"""Slack's incoming webhook, and Telegram, e-mail, Teams, a webhook of one's own through Apprise: the receiver contract on each."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.apprise_receiver import AppriseReceiver
from alerts.lifecycle import decide
from alerts.message import compose
from alerts.plain import BODY_CHARS, body
from alerts.slack_webhook import SlackWebhookReceiver
from kentongan.errors import Ambiguous, Final, ReceiverError, Recoverable
from kentongan.ports import Receiver
from kentongan.records import Quote
from tests.alerts.builders import AGENCIES, alert_of, at, fires, notice, open_state, opened, rich_spike, terms, tick
from tests.alerts.desk import Desk
from tests.servers.doors import Door, HttpDoor, MailDoor
from tests.servers.slack import SlackServer

TOKEN = "123456789:abcdefghij_klmnopqrstuvwxyz-1234567"  # shaped like a Telegram bot's; opens nothing
pytestmark = pytest.mark.filterwarnings("ignore:Unverified HTTPS request")  # the door of Teams has a certificate that nobody vouches for
HTTP_KINDS = ("slack_webhook", "json", "telegram", "teams")


@dataclass
class Leaving:
    """A receiver, its destination, and the door behind it."""

    receiver: Receiver
    destination: str
    door: Door

    def send(self, **fields: object) -> str:
        return self.receiver.send(notice(self.destination, **fields), "")

    def refusal(self, **fields: object) -> ReceiverError:
        with pytest.raises(ReceiverError) as caught:
            self.send(**fields)
        return caught.value


def an_apprise(url: str, timeout_s: float = 5.0) -> AppriseReceiver:
    return AppriseReceiver({"KENTONGAN_APPRISE_TUJUAN": url}, AGENCIES, timeout_s=timeout_s)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A certificate of this machine's own making."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = str(folder / "key.pem"), str(folder / "cert.pem")
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
        "-keyout",
    ]
    subprocess.run([*made, key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.fixture
def leaving(monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext) -> Iterator[Callable[..., Leaving]]:
    """Build one; its door is closed at the end."""
    with ExitStack() as stack:

        def build(kind: str, timeout_s: float = 5.0) -> Leaving:
            if kind == "mail":
                mail = stack.enter_context(MailDoor())
                address = f"{mail.url}/?from=kentongan@instansi.example&to=humas@instansi.example&mode=insecure"
                return Leaving(an_apprise(address, timeout_s), "apprise:tujuan", mail)
            if kind == "teams":  # https alone: the door has a certificate of its own
                teams = stack.enter_context(HttpDoor(tls=tls))
                return Leaving(
                    an_apprise(f"workflows://127.0.0.1:{teams.port}/rahasia1234/rahasia56789/?verify=no", timeout_s), "apprise:tujuan", teams
                )
            door = stack.enter_context(HttpDoor('{"ok":true,"result":{"message_id":1}}' if kind == "telegram" else "ok"))
            if kind == "slack_webhook":
                hook = SlackWebhookReceiver({"SLACK_WEBHOOK_HUMAS": f"{door.url}/services/T/B/rahasia"}, AGENCIES, timeout_s=timeout_s)
                return Leaving(hook, "slack_webhook:humas", door)
            if kind == "json":
                return Leaving(an_apprise(f"json://127.0.0.1:{door.port}/rahasia", timeout_s), "apprise:tujuan", door)
            if kind == "telegram":  # Apprise names Telegram's host in its code: the door stands there instead
                from apprise.plugins.telegram import NotifyTelegram

                monkeypatch.setattr(NotifyTelegram, "notify_url", f"{door.url}/bot")
                return Leaving(an_apprise(f"tgram://{TOKEN}/-1001234567/", timeout_s), "apprise:tujuan", door)
            raise AssertionError(kind)

        yield build


@pytest.mark.parametrize("kind", (*HTTP_KINDS, "mail"))
def test_an_alert_arrives_once_with_headline_sentence_and_first_step(leaving: Callable[..., Leaving], kind: str) -> None:
    found = leaving(kind)
    found.send()
    (message,) = found.door.taken
    text = json.dumps(json.loads(message), ensure_ascii=False) if message.startswith("{") else message
    for part in ("KRITIS · PLN: keluhan dan sebutan negatif melonjak", "37 sebutan negatif", "Tanyakan ke unit operasi"):
        assert part in text
    assert "budi99" not in text
    assert "0812" not in text


def test_a_later_message_says_which_alert_it_continues(leaving: Callable[..., Leaving]) -> None:
    out = leaving("json")
    agreed = terms(destinations=(out.destination,))
    (first,) = opened(agreed=agreed, severity="high").notices
    (worse,) = decide(first.alert, fires(30, severity="critical"), tick(30), agreed).notices
    for later in (first, worse):
        out.receiver.send(later, "")
    said = [json.loads(message)["message"] for message in out.door.taken]
    assert "Kelanjutan" not in said[0]
    assert f"Kelanjutan peringatan {first.episode[:8]}, dikabarkan Senin 10.00 WIB." in said[1]


@pytest.mark.parametrize("kind", (*HTTP_KINDS, "mail"))
def test_a_simulation_never_leaves(leaving: Callable[..., Leaving], kind: str) -> None:
    found = leaving(kind)
    simulated = alert_of(opened(agreed=terms(simulated=True)))
    assert isinstance(found.refusal(of=simulated), Final)
    assert found.door.taken == []
    assert found.receiver.real


@pytest.mark.parametrize("kind", HTTP_KINDS)
@pytest.mark.parametrize(
    ("how", "expected"), [(429, Recoverable), (503, Recoverable), (500, Ambiguous), (403, Final), (404, Final), ("reset", Ambiguous)]
)
def test_each_refusal_means_what_it_means_elsewhere(leaving: Callable[..., Leaving], kind: str, how: str | int, expected: type[Exception]) -> None:
    found = leaving(kind)
    found.door.misbehave(*[how] * 3)
    assert type(found.refusal()) is expected
    assert found.door.taken == []


@pytest.mark.parametrize(("how", "expected"), [(450, Recoverable), (550, Final), (554, Final)])
def test_a_mail_server_that_refuses(leaving: Callable[..., Leaving], how: int, expected: type[Exception]) -> None:
    found = leaving("mail")
    found.door.misbehave(how)
    assert type(found.refusal()) is expected


@pytest.mark.parametrize("kind", ("slack_webhook", "json", "mail", "teams"))
def test_a_service_that_takes_the_message_and_never_answers_may_have_it(leaving: Callable[..., Leaving], kind: str) -> None:
    found = leaving(kind, timeout_s=0.3)
    found.door.misbehave("hang")
    assert type(found.refusal()) is Ambiguous
    assert len(found.door.taken) == 1


@pytest.mark.parametrize(("words", "how"), [("server connection refused terus", "hang"), ("halaman error=404", 500)])
def test_what_people_complain_of_is_not_taken_for_what_went_wrong(leaving: Callable[..., Leaving], words: str, how: str | int) -> None:
    door = leaving("json", timeout_s=0.3)
    door.door.misbehave(how)
    quote = Quote(mention_id="m", text=words, platform="x", published_at=at(0))
    told = notice(door.destination, of=alert_of(decide(None, rich_spike(top_mentions=(quote,)), tick(0), terms())))
    with pytest.raises(ReceiverError) as caught:
        door.receiver.send(told, "")
    assert isinstance(caught.value, Ambiguous)


@pytest.mark.parametrize("address", ["json://127.0.0.1:{port}/", "mailto://127.0.0.1:{port}/?from=a@b.example&to=c@d.example&mode=insecure"])
def test_where_nobody_listens_it_certainly_did_not_arrive(address: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(Recoverable) as caught:
            an_apprise(address.format(port=port)).send(notice("apprise:tujuan"), "")
    assert type(caught.value) is Recoverable


def test_a_pause_that_slack_asks_for_is_kept(leaving: Callable[..., Leaving]) -> None:
    found = leaving("slack_webhook")
    found.door.misbehave((429, {"Retry-After": "7"}, "ratelimited"))
    error = found.refusal()
    assert isinstance(error, Recoverable)
    assert error.retry_after_s == 7


def test_a_revoked_webhook_says_what_to_do(leaving: Callable[..., Leaving]) -> None:
    found = leaving("slack_webhook")
    found.door.misbehave((404, {}, "no_service"))
    assert "buat yang baru" in str(found.refusal())


class Log(logging.Handler):
    """Everything that reaches the program's log (caplog would also see what is kept from it)."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def log() -> Iterator[Log]:
    root, found = logging.getLogger(), Log()
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(found)
    yield found
    root.removeHandler(found)
    root.setLevel(level)


@pytest.mark.parametrize("kind", (*HTTP_KINDS, "mail"))
def test_no_error_and_no_log_line_shows_an_address_or_a_text(leaving: Callable[..., Leaving], kind: str, log: Log) -> None:
    found = leaving(kind)
    found.door.misbehave(*[550 if kind == "mail" else 403] * 3)
    said = str(found.refusal()) + "".join(log.lines)
    assert not [part for part in ("rahasia", TOKEN, "humas@", "sebutan negatif") if part in said]


@pytest.mark.parametrize(
    ("receiver", "destination", "variable"),
    [
        (SlackWebhookReceiver({}, AGENCIES), "slack_webhook:humas-pln", "SLACK_WEBHOOK_HUMAS_PLN"),
        (SlackWebhookReceiver({}, AGENCIES), "slack_webhook", "SLACK_WEBHOOK_URL"),
        (AppriseReceiver({}, AGENCIES), "apprise:humas-mail", "KENTONGAN_APPRISE_HUMAS_MAIL"),
        (AppriseReceiver({"KENTONGAN_APPRISE_X": "bukan://alamat"}, AGENCIES), "apprise:x", "KENTONGAN_APPRISE_X"),
        (SlackWebhookReceiver({"SLACK_WEBHOOK_X": "hooks.slack.com"}, AGENCIES), "slack_webhook:x", "SLACK_WEBHOOK_X"),
    ],
)
def test_an_address_that_is_missing_or_none_is_a_dead_letter_with_the_variables_name(receiver: Receiver, destination: str, variable: str) -> None:
    with pytest.raises(Exception, match=variable) as caught:
        receiver.send(notice(destination), "")
    assert not isinstance(caught.value, Recoverable)


def test_neither_can_read_back_what_it_sent(leaving: Callable[..., Leaving]) -> None:
    for kind in ("slack_webhook", "json"):
        found = leaving(kind)
        assert found.receiver.find(notice(found.destination)) is None


def test_a_strangers_markup_stays_text(leaving: Callable[..., Leaving]) -> None:
    evil = Quote(mention_id="m", text="<!channel> <b>tebal</b> *x*", platform="x", published_at=rich_spike().bin_end)
    alert = alert_of(opened(top_mentions=(evil,)))
    telegram = leaving("telegram")
    telegram.send(of=alert)
    sent = json.loads(telegram.door.taken[0])
    assert sent["parse_mode"] == "HTML"
    assert "&lt;!channel&gt; &lt;b&gt;tebal" in sent["text"]
    slack = leaving("slack_webhook")
    slack.send(of=alert)
    plain_pieces = [piece for block in json.loads(slack.door.taken[0])["blocks"] if block["type"] == "rich_text" for piece in block["elements"]]
    assert any("<!channel>" in json.dumps(piece) for piece in plain_pieces), "an element of text, which Slack never reads as markup"
    assert "<!channel>" not in json.loads(slack.door.taken[0])["text"]


def test_plain_text_is_cut_at_its_end_and_keeps_marks_and_sentence() -> None:
    long = replace(rich_spike(), top_mentions=tuple(
        Quote(mention_id=str(n), text="kata " * 60, platform="x", published_at=rich_spike().bin_end) for n in range(3)))  # fmt: skip
    told = replace(notice(of=alert_of(opened())), late=True, repeat=True)
    text = compose(replace(told, alert=replace(told.alert, spike=long)), AGENCIES, "id")
    shown = body(text, "id", 700)
    assert len(shown) <= 700 < len(body(text, "id")) <= BODY_CHARS
    assert shown.startswith("TERLAMBAT")
    assert "MUNGKIN TERULANG" in shown
    assert text.sentence in shown


def test_through_the_outbox_a_time_out_is_repeated_once_and_marked(leaving: Callable[..., Leaving], tmp_path: Path) -> None:
    found = leaving("slack_webhook", timeout_s=0.3)
    found.door.misbehave("hang")
    with SlackServer() as server:
        desk = Desk(state=open_state(tmp_path), slack=server)
        desk.save(opened(agreed=terms(destinations=(found.destination,))))
        for _ in range(3):
            desk.run(receivers={"slack_webhook": found.receiver})
            desk.clock.advance(timedelta(minutes=2))
        desk.state.close()
    first, second = found.door.taken
    assert "MUNGKIN TERULANG" not in first
    assert "MUNGKIN TERULANG" in second


def test_the_reference_is_the_delivery_key(leaving: Callable[..., Leaving]) -> None:
    found = leaving("json")
    assert found.send() == notice(found.destination).key
