"""Personal numbers become typed tokens before anything is scored or stored; official hotlines stay readable.

[NIK] national identity, family card, passport or driving licence, [TELEPON], [EMAIL], [PLAT] vehicle plate, [NPWP] tax number, [REKENING]
bank account or card, [BPJS] insurance card, [PELANGGAN] electricity or water customer number. Prices, dates, times and years stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache

TOKENS = ("NIK", "TELEPON", "EMAIL", "PLAT", "NPWP", "REKENING", "BPJS", "PELANGGAN")

_DIGIT = re.compile(r"\d")
_ODD_DIGIT = re.compile("[０-９\U0001d7ce-\U0001d7ff٠-٩۰-۹]")  # full width, bold and its like, Arabic: people read a number in them as well
_MANY_DIGITS = re.compile(r"\d(?:[ .\-()/_–‑]{0,3}\d){7}")  # everything below but a plate and a passport needs eight of them
_EMAIL = re.compile(r"(?<![\w.+-])[\w+-][\w.+-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}(?![\w@])")
_SEPARATED = r"(?:[ .\-]?\d)"

# Order matters: what is sure by its shape or by the word before it goes first, the plain phone number last.
_NPWP = re.compile(r"(?<![\d.])\d{2}([. ])\d{3}\1\d{3}\1\d[-. ]\d{3}\1\d{3}(?!\d)|(?i:(?<=npwp)[^\d\[\]\n]{0,14})\d(?:[ .\-]?\d){14,15}(?!\d)")
_IDENTITY = re.compile(
    r"(?i:\b(?:e-?ktp|nik|ktp|kk|kartu keluarga)\b)([^\d\[\]\n]{0,16})(\d(?:[ .\-]?\d){13,16})(?!\d)"
    r"|(?i:\bsim\b)([^\d\[\]\n]{0,12})(\d{4}[ \-]?\d{4}[ \-]?\d{4,6})(?!\d)"
)
_PASSPORT = re.compile(r"(?i:\bpas(?:por|sport)\b)([^\d\[\]\n]{0,12}?)([A-Za-z]{1,2} ?\d{6,7})(?!\d)")
_BANKS = r"bca|bri|bni|btn|bsi|mandiri|cimb|danamon|permata|jago|seabank"
_ACCOUNT = re.compile(
    rf"(?i:\b(?:no\.? ?rek(?:ening)?|norek|rek(?:ening)?|{_BANKS}|bank \w+|virtual account|va)\b)"
    r"([^\d\[\]\n]{1,18})(?!\d{1,2}[-/ ]\d{1,2}[-/ ]\d{2,4})(?!0?8[1-9]\d{7,10}(?!\d))(\d{3}(?:[ .\-]?\d){6,15})(?![\d.,]\d)(?!\d)"
)
_ACCOUNT_BEFORE_BANK = re.compile(rf"(?<!\d)(?<!\d[.,])(?!0?8[1-9]\d{{7,10}}(?!\d))\d{{10,16}}(?= ?[(,-]? ?(?i:(?:bank )?(?:{_BANKS})\b))")
_CUSTOMER = re.compile(
    r"(?i:\b(?:id ?pel(?:anggan)?|nopel|no(?:mor|\.)? ?(?:id ?)?(?:pelanggan|meter(?:an)?))\b)([^\d\[\]\n]{0,12})(\d(?:[ -]?\d){9,12})(?!\d)"
)
_SIXTEEN = re.compile(rf"(?<!\d)(?<!\d[.,])\d{_SEPARATED}{{15}}(?!\d)")
_SURE_SIXTEEN = re.compile(
    r"\d{16}|(\d{4}[ .\-])\d{4}[ .\-]\d{4}[ .\-]\d{4}|\d{6}[ .\-]\d{6}[ .\-]\d{4}"
)  # as people write an identity number or a card
_YEARS = re.compile(r"(?:(?:19|20)\d\d\D?){4}")
_BPJS = re.compile(
    r"(?<!\d)(?<!\d[.,])000\d(?:[ .\-]?\d){9}(?!\d)|(?i:\b(?:bpjs|jkn|kis|peserta)\b)([^\d\[\]\n]{0,24})(\d(?:[ .\-]?\d){12})(?!\d)(?![.,]\d)"
)
_MOBILE = re.compile(
    r"(?:(?<!\d)(?<!\d[.,])(?:\+ ?62[ .\-)]{0,2}\(?0?\)?|62[ .\-]?|\(?0)|(?<!\w)[oO])8[1-9](?:\)?(?:[ .\-_/–‑]| ?[–\-] )?\d){6,10}(?!\d)"
)
_SPELT_MOBILE = re.compile(r"0(?<!\d0)(?<!\d[ .,/-]0)(?: 8(?: \d){8,11}|8(?: \d\d){4,5})(?! ?\d)")
_CUED_MOBILE = re.compile(
    r"(?i:\b(?:wa|whatsapp|hp|telp|telepon|tlp|nomor|no|hub|hubungi)\b)([^\w\[\]\n]{1,4})(8[1-9]\d{1,2}[ .\-]?\d{3,4}[ .\-]?\d{2,5})(?!\d)"
)
_LANDLINE = re.compile(
    r"(?<![\w+])(?<!\d[.,/-])(?:\(0[2-79]\d{1,2}\)|\+62[ -]?[2-79]\d{1,2}|0[2-79]\d{1,2})[ -]?\d{3,4}[ -]?\d{3,4}(?![\d.,]\d)(?!\d)"
)
_FOREIGN = re.compile(r"(?<![\w+])\+(?!62)[1-9]\d{0,2}(?:[ \-]?\(?\d\)?){7,12}(?!\d)")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")  # 2.000.000: an amount, not a number to call

_REGIONS = "A[ABDEG]|B[ABDEGHKLMNPT]|D[ABCDEGHKLMNRST]|E[ABD]|K[BHTU]|P[ABGSTY]|[ABDEFGHKLMNPRSTWZ]"  # Regident letters of all regions
_PLATE = re.compile(rf"(?<![\w#@.-])(?:{_REGIONS})[ -]?(\d{{1,4}})[ -]?([A-Z]{{1,3}})(?![\w-])")
_PLATE_WORDS = r"p(?:e?)lat|nopol|no\.? ?pol(?:isi)?|nomor polisi"
_VEHICLES = r"mobil|motor|truk|bus|angkot|taksi|kendaraan|minibus"
_PLATE_CUE = re.compile(rf"(?i)\b(?:{_PLATE_WORDS}|{_VEHICLES})\b[^\d\[\]\n]{{0,24}}$")
_CUED_PLATE = re.compile(
    rf"(?i)\b((?:{_PLATE_WORDS}|{_VEHICLES}))\b([^\w\[\]\n]{{1,3}}(?:nomor |no\.? )?)((?:{_REGIONS})[ -]?\d{{1,4}}[ -]?([A-Z]{{1,3}}))(?![\w-])"
)
_LOWER_PLATE = re.compile(rf"(?i)(?<![\w#@.-])(?:{_REGIONS})([ -]?)(\d{{4}})\1([A-Z]{{1,3}})(?![\w-])")
_AFTER_PLATE = re.compile(r"\d[ -]?[A-Za-z]{1,3}(?![\w-])")  # every plate ends so
# Units, courts and short words that follow a letter and a number: "B 400 KM", "L 2000 WIB", "d 1200 dpr".
_NO_PLATE = re.compile(
    r"(?i:ATM|BBM|CC|DAN|DI|HP|JAM|JT|K[EGM]|KVA|KWH?|LT|MAX|M[BGLM]|MAH|NEO|ORG|P[KT]|R[BPTW]|SD|TNI|UU|VA|WI[BT]|YG|GB|TB|TV|TH|THN|BLN|TGL|HR|DPR|"
    r"MPR|BPK|KPK|PLN|PNS|ASN|PCS|LBR|KRG|DGN|TDK|KRN|SDH|BLM|BGT|DLL|DST|DLM|STH|STL|UTK|SPT|SKR|TPI?|KL|KLO|SY|NY|JDI?|HRS|PD|DR|JG|LG|GK|NGK|BS|SM|PP|X)"
)
_VEHICLE = re.compile(rf"(?i){_VEHICLES}")
_EVEN_PLATE = re.compile(r"[A-Za-z]+([ -]?)\d+\1[A-Za-z]+")
_VOWEL = re.compile(r"(?i)[aeiou]")
_YEAR = re.compile(r"(?:19|20)\d\d")
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

    Digits of other scripts become 0-9. Idempotent. Pass a frozenset where it is called often. Costs about a microsecond where there is
    nothing to mask.
    """
    digits = _DIGIT.search(text) is not None
    if not digits and "@" not in text:
        return text
    if digits and not text.isascii():
        text = _ODD_DIGIT.sub(lambda m: str(unicodedata.decimal(m[0])), text)
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
        text = _IDENTITY.sub(lambda m: _with_cue(m, "[NIK]"), text)
        text = _BPJS.sub(lambda m: _with_cue(m, "[BPJS]") if m[2] else "[BPJS]", text)
        text = _ACCOUNT.sub(lambda m: m[0] if canonical_contact(m[2]) in kept or _is_amount(m[2]) else _with_cue(m, "[REKENING]"), text)
        text = _SIXTEEN.sub(_sixteen, text)
        text = _ACCOUNT_BEFORE_BANK.sub("[REKENING]", text)
        text = _MOBILE.sub(lambda m: _phone(m, kept), text)
        text = _SPELT_MOBILE.sub(lambda m: _phone(m, kept), text)
        text = _CUED_MOBILE.sub(lambda m: m[0] if canonical_contact("0" + m[2]) in kept else _with_cue(m, "[TELEPON]"), text)
        text = _FOREIGN.sub("[TELEPON]", text)
        text = _LANDLINE.sub(lambda m: _phone(m, kept), text)
    if "aspor" in text or "assport" in text or "ASPOR" in text:
        text = _PASSPORT.sub(lambda m: _with_cue(m, "[NIK]"), text)
    if _AFTER_PLATE.search(text):
        text = _PLATE.sub(_plate, text)
        text = _CUED_PLATE.sub(_cued_plate, text)
        text = _LOWER_PLATE.sub(_lower_plate, text)
    return text


