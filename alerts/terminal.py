"""Receiver `terminal`: draws an alert on a stream, in 80 columns, in colour only where there is a screen."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from alerts.message import AlertText, compose
from kentongan.config import AgencyConfig
from kentongan.errors import Recoverable
from kentongan.records import Notice, Severity
from kentongan.words import Lang, current_language, say

WIDTH = 80
_COLOURS: dict[Severity | None, str] = {
    None: "bold cyan",
    "low": "bold cyan",
    "medium": "bold yellow",
    "high": "bold red",
    "critical": "bold white on red",
}


class TerminalReceiver:
    """Writes each notice to `stream` in one piece. Not real: simulated alerts may be shown here."""

    name = "terminal"
    real = False

    def __init__(self, stream: IO[str], agencies: Mapping[str, AgencyConfig], lang: Lang | None = None, database: Path | None = None) -> None:
        """database: the file that the commands under an alert must name; None where they find it by themselves."""
        self._stream = stream
        self._agencies = agencies
        self._lang = lang
        self._database = database

    def send(self, notice: Notice, previous_ref: str) -> str:
        """Draw it; the reference is the delivery key. Raises Recoverable when the stream refuses."""
        self._show(naming(compose(notice, self._agencies, self._lang or current_language()), self._database))
        return notice.key

    def find(self, notice: Notice, previous_ref: str = "") -> str | None:
        """None: what was drawn cannot be read back."""
        return None

    def tell(self, destination: str, headline: str, sentence: str) -> str:
        """Draw a message that is no alert."""
        self._show(AlertText(headline=headline, sentence=sentence))
        return destination

    def _show(self, text: AlertText) -> None:
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        try:
            drawn = draw(text, colour=self._stream.isatty(), lang=self._lang)
            self._stream.write(drawn.encode(encoding, errors="replace").decode(encoding))  # an ASCII console shows ? instead of failing
            self._stream.flush()
        except (OSError, ValueError) as exc:  # ValueError: the stream was closed
            raise Recoverable(say(f"terminal: tidak dapat menulis ({exc})", f"terminal: cannot write ({exc})")) from exc


def naming(text: AlertText, database: Path | None) -> AlertText:
    """The text with commands that find the alert in this database file."""
    if database is None:
        return text
    begin, wanted = "kentongan alerts ", f"kentongan alerts --db {shlex.quote(str(database))} "
    return replace(text, commands=tuple((label, command.replace(begin, wanted, 1)) for label, command in text.commands))


def draw(text: AlertText, *, colour: bool = False, width: int = WIDTH, lang: Lang | None = None, draft: bool = False) -> str:
    """The message as lines of text, `width` columns wide; draft: with the clarification to begin with."""
    buffer = StringIO()
    console = Console(
        file=buffer,
        width=width,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
        emoji=False,
    )
    style = "bold" if text.unknown else "bold green" if text.over else _COLOURS[text.severity]
    console.print()
    console.rule(style=style, characters="━")
    if text.banner:
        console.print(Text(text.banner, style="bold magenta"))
    console.print(Text(text.headline, style=style))
    for mark in text.marks:
        console.print(Text(mark, style="bold magenta"))
    console.print(Text(text.sentence))
    if text.clarified:
        console.print(Text(text.clarified))
    if text.steps:
        console.print()
        console.print(Text(text.steps_title, style="bold"))
        for number, step in enumerate(text.steps, start=1):
            console.print(_hanging(f"{number}.", Text(step)))
    if text.facts:
        console.print()
        console.print(_facts(text))
    _evidence(console, text, lang)
    if draft and text.draft:
        console.print()
        console.print(Text(say("Rancangan klarifikasi (isi yang dalam kurung siku)", "Draft (fill in the brackets)", lang), style="bold"))
        console.print(Padding(Text(text.draft), (0, 0, 0, 3)))
    if text.commands:
        console.print()
        console.print(Text(say("Ketik", "Type", lang), style="bold"))
        width_of_label = max(len(label) for label, _ in text.commands) + 1
        for label, command in text.commands:
            console.print(Text(f"   {label + ':':<{width_of_label}} ").append(command, style="bold" if colour else ""), soft_wrap=True)
    console.print(Text(text.footer, style="dim"))
    console.rule(style=style, characters="━")
    return "\n".join(line.rstrip() for line in buffer.getvalue().split("\n"))


def _evidence(console: Console, text: AlertText, lang: Lang | None) -> None:
    if text.quotes:
        console.print()
        console.print(Text(say("Yang dikatakan orang", "What people say", lang), style="bold"))
        for quote in text.quotes:
            console.print(_hanging("•", Text(quote.text).append(f" ({quote.origin})", style="dim")))
            if quote.url:
                console.print(Text("   " + quote.url), soft_wrap=True)
    if text.fact_check:
        console.print()
        console.print(Text(say("Cek fakta terdekat", "Nearest fact-check", lang), style="bold"))
        console.print(Padding(Text(text.fact_check.title), (0, 0, 0, 3)))
        console.print(Padding(Text(text.fact_check.origin), (0, 0, 0, 3)))
        if text.fact_check.url:
            console.print(Text("   " + text.fact_check.url), soft_wrap=True)


def _facts(text: AlertText) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", max_width=30)
    table.add_column()
    for label, value in text.facts:
        table.add_row(Text(label), Text(value))
    return table


def _hanging(mark: str, words: Text) -> Table:
    """A list item whose further lines are indented below its first."""
    table = Table.grid(padding=(0, 1))
    table.add_column(width=2, justify="right")
    table.add_column()
    table.add_row(mark, words)
    return table
