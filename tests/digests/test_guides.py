"""The officer's guide and the picture: what they tell to type exists, and nothing is loaded from anywhere."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest

from kentongan.config import load_config
from kentongan.pipeline.cli import cli
from kentongan.settings import packaged_config

DOCS = Path(__file__).resolve().parents[2] / "docs"
PICTURE = (DOCS / "alert.svg").read_text(encoding="utf-8")
COMMANDS = sorted({
    line
    for name in ("petugas.md", "digest.md")
    for line in re.findall(r"(?:^    |`)(kentongan [^`#\n]+)", (DOCS / name).read_text(encoding="utf-8"), re.MULTILINE)
})  # fmt: skip


def test_the_guides_name_commands() -> None:
    assert len(COMMANDS) > 12


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_in_the_guides_exists_with_its_options(line: str) -> None:
    words = re.sub(r'"[^"]*"', "text", line).split()[1:]
    found: click.Command = cli
    context = click.Context(found)
    while isinstance(found, click.Group) and words and not words[0].startswith("-"):
        known = found.get_command(context, words[0])
        if known is None:
            break
        found, words = known, words[1:]
    options = {option for parameter in found.params for option in parameter.opts}
    assert found is not cli
    assert [word for word in words if word.startswith("--") and word not in options] == []


def test_the_guides_silence_is_one_that_the_configuration_takes(tmp_path: Path) -> None:
    block = re.search(r"^    silences:\n(?:    .*\n)+", (DOCS / "petugas.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert block is not None
    packaged = packaged_config()
    for name in ("agencies/pln.yml", "rules.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((packaged / name).read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "silences.yml").write_text(re.sub(r"^    ", "", block[0], flags=re.MULTILINE), encoding="utf-8")
    (silence,) = load_config(tmp_path).silences
    assert (silence.agency, silence.owner) == ("pln", "Humas PLN")


@pytest.mark.parametrize("name", ["petugas.md", "digest.md"])
def test_links_between_pages_lead_somewhere(name: str) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", (DOCS / name).read_text(encoding="utf-8"))
    assert targets
    assert [target for target in targets if not (DOCS / target).is_file()] == []


def test_the_picture_is_whole_and_loads_nothing() -> None:
    root = ElementTree.fromstring(PICTURE)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert re.findall(r"https?://[^\s\"'<]+", PICTURE) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"@font-face|@import|<image|<script|href", PICTURE)


def test_the_picture_shows_the_simulated_alert_and_says_so() -> None:
    words = " ".join("".join(ElementTree.fromstring(PICTURE).itertext()).replace("\xa0", " ").split())
    assert "SIMULASI · KRITIS · PT PLN (Persero)" in words
    assert "secara kebetulan" in words
