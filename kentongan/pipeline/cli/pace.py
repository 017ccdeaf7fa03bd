"""How far a long command is and how fast it goes, for somebody who waits at a terminal; silent elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from kentongan.words import number, say


class Pace:
    """A bar over the bytes of a file with the lines done and their rate; without a known size, the lines and the rate alone."""

    def __init__(self, name: str, total: int) -> None:
        """name: shown before the bar. total: bytes, 0 where nobody knows."""
        self.total = total
        self._lines = 0
        self._began = time.monotonic()
        bar = (BarColumn(), TimeRemainingColumn()) if total else ()
        columns = (TextColumn("{task.description}"), *bar, TextColumn("{task.fields[pace]}"))
        silent = not sys.stderr.isatty() or sys.stdout.isatty()  # a bar among the scores on one screen would garble both
        self._shown = Progress(*columns, console=Console(stderr=True), transient=True, disable=silent)
        self._task = self._shown.add_task(say(f"Menilai {name}", f"Scoring {name}").rstrip(), total=total or None, pace="")

    def __enter__(self) -> Pace:
        self._shown.start()
        return self

    def move(self, lines: int, at: int) -> None:
        """So many more lines are done; at: bytes read so far."""
        self._lines += lines
        self._shown.update(self._task, completed=at, pace=self._told())

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Leave one line with the rate behind."""
        self._shown.stop()
        if kind is None and not self._shown.disable and self._lines:
            self._shown.console.print(self._told(), highlight=False)

    def _told(self) -> str:
        rate = self._lines / max(1e-9, time.monotonic() - self._began)
        return f"{number(self._lines)} {say('baris', 'lines')}, {number(rate)} {say('baris/detik', 'lines/s')}"
