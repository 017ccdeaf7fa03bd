"""What attribution costs per mention, and whether it grows with the number of agencies.

    python bench/attribution.py [--out bench/results/attribution.md]

The generated agencies are offices of regencies: each with a name, an abbreviation, a handle, an ambiguous alias with context, and an
exclusion. The same texts are read by all sizes in turn, several times, and the least processor time counts, so that a busy machine does
not decide.
"""

from __future__ import annotations

import argparse
import platform
import re
import time
from pathlib import Path

import yaml

from kentongan.agencies import Attributor
from kentongan.config import AgencyConfig, load_config
from kentongan.places import places

ROOT = Path(__file__).parents[1]
SIZES = (0, 500, 5000)
ROUNDS = 7
SYLLABLES = re.findall("..", "babebibodadugagihajakakekilalelumamomenanipaporarisasitatewayoto")


def generated(count: int) -> dict[str, AgencyConfig]:
    """So many made-up offices with names as long as real ones."""
    found = {}
    for n in range(count):
        place = "".join(SYLLABLES[n // 32**digit % 32] for digit in range(3)).title()
        found[f"dinas-{n}"] = AgencyConfig.model_validate({
            "name": f"Dinas Kesehatan Kabupaten {place}", "aliases": [f"Dinkes {place}", f"RSUD {place}", f"@dinkes_{place.lower()}", f"~{place}"],
            "context": ["dinkes", "bupati", "puskesmas"], "exclude": [f"Desa {place}"], "official_accounts": {"x": f"humas_{place.lower()}"},
        })  # fmt: skip
    return found


def read_texts() -> list[str]:
    """The project's own hand-written cases, and each of them again in a longer text about nobody."""
    groups = yaml.safe_load((ROOT / "tests" / "fixtures" / "attribution_cases.yml").read_text(encoding="utf-8"))
    short = [line.partition(" | ")[2] for block in groups.values() for line in block.splitlines()]
    filler = "Tadi pagi saya berangkat kerja naik kereta, hujan rintik dan jalanan ramai seperti biasa."
    return short + [f"{filler} {text} {filler}" for text in short]


def measure() -> list[tuple[int, float, float]]:
    """(agencies, microseconds per text, seconds to build) for each size."""
    texts = read_texts()
    own = load_config(ROOT / "config").agencies
    readers = []
    for size in SIZES:
        start = time.process_time()
        reader = Attributor({**own, **generated(size)})
        readers.append((len(own) + size, reader, time.process_time() - start))
    best = dict.fromkeys((count for count, _, _ in readers), float("inf"))
    for _ in range(ROUNDS):
        for count, reader, _ in readers:
            start = time.process_time()
            for text in texts * 5:
                reader.attribute(text)
            best[count] = min(best[count], (time.process_time() - start) / (5 * len(texts)))
    return [(count, best[count] * 1e6, built) for count, _, built in readers]


def places_us() -> float:
    """Microseconds per text to find the places it names, among 552."""
    texts, finder, best = read_texts(), places(), float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for text in texts * 5:
            finder.find(text)
        best = min(best, (time.process_time() - start) / (5 * len(texts)))
    return best * 1e6


def table(rows: list[tuple[int, float, float]]) -> str:
    """The results as Markdown."""
    runs = f"least of {ROUNDS} rounds of processor time, {len(read_texts())} texts"
    how = f"`python bench/attribution.py`, Python {platform.python_version()}, one core, {runs}."
    head = "| agencies | µs per text | against ten | texts per second | seconds to build |\n|---:|---:|---:|---:|---:|"
    lines = ["# What attribution costs", "", how, "", head]
    lines += [f"| {n:,} | {us:.1f} | {us / rows[0][1]:.2f} | {1e6 / us:,.0f} | {built:.2f} |" for n, us, built in rows]
    lines += ["", f"Finding the places that a text names costs {places_us():.1f} µs more."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    text = table(measure())
    target = parser.parse_args().out
    if target:
        target.write_text(text, encoding="utf-8")
    print(text)
