"""An alert's timeline reads as sentences, whatever happened to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest

from kentongan.pipeline.timeline import entry_words
from kentongan.records import SENT_REASONS, NotifyReason, TimelineEntry
from kentongan.words import Lang
from tests.alerts.builders import PLN

AT = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
NEVER_WRITTEN = {NotifyReason.UPDATED, NotifyReason.TEST}  # no events of an alert


def words(event: str, detail: str = "", by: str = "", lang: Lang = "id") -> str:
    return entry_words(TimelineEntry(at=AT, event=event, detail=detail, by=by), PLN, lang)


@pytest.mark.parametrize("lang", get_args(Lang))
@pytest.mark.parametrize("reason", sorted(NotifyReason))
def test_every_reason_has_words_of_its_own(reason: NotifyReason, lang: Lang) -> None:
    if reason in NEVER_WRITTEN:
        return
    said = words(reason, lang=lang) if reason in SENT_REASONS else words("withheld", reason, lang=lang)
    assert said != reason
    assert not said.endswith(f": {reason}"), "not the bare code"


def test_levels_people_and_leads_are_named() -> None:
    assert words("opened", "critical") == "dibuka, tingkat KRITIS"
    assert words("acknowledged", by="dewi") == "ditangani oleh dewi"
    assert words("snoozed", AT.isoformat(), "dewi") == "ditunda sampai Senin, 2 Maret 2026 pukul 10.00 WIB oleh dewi"
    assert words("first", "7b456de2-c8a6-54b9-9d1c-878c54e76e77") == "dikabarkan dalam pesan 7b456de2"
    assert words("unattended", "1") == "diteruskan ke kelompok berikutnya"