def _with_cue(found: re.Match[str], token: str) -> str:
    """The match with its last group replaced: the word that gave it away stays."""
    return found[0][: found.start(found.lastindex or 0) - found.start()] + token


def _is_amount(written: str) -> bool:
    return _GROUPED.fullmatch(written) is not None


def _npwp(found: re.Match[str]) -> str:
    first = re.search(r"\d", found[0])
    return found[0][: first.start() if first else 0] + "[NPWP]"


def _phone(found: re.Match[str], kept: frozenset[str]) -> str:
    written = found[0]
    if _is_amount(written):
        return written
    number = canonical_contact(written)
    if number in kept or (number.startswith("021") and number[3:] in kept):  # 021-1500200: area code before a call centre
        return written
    return "[TELEPON]"


def _sixteen(found: re.Match[str]) -> str:
    """Sixteen digits: an identity number or a bank card where they are written like one, whatever their digits say (people mistype, and
    not every number that was issued keeps the rule); in any other grouping only with a birth date or a check digit that fits."""
    written = found[0]
    if _is_amount(written) or _YEARS.fullmatch(written):
        return written
    digits = re.sub(r"\D", "", written)
    day, month = int(digits[6:8]), int(digits[8:10])
    if _PROVINCE.fullmatch(digits[:2]) and (1 <= day <= 31 or 41 <= day <= 71) and 1 <= month <= 12:
        return "[NIK]"
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(digits))
    if digits[0] in "3456" and sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0:
        return "[REKENING]"
    in_address = found.string[found.start() - 1 : found.start()] in ("/", "=", "_", "&", ".")  # the number of a post, a transaction
    return "[NIK]" if _SURE_SIXTEEN.fullmatch(written) and not in_address else written


