"""Train the strong tier: a small transformer with the weights of multilingual-e5-small, fine-tuned on openly licensed sets and our own labels.

    python bench/train_strong.py --data ../shared/data --work /tmp/strong      # about 35 minutes on one core with AMX
    python bench/train_further.py --data ../shared/data --work /tmp/strong --english ARCHIVE   # everyday English, ten minutes
    python bench/export_strong.py --data ../shared/data --work /tmp/strong     # int8 weights into kentongan/scoring/, and how the tiers are mixed

Needs bench/requirements.txt in an environment of its own. Seeded; what the later steps need lies in --work.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from e5_weights import E5, installed, read
from strong_net import Net, padded
from strong_pieces import Pieces, vocabulary
from train_phrases import phrases
from train_sentiment import macro_f1
from train_sources import (
    HELD_STREAMS,
    LABELS,
    SEED,
    Example,
    Folder,
    own_labels,
    part,
    stream_texts,
    switched,
    without_near_duplicates,
    word_tables,
)  # fmt: skip

LABELLED = Path(__file__).with_name("quality_labels.csv")
BATCH, CLIP, WARM_UP, SMOOTHING, DROPPED_PIECES, DECAY = 32, 1.0, 0.08, 0.05, 0.08, 0.01
RATE, OWN_WEIGHT = 8e-5, 0.35  # of the first pass; few texts are of the kind that is read, so each of our own labels counts more
QUICK_BATCHES, QUICK_OPINIONS = 10, 200
OPINIONS = 10_000  # stream texts that it reads for the fast tier to learn from
AGAIN, MOVED = 6000, 0.3  # texts beside our own labels in the second pass; how far towards it the weights move
PHRASES = 4000  # of our own generated sentences: more teach their pattern rather than a language
SWITCHED = 0.15  # share of the Indonesian texts that is learned a second time with words put into another language


def log(text: str) -> None:
    print(time.strftime("%H:%M:%S"), text, flush=True)


# --- texts -----------------------------------------------------------------------------------------------------------


def held_out(folder: Folder) -> dict[str, list[Example]]:
    held = {"smsa": folder.smsa("valid"), "vaksin": folder.vaksin("valid"), "coretax_reviews": folder.coretax()[::5]}
    for example in folder.nusax("valid"):
        held.setdefault(f"nusax {example.language}", []).append(example)
    own = own_labels(folder, LABELLED)
    return held | {f"own {name}": [e for e in own["held"] if e.source == name] for name in HELD_STREAMS} | {"own held": own["held"]}


def gold(folder: Folder, held: dict[str, list[Example]], share: float = 1.0) -> list[Example]:
    """What is learned from: licensed sets without near-duplicates of validation texts, and our own sentences; of each source this share."""
    smsa = part(without_near_duplicates(folder.smsa("train"), held["smsa"] + held["nusax id"]), share)
    nusax = part(folder.nusax("train"), share)
    own = [Example(text, label, language, "phrases") for text, label, language in phrases(seed=SEED)]
    own = [own[i] for i in np.random.default_rng(SEED).permutation(len(own))[: round(PHRASES * share)]]
    indonesian = smsa + [e for e in own if e.language == "id"]
    return [*smsa, *nusax, *part(folder.vaksin("train"), share), *own, *switched(indonesian, word_tables(nusax), SWITCHED, SEED)]


# --- learning --------------------------------------------------------------------------------------------------------


def train(
    net: Net,
    rows: list[list[int]],
    targets: np.ndarray,
    weight: np.ndarray,
    pieces: Pieces,
    *,
    epochs: int,
    rate: float,
    seed: int,
    held: dict[str, tuple[list[list[int]], list[str]]],
    most: int = 0,
) -> None:
    """Fit soft targets [rows, 3] with a weight per row. Batches hold texts of like length, in random order. most: batches an epoch; 0: all."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    others = [(n, p) for n, p in net.named_parameters() if not n.startswith("words")]
    head = [p for n, p in others if "head" in n]
    decayed = [p for n, p in others if "head" not in n and p.ndim > 1]
    plain = [p for n, p in others if "head" not in n and p.ndim <= 1]
    groups = [
        {"params": decayed, "lr": rate, "weight_decay": DECAY},
        {"params": plain, "lr": rate, "weight_decay": 0.0},
        {"params": head, "lr": 1e-3, "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98))
    words = torch.optim.SparseAdam([net.words.weight], lr=rate, betas=(0.9, 0.98))  # touches only the pieces of a batch
    steps = epochs * ((len(rows) + BATCH - 1) // BATCH)
    warm = max(1, int(WARM_UP * steps))

    def pace(step: int) -> float:
        return min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))

    schedules = [torch.optim.lr_scheduler.LambdaLR(one, pace) for one in (optimiser, words)]
    y, w = torch.tensor(targets, dtype=torch.float32), torch.tensor(weight / weight.mean(), dtype=torch.float32)
    lengths = np.array([len(r) for r in rows])
    for epoch in range(epochs):
        began, total = time.monotonic(), 0.0
        order = np.argsort(lengths + rng.uniform(-3, 3, len(rows)))
        batches = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
        rng.shuffle(batches)
        batches = batches[: most or None]
        net.train()
        for done, batch in enumerate(batches, 1):
            ids, present = padded([rows[i] for i in batch], pieces.pad)
            dropped = (torch.rand(ids.shape) < DROPPED_PIECES) & present & (ids != pieces.begin) & (ids != pieces.end)
            ids = ids.masked_fill(dropped, pieces.unknown)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits = net(ids, present)
            wanted = y[batch] * (1 - SMOOTHING) + SMOOTHING / len(LABELS)
            loss = -(wanted * logits.float().log_softmax(-1)).sum(-1) @ w[batch] / len(batch)
            optimiser.zero_grad()
            words.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_([p for _, p in others], CLIP)
            optimiser.step()
            words.step()
            for schedule in schedules:
                schedule.step()
            total += loss.item()
            if done % 100 == 0:
                log(f"  {done} of {len(batches)}, {done * BATCH / (time.monotonic() - began):.0f} texts/s, loss {total / done:.3f}")
        speed = sum(map(len, batches)) / (time.monotonic() - began)
        log(f"epoch {epoch + 1}: loss {total / len(batches):.4f}, {speed:.0f} texts/s; {told(net, pieces, held)}")


def logits_of(net: Net, rows: Sequence[Sequence[int]], pad: int) -> np.ndarray:
    """[rows, 3]."""
    net.eval()
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    found = np.zeros((len(rows), len(LABELS)), np.float32)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for start in range(0, len(order), 64):
            batch = order[start : start + 64]
            found[batch] = net(*padded([rows[i] for i in batch], pad)).float().numpy()
    return found


def told(net: Net, pieces: Pieces, held: dict[str, tuple[list[list[int]], list[str]]]) -> dict[str, float]:
    return {k: round(macro_f1(g, [LABELS[i] for i in logits_of(net, r, pieces.pad).argmax(1)]), 3) for k, (r, g) in held.items()}


def balanced(examples: Sequence[Example]) -> np.ndarray:
    """Weight of each text: classes count by n^-0.5."""
    count = Counter(e.label for e in examples)
    return np.array([count[e.label] ** -0.5 for e in examples])


def one_hot(examples: Sequence[Example]) -> np.ndarray:
    return np.eye(len(LABELS))[[LABELS.index(e.label) for e in examples]]


def encoded(held: dict[str, list[Example]], pieces: Pieces) -> dict[str, tuple[list[list[int]], list[str]]]:
    return {k: (pieces.read([e.text for e in v]), [e.label for e in v]) for k, v in held.items() if v}


def learn(folder: Folder, work: Path, epochs: int, *, quick: bool) -> None:
    """First everything, then once more our own labels among a part of the rest; what is kept is between the two networks."""
    most = QUICK_BATCHES if quick else 0
    e5 = read(installed())
    held = held_out(folder)
    examples, own = gold(folder, held), own_labels(folder, LABELLED)
    rng = np.random.default_rng(SEED)
    kept = vocabulary(e5, [e.text for e in examples] + stream_texts(folder, rng, 40_000))
    np.save(work / "kept.npy", kept)
    pieces, net = Pieces(e5, kept), Net(e5, kept, range(e5.layers))
    log(f"{len(examples)} texts and {len(own['learned'])} own labels, {len(kept)} pieces")
    measured = encoded(held, pieces)
    learned = [*examples, *own["learned"]]
    weight = np.concatenate([balanced(examples), balanced(own["learned"]) * OWN_WEIGHT])
    train(
        net, pieces.read([e.text for e in learned]), one_hot(learned), weight, pieces, epochs=epochs, rate=RATE, seed=SEED, held=measured, most=most
    )
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    (work / "files.json").write_text(json.dumps(folder.hashes, indent=1), encoding="utf-8")
    leave_opinions(net, pieces, folder, work, QUICK_OPINIONS if quick else OPINIONS)
    some = [examples[i] for i in rng.permutation(len(examples))[:AGAIN]]
    learned = [*some, *own["again"], *own["again"]]
    weight = np.concatenate([balanced(some), balanced([*own["again"], *own["again"]]) * 0.5])
    train(net, pieces.read([e.text for e in learned]), one_hot(learned), weight, pieces, epochs=1, rate=3e-5, seed=SEED + 1, held=measured, most=most)
    after = net.state_dict()
    net.load_state_dict({name: (1 - MOVED) * before[name] + MOVED * after[name] for name in before})
    torch.save(net.state_dict(), work / "strong.pt")
    log(f"between the two: {told(net, pieces, measured)}")


def leave_opinions(net: Net, pieces: Pieces, folder: Folder, work: Path, most: int) -> None:
    """The network's probabilities for stream texts, in --work: the fast tier learns from them."""
    texts = stream_texts(folder, np.random.default_rng(SEED), most)
    z = logits_of(net, pieces.read(texts), pieces.pad)
    p = np.exp(z - z.max(1, keepdims=True))
    np.savez(work / "opinions.npz", p=p / p.sum(1, keepdims=True))
    log(f"read {len(texts)} texts for the fast tier")


def opened(work: Path, e5: E5) -> tuple[Net, Pieces, np.ndarray]:
    """The network that was trained, its pieces, and their old ids."""
    kept = np.load(work / "kept.npy")
    net = Net(e5, kept, range(e5.layers))
    net.load_state_dict(torch.load(work / "strong.pt", weights_only=True))
    return net, Pieces(e5, kept), kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="a few steps only: proves that the recipe runs, learns next to nothing")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)  # two on a busy machine wait for each other at every step: measured six times slower
    learn(Folder(asked.data), asked.work, 1 if asked.quick else asked.epochs, quick=asked.quick)


if __name__ == "__main__":
    main()
