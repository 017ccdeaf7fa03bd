"""From logits to a sentiment: rating, sarcasm cues and TextBlob move the log-odds; the label comes with a calibrated confidence and reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp

from kentongan.records import Evidence, Label, Sentiment
from kentongan.scoring.english import polarity
from kentongan.scoring.hoax_features import Spots
from kentongan.scoring.model import LABELS

Odds = tuple[float, float, float]  # log-odds of negative, neutral, positive
# Log-odds that a star rating adds to (negative, neutral, positive): evidence, not a verdict; people do give five stars to a complaint.
RATINGS = {1: (1.6, 0.0, -1.6), 2: (1.0, 0.1, -1.0), 3: (0.1, 0.5, -0.1), 4: (-0.8, 0.0, 0.9), 5: (-1.2, -0.2, 1.4)}
SARCASM = (1.6, 0.0, -1.6)  # thanks or praise beside trouble, without relief
ENGLISH_GAIN = 1.0  # log-odds of a TextBlob polarity of 1
ENGLISH_BELOW = 0.9  # English that the model is surer of than this is not shown to TextBlob (it takes a millisecond a text)
UNSURE_BELOW = 0.55  # confidence; chosen on the project's own labels (bench/quality_sentiment.py)
SHARED_CONFIDENCE = 0.8  # factor where one sentiment must do for several agencies
TURN_GAIN = 1.5  # log-odds that a clear feeling about one agency adds to the opposite about the one that the text sets against it
PREFERENCE = 2.0  # log-odds for the better and against the worse of two that are compared


@dataclass(slots=True)
class Feeling:
    """The log-odds of one text while they are being weighed."""

    odds: Odds
    reasons: list[Evidence] = field(default_factory=list)

    def move(self, by: Odds, kind: str, text_id: str, text_en: str) -> None:
        """Add to (negative, neutral, positive) and say why."""
        self.odds = (self.odds[0] + by[0], self.odds[1] + by[1], self.odds[2] + by[2])
        self.reasons.append(Evidence(kind=f"sentiment:{kind}", weight=round(by[0] - by[2], 3), text_id=text_id, text_en=text_en))


def weigh(feeling: Feeling, *, text: str, lang: str, rating: int | None, spots: Spots) -> None:
    """Let what stands beside the words count: sarcasm cues, TextBlob for English, the star rating."""
    if "feeling:thanks" in spots and "feeling:trouble" in spots and "feeling:relief" not in spots:
        start, end = spots["feeling:trouble"][0]
        trouble = text[start:end]
        feeling.move(
            SARCASM,
            "sarcasm",
            f"Terima kasih atau pujian di samping keluhan “{trouble}”: mungkin sindiran",
            f"Thanks or praise beside the trouble “{trouble}”: perhaps sarcasm",
        )
    if lang == "en" and max(chances(feeling.odds)) < ENGLISH_BELOW:
        mood, involved = polarity(text)
        by = (-ENGLISH_GAIN * mood, -0.5 * ENGLISH_GAIN * abs(mood) - (involved - 0.4), ENGLISH_GAIN * mood)
        feeling.move(by, "textblob", f"TextBlob (bahasa Inggris): {mood:+.2f}", f"TextBlob (English): {mood:+.2f}")
    if rating in RATINGS:
        feeling.move(RATINGS[rating], "rating", f"Diberi {rating} dari 5 bintang", f"Rated {rating} of 5 stars")


def chances(odds: Odds) -> Odds:
    """Probabilities of negative, neutral, positive."""
    top = max(odds)
    negative, neutral, positive = exp(odds[0] - top), exp(odds[1] - top), exp(odds[2] - top)
    total = negative + neutral + positive
    return negative / total, neutral / total, positive / total


def against_each_other(felt: Mapping[str, Odds], turns: Iterable[tuple[str, str]], preferred: Iterable[tuple[str, str]]) -> dict[str, Odds]:
    """The log-odds of each agency after what the text says of another counts for it too: see `aspects.Aspects`."""
    found = dict(felt)
    for better, worse in preferred:
        if better in found and worse in found:
            found[better], found[worse] = _pushed(found[better], PREFERENCE), _pushed(found[worse], -PREFERENCE)
    for pair in turns:
        if all(slug in found for slug in pair):
            moods = {slug: (odds := chances(found[slug]))[2] - odds[0] for slug in pair}
            strong, weak = sorted(pair, key=lambda slug: -abs(moods[slug]))
            found[weak] = _pushed(found[weak], -TURN_GAIN * moods[strong])
    return found


def _pushed(odds: Odds, by: float) -> Odds:
    """by: log-odds towards positive, < 0 towards negative; half of it is taken from neutral."""
    return odds[0] - by, odds[1] - abs(by) / 2, odds[2] + by


def decided(odds: Odds) -> Sentiment:
    """The sentiment of these log-odds."""
    found = chances(odds)
    confidence = max(found)
    label: Label = LABELS[found.index(confidence)]  # type: ignore[assignment]  # the three labels, in this order
    return Sentiment(label=label, score=round(found[2] - found[0], 4), confidence=round(confidence, 4), unsure=confidence < UNSURE_BELOW)


def silent(rating: int | None) -> Sentiment:
    """The sentiment of a text without words: neutral and unsure, unless there is a rating."""
    if rating in RATINGS:
        return decided(RATINGS[rating])
    return Sentiment(label="neutral", score=0.0, confidence=0.34, unsure=True)


def worded(label: Label, words: Sequence[str]) -> Evidence:
    """The words that moved it most, as a sentence."""
    quoted = ", ".join(f"“{word}”" for word in words)
    sides = {"negative": ("negatif", "negative", 1.0), "positive": ("positif", "positive", -1.0)}
    name_id, name_en, sign = sides[label]
    return Evidence(
        kind="sentiment:words",
        weight=sign,
        text_id=f"Kata yang paling mengarah ke {name_id}: {quoted}",
        text_en=f"Words that point most to {name_en}: {quoted}",
    )
