"""Rows of CSV as people export it: any usual delimiter, quoted line breaks, NUL bytes, and quotes that were never closed."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator

DELIMITERS = ",;\t|"


class CsvRows:
    """The header, then rows with the number of their first line.

    A stray quote makes the csv module swallow lines up to the next quote. When what came out does not fit the header, only the first
    of these lines is given up, and the others are read again: it costs one row, not the rest of the file.
    """

    def __init__(self, lines: Iterable[str], first_line: int = 1) -> None:
        self._source = iter(lines)
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self._line = first_line
        first = next(self._source, "")
        self._again.append(first)
        self._delimiter = max(DELIMITERS, key=first.count)
        self.header = next(self._reader(), [])
        self._line += len(self._taken)

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._feed(), delimiter=self._delimiter)

    def _feed(self) -> Iterator[str]:
        while True:
            line = self._again.popleft() if self._again else next(self._source, None)
            if line is None:
                return
            self._taken.append(line)
            yield line.replace("\0", "") if "\0" in line else line

    def __iter__(self) -> Iterator[tuple[int, list[str] | None]]:
        """(line, row) with exactly as many fields as the header; None in place of a row that does not fit it."""
        width = len(self.header)
        reader = self._reader()
        while True:
            self._taken.clear()
            row: list[str] | None
            try:
                row = next(reader)
            except StopIteration:
                if not self._taken:
                    return
                row = None
            except csv.Error:  # a field longer than the csv module takes: an unclosed quote
                row = None
            taken = self._taken
            if row is not None and len(row) != width:
                if len(row) > width and not any(row[width:]):
                    row = row[:width]
                elif row and len(row) < width and len(taken) == 1:
                    row = row + [""] * (width - len(row))
                elif row:
                    row = None
            line = self._line
            if row is None and len(taken) > 1:
                self._again.extendleft(reversed(taken[1:]))
                reader = self._reader()
                self._line += 1
            else:
                self._line += len(taken)
            if row != []:
                yield line, row
