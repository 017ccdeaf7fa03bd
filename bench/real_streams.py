"""Plays the recorded streams of a developer's machine through the whole chain, as they are and laid over a calm background.

    python bench/real_streams.py [--shared ../shared] [--only NAME ...]

Prints two Markdown tables; the numbers and conclusions go to docs/real-streams.md, never a text.
The second compares Kentongan's alerts with plain rules that a user could pick instead, fed with the very same negatives (bench/plain_rules.py).
"""

from __future__ import annotations

import argparse
import heapq
import io
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from plain_rules import PLAIN, Tally, days_of_trouble, tally

from alerts.message import alert_text
from kentongan.clock import FixedClock
from kentongan.config import load_config
from kentongan.pipeline.absorb import Heard
from kentongan.pipeline.replay import ReplayReport, category_of, in_event_order, play
from kentongan.pipeline.wiring import Context, open_context
from kentongan.ports import MentionQuery
from kentongan.records import Category, Post
from kentongan.settings import packaged_config, read_settings
from kentongan.simulation import background
from listeners.replay import Recorded, Rejected, read_recording

BEFORE = timedelta(days=28)  # of calm background before a recorded stream begins


@dataclass(frozen=True)
class Stream:
    name: str
    files: tuple[str, ...]
    agency: str
    platform: str
    known: str  # what is known to have happened
    since: str = ""  # leave out what is older (ISO date)
    until: str = ""


STREAMS = (
    Stream("sumatera_blackout", ("sumatera_blackout_tweets/stream.csv",), "pln", "x", "blackout of 22 May 2026"),
    Stream("coretax", ("coretax_tweets/stream.csv",), "ditjen-pajak", "x", "Coretax trouble, February 2025"),
    Stream("polri", ("polri_tweets/stream.csv",), "polri", "x", "none known"),
    Stream("bpjs", ("bpjs_tweets/stream.csv",), "bpjs-kesehatan", "x", "hoax of Rp2 million, November 2024"),
    Stream("pertamina", ("pertamina_oplosan_tweets/pertamina_before.csv", "pertamina_oplosan_tweets/pertamina_after.csv"), "pertamina", "x",
           "adulterated fuel case, from 24 February 2025"),
    Stream("mypertamina_reviews", ("mypertamina_reviews/reviews.csv",), "pertamina", "googleplay", "surge of July 2022"),
    Stream("mobile_jkn_reviews", ("mobile_jkn_reviews/reviews.csv",), "bpjs-kesehatan", "googleplay", "none known"),
)  # fmt: skip


def recorded(stream: Stream, folder: Path, rejected: list[Rejected]) -> Iterator[Heard]:
    """The stream's posts by event time."""

    def good() -> Iterator[Recorded]:
        for file in stream.files:
            for item in read_recording(folder / file, {}, stream.platform):
                if isinstance(item, Rejected):
                    rejected.append(item)
                else:
                    yield item

    category = category_of("review" if stream.platform == "googleplay" else "x")
    return (Heard(post=item.post, source=stream.name, category=category) for item in in_event_order(good()))


@dataclass(frozen=True)
class Outcome:
    report: ReplayReport
    rejected: int
    seconds: float
    negative: float
    hoax: float
    lines: tuple[str, ...]
    troubles: int
    tallies: tuple[tuple[str, Tally], ...]  # by rule, ours first


