"""Whatever a server sends, a listener gives posts that keep the invariants, or one of its two errors: never anything else."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

from kentongan.errors import ListenerError, SourceChanged
from listeners import discover
from tests.listeners.kit import FIXTURES, poll, posts, quick_web
from tests.listeners.server import Answer, serve

ROUNDS = 25  # per fixture; 130,000 rounds were run once by hand
PIECES = (
    b"<", b">", b"&", b'"', b"\x00", b"\xff", b"]]>", b"<![CDATA[", b"</item>", b"null", b"[", b"{", b"1e999", b"9" * 30, b"&a;", b"http://[x",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"2026-99-99", b"0001-01-01T00:00:00+14:00", b"true",
)  # fmt: skip
RECORDED = [(name, path) for name in sorted(discover()) for path in sorted((FIXTURES / name).iterdir()) if path.suffix != ".yml"]


def damaged(body: bytes, chance: random.Random) -> bytes:
    """The body with one to six accidents."""
    broken = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        if not broken:
            break
        place = chance.randrange(len(broken))
        match chance.randrange(5):
            case 0:
                broken[place] = chance.randrange(256)
            case 1:
                del broken[place : place + chance.randint(1, 40)]
            case 2:
                broken[place:place] = chance.choice(PIECES)
            case 3:
                other = chance.randrange(len(broken))
                broken[place:place] = broken[other : other + chance.randint(1, 200)]
            case _:
                del broken[place:]
    return bytes(broken)


@pytest.mark.parametrize(("name", "path"), RECORDED, ids=[f"{name}/{path.name}" for name, path in RECORDED])
def test_a_damaged_answer_gives_sound_posts_or_a_listener_error(name: str, path: Path, tmp_path: Path) -> None:
    chance = random.Random(f"{name}/{path.name}")
    case = yaml.safe_load((FIXTURES / name / "case.yml").read_text(encoding="utf-8"))
    body = b""
    file = tmp_path / "rusak"
    web = quick_web()
    with serve(lambda _: Answer(body=body)) as server:
        options = {key: value.format(base=server.base, file=file) if isinstance(value, str) else value for key, value in case["options"].items()}
        for _ in range(ROUNDS):
            body = damaged(path.read_bytes(), chance)
            file.write_bytes(body)
            try:
                pages = poll(name, options, platform=case["platform"], category=case["category"], secrets=case.get("secrets"), web=web)
            except ListenerError:
                continue
            assert all(p.native_id and p.published_at.tzinfo and (p.text or p.title) for p in posts(pages))


@pytest.mark.parametrize("name", sorted(discover()))
def test_wrong_options_stop_their_own_source_only_and_point_at_check_config(name: str) -> None:
    case = yaml.safe_load((FIXTURES / name / "case.yml").read_text(encoding="utf-8"))
    with pytest.raises(SourceChanged, match=r"contoh: options\.salah.*check-config"):
        poll(name, {**case["options"], "salah": 1}, category=case["category"])