def _plate(found: re.Match[str]) -> str:
    number, suffix = found[1], found[2]
    if _NO_PLATE.fullmatch(suffix):
        return found[0]
    if len(number) >= 3 or _PLATE_CUE.search(found.string, max(0, found.start() - 40), found.start()):
        return "[PLAT]"
    return found[0]


def _cued_plate(found: re.Match[str]) -> str:
    """Behind "nopol" anything of that shape; behind "mobil" no unit and no model: "mobil B 40 KM dari sini", "mobil L300 eh"."""
    cue, between, plate, suffix = found.groups()
    doubtful = _NO_PLATE.fullmatch(suffix) or not _EVEN_PLATE.fullmatch(plate)
    return found[0] if doubtful and _VEHICLE.fullmatch(cue) else f"{cue}{between}[PLAT]"


def _lower_plate(found: re.Match[str]) -> str:
    """A plate in small letters: where no short word or unit can be meant. "d 2024 ini" and "b 2000 an" are no plates."""
    joint, number, suffix = found.groups()
    if _NO_PLATE.fullmatch(suffix) or (_YEAR.fullmatch(number) and joint) or found[0].isupper():
        return found[0]
    if joint == " " and (_VOWEL.search(suffix) or len(suffix) == 1):
        return found[0]
    return "[PLAT]"
