"""Receiver `terminal`."""

from __future__ import annotations

import io
import sys
from dataclasses import replace

import pytest

from alerts.terminal import TerminalReceiver
from kentongan.errors import Recoverable
from tests.alerts.builders import AGENCIES, notice


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_notice_is_written_whole_and_its_reference_is_its_key() -> None:
    stream = io.StringIO()
    told = notice("terminal")
    assert TerminalReceiver(stream, AGENCIES, "id").send(told, "") == told.key
    assert "KRITIS · PLN: keluhan dan sebutan negatif melonjak" in stream.getvalue()


def test_colour_only_where_there_is_a_screen() -> None:
    plain, screen = io.StringIO(), Screen()
    for stream in (plain, screen):
        TerminalReceiver(stream, AGENCIES, "id").send(notice("terminal"), "")
    assert "\x1b[" not in plain.getvalue()
    assert "\x1b[" in screen.getvalue()


def test_an_ascii_stream_gets_question_marks_instead_of_an_error() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    TerminalReceiver(stream, AGENCIES, "id").send(notice("terminal"), "")
    assert b"KRITIS ? PLN: keluhan" in raw.getvalue()


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_full_disk_is_tried_again_later() -> None:
    stream = open("/dev/full", "w", encoding="utf-8")  # noqa: PTH123, SIM115  # closing it fails too
    with pytest.raises(Recoverable):
        TerminalReceiver(stream, AGENCIES, "id").send(notice("terminal"), "")
    with pytest.raises(OSError, match="No space"):
        stream.close()


def test_a_closed_stream_is_tried_again_later() -> None:
    stream = io.StringIO()
    stream.close()
    with pytest.raises(Recoverable):
        TerminalReceiver(stream, AGENCIES, "id").send(notice("terminal"), "")


def test_it_cannot_tell_whether_something_was_shown_and_is_no_real_receiver() -> None:
    receiver = TerminalReceiver(io.StringIO(), AGENCIES)
    assert receiver.find(notice("terminal")) is None
    assert receiver.real is False


def test_a_repeat_says_that_it_may_be_one() -> None:
    stream = io.StringIO()
    TerminalReceiver(stream, AGENCIES, "id").send(replace(notice("terminal"), repeat=True), "")
    assert "MUNGKIN TERULANG" in stream.getvalue()


def test_trouble_of_kentongan_itself_can_be_told() -> None:
    stream = io.StringIO()
    TerminalReceiver(stream, AGENCIES, "id").tell("terminal", "GANGGUAN KENTONGAN · collect", "disk penuh")
    assert "GANGGUAN KENTONGAN · collect\ndisk penuh" in stream.getvalue()
