"""Learn the fast tier from a tenth, a quarter, a half and all of its data, and write that part of bench/results/learning.md: does more help?

    python bench/learning_curve.py --data ../shared/data --work var/train

Of each source the same share is drawn, seeded, the smaller draw inside the larger; translations of one sentence stay together. Measured on what
is not learned from. The last two rows leave a source out. --work: as train_strong.py left it (opinions of the strong tier). About ten minutes.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from train_sentiment import HERE, Opinions, groups_of, learn_sentiment, logits, macro_f1, read_opinions
from train_sources import LABELS, Example, Folder, own_labels, part, without_near_duplicates

SHARES = (0.1, 0.25, 0.5, 1.0)
RESULT = HERE / "results" / "learning.md"


def put_section(title: str, told: Sequence[str], columns: Sequence[str], rows: Sequence[str]) -> None:
    """Write one section of the result: what is told of its table, and the table; the other sections stay."""
    known = RESULT.read_text(encoding="utf-8") if RESULT.is_file() else ""
    sections = {one.split("\n", 1)[0]: one.rstrip() for one in re.split(r"^# ", known, flags=re.MULTILINE) if one.strip()}
    sections[title] = "\n".join([title, "", *told, "", f"| learned from | texts | {' | '.join(columns)} |", "|" + "---|" * (len(columns) + 2), *rows])
    RESULT.write_text("\n\n".join(f"# {one}" for one in sections.values()) + "\n", encoding="utf-8")


def row(name: str, groups: dict[str, Sequence[Example]], opinions: Opinions, held: dict[str, list[Example]]) -> str:
    weights, bias = learn_sentiment(groups, opinions)
    cells = [
        f"{macro_f1([e.label for e in examples], [LABELS[i] for i in logits(examples, weights, bias).argmax(1)]):.3f}"
        for examples in held.values()
    ]  # fmt: skip
    texts = sum(map(len, groups.values())) + len(opinions[0])
    print(name, texts, *cells, flush=True)
    return f"| {name} | {texts} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    asked = parser.parse_args()
    folder = Folder(asked.data)
    valid = folder.nusax("valid")
    own = own_labels(folder, HERE / "quality_labels.csv")
    held = {
        "SmSA valid": folder.smsa("valid"),
        "NusaX id": [e for e in valid if e.language == "id"],
        "NusaX jv, su, min": [e for e in valid if e.language in ("jv", "su", "min")],
        "NusaX en": [e for e in valid if e.language == "en"],
        "own labels, other streams": own["later"],
        "own labels, held-out streams": own["held"],
        "coretax_reviews": folder.coretax(),
    }
    smsa = without_near_duplicates(folder.smsa("train"), held["SmSA valid"] + held["NusaX id"])
    whole = groups_of(smsa, folder.nusax("train"), folder.vaksin("train"), own["learned"])
    texts, soft = read_opinions(folder, asked.work)
    rows = []
    for share in SHARES:
        some = round(share * len(texts))
        rows.append(row(f"{share:.0%}", {name: part(group, share) for name, group in whole.items()}, (texts[:some], soft[:some]), held))
    rows.append(row("all but the strong tier's opinions", whole, ([], np.zeros((0, 3))), held))
    others = {name: [e for e in group if not e.source.startswith("phrases")] for name, group in whole.items()}
    rows.append(row("all but our own sentences", others, (texts, soft), held))
    put_section(
        "Learning curve of the fast tier",
        [
            "Made by `python bench/learning_curve.py`: macro-F1 of the fast tier without validation splits, by the share of its data that it",
            "learns from.",
        ],
        list(held),
        rows,
    )


if __name__ == "__main__":
    main()
