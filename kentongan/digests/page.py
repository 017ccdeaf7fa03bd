"""The digest as one self-contained HTML page, in Indonesian or English."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, select_autoescape

from kentongan.clock import JAKARTA
from kentongan.digests import phrases
from kentongan.digests.chat import IN_LEAD, TopicName, calm_words, leading_issue, plain_topic, reasons_of, steady_words, worrying
from kentongan.digests.risk import WEIGHTS
from kentongan.digests.week import AgencyWeek, AlertSeen, WeekNumbers, WithheldSeen
from kentongan.places import places
from kentongan.records import Claim, Severity
from kentongan.words import Lang, number, say

CHART_WIDTH, CHART_HEIGHT = 224, 64
ENOUGH = 10  # mentions, from which an agency gets a section of its own without an alert


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One day of the chart: all mentions behind, negative ones in front. Geometry in pixels, y from the top."""

    x: float
    width: float
    total: int
    negative: int
    total_height: float
    negative_height: float
    day: str


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader("kentongan.digests"), autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True)


def no_link(slug: str) -> str:
    """No address to look closer."""
    return ""


def render_html(
    numbers: WeekNumbers, lang: Lang, made_at: datetime, topic_name: TopicName = plain_topic, look_closer: Callable[[str], str] = no_link
) -> str:
    """The whole page; opens from a file, loads nothing from anywhere. look_closer: slug -> address where an analyst sees the agency's week, or ""."""
    template = _environment().get_template("digest.html")
    view = PageView(numbers, lang, made_at, topic_name)
    return template.render(v=view, n=numbers, lang=lang, say=lambda a, b: say(a, b, lang), look_closer=look_closer)


