"""Fact-check headlines to claims: "[SALAH] ...", "CEK FAKTA: ...", "Hoaks! ..."."""

from __future__ import annotations

import re
import uuid

from kentongan.records import MENTION_NAMESPACE, Claim, Post
from kentongan.text import clean

FALSE = frozenset(("salah", "menyesatkan", "penipuan", "manipulasi", "parodi"))  # what is matched to these was found untrue
DISPUTED = frozenset(("diperiksa", "klarifikasi"))  # looked into, or answered by the agency; the headline says no more
TRUE = frozenset(("benar",))
VERDICTS = FALSE | DISPUTED | TRUE
IN_ENGLISH = {
    "salah": "false", "menyesatkan": "misleading", "penipuan": "scam", "manipulasi": "manipulated", "parodi": "satire",
    "diperiksa": "checked", "klarifikasi": "clarified", "benar": "true",
}  # fmt: skip

_VERDICTS = (
    (
        "menyesatkan",
        r"menyesatkan|misleading|konteks(?: yang)? (?:salah|keliru)|false context|sebagian (?:salah|benar)|konten yang menyesatkan"
        r"|missing context",
    ),
    ("penipuan", r"penipuan|scam|phishing|akun palsu|konten tiruan|impostor(?: content)?"),
    ("manipulasi", r"(?:konten )?(?:yang )?dimanipulasi|manipulasi|suntingan|editan|deepfake|altered"),
    ("parodi", r"satire?|parodi"),
    ("benar", r"benar|fakta|true|terbukti benar|terverifikasi"),
    ("klarifikasi", r"klarifikasi|edukasi|penjelasan|belum (?:ada bukti|terbukti)|unproven"),
    ("salah", r"salah|hoaks?|hoax|keliru|tidak benar|palsu|disinformasi|misinformasi|fitnah|false|berita salah|bohong|konten palsu|fabricated"),
)  # fmt: skip
_TAG = re.compile(r"^\W{0,3}[\[(]\s*([^\])]{3,40}?)\s*[\])]\s*[:\-–]?\s*(.+)$", re.DOTALL)
_OPENING = re.compile(
    r"^\s*(cek ?fakta(?: \w+)?|periksa fakta|fact[ -]?check|hoaks? ?(?:atau|/) ?fakta|fakta atau hoaks?|hoaks?|hoax|disinformasi|misinformasi"
    r"|salah|keliru|menyesatkan|penipuan|klarifikasi|sebagian benar|belum ada bukti|tidak benar|benar)\s*(?:[:!|\-–—]+|,)\s*(.+)$",
    re.IGNORECASE | re.DOTALL,
)
_LEAD = re.compile(
    r"^(?:(?:hoaks?|hoax|keliru|salah|menyesatkan|tidak benar|beredar|viral|benarkah|apa benar|apakah benar|betulkah|klaim|isu)\b[,:!]?\s*)+",
    re.IGNORECASE,
)
_ENDING = re.compile(
    r"[\s,.?!:;–-]*(?:\((?:hoaks?|hoax|salah)\)|(?:simak |ini |cek |begini )?(?:fakta(?:nya)?|penjelasannya|penjelasan \w+))\s*[.!?]*$", re.IGNORECASE
)
_SPEAKS = re.compile(
    r"\b(?:hoaks?|hoax|cek fakta|tidak benar|keliru|menyesatkan|palsu|bohong|dimanipulasi|suntingan|klaim|disinformasi)\b", re.IGNORECASE
)
_SAID = re.compile(r"(?:narasi|klaim|pesan|tulis\w*|berbunyi|isi)[^“\"\n]{0,60}[“\"]([^”\"]{30,600})[”\"]", re.IGNORECASE)
_SHORTEST = 8  # characters of a headline that can be searched
LONGEST_TITLE = 300  # characters of a claim's title that are kept


def verdict_of(words: str) -> str:
    """The verdict that these words spell, or ""."""
    for verdict, pattern in _VERDICTS:
        if re.fullmatch(rf"\W*(?:{pattern})\W*", words, re.IGNORECASE):
            return verdict
    return ""


def split_headline(headline: str) -> tuple[str, str]:
    """(verdict, claim) of a fact-check's headline; verdict "" when it is not recognised as one."""
    text = " ".join(headline.split())
    verdict = ""
    for _ in range(3):  # "[SALAH] Cek Fakta: Hoaks, ..." wears several
        tag = _TAG.match(text)
        opening = None if tag else _OPENING.match(text)
        if tag and (spelled := verdict_of(tag[1])):
            verdict, text = verdict or spelled, tag[2]
        elif opening:
            spelled = verdict_of(opening[1]) or "diperiksa"
            verdict, text = (spelled if verdict in ("", "diperiksa") else verdict), opening[2]
        else:
            break
    if lead := _LEAD.match(text):
        if verdict in ("", "diperiksa"):
            said = re.findall(r"hoaks?|hoax|keliru|salah|menyesatkan|tidak benar", lead[0].lower())
            verdict = verdict_of(said[0]) if said else (verdict or ("diperiksa" if re.search("benar|betul", lead[0], re.IGNORECASE) else ""))
        if len(text) - lead.end() >= _SHORTEST and verdict:
            text = text[lead.end() :]
    if ending := _ENDING.search(text):
        if re.search(r"hoaks?|hoax|salah", ending[0], re.IGNORECASE) and verdict in ("", "diperiksa"):
            verdict = "salah"
        if ending.start() >= _SHORTEST:
            verdict = verdict or "diperiksa"
            text = text[: ending.start()]
    return verdict, text.strip(" \"“”'?!:;-–")


def claim_from_post(post: Post, publisher: str) -> Claim | None:
    """The claim that a fact-check feed's item is about; None when its headline is no fact-check."""
    body = clean(post.text)
    headline = clean(post.title) or body.split("\n", 1)[0][:LONGEST_TITLE]
    verdict, claim = split_headline(headline)
    if not verdict:
        if not _SPEAKS.search(headline):
            return None
        verdict = "diperiksa"
    if len(claim) < _SHORTEST:
        return None
    said = _SAID.search(body)
    key = post.url or f"{publisher}:{post.native_id}"
    return Claim(
        id=str(uuid.uuid5(MENTION_NAMESPACE, f"claim:{key}")),
        title=claim[:LONGEST_TITLE],
        text=" ".join(said[1].split()) if said else "",
        verdict=verdict,
        publisher=publisher,
        url=post.url,
        published_at=post.published_at,
    )
