"""How well claims are found again and told from everyday talk: the tables that `quality_hoax.py` puts into its result."""

from __future__ import annotations

import csv
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import yaml
from train_claims import Pairs, claims_of, corrects, learn, licensed_texts, stories
from train_sources import Folder

from kentongan.ports import ScoreRequest
from kentongan.records import Claim
from kentongan.scoring.claim_grams import ClaimReader
from kentongan.scoring.claims import HashedClaimIndex
from kentongan.scoring.scorer import open_scorer

JUDGED = Path(__file__).with_name("claims_judged.csv")
CASES = Path(__file__).parents[1] / "tests" / "scoring" / "hoax_cases.yml"
HALVES = (
    (("satria2020", "factcheck1k", "turnbackhoax2025"), ("polri", "coretax", "mobile_jkn", "news 2017")),
    (("turnbackhoax2024",), ("bpjs", "pertamina", "blackout", "mypertamina", "news 2025")),
)
FOUND = "| claims in the base | R@1 | R@1, or another headline of the story | R@5 | called a match | right and called a match | microseconds |"
NO_WORD = "share nothing with their headline"


def cases_table() -> list[str]:
    """Pass rates of the hand-written cases."""
    claims = yaml.safe_load(CASES.read_text(encoding="utf-8"))["claims"]
    index = HashedClaimIndex()
    index.add(claims_of([entry["title"] for entry in claims]))
    scorer = open_scorer(index, "fast")
    lines = [
        "Hand-written cases (tests/scoring/hoax_cases.yml; synonyms were written with some of them in sight):",
        "",
        "| group | right |",
        "|---|---|",
    ]
    for group in ("spreads", "languages", "negates", "corrects", "asks", "checks", "subject"):
        cases = [(str(number), text) for number, entry in enumerate(claims) for text in entry.get(group, ())]
        scores = scorer.score([ScoreRequest(text=text) for _, text in cases])
        spreads = group in ("spreads", "languages")
        right = sum(
            (s.hoax.likelihood >= 0.5 and s.hoax.claim_id == wanted) if spreads else s.hoax.likelihood < 0.5
            for (wanted, _), s in zip(cases, scores, strict=True)
        )
        lines.append(f"| {group} | {right} of {len(cases)} |")
    return lines


def found_line(name: str, index: HashedClaimIndex, sought: Sequence[tuple[str, str]]) -> str:
    """One row of the table FOUND."""
    index.nearest("pemanasan")
    started = time.process_time()
    found = [index.nearest(text, 5) for text, _ in sought]
    spent = (time.process_time() - started) / len(sought) * 1e6
    reader = ClaimReader()
    first, near, five, called = [], [], [], []
    for (_, title), matches in zip(sought, found, strict=True):
        same = [m.claim.title.casefold() == title.casefold() for m in matches]
        first.append(bool(same) and same[0])
        five.append(any(same))
        called.append(bool(matches) and matches[0].matched)
        mine = stories(title, reader)
        theirs = stories(matches[0].claim.title, reader) if matches else set()
        near.append(first[-1] or (bool(theirs) and len(mine & theirs) >= 0.5 * len(mine | theirs)))
    both = np.mean([a and b for a, b in zip(first, called, strict=True)])
    return f"| {name} | {np.mean(first):.3f} | {np.mean(near):.3f} | {np.mean(five):.3f} | {np.mean(called):.3f} | {both:.3f} | {spent:.0f} |"


