"""An Elasticsearch with security and TLS switched on, as an agency runs it: certificates of an authority of its own, passwords, keys."""

from __future__ import annotations

import base64
import secrets
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.elasticsearch import ElasticServer, assembled

SETTINGS = {
    "xpack.security.enabled": "true",
    "xpack.security.transport.ssl.enabled": "false",  # one node: nobody to speak to
    "xpack.security.http.ssl.enabled": "true",
    "xpack.security.http.ssl.key": "node/node.key",
    "xpack.security.http.ssl.certificate": "node/node.crt",
}


@dataclass(kw_only=True)
class SecureServer(ElasticServer):
    """One node with TLS; `root` is its address with the password of the user `elastic`."""

    password: str = field(default_factory=lambda: secrets.token_hex(12))

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def root(self) -> str:
        return f"https://elastic:{self.password}@127.0.0.1:{self.port}"

    @property
    def certificate(self) -> Path:
        return self.folder / "node.crt"

    def prepare(self) -> None:
        """Certificate and first password, once."""
        super().prepare()
        config = self.folder / "config"
        if self.certificate.exists():
            return
        asked = [
            "cert",
            "--self-signed",
            "--pem",
            "--silent",
            "--name",
            "node",
            "--ip",
            "127.0.0.1",
            "--days",
            "2",
            "--out",
            str(config / "node.zip"),
        ]
        tools = [self._tool("elasticsearch-certutil", *asked), self._tool("elasticsearch-keystore", "add", "-x", "-f", "bootstrap.password")]
        for tool, said in zip(tools, ("", self.password), strict=True):
            output, _ = tool.communicate(said.encode(), timeout=120)
            assert tool.returncode == 0, output.decode()
        subprocess.run(["python3", "-m", "zipfile", "-e", config / "node.zip", config], check=True)
        self.certificate.write_bytes((config / "node" / "node.crt").read_bytes())
        self.give(config)

    def _tool(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [self.program / "bin" / name, *arguments], env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def is_ready(self) -> bool:
        """It answers, and knows the password: the index of users comes a few seconds after the first answer."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        key = base64.b64encode(f"elastic:{self.password}".encode()).decode()
        request = urllib.request.Request(f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s", headers={"Authorization": f"Basic {key}"})
        with suppress(OSError), opener.open(request, timeout=5) as answer:
            return bool(answer.status == 200)
        return False


@contextmanager
def secure_server() -> Iterator[SecureServer]:
    """A running one; skips, saying what to do, where no server was assembled."""
    plain = assembled()
    server = SecureServer(home=plain.home, java_home=plain.java_home, settings=SETTINGS)
    try:
        server.start()
        yield server
    finally:
        server.stop()
