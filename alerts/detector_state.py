"""The detector's memory: a few arrays whose size does not depend on how long the detector has been running.

head      one number each: level, share, filters, calibration, the open alert
ring      the last 24 h bin by bin: counts, what was expected of them, filters, scores
spread    the last 24 h of (N - E)^2 / V and its weight, per window length
sums      per window length: sums over the window, and the weighted sums of the dispersion
hours     48 cells (hour of day x weekday, weekend): posts seen in units of the level, hours seen
recent    24 cells (hour of day): posts of the last days over what the schedule said, and their weight
weekdays  7 cells: log of posts over what the schedule said, weight, factor
weeks     negatives seen and expected in each of 168 hours of the week, for the last five weeks
factors   per hour of the week: weekly factor, number of weeks seen
maxima    the last 60 daily maxima: of the tail score, of the final score, of the counts in three windows
records   the busiest tenth and the median of those counts
days      the last 60 days: log odds of a negative post, log of negatives over expected
"""

from __future__ import annotations

import struct
from datetime import timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from alerts.detector_compiling import compiled
from kentongan.errors import StoreError

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Wholes = npt.NDArray[np.int64]

FORMAT = 5
HEAD_SIZES = {2: 38, 3: 40, 4: 41, 5: 52}  # by format: an older state is read, what it lacks begins at nothing
OLD_RING_ROWS = 12  # before format 4: without CALENDAR, which begins at ordinary days
DAYS_FROM = 5  # before this format no `days`, which begin unknown
UNKNOWN_DAY = -99.0  # in `days`
MAGIC = b"KTGD"
HEADER = struct.Struct("<4sHHIq")  # magic, format, flags, bin width in seconds, start of the last bin (Unix seconds)
FLAG_NO_TOTAL = 1

WINDOWS_H = (0.5, 1.0, 3.0, 6.0, 12.0, 24.0)
CALIBRATION_DAYS = 60
WEEKS = 5

# places in `head`
(
    LEVEL_POSTS,  # posts of other moods, decayed, capped
    LEVEL_UNITS,  # schedule units that they were seen in
    SHARE_NEGATIVE,
    SHARE_OTHERS,
    DAY_NEGATIVE,  # of the day being learnt
    DAY_OTHERS,
    DAY_NUMBER,
    DAY_POSTS,  # of the same day, for the factor of the weekday
    DAY_USUAL,
    HOUR_NEGATIVE,  # of the hour of the week being learnt
    HOUR_EXPECTED,
    HOUR_OF_WEEK,
    HOUR_POSTS,  # of the same hour, for the recent days
    HOUR_USUAL,
    VOLUME,
    VOLUME_VARIANCE,
    MOOD,
    MOOD_VARIANCE,
    SILENT_EXPECTED,  # posts that were expected since the last bin that had any
    SILENT_BINS,
    DAYS_CLOSED,
    LOCATION,  # of the Gumbel law of daily maxima
    SCALE,
    TYPICAL_DAY,  # median of the daily maxima of the tail score
    LOUD_DAY,  # their upper fifth
    RAISED,  # log10 weeks by which a restless agency's bar is raised
    TODAY_TAIL,  # maxima of the day that runs; the order of rows of `maxima`
    TODAY_SCORE,
    TODAY_SHORT,
    TODAY_MIDDLE,
    TODAY_LONG,
    LAST_UNKNOWN,  # number of the last bin that was not counted
    LAST_LOUD,  # number of the last bin with a high tail score
    BINS_SEEN,
    BINS_COUNTED,
    SEEN_NEGATIVE,
    IS_OPEN,
    BINS_BELOW,
    OWN_POSTS,  # negatives, decayed, capped: stand in for the others where hardly anybody says anything else
    OWN_UNITS,
    BINS_OPEN,  # up while an alert is open, down while none is: far up means a new state of things
    SURPLUS,  # negatives beyond a quarter more than expected, summed up and slowly forgotten, never below nothing
    SURPLUS_BINS,  # since it was nothing
    SHARE_SURPLUS,  # the same against what the share makes of the others that were there
    SHARE_SURPLUS_BINS,
    ODDS_MEDIAN,  # of the last sixty days
    ODDS_SPREAD,  # robust standard deviation; 0: not known yet
    EXCESS_MEDIAN,
    EXCESS_SPREAD,
    EXCESS_3D,  # mean of the last three days
    EXCESS_7D,
    DAYS_ABOVE,  # days in a row that ended well above what was expected
) = range(52)
HEAD_SIZE = HEAD_SIZES[FORMAT]
# rows of `ring`
(
    NEGATIVE,  # -1: not counted
    OTHERS,
    USUAL_OTHERS,
    EXPECTED,
    UNFACTORED,  # expected, without the weekly factor
    MOODS,
    MOOD_VARIANCES,
    VOLUMES,
    TAILS,  # highest tail score of the windows that end here
    SURPRISE_3H,  # log of negatives over expected
    SURPRISE_24H,
    CROWD_3H,  # log of others over usual
    CALENDAR,  # what the calendar made of the bin: 1 on an ordinary day
) = range(13)
RING_ROWS = 13
# rows of `sums`
SUM_NEGATIVE, SUM_EXPECTED, SUM_OTHERS, SUM_USUAL, SPREAD_WEIGHT, SPREAD_TOTAL = range(6)
# rows of `days`
DAY_ODDS, DAY_EXCESS = range(2)
# rows of `maxima`
MAX_TAIL, MAX_SCORE, MAX_SHORT, MAX_MIDDLE, MAX_LONG = range(5)


