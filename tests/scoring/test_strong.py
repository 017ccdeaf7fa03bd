"""The strong tier: who reads a text depends on the text alone, and a score never on its neighbours; without its packages it is off, and says so."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kentongan.errors import ConfigError
from kentongan.ports import ScoreRequest
from kentongan.scoring.scorer import TieredScorer, confirmed, open_scorer
from kentongan.scoring.strong import FILES, SHIPPED, StrongTier, load_strong, missing
from kentongan.scoring.strong_text import LONGEST, framed, prepared

ENGLISH = "great, another update and nothing works"
TEXTS = [
    "listrik mati terus, PLN kerjanya apa sih",
    "Min, syarat bikin KTP baru apa saja ya?",
    "kok bisa ya begini terus, hebat bener",
    "udah lapor tapi ya gitu deh",
    "katanya besok selesai, kita lihat saja nanti",
    "aplikasina kumaha ieu teh",
    ENGLISH,
    "wes tak coba kok angel tenan yo",
    "harga naik lagi https://t.co/abc @akunsaya",
    "🤷",
    "x" * 5000,
    "terima kasih " * 400,
]


def without(package: str, arguments: list[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own in which `package` is not installed."""
    program = f"import sys; sys.modules[{package!r}] = None; from kentongan.pipeline.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        input=given, capture_output=True, timeout=240, check=False, env={**os.environ, "KENTONGAN_LANG": "en"},
    )  # fmt: skip


def test_a_text_gives_the_same_numbers_alone_among_others_and_in_any_order() -> None:
    together = StrongTier().log_odds(TEXTS, np.zeros((len(TEXTS), 3)))
    backwards = StrongTier().log_odds(TEXTS[::-1], np.zeros((len(TEXTS), 3)))[::-1]
    alone = np.vstack([StrongTier().log_odds([text], np.zeros((1, 3))) for text in TEXTS])
    assert together.tobytes() == alone.tobytes() == np.ascontiguousarray(backwards).tobytes()


@pytest.mark.parametrize("tier", ["auto", "fast", "strong"])
def test_a_score_is_the_same_alone_and_in_a_batch_in_every_tier(tier: Any) -> None:
    scorer = open_scorer(tier=tier)
    requests = [ScoreRequest(text=text) for text in TEXTS]
    assert scorer.score(requests) == [scorer.score([request])[0] for request in requests]
    assert {score.scorer_version for score in scorer.score(requests)} == {scorer.version}
    assert scorer.version.startswith(f"{tier}-")


def test_auto_asks_the_strong_tier_where_the_fast_one_is_unsure_and_nowhere_else() -> None:
    asked = [ScoreRequest(text=text) for text in TEXTS if text != ENGLISH]  # TextBlob moves the confidence of English afterwards
    fast, auto, strong = (open_scorer(tier=tier).score(asked) for tier in ("fast", "auto", "strong"))
    sure = [not load_strong().reads(score.sentiment.confidence, score.lang, len(one.text)) for score, one in zip(fast, asked, strict=True)]
    assert set(sure) == {True, False}
    for number in range(len(asked)):
        assert auto[number].sentiment == (fast if sure[number] else strong)[number].sentiment
    assert [(s.lang, s.hoax, s.topics) for s in auto] == [(s.lang, s.hoax, s.topics) for s in fast]


def test_short_and_long_texts_are_asked_about_more_often_than_those_between() -> None:
    tier = load_strong()
    assert [tier.reads(0.7, "id", length) for length in (39, 40, 139, 140)] == [True, False, False, True]
    assert not any(tier.reads(0.99, lang, length) for lang in ("id", "su") for length in (3, 90, 4000))
    assert all(tier.reads(0.89, "su", length) for length in (3, 90, 4000))


@pytest.mark.parametrize("text", ["", "  \n", "12345", "@akun"])
def test_what_says_nothing_is_neutral_and_unsure_in_the_strong_tier_too(text: str) -> None:
    felt = open_scorer(tier="strong").score([ScoreRequest(text=text)])[0].sentiment
    assert (felt.label, felt.unsure) == ("neutral", True)


def test_a_long_text_is_read_at_its_head_and_its_tail() -> None:
    assert framed(range(10, 20), 0, 2) == [0, *range(10, 20), 2]
    long = framed(range(1000), -1, -2)
    assert len(long) == LONGEST
    assert (long[:3], long[-3:]) == ([-1, 0, 1], [998, 999, -2])


def test_links_accounts_and_held_letters_are_one_word_each() -> None:
    assert prepared("PARAAAAH  @Budi_1 lihat https://t.co/a?b=1") == "paraah @akun lihat http"


@pytest.mark.parametrize("package", ["onnxruntime", "tokenizers"])
def test_without_a_package_auto_is_the_fast_tier_and_says_so(package: str) -> None:
    given = "\n".join(text for text in TEXTS if len(text) < 100).encode()
    auto, fast = without(package, ["score", "--lines"], given), without(package, ["score", "--lines", "--tier", "fast"], given)
    assert auto.returncode == 0, auto.stderr
    assert auto.stdout == fast.stdout
    asked = without(package, ["score", "--lines", "--tier", "strong"], given)
    assert asked.returncode == 2
    assert asked.stdout == b""
    assert package in asked.stderr.decode() and "make install" in asked.stderr.decode()


def test_the_doctor_names_the_package_that_the_strong_tier_lacks() -> None:
    found = without("onnxruntime", ["doctor", "--json"])
    tier = next(item for item in json.loads(found.stdout) if item["name"] == "tier")
    assert tier["state"] == "warning"
    assert "onnxruntime" in tier["what"]


def test_the_strong_tier_counts_what_it_confirms_as_negative() -> None:
    assert confirmed(["listrik mati terus, PLN kerjanya apa sih", "terima kasih, petugasnya ramah dan cepat", "aplikasinya error, kecewa"]) == 2


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_told_with_its_folder_and_the_next_step(name: str, tmp_path: Path) -> None:
    for file in FILES:
        shutil.copy(SHIPPED / file, tmp_path / file)
    assert missing(tmp_path) == []
    (tmp_path / name).write_bytes((SHIPPED / name).read_bytes()[:100])
    with pytest.raises(ConfigError, match="--tier fast") as told:
        StrongTier(tmp_path)
    assert str(tmp_path) in str(told.value)
    (tmp_path / name).unlink()
    assert missing(tmp_path) == [name]


def test_the_version_names_the_tier_and_changes_with_its_files(tmp_path: Path) -> None:
    for file in FILES:
        shutil.copy(SHIPPED / file, tmp_path / file)
    described = json.loads((tmp_path / "strong.json").read_text(encoding="utf-8"))
    (tmp_path / "strong.json").write_text(json.dumps({**described, "reads_below": {"id": 0.0, "others": 0.0}}), encoding="utf-8")
    other = StrongTier(tmp_path)
    assert TieredScorer(None, other).version != open_scorer().version
    assert open_scorer(tier="fast").version.split("-")[1:] == open_scorer().version.split("-")[1:3]
