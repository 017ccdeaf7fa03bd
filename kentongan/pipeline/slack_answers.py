"""What Kentongan answers in Slack: orders are carried out, `/kentongan status` tells how things stand."""

from __future__ import annotations

import logging
import threading

from alerts.slack_payload import Order, Question
from kentongan.errors import StoreError
from kentongan.pipeline.deliver import deliver_all
from kentongan.pipeline.orders import carry_out
from kentongan.pipeline.slack_status import EVERYTHING, find_agency, status_in_slack
from kentongan.pipeline.wiring import Context
from kentongan.words import say

log = logging.getLogger(__name__)
STATUS_WORDS = frozenset({"", "status", "keadaan"})


class SlackAnswers:
    """The `Answerer` of alerts.slack_desk."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._changed = threading.Event()

    def order(self, order: Order) -> str:
        """Carry it out."""
        words, changed = carry_out(self._ctx, order)
        log.info("slack order act=%s alert=%s changed=%s", order.act, order.episode, changed)
        if changed:
            self._changed.set()
        return words

    def question(self, question: Question) -> str:
        """`/kentongan`, `/kentongan status` and `/kentongan [status] AGENCY`: how things stand; anything else: help."""
        first, _, rest = question.words.partition(" ")
        named = rest if first in STATUS_WORDS else question.words
        known = named in EVERYTHING or bool(find_agency(self._ctx, named))
        asked = first in STATUS_WORDS or (bool(named) and known)
        # Never the words themselves: they may name anybody.
        self._ctx.state.add_audit(self._ctx.clock.now(), question.actor, "slash", "status" if asked else "help")
        return status_in_slack(self._ctx, question, named) if asked else help_text()

    def afterwards(self) -> None:
        """Deliver the updates of earlier messages; what does not get through now is delivered with the next tick."""
        if not self._changed.is_set():
            return
        self._changed.clear()
        try:
            deliver_all(self._ctx, worker="slack", patience_s=3.0)
        except StoreError as exc:
            log.error("slack: messages are brought up to date with the next tick: %s", exc)


def help_text() -> str:
    """What can be asked."""
    return say(
        "*Kentongan*\n• `/kentongan status`: keadaan instansi kanal ini; di kanal lain, semua yang tidak tenang\n"
        "• `/kentongan status pln`: keadaan satu instansi; `semua` untuk semuanya\n• `/kentongan help`: bantuan ini\n"
        "Tombol di bawah peringatan: *Saya tangani* menghentikan pengingat; *Tunda…* diam 1 jam, 4 jam, atau sampai pagi; *Salah alarm* bila bukan "
        "masalah; *Bisukan salinan…* bila satu teks disalin terus-menerus. Pemburukan tetap dikabarkan.",
        "*Kentongan*\n• `/kentongan status`: this channel's agencies; in other channels, all that are not calm\n"
        "• `/kentongan status pln`: one agency; `all` for all of them\n• `/kentongan help`: this help\n"
        "Buttons below an alert: *I am on it* stops reminders; *Put off…* is quiet for 1 hour, 4 hours or until morning; *False alarm* when it is no "
        "problem; *Mute copies…* when one text is copied over and over. Worsening is still told.",
    )
