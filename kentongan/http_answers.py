"""What an HTTP answer means: how long it asks to wait, and what to do about a refusal. Pure functions, no network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit, urlunsplit

import httpx

from kentongan.errors import SourceChanged
from kentongan.ports import Response
from kentongan.words import say

LONGEST_PAUSE_S = 24 * 3600.0
SECRET_NAME = re.compile(
    r"(^|[_.-])((access|auth|api|app|bot)?[_-]?(token|key)|secret|pass|passw(or)?d|auth|credential|sig|signature)$", re.IGNORECASE
)


class Refused(SourceChanged):
    """An answer of 4xx that no retry will change; `status` and `body` let a listener read what its platform says there."""

    def __init__(self, message: str, *, status: int, body: bytes = b"") -> None:
        super().__init__(message)
        self.status = status
        self.body = body


def masked(url: httpx.URL | str) -> str:
    """The address with secrets blotted out: passwords, and values of parameters whose names sound like tokens or keys."""
    try:
        parts = urlsplit(str(url))
    except ValueError:
        return str(url).partition("?")[0]
    pairs = []
    for pair in parts.query.split("&") if parts.query else []:
        name, equals, _ = pair.partition("=")
        pairs.append(f"{name}=***" if equals and SECRET_NAME.search(name) else pair)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "&".join(pairs), parts.fragment))


def pause_asked_for(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the server asks to wait: Retry-After as seconds or HTTP date, else a rate limit's reset time; None when it says nothing.

    Between 0 and a day, whatever it says.
    """
    for name in ("retry-after", "x-ratelimit-reset", "x-rate-limit-reset"):
        value = headers.get(name, "").strip()
        if not value:
            continue
        seconds = _seconds(value, now)
        if seconds is not None:
            return min(max(seconds, 0.0), LONGEST_PAUSE_S)
    return None


def _seconds(value: str, now: datetime) -> float | None:
    if re.fullmatch(r"\d+(\.\d+)?", value):
        number = float(value)
        return number - now.timestamp() if number > 1e9 else number  # a reset time is a Unix time on some platforms
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = parse(value)
        except ValueError:
            continue
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)  # HTTP dates are GMT
        return (moment - now).total_seconds()
    return None


def refusal(answer: Response) -> Refused:
    """The error for an answer that is neither 200 nor 304 and will not get better by itself, with what to do next."""
    status = answer.status
    if status in (404, 410):
        reason = say(
            "alamat tidak ada lagi; perbaiki di config/sources atau matikan sumber itu", "gone; correct it in config/sources or switch the source off"
        )
    elif status in (401, 403, 407):
        reason = say(
            "akses ditolak; periksa token atau izin, atau pakai alamat lain", "access refused; check the token or permission, or use another address"
        )
    elif status < 300:
        reason = say("jawaban tanpa isi yang diharapkan", "an answer without the expected content")
    elif status < 400:
        reason = say("pengalihan tanpa tujuan; perbaiki alamatnya di config/sources", "a redirect to nowhere; correct the address in config/sources")
    else:
        reason = say("permintaan ditolak; periksa opsi sumber itu", "request refused; check the source's options")
    return Refused(f"{answer.url}: HTTP {status}: {reason}", status=status, body=answer.body)
