"""The project's own search questions, over hand-written mentions (nobody's words), and how well a store answers them.

A mention is expected when every word asked for occurs in it in some form: inflected, in slang, as an abbreviation, with a slip of the keyboard,
or run together in a hashtag; what stands in quotes only as it was typed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from kentongan import records as r
from kentongan.ports import MentionQuery, MentionStore
from tests.factories import T0, mention

FOLDER = Path(__file__).parents[1] / "fixtures" / "search"
PAGE = 10


@dataclass(frozen=True, kw_only=True)
class Question:
    """One query with the numbers of the mentions that answer it; `agency` is chosen beside it."""

    about: str
    text: str
    hits: frozenset[str]
    agency: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a store gave on its first page."""

    question: Question
    found: tuple[str, ...]

    @property
    def recall(self) -> float:
        """Share of the expected mentions that are on the page."""
        return len(self.question.hits & set(self.found)) / len(self.question.hits)

    @property
    def precision(self) -> float:
        """Share of the page that was expected; 0 for an empty page."""
        return len(self.question.hits & set(self.found)) / len(self.found) if self.found else 0.0


def corpus(file: str = "corpus.tsv") -> list[r.ScoredMention]:
    """The mentions; `native_id` is the number in the file."""
    lines = [line.split("\t") for line in (FOLDER / file).read_text(encoding="utf-8").splitlines()]
    return [
        mention(native_id=number, agencies=(agency,), text=text, published_at=T0 + at * timedelta(minutes=1))
        for at, (number, agency, text) in enumerate(lines)
    ]


def questions(file: str = "queries.tsv") -> Iterator[Question]:
    """The queries."""
    for line in (FOLDER / file).read_text(encoding="utf-8").splitlines():
        about, text, hits, *agency = line.split("\t")
        yield Question(about=about, text=text, hits=frozenset(hits.split()), agency="".join(agency))


def ask(store: MentionStore, asked: Iterator[Question]) -> list[Answer]:
    """The first page of ten for each question."""
    found = []
    for one in asked:
        page = store.search(MentionQuery(text=one.text, agency=one.agency), limit=PAGE)
        found.append(Answer(question=one, found=tuple(hit.mention.native_id for hit in page.mentions)))
    return found


def mean(values: list[float]) -> float:
    """Their mean."""
    return sum(values) / len(values)


def by_phenomenon(answers: list[Answer]) -> dict[str, list[Answer]]:
    """The answers under what their question is about, in the order of the file; all of them under `all`."""
    groups: dict[str, list[Answer]] = defaultdict(list)
    for one in answers:
        groups[one.question.about].append(one)
    return {**groups, "all": answers}
