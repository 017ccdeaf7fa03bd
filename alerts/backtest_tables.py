"""What a backtest tells beside its list of alerts, as tables that fit a terminal, Markdown and HTML: two settings side by side, marked incidents."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from alerts.backtest import Backtest
from alerts.backtest_compare import Pairing, pairs
from alerts.backtest_incidents import Incident, is_counted, time_to_detect
from alerts.phrases import from_to, lasting
from kentongan.words import current_language, number, say


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """All that one call of `kentongan backtest` looks at."""

    rule: str
    settings: str  # the rule's knobs, for the reader
    tests: Sequence[Backtest]
    tried: Sequence[Backtest] = ()  # the same series under changed knobs; empty: nothing is compared
    changes: str = ""  # the changed knobs as typed, or the other rule
    incidents: Sequence[Incident] = ()
    simulated: bool = False  # the counts are of made-up mentions

    @property
    def mark(self) -> str:
        """What stands before every sentence about made-up counts."""
        return "SIMULASI: " if self.simulated else ""

    def zone_of(self, agency: str) -> str:
        """The name of the zone in which an agency's times are told."""
        return next(test.series.zone.key for test in self.tests if test.series.agency == agency)


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A title, a row of column names and rows of text; all columns but the first are numbers where `numbers` says so."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    foot: str = ""
    numbers: bool = True

    def text(self) -> str:
        """For a terminal: columns as wide as they need."""
        lines = [self.head, *self.rows]
        widths = [max(len(line[n]) for line in lines) for n in range(len(self.head))]
        cells = [[cell.rjust(w) if self.numbers and n else cell.ljust(w) for n, (cell, w) in enumerate(zip(r, widths, strict=True))] for r in lines]
        return "\n".join([f"{self.title}:", *("  " + "  ".join(row).rstrip() for row in cells), *([f"  {self.foot}"] if self.foot else [])])

    def markdown(self) -> str:
        """As a Markdown section."""
        rule = "---:" if self.numbers else "---"
        rows = [" | ".join(cell.replace("|", "\\|") for cell in row) for row in (self.head, *self.rows)]
        body = "\n".join([f"| {rows[0]} |", f"|---|{'|'.join([rule] * (len(self.head) - 1))}|", *(f"| {row} |" for row in rows[1:])])
        return f"## {self.title}\n\n{body}\n" + (f"\n{self.foot}\n" if self.foot else "")

    def html(self) -> str:
        """As an HTML section."""

        def row(cells: tuple[str, ...], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        rows = "".join(row(cells, "td") for cells in self.rows)
        kind = ' class="numbers"' if self.numbers else ""
        foot = f"<p>{html.escape(self.foot)}</p>" if self.foot else ""
        return f"<section><h2>{html.escape(self.title)}</h2><table{kind}>{row(self.head, 'th')}{rows}</table>{foot}</section>"


def tables(trial: Trial) -> list[Table]:
    """The comparison, where something was tried, and the incidents, where some are marked."""
    return [*([_comparison(trial)] if trial.tried else []), *([_incidents(trial)] if trial.incidents else [])]


def compared(trial: Trial) -> list[Pairing]:
    """Every agency under both settings; empty where nothing was tried."""
    return pairs(trial.tests, trial.tried) if trial.tried else []


def _comparison(trial: Trial) -> Table:
    found = compared(trial)
    counts = [(len(p.both) + len(p.only_now), len(p.both) + len(p.only_tried)) for p in found]
    rows = [
        (p.agency, str(now), str(tried), str(len(p.only_now)), str(len(p.only_tried)), _sooner(p.minutes_sooner))
        for p, (now, tried) in zip(found, counts, strict=True)
        if now or tried
    ]
    weeks = sum(p.weeks for p in found) or 1.0
    a, b = (number(sum(count[side] for count in counts) / weeks, digits=2) for side in (0, 1))
    quiet = len(found) - len(rows)
    return Table(
        title=say(f"Dibandingkan dengan {trial.changes}", f"Compared with {trial.changes}"),
        head=tuple(say("instansi,sekarang,dicoba,hilang,baru,lebih cepat", "agency,now,tried,lost,new,sooner").split(",")),
        rows=tuple(rows),
        foot=say(f"{a} peringatan per instansi per minggu, dicoba: {b}", f"{a} alerts per agency and week, as tried: {b}")
        + (say(f"; tanpa peringatan di keduanya: {quiet} instansi", f"; agencies without an alert in either: {quiet}") if quiet else ""),
    )


def _sooner(minutes: float | None) -> str:
    if minutes is None:
        return "-"
    return say(f"{minutes:+.0f} menit", f"{minutes:+.0f} min") if minutes else say("sama", "same")


def _incidents(trial: Trial) -> Table:
    counted = [incident for incident in trial.incidents if is_counted(incident, trial.tests)]

    def told(incident: Incident, found: Sequence[Backtest]) -> str:
        if incident not in counted:
            return say("di luar data", "outside of the counts")
        delay = time_to_detect(incident, found)
        return say("tidak ditemukan", "missed") if delay is None else say("setelah ", "after ") + lasting(delay, current_language())

    rows = [
        (
            incident.agency,
            from_to(incident.start, incident.end, trial.zone_of(incident.agency), current_language()),
            told(incident, trial.tests),
            *([told(incident, trial.tried)] if trial.tried else []),
        )
        for incident in trial.incidents
    ]
    found = sum(time_to_detect(incident, trial.tests) is not None for incident in counted)
    head = say("instansi,kejadian,ditemukan", "agency,incident,found").split(",") + ([say("dicoba", "as tried")] if trial.tried else [])
    return Table(
        title=say("Kejadian yang ditandai", "Marked incidents"),
        head=tuple(head),
        rows=tuple(rows),
        foot=say(f"{found} dari {len(counted)} ditemukan.", f"{found} of {len(counted)} found."),
        numbers=False,
    )
