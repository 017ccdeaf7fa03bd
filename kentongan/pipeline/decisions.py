"""From verdicts to alerts: decide one bin of several (agency, rule) side by side, and write what came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from alerts.detector_verdict import Verdict
from alerts.grouping import group
from alerts.holding import configured_silences, waits_for_morning
from alerts.incidents import fold, lead_of, told_with_many
from alerts.lifecycle import Decision, Terms, Tick, decide, tell_end
from alerts.morning import summarise
from kentongan.pipeline.receivers import destinations_for, groups_for
from kentongan.pipeline.spikes import NEGATIVES, describe, without_muted
from kentongan.pipeline.statements import own_statement
from kentongan.pipeline.updates import lead_now, places_told, updates
from kentongan.pipeline.wiring import Context
from kentongan.records import Alert, AlertState, BinCount, NotifyReason, Spike, Window, Withheld

RECENT = timedelta(hours=3)
LOOK_BACK = timedelta(days=30)  # resolved alerts older than this have no say any more


@dataclass(kw_only=True)
class DetectReport:
    """What one tick did."""

    bins: int = 0
    opened: list[Alert] = field(default_factory=list)
    resolved: list[Alert] = field(default_factory=list)
    notices: int = 0
    withheld: list[Withheld] = field(default_factory=list)
    skipped: str = ""  # why nothing was done, if so
    ahead: datetime | None = None  # a clock that ran ahead: something has been evaluated until then, and waits for that time

    def counts(self) -> dict[str, int]:
        """Numbers only, for XCom and logs."""
        return {
            "bins": self.bins, "opened": len(self.opened), "resolved": len(self.resolved), "notices": self.notices, "withheld": len(self.withheld),
        }  # fmt: skip

    def add(self, other: DetectReport) -> None:
        """Take another tick's numbers in."""
        self.bins += other.bins
        self.opened += other.opened
        self.resolved += other.resolved
        self.notices += other.notices
        self.withheld += other.withheld


@dataclass(kw_only=True)
class Track:
    """One (agency, rule) on its way through the bins of a tick."""

    agency: str
    rule: str
    measure: str
    terms: Terms
    verdicts: dict[datetime, Verdict]  # by the end of their bin
    current: Alert | None
    last_resolved: Alert | None
    last_withheld: Withheld | None = None
    waiting: list[Alert] = field(default_factory=list)  # those that are over, and whose last word waits for the morning

    def needs_decision(self, bin_end: datetime) -> bool:
        """True when the detector fires or closes in this bin, an alert is open, or a last word waits for the morning."""
        verdict = self.verdicts.get(bin_end)
        if verdict is None:
            return False
        return verdict.firing or verdict.closed or self.current is not None or bool(self.waiting)


class Past:
    """What is known of alerts when a tick begins: read once for all agencies."""

    def __init__(self, ctx: Context, stop: datetime) -> None:
        self._ctx = ctx
        self._silences = (*ctx.state.silences(stop - LOOK_BACK, upcoming=True), *configured_silences(ctx.config.silences))
        self._open = {(a.agency, a.rule) for a in ctx.state.alerts(states=[AlertState.OPEN, AlertState.ACKNOWLEDGED])}
        recent = ctx.state.alerts(states=[AlertState.RESOLVED], window=Window(start=stop - LOOK_BACK, end=stop))
        self._resolved = {(a.agency, a.rule): a for a in reversed(recent)}  # newest first, so the newest stays
        self._waiting = [a for a in recent if waits_for_morning(a)]

    def track(self, agency: str, rule: str, verdicts: Sequence[Verdict]) -> Track:
        """The track of one key. Its open alert is read inside the tick's transaction, so nobody changes it meanwhile."""
        ctx = self._ctx
        settings = ctx.config.rule(rule, agency)
        configured = ctx.config.agencies[agency]
        terms = Terms(
            policy=ctx.config.policy,
            rule=settings,
            agency=configured,
            destinations=destinations_for(configured, ctx.receivers, simulated=ctx.simulated),
            silences=self._silences,
            groups=groups_for(configured, ctx.receivers, ctx.config.receivers.leadership, simulated=ctx.simulated or ctx.event_time),
            simulated=ctx.simulated,
        )
        return Track(
            agency=agency,
            rule=rule,
            measure=settings.measure,
            terms=terms,
            verdicts={v.bin_end: v for v in verdicts},
            current=ctx.state.open_alert(agency, rule) if (agency, rule) in self._open else None,
            last_resolved=self._resolved.get((agency, rule)),
            waiting=[a for a in self._waiting if (a.agency, a.rule) == (agency, rule)],
        )


