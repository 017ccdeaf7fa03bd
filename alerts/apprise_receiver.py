"""Receiver `apprise`: Telegram, e-mail, Teams, a webhook of one's own and a hundred more, through the library Apprise.

A destination `apprise:humas-mail` takes its address from KENTONGAN_APPRISE_HUMAS_MAIL (github.com/caronc/apprise lists the forms:
tgram://, mailtos://, workflows://, json://). Apprise says only whether it worked; why not is read from its log, which never leaves here,
as it may hold tokens. It cannot tell whether a message arrived: a try without an answer is repeated once, marked as a repeat.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from alerts import plain
from alerts.fragments import AlertText
from alerts.posting import PostingReceiver
from kentongan.errors import Ambiguous, Final, ReceiverError, Recoverable
from kentongan.records import Severity
from kentongan.words import Lang, say

PREFIX = "KENTONGAN_APPRISE"
_LOG = logging.getLogger("apprise")
# Both log addresses, which hold tokens: Apprise's words are overheard below and go no further, of urllib3's the request lines are left out.
_LOG.propagate = False
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
_KINDS: dict[Severity | None, str] = {None: "info", "low": "info", "medium": "warning", "high": "warning", "critical": "failure"}
_NEVER_CONNECTED = re.compile(
    r"connection refused|newconnectionerror|failed to establish|name or service not known|nodename nor servname|temporary failure in name|"
    r"getaddrinfo|connecttimeout|connect timeout|no route to host|network is unreachable",
    re.IGNORECASE,
)
# Of its finer notes those of exceptions only: others hold the message, and a complaint of "connection refused" is no sign of anything.
_EXCEPTION = re.compile(r"[\w/ ]*Exception\b")
_HTTP = re.compile(r"error=(\d{3})\b")
_SMTP = re.compile(r"\((\d{3}), ")


class AppriseReceiver(PostingReceiver):
    """Hands each message to Apprise, with plain text."""

    name = "apprise"
    prefix = PREFIX
    guide = "docs/add-a-receiver.md"

    def _post(self, destination: str, text: AlertText, lang: Lang, key: str) -> None:
        service = self._service(destination)
        with _Overheard() as heard:
            done = service.notify(body=plain.body(text, lang), title=plain.title(text), notify_type=_type(text), body_format="text")
        if not done:
            raise _why(destination, heard.text)

    def _service(self, destination: str) -> Any:  # Apprise is not typed
        """The one service that the destination's address names. Raises Final."""
        from apprise import Apprise, AppriseAsset
        from apprise.common import OverflowMode

        variable, url = self._address(destination)
        with _Overheard():
            service = Apprise.instantiate(url, asset=AppriseAsset(async_mode=False, app_id="Kentongan", app_desc="Kentongan"))
        if service is None:
            raise Final(say(f"{destination}: {variable} bukan satu alamat Apprise", f"{destination}: {variable} is not one Apprise address"))
        service.socket_connect_timeout = service.socket_read_timeout = self._timeout_s
        service.overflow_mode = OverflowMode.TRUNCATE  # headline and marks come first, and stay
        one = Apprise()
        one.add(service)
        return one


def _type(text: AlertText) -> Any:  # Apprise's own enumeration
    from apprise.common import NotifyType

    return NotifyType("info" if text.unknown else "success" if text.over else _KINDS[text.severity])


def _why(destination: str, heard: str) -> ReceiverError:
    """The error of ours for what Apprise logged; none of its words are passed on."""
    if status := _HTTP.search(heard):
        return _of_http(destination, int(status[1]))
    if _NEVER_CONNECTED.search(heard):
        return Recoverable(say(f"{destination}: tidak terjangkau", f"{destination}: cannot be reached"))
    if code := _SMTP.search(heard):
        if code[1].startswith("5"):
            step = say("periksa alamat, nama pengguna dan sandinya", "check address, user name and password")
            return Final(
                say(f"{destination}: server surel menolak ({code[1]}): {step}", f"{destination}: the mail server refuses ({code[1]}): {step}")
            )
        return Recoverable(say(f"{destination}: server surel minta jeda ({code[1]})", f"{destination}: the mail server asks for a pause ({code[1]})"))
    return Ambiguous(say(f"{destination}: tidak ada jawaban, mungkin sudah terkirim", f"{destination}: no answer, it may have arrived"))


def _of_http(destination: str, status: int) -> ReceiverError:
    if status in (429, 503):
        return Recoverable(say(f"{destination}: penerima minta jeda ({status})", f"{destination}: the service asks for a pause ({status})"))
    if status >= 500:
        return Ambiguous(say(f"{destination}: galat di pihak penerima ({status})", f"{destination}: an error on the service's side ({status})"))
    step = say("periksa alamatnya", "check its address")
    return Final(say(f"{destination}: penerima menolak ({status}): {step}", f"{destination}: the service refuses ({status}): {step}"))


class _Overheard(logging.Handler):
    """What Apprise logs while the block lasts, kept in memory and shown nowhere: it may hold tokens and texts."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._lines: list[str] = []

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self._lines)

    def emit(self, record: logging.LogRecord) -> None:
        line = record.getMessage()
        if record.levelno >= logging.WARNING or _EXCEPTION.match(line):
            self._lines.append(line)

    def __enter__(self) -> _Overheard:
        _LOG.setLevel(logging.DEBUG)
        _LOG.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        _LOG.removeHandler(self)
