"""`kentongan doctor` names what is missing and the next step, and exits 1 only for what is needed."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kentongan.pipeline.cli.doctor import command
from kentongan.settings import packaged_config

Doctor = Callable[..., Result]


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    """The command in an installation of its own, asked for JSON; `setup` adds to the environment."""

    def ask(*arguments: str, **setup: str) -> Result:
        clean = dict.fromkeys(("ELASTICSEARCH_URL", "KENTONGAN_STATE_URL", "SLACK_BOT_TOKEN", "KENTONGAN_DB"), "")
        environment = {**clean, "KENTONGAN_VAR": str(tmp_path / "var"), "KENTONGAN_CONFIG": str(packaged_config()), "KENTONGAN_LANG": "en", **setup}
        return CliRunner().invoke(command, list(arguments or ["--json"]), env=environment, standalone_mode=False)

    return ask


def finding(result: Result, name: str) -> dict[str, str]:
    found: dict[str, str] = next(item for item in json.loads(result.stdout) if item["name"] == name)
    return found


def test_a_machine_without_servers_is_ready_and_each_of_them_is_named_as_off(doctor: Doctor) -> None:
    result = doctor()
    states = {item["name"]: item["state"] for item in json.loads(result.stdout)}
    assert result.return_value == 0
    assert {name: states[name] for name in ("elasticsearch", "state", "slack")} == {"elasticsearch": "off", "state": "off", "slack": "off"}
    assert "missing" not in states.values()


def test_looking_changes_nothing(doctor: Doctor, tmp_path: Path) -> None:
    doctor()
    assert list(tmp_path.iterdir()) == []


def test_servers_that_are_set_but_do_not_answer_are_missing_and_no_secret_is_shown(doctor: Doctor) -> None:
    result = doctor(
        ELASTICSEARCH_URL="http://me:geheim@127.0.0.1:9", KENTONGAN_STATE_URL="postgresql://me:geheim@127.0.0.1:9/x", SLACK_BOT_TOKEN="xoxb-geheim",
        SLACK_BASE_URL="http://127.0.0.1:9/",
    )  # fmt: skip
    assert result.return_value == 1
    assert [finding(result, name)["state"] for name in ("elasticsearch", "state", "slack")] == ["missing"] * 3
    assert all(finding(result, name)["next_step"] for name in ("elasticsearch", "state", "slack"))
    assert "geheim" not in result.output


def test_a_pepper_that_others_can_read_is_named_with_the_command_that_mends_it(doctor: Doctor, tmp_path: Path) -> None:
    pepper = tmp_path / "var" / "secrets" / "pepper.json"
    pepper.parent.mkdir(parents=True)
    pepper.write_text("{}", encoding="utf-8")
    pepper.chmod(0o644)
    result = doctor()
    assert (result.return_value, finding(result, "pepper")["next_step"]) == (1, f"chmod 600 {pepper}")


def test_a_wrong_configuration_is_named_with_its_file(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "config" / "agencies").mkdir(parents=True)
    (tmp_path / "config" / "agencies" / "pln.yml").write_text("nama: PLN\n", encoding="utf-8")
    result = doctor(KENTONGAN_CONFIG=str(tmp_path / "config"))
    assert result.return_value == 1
    assert "pln.yml" in finding(result, "config")["what"]


def test_a_configuration_folder_that_is_not_there_is_missing(doctor: Doctor, tmp_path: Path) -> None:
    result = doctor(KENTONGAN_CONFIG=str(tmp_path / "nowhere"))
    assert (result.return_value, finding(result, "config")["state"]) == (1, "missing")


def test_a_folder_that_cannot_be_written_is_missing(doctor: Doctor) -> None:
    assert finding(doctor(KENTONGAN_VAR="/proc/kentongan"), "var")["state"] == "missing"


def test_a_taken_port_is_a_warning_with_the_next_one(doctor: Doctor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = doctor("--json", "--port", str(port))
    assert (result.return_value, finding(result, "port")["state"]) == (0, "warning")
    assert str(port + 1) in finding(result, "port")["next_step"]


def test_people_read_signs_and_next_steps_in_their_language(doctor: Doctor) -> None:
    text = doctor("--port", "0", KENTONGAN_LANG="id").stdout
    assert "Siap" in text
    assert "✓ fts5" in text
