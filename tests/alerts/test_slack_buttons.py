"""Buttons and payloads: what is offered, what is understood, what an order does. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.actions import acknowledge, mark_false_alarm, snooze_until
from alerts.slack_buttons import buttons
from alerts.slack_payload import Nothing, Order, read_command, read_interaction
from kentongan.errors import InputError
from kentongan.records import Alert, NotifyReason
from tests.alerts.builders import AGENCIES, PLN, alert_of, at, notice, opened, rich_spike, terms
from tests.alerts.pressing import pressed

NOW = at(1)


def offered(alert: Alert, **fields: Any) -> list[str]:
    """Action ids of the buttons below a message of this alert."""
    rows = buttons(notice(of=alert, **fields), AGENCIES, "id")
    return [element["action_id"].removeprefix("kentongan_") for row in rows for element in row["elements"]]


def an_alert(**fields: Any) -> Alert:
    return alert_of(opened(**fields))


def test_an_open_alert_can_be_taken_on_put_off_and_called_a_false_alarm() -> None:
    assert offered(an_alert()) == ["acknowledge", "snooze", "false_alarm"]


def test_what_was_done_is_not_offered_again() -> None:
    assert offered(acknowledge(an_alert(), by="slack:U1", at=NOW)) == ["snooze", "false_alarm"]
    assert offered(mark_false_alarm(an_alert(), by="slack:U1", at=NOW)) == ["snooze"]


def test_muting_is_offered_for_texts_that_were_copied_much() -> None:
    quotes = rich_spike().top_mentions
    few, many = (tuple(replace(quote, cluster_id="c", copies=n) for quote in quotes) for n in (2, 3))
    assert "mute" not in offered(an_alert(top_mentions=few))
    assert "mute" in offered(an_alert(top_mentions=many))


def test_a_test_message_and_a_simulation_have_no_buttons() -> None:
    assert offered(an_alert(), transition=NotifyReason.TEST) == []
    assert offered(alert_of(opened(agreed=terms(simulated=True)))) == []


def test_one_message_for_many_agencies_offers_each_of_them() -> None:
    first, second = an_alert(), an_alert(agency="bpjs-kesehatan")
    (row,) = buttons(notice(of=first, related=(second,)), AGENCIES, "id")
    (menu,) = row["elements"]
    assert [option["value"] for option in menu["options"]] == [first.id, second.id]


@pytest.mark.parametrize("act", ["acknowledge", "false_alarm"])
def test_every_button_we_draw_is_understood_when_it_comes_back(act: str) -> None:
    alert = an_alert()
    order = read_interaction(pressed(alert, act), NOW)
    assert order == Order(act=act, episode=alert.id, actor="slack:U0DEWI", pressed_at=NOW, response_url="")  # type: ignore[arg-type]


@pytest.mark.parametrize("choice", ["1h", "4h", "morning"])
def test_every_length_of_a_snooze_is_understood(choice: str) -> None:
    order = read_interaction(pressed(an_alert(), "snooze", choice), NOW)
    assert isinstance(order, Order)
    assert order.choice == choice


def test_a_link_that_was_opened_asks_for_nothing() -> None:
    payload = pressed(an_alert(), "acknowledge")
    payload["actions"][0]["action_id"] = "kentongan_open_console"
    assert read_interaction(payload, NOW) == Nothing()


def broken(**changes: Any) -> dict[str, Any]:
    """A press with something changed: `payload` fields, or those of its one action."""
    payload = pressed(an_alert(), "acknowledge")
    payload["actions"][0].update(changes.pop("action", {}))
    return {**payload, **changes}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        broken(type="view_submission"),
        broken(actions=[]),
        broken(actions="x"),
        broken(actions=[{}, {}]),
        broken(action={"action_id": "somebody_elses"}),
        broken(action={"action_id": "kentongan_resolve"}),
        broken(action={"value": "DROP TABLE alert"}),
        broken(action={"value": ""}),
        broken(action={"action_ts": "soon"}),
        broken(action={"action_id": "kentongan_snooze"}),
        broken(user={}),
        broken(user={"id": "Dewi Lestari"}),
        broken(user=None),
    ],
)
def test_a_payload_that_is_not_ours_is_refused_in_words_for_the_person(payload: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="tidak ada yang berubah"):
        read_interaction(payload, NOW)


NAMES = st.sampled_from(("type", "actions", "user", "id", "action_id", "value", "action_ts", "selected_option"))
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=9), lambda x: st.lists(x, max_size=2) | st.dictionaries(NAMES, x, max_size=4), max_leaves=6
)


@settings(deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(payload=st.dictionaries(st.sampled_from(("type", "actions", "user", "response_url")), JSON))
def test_whatever_comes_is_refused_or_understood_and_never_a_crash(payload: dict[str, Any]) -> None:
    for candidate in (payload, {**broken(), **payload}):
        try:
            assert isinstance(read_interaction(candidate, NOW), Order | Nothing)
        except InputError:
            continue


def test_a_press_is_never_later_than_its_arrival() -> None:
    order = read_interaction(broken(action={"action_ts": "9999999999.000001"}), NOW)
    assert isinstance(order, Order)
    assert order.pressed_at == NOW


def test_a_command_without_a_user_is_refused() -> None:
    with pytest.raises(InputError):
        read_command({"command": "/kentongan", "text": "status"})


@pytest.mark.parametrize(
    ("zone", "pressed_hour", "wakes"),
    [
        ("Asia/Jakarta", 2, "2026-03-03 06:00"),  # 02.00 WIB: this morning
        ("Asia/Jakarta", 23, "2026-03-04 06:00"),  # 23.00 WIB: tomorrow's
        ("Asia/Jayapura", 2, "2026-03-03 06:00"),
    ],
)
def test_until_morning_is_the_end_of_the_quiet_hours_in_the_agencys_zone(zone: str, pressed_hour: int, wakes: str) -> None:
    agency = PLN.model_copy(update={"timezone": zone})
    moment = datetime(2026, 3, 3, pressed_hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert f"{snooze_until('morning', moment, agency).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" == wakes
    assert snooze_until("4h", moment, agency) - moment == timedelta(hours=4)