def decide_bin(ctx: Context, tracks: Sequence[Track], bin_end: datetime, more: bool, report: DetectReport) -> None:
    """Decide one bin for all tracks that need it, and write what came out."""
    last_words = [(track, said) for track in tracks for said in _last_words(ctx, track, bin_end)]
    grouped = group([_decide_one(ctx, track, bin_end, more) for track in tracks], ctx.config.policy)
    decisions = summarise([*fold(grouped, _standing(ctx, grouped, bin_end), tracks[0].terms.silences), *(said for _, said in last_words)])
    for track, decision in zip(tracks, decisions, strict=False):
        _write(ctx, track, decision, report)
    for decision in decisions[len(tracks) :]:
        if decision.alert is not None:
            ctx.state.save_alert(decision.alert, decision.notices)
            report.notices += len(decision.notices)
    _bring_up_to_date(ctx, decisions, bin_end, report)


def _standing(ctx: Context, decisions: Sequence[Decision], bin_end: datetime) -> list[Alert]:
    """The alerts, as they were before this bin, of the agencies that something is to be told of."""
    agencies = dict.fromkeys(decision.alert.agency for decision in decisions if decision.alert is not None and decision.notices)
    lately = Window(start=bin_end - LOOK_BACK, end=bin_end)
    return [alert for agency in agencies for alert in ctx.state.alerts(agency=agency, window=lately)]


def _bring_up_to_date(ctx: Context, decisions: Sequence[Decision], bin_end: datetime, report: DetectReport) -> None:
    """Messages sent before show how it stands now: of an alert that rose a level silently, of the lead of one that was told below it, and of many."""
    for decision in decisions:
        alert = decision.alert
        if alert is None or not (decision.refresh or (decision.notices and (lead_of(alert) or told_with_many(alert)))):
            continue
        if any(notice.transition in (NotifyReason.WIDE_EVENT, NotifyReason.MORNING) for notice in decision.notices):
            continue  # that message is the one of many itself
        fresh = updates(ctx.state, alert, ctx.moment(bin_end))
        ctx.state.save_alert(alert, fresh)
        report.notices += len(fresh)


def _last_words(ctx: Context, track: Track, bin_end: datetime) -> list[Decision]:
    """What may now be told of this key's alerts that are over."""
    if not track.waiting:
        return []
    tick = Tick(now=bin_end, wall_now=ctx.moment(bin_end), catching_up=False)
    said = [tell_end(alert, tick, _of_its_end(ctx, track.terms, alert)) for alert in track.waiting]
    track.waiting = [alert for alert, decision in zip(track.waiting, said, strict=True) if not decision.notices]
    return [decision for decision in said if decision.notices]


