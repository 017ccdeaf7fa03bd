"""A stack of the compose files, for real: its own project name, settings and secrets, a Slack workspace, a recording that is followed."""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from tests.servers.elasticsearch import free_port
from tests.servers.slack import TOKEN

REPOSITORY = Path(__file__).resolve().parents[2]
IMAGE = "kentongan:0.1.0"
FILES = min(65535, resource.getrlimit(resource.RLIMIT_NOFILE)[1])  # more than this machine allows, no container gets
COUNT = (
    "from kentongan.settings import read_settings\nfrom kentongan.pipeline.wiring import open_context\n"
    "with open_context(read_settings()) as ctx:\n print(ctx.mentions.count(), len(ctx.state.alerts()), len(ctx.state.deliveries()))"
)
SOURCE = {"listener": "replay", "platform": "x", "category": "microblog", "every_min": 1, "options": {"path": "/inbox/x.jsonl"}}
COMPLAINTS = (
    "listrik padam lagi di {place}, sudah {n} jam belum nyala, PLN kerja apa sih",
    "PLN gimana ini, mati lampu dari tadi di {place}, kulkas saya rusak, rugi {n} juta",
    "pemadaman di {place} tanpa pemberitahuan! keluhan ke PLN {n} kali tidak dijawab, kecewa berat",
    "parah PLN, {place} gelap gulita, anak {n} bulan kepanasan, tidak ada solusi",
)
ROUND_S = 75  # longer than the minute after which the source is due again
PLACES = ("Medan", "Surabaya", "Bandung", "Padang", "Makassar", "Bekasi", "Semarang", "Pontianak")


