"""What is done to texts before and after scoring: pure functions, no state.

Masking of personal numbers lives in `masking.py` and is offered here too.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
import zlib
from collections.abc import Collection, Iterator

from kentongan.masking import canonical_contact, mask_personal
from kentongan.spelling import fold

__all__ = [
    "PASSING",
    "canonical_contact",
    "clean",
    "cluster_key",
    "excerpt",
    "html_to_text",
    "mask_handles",
    "mask_personal",
    "no_formula",
    "normalise",
]

# Control characters but tab and line feed, zero-width and direction marks, byte-order marks, lone surrogates (no database takes them).
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x85\x0b\x0c]")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_HANDLE = re.compile(r"[@\uff20](\w[\w.]*\w|\w)(@[\w-]+(?:\.[\w-]+)+)?")
_PROFILE = re.compile(
    r"(?<![\w.-])((?:https?://)?(?:(?:www\.|m\.|mobile\.)?(?:x|twitter|instagram|facebook|fb|tiktok|threads)\.(?:com|net|me)|t\.me|(?:www\.)?youtube\.com(?=/(?:@|user/|c/))))"
    r"/[^\s\"'<>),;]+",
    re.IGNORECASE,
)
_REPEATS = re.compile(r"([^\W\d_])\1{2,}")
_BLANKS = re.compile(r"\s+")
_FORWARDED = (
    r"(?:rt|fwd?|fw|forward(?:ed)?(?: from)?|diteruskan(?: dari)?(?: (?:grup|group|gc)\b(?: sebelah)?)?|terusan|copas|copy ?paste|re-?post"
    r"|(?:dari )?(?:grup|group|gc) sebelah)"
)
_FORWARD = re.compile(rf"^\W*(?:{_FORWARDED}\b(?: ?@\S+)?\W*)+|(?:\W+{_FORWARDED})+\W*$")
_WORD = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"\[(?:nik|telepon|email|plat|npwp|rekening|bpjs|pelanggan)\]")

# Words that do not make another text: days and months, which change like numbers, and what is thrown in while talking.
PASSING = frozenset(re.findall(r"\w+", """
    senin selasa rabu kamis jumat jum at sabtu minggu ahad monday tuesday wednesday thursday friday saturday sunday
    januari jan februari feb maret mar april apr mei juni jun juli jul agustus agu ags september sep oktober okt november nov desember des
    wkwk wkwkwk wkwkwkwk haha hahaha hehe hehehe hihi wk kwkw min mimin kak kakak gan sis guys gaes gaess guis bro
    sih dong deh nih ya yah loh lho kok lah kan tuh hadeh hadeuh duh aduh wah waduh ih huft hmm oh eh
"""))  # fmt: skip
_TWICE = re.compile(r"([^\W\d_])\1")

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
        cut = text.rfind(" ", max(0, limit - 200), limit + 1)
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


def no_formula(cell: str) -> str:
    """The cell as a spreadsheet shows it: what it would run as a formula begins with an apostrophe."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")) else cell


def mask_handles(text: str, official: Collection[str] = frozenset()) -> str:
    """The text as it may be quoted: @handles of persons become @…, links to profiles lose what names one.

    official: handles that may stay, lower case, without @. Idempotent.
    """
    if "@" in text or "\uff20" in text:  # X takes the wide sign as well
        text = _HANDLE.sub(lambda m: m[0] if m[1].lower() in official and not m[2] else "@…", text)
    if "/" in text:
        text = _PROFILE.sub(r"\1/…", text)
    return text


