"""Receiver `slack`: one root message per alert, kept up to date in place, with what happens later in its thread.

Each message carries its delivery key in its metadata and as a block's id, so that after a request without an answer the channel's
history tells whether it arrived: nothing is lost, nothing is sent twice. Slack asks for at most one message a second per channel.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

from alerts.holding import severity_rank
from alerts.incidents import told_with_many
from alerts.message import AlertText, agency_of, compose, short_id
from alerts.placing import ROOT_MARK
from alerts.posting import refuse_simulated
from alerts.slack_blocks import blocks, fallback
from alerts.slack_buttons import buttons
from alerts.slack_client import ask, web_client
from alerts.slack_errors import NEXT_STEP, is_root_gone
from alerts.slack_history import EVENT_TYPE, PAGES, search, search_below
from alerts.slack_picture import upload
from kentongan.config import AgencyConfig
from kentongan.errors import Ambiguous, Final
from kentongan.records import Alert, AlertState, Notice, NotifyReason
from kentongan.words import current_language, say

SECONDS_PER_MESSAGE = 1.0  # per channel (Slack's rate limits, read November 2026)
CLOCK_SKEW = timedelta(hours=1)  # how far our clock and Slack's may be apart
_ID = re.compile(r"[CGD][A-Z0-9]{7,}")
# These are shown in the channel as well as in the thread: an officer who does not follow the thread must see them.
_BROADCAST = frozenset({NotifyReason.ESCALATED, NotifyReason.DOUBLED, NotifyReason.REMINDER})
_OF_MANY = frozenset({NotifyReason.WIDE_EVENT, NotifyReason.MORNING})


class Enclosures(Protocol):
    """What goes along with a message."""

    def links(self, alert: Alert) -> tuple[tuple[str, str], ...]:
        """(label, address) of where to read on."""
        ...

    def picture(self, alert: Alert) -> bytes | None:
        """The alert as a PNG; None where there is nothing to draw."""
        ...


class SlackReceiver:
    """Posts to `slack:#channel` or `slack:C0123ABCD` with a bot token. interactive: with buttons, as somebody listens for them."""

    name = "slack"
    real = True

    def __init__(
        self,
        token: str,
        agencies: Mapping[str, AgencyConfig],
        *,
        base_url: str = "",
        timeout_s: float = 10.0,
        interactive: bool = False,
        enclosures: Enclosures | None = None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = web_client(token, base_url=base_url, timeout_s=timeout_s)
        self._agencies = agencies
        self._interactive = interactive
        self._enclosures = enclosures
        self._sleep = sleep
        self._monotonic = monotonic
        self._last_post: dict[str, float] = {}
        self._ids: dict[str, str] = {}  # "#name" -> channel id

    def send(self, notice: Notice, previous_ref: str) -> str:
        """Post it, or update the root and post below it; returns "channel/ts" of the posted message, or of the root that was only updated.

        What takes the place of a root that somebody deleted is marked (`ROOT_MARK`), so that later updates find it.
        """
        refuse_simulated(notice)
        agency = agency_of(notice.alert.agency, self._agencies)
        lang = agency.language
        text = compose(notice, self._agencies, lang)
        if self._enclosures and notice.transition is not NotifyReason.TEST:
            text = replace(text, links=self._enclosures.links(notice.alert))
        shown = fallback(text)
        row = buttons(notice, self._agencies, lang) if self._interactive else []
        full = {"text": shown, "blocks": blocks(text, lang, key=notice.key, buttons=row)}
        payload = {"key": notice.key, "episode": notice.episode}
        channel, root = _parts_of(previous_ref)
        updates_only = notice.transition is NotifyReason.UPDATED
        if notice.within is not None and root:
            return self._noted_below(notice, previous_ref, text, payload) or self._post(notice.destination, channel, payload, **full)
        # What tells of several alerts is a message of its own, even where one of them has one already: the thread would hide the others.
        if notice.transition is NotifyReason.TEST or (not updates_only and (not root or notice.transition in _OF_MANY)):
            ref = self._post(notice.destination, _channel(notice.destination), payload, **full)
            self._enclose_picture(notice, ref, text)
            return ref
        of_root = {"event_type": EVENT_TYPE, "event_payload": {"key": "", "episode": notice.episode}}
        keyless = blocks(text, lang, buttons=row)
        of_many = told_with_many(notice.alert)  # that root is brought up to date by notices of its own, which tell of all
        kept = (of_many and not updates_only) or self._updated(
            notice.destination, channel=channel, ts=root, metadata=of_root, text=shown, blocks=keyless
        )
        if updates_only:
            return previous_ref  # a root that somebody deleted needs no update
        brief = {"text": shown, "blocks": blocks(text, lang, brief=True, key=notice.key, buttons=row)}
        below = self._reply(notice.destination, channel, root, payload, to_all=notice.transition in _BROADCAST, **brief) if kept else ""
        return below or self._post(notice.destination, channel, payload, **full) + ("" if of_many else ROOT_MARK)

    def _noted_below(self, notice: Notice, lead_ref: str, text: AlertText, payload: dict[str, str]) -> str:
        """A note in the thread of the same event's message, whose buttons are for all of it; in the channel, too, where it is worse than that one,
        or news of what goes on after that one's end. Returns the reference of that message, which the note is part of; "" when it was deleted."""
        assert notice.within is not None
        channel, root = _parts_of(lead_ref)
        worse = severity_rank(notice.alert.severity) > severity_rank(notice.within.severity)
        going_on = notice.within.state is AlertState.RESOLVED and notice.transition in _BROADCAST
        shown_to_all = (worse or going_on) and notice.alert.state is not AlertState.RESOLVED
        note = blocks(text, agency_of(notice.alert.agency, self._agencies).language, key=notice.key)
        return lead_ref if self._reply(notice.destination, channel, root, payload, to_all=shown_to_all, text=fallback(text), blocks=note) else ""

    def _reply(self, destination: str, channel: str, root: str, payload: dict[str, str], *, to_all: bool, **content: Any) -> str:
        """Post below the root; returns the reference of the reply, "" when somebody deleted the root."""
        try:
            return self._post(destination, channel, payload, thread_ts=root, reply_broadcast=to_all, **content)
        except Final as exc:
            if is_root_gone(exc):
                return ""
            raise

    def find(self, notice: Notice, previous_ref: str = "") -> str | None:
        """Look this notice's key up in the channel (and in its root's thread). Raises Recoverable when Slack does not answer now."""
        if notice.transition is NotifyReason.UPDATED:
            return ""  # doing it again changes nothing
        try:
            channel = previous_ref.partition("/")[0] or self._channel_id(notice.destination)
            if not channel:
                return None
            oldest = f"{(min(notice.decided_at, notice.alert.opened_at) - CLOCK_SKEW).timestamp():.6f}"
            root = _parts_of(previous_ref)[1]
            below = search_below(self._client, notice, channel, root) if root else ""
            found = below or search(self._client, "conversations.history", notice, channel=channel, oldest=oldest)
            if below and notice.within is not None:
                return previous_ref  # see _noted_below
            many = notice.transition in _OF_MANY or told_with_many(notice.alert)
            replaces = root and below == "" and notice.within is None and not many
            return f"{found}{ROOT_MARK}" if found and replaces else found
        except Final:  # not allowed to look (missing scope, not in the channel, ...): it cannot tell
            return None

    def tell(self, destination: str, headline: str, sentence: str) -> str:
        """Post a message that is no alert."""
        text = AlertText(headline=headline, sentence=sentence)
        payload = {"key": "", "episode": ""}
        return self._post(destination, _channel(destination), payload, text=fallback(text), blocks=blocks(text, current_language()))

    def identity(self) -> str:
        """Whose token this is: "bot @ workspace". Raises as `send` does."""
        answer = ask(self._client, "auth.test", "slack")
        return f"{answer.get('user', '?')} @ {answer.get('team', '?')}"

    def _post(self, destination: str, channel: str, payload: dict[str, str], **content: Any) -> str:
        now = self._monotonic()
        last = self._last_post.get(destination)
        if last is not None and now - last < SECONDS_PER_MESSAGE:
            self._sleep(SECONDS_PER_MESSAGE - (now - last))
        self._last_post[destination] = self._monotonic()  # not by `channel`, which names one place now by its name, now by its id
        answer = ask(
            self._client, "chat.postMessage", destination, channel=channel, unfurl_links=False, unfurl_media=False,
            metadata={"event_type": EVENT_TYPE, "event_payload": payload}, **content,
        )  # fmt: skip
        ref_channel, ts = str(answer.get("channel") or ""), str(answer.get("ts") or "")
        if not ref_channel or not ts:
            raise Ambiguous(say(f"{destination}: jawaban tanpa channel dan ts", f"{destination}: an answer without channel and ts"))
        self._ids[channel] = ref_channel
        return f"{ref_channel}/{ts}"

    def _enclose_picture(self, notice: Notice, ref: str, text: AlertText) -> None:
        """The picture below its message. It is an extra: that it did not arrive is logged, and never a reason to send the message again."""
        if self._enclosures is None or notice.transition in (NotifyReason.TEST, *_OF_MANY):
            return
        png = self._enclosures.picture(notice.alert)
        if png is None:
            return
        name = f"kentongan-{short_id(notice.alert)}.png"
        upload(self._client, ref, png, name=name, title=text.headline, alt=text.sentence[:1000], destination=notice.destination, sleep=self._sleep)

    def _channel_id(self, destination: str) -> str:
        """The channel's id, which the history is asked by; "" when no channel that the bot can see bears the name."""
        target = _channel(destination)
        if _ID.fullmatch(target):
            return target
        cursor = ""
        for _ in range(PAGES):
            if target in self._ids:
                break
            kinds = {"types": "public_channel,private_channel", "exclude_archived": True, "limit": 1000}
            page = ask(self._client, "conversations.list", destination, **kinds, **({"cursor": cursor} if cursor else {}))
            self._ids |= {f"#{c['name']}": str(c["id"]) for c in page.get("channels") or ()}
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return self._ids.get(target, "")

    def _updated(self, destination: str, **content: Any) -> bool:
        """Bring the root message up to date; False when somebody deleted it."""
        try:
            ask(self._client, "chat.update", destination, **content)
        except Final as exc:
            if is_root_gone(exc):
                return False
            raise
        return True


def _parts_of(ref: str) -> tuple[str, str]:
    """(channel, ts) of a reference that `send` gave; empty where there is none."""
    channel, _, ts = ref.removesuffix(ROOT_MARK).partition("/")
    return channel, ts


def _channel(destination: str) -> str:
    channel = destination.partition(":")[2]
    if not channel:
        raise Final(
            say(
                f"{destination}: tanpa nama kanal; isi slack_channel pada berkas instansi",
                f"{destination}: names no channel; set slack_channel in the agency's file",
            )
        )
    return channel


__all__ = ["EVENT_TYPE", "NEXT_STEP", "SlackReceiver"]
