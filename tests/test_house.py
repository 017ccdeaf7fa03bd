"""The house: what lies where, the lock, the Makefile, and the wheel that runs elsewhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("kentongan", "listeners", "alerts", "mappings")
LONG_PAGES = {"kentongan/records.py", "kentongan/ports.py", "alerts/detector_kernel.py"}  # one page by design
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def normal(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_names() -> set[str]:
    return {normal(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", LOCK, re.MULTILINE)}


# --- layout -------------------------------------------------------------------------------------------------------------


def test_the_top_level_packages_are_the_four_and_nothing_else_is_importable_from_the_checkout() -> None:
    assert {path.parent.name for path in ROOT.glob("*/__init__.py")} == {*PACKAGES, "tests"}


def test_every_folder_of_tests_is_a_package() -> None:
    folders = [path for path in (ROOT / "tests").rglob("*") if path.is_dir() and any(path.glob("*.py"))]
    assert len(folders) >= 7
    assert [str(path) for path in folders if not (path / "__init__.py").is_file()] == []


def test_config_holds_yaml_only() -> None:
    # Airflow puts $AIRFLOW_HOME/config on the path: a module there could shadow a package.
    files = [path for path in (ROOT / "config").rglob("*") if path.is_file()]
    assert len(files) > 40
    assert {path.suffix for path in files} == {".yml"}


def test_no_file_of_the_packages_is_longer_than_a_reader_can_hold() -> None:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert len(lengths) > 80
    assert {name: lines for name, lines in lengths.items() if lines > 350 and name not in LONG_PAGES} == {}


# --- lock and Makefile --------------------------------------------------------------------------------------------------


def test_the_lock_names_no_index_and_every_package_has_hashes() -> None:
    assert "://" not in LOCK
    blocks = re.split(r"\n(?=[a-z0-9])", LOCK)
    assert len(blocks) > 150
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_whatever_the_project_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    asked += [requirement for extra in project["project"]["optional-dependencies"].values() for requirement in extra]
    names = {normal(re.split(r"[\[<>=~!; ]", requirement)[0]) for requirement in asked}
    assert len(names) > 30
    assert names - locked_names() == set()


def test_the_installer_finds_its_own_tools_in_the_lock() -> None:
    assert {"uv", "setuptools", "wheel", "packaging"} <= locked_names()


def test_each_make_target_is_one_line_and_is_told_by_help() -> None:
    targets = re.findall(r"^([a-z-]+):.*?## (.+)\n((?:\t.*\n)*)", MAKEFILE, re.MULTILINE)
    names = [name for name, _, _ in targets]
    assert {"help", "install", "run", "up", "test", "check", "doctor", "lock", "wheel", "clean"} <= set(names)
    assert [name for name, _, recipe in targets if recipe.count("\n") != 1] == []
    assert set(re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE).group(1).split()) == set(names)  # type: ignore[union-attr]
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [name for name in names if f"make {name} " not in told] == []


def test_the_installer_is_plain_posix_shell() -> None:
    subprocess.run(["sh", "-n", "tools/install.sh"], cwd=ROOT, check=True)
    bashisms = re.findall(r"\[\[|\blocal\b|\bfunction\b|<<<|\$'|&>", (ROOT / "tools" / "install.sh").read_text(encoding="utf-8"))
    assert bashisms == []


def test_an_old_python_is_refused_in_the_reader_s_language_before_anything_is_made(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "tools").mkdir(parents=True)
    for name in ("tools/install.sh", "requirements.lock", "pyproject.toml", "setup.py"):
        shutil.copy(ROOT / name, checkout / name)
    old = tmp_path / "bin" / "python3"
    old.parent.mkdir()
    old.write_text('#!/bin/sh\ncase "$2" in *exit*) exit 1;; *) echo 3.8.18;; esac\n', encoding="utf-8")
    old.chmod(0o755)
    for tool in ("sh", "cat", "cksum", "dirname", "rm", "sed", "awk", "grep", "tail"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or "")
    environment = {"PATH": str(tmp_path / "bin"), "KENTONGAN_LANG": "en"}

    done = subprocess.run(["sh", "tools/install.sh"], cwd=checkout, env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, "needs Python 3.11" in done.stderr, "3.8.18" in done.stderr) == (1, True, True)
    assert not (checkout / ".venv").exists()


# --- the wheel ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the checkout so that nothing is left in it."""
    source = tmp_path_factory.mktemp("source") / "kentongan"
    left_out = shutil.ignore_patterns(".*", "var", "build", "dist", "*.egg-info", "__pycache__", "tests")
    shutil.copytree(ROOT, source, ignore=left_out)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist"]
    subprocess.run(command, cwd=source, capture_output=True, text=True, check=True)
    [built] = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment far from the checkout with the wheel in it; the dependencies are this environment's."""
    venv = tmp_path_factory.mktemp("elsewhere") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = str(venv / "bin" / "python")
    subprocess.run([sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, str(wheel)], check=True)
    [site] = venv.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")  # .pth files in there are not read
    return venv


def run_elsewhere(venv: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """A command of the wheel, from another folder, with nothing of ours in the environment."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("KENTONGAN", "PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(
        [str(venv / "bin" / "kentongan"), *arguments], cwd=venv, env=environment, input=text, capture_output=True, text=True, check=False
    )


def test_the_wheel_holds_every_file_of_the_packages_and_the_configuration(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    ours = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "_config" not in path.parts
    }
    config = {f"kentongan/_config/{path.relative_to(ROOT / 'config')}" for path in (ROOT / "config").rglob("*") if path.is_file()}
    assert len(config) > 40
    assert held == ours | config


@pytest.mark.slow
def test_the_wheel_scores_texts_where_there_is_no_checkout(elsewhere: Path) -> None:
    done = run_elsewhere(elsewhere, "score", "--lines", text="Pelayanan buruk sekali, kecewa berat\nTerima kasih, petugasnya ramah\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["sentiment"]["label"] for line in done.stdout.splitlines()] == ["negative", "positive"]


def test_the_wheel_reads_its_own_configuration(elsewhere: Path) -> None:
    done = run_elsewhere(elsewhere, "check-config")
    assert (done.returncode, done.stderr) == (0, "")
    assert str(elsewhere) in done.stdout
