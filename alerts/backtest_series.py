"""One agency's bins without gaps, made from lines in any order; or an error that names the line and the next step."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from alerts.phrases import lasting
from kentongan.errors import InputError
from kentongan.words import say

MAX_GAP_S = 400 * 86400  # a longer gap is a mistake in a date

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One agency's bins without gaps; on-time posts only. A bin that nobody listened to has observed 0."""

    agency: str
    zone: ZoneInfo
    width: timedelta
    first_s: int  # start of the first bin, Unix seconds
    negative: Floats
    others: Floats
    observed: Floats
    has_total: bool
    missing: int  # bins that had no line

    def start(self, place: int) -> datetime:
        """Start of a bin, in the agency's zone."""
        return datetime.fromtimestamp(self.first_s + place * int(self.width.total_seconds()), self.zone)

    @property
    def weeks(self) -> float:
        """Length in weeks."""
        return len(self.negative) * self.width / timedelta(weeks=1)


@dataclass(slots=True)
class Lines:
    """Lines of one agency as they came."""

    zone: ZoneInfo
    times: dict[str, int]  # memo of parsed times, shared by agencies of one zone
    start: array[int] = field(default_factory=lambda: array("q"))
    negative: array[float] = field(default_factory=lambda: array("d"))
    others: array[float] = field(default_factory=lambda: array("d"))
    observed: array[float] = field(default_factory=lambda: array("d"))
    line: array[int] = field(default_factory=lambda: array("q"))


def to_series(agency: str, lines: Lines, name: str, has_total: bool) -> Series:
    """The lines of an agency, sorted and with its gaps filled. Raises InputError for repeated and irregular bins."""
    start = np.array(lines.start, np.int64)
    line = np.array(lines.line, np.int64)
    order = np.argsort(start, kind="stable")
    start, line = start[order], line[order]
    steps = np.diff(start)

    def wrong(place: int, id_text: str, en_text: str) -> NoReturn:
        at = datetime.fromtimestamp(int(start[place]), lines.zone).isoformat()
        raise InputError(
            f"{name}: "
            + say(f"baris {line[place]}, kolom time: {agency} {at}: {id_text}", f"line {line[place]}, column time: {agency} {at}: {en_text}")
        )

    repeated = np.flatnonzero(steps == 0)
    if len(repeated):
        place = int(repeated[0]) + 1
        wrong(place, f"bin ini sudah ada di baris {line[place - 1]}; jumlahkan atau hapus salah satu",
              f"this bin is on line {line[place - 1]} already; add them up or delete one")  # fmt: skip
    width_s = _usual_step(steps)
    width = timedelta(seconds=width_s)
    if not 60 <= width_s <= 3600 or 43200 % width_s:
        wrong(0, f"jarak bin {lasting(width, 'id')}; harus 1 sampai 60 menit dan membagi habis 12 jam",
              f"bins are {lasting(width, 'en')} apart; must be 1 to 60 minutes and divide 12 hours")  # fmt: skip
    off = np.flatnonzero((start - start[0]) % width_s)
    if len(off):
        # the odd one out may be the very first bin: then most others are off its grid
        place = 0 if len(off) > len(start) / 2 else int(off[0])
        wrong(place, f"di luar kisi {lasting(width, 'id')}; bin harus berjarak sama",
              f"off the grid of {lasting(width, 'en')}; bins must be equally spaced")  # fmt: skip
    far = np.flatnonzero(steps > MAX_GAP_S)
    if len(far):
        wrong(int(far[0]) + 1, "lebih dari 400 hari sesudah bin sebelumnya; apakah tanggalnya benar?",
              "more than 400 days after the bin before; is the date right?")  # fmt: skip
    place = (start - start[0]) // width_s
    size = int(place[-1]) + 1

    def fill(values: array[float]) -> Floats:
        full = np.zeros(size)
        full[place] = np.array(values)[order]
        return full

    return Series(
        agency=agency,
        zone=lines.zone,
        width=width,
        first_s=int(start[0]),
        negative=fill(lines.negative),
        others=fill(lines.others),
        observed=fill(lines.observed),
        has_total=has_total,
        missing=size - len(start),
    )


def _usual_step(steps: npt.NDArray[np.int64]) -> int:
    """The most frequent distance between neighbours; 5 minutes for a single bin."""
    if not len(steps):
        return 300
    values, counts = np.unique(steps, return_counts=True)
    return int(values[np.argmax(counts)])