class Memory(NamedTuple):
    head: Floats
    ring: Singles
    spread: Singles
    sums: Floats
    hours: Floats
    recent: Floats
    weekdays: Floats
    weeks: Singles
    factors: Floats
    maxima: Singles
    records: Floats
    days: Singles


def bins_per_day(width_s: int) -> int:
    """Bins in 24 h."""
    return 86400 // width_s


def fresh_memory(width_s: int) -> Memory:
    """The memory of an agency that was never seen; the kernel fills in its prior values at the first bin."""
    n = bins_per_day(width_s)
    windows = len(WINDOWS_H)
    return Memory(
        head=np.zeros(HEAD_SIZE),
        ring=np.zeros((RING_ROWS, n), np.float32),
        spread=np.zeros((2 * windows, n), np.float32),
        sums=np.zeros((6, windows)),
        hours=np.zeros((2, 48)),
        recent=np.zeros((2, 24)),
        weekdays=np.zeros((3, 7)),
        weeks=np.zeros((2, 168, WEEKS), np.float32),
        factors=np.zeros((2, 168)),
        maxima=np.zeros((5, CALIBRATION_DAYS), np.float32),
        records=np.zeros((2, 3)),
        days=np.full((2, CALIBRATION_DAYS), UNKNOWN_DAY, np.float32),
    )


@compiled
def back(memory: Memory, row: int, bins: int, otherwise: float) -> float:
    """What the ring held so many bins before the current one (which is not yet counted in BINS_SEEN)."""
    seen = int(memory.head[BINS_SEEN])
    if bins > seen:
        return otherwise
    return float(memory.ring[row, (seen - bins) % memory.ring.shape[1]])


def pack(memory: Memory, *, width_s: int, last_bin_s: int, has_total: bool) -> bytes:
    """The memory as bytes that `unpack` reads back exactly."""
    header = HEADER.pack(MAGIC, FORMAT, 0 if has_total else FLAG_NO_TOTAL, width_s, last_bin_s)
    return header + b"".join(part.tobytes() for part in memory)


def knows_total(state: bytes) -> bool:
    """Whether that state was made of counts with a total; True for what is no state."""
    return len(state) < HEADER.size or not HEADER.unpack_from(state)[2] & FLAG_NO_TOTAL


def unpack(state: bytes, width: timedelta) -> tuple[Memory, int, bool]:
    """(memory, start of the last bin in Unix seconds, whether a total is known).

    Raises StoreError when the bytes are not ours, damaged, or of another format.
    """
    width_s = int(width.total_seconds())
    again = "delete this detector state and evaluate the stored counts again from the start (the counts are kept)"
    if len(state) < HEADER.size or state[:4] != MAGIC:
        raise StoreError(f"detector state: not a detector state ({len(state)} bytes); {again}")
    _, number, flags, stored_width_s, last_bin_s = HEADER.unpack_from(state)
    if number not in HEAD_SIZES:
        raise StoreError(f"detector state: format {number}, this version reads formats {min(HEAD_SIZES)} to {FORMAT}; {again}")
    if stored_width_s != width_s:
        raise StoreError(f"detector state: made with bins of {stored_width_s} s, now {width_s} s; {again}")
    blank = fresh_memory(width_s)
    blank = blank._replace(head=blank.head[: HEAD_SIZES[number]], ring=blank.ring if number >= 4 else blank.ring[:OLD_RING_ROWS])
    stored = blank if number >= DAYS_FROM else blank[:-1]
    expected = HEADER.size + sum(part.nbytes for part in stored)
    if len(state) != expected:
        raise StoreError(f"detector state: {len(state)} bytes instead of {expected}; {again}")
    parts: list[Any] = []  # arrays of both kinds, in the order of Memory's fields
    offset = HEADER.size
    for part in stored:
        parts.append(np.frombuffer(state, part.dtype, part.size, offset).reshape(part.shape).copy())
        offset += part.nbytes
    if not all(np.isfinite(part).all() for part in parts):
        raise StoreError(f"detector state: holds what is no number; {again}")
    memory = Memory(*parts, *blank[len(stored) :])
    head = np.concatenate([memory.head, np.zeros(HEAD_SIZE - len(memory.head))])
    ring = np.concatenate([memory.ring, np.ones((RING_ROWS - len(memory.ring), memory.ring.shape[1]), np.float32)])
    return memory._replace(head=head, ring=ring), last_bin_s, not flags & FLAG_NO_TOTAL
