"""Who signs in to Airflow's pages, and where the passwords lie."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kentongan.errors import ConfigError
from kentongan.pipeline.airflow_support.sign_in import keep_passwords, read_users


def test_names_have_roles_and_none_given_means_one_administrator() -> None:
    assert read_users(" admin:admin, sari:viewer ,") == {"admin": "admin", "sari": "viewer"}
    assert read_users("") == {"admin": "admin"}


@pytest.mark.parametrize("wrong", ["sari", "sari:", ":viewer", "sari:pimpinan", "sari:viewer:tim"])
def test_a_wrong_user_is_told_with_the_roles_there_are(wrong: str) -> None:
    with pytest.raises(ConfigError, match="viewer, user, op, admin"):
        read_users(f"admin:admin,{wrong}")


def test_passwords_are_made_once_changed_by_hand_and_dropped_with_the_user(tmp_path: Path) -> None:
    def kept(users: str) -> dict[str, str]:
        path = keep_passwords(tmp_path, users)
        assert path.stat().st_mode & 0o777 == 0o600
        found: dict[str, str] = json.loads(path.read_text())
        return found

    first = kept("admin:admin,sari:viewer")
    assert len({*first.values()}) == 2
    assert min(map(len, first.values())) >= 16
    assert kept("admin:admin,sari:op") == first
    path = tmp_path / "simple_auth_manager_passwords.json.generated"
    path.write_text(json.dumps({**first, "sari": "pilihan sendiri"}))
    path.chmod(0o644)
    assert kept("admin:admin,sari:op") == {**first, "sari": "pilihan sendiri"}
    assert kept("admin:admin") == {"admin": first["admin"]}
    assert kept("admin:admin,sari:viewer")["sari"] not in {first["sari"], "pilihan sendiri"}


@pytest.mark.parametrize("broken", ["{", "7", '["admin"]'])
def test_a_broken_file_is_named(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "simple_auth_manager_passwords.json.generated"
    path.write_text(broken)
    with pytest.raises(ConfigError, match=path.name):
        keep_passwords(tmp_path, "")
    assert path.read_text() == broken
