"""How likely a text spreads a hoax: a matched fact-check (strong), named features (weak), context; every part is shown as evidence.

The prior is a logistic regression over the named features (bench/train_hoax.py), shifted so that at most 1 % of everyday mentions of
agencies reach 0.5. Corrections, fact-checks and questions about a rumour are no hoaxes and are held down.
"""

from __future__ import annotations

import json
import math
from functools import cache
from importlib import resources
from typing import Any

from kentongan.clock import JAKARTA
from kentongan.ports import ClaimMatch, ScoreRequest
from kentongan.records import Category, Claim, Evidence, Hoax
from kentongan.scoring.claim_model import LEAST_SIMILAR
from kentongan.scoring.fact_checks import DISPUTED, IN_ENGLISH, TRUE
from kentongan.scoring.hoax_features import STYLE_FEATURES, Named, Spots, likelihood, phrase_value, style_features
from kentongan.scoring.matching import read_list
from kentongan.scoring.stance import Stance, stance

CORRECTED = 0.2  # a text that corrects or asks is never above it
TRUSTED = 0.05  # nor is a fact-checker or an agency's own account
REPORTED = 0.45  # nor a newsroom: it reports on rumours, and its headlines share their names with them
_STANCES = {
    Stance.CORRECTS: ("Meluruskan atau menyangkal kabar", "Corrects or denies a rumour"),
    Stance.ASKS: ("Menanyakan kebenaran kabar", "Asks whether a rumour is true"),
}
NEARLY = 0.55  # similarity that hardly more than a repetition of a claim's headline reaches
CLARIFIED = "klarifikasi"  # the verdict of an agency's own entry: its headline may be the rumour, or the answer to it
_CHECKED = ("klaim yang sudah diperiksa", "a claim that was checked")
_SHOWN = 4  # features named in the evidence
_LEAST = 0.3  # log-odds below which a feature is not worth a sentence
_NOTHING = Evidence(
    kind="none",
    weight=0.0,
    text_id="Tidak ditemukan tanda hoaks maupun cek fakta yang serupa.",
    text_en="No sign of a hoax and no similar fact-check found.",
)
NOTHING_SAID = Hoax(likelihood=0.01, evidence=(_NOTHING,))  # of a text without words


class HoaxPrior:
    """The named features with their learned weights."""

    def __init__(self) -> None:
        cues = read_list("cues.yml")
        learned = json.loads((resources.files("kentongan.scoring") / "hoax.json").read_text(encoding="utf-8"))
        named = [Named(name, int(group["sign"]), group["id"], group["en"]) for name, group in cues["hoax"].items()]
        self.named = {feature.name: feature for feature in (*named, *STYLE_FEATURES)}
        self.weights: dict[str, float] = learned["weights"]
        self.bias: float = learned["bias"]
        self.lift: float = learned["lift"]

    def features(self, style: Any, text: str, spots: Spots) -> dict[str, tuple[float, str]]:
        """Name -> (value, what was found)."""
        found = style_features(style, text, spots)
        for group, places in spots.items():
            if group.startswith("hoax:"):
                start, end = places[0]
                found[group[5:]] = (phrase_value(len(places)), text[start:end])
        return found


@cache
def load_prior() -> HoaxPrior:
    """The shipped prior, read once a process."""
    return HoaxPrior()


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def judge(style: Any, text: str, spots: Spots, request: ScoreRequest, match: ClaimMatch | None) -> Hoax:
    """The likelihood with its reasons.

    style: the reader's style counts; text: title and text in lower case with single blanks; match: the nearest claim that is the same story.
    """
    prior = load_prior()
    spoken: list[tuple[float, str, str]] = []
    log_odds = prior.bias
    for name, (value, found) in prior.features(style, text, spots).items():
        part = prior.weights.get(name, 0.0) * value
        log_odds += part
        spoken.append((part, name, found))
    taken, words = _taken(text, spots)
    claim = match.claim if match is not None and match.matched else None
    if claim is not None and taken is Stance.SPREADS:
        taken, words = stance(text, " ".join(claim.title.lower().split()), corrective=claim.verdict == CLARIFIED)
    spreads = taken is Stance.SPREADS
    log_odds, context = _with_context(log_odds, request, taken, words)
    chance = likelihood(log_odds, prior.lift)
    evidence = []
    if match is not None and claim is not None:
        chance, item = _with_claim(chance, log_odds, match, spreads)
        evidence.append(item)
    evidence += context
    evidence += _features_shown(spoken, prior)
    ceiling = TRUSTED if _is_trusted(request) else CORRECTED if not spreads else REPORTED if _is_newsroom(request) else 1.0
    return Hoax(likelihood=round(min(ceiling, chance), 4), evidence=tuple(evidence) or (_NOTHING,), claim_id=claim.id if claim else "")


