"""The scorer: reads a batch once, then says language, sentiment, hoax likelihood and topics, each with its reasons.

Two tiers of sentiment behind one door: a linear model reads everything, a transformer what that one is unsure of. Who reads a text is decided
by the text alone, so what is counted never changes because there is a crisis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from kentongan.errors import ConfigError
from kentongan.ports import ClaimIndex, Scorer, ScoreRequest
from kentongan.records import Evidence, Label, Score, Sentiment
from kentongan.scoring.aspects import Aspects, read_aspects
from kentongan.scoring.hoax import NOTHING_SAID, judge
from kentongan.scoring.hoax_features import Spots
from kentongan.scoring.language import languages
from kentongan.scoring.model import POLAR, load_model
from kentongan.scoring.ngrams import EMOJI, LETTERS
from kentongan.scoring.phrases import TOPIC, load_matcher
from kentongan.scoring.reader import Reader, Reading
from kentongan.scoring.sentiment import SHARED_CONFIDENCE, Feeling, Odds, against_each_other, chances, decided, silent, weigh, worded
from kentongan.scoring.strong import StrongTier, load_strong, missing
from kentongan.words import say

Array = np.ndarray[Any, Any]
RULES_VERSION = "5"  # raised when code changes what is said of a text; weights and word lists add their own fingerprint
LOOKED_AT = 3  # nearest claims: the most similar one that tells the same story counts
Tier = Literal["auto", "fast", "strong"]
BATCH = 1024  # texts read at once: bounds memory


def open_scorer(claims: ClaimIndex | None = None, tier: Tier = "auto") -> Scorer:
    """The scorer with a claim base behind it, or without one. Takes a second or two the first time on a machine: it compiles.

    tier: `fast`, the linear model alone; `strong`, the transformer reads everything; `auto`, it reads what the linear model is unsure of, where
    its packages are installed. Raises ConfigError when `strong` is asked for and is not there, or its files are damaged.
    """
    lacking = missing() if tier != "fast" else []
    if tier == "strong" and lacking:
        raise ConfigError(
            say(
                f"tingkat `strong` butuh {', '.join(lacking)}; pasang dengan `make install`, atau pakai --tier auto",
                f"the tier `strong` needs {', '.join(lacking)}; install with `make install`, or use --tier auto",
            )
        )
    return TieredScorer(claims, None if tier == "fast" or lacking else load_strong(), everything=tier == "strong")


def confirmed(texts: Sequence[str]) -> int | None:
    """How many of these texts the strong tier calls negative; None where it cannot run."""
    if missing():
        return None
    scores = open_scorer(tier="strong").score([ScoreRequest(text=text) for text in texts])
    return sum(score.sentiment.label == "negative" for score in scores)


class TieredScorer:
    """Linear models on hashed n-grams, named features, phrase lists, and the strong tier. The same text gives the same score in any batch."""

    def __init__(self, claims: ClaimIndex | None = None, strong: StrongTier | None = None, *, everything: bool = False) -> None:
        self._model = load_model()
        self._matcher = load_matcher()
        self._reader = Reader(self._model.table, POLAR)
        self._claims = claims
        self._strong = strong
        self._everything = everything
        fast = f"{RULES_VERSION}-{self._model.fingerprint}"
        self.version = f"{'strong' if everything else 'auto'}-{fast}-{strong.fingerprint}" if strong else f"fast-{fast}"

    def score(self, requests: Sequence[ScoreRequest]) -> list[Score]:
        """One score per request, same order. Raises nothing for odd text: empty text is neutral, unsure."""
        scores: list[Score] = []
        for start in range(0, len(requests), BATCH):
            scores += self._batch(requests[start : start + BATCH])
        return scores

    def _batch(self, requests: Sequence[ScoreRequest]) -> list[Score]:
        reading = self._reader.read([_joined(request) for request in requests])
        tongues = languages(self._model.language_logits(reading.sums, reading.counts), reading.styles)
        styles = reading.styles.tolist()
        speaks = (reading.styles[:, LETTERS] + reading.styles[:, EMOJI] > 0).tolist()  # links, handles, numbers and dots alone say nothing
        odds = self._odds(reading, speaks, tongues)
        tops = reading.tops.reshape(len(requests), 2, -1)
        scores = []
        apart: list[tuple[int, Aspects]] = []
        for number, request in enumerate(requests):
            text = reading.texts[number]
            low = " ".join(text.lower().split())
            spots = self._matcher.find(low)
            match = None
            if speaks[number]:
                sentiment, reasons = _felt(odds[number], low, tongues[number], request.rating, spots)
                reasons = _words(text, tops[number], sentiment.label) + reasons
                if self._claims is not None:
                    match = next((m for m in self._claims.nearest(text, LOOKED_AT) if m.matched), None)
            else:
                sentiment, reasons = silent(request.rating), ()
            scores.append(
                Score(
                    lang=tongues[number],
                    sentiment=sentiment,
                    sentiment_by_agency=_shared(sentiment, request.agencies),
                    sentiment_evidence=reasons,
                    hoax=judge(styles[number], low, spots, request, match) if speaks[number] else NOTHING_SAID,
                    topics=tuple(sorted([group[len(TOPIC) :] for group in spots if group.startswith(TOPIC)])),
                    scorer_version=self.version,
                )
            )
            if len(request.agency_spans) > 1:
                aspects = read_aspects(_joined(request), request.agency_spans)
                if aspects.clauses:
                    apart.append((number, aspects))
        return self._set_apart(scores, apart) if apart else scores

    def _odds(self, reading: Reading, speaks: Sequence[bool], tongues: Sequence[str]) -> list[list[float]]:
        """Log-odds of negative, neutral, positive for each text; of both tiers where the strong one reads."""
        odds = self._model.sentiment_logits(reading.sums, reading.counts)
        if self._strong is not None:
            sure = [max(chances((row[0], row[1], row[2]))) for row in odds.tolist()]
            asked = [
                n
                for n, (lang, text) in enumerate(zip(tongues, reading.texts, strict=True))
                if speaks[n] and (self._everything or self._strong.reads(sure[n], lang, len(text)))
            ]
            odds[asked] = self._strong.log_odds([reading.texts[n] for n in asked], odds[asked])
        found: list[list[float]] = odds.tolist()
        return found

    def _set_apart(self, scores: list[Score], apart: Sequence[tuple[int, Aspects]]) -> list[Score]:
        """The scores with a sentiment of its own for each agency whose clauses stand apart."""
        clauses = [(number, clause) for number, aspects in apart for clause in aspects.clauses.values()]
        reading = self._reader.read([clause for _, clause in clauses])
        odds = self._odds(reading, [True] * len(clauses), [scores[number].lang for number, _ in clauses])
        rows = iter(range(len(clauses)))
        for number, aspects in apart:
            felt: dict[str, Odds] = {}
            for slug in aspects.clauses:
                row = next(rows)
                low = " ".join(reading.texts[row].lower().split())
                felt[slug] = _weighed(odds[row], low, scores[number].lang, None, self._matcher.find(low)).odds
            shared = Counter(aspects.clauses.values())
            own = {slug: decided(moved) for slug, moved in against_each_other(felt, aspects.turns, aspects.preferred).items()}
            for slug, clause in aspects.clauses.items():
                if shared[clause] > 1:  # a clause that others share says less of each
                    own[slug] = _shared(own[slug], ("", slug))[slug]
            scores[number] = replace(scores[number], sentiment_by_agency={**scores[number].sentiment_by_agency, **own})
        return scores


def _joined(request: ScoreRequest) -> str:
    return f"{request.title}\n{request.text}" if request.title else request.text


def _shared(sentiment: Sentiment, agencies: Sequence[str]) -> dict[str, Sentiment]:
    """One sentiment for all agencies named: its own where there is one, with less confidence where there are several."""
    if len(agencies) < 2:
        return dict.fromkeys(agencies, sentiment)
    confidence = round(sentiment.confidence * SHARED_CONFIDENCE, 4)
    less = Sentiment(label=sentiment.label, score=sentiment.score, confidence=confidence, unsure=sentiment.unsure or confidence < 0.5)
    return dict.fromkeys(agencies, less)


def _felt(odds: Sequence[float], text: str, lang: str, rating: int | None, spots: Spots) -> tuple[Sentiment, tuple[Evidence, ...]]:
    feeling = _weighed(odds, text, lang, rating, spots)
    return decided(feeling.odds), tuple(feeling.reasons)


def _weighed(odds: Sequence[float], text: str, lang: str, rating: int | None, spots: Spots) -> Feeling:
    feeling = Feeling((odds[0], odds[1], odds[2]))
    weigh(feeling, text=text, lang=lang, rating=rating, spots=spots)
    return feeling


def _words(text: str, tops: Array, label: Label) -> tuple[Evidence, ...]:
    """The evidence of the words, for a text that is not neutral. tops: places of the strongest words for negative and for positive."""
    if label == "neutral":
        return ()
    places = iter(tops[int(label == "positive")].tolist())
    words = dict.fromkeys([text[start:end] for start, end in zip(places, places, strict=True) if end])
    return (worded(label, list(words)),) if words else ()
