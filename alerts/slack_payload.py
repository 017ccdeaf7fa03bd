"""From what Slack sends when somebody presses a button or types /kentongan, to what is wanted: pure, and picky.

Slack's shapes as in its references of block_actions payloads and slash commands (read November 2026). A value of ours reads "episode",
or "choice:episode" where there is something to choose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from kentongan.errors import InputError
from kentongan.words import say

Act = Literal["acknowledge", "snooze", "false_alarm", "mute"]
ACTS: tuple[Act, ...] = get_args(Act)
SNOOZES = ("1h", "4h", "morning")
PREFIX = "kentongan_"  # of our action ids
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_SECONDS = re.compile(r"\d{9,11}(?:\.\d{1,6})?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What an officer wants done with one alert."""

    act: Act
    episode: str  # Alert.id
    actor: str  # "slack:U0123ABC": a pseudonym as good as Slack's own, for the audit trail
    pressed_at: datetime  # when the button was pressed: the same for every copy of this payload, so a copy changes nothing
    choice: str = ""  # of snooze: one of SNOOZES; of mute: a mention's id, whose copies are meant
    response_url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A slash command."""

    words: str  # what followed /kentongan, lower case
    actor: str
    channel: tuple[str, ...] = ()  # where it was typed: "#name" and id, as an agency's file may name it
    response_url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Nothing:
    """A payload that asks for nothing: a link button that was pressed."""


def action_id(act: Act) -> str:
    """The id that our button bears in a message."""
    return PREFIX + act


def value_of(episode: str, choice: str = "") -> str:
    """The value that our button or menu entry bears."""
    return f"{choice}:{episode}" if choice else episode


def read_interaction(payload: Mapping[str, object], received_at: datetime) -> Order | Nothing:
    """The order in an interactive payload. received_at: no press is later than that.

    Raises InputError, in words for the person who pressed: not ours, an old message's, or broken.
    """
    if payload.get("type") != "block_actions":
        raise InputError(_not_understood(f"type={payload.get('type')!r:.40}"))
    actions = payload.get("actions")
    if not isinstance(actions, list) or len(actions) != 1 or not isinstance(actions[0], dict):
        raise InputError(_not_understood("actions"))
    action = actions[0]
    name = str(action.get("action_id") or "")
    if name.startswith(f"{PREFIX}open"):
        return Nothing()
    act = name.removeprefix(PREFIX)
    if not name.startswith(PREFIX) or act not in ACTS:
        raise InputError(_not_understood(f"action_id={name!r:.40}"))
    option = action.get("selected_option")
    value = str(option.get("value") if isinstance(option, dict) else action.get("value") or "")
    choice, _, episode = value.rpartition(":")
    if not _UUID.fullmatch(episode) or not _is_choice(act, choice):
        raise InputError(_not_understood(f"value={value!r:.60}"))
    return Order(
        act=act,
        episode=episode,
        actor=_actor(payload.get("user")),
        pressed_at=_pressed_at(action.get("action_ts"), received_at),
        choice=choice,
        response_url=str(payload.get("response_url") or ""),
    )


def read_command(form: Mapping[str, object]) -> Question:
    """The question in a slash command's form. Raises InputError when it is not ours."""
    if not str(form.get("command") or "").startswith("/"):
        raise InputError(_not_understood("command"))
    words = " ".join(str(form.get("text") or "").lower().split())
    name, channel_id = str(form.get("channel_name") or ""), str(form.get("channel_id") or "")
    channel = tuple(place for place in (f"#{name}" if name else "", channel_id) if place)
    return Question(words=words, actor=_actor({"id": form.get("user_id")}), channel=channel, response_url=str(form.get("response_url") or ""))


def _is_choice(act: str, choice: str) -> bool:
    if act == "snooze":
        return choice in SNOOZES
    return bool(_UUID.fullmatch(choice)) if act == "mute" else not choice


def _actor(user: object) -> str:
    name = str(user.get("id") or "") if isinstance(user, Mapping) else ""
    if not _USER.fullmatch(name):
        raise InputError(_not_understood("user"))
    return f"slack:{name}"


def _pressed_at(stamp: object, received_at: datetime) -> datetime:
    if not _SECONDS.fullmatch(str(stamp)):
        raise InputError(_not_understood("action_ts"))
    moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=float(str(stamp)))
    return min(moment, received_at)


def _not_understood(what: str) -> str:
    return say(
        f"Kentongan tidak mengerti permintaan ini ({what}), jadi tidak ada yang berubah. Pakai tombol pada pesan terbaru, atau /kentongan help.",
        f"Kentongan does not understand this request ({what}), so nothing was changed. Use the buttons of the latest message, or /kentongan help.",
    )
