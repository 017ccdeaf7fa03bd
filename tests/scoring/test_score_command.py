"""`kentongan score` as a user runs it: a process of its own, bytes in, bytes out."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from kentongan.errors import InputError
from kentongan.pipeline.score_lines import read_rows

RUN = [sys.executable, "-c", "from kentongan.pipeline.cli import main; main()", "score"]


def run(arguments: list[str], given: bytes = b"", lang: str = "id") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*RUN, *arguments], input=given, capture_output=True, timeout=240, check=False, env={**os.environ, "KENTONGAN_LANG": lang})


def rows(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.decode("utf-8").splitlines()]


@pytest.fixture(scope="module")
def mixed() -> subprocess.CompletedProcess[bytes]:
    """One run over every kind of line."""
    return run(
        ["-"],
        "\ufeff".encode()
        + b"\n".join(
            [
                b'{"text": "listrik mati lagi, payah", "id": "m-1"}',
                b"",
                b'{"text": "terima kasih BPJS", "id": 7, "title": "Salut", "rating": 5, "other": [1]}',
                b"{not json",
                b'["a", "list"]',
                b'{"id": "no-text"}',
                b'{"id": "null", "text": null}',
                b'{"text": "\xff\xfe"}',
                b'{"text": "a", "rating": NaN, "id": "nan"}',
                b'{"text": "a", "rating": 9}',
                b'{"text": "a", "id": {"x": 1}}',
                b'{"text": "", "id": "empty"}',
                b'{"text": "half \\ud83d emoji", "id": "half\\ud83d"}',
                b'{"text": "' + b"panjang " * 40_000 + b'"}',
                b"[" * 100_000,
                b'{"text": "baik", "rating": "4"}',
                b'{"text": "akhir tanpa baris baru"}',
            ]
        ),
    )


def test_order_and_count_are_kept_and_a_missing_id_is_the_line_number(mixed: subprocess.CompletedProcess[bytes]) -> None:
    ids = [row["id"] for row in rows(mixed.stdout)]
    assert ids == ["m-1", 7, 4, 5, "no-text", "null", 8, "nan", 10, 11, "empty", "half\ud83d", 14, 15, 16, 17]


def test_unreadable_lines_say_why_in_their_place_and_the_exit_code_is_one(mixed: subprocess.CompletedProcess[bytes]) -> None:
    wrong = {row["id"]: row["error"] for row in rows(mixed.stdout) if "error" in row}
    assert list(wrong) == [4, 5, "no-text", "null", 8, "nan", 10, 11, 15]
    assert all(str(error).startswith("baris ") for error in wrong.values())
    assert "UTF-8" in wrong[8]
    assert "rating" in wrong["nan"]
    assert "rating" in wrong[10]
    assert mixed.returncode == 1
    assert "9 baris" in mixed.stderr.decode()


def test_a_score_has_the_shape_that_others_rely_on(mixed: subprocess.CompletedProcess[bytes]) -> None:
    for row in rows(mixed.stdout):
        if "error" in row:
            assert set(row) == {"id", "error"}
            continue
        assert {"id", "lang", "sentiment", "hoax"} <= set(row)
        assert set(row["sentiment"]) == {"label", "score", "confidence", "unsure"}
        assert row["sentiment"]["label"] in ("negative", "neutral", "positive")
        assert -1 <= row["sentiment"]["score"] <= 1
        assert 0 <= row["sentiment"]["confidence"] <= 1
        assert isinstance(row["sentiment"]["unsure"], bool)
        assert 0 <= row["hoax"]["likelihood"] <= 1
        assert row["hoax"]["evidence"]
        for item in row["hoax"]["evidence"]:
            assert {"kind", "weight", "text_id", "text_en"} <= set(item) <= {"kind", "weight", "text_id", "text_en", "url"}


def test_scores_are_right_for_plain_cases(mixed: subprocess.CompletedProcess[bytes]) -> None:
    found = {row["id"]: row for row in rows(mixed.stdout)}
    assert found["m-1"]["sentiment"]["label"] == "negative"
    assert found[7]["sentiment"]["label"] == "positive"
    assert found["empty"]["sentiment"] == {"label": "neutral", "score": 0.0, "confidence": 0.34, "unsure": True}


def test_plain_lines_are_answered_one_by_one_and_two_runs_give_the_same_bytes() -> None:
    given = b"terima kasih ya PLN, gelap lagi\n\nantri suwe banget, petugase galak\r\n"
    first, second = run(["--lines"], given), run(["--lines", "-", "--tier", "auto"], given)
    assert first.returncode == second.returncode == 0
    assert first.stdout == second.stdout
    assert first.stderr == b""
    found = rows(first.stdout)
    assert [row["id"] for row in found] == [1, 2, 3]
    assert [row["lang"] for row in found] == ["id", "other", "jv"]
    assert [row["sentiment"]["label"] for row in found] == ["negative", "neutral", "negative"]


def test_a_file_is_read_and_claims_are_matched(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"text": "PLN bagi-bagi token listrik gratis lewat tautan WhatsApp, buruan"}\n', encoding="utf-8")
    (tmp_path / "c.jsonl").write_text(
        '{"title": "PLN bagi-bagi token listrik gratis lewat tautan WhatsApp", "url": "https://cekfakta.example/1"}\n', encoding="utf-8"
    )
    done = run([str(tmp_path / "m.jsonl"), "--claims", str(tmp_path / "c.jsonl")])
    assert done.returncode == 0, done.stderr
    hoax = rows(done.stdout)[0]["hoax"]
    assert hoax["likelihood"] > 0.7
    assert hoax["evidence"][0]["kind"] == "claim_match"
    assert hoax["evidence"][0]["url"] == "https://cekfakta.example/1"


def test_an_empty_input_gives_an_empty_output() -> None:
    done = run(["-"], b"")
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_file_that_cannot_be_opened_is_wrong_use(name: str, tmp_path: Path) -> None:
    done = run([str(tmp_path / name)], lang="en")
    assert done.returncode == 2
    assert done.stdout == b""
    assert "cannot be opened" in done.stderr.decode()


@pytest.mark.parametrize(("head", "said"), [(b"\x1f\x8b\x08", "gunzip"), ("{}".encode("utf-16"), "UTF-16"), (b"PK\x03\x04", "Excel")])
def test_a_file_that_is_no_text_is_refused_as_a_whole(head: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        next(read_rows(io.BytesIO(head + b"\n{}\n"), plain=False))


def test_a_wrong_claims_file_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text('{"title": "ok saja"}\n{"text": 1}\n', encoding="utf-8")
    done = run(["--claims", str(tmp_path / "c.jsonl")], lang="en")
    assert done.returncode == 2
    assert "c.jsonl: line 2" in done.stderr.decode()


def test_a_tier_that_does_not_exist_is_wrong_use() -> None:
    assert run(["--tier", "best"]).returncode == 2


def test_a_slow_pipe_is_answered_line_by_line() -> None:
    with subprocess.Popen([*RUN, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in (1, 2):
            process.stdin.write(b'{"text": "mati lampu"}\n')
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_a_reader_that_leaves_early_ends_it_quietly() -> None:
    given = b'{"text": "mati lampu lagi"}\n' * 5_000
    with subprocess.Popen([*RUN, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        try:
            process.stdin.write(given)
            process.stdin.close()
        except BrokenPipeError:
            pass
        noise = process.stderr.read().decode()
        assert process.wait(timeout=120) == 1
        assert "Traceback" not in noise


def test_help_explains_input_and_output() -> None:
    text = run(["--help"], lang="en").stdout.decode()
    assert "--lines" in text
    assert '"text"' in text
    assert "kentongan score" in text


def on_a_terminal(arguments: list[str], out: Path) -> str:
    """What a person sees on standard error, which is a terminal here; scores go to a file."""
    seen, given = pty.openpty()
    with out.open("wb") as scores, subprocess.Popen([*RUN, *arguments], stdout=scores, stderr=given, env={**os.environ, "TERM": "xterm"}) as process:
        os.close(given)
        told = b""
        with suppress(OSError):  # EIO: the process has ended
            while piece := os.read(seen, 4096):
                told += piece
        assert process.wait(timeout=240) == 0
    os.close(seen)
    return told.decode()


def test_who_waits_at_a_terminal_sees_how_far_it_is_and_the_rate(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"text": "mati lampu lagi"}\n' * 2_500, encoding="utf-8")
    told = on_a_terminal([str(tmp_path / "m.jsonl"), "--tier", "fast"], tmp_path / "scores.jsonl")
    assert "Menilai m.jsonl" in told
    assert re.fullmatch(r"2\.500 baris, [\d.]+ baris/detik", told.rstrip().splitlines()[-1].rpartition("\r")[2].rpartition("\x1b[2K")[2].strip())
    assert len((tmp_path / "scores.jsonl").read_bytes().splitlines()) == 2_500
