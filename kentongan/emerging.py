"""What people have begun to talk about: words and pairs of words whose share has risen against the past. Needs no list of topics. Pure.

A word counts once per text, once per cluster of copies, and in at most MOST_OF_ONE texts of one author, so that neither a campaign of one text nor
one loud account is a crowd. A term is told when it is far more frequent than the past explains: Dunning's log-likelihood ratio (1993) of the two
shares, at least as many texts as MIN_TEXTS and twice the past's share. Among many words some rise by chance: the more words are looked at, the more
it takes (Bonferroni), so that one of twenty quiet windows tells a word for nothing.
Words that people mostly write like names (capitals inside a sentence) are left out, and so is what follows a form of address: a private person's name
is no topic.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from importlib import resources
from math import erfc, log, sqrt

import yaml

from kentongan.text import PASSING

MIN_TEXTS = 4
MOST_OF_ONE = 2
CHANCE, CHANCE_OF_ONE = 0.05, 0.001  # at most so often a window in which nothing is new tells a word; and so often a single word of it
MIN_LIFT = 2.0
MOST_TERMS = 60_000  # counted at once; then those seen once are dropped
_TOKEN = re.compile(r"(?:https?://|www\.)\S+|[@\[]\S+|#?[^\W\d_](?:[^\W_]|-(?=[^\W_]))*|[.,!?\n:]")


def _read_words() -> tuple[frozenset[str], frozenset[str]]:
    content = yaml.safe_load((resources.files("kentongan") / "empty_words.yml").read_text(encoding="utf-8"))
    return frozenset(content["address"]), PASSING.union(content["empty"])


_ADDRESS, _EMPTY = _read_words()


@dataclass(slots=True)
class TermCounts:
    """How many texts hold each word and pair of words. Bounded: rare terms are forgotten first."""

    texts: int = 0
    terms: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)  # texts in which it was written like a name
    _clusters: set[str] = field(default_factory=set)
    _authors: Counter[str] = field(default_factory=Counter)

    def add(self, text: str, cluster_id: str = "", author: str = "") -> None:
        """Count one text; a copy of one that was counted says nothing new, nor does who has been heard MOST_OF_ONE times. author: "" = not known."""
        if author and self._authors[author] == MOST_OF_ONE:
            return
        if cluster_id:
            if cluster_id in self._clusters:
                return
            self._clusters.add(cluster_id)
        self._authors[author] += bool(author)
        self.texts += 1
        found, names = _terms(text)
        self.terms.update(found)
        self.named.update(names)
        if len(self.terms) > MOST_TERMS:
            self.terms = Counter({term: count for term, count in self.terms.items() if count > 1})
            self.named = Counter({term: count for term, count in self.named.items() if term in self.terms})


@dataclass(frozen=True, kw_only=True, slots=True)
class Emerging:
    term: str
    texts: int
    share: float  # 0-1, of the window's texts
    past_share: float  # 0-1, of the past's


def emerging(window: TermCounts, past: TermCounts, *, ignore: Collection[str] = (), limit: int = 5) -> tuple[Emerging, ...]:
    """The terms that rose most, strongest first; empty without a past to compare with.

    ignore: words that say nothing here, e.g. the agency's own names. Of a pair and its words the pair is told where it is nearly as frequent.
    """
    if window.texts < MIN_TEXTS or past.texts < MIN_TEXTS:
        return ()
    quiet = {word.lower() for word in ignore}
    tried = sum(count >= MIN_TEXTS for count in window.terms.values())
    rising: dict[str, tuple[float, Emerging]] = {}
    for term, count in window.terms.items():
        before = past.terms.get(term, 0)
        share, past_share = count / window.texts, before / past.texts
        if count < MIN_TEXTS or share < MIN_LIFT * past_share or any(word in quiet for word in term.split()):
            continue
        if 2 * window.named[term] >= count:
            continue
        ratio = _likelihood_ratio(count, window.texts, before, past.texts)
        if erfc(sqrt(ratio / 2)) <= min(CHANCE / tried, CHANCE_OF_ONE):  # the upper tail of chi-square with one degree of freedom
            rising[term] = ratio, Emerging(term=term, texts=count, share=share, past_share=past_share)
    told: list[Emerging] = []
    for _, one in sorted(rising.values(), key=lambda pair: (-pair[0] * (1.3 if " " in pair[1].term else 1.0), pair[1].term)):
        words = set(one.term.split())
        if not any(words & set(other.term.split()) for other in told):
            told.append(one)
        if len(told) == limit:
            break
    return tuple(told)


def common(counted: TermCounts, share: float, limit: int) -> tuple[str, ...]:
    """The single words that at least this share (0-1) of the texts hold, two texts at least where there are more than one; most used first."""
    floor = max(2, share * counted.texts) if counted.texts > 1 else 1
    ranked = sorted(((n, word) for word, n in counted.terms.items() if n >= floor and " " not in word), key=lambda one: (-one[0], one[1]))
    return tuple(word for _, word in ranked[:limit])


def words_in(text: str) -> frozenset[str]:
    """The words of one text as they are counted: no handles, links, numbers and words that say nothing."""
    return frozenset(term for term in _terms(text)[0] if " " not in term)


def count_terms(texts: Iterable[tuple[str, str, str]]) -> TermCounts:
    """The counts of (text, cluster, author)."""
    counts = TermCounts()
    for text, cluster_id, author in texts:
        counts.add(text, cluster_id, author)
    return counts


def _likelihood_ratio(count: int, total: int, before: int, past: int) -> float:
    """Dunning's G2 of two shares, > 0 where they differ."""
    expected = (count + before) / (total + past)

    def part(seen: float, wanted: float) -> float:
        return seen * log(seen / wanted) if seen else 0.0

    return 2 * (
        part(count, total * expected)
        + part(total - count, total * (1 - expected))
        + part(before, past * expected)
        + part(past - before, past * (1 - expected))
    )


def _terms(text: str) -> tuple[set[str], set[str]]:
    """(words and neighbouring pairs, those written like names)."""
    found: set[str] = set()
    names: set[str] = set()
    last, last_named, begins, addressed, chain = "", False, True, False, False
    for piece in _TOKEN.findall(text):
        if piece in ".,!?:\n":
            last, begins, addressed, chain = "", piece != ",", False, False
            continue
        word = piece.lstrip("#").lower()
        if piece[0] in "@[" or word.startswith(("http", "www.")):
            last, begins = "", False
            continue
        capital = piece[0].isupper() and not piece.isupper()
        named = addressed or (capital and (chain or not begins))
        addressed, chain = word in _ADDRESS, named and capital
        begins = False
        if word in _EMPTY or word in _ADDRESS or len(word) < 3:
            last = ""
            continue
        found.add(word)
        if named:
            names.add(word)
        if last:
            found.add(f"{last} {word}")
            if named or last_named:
                names.add(f"{last} {word}")
        last, last_named = word, named
    return found, names
