"""Pseudonyms of accounts: HMAC-SHA256 with a secret pepper that this installation makes itself and never shows.

Without the pepper nobody can tell from a key who posted, or check a guess. It is versioned: after `rotate()` new mentions get
`v2:` keys, and the old pepper stays as long as mentions that carry its keys, so that a person's request can still be answered.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import secrets
import tempfile
from pathlib import Path

from kentongan.errors import ConfigError

FILE_NAME = "pepper.json"
_VERSION = re.compile(r"v[1-9]\d{0,5}")


class Pseudonyms:
    """Keys of accounts. The first use in a folder makes the pepper file (mode 0600); processes that race agree on one.

    Raises ConfigError when the file cannot be read or written, is damaged, or may be read by others.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._peppers, self.current = self._load()

    def key(self, platform: str, account: str) -> str:
        """`v1:` and 32 hex digits for an account of a platform; "" for no account. Handles are compared without case and @."""
        return self._key(self.current, platform, account)

    def all_keys(self, platform: str, account: str) -> tuple[str, ...]:
        """The account's key under every pepper still kept, newest first: what `forget` must look for."""
        versions = sorted(self._peppers, key=lambda version: int(version[1:]), reverse=True)
        return tuple(key for version in versions if (key := self._key(version, platform, account)))

    def rotate(self) -> str:
        """Make a new pepper for what comes from now on; returns its version. Old ones stay until `drop`."""
        version = f"v{max(int(known[1:]) for known in self._peppers) + 1}"
        self._replace({**self._peppers, version: secrets.token_bytes(32)}, version)
        return version

    def drop(self, version: str) -> None:
        """Forget an old pepper: keys made with it can never again be tied to an account. Raises ConfigError for the current one."""
        if version == self.current or version not in self._peppers:
            raise ConfigError(f"{self.path}: {version} is {'in use' if version == self.current else 'not there'}, nothing was dropped")
        self._replace({known: pepper for known, pepper in self._peppers.items() if known != version}, self.current)

    def _key(self, version: str, platform: str, account: str) -> str:
        account = account.strip().lstrip("@").lower()
        if not account:
            return ""
        digest = hmac.digest(self._peppers[version], f"{platform.lower()}\0{account}".encode("utf-8", "replace"), "sha256")
        return f"{version}:{digest.hex()[:32]}"

    def _load(self) -> tuple[dict[str, bytes], str]:
        try:
            if not self.path.exists():
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._create()
            mode = self.path.stat().st_mode
            if os.name == "posix" and mode & 0o077:
                raise ConfigError(f"{self.path}: others on this machine may read it (mode {mode & 0o777:o}); run: chmod 600 {self.path}")
            content = json.loads(self.path.read_text(encoding="ascii"))
            peppers = {version: bytes.fromhex(pepper) for version, pepper in content["peppers"].items()}
            current = content["current"]
            if current not in peppers or not all(_VERSION.fullmatch(version) and len(pepper) == 32 for version, pepper in peppers.items()):
                raise ValueError("a version or a pepper has the wrong form")
        except OSError as exc:
            raise ConfigError(
                f"{self.path}: the pepper of the pseudonyms cannot be read or made ({exc.strerror}); see its owner and the disk"
            ) from exc
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise ConfigError(
                f"{self.path}: damaged, is not a pepper file; bring it back from a backup. Without it the accounts behind stored mentions cannot be "
                "found any more; to start anew, move it away"
            ) from exc
        return peppers, current

    def _create(self) -> None:
        """Written beside, then linked: whoever links first wins, and nobody ever sees half a file."""
        beside = self._write_beside({"v1": secrets.token_bytes(32)}, "v1")
        try:
            os.link(beside, self.path)
        except FileExistsError:
            pass  # another process was first; its pepper is the one
        finally:
            beside.unlink()

    def _replace(self, peppers: dict[str, bytes], current: str) -> None:
        try:
            self._write_beside(peppers, current).replace(self.path)
        except OSError as exc:
            raise ConfigError(f"{self.path}: cannot be written ({exc.strerror}); nothing was changed") from exc
        self._peppers, self.current = self._load()

    def _write_beside(self, peppers: dict[str, bytes], current: str) -> Path:
        written = {version: pepper.hex() for version, pepper in peppers.items()}
        number, name = tempfile.mkstemp(prefix=".pepper-", dir=self.path.parent)  # mode 0600 from the start
        with os.fdopen(number, "w", encoding="ascii") as file:
            json.dump({"current": current, "peppers": written}, file)
            file.flush()
            os.fsync(file.fileno())
        return Path(name)
