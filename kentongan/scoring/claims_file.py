"""Checked claims from a JSONL file that a user gives."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

from kentongan.clock import parse_time
from kentongan.errors import InputError
from kentongan.problems import no_text
from kentongan.records import MENTION_NAMESPACE, Claim
from kentongan.scoring.fact_checks import LONGEST_TITLE, VERDICTS, verdict_of
from kentongan.text import clean
from kentongan.words import say

UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
_BOM = b"\xef\xbb\xbf"


def read_claims(content: bytes, name: str, *, numbered: bool = True) -> list[Claim]:
    """One claim a line: {"title", "text"?, "verdict"?, "publisher"?, "url"?, "published_at"?, "id"?}; a missing verdict is "salah".

    numbered: a missing id is the line's number; else it is made of the address, or of publisher and title, and so is the same in every file.

    name: of the file, for messages. Raises InputError with file and line; blank lines are skipped.
    """
    if wrong := no_text(content[:4]):
        raise InputError(f"{name}: {wrong}")
    return [
        _claim(raw, f"{name}: {say('baris', 'line')} {line}", str(line) if numbered else "")
        for line, raw in enumerate(content.removeprefix(_BOM).split(b"\n"), 1)
        if raw.strip()
    ]


def _claim(raw: bytes, place: str, number: str) -> Claim:
    try:
        fields = json.loads(raw)
    except UnicodeDecodeError as exc:
        raise InputError(f"{place}: {say('bukan UTF-8; simpan ulang sebagai UTF-8', 'not UTF-8; save it as UTF-8')}") from exc
    except (ValueError, RecursionError) as exc:
        raise InputError(f"{place}: {say('bukan JSON', 'not JSON')} ({getattr(exc, 'msg', None) or type(exc).__name__})") from exc
    title = " ".join(clean(fields["title"]).split())[:LONGEST_TITLE] if isinstance(fields, dict) and isinstance(fields.get("title"), str) else ""
    if not title:
        wanted = say('harus objek JSON dengan "title"', 'must be a JSON object with "title"')
        raise InputError(f"{place}: {wanted}")
    try:
        at = parse_time(str(fields["published_at"])) if fields.get("published_at") else UNDATED
    except ValueError as exc:
        wrong = say("published_at bukan waktu; tulis misalnya 2026-03-02", "published_at is no time; write for example 2026-03-02")
        raise InputError(f"{place}: {wrong}") from exc
    spelled = str(fields.get("verdict") or "salah").lower().strip()
    verdict = spelled if spelled in VERDICTS else verdict_of(spelled)
    if not verdict:
        known = ", ".join(sorted(VERDICTS))
        raise InputError(f"{place}: {say(f'verdict {spelled!r} tidak dikenal; pilih', f'unknown verdict {spelled!r}; choose')}: {known}")
    publisher, url, known = (clean(str(fields.get(key) or "")) for key in ("publisher", "url", "id"))
    if url and not url.startswith(("https://", "http://")):
        raise InputError(f"{place}: {say(f'url {url!r} tidak diawali https://', f'url {url!r} does not begin with https://')}")
    publisher = publisher or name_of(place)
    return Claim(
        id=known or number or claim_key(url, publisher, title),
        title=title,
        text=clean(str(fields.get("text") or "")),
        verdict=verdict,
        publisher=publisher,
        url=url,
        published_at=at,
    )


def claim_key(url: str, publisher: str, title: str) -> str:
    """The id of a claim that brings none: the same entry twice is one claim."""
    plain = " ".join(title.lower().split())
    return str(uuid.uuid5(MENTION_NAMESPACE, f"claim:{url or f'{publisher}:{plain}'}"))


def name_of(place: str) -> str:
    """The file's own name, where a claim names no publisher."""
    return place.split(":", 1)[0].rsplit("/", 1)[-1]
