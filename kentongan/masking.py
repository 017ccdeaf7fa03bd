"""Personal numbers become typed tokens before anything is scored or stored; official hotlines stay readable.

[NIK] national identity or family card, [TELEPON], [EMAIL], [PLAT] vehicle plate, [NPWP] tax number, [REKENING] bank account or
card, [BPJS] insurance card, [PELANGGAN] electricity or water customer number. Prices, dates, times and years are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

TOKENS = ("NIK", "TELEPON", "EMAIL", "PLAT", "NPWP", "REKENING", "BPJS", "PELANGGAN")

_DIGIT = re.compile(r"\d")
_MANY_DIGITS = re.compile(r"\d(?:[ .\-()/]{0,3}\d){7}")  # everything below but a plate needs eight of them
_EMAIL = re.compile(r"(?<![\w.+-])[\w+-][\w.+-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}(?![\w@])")
_SEPARATED = r"(?:[ .\-]?\d)"

# Order matters: what is sure by its shape or by the word before it goes first, the plain phone number last.
_NPWP = re.compile(r"(?<![\d.])\d{2}\.\d{3}\.\d{3}\.\d[-.]\d{3}\.\d{3}(?!\d)|(?i:(?<=npwp)[^\d\[\]\n]{0,14})\d(?:[ .\-]?\d){14,15}(?!\d)")
_ACCOUNT = re.compile(
    r"(?i:\b(?:no\.? ?rek(?:ening)?|norek|rek(?:ening)?|bca|bri|bni|btn|bsi|mandiri|cimb|bank \w+|virtual account)\b)"
    r"([^\d\[\]\n]{1,18})(?!\d{1,2}[-/ ]\d{1,2}[-/ ]\d{2,4})(?!0?8[1-9]\d{8})(\d{3}(?:[ -]?\d){6,15})(?![\d.,]\d)"
)
_CUSTOMER = re.compile(
    r"(?i:\b(?:id ?pel(?:anggan)?|nopel|no(?:mor|\.)? ?(?:id ?)?(?:pelanggan|meter(?:an)?))\b)([^\d\[\]\n]{0,12})(\d(?:[ -]?\d){9,12})(?!\d)"
)
_SIXTEEN = re.compile(rf"(?<!\d)(?<!\d[.,])\d{_SEPARATED}{{15}}(?!\d)")
_BPJS = re.compile(r"(?<!\d)(?<!\d[.,])000\d(?:[ -]?\d){9}(?!\d)")
_MOBILE = re.compile(r"(?<!\d)(?<!\d[.,])(?:\+ ?62[ .\-)]{0,2}\(?0?\)?|62[ .\-]?|\(?0)8[1-9](?:\)?[ .\-]?\d){6,10}(?!\d)")
_CUED_MOBILE = re.compile(r"(?i:\b(?:wa|whatsapp|hp|telp|telepon|tlp|nomor|no|hub|hubungi)\b)([^\w\[\]\n]{1,4})(8[1-9]\d{7,10})(?!\d)")
_LANDLINE = re.compile(
    r"(?<![\w+])(?<!\d[.,/-])(?:\(0[2-79]\d{1,2}\)|\+62[ -]?[2-79]\d{1,2}|0[2-79]\d{1,2})[ -]?\d{3,4}[ -]?\d{3,4}(?![\d.,]\d)(?!\d)"
)
_FOREIGN = re.compile(r"(?<![\w+])\+(?!62)[1-9]\d{0,2}(?:[ \-]?\(?\d\)?){7,12}(?!\d)")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")  # 2.000.000: an amount, not a number to call

_REGIONS = "A[ABDEG]|B[ABDEGHKLMNPT]|D[ABCDEGHKLMNRST]|E[ABD]|K[BHTU]|P[ABGSTY]|[ABDEFGHKLMNPRSTWZ]"  # Regident letters of all regions
_PLATE = re.compile(rf"(?<![\w#@.-])(?:{_REGIONS})[ -]?(\d{{1,4}})[ -]?([A-Z]{{1,3}})(?![\w-])")
_PLATE_WORDS = r"p(?:e?)lat|nopol|no\.? ?pol(?:isi)?|nomor polisi"
_PLATE_CUE = re.compile(rf"(?i)\b(?:{_PLATE_WORDS}|mobil|motor|truk|bus|angkot|taksi|kendaraan|minibus)\b[^\d\[\]\n]{{0,24}}$")
_LOWER_PLATE = re.compile(rf"(?i)\b({_PLATE_WORDS})\b([^\w\[\]\n]{{1,3}}(?:nomor |no\.? )?)((?:{_REGIONS})[ -]?\d{{1,4}}[ -]?[A-Z]{{1,3}})(?![\w-])")
# Short words that follow a letter and a number in capitals: "B 400 KM", "L 2000 WIB".
_NO_PLATE = re.compile(r"ATM|BBM|CC|DAN|DI|HP|JAM|JT|K[EGM]|KVA|KWH?|LT|MAX|M[BM]|NEO|ORG|P[KT]|R[BPTW]|SD|TNI|UU|VA|WI[BT]|YG")
_PROVINCE = re.compile(r"1[1-9]|21|3[1-6]|5[1-3]|6[1-5]|7[1-6]|8[12]|9[1-7]")


def canonical_contact(text: str) -> str:
    """A phone number as bare digits with a leading 0, or an e-mail address in lower case: how contacts are compared."""
    if "@" in text:
        return text.strip().lower()
    digits = re.sub(r"\D", "", text)
    return "0" + digits[2:].lstrip("0") if digits.startswith("62") and len(digits) >= 9 else digits


@lru_cache(maxsize=64)
def _kept(contacts: frozenset[str]) -> frozenset[str]:
    return frozenset(canonical_contact(contact) for contact in contacts)


def mask_personal(text: str, keep: Collection[str] = frozenset()) -> str:
    """The text with personal numbers and addresses as typed tokens; those in `keep` (official hotlines, in any spelling) stay.

    Idempotent. Pass a frozenset where it is called often. Costs about a microsecond where there is nothing to mask.
    """
    digits = _DIGIT.search(text) is not None
    if not digits and "@" not in text:
        return text
    kept = _kept(keep if isinstance(keep, frozenset) else frozenset(keep))
    while True:  # masking one number can free the edge of its neighbour; each round removes digits or an @, so it ends
        masked = _mask_once(text, kept, digits)
        if masked == text:
            return text
        text = masked


def _mask_once(text: str, kept: frozenset[str], digits: bool) -> str:
    if "@" in text:
        text = _EMAIL.sub(lambda m: m[0] if m[0].lower() in kept else "[EMAIL]", text)
    if not digits:
        return text
    if _MANY_DIGITS.search(text):
        text = _NPWP.sub(_npwp, text)
        text = _CUSTOMER.sub(lambda m: _with_cue(m, "[PELANGGAN]"), text)
        text = _SIXTEEN.sub(_sixteen, text)
        text = _BPJS.sub("[BPJS]", text)
        text = _ACCOUNT.sub(lambda m: m[0] if canonical_contact(m[2]) in kept else _with_cue(m, "[REKENING]"), text)
        text = _MOBILE.sub(lambda m: _phone(m, kept), text)
        text = _CUED_MOBILE.sub(lambda m: m[0] if "0" + m[2] in kept else _with_cue(m, "[TELEPON]"), text)
        text = _FOREIGN.sub("[TELEPON]", text)
        text = _LANDLINE.sub(lambda m: _phone(m, kept), text)
    text = _PLATE.sub(_plate, text)
    return _LOWER_PLATE.sub(lambda m: f"{m[1]}{m[2]}[PLAT]", text)


def _with_cue(found: re.Match[str], token: str) -> str:
    """The match with its last group replaced: the word that gave it away stays."""
    return found[0][: found.start(2) - found.start()] + token


def _npwp(found: re.Match[str]) -> str:
    first = re.search(r"\d", found[0])
    return found[0][: first.start() if first else 0] + "[NPWP]"


def _phone(found: re.Match[str], kept: frozenset[str]) -> str:
    written = found[0]
    if _GROUPED.fullmatch(written):
        return written
    number = canonical_contact(written)
    if number in kept or (number.startswith("021") and number[3:] in kept):  # 021-1500200: area code before a call centre
        return written
    return "[TELEPON]"


def _sixteen(found: re.Match[str]) -> str:
    """Sixteen digits: an identity number by its province and birth date, a bank card by its check digit, else left alone."""
    written = found[0]
    if _GROUPED.fullmatch(written):
        return written
    digits = re.sub(r"\D", "", written)
    day, month = int(digits[6:8]), int(digits[8:10])
    if _PROVINCE.fullmatch(digits[:2]) and (1 <= day <= 31 or 41 <= day <= 71) and 1 <= month <= 12:
        return "[NIK]"
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(digits))
    if digits[0] in "3456" and sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0:
        return "[REKENING]"
    return written


def _plate(found: re.Match[str]) -> str:
    number, suffix = found[1], found[2]
    if _NO_PLATE.fullmatch(suffix):
        return found[0]
    if len(number) >= 3 or _PLATE_CUE.search(found.string, max(0, found.start() - 40), found.start()):
        return "[PLAT]"
    return found[0]
