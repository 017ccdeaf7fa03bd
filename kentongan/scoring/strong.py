"""The strong tier: a small transformer, int8 on the CPU, for the texts that the fast tier is unsure of.

One text at a time: int8 activations are scaled by what is in a batch, so a neighbour would change a score. The body runs in ONNX Runtime;
the embeddings are looked up outside of it, one scale a row, which keeps them small.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from kentongan.errors import ConfigError
from kentongan.scoring.strong_text import framed, prepared
from kentongan.words import say

Array = np.ndarray[Any, Any]
SHIPPED = Path(__file__).parent
FILES = ("strong.onnx", "strong.npz", "strong.json")  # body, embeddings with their pieces, how both tiers are mixed
PACKAGES = ("onnxruntime", "tokenizers")
REMEMBERED = 16_384  # texts whose logits are kept: what spreads in a crisis are copies
AT_ONCE = 2  # texts read side by side
BEGIN, END, UNKNOWN = 0, 2, 3  # places of the marks among the pieces


def missing(folder: Path = SHIPPED) -> list[str]:
    """What the strong tier lacks here: packages and files; empty when it can run."""
    return [name for name in PACKAGES if find_spec(name) is None] + [name for name in FILES if not (folder / name).is_file()]


class StrongTier:
    """Log-odds from the transformer. The same text gives the same numbers, alone or among others. Raises ConfigError when its files are damaged."""

    def __init__(self, folder: Path = SHIPPED) -> None:
        self._folder = folder
        try:
            self._open()
        except Exception as exc:  # ONNX Runtime, NumPy and tokenizers each have errors of their own for a damaged file
            what = f"{folder}/strong.*: {type(exc).__name__}"
            raise ConfigError(
                say(
                    f"{what}: model tingkat `strong` tidak dapat dibuka; pasang ulang Kentongan (make clean install), atau pakai --tier fast",
                    f"{what}: the model of the tier `strong` cannot be opened; install Kentongan again (make clean install), or use --tier fast",
                )
            ) from exc

    def _open(self) -> None:
        import onnxruntime
        from tokenizers import Tokenizer, models, pre_tokenizers

        body, embeddings, described = ((self._folder / name).read_bytes() for name in FILES)
        meta = json.loads(described)
        self.fingerprint = hashlib.sha256(body + embeddings + described).hexdigest()[:8]
        with np.load(BytesIO(embeddings), allow_pickle=False) as arrays:
            self._words, self._scales, self._places = arrays["words"], arrays["scales"], arrays["places"].astype(np.float32)
            pieces = arrays["pieces"].tobytes().decode().split("\n")
            scores = arrays["scores"].tolist()
        self._tokenizer = Tokenizer(models.Unigram(list(zip(pieces, scores, strict=True)), unk_id=UNKNOWN))
        self._tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(body, options, providers=["CPUExecutionProvider"])
        self._share, self._bias = float(meta["mix"]["share"]), np.array(meta["mix"]["bias"])
        self._below: dict[str, float] = meta["reads_below"]  # confidence of the fast tier below which this tier is asked, by language
        self._below_else: float = self._below["others"]
        more = meta["reads_more"]  # what is so short or so long the fast tier knows less well
        self._short, self._long, self._below_these = int(more["under"]), int(more["from"]), float(more["below"])
        self._remembered = lru_cache(REMEMBERED)(self._read)
        self._pool, self._pid = _readers(), os.getpid()

    def reads(self, confidence: float, lang: str, length: int) -> bool:
        """Whether this tier is asked about a text of that language and length (characters), when the fast one is so sure of it."""
        below = self._below.get(lang, self._below_else)
        return confidence < (below if self._short <= length < self._long else max(below, self._below_these))

    def log_odds(self, texts: Sequence[str], fast: Array) -> Array:
        """[n, 3]: log-probabilities of negative, neutral, positive, from this tier and the fast one together. fast: [n, 3], its tempered logits."""
        if not len(texts):
            return np.zeros((0, 3))
        if self._pid != os.getpid():  # threads do not survive a fork
            self._pool, self._pid = _readers(), os.getpid()
        strong = np.array(list(self._pool.map(self._remembered, [prepared(text) for text in texts])))
        both = _log_softmax(np.asarray(fast, np.float64)) + _log_softmax(strong)
        return _log_softmax(both * self._share + self._bias)

    def _read(self, text: str) -> tuple[float, ...]:
        ids = framed(self._tokenizer.encode(text).ids, BEGIN, END)
        embedded = self._words[ids].astype(np.float32) * self._scales[ids][:, None] + self._places[: len(ids)]
        found = self._session.run(None, {"embedded": embedded[None]})[0][0]
        return tuple(round(float(value), 3) for value in found)  # so that the last bits of another processor change nothing


def _readers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(min(AT_ONCE, os.cpu_count() or 1), thread_name_prefix="kentongan-strong")


def _log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(1, keepdims=True)
    found: Array = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return found


@cache
def load_strong() -> StrongTier:
    """The shipped model, opened once a process."""
    return StrongTier()
