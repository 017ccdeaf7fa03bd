"""Who signs in to Airflow's pages: names and roles from one setting, a password each in a file that this user alone reads.

Airflow opens that file for writing, makes passwords for whom it finds none and prints them into its log; so they are made here, before it starts.
The same setting and file serve `kentongan up` and the containers (docs/containers.md).

python -m kentongan.pipeline.airflow_support.sign_in     # in a container, with Airflow's own AIRFLOW_HOME and list of users
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from kentongan.errors import ConfigError
from kentongan.words import say

PASSWORDS = "simple_auth_manager_passwords.json.generated"  # Airflow's own name for it, in its home
ROLES = ("viewer", "user", "op", "admin")
EVERYBODY = "admin:admin"


def read_users(setting: str) -> dict[str, str]:
    """Role by name of `admin:admin,sari:viewer`. Raises ConfigError, with what is allowed."""
    users: dict[str, str] = {}
    for one in filter(None, (part.strip() for part in setting.split(","))):
        name, _, role = one.partition(":")
        if not name or role not in ROLES:
            roles = ", ".join(ROLES)
            raise ConfigError(
                say(
                    f"KENTONGAN_USERS: {one!r} bukan nama:peran; peran: {roles}; contoh: admin:admin,sari:viewer",
                    f"KENTONGAN_USERS: {one!r} is no name:role; roles: {roles}; example: admin:admin,sari:viewer",
                )
            )
        users[name] = role
    return users or read_users(EVERYBODY)


def keep_passwords(home: Path, setting: str) -> Path:
    """The file of passwords (JSON, mode 0600): known ones stay, new names get one, those of names that are gone are dropped.

    Raises ConfigError for a wrong setting or a file that is no JSON object of words.
    """
    path, users = home / PASSWORDS, read_users(setting)
    known: dict[str, str] = {}
    if path.exists() and (text := path.read_text(encoding="utf-8").strip()):
        try:
            known = dict(json.loads(text))
        except (ValueError, TypeError) as exc:
            raise ConfigError(
                say(f"{path}: bukan JSON {{nama: sandi}}; perbaiki atau hapus", f"{path}: no JSON {{name: password}}; mend or remove it")
            ) from exc
    wanted = {name: known.get(name) or secrets.token_urlsafe(12) for name in users}
    if wanted != known or path.stat().st_mode & 0o077:
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(json.dumps(wanted, ensure_ascii=False) + "\n")
        draft.replace(path)
    return path


if __name__ == "__main__":
    print(keep_passwords(Path(os.environ["AIRFLOW_HOME"]), os.environ.get("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS", "")))  # noqa: T201  # for the log
