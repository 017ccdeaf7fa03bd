"""What is done to texts before and after scoring: pure functions, no state.

Masking of personal numbers lives in `masking.py` and is offered here too.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
import zlib
from collections.abc import Collection
from html.parser import HTMLParser

from kentongan.masking import canonical_contact, mask_personal

__all__ = ["canonical_contact", "clean", "cluster_key", "excerpt", "html_to_text", "mask_handles", "mask_personal", "normalise"]

# Control characters but tab and line feed, zero-width and direction marks, byte-order marks, lone surrogates (no database takes them).
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x85\x0b\x0c]")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w/.])@(\w[\w.]*\w|\w)(@[\w-]+(?:\.[\w-]+)+)?")
_PROFILE = re.compile(
    r"(?<![\w.-])((?:https?://)?(?:(?:www\.|m\.|mobile\.)?(?:x|twitter|instagram|facebook|fb|tiktok|threads)\.(?:com|net|me)|t\.me|(?:www\.)?youtube\.com(?=/(?:@|user/|c/))))"
    r"/[^\s\"'<>)]+",
    re.IGNORECASE,
)
_REPEATS = re.compile(r"([^\W\d_])\1{2,}")
_BLANKS = re.compile(r"\s+")
_FORWARD = re.compile(
    r"^\W*(?:(?:rt|fwd?|fw|forward(?:ed)?(?: from)?|diteruskan(?: dari)?|terusan|copas|copy ?paste|re-?post|dari (?:grup|group|gc) sebelah)\b"
    r"(?: ?@\S+)?\W*)+"
)
_WORD = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"\[(?:nik|telepon|email|plat|npwp|rekening|bpjs|pelanggan)\]")

_SHORT_WORDS = 5  # fewer: "terima kasih kak" says nothing about copying
_LONG_WORDS = 20  # from here on one changed or added word does not make another text
_SHINGLE = 5


def clean(text: str, limit: int = 20_000) -> str:
    """The text without control and invisible characters, composed (NFC), outer blanks gone, cut at a word before `limit` characters."""
    if not text.isascii() or "\r" in text or "\x0b" in text or "\x0c" in text or not text.isprintable():
        text = _UNWANTED.sub("", _LINE_ENDS.sub("\n", text))
        text = unicodedata.normalize("NFC", text)
    text = text.strip()
    if len(text) > limit:
        cut = text.rfind(" ", limit - 200, limit)
        text = text[: cut if cut > 0 else limit].rstrip()
    return text


def normalise(text: str) -> str:
    """Case folded, compatibility forms resolved, links gone, letters repeated three or more times written twice, single blanks."""
    text = _LINK.sub(" ", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _BLANKS.sub(" ", _REPEATS.sub(r"\1\1", text.casefold())).strip()


def excerpt(text: str, limit: int = 200) -> str:
    """The text on one line, at most `limit` characters, cut between words with an ellipsis."""
    line = _BLANKS.sub(" ", text).strip()
    if len(line) <= limit:
        return line
    cut = line[: max(limit - 1, 0)]
    blank = cut.rfind(" ")
    if blank > limit * 0.6:
        cut = cut[:blank]
    return cut.rstrip(" ,;:-–") + "…"


def mask_handles(text: str, official: Collection[str] = frozenset()) -> str:
    """The text as it may be quoted: @handles of persons become @…, links to profiles lose what names one.

    official: handles that may stay, lower case, without @. Idempotent.
    """
    if "@" in text:
        text = _HANDLE.sub(lambda m: m[0] if m[1].lower() in official and not m[2] else "@…", text)
    if "/" in text:
        text = _PROFILE.sub(r"\1/…", text)
    return text


def cluster_key(text: str, title: str = "") -> str:
    """A key that near-duplicates share: other links, handles, numbers, emoji, punctuation, case or forward marks do not change it.

    From 20 words on it is the hash of one five-word phrase picked by its checksum, so a copy with something added or altered mostly keeps it.
    Empty for fewer than five words: short thanks and greetings are not copies of each other.
    """
    joined = f"{title} {text}" if title and title.casefold() not in text[: len(title) + 40].casefold() else text
    plain = _TOKEN.sub(" ", _HANDLE.sub(" ", normalise(joined)))
    words = _WORD.findall(_FORWARD.sub("", _FORWARD.sub("", plain)))
    if len(words) < _SHORT_WORDS:
        return ""
    if len(words) >= _LONG_WORDS:
        phrases = (" ".join(words[start : start + _SHINGLE]) for start in range(len(words) - _SHINGLE + 1))
        picked = min((zlib.crc32(phrase.encode()), phrase) for phrase in phrases)[1]
    else:
        picked = " ".join(words)
    return hashlib.blake2b(picked.encode(), digest_size=10).hexdigest()


_BLOCK = re.compile(
    r"address|article|aside|blockquote|br|d[dlt]|div|fig(?:ure|caption)|footer|form|h[1-6r]|header|li|main|nav|[ou]l|p|pre|section|table|t[dhr]"
)
_HIDDEN = frozenset(("script", "style", "template", "noscript", "svg", "head"))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HIDDEN:
            self.hidden += 1
        elif _BLOCK.fullmatch(tag):
            self.pieces.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if _BLOCK.fullmatch(tag):
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        elif _BLOCK.fullmatch(tag):
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.pieces.append(_BLANKS.sub(" ", data))


def html_to_text(markup: str) -> str:
    """What a reader sees of the markup: scripts and styles gone, blocks on lines of their own, entities resolved. Plain text stays as it is."""
    if "<" not in markup:
        return html.unescape(markup).strip() if "&" in markup else markup.strip()
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    lines = (_BLANKS.sub(" ", line).strip() for line in "".join(reader.pieces).split("\n"))
    return "\n".join(line for line in lines if line)
