"""What goes along with an alert: the picture of its spike from stored counts, and links to Kibana and the console where they are set up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from alerts.message import agency_of
from alerts.picture import Hour, draw_hours
from kentongan.clock import floor_bin
from kentongan.config import Config
from kentongan.ports import Evaluation, StateStore
from kentongan.records import Alert, BinCount, Window, measure_of
from kentongan.settings import Settings
from kentongan.words import say
from mappings.kibana.links import discover_link, kql_value

HOUR = timedelta(hours=1)
DRAWN = timedelta(hours=48)
BINS_AN_HOUR = 12


class StoredEnclosures:
    """The `Enclosures` of the Slack receiver."""

    def __init__(self, settings: Settings, config: Config, state: StateStore) -> None:
        self._settings = settings
        self._config = config
        self._state = state

    def links(self, alert: Alert) -> tuple[tuple[str, str], ...]:
        """Kibana at the agency and the time of the spike, the console at the alert; only those whose address is configured."""
        found = []
        lang = agency_of(alert.agency, self._config.agencies).language
        if self._settings.kibana_url:
            start = min(alert.opened_at, alert.spike.window.start) - HOUR
            prefix = self._settings.elasticsearch_prefix
            address = discover_link(self._settings.kibana_url, start, alert.spike.window.end + HOUR, prefix=prefix, query=posts_of(alert))
            found.append((say("Baca unggahannya di Kibana", "Read the posts in Kibana", lang), address))
        if self._settings.console_url:
            address = f"{self._settings.console_url.rstrip('/')}/alerts/{quote(alert.id)}"
            found.append((say("Buka di konsol", "Open in the console", lang), address))
        return tuple(found)

    def picture(self, alert: Alert) -> bytes | None:
        """Two days of hours up to the spike; None where no count is stored."""
        end = floor_bin(alert.spike.window.end + HOUR - timedelta(microseconds=1), HOUR)
        window = Window(start=end - DRAWN, end=end)
        counts = self._state.counts(alert.agency, window)
        if not counts:
            return None
        agency = agency_of(alert.agency, self._config.agencies)
        evaluations = self._state.evaluations(alert.agency, alert.rule, window)
        unknown = self._state.unobserved(alert.agency, window)
        return draw_hours(hours_of(counts, evaluations, unknown, window, measure_of(alert.rule)), alert, agency, agency.language)


def posts_of(alert: Alert) -> str:
    """KQL for the posts that the alert's rule counts; the agency's own are in none of its counts."""
    agency = kql_value(alert.agency)
    about = {"negative": f"negative_about: {agency}", "hoax": f"agencies: {agency} and likely_hoax: true"}.get(
        measure_of(alert.rule), f"agencies: {agency}"
    )
    claim = f" and hoax.claim_id: {kql_value(alert.claim_id)}" if alert.claim_id else ""
    return f"{about}{claim} and not official_of: {agency}"


def hours_of(counts: Sequence[BinCount], evaluations: Sequence[Evaluation], unknown: set[datetime], window: Window, measure: str) -> list[Hour]:
    """Hour by hour: what was counted and what is usual; an hour of which most was not listened to is unknown."""
    seen: dict[datetime, int] = defaultdict(int)
    usual: dict[datetime, list[float]] = defaultdict(list)
    deaf: dict[datetime, int] = defaultdict(int)
    for count in counts:
        seen[floor_bin(count.start, HOUR)] += {"negative": count.negative, "hoax": count.hoax}.get(measure, count.total)
    for evaluation in evaluations:
        if evaluation.bin_expected is not None:
            usual[floor_bin(evaluation.bin_start, HOUR)].append(evaluation.bin_expected)
    for start in unknown:
        deaf[floor_bin(start, HOUR)] += 1
    hours = []
    start = window.start
    while start < window.end:
        known = usual.get(start)
        hours.append(
            Hour(
                start=start,
                observed=None if deaf[start] > BINS_AN_HOUR / 2 else seen[start],
                expected=BINS_AN_HOUR * sum(known) / len(known) if known else None,
            )
        )
        start += HOUR
    return hours