def hashed(text: str) -> str:
    """How a text or a headline is named in JUDGED."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def interval(right: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    p, z = right / of, 1.96
    middle, half = p + z * z / (2 * of), z * float(np.sqrt(p * (1 - p) / of + z * z / (4 * of * of)))
    return (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)


def story_lines(index: HashedClaimIndex, sought: Sequence[tuple[str, str]]) -> list[str]:
    """R@1 and R@5 where another fact-check of the same story counts too, from the misses that were read by hand (JUDGED).

    A headline that nobody read for a text counts as another story, so the figures are lower bounds.
    """
    with JUDGED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    tells = {row["text_sha256"]: row["tells"] == "1" for row in rows}
    story = {(row["text_sha256"], row["headline_sha256"]) for row in rows if row["verdict"] == "story"}
    deep = {row["text_sha256"] for row in rows if row["read"] == "5"}
    own: dict[int, list[bool]] = {1: [], 5: []}
    read: dict[int, list[tuple[bool, bool]]] = {1: [], 5: []}  # of the misses that were read: (by story right, tells its claim)
    for text, title in sought:
        found = index.nearest(text, 5)
        same = [match.claim.title.casefold() == title.casefold() for match in found]
        name = hashed(text)
        for k, hits in own.items():
            hits.append(any(same[:k]))
            if not hits[-1] and name in (tells if k == 1 else deep):
                read[k].append((any((name, hashed(match.claim.title)) in story for match in found[:k]), tells[name]))
    lines = [
        "Misses read by hand (`claims_judged.csv`: hashes and verdicts; drawn from the misses of the ranking before this one). Another",
        "fact-check of the same story counts as right; a headline that nobody read for a text counts as wrong:",
        "",
        "| | own headline | misses read | of them right by story | by story (95 %) | do not tell their claim |"
        " by story, of the texts that tell theirs (95 %) |",
        "|---|---|---|---|---|---|---|",
    ]
    for k, misses in read.items():
        share, right, of = float(np.mean(own[k])), sum(r for r, _ in misses), len(misses)
        low, high = (share + (1 - share) * bound for bound in interval(right, of))
        silent = sum(not told for _, told in misses)
        wrong = [(1 - bound) * (1 - share) for bound in interval(sum(r or not told for r, told in misses), of)]
        telling = 1 - (1 - share) * sum(not told and not r for r, told in misses) / of
        least, most = (1 - part / telling for part in wrong)
        lines.append(
            f"| R@{k} | {share:.3f} | {of} | {right} | {share + (1 - share) * right / of:.3f} ({low:.3f}–{high:.3f}) | {silent} |"
            f" {1 - (1 - share) * sum(told and not r for r, told in misses) / of / telling:.3f} ({least:.3f}–{most:.3f}) |"
        )
    return lines


def altered(text: str) -> str:
    """Another version of a circulating text: its sentences turned round, every third word left out."""
    words = text.split()
    middle = len(words) // 2
    return " ".join(word for number, word in enumerate(words[middle:] + words[:middle]) if number % 3 != 1)


def false_matches(index: HashedClaimIndex, streams: Mapping[str, Sequence[str]]) -> list[str]:
    """How many everyday texts match a claim."""
    lines = []
    for name, texts in streams.items():
        matched = [text for text in texts if any(m.matched for m in index.nearest(text))]
        talked = sum(map(corrects, matched))
        lines.append(f"| {name} | {len(texts)} | {len(matched) / len(texts):.2%} | {(len(matched) - talked) / len(texts):.2%} |")
    return lines


def claim_tables(folder: Folder, pairs: Pairs, more: Sequence[str], everyday: Mapping[str, Sequence[str]]) -> list[str]:
    """Searching, matching, scale."""
    sought = pairs["turnbackhoax2024"]
    titles = [title for _, title in sought]
    base = [*titles, *(title for _, title in pairs["factcheck1k"]), *more]
    recombined = [f"{a[: len(a) // 2]}{b[len(b) // 2 :]}" for a, b in zip(base * 12, base[7:] * 12, strict=False)]
    reader = ClaimReader()
    apart = np.mean([not stories(text, reader) & stories(title, reader) for text, title in sought])
    lines = [
        f"Circulating text to the headline of its fact-check (turnbackhoax2024; {apart:.1%} of the texts {NO_WORD}, not a word by meaning and",
        "without affixes). The largest base is filled up with recombined headlines, which are harder distractors than real ones. The last row has",
        "the circulating text in the base too, as many feeds bring it, and seeks it by an altered version (turned round, every third word left out):",
        "",
        FOUND,
        "|---|---|---|---|---|---|---|",
    ]
    judged: list[str] = []
    for some in (titles, base, [*base, *recombined][:100_000]):
        index = HashedClaimIndex()
        index.add(claims_of(some))
        judged = judged or story_lines(index, sought)
        lines.append(found_line(str(len(index)), index, sought))
    index = HashedClaimIndex()
    index.add([replace(claim, text=text) for claim, (text, _) in zip(claims_of(titles), sought, strict=True)])
    lines.append(found_line(f"{len(index)}, with texts", index, [(altered(text), title) for text, title in sought]))
    return [*lines, "", *judged, "", *across(folder, pairs, more, everyday), "", *growing([*base, *recombined][:100_000])]


def across(folder: Folder, pairs: Pairs, more: Sequence[str], everyday: Mapping[str, Sequence[str]]) -> list[str]:
    """Everything learned on one half of the collections and streams, measured on the other."""
    general = licensed_texts(folder)
    search, false = [], []
    for (collections, streams), (test_collections, test_streams) in (HALVES, HALVES[::-1]):
        model = learn({k: pairs[k] for k in collections}, more, {k: everyday[k] for k in streams}, general)
        index = HashedClaimIndex(model)
        index.add(claims_of([*(title for k in test_collections for _, title in pairs[k]), *more]))
        search += [found_line(f"{k}, {len(index)}", index, pairs[k]) for k in test_collections]
        false += false_matches(index, {k: everyday[k] for k in test_streams})
    return [
        "Across collections: weights and threshold learned on one half of the collections and streams, measured on the other (base: the other",
        "half's headlines and komdigi's; komdigi tells many of the same stories in other words, which count as wrong here):",
        "",
        FOUND,
        "|---|---|---|---|---|---|---|",
        *search,
        "",
        "| everyday texts, unseen | how many | claim matched | the same without those that correct a rumour |",
        "|---|---|---|---|",
        *false,
    ]


def growing(titles: Sequence[str]) -> list[str]:
    """What it costs to add to a large base."""
    index = HashedClaimIndex()
    started = time.process_time()
    index.add(claims_of(titles))
    whole = time.process_time() - started
    took = []
    for number in range(20):
        fresh: list[Claim] = [replace(claims_of([f"Kabar baru {number} tentang {titles[number]}"])[0], id=f"new{number}")]
        started = time.process_time()
        index.add(fresh)
        took.append(time.process_time() - started)
    return [
        f"A base of {len(titles)} claims is made in {whole:.1f} s of CPU time; one claim more costs {np.median(took) * 1e3:.1f} ms (median of 20)."
    ]
