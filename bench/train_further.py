"""Train the strong tier further: everyday English among a part of what it had learned, so that the other languages do not fall.

    python bench/train_further.py --data ../shared/data --english vaderSentiment-3.3.2.tar.gz --work /tmp/strong [--from-package]

Starts from the network that train_strong.py left in --work, or from the weights in the package, and leaves there what export_strong.py
reads. About ten minutes on one core.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from e5_weights import installed, read
from strong_back import shipped_net, widened
from strong_pieces import Pieces, vocabulary
from train_english import English, read_english
from train_sources import SEED, Folder, own_labels
from train_strong import LABELLED, QUICK_BATCHES, balanced, encoded, gold, held_out, log, one_hot, opened, told, train

AGAIN = 7000  # of the licensed sets and our own sentences, beside all of NusaX
RATE, MOVED = 4e-5, 0.3  # MOVED: how far towards the new weights
NUSAX, OWN, ENGLISH = 1.5, 0.5, 0.6  # weight of a text against one of the other sets


def further(folder: Folder, english: English, work: Path, *, from_package: bool, quick: bool = False) -> None:
    e5, held = read(installed()), held_out(folder) | english.kept
    if from_package:
        net, had = shipped_net(e5)
    else:
        net, _, had = opened(work, e5)
    examples, own = gold(folder, held), own_labels(folder, LABELLED)
    kept = np.union1d(had, vocabulary(e5, [e.text for e in english.learned]))
    net, pieces = widened(net, had, e5, kept), Pieces(e5, kept)
    measured = encoded(held, pieces)
    nusax, others = ([e for e in examples if (e.source == "nusax") == wanted] for wanted in (True, False))
    others = [others[i] for i in np.random.default_rng(SEED + 2).permutation(len(others))[:AGAIN]]
    ours = [*own["again"], *own["again"]]
    learned = [*nusax, *others, *ours, *english.learned]
    weight = np.concatenate([balanced([*nusax, *others]), balanced(ours) * OWN, balanced(english.learned) * ENGLISH])
    weight[: len(nusax)] *= NUSAX
    log(f"{len(learned)} texts, {len(english.learned)} of them English, {len(kept)} pieces; before: {told(net, pieces, measured)}")
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    rows, most = pieces.read([e.text for e in learned]), QUICK_BATCHES if quick else 0
    train(net, rows, one_hot(learned), weight, pieces, epochs=1, rate=RATE, seed=SEED + 2, held=measured, most=most)
    after = net.state_dict()
    net.load_state_dict({name: (1 - MOVED) * before[name] + MOVED * after[name] for name in before})
    np.save(work / "kept.npy", kept)
    torch.save(net.state_dict(), work / "strong.pt")
    (work / "files.json").write_text(json.dumps(folder.hashes, indent=1), encoding="utf-8")
    log(f"between the two: {told(net, pieces, measured)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--english", type=Path, required=True, help="source archive of vaderSentiment 3.3.2")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--from-package", action="store_true", help="start from the shipped weights instead of those in --work")
    parser.add_argument("--quick", action="store_true", help="a few steps only: proves that the recipe runs")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    folder = Folder(asked.data)
    further(folder, read_english(asked.english, folder), asked.work, from_package=asked.from_package, quick=asked.quick)


if __name__ == "__main__":
    main()