def _taken(text: str, spots: Spots) -> tuple[Stance, str]:
    """What the text does, as far as its own words say so, and the words."""
    if "correction" in spots and "not_correction" not in spots:
        start, end = spots["correction"][0]
        return Stance.CORRECTS, text[start:end]
    return Stance.SPREADS, ""


def _is_trusted(request: ScoreRequest) -> bool:
    return request.category is Category.FACTCHECK or request.author_kind == "official"


def _is_newsroom(request: ScoreRequest) -> bool:
    return request.category is Category.NEWS or request.author_kind == "media"


def _features_shown(spoken: list[tuple[float, str, str]], prior: HoaxPrior) -> list[Evidence]:
    """The features that moved it most, as sentences; what speaks against it only where it is among them."""
    shown = []
    strong = [item for item in spoken if abs(item[0]) >= _LEAST]
    strong.sort(key=lambda item: (-abs(item[0]), item[1]))
    for part, name, found in strong[:_SHOWN]:
        named = prior.named[name]
        text_id, text_en = named.text_id.replace("{found}", found), named.text_en.replace("{found}", found)
        shown.append(Evidence(kind=f"feature:{name}", weight=round(part, 3), text_id=text_id, text_en=text_en))
    return shown


def _cited(claim: Claim, verdict: str) -> str:
    """Who found what, when (the day in Jakarta; left out where it is not known)."""
    day = "" if claim.published_at.year <= 1970 else f", {claim.published_at.astimezone(JAKARTA):%Y-%m-%d}"
    return f"{claim.publisher}{day}: “{claim.title}” [{verdict}]"


def _with_claim(chance: float, log_odds: float, match: ClaimMatch, spreads: bool) -> tuple[float, Evidence]:
    """The likelihood with a matched claim, and the sentence about it. chance: of the text without it; log_odds: behind the chance."""
    claim = match.claim
    source, source_en = _cited(claim, claim.verdict), _cited(claim, IN_ENGLISH.get(claim.verdict, claim.verdict))
    if claim.verdict in TRUE:
        return likelihood(log_odds - 1.0, load_prior().lift), Evidence(
            kind="claim_match", weight=-1.0, url=claim.url,
            text_id=f"Klaim serupa dinyatakan benar: {source}",
            text_en=f"A similar claim was found true: {source_en}",
        )  # fmt: skip
    if not spreads:
        return chance, Evidence(
            kind="claim_quoted", weight=0.0, url=claim.url,
            text_id=f"Membahas klaim yang sudah diperiksa, bukan menyebarkannya: {source}",
            text_en=f"Talks of a claim that was checked, does not spread it: {source_en}",
        )  # fmt: skip
    alike = min(1.0, max(0.0, (match.similarity - LEAST_SIMILAR) / 0.4))  # 0.4 above the least, the wording is nearly the same
    strength = 0.62 if claim.verdict in DISPUTED else 0.78 + 0.2 * alike
    raised = 1 / (1 + math.exp(-_logit(strength) - 0.1 * max(-3.0, min(2.0, log_odds))))
    near_id, near_en = ("Hampir sama", "Nearly the same as") if match.similarity >= NEARLY else ("Mirip", "Similar to")
    told_id, told_en = ("kabar yang sudah diklarifikasi", "a rumour that was clarified") if claim.verdict == CLARIFIED else _CHECKED
    gained = max(0.0, _logit(raised) - _logit(min(0.999, max(0.001, chance))))
    return max(chance, raised), Evidence(
        kind="claim_match", weight=round(gained, 3), url=claim.url,
        text_id=f"{near_id} dengan {told_id}: {source}",
        text_en=f"{near_en} {told_en}: {source_en}",
    )  # fmt: skip


def _with_context(log_odds: float, request: ScoreRequest, taken: Stance, words: str) -> tuple[float, list[Evidence]]:
    """The log-odds with what is known besides the features. taken: what the text does with the rumour; words: that show it."""
    found = []
    if taken is not Stance.SPREADS:
        log_odds -= 2.0
        what_id, what_en = _STANCES[taken]
        found.append(
            Evidence(
                kind="context:correction", weight=-2.0,
                text_id=f"{what_id}, bukan menyebarkannya: “{words}”",
                text_en=f"{what_en}, does not spread it: “{words}”",
            )
        )  # fmt: skip
    if request.category is Category.FACTCHECK:
        found.append(Evidence(kind="context:factcheck", weight=-3.0, text_id="Terbit di kanal cek fakta", text_en="Published by a fact-checker"))
    elif request.author_kind == "official":
        found.append(Evidence(kind="context:official", weight=-3.0, text_id="Dari akun resmi instansi", text_en="From an agency's own account"))
    elif _is_newsroom(request):
        log_odds -= 1.5
        found.append(Evidence(kind="context:news", weight=-1.5, text_id="Dari media berita", text_en="From a news outlet"))
    return log_odds, found
