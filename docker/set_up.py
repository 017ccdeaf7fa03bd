"""Second job of the larger stacks, once the servers answer: databases, templates, a key of least privilege, sign-ins. Safe to repeat.

python set_up.py [FOLDER]         # default /run/kentongan, as prepare.py left it

Whatever it makes it looks for first; a step that fails ends the job with a line that names it, and `up` again repeats the whole.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import httpx
import psycopg
from prepare import once, write

from kentongan.pipeline.airflow_support.sign_in import keep_passwords

ELASTIC = "https://elasticsearch:9200"
COMMANDS = Path(sys.executable).parent


def run(*words: str, environment: dict[str, str] | None = None) -> str:
    """What the command wrote; its own error ends this job."""
    done = subprocess.run(
        [COMMANDS / words[0], *words[1:]], env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"set_up: {' '.join(words)} ended with {done.returncode}; see above, then: docker compose up --detach")
    return done.stdout


def databases(address: str) -> None:
    """The databases of Kentongan and of Airflow."""
    server, _, ours = address.replace("postgresql+psycopg://", "postgresql://").rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        there = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        for name in sorted({ours, "airflow"} - there):
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
            print(f"set_up: database {name}")


def airflow(home: Path) -> None:
    """Airflow's tables, and a password for each of its users (shown by: docker compose exec scheduler cat that file)."""
    home.mkdir(parents=True, exist_ok=True, mode=0o750)
    run("airflow", "db", "migrate")
    keep_passwords(home, os.environ.get("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS", ""))


def elasticsearch(root: Path, prefix: str) -> None:
    """Templates and indices, roles, the writer's key, and what Kibana signs in with."""
    password = (root / "elasticsearch" / "password").read_text()
    as_elastic = {"ELASTICSEARCH_URL": ELASTIC.replace("https://", f"https://elastic:{password}@"), "ELASTICSEARCH_API_KEY": ""}
    print(run("kentongan", "elastic", "setup", environment=as_elastic), end="")
    run("kentongan", "elastic", "keys", "roles", environment=as_elastic)
    key = root / "secrets" / "ELASTICSEARCH_API_KEY"
    trusted = httpx.create_ssl_context(verify=str(root / "secrets" / "ca-bundle.crt"))
    with httpx.Client(base_url=ELASTIC, verify=trusted, trust_env=False, timeout=30) as client:
        if key.exists():
            known = client.get("/_security/_authenticate", headers={"Authorization": f"ApiKey {key.read_text()}"}).status_code
            if known == 401:  # the cluster is a new one, or the key was revoked
                key.unlink()
        if not key.exists():
            write(key, run("kentongan", "elastic", "keys", "create", "writer", environment=as_elastic).strip())
        client.auth = httpx.BasicAuth("elastic", password)
        kibana = {"password": (root / "kibana" / "password").read_text()}
        client.post("/_security/user/kibana_system/_password", json=kibana).raise_for_status()
        in_kibana = {"applications": [{"application": "kibana-.kibana", "privileges": ["space_all"], "resources": ["space:default"]}]}
        client.put("/_security/role/kentongan_kibana", json=in_kibana).raise_for_status()
        analyst = once(root / "secrets" / "analyst_password", secrets.token_urlsafe(12))
        if client.get("/_security/user/analis").status_code == 404:
            user = {"password": analyst, "roles": [f"{prefix}-analyst", "kentongan_kibana"], "full_name": "Analis"}
            client.put("/_security/user/analis", json=user).raise_for_status()
            print("set_up: user analis")


def main(folder: str = "/run/kentongan") -> int:
    """Exit code 0, or the line of the step that failed."""
    root = Path(folder)
    databases(os.environ["KENTONGAN_STATE_URL"])
    airflow(Path(os.environ["AIRFLOW_HOME"]))
    elasticsearch(root, os.environ.get("KENTONGAN_ELASTIC_PREFIX") or "kentongan")
    print("set_up: done")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
