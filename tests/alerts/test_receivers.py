"""Receivers from config/receivers.yml and the environment; where an agency's alerts go; telling operations."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kentongan.clock import FixedClock
from kentongan.config import Config, load_config
from kentongan.errors import ConfigError
from kentongan.pipeline.receivers import build_receivers, check_receivers, destinations_for, tell_operations
from kentongan.ports import Receiver, StateStore
from kentongan.settings import Settings
from tests.alerts.builders import PLN, clock, open_state
from tests.servers.slack import TOKEN, Answer, SlackServer

REPOSITORY = Path(__file__).parents[2]


def configured(tmp_path: Path, receivers: str) -> Config:
    """PLN alone, with this receivers.yml."""
    folder = tmp_path / "config"
    (folder / "agencies").mkdir(parents=True)
    (folder / "agencies" / "pln.yml").write_text("name: PLN\naliases: [PLN]\nslack_channel: '#humas-pln'\n")
    (folder / "receivers.yml").write_text(receivers)
    return load_config(folder)


def settings(tmp_path: Path, token: str = "", url: str = "") -> Settings:
    return Settings(var=tmp_path, database=tmp_path / "k.db", config=tmp_path / "config", slack_bot_token=token, slack_base_url=url)


def test_without_a_token_there_is_the_terminal_alone(tmp_path: Path) -> None:
    assert set(build_receivers(settings(tmp_path), configured(tmp_path, ""), io.StringIO())) == {"terminal"}


def test_a_token_switches_slack_on(tmp_path: Path) -> None:
    receivers = build_receivers(settings(tmp_path, TOKEN), configured(tmp_path, ""), io.StringIO())
    assert {name: receiver.real for name, receiver in receivers.items()} == {"terminal": False, "slack": True}


@pytest.mark.parametrize("how", ["enabled: false", "terminal_only"])
def test_slack_can_be_kept_off_although_a_token_is_set(tmp_path: Path, how: str) -> None:
    config = configured(tmp_path, "receivers: {slack: {kind: slack, enabled: false}}" if how == "enabled: false" else "")
    assert set(build_receivers(settings(tmp_path, TOKEN), config, io.StringIO(), terminal_only=how == "terminal_only")) == {"terminal"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("receivers: {slack: {kind: slak}}", ("receivers.slack.kind: ", "'slak'", "'slack'")),
        ("receivers: {slack: {kind: slack, options: {timeout: 3}}}", ("receivers.slack.options.timeout: ", "'timeout_s'")),
        ("receivers: {slack: {kind: slack, options: {timeout_s: 90}}}", ("receivers.slack.options.timeout_s: ", "30")),
        ("receivers: {humas: {kind: slack}}", ("receivers.humas: ", "'slack'")),
        ("fallback: [terminl]", ("fallback: ", "'terminl'", "'terminal'")),
        ("operations: [slack]", ("operations: ", "slack:#ops")),
    ],
)
def test_a_mistake_in_receivers_yml_names_file_key_and_the_nearest_valid(tmp_path: Path, text: str, said: tuple[str, ...]) -> None:
    config = configured(tmp_path, text)
    problems = check_receivers(config)
    assert len(problems) == 1
    assert all(part in problems[0] for part in said)
    assert problems[0].startswith(str(config.folder / "receivers.yml"))
    with pytest.raises(ConfigError):
        build_receivers(settings(tmp_path), config, io.StringIO())


def test_the_projects_own_receivers_yml_is_without_mistakes(tmp_path: Path) -> None:
    text = (REPOSITORY / "config" / "receivers.yml").read_text(encoding="utf-8")
    assert check_receivers(configured(tmp_path, text)) == []


def test_an_agencys_alerts_go_to_its_channel_if_there_is_one_and_a_token(tmp_path: Path) -> None:
    config = configured(tmp_path, "")
    without = build_receivers(settings(tmp_path), config, io.StringIO())
    with_token = build_receivers(settings(tmp_path, TOKEN), config, io.StringIO())
    assert destinations_for(PLN, with_token) == ("slack:#humas-pln",)
    assert destinations_for(PLN, without) == ("terminal",)
    assert destinations_for(PLN.model_copy(update={"slack_channel": ""}), with_token) == ("terminal",)
    assert destinations_for(PLN, with_token, simulated=True) == ("terminal",)


@dataclass
class Operations:
    """The parts of a Context that telling operations needs."""

    config: Config
    state: StateStore
    receivers: dict[str, Receiver]
    clock: FixedClock = field(default_factory=clock)


@pytest.fixture
def operations(tmp_path: Path) -> Iterator[tuple[Any, SlackServer, io.StringIO]]:
    with SlackServer() as server:
        config = configured(tmp_path, 'operations: ["slack:#humas-bpjs", terminal]')
        screen = io.StringIO()
        state = open_state(tmp_path)
        yield Operations(config, state, build_receivers(settings(tmp_path, TOKEN, server.url), config, screen)), server, screen
        state.close()


def test_operations_are_told_of_the_same_trouble_once_an_hour(operations: tuple[Any, SlackServer, io.StringIO]) -> None:
    ctx, server, _ = operations
    assert [tell_operations(ctx, "collect", "disk penuh"), tell_operations(ctx, "collect", "disk penuh"), tell_operations(ctx, "detect", "lain")] == [
        True, False, True,
    ]  # fmt: skip
    ctx.clock.advance(timedelta(hours=1))
    assert tell_operations(ctx, "collect", "disk penuh")
    assert len(server.channel("#humas-bpjs").messages) == 3


def test_a_receiver_that_fails_does_not_keep_operations_from_hearing_elsewhere(operations: tuple[Any, SlackServer, io.StringIO]) -> None:
    ctx, server, screen = operations
    server.misbehave("chat.postMessage", Answer(200, {"ok": False, "error": "is_archived"}))
    assert tell_operations(ctx, "collect", "disk penuh")
    assert "collect\ndisk penuh" in screen.getvalue()


def test_a_receiver_whose_library_is_broken_does_not_keep_operations_from_hearing_elsewhere(operations: tuple[Any, SlackServer, io.StringIO]) -> None:
    class Broken:
        def tell(self, destination: str, headline: str, sentence: str) -> str:
            raise ImportError("apprise")

    ctx, _, screen = operations
    broken = replace(ctx, receivers={**ctx.receivers, "slack": Broken()})
    assert tell_operations(broken, "detect", "galat")
    assert "GANGGUAN KENTONGAN · detect" in screen.getvalue()
