"""The recipe of the fast tier runs from a folder of data alone, and the same data give the same weights.

The strong tier's recipe needs PyTorch: `make train QUICK=1` proves that one.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
ARCHIVE = "vaderSentiment-3.3.2.tar.gz"
FEELINGS = {
    "positive": ["petugas ramah sekali", "urusan cepat selesai", "terima kasih sudah dibantu", "pelayanan bagus dan rapi"],
    "neutral": ["kantor buka pukul delapan", "rapat diadakan hari senin", "syaratnya fotokopi kartu", "jadwal diumumkan besok"],
    "negative": ["antrean panjang sekali", "petugas galak", "aplikasi rusak terus", "listrik padam lagi"],
}
TONGUES = {"indonesian": "hari ini", "javanese": "dina iki", "sundanese": "dinten ieu", "minangkabau": "hari ko", "english": "today"}
PLACES = ("kota", "desa", "pasar", "loket", "kantor", "rumah")


def write(path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])


def made_data(folder: Path) -> Path:
    """A folder laid out like the real one, of made-up sentences."""
    said = [(f"{text} di {place} {n}", label) for label, texts in FEELINGS.items() for text in texts for n, place in enumerate(PLACES)]
    for part, rows in (("train", said[::2]), ("valid", said[1::2])):
        write(folder / f"sentiment/smsa/{part}.csv", ["text", "label"], rows)
        write(folder / f"sentiment/vaksin_comments/{part}.csv", ["text", "label"], rows)
        for tongue, word in TONGUES.items():
            write(
                folder / f"sentiment/nusax/{tongue}_{part}.csv",
                ["id", "text", "label"],
                [(str(n), f"{t} {word}", s) for n, (t, s) in enumerate(rows)],
            )
    names = {"positive": "positif", "neutral": "netral", "negative": "negatif"}
    write(folder / "sentiment/coretax_reviews/reviews.csv", ["content", "labelling"], [(text, names[label]) for text, label in said])
    for name in (
        "polri_tweets/stream",
        "coretax_tweets/stream",
        "pertamina_oplosan_tweets/pertamina_after",
        "pertamina_oplosan_tweets/pertamina_before",
    ):
        write(folder / f"streams/{name}.csv", ["text"], [(f"{text} {name}",) for text, _ in said])
    write(folder / "streams/mobile_jkn_reviews/reviews.csv", ["content"], [(text,) for text, _ in said])
    return folder


def made_archive(file: Path) -> Path:
    """An archive laid out like the source of vaderSentiment 3.3.2: an archive of rated sentences inside it."""
    said = [
        (f"{text} {n}", mean) for text, mean in (("so slow", -2.1), ("it opens at eight", 0.1), ("well done", 2.5), ("fine", 0.5)) for n in range(9)
    ]
    lines = "".join(f"{n}\t{mean}\t{text}\n" for n, (text, mean) in enumerate(said))
    names = ("tweets", "amazonReviewSnippets", "movieReviewSnippets", "nytEditorialSnippets")
    inner = packed({f"hutto_ICWSM_2014/{name}_GroundTruth.txt": lines.encode() for name in names})
    file.write_bytes(packed({"vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz": inner}))
    return file


def packed(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, data in members.items():
            found = tarfile.TarInfo(name)
            found.size = len(data)
            archive.addfile(found, io.BytesIO(data))
    return content.getvalue()


def learned(home: Path, data: Path, work: Path) -> dict[str, bytes]:
    """What one run of the recipe writes, learned into the copy of the sources in `home`."""
    done = subprocess.run(
        [sys.executable, "bench/train_sentiment.py", "--data", str(data), "--english", str(work / ARCHIVE), "--work", str(work), "--quick"],
        cwd=home, env={**os.environ, "PYTHONPATH": str(home)}, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {name: (home / "kentongan" / "scoring" / name).read_bytes() for name in ("weights.npz", "weights.json")}


@pytest.mark.slow
def test_the_same_data_give_the_same_weights_and_their_hashes_stand_beside_them(tmp_path: Path) -> None:
    home, data, work = tmp_path / "home", made_data(tmp_path / "data"), tmp_path / "work"
    for name in ("kentongan", "bench"):
        shutil.copytree(ROOT / name, home / name, ignore=shutil.ignore_patterns("*.onnx", "strong.npz", "results"))
    shipped = {name: (home / "kentongan" / "scoring" / name).read_bytes() for name in ("weights.npz", "weights.json")}
    work.mkdir()
    archive = made_archive(work / ARCHIVE)
    np.savez(work / "opinions.npz", p=np.full((40, 3), 1 / 3))
    first = learned(home, data, work)
    assert first == learned(home, data, work)
    assert first["weights.npz"] != shipped["weights.npz"]
    hashes = json.loads(first["weights.json"])["files_sha256"]
    assert len(hashes) == 21
    assert hashes.pop(ARCHIVE) == hashlib.sha256(archive.read_bytes()).hexdigest()
    for name, found in hashes.items():
        assert found == hashlib.sha256((data / name).read_bytes()).hexdigest()
    with (data / "sentiment/smsa/train.csv").open("a", encoding="utf-8") as file:
        file.write("jalan berlubang sekali,negative\n")
    assert learned(home, data, work)["weights.npz"] != first["weights.npz"]
