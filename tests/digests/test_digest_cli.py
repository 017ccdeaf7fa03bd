"""`kentongan digest` as a real process: what it prints, where, and its exit codes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kentongan.pipeline.cli import main
from kentongan.settings import packaged_config
from tests.servers.slack import TOKEN, SlackServer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration of its own, with a leadership in Slack."""
    config = tmp_path / "config"
    shutil.copytree(packaged_config(), config)
    receivers = config / "receivers.yml"
    receivers.write_text(receivers.read_text(encoding="utf-8").replace("leadership: []", 'leadership: ["slack:#pimpinan"]'), encoding="utf-8")
    return tmp_path


def digest(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KENTONGAN_", "SLACK_", "ELASTICSEARCH_"))}
    ours = {"KENTONGAN_CONFIG": str(folder / "config"), "KENTONGAN_VAR": str(folder / "var"), "KENTONGAN_LANG": "en"}
    command = [sys.executable, "-m", "kentongan.pipeline.cli", "digest", *arguments]
    return subprocess.run(command, env={**clean, **ours, **environment}, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def exit_code(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """The command's exit code, in this process: quicker where nothing is sent."""
    for name in [name for name in os.environ if name.startswith(("KENTONGAN_", "SLACK_", "ELASTICSEARCH_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KENTONGAN_CONFIG", str(folder / "config"))
    monkeypatch.setenv("KENTONGAN_VAR", str(folder / "var"))
    with pytest.raises(SystemExit) as ended:
        main(["digest", *arguments])
    return ended.value.code


def test_it_prints_the_summary_and_writes_the_page(folder: Path) -> None:
    done = digest(folder, "--end", "2026-03-23", "--out", str(folder / "out"), "--lang", "id")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Ringkasan risiko mingguan, 16–22 Maret 2026\n")
    assert done.stdout.strip().endswith(str(folder / "out" / "ringkasan-2026-03-22.html"))
    assert (folder / "out" / "ringkasan-2026-03-22.html").read_text(encoding="utf-8").endswith("</html>")


def test_it_sends_the_summary_once(folder: Path) -> None:
    with SlackServer(channels=("pimpinan",)) as slack:
        first, second = (digest(folder, "--send", SLACK_BOT_TOKEN=TOKEN, SLACK_BASE_URL=slack.url) for _ in range(2))
        assert (first.returncode, second.returncode, len(slack.channel("#pimpinan").messages)) == (0, 0, 1)
    assert "✓ slack:#pimpinan: sent" in first.stderr
    assert "was sent before" in second.stderr


def test_it_fails_and_keeps_the_page_when_nobody_was_reached(folder: Path) -> None:
    done = digest(folder, "--send", SLACK_BOT_TOKEN=TOKEN, SLACK_BASE_URL="http://127.0.0.1:9/api/")
    assert done.returncode == 1
    assert "✗ slack:#pimpinan" in done.stderr
    assert len(list((folder / "var" / "digests").glob("*.html"))) == 1


@pytest.mark.parametrize(
    "arguments",
    [("--send", "--running"), ("--send", "--end", "2026-03-18"), ("--again",), ("--running", "--end", "2026-03-23"), ("--end", "kemarin")],
    ids=" ".join,
)
def test_wrong_use_is_told(folder: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    assert exit_code(folder, monkeypatch, *arguments) == 2


def test_sending_without_a_leadership_names_file_and_key(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    receivers = folder / "config" / "receivers.yml"
    receivers.write_text(receivers.read_text(encoding="utf-8").replace('["slack:#pimpinan"]', "[]", 2), encoding="utf-8")
    assert exit_code(folder, monkeypatch, "--send") == 2
    assert f"{receivers}: leadership" in capsys.readouterr().err