def _decide_one(ctx: Context, track: Track, bin_end: datetime, more: bool) -> Decision:
    verdict = track.verdicts[bin_end]
    tick = Tick(now=bin_end, wall_now=ctx.moment(bin_end), catching_up=more)
    down = not verdict.known
    if verdict.closed and not down and track.current is not None:  # its end tells how soon the agency spoke
        last = replace(track.current.spike, bin_end=max(bin_end, track.current.spike.bin_end))
        statement = own_statement(ctx, last, track.current.opened_at)
        track.current = replace(track.current, spike=replace(track.current.spike, statement=statement))
    spike = _light(track, verdict) if verdict.firing else None
    terms = _of_its_end(ctx, track.terms, track.current) if verdict.closed else replace(track.terms, lead=lead_now(ctx.state, track.current))
    if spike is not None and track.current is not None and track.current.muted_clusters:
        spike = without_muted(ctx, spike, track.current, track.measure)
    if spike is not None and track.current is None:
        spike, terms = _described(ctx, track, terms, spike)

    def outcome(signal: Spike | None, agreed: Terms) -> Decision:
        return decide(
            track.current,
            signal,
            tick,
            agreed,
            closed=verdict.closed,
            down=down,
            last_resolved=track.last_resolved,
            last_withheld=track.last_withheld,
        )

    decision = outcome(spike, terms)
    if spike is not None and _only_reminds(decision) and (_is_lull(ctx, track, verdict) or _only_muted(spike)):
        spike = replace(spike, chance_weeks=0.0)
        decision = outcome(spike, terms)
    if (decision.notices or decision.refresh) and spike is not None and track.current is not None:  # worth telling: now look at the mentions
        decision = outcome(*_described(ctx, track, terms, spike))
    return decision


def _of_its_end(ctx: Context, terms: Terms, alert: Alert | None) -> Terms:
    """The terms with where its beginning was told: a channel that was changed since hears of the end, and only it."""
    return replace(terms, lead=lead_now(ctx.state, alert), told=places_told(ctx.state, alert, apart=True) if alert else ())


def _only_reminds(decision: Decision) -> bool:
    return bool(decision.notices) and all(n.transition is NotifyReason.REMINDER for n in decision.notices)


def _only_muted(spike: Spike) -> bool:
    """True when nothing unusual is left without the copies that an officer muted."""
    return spike.muted > 0 and spike.observed <= 2 * spike.expected


def _is_lull(ctx: Context, track: Track, verdict: Verdict) -> bool:
    """True when the last three hours brought no more than twice what is usual at this time: only a longer window still remembers the peak."""
    window = Window(start=verdict.bin_end - RECENT, end=verdict.bin_end)
    recent = sum(measured(count, track.measure) for count in ctx.state.counts(track.agency, window))
    usual = verdict.bin_expected * (RECENT / (verdict.bin_end - verdict.bin_start))
    return recent < max(track.terms.rule.min_count, 2 * usual)


def measured(count: BinCount, measure: str) -> int:
    """What a rule counts in one bin: its measure is negative, share (of negatives), hoax or total."""
    return count.negative if measure in NEGATIVES else count.hoax if measure == "hoax" else count.total


def _described(ctx: Context, track: Track, terms: Terms, spike: Spike) -> tuple[Spike, Terms]:
    since = track.current.opened_at if track.current is not None else None
    spike, simulated = describe(ctx, spike, track.measure, since)
    return spike, replace(terms, simulated=terms.simulated or simulated)


def _light(track: Track, verdict: Verdict) -> Spike:
    """The spike as the counts tell it; what the mentions told last time stays, so that it is read again only when it is told."""
    seen: dict[str, Any] = {
        "window": verdict.window, "observed": verdict.observed, "expected": verdict.expected, "chance_weeks": verdict.chance_weeks,
        "severity": verdict.severity, "bin_end": verdict.bin_end,
    }  # fmt: skip
    if track.current is None:
        return Spike(agency=track.agency, rule=track.rule, **seen)
    return replace(track.current.spike, muted=0, **seen)


def _write(ctx: Context, track: Track, decision: Decision, report: DetectReport) -> None:
    report.withheld += decision.withheld
    report.notices += len(decision.notices)
    if decision.withheld and decision.alert is None:
        track.last_withheld = decision.withheld[-1]
        ctx.state.add_withheld(decision.withheld)
    if decision.alert is None:
        return
    ctx.state.save_alert(decision.alert, decision.notices, decision.withheld)
    if track.current is None and decision.alert.state is not AlertState.RESOLVED:
        report.opened.append(decision.alert)
    if decision.alert.state is AlertState.RESOLVED:
        if track.current is not None:
            report.resolved.append(decision.alert)
        if waits_for_morning(decision.alert):
            track.waiting.append(decision.alert)
        track.last_resolved, track.current = decision.alert, None
    else:
        track.current = decision.alert
