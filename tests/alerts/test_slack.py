"""Receiver `slack` against a real HTTP server on localhost: what it posts, and what each misbehaviour means."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from alerts.fragments import AlertText
from alerts.lifecycle import decide
from alerts.message import compose
from alerts.slack import SlackReceiver
from alerts.slack_blocks import HEADER_CHARS, SECTION_CHARS, blocks, escape
from alerts.slack_errors import NEXT_STEP
from kentongan.errors import Ambiguous, ConfigError, Final, Recoverable
from kentongan.records import Notice, NotifyReason, Quote
from tests.alerts.builders import AGENCIES, SLACK_PLN, alert_of, at, fires, notice, opened, rich_spike, slack_receiver, terms, tick
from tests.servers.slack import Answer, Hang, Reset, SlackServer


@pytest.fixture
def slack() -> Iterator[SlackServer]:
    with SlackServer() as server:
        yield server


def later(of: Notice) -> Notice:
    """The doubling of the alert in `of`."""
    return decide(of.alert, fires(1, observed=90, severity="critical"), tick(1), terms(destinations=(of.destination,))).notices[0]


def ended(of: Notice) -> Notice:
    return decide(of.alert, None, tick(3), terms(destinations=(of.destination,)), closed=True).notices[0]


# what it posts


def test_an_alert_is_posted_once_with_its_key_and_without_previews(slack: SlackServer) -> None:
    told = notice()
    ref = slack_receiver(slack).send(told, "")
    (message,) = slack.channel("#humas-pln").messages
    assert ref == f"{slack.channel('#humas-pln').id}/{message['ts']}"
    assert message["metadata"] == {"event_type": "kentongan_notice", "event_payload": {"key": told.key, "episode": told.episode}}
    assert message["text"].startswith("KRITIS · PLN: keluhan dan sebutan negatif melonjak.")
    assert slack.calls("chat.postMessage")[0]["unfurl_links"] is False


def test_a_channel_may_be_named_by_its_id(slack: SlackServer) -> None:
    slack_receiver(slack).send(notice(f"slack:{slack.channel('#humas-bpjs').id}"), "")
    assert len(slack.channel("#humas-bpjs").messages) == 1


def test_what_happens_later_updates_the_root_and_is_told_in_its_thread_and_the_channel(slack: SlackServer) -> None:
    receiver, first = slack_receiver(slack), notice()
    ref = receiver.send(first, "")
    second = receiver.send(later(first), ref)
    root, reply = slack.channel("#humas-pln").messages
    assert "dua kali lipat" in root["text"]
    assert (reply["thread_ts"], reply["subtype"]) == (root["ts"], "thread_broadcast")
    assert second.endswith(reply["ts"])
    assert len(reply["blocks"]) < len(root["blocks"]), "the root holds the evidence"


def test_the_end_is_told_in_the_thread_only(slack: SlackServer) -> None:
    receiver, first = slack_receiver(slack), notice()
    receiver.send(ended(first), receiver.send(first, ""))
    root, reply = slack.channel("#humas-pln").messages
    assert root["text"].startswith("SELESAI")
    assert "subtype" not in reply


def test_a_root_that_somebody_deleted_is_replaced_by_a_new_message(slack: SlackServer) -> None:
    receiver, first = slack_receiver(slack), notice()
    ref = receiver.send(first, "")
    slack.channel("#humas-pln").messages.clear()
    receiver.send(later(first), ref)
    assert [m.get("thread_ts") for m in slack.channel("#humas-pln").messages] == [None]


def test_an_agency_reads_its_own_language(slack: SlackServer) -> None:
    alert = alert_of(opened(agency="bpjs-kesehatan"))
    slack_receiver(slack).send(notice("slack:#humas-bpjs", of=alert), "")
    assert slack.channel("#humas-bpjs").messages[0]["text"].startswith("HIGH · BPJS Kesehatan: complaints")


def test_a_simulation_is_refused_even_if_the_outbox_let_it_through(slack: SlackServer) -> None:
    with pytest.raises(Final, match="simulasi"):
        slack_receiver(slack).send(notice(of=alert_of(opened(agreed=terms(simulated=True)))), "")
    assert slack.requests == []


def test_one_message_a_second_per_channel(slack: SlackServer) -> None:
    slept: list[float] = []
    now = [100.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    receiver = SlackReceiver("xoxb-test-token", AGENCIES, base_url=slack.url, sleep=sleep, monotonic=lambda: now[0])
    for n in range(3):
        receiver.send(notice(sequence=n), "")
        now[0] += 0.25
    receiver.send(notice("slack:#humas-bpjs"), "")
    assert slept == [0.75, 0.75]


def test_trouble_of_kentongan_itself_can_be_told(slack: SlackServer) -> None:
    slack_receiver(slack).tell("slack:#humas-bpjs", "GANGGUAN KENTONGAN · collect", "disk <penuh>")
    assert slack.channel("#humas-bpjs").messages[0]["text"] == "GANGGUAN KENTONGAN · collect. disk &lt;penuh&gt;"


def test_whose_token_it_is(slack: SlackServer) -> None:
    assert slack_receiver(slack).identity() == "kentongan @ Diskominfo"


# blocks


def section_texts(told: Notice) -> list[str]:
    return [b["text"]["text"] for b in blocks(compose(told, AGENCIES, "id"), "id") if b["type"] == "section"]


def test_words_of_strangers_are_never_markup() -> None:
    evil = Quote(mention_id="m", platform="x", published_at=at(0), text="<!channel> <@U123> <https://jahat.example|PLN> *tebal* & lain")
    told = notice(of=alert_of(opened(top_mentions=(evil,), topics=("<!here>",))))
    drawn = json.dumps([b for b in blocks(compose(told, AGENCIES, "id"), "id") if b["type"] != "rich_text"])
    assert "<!" not in drawn
    assert "<@" not in drawn
    rich = [b for b in blocks(compose(told, AGENCIES, "id"), "id") if b["type"] == "rich_text"]
    assert {e["type"] for b in rich for e in b["elements"][0]["elements"]} == {"text"}, "text elements are not read as markup"


def test_no_block_is_longer_than_slack_allows() -> None:
    text = AlertText(headline="&" * 500, sentence="<" * 5000, steps=("&" * 5000,) * 9, facts=(("&" * 90, "<" * 900),) * 9, banner="&" * 999)
    for block in blocks(text, "id"):
        if block["type"] in ("header", "section"):
            assert len(block["text"]["text"]) <= (HEADER_CHARS if block["type"] == "header" else SECTION_CHARS)


def test_a_cut_never_breaks_an_entity() -> None:
    assert [escape("a&b", limit) for limit in (8, 7, 6)] == ["a&amp;b", "a&amp;…", "a…"]


def test_everything_of_a_simulation_says_so_in_slack_too() -> None:
    told = notice(of=alert_of(opened(agreed=terms(simulated=True))))
    built = blocks(compose(told, AGENCIES, "id"), "id")
    assert built[0]["text"]["text"].startswith("🟠 SIMULASI")
    assert all("SIMULASI" in text for text in section_texts(told)[:2])


def test_a_full_message_passes_the_servers_own_checks(slack: SlackServer) -> None:
    long = tuple(Quote(mention_id="m", platform="x", published_at=at(0), text="listrik padam " * 200, copies=9) for _ in range(9))
    slack_receiver(slack).send(notice(of=alert_of(opened(**{f: getattr(rich_spike(), f) for f in ("topics", "sources")}, top_mentions=long))), "")
    assert len(slack.channel("#humas-pln").messages) == 1


# misbehaviour


def test_a_pause_is_honoured(slack: SlackServer) -> None:
    slack.misbehave("chat.postMessage", Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "7"}))
    with pytest.raises(Recoverable) as caught:
        slack_receiver(slack).send(notice(), "")
    assert not isinstance(caught.value, Ambiguous)
    assert caught.value.retry_after_s == 7.0


@pytest.mark.parametrize("code", ["ratelimited", "service_unavailable"])
def test_a_transient_refusal_is_tried_again(slack: SlackServer, code: str) -> None:
    slack.misbehave("chat.postMessage", Answer(200, {"ok": False, "error": code}))
    with pytest.raises(Recoverable) as caught:
        slack_receiver(slack).send(notice(), "")
    assert not isinstance(caught.value, Ambiguous)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500, "<html>oops</html>"),
        Answer(502, "<html>bad gateway</html>"),
        Answer(200, {"ok": False, "error": "internal_error"}),
        Answer(200, {"ok": False, "error": "fatal_error"}),
    ],
    ids=lambda a: f"{a.status}-{a.body if isinstance(a.body, str) else a.body['error']}"[:20],
)
def test_an_error_on_slacks_side_may_have_been_delivered_all_the_same(slack: SlackServer, answer: Answer) -> None:
    slack.misbehave("chat.postMessage", answer)
    with pytest.raises(Ambiguous):
        slack_receiver(slack).send(notice(), "")


@pytest.mark.parametrize("how", [Hang(done=True), Hang(done=False), Reset(done=True), Reset(done=False)], ids=str)
def test_no_answer_is_ambiguous_and_is_not_sent_again_by_the_sdk(slack: SlackServer, how: Hang | Reset) -> None:
    slack.misbehave("chat.postMessage", how)
    with pytest.raises(Ambiguous):
        slack_receiver(slack, timeout_s=0.5).send(notice(), "")
    assert len(slack.calls("chat.postMessage")) == 1


def test_a_refused_connection_is_certainly_not_delivered() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, never listening: connections are refused, and nobody else gets the port
        receiver = SlackReceiver("xoxb", AGENCIES, base_url=f"http://127.0.0.1:{taken.getsockname()[1]}/api/", timeout_s=30)
        with pytest.raises(Recoverable) as caught:
            receiver.send(notice(), "")
    assert not isinstance(caught.value, Ambiguous)


@pytest.mark.parametrize("code", sorted(NEXT_STEP))
def test_a_permanent_refusal_names_the_code_and_the_next_step(slack: SlackServer, code: str) -> None:
    slack.misbehave("chat.postMessage", Answer(200, {"ok": False, "error": code}))
    with pytest.raises(Final, match=code) as caught:
        slack_receiver(slack).send(notice(), "")
    assert str(caught.value).startswith(SLACK_PLN)
    assert NEXT_STEP[code][0] in str(caught.value)


def test_an_unknown_refusal_is_final_and_names_its_code(slack: SlackServer) -> None:
    slack.misbehave("chat.postMessage", Answer(200, {"ok": False, "error": "something_new"}))
    with pytest.raises(Final, match="something_new"):
        slack_receiver(slack).send(notice(), "")


def test_a_page_of_something_else_is_no_delivery(slack: SlackServer) -> None:
    slack.misbehave("chat.postMessage", Answer(404, "<html>not here</html>"))
    with pytest.raises(Final, match="404"):
        slack_receiver(slack).send(notice(), "")


def test_a_wrong_token_and_an_unknown_channel_are_final(slack: SlackServer) -> None:
    with pytest.raises(Final, match="invalid_auth"):
        slack_receiver(slack, token="xoxb-wrong").send(notice(), "")  # opens nothing
    with pytest.raises(Final, match="channel_not_found"):
        slack_receiver(slack).send(notice("slack:#tidak-ada"), "")
    with pytest.raises(Final, match="kanal"):
        slack_receiver(slack).send(notice("slack:"), "")


def test_no_error_names_the_token(slack: SlackServer) -> None:
    with pytest.raises(Final) as caught:
        slack_receiver(slack, token="xoxb-very-secret").send(notice(), "")  # opens nothing
    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://slack.example/api/", "ftp://127.0.0.1/", "slack.com"])
def test_the_token_never_travels_unencrypted_to_another_machine(url: str) -> None:
    with pytest.raises(ConfigError, match="SLACK_BASE_URL"):
        SlackReceiver("xoxb", AGENCIES, base_url=url)


# looking whether it arrived


def test_what_arrived_is_found_by_its_key(slack: SlackServer) -> None:
    receiver, told = slack_receiver(slack), notice()
    ref = receiver.send(told, "")
    assert slack_receiver(slack).find(told) == ref, "by another process too"
    assert receiver.find(replace(told, sequence=9)) == ""


def test_what_arrived_is_found_where_metadata_may_not_be_read(slack: SlackServer) -> None:
    slack.metadata_readable = False
    receiver, first = slack_receiver(slack), notice()
    root = receiver.send(first, "")
    assert receiver.find(first) == root
    reply = receiver.send(ended(first), root)
    assert receiver.find(ended(first), root) == reply
    assert receiver.find(replace(ended(first), sequence=9), root) == ""


def test_a_reply_is_found_in_its_thread(slack: SlackServer) -> None:
    receiver, first = slack_receiver(slack), notice()
    root = receiver.send(first, "")
    end = ended(first)
    ref = receiver.send(end, root)
    assert slack_receiver(slack).find(end, root) == ref


def test_an_updated_root_is_not_taken_for_the_reply_that_is_missing(slack: SlackServer) -> None:
    receiver, first = slack_receiver(slack), notice()
    root = receiver.send(first, "")
    slack.misbehave("chat.postMessage", Reset(done=False))
    with pytest.raises(Ambiguous):
        receiver.send(later(first), root)
    assert receiver.find(later(first), root) == ""


def test_a_message_behind_many_others_is_found(slack: SlackServer) -> None:
    receiver, told = slack_receiver(slack), notice()
    ref = receiver.send(told, "")
    for n in range(250):
        slack.channel("#humas-pln").messages.append({"type": "message", "ts": f"{1800000000 + n}.000100", "text": "obrolan", "posted_key": ""})
    assert receiver.find(told) == ref
    assert len(slack.calls("conversations.history")) == 3


@pytest.mark.parametrize("code", ["missing_scope", "not_in_channel", "channel_not_found"])
def test_a_history_that_may_not_be_read_cannot_tell(slack: SlackServer, code: str) -> None:
    slack.misbehave("conversations.history", Answer(200, {"ok": False, "error": code}))
    assert slack_receiver(slack).find(notice()) is None


def test_a_channel_that_cannot_be_seen_cannot_tell(slack: SlackServer) -> None:
    assert slack_receiver(slack).find(notice("slack:#rahasia")) is None


def test_what_was_said_long_before_is_not_looked_through(slack: SlackServer) -> None:
    for n in range(250):
        slack.channel("#humas-pln").messages.append({"type": "message", "ts": f"{1700000000 + n}.000100", "text": "obrolan", "posted_key": ""})
    assert slack_receiver(slack).find(notice()) == ""
    assert len(slack.calls("conversations.history")) == 1


def test_a_history_that_does_not_answer_now_is_asked_later(slack: SlackServer) -> None:
    slack.misbehave("conversations.history", Answer(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "30"}))
    with pytest.raises(Recoverable) as caught:
        slack_receiver(slack).find(notice())
    assert caught.value.retry_after_s == 30.0


def test_a_test_message_says_that_it_is_one(slack: SlackServer) -> None:
    slack_receiver(slack).send(notice(transition=NotifyReason.TEST), "")
    assert slack.channel("#humas-pln").messages[0]["text"].startswith("PESAN UJI")
