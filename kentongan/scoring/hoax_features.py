"""The named features that the weak hoax prior rests on: each can be read, checked and argued with."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kentongan.scoring import ngrams as n

Spots = Mapping[str, Sequence[tuple[int, int]]]
GROUP = "hoax:"  # prefix of the cue groups in the matcher


@dataclass(frozen=True, slots=True)
class Named:
    """A feature as people read it; `{found}` in a sentence is what was found."""

    name: str
    sign: int  # the only direction that its weight may have: +1 speaks for a hoax
    text_id: str
    text_en: str


STYLE_FEATURES = (
    Named("capitals", 1, "Banyak kata berhuruf besar semua ({found})", "Many words all in capitals ({found})"),
    Named("exclamations", 1, "Tanda seru beruntun ({found})", "Strings of exclamation marks ({found})"),
    Named("odd_punctuation", 1, "Tanda baca tidak wajar ({found})", "Unnatural punctuation ({found})"),
    Named("disguised_words", 1, "Kata disamarkan dengan angka: “{found}”", "Words disguised with digits: “{found}”"),
    Named("long_forward", 1, "Panjang seperti pesan berantai ({found} kata)", "As long as a chain message ({found} words)"),
    Named("line_breaks", 1, "Berbaris-baris seperti pesan terusan ({found} baris)", "Broken into lines like a forwarded message ({found} lines)"),
    Named("no_source", 1, "Tidak menyebut sumber atau tautan", "Names no source and no link"),
    Named("phone_lure", 1, "Menyuruh menghubungi nomor pribadi", "Tells to contact a private number"),
    Named("lure_with_link", 1, "Iming-iming disertai tautan", "A lure together with a link"),
    Named(
        "share_and_alarm",
        1,
        "Ajakan menyebarkan disertai kata yang mendesak atau menggemparkan",
        "A call to share together with urgent or sensational words",
    ),
    Named("figure_drama", 1, "Kabar dramatis tentang tokoh: “{found}”", "Dramatic news about a public figure: “{found}”"),
    Named("bare_claim", 1, "Pernyataan tanpa penutur, tanpa sumber", "A bare assertion: no speaker, no source"),
    Named("reply", -1, "Menjawab atau menyapa akun lain", "Answers or addresses another account"),
    Named("question", -1, "Bertanya", "Asks a question"),
    Named("short", -1, "Pendek ({found} kata)", "Short ({found} words)"),
    Named("source_link", -1, "Menautkan ke media atau situs pemerintah: {found}", "Links to a newsroom or a government site: {found}"),
)
NEWSROOMS = (
    "go.id", "kompas.com", "detik.com", "antaranews.com", "tempo.co", "cnnindonesia.com", "cnbcindonesia.com", "liputan6.com", "tribunnews.com",
    "kumparan.com", "republika.co.id", "bbc.com", "reuters.com", "tirto.id", "katadata.co.id", "kontan.co.id", "bisnis.com", "mediaindonesia.com",
    "jpnn.com", "suara.com", "merdeka.com", "okezone.com", "sindonews.com", "turnbackhoax.id", "cekfakta.com", "thejakartapost.com", "rri.co.id",
)  # fmt: skip
_PERSONAL = ("hoax:everyday_person", "hoax:small_talk", "hoax:service_talk", "hoax:official_answer", "feeling:trouble", "feeling:thanks")
_DRAMA = ("hoax:power_drama", "hoax:shock", "hoax:death_disaster", "hoax:secret_exposed", "hoax:money_lure", "hoax:enemy", "hoax:religion")
_DISGUISED = re.compile(r"\b[a-z]+[013-9]{1,2}[a-z][a-z0-9]*")  # k4get, j0k0wi; 2 doubles a word: mudah2an
_LINK = re.compile(r"(?:https?://|www\.|@|#)\S+|\S+\.\S+/\S*")
_ALARM = ("hoax:urgency", "hoax:shock", "hoax:secret_exposed", "hoax:death_disaster", "hoax:warning_order")


def newsroom_in(text: str) -> str:
    """The newsroom or government domain that a link in the text (lower case) leads to, or ""."""
    if "://" not in text and "www." not in text and "/" not in text:
        return ""
    for domain in NEWSROOMS:
        at = text.find(domain)
        while at >= 0:
            before = text[at - 1] if at else " "
            after = text[at + len(domain) : at + len(domain) + 1]
            if before in "./" and not (after.isalnum() or after in (".", "-")):
                return domain
            at = text.find(domain, at + 1)
    return ""


def style_features(style: Any, text: str, spots: Spots) -> dict[str, tuple[float, str]]:
    """Name -> (value 0..about 1.5, what was found) of the style features that are present.

    style: a row of the reader's style counts; text: in lower case with single blanks; spots: of the phrase matcher.
    """
    found: dict[str, tuple[float, str]] = {}
    words = int(style[n.WORDS])
    caps = int(style[n.CAPS])
    links = int(style[n.LINKS])
    if caps >= 3 and caps / words >= 0.12:
        found["capitals"] = (min(1.5, caps / words * 2), str(caps))
    if style[n.EXCLAIM_RUN] >= 2:
        found["exclamations"] = (min(1.0, int(style[n.EXCLAIM_RUN]) / 4), str(int(style[n.EXCLAIMS])))
    odd = text.count("*") + text.count("..,") + text.count("!!") + text.count("??") + text.count("‼") + text.count("⚠")
    if odd >= 2:
        found["odd_punctuation"] = (min(1.0, odd / 5), str(odd))
    if style[n.DIGITS] and (disguised := _DISGUISED.findall(_LINK.sub(" ", text))):
        found["disguised_words"] = (min(1.5, len(disguised) / 2 + 0.5), disguised[0])
    if words >= 40:
        found["long_forward"] = (min(1.5, (words - 20) / 80), str(words))
    if style[n.LINES] >= 2:
        found["line_breaks"] = (min(1.0, int(style[n.LINES]) / 8), str(int(style[n.LINES]) + 1))
    newsroom = newsroom_in(text) if links else ""
    if newsroom:
        found["source_link"] = (1.0, newsroom)
    sourceless = not links and "hoax:newsroom" not in spots and not style[n.REPLY]
    if words >= 12 and sourceless:
        found["no_source"] = (1.0, "")
    if words >= 5 and sourceless and not style[n.QUESTIONS] and not any(group in spots for group in _PERSONAL):
        found["bare_claim"] = (1.0, "")
    if "figures" in spots and any(group in spots for group in _DRAMA):
        start, end = spots["figures"][0]
        found["figure_drama"] = (1.0, text[start:end])
    lured = "hoax:money_lure" in spots or "hoax:sign_up_lure" in spots
    if ("[telepon]" in text or "wa.me" in text or "whatsapp" in text) and lured:
        found["phone_lure"] = (1.0, "")
    if lured and links and not newsroom and "hoax:money_lure" in spots and "hoax:sign_up_lure" in spots:
        found["lure_with_link"] = (1.0, "")
    if "hoax:share_appeal" in spots and any(group in spots for group in _ALARM):
        found["share_and_alarm"] = (1.0, "")
    if style[n.REPLY]:
        found["reply"] = (1.0, "")
    if style[n.QUESTIONS]:
        found["question"] = (1.0, "")
    if words < 10:
        found["short"] = ((10 - words) / 10, str(words))
    return found


def phrase_value(count: int) -> float:
    """How much a cue group counts that was found `count` times: the first counts most."""
    return min(2.0, math.sqrt(count))


_HINT = 0.46  # from here to 0.5 the likelihood creeps
_BELOW = math.log(_HINT / (1 - _HINT))


def likelihood(log_odds: float, lift: float) -> float:
    """0..1 from log-odds whose 0 is the point that hardly any everyday mention reaches.

    It is the probability in a mix of as many hoaxes as everyday mentions (`lift` above the log-odds), but short of 0 never 0.5: there the
    features are a hint, no finding. So it leaps at 0, and that is where people are asked to look.
    """
    lifted = max(-30.0, min(30.0, log_odds + lift))
    if log_odds >= 0:
        return max(0.5, 1 / (1 + math.exp(-lifted)))
    if lifted <= _BELOW:
        return 1 / (1 + math.exp(-lifted))
    return _HINT + 0.0399 * min(1.0, (lifted - _BELOW) / max(lift - _BELOW, 1e-9))
