"""The bundled stream and the calm background: the same seed gives the same bytes on any machine."""

from __future__ import annotations

import random
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from kentongan.errors import InputError
from kentongan.simulation.cast import Cast, Notebook, Row
from kentongan.simulation.everyday import Scribe
from kentongan.simulation.happenings import Happening, campaign, crisis, hoax
from kentongan.simulation.material import SLUGS, material
from kentongan.simulation.rhythm import arrivals, level, local, moods

START = date(2026, 3, 2)  # a Monday
WEEKS = 3
# The bundled stream shows what an alert is, so its calm days are calmer than chance: with pure chance some of ten agencies would be
# unusually loud in three weeks by definition. The background is pure chance.
STEADY = 0.75
THREADS_PER_DAY = 0.35
ANNOUNCEMENTS = (9, 16)  # local hours


def simulate(seed: int = 1, start: date = START, weeks: int = WEEKS) -> list[Row]:
    """Mentions of ten agencies by time, with a crisis, a hoax and a campaign in the last week. Every row is marked `simulasi`."""
    return _stream(seed, start, weeks)[0]


def truth(seed: int = 1, start: date = START, weeks: int = WEEKS) -> dict[str, Any]:
    """What really happened in the stream of `simulate`: windows of its events, and the agencies that stayed calm."""
    rows, happenings = _stream(seed, start, weeks)
    return {
        "seed": seed,
        "start": local(start).isoformat(),
        "end": local(start + timedelta(weeks=weeks)).isoformat(),
        "rows": len(rows),
        "simulated": True,
        "events": [{**asdict(event), "start": event.start.isoformat(), "end": event.end.isoformat()} for event in happenings],
        "calm_agencies": sorted(set(SLUGS) - {event.agency for event in happenings}),
    }


def _stream(seed: int, start: date, weeks: int) -> tuple[list[Row], list[Happening]]:
    if weeks < 1:
        raise InputError("weeks: at least 1")
    notebook = Notebook(f"s{seed}")
    cast = Cast(random.Random(f"{seed}/cast"))
    begin = local(start)
    scribes = {}
    for slug in SLUGS:
        scribes[slug] = Scribe(random.Random(f"{seed}/{slug}"), material(slug), cast, notebook, steady=True)
        _ordinary_days(scribes[slug], begin, weeks * 7, scribes[slug].material.per_day / 24)
    last_week = start + timedelta(weeks=weeks - 1)
    happenings = [
        crisis(scribes["pln"], local(last_week + timedelta(days=1), 13, 35)),
        hoax(scribes["bpjs-kesehatan"], local(last_week + timedelta(days=2), 15, 40)),
        campaign(scribes["pemprov-dki"], local(last_week + timedelta(days=3), 7, 30)),
    ]
    end = begin + timedelta(weeks=weeks)
    limit = end.timestamp()
    rows = [row for row in notebook.sorted() if datetime.fromisoformat(row["published_at"]).timestamp() < limit]
    return rows, happenings


def _ordinary_days(scribe: Scribe, begin: datetime, days: int, per_hour: float) -> None:
    rng = scribe.rng
    busy, cross = moods(rng, days, 0.06), moods(rng, days, 0.05)

    def rate(moment: datetime) -> float:
        return per_hour * level(moment) * busy[(moment - begin).days]

    for moment in arrivals(rng, begin, days * 24, rate, steady=STEADY if scribe.steady else 0):
        row = scribe.ordinary(moment, cross[(moment - begin).days])
        scribe.maybe_answer(row, moment)
    for day in range(days):
        if rng.random() < THREADS_PER_DAY:
            moment = begin + timedelta(days=day, hours=7 + int(rng.random() * 14), minutes=int(rng.random() * 60))
            scribe.maybe_answer(scribe.thread(moment), moment)
        for hour in ANNOUNCEMENTS:
            if rng.random() < 0.7:
                scribe.announce(begin + timedelta(days=day, hours=hour, minutes=int(rng.random() * 50)))


def background(
    agency: str, *, seed: int = 1, days: int = 21, per_hour: float = 10.0, end: datetime | None = None, rows: int | None = None
) -> list[Row]:
    """A calm stream of one agency, for laying a recorded one over it; `rows` gives exactly so many instead of a rate.

    end: aware, the last moment (default: the end of the bundled stream). Raises InputError for an unknown agency or sizes that make no sense.
    """
    if agency not in SLUGS:
        raise InputError(f"{agency}: no texts for this agency; there are {', '.join(SLUGS)}")
    if days < 1 or per_hour <= 0 or (rows is not None and rows < 1):
        raise InputError("days, rate and rows must be above zero")
    finish = (end or local(START + timedelta(weeks=WEEKS))).replace(microsecond=0)
    begin = finish.astimezone(local(START).tzinfo) - timedelta(days=days)
    rate = per_hour if rows is None else rows / (days * 24) * 1.25
    while True:
        notebook = Notebook(f"b{seed}-{agency}")
        scribe = Scribe(random.Random(f"{seed}/background/{agency}"), material(agency), Cast(random.Random(f"{seed}/cast")), notebook)
        _ordinary_days(scribe, begin, days, rate)
        last = finish.timestamp()
        found = [row for row in notebook.sorted() if datetime.fromisoformat(row["published_at"]).timestamp() < last]
        if rows is None:
            return found
        if len(found) >= rows:  # thin out evenly: every k-th is left out, the rhythm stays
            return [found[number * len(found) // rows] for number in range(rows)]
        rate *= 1.3
