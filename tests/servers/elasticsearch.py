"""A real Elasticsearch for tests: the one in KENTONGAN_TEST_ELASTICSEARCH_URL, else the assembled one, started here and stopped at the end.

    bash .ci/servers/elasticsearch.sh        # assembles it once, into ~/.cache/kentongan

`elasticsearch_server` is one per session; every test takes a prefix of its own (`fresh_prefix`) and needs no cleaning up on a server of ours.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

VERSION = "9.4.3"
START_LIMIT_S = 150
STOP_LIMIT_S = 30
# `cat` ends when the test run does, however it ends; then the server goes too, and what it wrote.
_WATCH = 'cat >/dev/null; kill "$1" && while kill -0 "$1" 2>/dev/null; do sleep 1; done; rm -rf "$2"'
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback, whatever proxy the environment names


def cache_folder() -> Path:
    """Where .ci/servers/elasticsearch.sh leaves the server."""
    named = os.environ.get("KENTONGAN_CACHE")
    return Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kentongan"


def fresh_prefix() -> str:
    """A tenant that no other test has."""
    return f"t{secrets.token_hex(6)}"


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


RUNNING: dict[str, ElasticServer] = {}  # by address: the servers that this test run has started, and so may kill


@dataclass(kw_only=True)
class ElasticServer:
    """One node of our own, on loopback, without security. Started with `start`, ended with `stop`, or `kill` as a power cut would."""

    home: Path
    java_home: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    java_options: str = "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1"  # a short life is not worth the second compiler
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    watcher: subprocess.Popen[bytes] | None = None
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="kentongan-es-")))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def user(self) -> pwd.struct_passwd | None:
        """Elasticsearch refuses to run as root: then it gets another user."""
        return pwd.getpwnam("nobody") if os.geteuid() == 0 else None

    def prepare(self) -> None:
        """Folders that the server's user may enter; the program itself is linked, as the cache may lie in a home that is closed to others."""
        self.folder.chmod(0o755)
        if self.program != self.home and not self.program.exists():
            shutil.copytree(self.home, self.program, copy_function=_link, ignore=shutil.ignore_patterns("config", "logs"))
        for name in ("data", "logs", "tmp", "repo"):
            (self.folder / name).mkdir(exist_ok=True)
        if not (self.folder / "config").exists():
            shutil.copytree(self.home / "config", self.folder / "config")
        for path in [self.folder / "config", *(self.folder / n for n in ("data", "logs", "tmp", "repo"))]:
            self.give(path)

    @property
    def program(self) -> Path:
        """What is run."""
        return self.home if self.user is None else self.folder / "program"

    @property
    def environment(self) -> dict[str, str]:
        """For the server and its tools."""
        return {
            "PATH": os.environ["PATH"],
            "ES_JAVA_HOME": str(self.java_home),
            "ES_PATH_CONF": str(self.folder / "config"),
            "ES_TMPDIR": str(self.folder / "tmp"),
            "ES_JAVA_OPTS": self.java_options,
            "CLI_JAVA_OPTS": "-Xmx64m -XX:TieredStopAtLevel=1",
        }

    def give(self, folder: Path) -> None:
        """Make the server's user the owner of this folder and what is in it."""
        if self.user is not None:
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def is_ready(self) -> bool:
        """Whether it takes an index."""
        return answers(self.url)

    def start(self) -> None:
        """Start and wait until it answers; the data of an earlier start are still there."""
        self.prepare()
        settings = {
            "discovery.type": "single-node",
            "network.host": "127.0.0.1",
            "http.port": str(self.port),
            "transport.port": str(free_port()),
            "xpack.security.enabled": "false",
            "path.data": str(self.folder / "data"),
            "path.logs": str(self.folder / "logs"),
            "path.repo": str(self.folder / "repo"),
            "cluster.info.update.interval": "10m",  # else the server takes away, after 30 s, the lock of a full disk that a test has put
            "cluster.routing.allocation.disk.watermark.low": "97%",
            "cluster.routing.allocation.disk.watermark.high": "98%",
            "cluster.routing.allocation.disk.watermark.flood_stage": "99%",
            **self.settings,
        }
        who: dict[str, object] = {} if self.user is None else {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": ()}
        with (self.folder / "out").open("ab") as out:
            self.process = subprocess.Popen(
                [
                    self.program / "bin" / "elasticsearch",
                    "-p",
                    self.folder / "tmp" / "pid",
                    *(f"-E{name}={value}" for name, value in settings.items()),
                ],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **who,  # type: ignore[call-overload]  # user, group and extra_groups belong together or are all left out
            )
        self.watcher = subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, "watch", str(self.process.pid), str(self.folder)], stdin=subprocess.PIPE, start_new_session=True
        )
        self._wait()

    def _unwatch(self) -> None:
        if self.watcher is not None:
            self.watcher.kill()
            self.watcher.wait()
            assert self.watcher.stdin is not None
            self.watcher.stdin.close()
            self.watcher = None

    def _wait(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"Elasticsearch ended with code {self.process.returncode} at its start:\n{self.tail()}")
            if self.is_ready():
                return
            time.sleep(0.25)
        self.kill()
        raise RuntimeError(f"Elasticsearch did not answer at {self.url} within {START_LIMIT_S} s:\n{self.tail()}")

    def tail(self) -> str:
        """The end of what the server printed."""
        lines = (self.folder / "out").read_text(errors="replace").splitlines()
        return "\n".join(lines[-15:])

    def stop(self) -> None:
        """End it in an orderly way, and remove its folder."""
        self._unwatch()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """End the server with SIGKILL, at once; what it had written to disk stays."""
        assert self.process is not None
        self._unwatch()
        pid_file = self.folder / "tmp" / "pid"
        for pid in [*([int(pid_file.read_text())] if pid_file.exists() else []), self.process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(STOP_LIMIT_S)
        pid_file.unlink(missing_ok=True)
        (self.folder / "data" / "node.lock").unlink(missing_ok=True)


def _link(source: str, target: str) -> None:
    """A hard link where the file system allows it and others may read it, else a copy that they may."""
    mode = Path(source).stat().st_mode
    try:
        if not mode & stat.S_IROTH:
            raise PermissionError(source)
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
        Path(target).chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def answers(url: str) -> bool:
    """True when the cluster there is ready to take an index."""
    try:
        with _OPENER.open(f"{url}/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def assembled() -> ElasticServer:
    """The assembled server, not started. Skips the test, saying what to do, when there is none."""
    home = cache_folder() / f"elasticsearch-{VERSION}"
    note = cache_folder() / "java-home"
    if not (home / ".complete").exists() or not note.exists():
        pytest.skip("no Elasticsearch: set KENTONGAN_TEST_ELASTICSEARCH_URL, or run `bash .ci/servers/elasticsearch.sh` once")
    java_home = Path(note.read_text().strip())
    if not (java_home / "bin" / "java").exists():
        pytest.skip(f"no Java at {java_home} any more: run `bash .ci/servers/elasticsearch.sh` again")
    return ElasticServer(home=home, java_home=java_home)


@pytest.fixture(scope="session")
def elasticsearch_server() -> Iterator[str]:
    """The address of a running server."""
    named = os.environ.get("KENTONGAN_TEST_ELASTICSEARCH_URL")
    if named:
        if not answers(named):
            pytest.fail("KENTONGAN_TEST_ELASTICSEARCH_URL is set, but no healthy Elasticsearch answers there")
        yield named.rstrip("/")
        return
    server = assembled()
    try:
        server.start()
        RUNNING[server.url] = server
        yield server.url
    finally:
        RUNNING.pop(server.url, None)
        server.stop()
