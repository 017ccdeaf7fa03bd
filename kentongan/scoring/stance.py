"""What a text does with a claim that it matches: spreads it, corrects it, or asks whether it is so. Read only where a claim is matched."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache
from typing import Any

from kentongan.scoring.claim_words import meaning
from kentongan.scoring.fact_checks import TRUE, split_headline
from kentongan.scoring.matching import PhraseMatcher, read_list


class Stance(StrEnum):
    SPREADS = "spreads"
    CORRECTS = "corrects"  # debunks, denies, warns
    ASKS = "asks"


_SENTENCE = re.compile(r"[.!?;\n]+(?:\s|$)")
_WORD = re.compile(r"[^\W_]+")
_HEADLINE = re.compile(r"[\[(]|[^:,!|]{4,40}[:,!|]")  # as fact-checkers begin: "[SALAH] ...", "Keliru, ..."
# A question that offers or supposes what the claim says asks nothing: "mau token gratis?", "kenapa media diam?"
_LURES = re.compile(
    r"\W*(?:mau|ingin|pengen|pengin|pingin|butuh|perlu|cari|sudah|sdh|udah|udh|tahukah|tau ?kah|tahu|siap|kapan|kenapa|mengapa|knp|siapa|gimana"
    r"|bagaimana|kok|berani|want|need|why|who|when|did you know|are you ready)\b"
)
_SHOWN = 60  # characters of a question that are quoted
_LONGEST_HEADLINE = 200  # characters
_SHORT = 25  # words: a longer text may question or doubt something else
_LEADS_ON = frozenset((  # words between a negator and what it denies
    "akan", "pernah", "ada", "jadi", "lagi", "bisa", "boleh", "perlu", "sedang", "ikut", "langsung", "yang", "satu", "pun", "membuka",
    "mengadakan", "memberi", "memberikan", "mengeluarkan", "melakukan", "membuat", "menerbitkan", "mengumumkan", "punya", "mempunyai",
    "menyatakan", "meminta", "menjadi", "dapat", "mendapat", "menyebabkan", "sebabkan", "mengakibatkan", "akibatkan", "memicu", "bikin",
    "program", "rencana", "niat", "kebijakan", "wacana",
    "to", "be", "been", "any", "going", "cause", "causes", "t",
))  # fmt: skip


@cache
def _cues() -> dict[str, Any]:
    lists = read_list("cues.yml")["about_a_claim"]
    return {
        "cues": PhraseMatcher({"doubt": lists["doubt"], "ask": lists["ask"], "not": read_list("cues.yml")["correction"]["not"]}),
        "denies": frozenset(lists["deny"]),
        "takes_away": frozenset(map(meaning, lists["takes_away"])),
    }


def stance(text: str, title: str, *, corrective: bool = False) -> tuple[Stance, str]:
    """(what the text does with the claim, the words that show it). Both texts in lower case with single blanks; title: of the claim.

    corrective: the claim's title may itself be the answer to the rumour, so that its denials are no excuse for the text's.
    """
    claimed = _WORD.findall(title)
    meanings = {found for word in claimed if len(word) > 2 and (found := meaning(word))}
    begin, end = _teller(text, meanings)
    short = text.count(" ") < _SHORT
    spots = _cues()["cues"].find(text)
    for at, until in spots.get("ask", ()):
        if text[at:until] not in title and short and ("?" in text or text.count(" ") < _SHORT / 2):
            return Stance.ASKS, text[at:until]
    if short and text.endswith("?") and text[begin:end].rstrip().endswith("?") and "?" not in title and not _LURES.match(text[begin:end]):
        return Stance.ASKS, text[begin:end].strip()[-_SHOWN:]
    for at, until in spots.get("doubt", ()):
        if (short or begin <= at < end) and (corrective or text[at:until] not in title) and "not" not in spots:
            return Stance.CORRECTS, text[at:until]
    if _HEADLINE.match(text):
        verdict, _ = split_headline(text[:_LONGEST_HEADLINE])
        if verdict and verdict not in TRUE:
            return Stance.CORRECTS, verdict
    denied = _denied(_WORD.findall(text[begin:end]), [] if corrective else claimed, meanings)
    return (Stance.CORRECTS, denied) if denied else (Stance.SPREADS, "")


def _teller(text: str, meanings: set[str]) -> tuple[int, int]:
    """Where the sentence stands that holds most words of the claim."""
    best, most, begin = (0, len(text)), -1, 0
    for ending in [*_SENTENCE.finditer(text), None]:
        end = ending.end() if ending else len(text)
        shared = len(meanings.intersection(map(meaning, _WORD.findall(text[begin:end]))))
        if shared > most:
            best, most = (begin, end), shared
        begin = end
    return best


def _denied(teller: Sequence[str], claimed: Sequence[str], meanings: set[str]) -> str:
    """The words with which the sentence that tells the claim denies a word of it, or ""."""
    own = {meaning(claimed[end]) for _, end in _denials(claimed, meanings)}
    if (meanings & _cues()["takes_away"]).difference(map(meaning, teller)):
        return ""  # "no longer get" is how people say "abolished"
    for place, end in _denials(teller, meanings):
        if meaning(teller[end]) not in own:
            return " ".join(teller[place : end + 1])
    return ""


def _denials(words: Sequence[str], meanings: set[str]) -> Iterator[tuple[int, int]]:
    """(place of a negator, of the word among `meanings` that it denies: the next but for words that lead on)."""
    denies = _cues()["denies"]
    for place, word in enumerate(words):
        if word in denies:
            end = place + 1
            while end < len(words) and words[end] in _LEADS_ON:
                end += 1
            if end < len(words) and meaning(words[end]) in meanings:
                yield place, end
