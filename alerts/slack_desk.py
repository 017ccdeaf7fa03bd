"""What to answer to Slack, whichever door a request came through: the same for Socket Mode and for the HTTP endpoint.

An `Answerer` (the pipeline's) decides; this module reads Slack's envelope, answers in Slack's shape, and sends the words that only the
person who asked can see. Slack waits three seconds for the first answer, so only the decision is made before it; the rest follows.
"""

from __future__ import annotations

import http.client
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient

from alerts.slack_blocks import escape
from alerts.slack_client import SDK_LOG
from alerts.slack_payload import Nothing, Order, Question, read_command, read_interaction
from kentongan.errors import InputError
from kentongan.ports import Clock

log = logging.getLogger(__name__)
ANSWER_TIMEOUT_S = 10
WORDS_CHARS = 3900  # of an answer: names and reasons in it are typed by people, and are no markup


class Answerer(Protocol):
    """What the pipeline does with what is asked. Raises StoreError when it cannot be done now: Slack then asks again."""

    def order(self, order: Order) -> str:
        """Carry it out; the words for the person who pressed the button."""
        ...

    def question(self, question: Question) -> str:
        """The words for the person who asked."""
        ...

    def afterwards(self) -> None:
        """Bring messages up to date, once the answer has left."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """The first answer, and what follows it."""

    body: Mapping[str, Any] | None
    then: Callable[[], None]


class Desk:
    """Turns what Slack sends into a `Reply`."""

    def __init__(self, answerer: Answerer, clock: Clock, *, local: bool = False) -> None:
        self._answerer = answerer
        self._clock = clock
        self._local = local  # answers may go to this machine: Slack itself is played by a server on it

    def interaction(self, payload: Mapping[str, object]) -> Reply:
        """A button or a menu: nothing in the first answer, the words follow to the payload's response_url. Raises StoreError."""
        url = str(payload.get("response_url") or "")
        try:
            wanted = read_interaction(payload, self._clock.now())
        except InputError as exc:
            words = str(exc)
            log.warning("slack: an interaction was not understood")
            return Reply(body=None, then=lambda: self._tell(url, words))
        if isinstance(wanted, Nothing):
            return Reply(body=None, then=lambda: None)
        answer = self._answerer.order(wanted)

        def follow() -> None:
            self._tell(wanted.response_url, answer)
            self._answerer.afterwards()

        return Reply(body=None, then=follow)

    def command(self, form: Mapping[str, object]) -> Reply:
        """A slash command: the words are the first answer, seen by the person who asked alone. Raises StoreError."""
        try:
            words = self._answerer.question(read_command(form))
        except InputError as exc:
            words = str(exc)
        return Reply(body={"response_type": "ephemeral", "text": escape(words, WORDS_CHARS)}, then=lambda: None)

    def _tell(self, url: str, words: str) -> None:
        """Words for one person; that they do not arrive is no reason to fail: what he ordered is done, and the message shows it."""
        if not _is_slacks(url, self._local):
            if url:
                log.warning("slack: a response_url outside of Slack was not used")
            return
        client = WebhookClient(url, timeout=ANSWER_TIMEOUT_S, logger=SDK_LOG, retry_handlers=[])
        if self._local:
            client.proxy = None
        try:
            answer = client.send_dict({"response_type": "ephemeral", "replace_original": False, "text": escape(words, WORDS_CHARS)})
        except (OSError, http.client.HTTPException, SlackClientError, ValueError) as exc:
            log.warning("slack: the answer to a button did not arrive: %s", type(exc).__name__)
            return
        if answer.status_code != 200:
            log.warning("slack: the answer to a button was refused: HTTP %s", answer.status_code)


def _is_slacks(url: str, local: bool) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if local and parts.scheme == "http" and host == "127.0.0.1":
        return True
    return parts.scheme == "https" and host.endswith((".slack.com", ".slack-gov.com"))
