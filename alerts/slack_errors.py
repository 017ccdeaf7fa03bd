"""What Slack's refusals mean: try again, look before trying again, or tell a person what to put right.

Codes as in Slack's method references of chat.postMessage, chat.update and conversations.history (read November 2026).
"""

from __future__ import annotations

import errno
import http.client
import re
import socket
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.error import URLError

from slack_sdk.errors import SlackApiError

from kentongan.errors import Ambiguous, Final, ReceiverError, Recoverable
from kentongan.http_answers import pause_asked_for
from kentongan.words import say

# The request was not carried out; the same request may work in a moment.
_TRANSIENT = frozenset(
    {
        "ratelimited", "rate_limited", "message_limit_exceeded", "service_unavailable", "team_added_to_org", "external_channel_migrating",
        "update_failed",
    }
)  # fmt: skip
# "Some aspect of the operation may have succeeded before the error was raised" (Slack, on fatal_error): look before sending again.
_UNCERTAIN = frozenset({"internal_error", "fatal_error", "request_timeout"})
# No connection was made: this machine, or a router on the way, knows of none.
_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN})
# The root message can no longer be edited: a new message is posted instead.
ROOT_GONE = frozenset(
    {"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found", "cannot_reply_to_message", "is_inactive"}
)


def is_root_gone(error: ReceiverError) -> bool:
    """True when Slack refused because somebody deleted the message that was to be changed or answered."""
    cause = error.__cause__
    return isinstance(cause, SlackApiError) and cause.response.get("error") in ROOT_GONE


_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,60}")  # of Slack's errors


_TOKEN = (
    "ambil token bot yang baru di api.slack.com/apps dan simpan sebagai SLACK_BOT_TOKEN",
    "take a new bot token from api.slack.com/apps and set it as SLACK_BOT_TOKEN",
)
_CHANNEL = (
    "periksa slack_channel pada berkas instansi; kanal privat harus mengundang bot lebih dulu (/invite @kentongan)",
    "check slack_channel in the agency's file; a private channel must invite the bot first (/invite @kentongan)",
)
_MESSAGE = ("laporkan sebagai galat Kentongan, dengan kode ini", "report it as a bug of Kentongan, with this code")
NEXT_STEP: dict[str, tuple[str, str]] = {
    "invalid_auth": _TOKEN,
    "not_authed": _TOKEN,
    "token_revoked": _TOKEN,
    "token_expired": _TOKEN,
    "account_inactive": _TOKEN,
    "not_allowed_token_type": _TOKEN,
    "org_login_required": _TOKEN,
    "channel_not_found": _CHANNEL,
    "not_in_channel": (
        "undang bot ke kanal itu: ketik /invite @kentongan di sana",
        "invite the bot to that channel: type /invite @kentongan there",
    ),
    "is_archived": (
        "kanal itu sudah diarsipkan: buka kembali, atau ganti slack_channel pada berkas instansi",
        "that channel is archived: restore it, or change slack_channel in the agency's file",
    ),
    "missing_scope": (
        "tambahkan izin yang disebut di docs/slack.md (chat:write, channels:read, channels:history), lalu pasang ulang aplikasinya",
        "add the scopes named in docs/slack.md (chat:write, channels:read, channels:history), then reinstall the app",
    ),
    "restricted_action": (
        "pengurus ruang kerja membatasi siapa yang boleh menulis di kanal itu: minta izin untuk bot",
        "the workspace restricts who may post in that channel: ask its administrator to allow the bot",
    ),
    "msg_too_long": _MESSAGE,
    "msg_blocks_too_long": _MESSAGE,
    "invalid_blocks": _MESSAGE,
    "invalid_blocks_format": _MESSAGE,
    "no_text": _MESSAGE,
}


def refusal(error: SlackApiError, destination: str) -> ReceiverError:
    """The error of ours for an answer of Slack's that is not ok."""
    response = error.response
    status = int(getattr(response, "status_code", 200) or 200)
    code = str(response.get("error") or "") if hasattr(response, "get") else ""
    if status == 429 or code in _TRANSIENT:
        return Recoverable(
            say(f"{destination}: Slack minta jeda ({code or status})", f"{destination}: Slack asks for a pause ({code or status})"),
            retry_after_s=retry_after_s(getattr(response, "headers", None) or {}),
        )
    if status == 503:
        return Recoverable(say(f"{destination}: Slack sedang tidak tersedia (503)", f"{destination}: Slack is unavailable (503)"))
    if status >= 500 or status == 408 or code in _UNCERTAIN:
        what = code if code in _UNCERTAIN else str(status)
        return Ambiguous(say(f"{destination}: galat di pihak Slack ({what})", f"{destination}: an error on Slack's side ({what})"))
    if not _CODE.fullmatch(code):  # a page of a proxy's: a request that reached Slack all the same cannot be told from one that did not
        what = say(f"jawaban HTTP {status} bukan dari Slack", f"HTTP {status} is not Slack's answer")
        step = say("periksa SLACK_BASE_URL dan perantara (proxy)", "check SLACK_BASE_URL and any proxy")
        return (Ambiguous if status == 200 else Final)(f"{destination}: {what}; {step}")
    step = say(*NEXT_STEP.get(code, ("lihat kode ini di dokumentasi Slack", "look this code up in Slack's documentation")))
    return Final(say(f"{destination}: Slack menolak ({code}): {step}", f"{destination}: Slack refuses ({code}): {step}"))


def retry_after_s(headers: Mapping[str, object]) -> float | None:
    """Seconds of the pause that an answer's headers ask for, between 0 and a day; None when they say nothing that can be read.

    A date is measured against the answer's own.
    """
    plain = {str(name).lower(): str(value[0] if isinstance(value, list) and value else value) for name, value in headers.items()}
    try:
        now = parsedate_to_datetime(plain.get("date", ""))
    except ValueError:
        now = datetime.fromtimestamp(0, UTC)
    return pause_asked_for(plain, now)


def no_answer(error: OSError | http.client.HTTPException, destination: str) -> ReceiverError:
    """The error of ours when there was no answer at all: never connected (try again), or connected and then silent (look first)."""
    reason = error.reason if isinstance(error, URLError) else None
    if isinstance(reason, ssl.SSLError):
        return Recoverable(
            say(f"{destination}: sambungan aman ke Slack gagal ({reason})", f"{destination}: no secure connection to Slack ({reason})")
        )
    if isinstance(reason, ConnectionRefusedError | socket.gaierror | TimeoutError) or (reason is not None and not isinstance(reason, OSError)):
        # urllib wraps what happens up to the sending of the request in URLError; a time-out there is one of connecting.
        return Recoverable(say(f"{destination}: Slack tidak terjangkau ({reason})", f"{destination}: Slack cannot be reached ({reason})"))
    cause = reason or error
    if isinstance(cause, ConnectionRefusedError) or getattr(cause, "errno", None) in _NO_WAY or "Tunnel connection failed" in str(cause):
        return Recoverable(say(f"{destination}: Slack tidak terjangkau ({cause})", f"{destination}: Slack cannot be reached ({cause})"))
    what = type(cause).__name__
    return Ambiguous(
        say(f"{destination}: Slack tidak menjawab ({what}), mungkin sudah terkirim", f"{destination}: no answer ({what}), it may have arrived")
    )