def cluster_key(text: str, title: str = "") -> str:
    """A key that near-duplicates share: other links, handles, numbers, dates, emoji, punctuation, case, stretched letters, "wkwk" and the like,
    or forward marks do not change it, nor do hashtags put before or behind it, nor the half word at the end of a shortened copy.

    From 20 words on it is the hash of one five-word phrase picked by its checksum, so a copy with something added, altered or cut off
    mostly keeps it.
    Empty for fewer than five words: short thanks and greetings are not copies of each other.
    """
    joined = f"{title} {text}" if title and title.casefold() not in text[: len(title) + 40].casefold() else text
    plain = _TOKEN.sub(" ", _HANDLE.sub(" ", normalise(joined)))
    if not plain.isascii():
        plain = fold(plain)  # letters of other alphabets that look Latin do not make another text either
    plain = _FORWARD.sub("", _FORWARD.sub("", plain))
    words = _telling(_core(plain))
    if len(words) < _SHORT_WORDS:
        words = _WORD.findall(plain)
    if len(words) < _SHORT_WORDS:
        return ""
    if len(words) >= _LONG_WORDS:
        phrases = (" ".join(words[start : start + _SHINGLE]) for start in range(len(words) - _SHINGLE + 1))
        picked = min((zlib.crc32(phrase.encode()), phrase) for phrase in phrases)[1]
    else:
        picked = " ".join(words)
    return hashlib.blake2b(picked.encode(), digest_size=10).hexdigest()


def _telling(plain: str) -> list[str]:
    """The words that make the text what it is, doubled letters written once."""
    return [_TWICE.sub(r"\1", word) for word in _WORD.findall(plain) if word not in PASSING]


def _core(plain: str) -> str:
    """The text without hashtags before and behind it, whatever stands between them, and without the half word at the end of a shortened copy."""
    pieces = plain.split()
    first, last = 0, len(pieces)
    while first < last and _is_beside(pieces[first]):
        first += 1
    while last > first and (_is_beside(pieces[last - 1]) or (last == len(pieces) and pieces[last - 1].endswith(("…", "...")))):
        last -= 1
    return " ".join(pieces[first:last])


def _is_beside(piece: str) -> bool:
    """A hashtag, a passing word, or no word at all."""
    return piece.startswith("#") or piece in PASSING or _WORD.search(piece) is None


_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)|<[!?]")
_TAG_STOP = re.compile(r"[>\"']")
_BLOCK = re.compile(
    r"address|article|aside|blockquote|br|d[dlt]|div|fig(?:ure|caption)|footer|form|h[1-6r]|header|li|main|nav|[ou]l|p|pre|section|table|t[dhr]"
)
_HIDDEN = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in ("script", "style", "template", "noscript", "svg", "head")}


def html_to_text(markup: str) -> str:
    """What a reader sees of the markup: scripts and styles gone, blocks on lines of their own, entities resolved. Plain text stays as it is.

    Time grows with length only, whatever the markup: html.parser takes seconds for 20,000 characters of tags that never close.
    """
    if "<" not in markup:
        return html.unescape(markup).strip() if "&" in markup else markup.strip()
    lines = (_BLANKS.sub(" ", html.unescape(line)).strip() for line in "".join(_seen(markup)).split("\n"))
    return "\n".join(line for line in lines if line)


def _seen(markup: str) -> Iterator[str]:
    """The pieces between tags, blanks squeezed, with a line feed for each block."""
    at = 0
    while (start := markup.find("<", at)) >= 0:
        yield _BLANKS.sub(" ", markup[at:start])
        tag = _TAG.match(markup, start)
        if tag is None:  # a < b
            yield "<"
            at = start + 1
            continue
        if markup.startswith("<!--", start):
            end = markup.find("-->", start + 4)
            at = end + 3 if end >= 0 else len(markup)
            continue
        at = _after_tag(markup, tag.end())
        name = (tag[2] or "").lower()
        if _BLOCK.fullmatch(name):
            yield "\n"
        elif name in _HIDDEN and not tag[1] and markup[at - 2 : at] != "/>":
            closing = _HIDDEN[name].search(markup, at)
            at = closing.start() if closing else len(markup)
    yield _BLANKS.sub(" ", markup[at:])


def _after_tag(markup: str, at: int) -> int:
    """The place after the > that ends the tag, not counting one inside a quoted value; the end where there is none."""
    while stop := _TAG_STOP.search(markup, at):
        if stop[0] == ">":
            return stop.end()
        closing = markup.find(stop[0], stop.end()) if markup[stop.start() - 1] == "=" else stop.start()
        if closing < 0:  # a quote that never closes: the value ends with the tag
            end = markup.find(">", stop.end())
            return end + 1 if end >= 0 else len(markup)
        at = closing + 1
    return len(markup)
