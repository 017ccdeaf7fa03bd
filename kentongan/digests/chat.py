"""What the leadership should look at, in sentences: the lead of the page, and the summary for a chat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kentongan.digests.phrases import LEVEL_WORDS, SMALL, duration_words, range_words, share_words, verdict_words
from kentongan.digests.week import AgencyWeek, HoaxSeen, Issue, WeekNumbers
from kentongan.records import SEVERITIES
from kentongan.text import excerpt
from kentongan.words import Lang, number, say

TopicName = Callable[[str, Lang], str]
IN_LEAD, IN_CHAT = 5, 3
TITLE_CHARS = 90
RISE = 5  # points of risk on the week before
GROWN = 10  # points for growth: negative mentions have doubled
LEADING_SHARE = 0.1  # of the negative mentions, from which an issue may speak for them
HOAX_POINTS = 5  # of the risk, from which a hoax is worth a sentence in the lead


def plain_topic(topic: str, lang: Lang) -> str:
    """A topic's own words."""
    return topic.replace("-", " ").replace("_", " ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """For a chat: the headline stands alone where there is little room."""

    headline: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.headline}\n{self.sentence}"


def worrying(numbers: WeekNumbers) -> list[AgencyWeek]:
    """Agencies at a high level, or at a medium one for a reason that is new: an alert, a hoax, a rise. Riskiest first."""
    return [week for week in numbers.agencies if week.risk.level in ("high", "critical") or (week.risk.level == "medium" and _is_news(week))]


def steady(numbers: WeekNumbers) -> list[AgencyWeek]:
    """Agencies at a medium level with nothing new."""
    return [week for week in numbers.agencies if week.risk.level == "medium" and not _is_news(week)]


def _is_news(week: AgencyWeek) -> bool:
    risen = week.risk_before is None or week.risk.total - week.risk_before.total >= RISE or week.risk.growth >= GROWN
    return bool(week.alerts or week.hoaxes) or risen


def leading_issue(week: AgencyWeek) -> Issue | None:
    """What is complained of most, if it is part of enough complaints to be called so."""
    first = week.issues[0] if week.issues else None
    return first if first and first.negative >= max(3, LEADING_SHARE * week.now.negative) else None


def steady_words(numbers: WeekNumbers, lang: Lang) -> str:
    """One sentence about those; "" where there is none."""
    named = ", ".join(f"{week.name} ({week.risk.total})" for week in steady(numbers))
    return say(f"Di tingkat sedang tanpa hal baru: {named}.", f"At medium level with nothing new: {named}.", lang) if named else ""


def score_words(week: AgencyWeek, lang: Lang) -> str:
    """`risiko kritis, 72 (minggu lalu 30)`."""
    level = say(*LEVEL_WORDS[week.risk.level], lang)
    before = f" ({say('minggu lalu', 'week before', lang)} {week.risk_before.total})" if week.risk_before else ""
    return say(f"risiko {level}, {week.risk.total}{before}", f"{level} risk, {week.risk.total}{before}", lang)


def reasons_of(week: AgencyWeek, lang: Lang, topic_name: TopicName) -> list[str]:
    """Why an agency stands where it stands, a sentence each, the most telling first."""
    now = week.now
    share = f" ({share_words(now.negative, now.total, lang)})" if now.total >= SMALL else ""
    said = [say(f"{number(now.negative, lang)} dari {number(now.total, lang)} sebutan negatif{share}.",
                f"{number(now.negative, lang)} of {number(now.total, lang)} mentions negative{share}.", lang)]  # fmt: skip
    if week.hoaxes and week.risk.hoax >= HOAX_POINTS:
        said.append(_hoax_words(week.hoaxes[0], lang))
    if topic := leading_issue(week):
        name = topic_name(topic.topic, lang)
        said.append(say(f"Keluhan terbanyak: {name} ({number(topic.negative, lang)}).",
                        f"Most complained of: {name} ({number(topic.negative, lang)}).", lang))  # fmt: skip
    if week.alerts:
        said.append(_alert_words(week, lang))
    if week.answers.rate is not None:
        rate = share_words(week.answers.answered, week.answers.complaints, lang)
        median = f", {say('median', 'median', lang)} {duration_words(week.answers.median, lang)}" if week.answers.median else ""
        said.append(say(f"Keluhan dijawab akun resmi: {rate}{median}.", f"Complaints answered by official accounts: {rate}{median}.", lang))
    return said


def _hoax_words(hoax: HoaxSeen, lang: Lang) -> str:
    mentions, accounts = number(hoax.mentions, lang), number(hoax.authors, lang)
    spread = say(f"{mentions} sebutan, {accounts} akun", f"{mentions} mentions, {accounts} accounts", lang)
    if hoax.claim is None:
        return say(
            f"Beredar dugaan hoaks yang belum ada cek faktanya ({spread}).", f"A likely hoax without a fact-check is going round ({spread}).", lang
        )
    title, verdict = excerpt(hoax.claim.title, TITLE_CHARS), verdict_words(hoax.claim, lang)
    return say(
        f"Beredar klaim “{title}”, cek fakta: {verdict} ({spread}).", f"A claim is going round: “{title}”, fact-check: {verdict} ({spread}).", lang
    )


def _alert_words(week: AgencyWeek, lang: Lang) -> str:
    worst = max((a.alert.severity for a in week.alerts), key=SEVERITIES.index)
    n = len(week.alerts)
    going_on = sum(a.alert.resolved_at is None for a in week.alerts)
    level = say(*LEVEL_WORDS[worst], lang)
    if n == 1:
        words = say(f"1 peringatan ({level}", f"1 alert ({level}", lang)
    else:
        words = say(f"{n} peringatan (tertinggi {level}", f"{n} alerts (highest: {level}", lang)
    return words + (say(f"; {going_on} masih berlangsung", f"; {going_on} still going on", lang) if going_on else "") + ")."


def render_chat(numbers: WeekNumbers, lang: Lang, where: str, topic_name: TopicName = plain_topic) -> Summary:
    """A summary of a few lines: the riskiest agencies and what drives them. Every line that could be quoted alone says SIMULASI where it is one."""
    mark = "SIMULASI · " if numbers.simulated else ""
    lines = []
    first = worrying(numbers)
    for week in first[:IN_CHAT]:
        reasons = " ".join(reasons_of(week, lang, topic_name))
        lines.append(f"• {mark}{week.name}: {score_words(week, lang)}. {reasons}")
    if len(first) > IN_CHAT:
        more = len(first) - IN_CHAT
        lines.append(say(f"{mark}{more} instansi lain perlu perhatian.", f"{mark}{more} more agencies need attention.", lang))
    if not first:
        lines.append(mark + calm_words(numbers, lang))
    if words := steady_words(numbers, lang):
        lines.append(mark + words)
    if numbers.gaps or numbers.unheard_h >= 1:
        lines.append(say("Angka kurang lengkap: ada sumber yang sempat putus.", "Numbers are incomplete: sources were down for a while.", lang))
    lines.append(f"{say('Selengkapnya', 'In full', lang)}: {where}")
    title = say("Ringkasan risiko mingguan", "Weekly risk digest", lang)
    return Summary(headline=f"{mark}{title}, {range_words(numbers.window, lang)}", sentence="\n".join(lines))


def calm_words(numbers: WeekNumbers, lang: Lang) -> str:
    """What to say of a week in which nothing stands out."""
    if not any(week.now.total for week in numbers.agencies):
        return say(
            "Tidak ada satu pun sebutan yang tercatat minggu ini: periksa sumber dengan `kentongan sources`.",
            "Not a single mention was recorded this week: look at the sources with `kentongan sources`.",
            lang,
        )
    top = numbers.agencies[0]
    return say(
        f"Minggu yang tenang: tidak ada lonjakan yang menonjol. Risiko tertinggi: {top.name}, {top.risk.total} dari 100.",
        f"A calm week: nothing stands out. Highest risk: {top.name}, {top.risk.total} of 100.",
        lang,
    )