def _prepare() -> ModuleType:
    """docker/prepare.py, which is a program of the image and no part of a package."""
    spec = importlib.util.spec_from_file_location("prepare", REPOSITORY / "docker" / "prepare.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def docker(*words: str, check: bool = True, timeout_s: float = 600, environment: dict[str, str] | None = None) -> str:
    """What the command wrote to standard output. Raises AssertionError with the end of what it said when it failed."""
    done = subprocess.run(
        ["docker", *words], capture_output=True, text=True, timeout=timeout_s, check=False, env={**os.environ, **(environment or {})}
    )
    if check and done.returncode:
        raise AssertionError(f"docker {' '.join(words)}: code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def eventually(what: str, ask: Callable[[], Any], within_s: float, every_s: float = 2) -> Any:
    """The first answer that is true. Raises AssertionError with the last one after `within_s`."""
    end = time.monotonic() + within_s
    while not (answer := ask()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {within_s:.0f} s; last: {answer!r}")
        time.sleep(every_s)
    return answer


@dataclass
class Stack:
    """One project. `part` is the service whose tasks collect and alert, `trusts` the one that is told of the workspace's certificate authority;
    `folder` holds settings, secrets and recordings."""

    name: str
    files: Sequence[str]
    part: str
    trusts: str
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    laid_over: Sequence[str] = ()  # files of this folder
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        config = self.folder / "config"
        shutil.copytree(REPOSITORY / "config", config)
        for path in (config / "sources").glob("*.yml"):
            path.unlink()
        (config / "sources" / "rekaman-uji.yml").write_text(yaml.safe_dump(SOURCE), encoding="utf-8")
        pln = config / "agencies" / "pln.yml"
        agency = yaml.safe_load(pln.read_text(encoding="utf-8"))
        pln.write_text(yaml.safe_dump({**agency, "slack_channel": "#humas-pln"}, allow_unicode=True), encoding="utf-8")
        for name in ("secrets", "inbox"):
            (self.folder / name).mkdir()
        (self.folder / "secrets" / "SLACK_BOT_TOKEN").write_text(TOKEN, encoding="utf-8")
        rules = config / "rules.yml"
        assert "settle_min: 15" in rules.read_text(encoding="utf-8")
        rules.write_text(rules.read_text(encoding="utf-8").replace("settle_min: 15", "settle_min: 0"), encoding="utf-8")  # a test waits less
        prepare = _prepare()
        for name in ("ca", "tls"):
            (self.folder / name).mkdir()
        prepare.certificate(self.folder / "tls", ("workspace",), *prepare.authority(self.folder / "ca"))
        shutil.copy(self.folder / "ca" / "ca.crt", self.folder / "inbox" / "ca.pem")
        overlay = yaml.safe_load((REPOSITORY / "tests/containers/stack.yml").read_text(encoding="utf-8"))
        services = overlay["services"]
        follower = services.pop("FOLLOWER")
        services |= {self.part: dict(follower), self.trusts: dict(follower)}
        # The workspace's certificate is trusted as a house's own proxy would be: by a file that the stack is told of.
        services[self.trusts]["environment"] = {"SSL_CERT_FILE" if self.trusts == self.part else "KENTONGAN_PUBLIC_CA": "/inbox/ca.pem"}
        (self.folder / "stack.yml").write_text(yaml.safe_dump(overlay), encoding="utf-8")
        self.recording.touch()
        for path in (self.folder, *self.folder.parents):  # user 1000 of the containers must reach it
            if path.stat().st_uid == os.geteuid() and path != Path("/"):
                path.chmod(path.stat().st_mode | 0o055)

    @property
    def recording(self) -> Path:
        return self.folder / "inbox" / "x.jsonl"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "KENTONGAN_CONFIG_FOLDER": str(self.folder / "config"),
            "KENTONGAN_SECRETS_FOLDER": str(self.folder / "secrets"),
            "KENTONGAN_INBOX": str(self.folder / "inbox"),
            "KENTONGAN_TLS": str(self.folder / "tls"),
            "KENTONGAN_REPOSITORY": str(REPOSITORY),
            "KENTONGAN_PORT": str(self.port),
            "ELASTIC_FILES": str(FILES),
            "SLACK_BASE_URL": "https://workspace:8080/api/",
            "COMPOSE_PROFILES": "",
            **self.settings,
        }

    def compose(self, *words: str, check: bool = True, timeout_s: float = 600) -> str:
        named = [*(REPOSITORY / "docker" / name for name in self.files), *(Path(__file__).with_name(name) for name in self.laid_over)]
        files = [part for path in named for part in ("--file", str(path))]
        return docker(
            "compose", "--project-name", self.name, *files, "--file", str(self.folder / "stack.yml"), *words,
            check=check, timeout_s=timeout_s, environment=self.environment,
        )  # fmt: skip

    def up(self, limit_s: float = 420, *more: str) -> None:
        """All services run, and are healthy where they have a health check."""
        self._explained("up", "--detach", "--no-build", "--wait", "--wait-timeout", str(int(limit_s)), *more, timeout_s=limit_s + 60)

    def _explained(self, *words: str, timeout_s: float) -> None:
        """A compose command; when it fails, with what the containers said."""
        try:
            self.compose(*words, timeout_s=timeout_s)
        except AssertionError as exc:
            raise AssertionError(
                f"{exc}\n{self.compose('ps', '--all', check=False)}\n{self.compose('logs', '--tail', '40', check=False)[-12000:]}"
            ) from exc

    def container(self, service: str) -> str:
        """The container's id, running or not."""
        return self.compose("ps", "--all", "--quiet", service).split()[0]

    def inside(self, *words: str, service: str = "") -> str:
        """What a command inside prints; secrets are there as for the service itself."""
        return self.compose("exec", "-T", service or self.part, "/opt/kentongan/entrypoint.sh", *words)

    def counts(self) -> tuple[int, int, int]:
        """Mentions, alerts, deliveries."""
        mentions, alerts, deliveries = map(int, self.inside("python", "-c", COUNT).split()[-3:])
        return mentions, alerts, deliveries

    def messages(self) -> list[dict[str, str]]:
        """Posted to the workspace, oldest first."""
        lines = docker("logs", self.container("workspace")).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def record(self, rows: Sequence[dict[str, Any]]) -> None:
        """Append to the recording that the stack follows."""
        with self.recording.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)

    def _ask(self, path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=json.dumps(body).encode(), headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def trigger(self, dag: str) -> None:
        """Start a DAG now, over the published port: nobody waits five minutes for the clock."""
        known = json.loads(self.inside("cat", "/var/lib/kentongan/airflow/simple_auth_manager_passwords.json.generated"))
        token = self._ask("/auth/token", {"username": "admin", "password": known["admin"]})["access_token"]
        self._ask(f"/api/v2/dags/{dag}/dagRuns", {"logical_date": None}, token)

    def collect_until(self, what: str, ask: Callable[[], Any], within_s: float = 420, more: Iterable[Sequence[dict[str, Any]]] = ()) -> Any:
        """Start rounds of collecting until the answer is true: a source that the clock has just had polled is not due for a minute.

        more: what is written down before each round, made only then.
        """
        last, coming = float("-inf"), iter(more)

        def asked() -> Any:
            nonlocal last
            if time.monotonic() - last > ROUND_S:
                self.record(next(coming, ()))
                self.trigger("collect_mentions")
                last = time.monotonic()
            return ask()

        return eventually(what, asked, within_s)

    def listen_once(self) -> None:
        """One round before the service: the recording so far becomes what is usual."""
        self._explained("run", "--rm", "-T", self.part, "kentongan", "run", timeout_s=900)

    def remove(self) -> None:
        """Containers, networks and volumes of this project."""
        self.compose("down", "--volumes", "--timeout", "5", check=False)


def calm(days: int = 10, per_hour: int = 4) -> list[dict[str, Any]]:
    """Everyday mentions of PLN up to an hour ago."""
    end = datetime.now(UTC) - timedelta(minutes=70)
    texts = (
        "beli token listrik di PLN Mobile gampang",
        "petugas PLN ramah, terima kasih",
        "info tagihan listrik bulan ini dong PLN",
        "PLN lama balasnya",
    )
    step = timedelta(hours=1) / per_hour
    return [row(f"calm-{n}", end - n * step, f"{texts[n % 4]} {n}", f"warga{n % 400}") for n in range(days * 24 * per_hour - 1, -1, -1)]


def crisis(count: int = 80, name: str = "crisis") -> list[dict[str, Any]]:
    """An outage: complaints of as many people, in these minutes."""
    now = datetime.now(UTC)
    return [
        row(
            f"{name}-{n}",
            now - timedelta(seconds=count - n),
            COMPLAINTS[n % len(COMPLAINTS)].format(place=PLACES[n % len(PLACES)], n=n + 2),
            f"pelanggan{n}",
        )
        for n in range(count)
    ]


def row(native_id: str, at: datetime, text: str, author: str) -> dict[str, Any]:
    """A row of the project's own recording format."""
    return {
        "id": native_id, "published_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "text": text, "platform": "x", "author": author, "author_kind": "citizen",
        "url": f"https://x.example/{native_id}", "category": "microblog",
    }  # fmt: skip