def run(stream: Stream, folder: Path, *, overlay: bool) -> Outcome:
    """Play one stream into a fresh database."""
    rejected: list[Rejected] = []
    posts = recorded(stream, folder, rejected)
    if overlay:
        own = list(posts)
        first, last = own[0].post.published_at, own[-1].post.published_at
        # The stream's own ordinary volume (median day), so that the background is neither louder nor quieter than its people.
        days: dict[str, int] = {}
        for item in own:
            day = item.post.published_at.date().isoformat()
            days[day] = days.get(day, 0) + 1
        usual = sorted(days.values())[len(days) // 2]
        end = max(last, first)
        span = (end - first).days + BEFORE.days + 1
        quiet = background(stream.agency, seed=7, days=span, per_hour=max(0.5, min(usual, 240) / 24), end=end)
        posts = iter(heapq.merge(_rows(quiet), own, key=lambda item: item.post.published_at))
    with tempfile.TemporaryDirectory() as var:
        settings = replace(read_settings({"KENTONGAN_VAR": var}), database=Path(var) / "k.db")
        clock = FixedClock(datetime(1970, 1, 1, tzinfo=UTC))
        config = load_config(packaged_config())
        with open_context(settings, clock=clock, config=config, event_time=True, terminal_only=True, stream=io.StringIO()) as ctx:
            _ = ctx.scorer  # loading is not throughput
            begun = time.process_time()  # of this process alone: other work on the machine does not count
            report = play(ctx, posts, clock, agency=stream.agency)
            seconds = time.process_time() - begun
            return _outcome(ctx, stream, report, len(rejected), seconds)


def _rows(rows: list[dict[str, str]]) -> Iterator[Heard]:
    for row in rows:
        yield Heard(
            post=Post(platform=row["platform"], native_id=row["id"], published_at=datetime.fromisoformat(row["published_at"]), text=row["text"],
                      title=row["title"]),
            source="background", category=Category(row["category"]),
        )  # fmt: skip


def _outcome(ctx: Context, stream: Stream, report: ReplayReport, rejected: int, seconds: float) -> Outcome:
    total = negative = hoax = 0
    own: list[datetime] = []  # negatives of the stream, without the background
    every: list[datetime] = []
    for item in ctx.mentions.scan(MentionQuery(agency=stream.agency)):
        if item.label_for(stream.agency) == "negative":
            every.append(item.mention.published_at)
            if item.mention.source == stream.name:
                own.append(item.mention.published_at)
        if item.mention.source != stream.name:
            continue
        total += 1
        negative += item.label_for(stream.agency) == "negative"
        hoax += item.is_hoax()
    lines = []
    for alert in sorted(ctx.state.alerts(), key=lambda a: a.opened_at):
        text = alert_text(alert, ctx.config.agencies[alert.agency])
        lines.append(f"{alert.opened_at:%Y-%m-%d %H:%M}Z {alert.rule} {alert.severity} peak {alert.peak_observed}: {text.sentence}")
    troubles = days_of_trouble(own)
    ours = [alert.opened_at for alert in ctx.state.alerts() if alert.agency == stream.agency]
    tallies = [("Kentongan", tally(ours, troubles))]
    tallies += [(name, tally(rule(every), troubles)) for name, rule in PLAIN.items()]
    return Outcome(report, rejected, seconds, negative / max(total, 1), hoax / max(total, 1), tuple(lines), len(troubles), tuple(tallies))


def main() -> None:
    """Print the table and the alerts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(__file__).resolve().parents[1].parent / "shared")
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    folder = options.shared / "data" / "streams"
    print(
        "| stream | as | rows | rejected | days | negative | hoax ≥ .5 | alerts | per week | mentions per CPU second |\n"
        "|---|---|---|---|---|---|---|---|---|---|"
    )
    details = []
    for stream in STREAMS:
        if options.only and stream.name not in options.only:
            continue
        for overlay in (False, True):
            o = run(stream, folder, overlay=overlay)
            first, last = o.report.first, o.report.last
            days = (last - first).total_seconds() / 86400 if first and last else 0
            kind = "semi-synthetic" if overlay else "recorded"
            done = o.report.absorbed
            print(f"| {stream.name} | {kind} | {done.collected} | {o.rejected} | {days:.0f} | {o.negative:.0%} | {o.hoax:.1%} | {len(o.lines)} | "
                  f"{len(o.lines) / max(days / 7, 1):.2f} | {done.collected / o.seconds:.0f} |", flush=True)  # fmt: skip
            details.append((f"{stream.name}, {kind} (known: {stream.known})", o))
    print("\n| stream | as | days of trouble |" + "".join(f" {name}: alerts | a week | caught | outside |" for name in ("Kentongan", *PLAIN)))
    print("|---|---|---:|" + "---:|" * 4 * (1 + len(PLAIN)))
    for name, o in details:
        first, last = o.report.first, o.report.last
        weeks = max((last - first).total_seconds() / 604800, 1) if first and last else 1
        cells = "".join(f" {t.alerts} | {t.alerts / weeks:.2f} | {t.caught} | {t.outside} |" for _, t in o.tallies)
        stream_name, kind = name.split(" (")[0].split(", ")
        print(f"| {stream_name} | {kind} | {o.troubles} |{cells}", flush=True)
    for name, o in details:
        print(f"\n{name}")
        for line in o.lines:
            print(f"  {line}")
        for withheld in o.report.detected.withheld:
            if not withheld.episode:
                print(f"  withheld {withheld.at:%Y-%m-%d %H:%M}Z {withheld.rule}: {withheld.reason} {withheld.detail}")


if __name__ == "__main__":
    main()