class PageView:
    """What the template asks for: numbers as people write them."""

    def __init__(self, numbers: WeekNumbers, lang: Lang, made_at: datetime, topic_name: TopicName) -> None:
        self.numbers = numbers
        self.lang = lang
        self.made_at = phrases.full_moment(made_at, lang)
        self._topic_name = topic_name
        self.dates = phrases.range_words(numbers.window, lang)
        self.mark = "SIMULASI · " if numbers.simulated else ""
        self.heard = [week for week in numbers.agencies if week.now.total or week.alerts or week.withheld]
        self.detailed = [w for w in self.heard if w.now.total >= ENOUGH or w.alerts or w.hoaxes or w.withheld]
        self.silent = [week.name for week in numbers.agencies if week not in self.heard]
        self.compared = any(week.before for week in numbers.agencies)
        self.small = phrases.SMALL
        self.formula = phrases.formula_rows(lang)
        self.levels = phrases.level_ranges(lang)

    def num(self, value: float, digits: int = 0) -> str:
        return number(value, self.lang, digits)

    def share(self, part: float, whole: float) -> str:
        return phrases.share_words(part, whole, self.lang)

    def change(self, now: int, before: int | None) -> str:
        return phrases.change_words(now, before, self.lang)

    def duration(self, length: object) -> str:
        return phrases.duration_words(length, self.lang)  # type: ignore[arg-type]  # the template hands over a timedelta or None

    def date(self, moment: datetime) -> str:
        return phrases.date_words(moment, self.lang)

    def moment(self, moment: datetime) -> str:
        return phrases.moment_words(moment, self.lang)

    def level(self, severity: Severity) -> str:
        return say(*phrases.LEVEL_WORDS[severity], self.lang)

    def topic(self, topic: str) -> str:
        return self._topic_name(topic, self.lang)

    def answers_until(self) -> str:
        """Until when answers are in."""
        return phrases.full_moment(self.numbers.answers_until, self.lang) if self.numbers.answers_until else ""

    def lead(self) -> list[tuple[AgencyWeek, str]]:
        """(agency, why), of those that need attention."""
        return [(week, " ".join(reasons_of(week, self.lang, self._topic_name))) for week in worrying(self.numbers)[:IN_LEAD]]

    def leading(self, week: AgencyWeek) -> str:
        """What is complained of most."""
        issue = leading_issue(week)
        return self.topic(issue.topic) if issue else "–"

    def calm(self) -> str:
        return calm_words(self.numbers, self.lang)

    def steady(self) -> str:
        return steady_words(self.numbers, self.lang)

    def risk_level(self, severity: Severity) -> str:
        """`risiko kritis`."""
        return say(f"risiko {self.level(severity)}", f"{self.level(severity)} risk", self.lang)

    def verdict(self, claim: Claim) -> str:
        return phrases.verdict_words(claim, self.lang)

    def places(self, week: AgencyWeek) -> str:
        """Where complaints come from, as far as they say."""
        return ", ".join(f"{places().name_of(code)} ({self.num(count)})" for code, count in week.places)

    def platforms(self, week: AgencyWeek) -> str:
        """Where answers were measured."""
        return phrases.platform_words(week.answers.platforms)

    def parts(self, week: AgencyWeek) -> list[tuple[str, str, int, int]]:
        """(name, what it was computed from, points, most possible) of each part of the risk."""
        names, values, points = phrases.part_names(self.lang), phrases.part_values(week, self.lang), week.risk.points()
        return [(names[part], values[part], points[part], WEIGHTS[part]) for part in WEIGHTS]

    def bars(self, week: AgencyWeek) -> list[Bar]:
        """The seven days."""
        top = max((total for total, _ in week.per_day), default=0) or 1
        step = CHART_WIDTH / 7
        first = self.numbers.window.start.astimezone(JAKARTA).weekday()
        return [
            Bar(
                x=i * step + 3, width=step - 6, total=total, negative=negative, total_height=CHART_HEIGHT * total / top,
                negative_height=CHART_HEIGHT * negative / top, day=phrases.DAYS[self.lang][(first + i) % 7][:3],
            )
            for i, (total, negative) in enumerate(week.per_day)
        ]  # fmt: skip

    def chart_words(self, week: AgencyWeek) -> str:
        """The chart for those who cannot see it."""
        days = ", ".join(f"{bar.day} {bar.total} ({bar.negative})" for bar in self.bars(week))
        return say(f"Sebutan per hari, negatif dalam kurung: {days}", f"Mentions per day, negative in brackets: {days}", self.lang)

    def chart_note(self) -> str:
        """Said below the charts of a window that does not begin at midnight: a bar is then no calendar day."""
        start = self.numbers.window.start
        if phrases.is_midnight(start):
            return ""
        at = phrases.full_moment(start, self.lang).split(say("pukul ", ", ", self.lang))[-1]
        return say(f"Tiap batang 24 jam, mulai pukul {at}.", f"A bar is 24 hours from {at} on.", self.lang)

    def alert_words(self, a: AlertSeen, name: str) -> str:
        """What it was about, and how high it went."""
        lang, alert = self.lang, a.alert
        peak, window = number(alert.peak_observed, lang), phrases.window_words(alert.peak_window_h or alert.spike.window.hours, lang)
        words = f"{phrases.rule_words(alert.rule, lang)}: " + say(f"puncak {peak} dalam {window}", f"peak {peak} in {window}", lang)
        if a.usual is not None:
            usual = say("kurang dari 1", "fewer than 1", lang) if a.usual < 0.95 else say("sekitar ", "about ", lang) + number(a.usual, lang)
            words += say(f", biasanya {usual}", f", usually {usual}", lang)
        topics = ", ".join(self.topic(topic) for topic in alert.topics[:3] if topic not in phrases.words_of_name(name))
        return f"{words}. {say('Topik', 'Topics', lang)}: {topics}." if topics else f"{words}."

    def alert_state(self, a: AlertSeen) -> str:
        """How it went on, and who was on it."""
        lang, alert = self.lang, a.alert
        parts = []
        if alert.resolved_at:
            span = phrases.duration_words(alert.resolved_at - alert.opened_at, lang)
            parts.append(say(f"selesai setelah {span}", f"over after {span}", lang))
        else:
            parts.append(say("masih berlangsung", "still going on", lang))
        if a.carried_over:
            parts.append(say("sejak sebelum minggu ini", "since before this week", lang))
        if a.false_alarm:
            parts.append(say("salah alarm, tidak dihitung", "false alarm, not counted", lang))
        elif alert.acknowledged_at:
            span = phrases.duration_words(alert.acknowledged_at - alert.opened_at, lang)
            parts.append(say(f"ditangani {span} setelah dibuka", f"taken on {span} after it opened", lang))
        elif a.told:
            parts.append(say("tidak ditandai ditangani", "not marked as taken on", lang))
        if not a.told:
            parts.append(say("tidak ada yang diberi tahu", "nobody was told", lang))
        return "; ".join(parts)

    def withheld_words(self, w: WithheldSeen) -> tuple[str, str, str]:
        """(when, what, why)."""
        lang = self.lang
        when = self.moment(w.first) + (f" – {self.moment(w.last)}" if w.last != w.first else "")
        count = number(w.observed, lang)
        what = f"{phrases.rule_words(w.rule, lang)} ({say('tertinggi', 'highest', lang)} {count})" if w.observed else phrases.rule_words(w.rule, lang)
        times = say(f", {w.times} kali", f", {w.times} times", lang) if w.times > 1 else ""
        return when, what, phrases.reason_words(w, lang) + times

    def gaps(self) -> str:
        """Sources that could not be read, with their hours."""
        lang = self.lang
        named = []
        for gap in self.numbers.gaps[:8]:
            still = say(", belum pulih", ", not back yet", lang) if gap.still else ""
            named.append(say(f"{gap.source} ({number(gap.hours, lang)} jam{still})", f"{gap.source} ({number(gap.hours, lang)} h{still})", lang))
        more = len(self.numbers.gaps) - len(named)
        return ", ".join(named) + (say(f", dan {more} lagi", f", and {more} more", lang) if more else "")
