"""Train the strong tier on a quarter, a half and all of its labels, and write that part of bench/results/learning.md: does more help?

    python bench/learning_strong.py --data ../shared/data --work /tmp/curve

The first pass of train_strong.py with one seed: what follows it in the recipe (the second pass over our own labels, the mean with the fast tier) is
left out. The unlabelled texts that choose the vocabulary stay the same. Measured on what is not learned from. Each point is kept in --work, so a run
that was ended goes on where it stopped; about an hour on one core.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from e5_weights import installed, read
from learning_curve import put_section
from strong_net import Net
from strong_pieces import Pieces, vocabulary
from train_sources import SEED, Folder, own_labels, part, stream_texts
from train_strong import LABELLED, OWN_WEIGHT, RATE, balanced, encoded, gold, held_out, log, one_hot, told, train

SHARES = (0.25, 0.5, 1.0)
SETS = {  # as train_strong.py calls them -> as the table does
    "smsa": "SmSA valid", "nusax id": "NusaX id", "nusax jv": "NusaX jv", "nusax su": "NusaX su", "nusax min": "NusaX min", "nusax en": "NusaX en",
    "own later": "own labels, other streams", "own held": "own labels, held-out streams", "coretax_reviews": "coretax_reviews, every fifth",
}  # fmt: skip


def point(folder: Folder, share: float, epochs: int) -> dict[str, float]:
    """Macro-F1 on each set after learning from this share of every source; `texts`: how many."""
    e5, own = read(installed()), own_labels(folder, LABELLED)
    held = held_out(folder) | {"own later": own["later"]}
    examples, labelled = gold(folder, held, share), part(own["learned"], share)
    kept = vocabulary(e5, [e.text for e in examples] + stream_texts(folder, np.random.default_rng(SEED), 40_000))
    pieces, net = Pieces(e5, kept), Net(e5, kept, range(e5.layers))
    learned = [*examples, *labelled]
    weight = np.concatenate([balanced(examples), balanced(labelled) * OWN_WEIGHT])
    log(f"{share:.0%}: {len(learned)} texts")
    train(net, pieces.read([e.text for e in learned]), one_hot(learned), weight, pieces, epochs=epochs, rate=RATE, seed=SEED, held={})
    return {"texts": len(learned), **told(net, pieces, encoded({name: held[name] for name in SETS}, pieces))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=3)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    asked.work.mkdir(parents=True, exist_ok=True)
    known = asked.work / "points.json"
    points = json.loads(known.read_text(encoding="utf-8")) if known.is_file() else {}
    folder = Folder(asked.data)
    for share in SHARES:
        name = f"{share:.0%}"
        if name not in points:
            points[name] = point(folder, share, asked.epochs)
            known.write_text(json.dumps(points, indent=1), encoding="utf-8")
            log(f"{name}: {points[name]}")
    rows = [f"| {name} | {found['texts']} | {' | '.join(f'{found[s]:.3f}' for s in SETS)} |" for name, found in points.items()]
    put_section(
        "Learning curve of the strong tier",
        [
            "Made by `python bench/learning_strong.py`: macro-F1 of the transformer alone after the first pass of its recipe, one seed, by the share",
            "of its labelled texts that it learns from.",
        ],
        list(SETS.values()),
        rows,
    )


if __name__ == "__main__":
    main()
