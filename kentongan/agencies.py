"""Whom a text is about: one automaton finds the aliases of all agencies, rules of spelling decide which of them count.

    alias in an agency file      counts
    PLN, Mobile JKN, mati lampu  as a word, in any case, joined or hyphenated, with Indonesian endings (PLN-nya, plnlah), stretched (plnnn),
                                 dotted (P.L.N), in a hashtag (#PLNMati, #SavePLN); from 7 letters on also with one typing slip
    @pln_123                     as this handle only (every official account is one without being listed)
    =KAI                         as written, capitals and all
    ~SBY                         only with a word of `context` within 100 characters (no `context`: always), and never with a phrase of
                                 `exclude` that is marked ~ as near as that

A phrase of `exclude` silences every alias of its agency that it covers, marked ~ also ambiguous aliases nearby. Of two agencies' aliases, one
inside the other, the longer counts.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

import ahocorasick

from kentongan.aliases import Pattern, patterns_of
from kentongan.boundaries import stands_as_handle, stands_as_name
from kentongan.config import AgencyConfig
from kentongan.spelling import Folded, Slips, fold, unfold

NEAR = 100  # characters on each side in which a context word or an exclusion speaks for or against an ambiguous alias


class Span(NamedTuple):
    """One place where an agency is named, in the attributed text."""

    agency: str
    start: int
    end: int
    alias: str  # as in the agency's file
    how: str  # alias, handle, hashtag, spelling


@dataclass(frozen=True, slots=True)
class Attribution:
    agencies: tuple[str, ...]  # slugs, sorted
    spans: tuple[tuple[str, int, int], ...]  # (slug, start, end) in `title + "\n" + text`, or in `text` when there is no title
    reasons: tuple[str, ...] = ()  # "slug: why", for those that no span names: tag, link, container


NOBODY = Attribution((), ())


class _Hit(NamedTuple):
    start: int
    end: int
    how: str
    pattern: Pattern


class Attributor:
    """Finds the agencies that a text names. Build it once: reading is cheap, building is not.

    Cost per text does not grow with the number of agencies.
    """

    def __init__(self, agencies: Mapping[str, AgencyConfig]) -> None:
        self.agencies = dict(agencies)
        self._official: dict[tuple[str, str], str] = {}
        self._hosts: dict[str, str] = {}
        self._tags: dict[str, Collection[str]] = {}
        self._context: dict[str, re.Pattern[str] | None] = {}
        patterns: dict[str, list[Pattern]] = {}
        typable: dict[str, list[tuple[str, str]]] = {}
        for slug, agency in self.agencies.items():
            self._note_accounts(slug, agency)
            for written, pattern in patterns_of(slug, agency):
                known = patterns.setdefault(written, [])
                if pattern not in known:
                    known.append(pattern)
            for alias in agency.aliases:
                if alias.isalpha():
                    typable.setdefault(alias.casefold(), []).append((slug, alias))
            words = [re.escape(fold(word.strip())) for word in agency.context]
            self._context[slug] = re.compile(rf"(?<![^\W_])(?:{'|'.join(words)})(?:nya|lah|kah|ku|mu|e|ne|na|nyo)?(?![^\W_])") if words else None
        self._automaton = ahocorasick.Automaton()
        for written, entries in patterns.items():
            self._automaton.add_word(written, (len(written), tuple(entries)))
        if patterns:
            self._automaton.make_automaton()
        self._longest = max(map(len, patterns), default=0)
        self._slips = Slips(typable, known=patterns)

    def attribute(
        self, text: str, title: str = "", *, tags: Collection[str] = (), links: Collection[str] = (), container: str = "", platform: str = ""
    ) -> Attribution:
        """The agencies named in title and text, by a tag, by the host of a link, or by the container (an official page or channel, an app)."""
        joined = f"{title}\n{text}" if title else text
        spans = self._settle(joined)
        if not (tags or links or container):
            if not spans:
                return NOBODY
            return Attribution(tuple(sorted({span.agency for span in spans})), tuple(span[:3] for span in spans))
        reasons = {}
        if tags:
            reasons.update({slug: f"#{tag}" for tag in tags for slug in self._of_tag(tag.lstrip("#"))})
        for link in links:
            if slug := self._of_host(link):
                reasons.setdefault(slug, link)
        if container and (slug := self.official_of(platform, container)):
            reasons.setdefault(slug, container)
        named = {span.agency for span in spans}
        return Attribution(
            tuple(sorted(named | reasons.keys())),
            tuple(span[:3] for span in spans),
            tuple(f"{slug}: {why}" for slug, why in sorted(reasons.items()) if slug not in named),
        )

    def explain(self, text: str) -> tuple[Span, ...]:
        """Every place that counts, with the alias that was found there and how."""
        return tuple(self._settle(text))

    def official_of(self, platform: str, handle: str) -> str:
        """The slug of the agency whose official account this is, or ""."""
        return self._official.get((platform.lower(), handle.lower().lstrip("@"))) or "" if handle else ""

    def _note_accounts(self, slug: str, agency: AgencyConfig) -> None:
        for platform, handle in agency.accounts():
            self._official[platform.lower(), handle] = slug
            if platform == "web":
                self._hosts[handle.removeprefix("https://").removeprefix("www.").strip("/")] = slug

    def _of_tag(self, tag: str) -> Collection[str]:
        known = self._tags.get(tag)
        if known is None:
            if len(self._tags) > 50_000:  # the same tags come again and again
                self._tags.clear()
            known = self._tags[tag] = {span.agency for span in self._settle("#" + tag)}
        return known

    def _of_host(self, link: str) -> str:
        if not self._hosts:
            return ""
        try:
            host = (urlsplit(link if "//" in link else f"//{link}").hostname or "").removeprefix("www.")
        except ValueError:
            return ""
        while host:
            if slug := self._hosts.get(host):
                return slug
            host = host.partition(".")[2]
        return ""

    # --- reading --------------------------------------------------------------------------------------------------

    def _settle(self, text: str) -> list[Span]:
        """Spans that count, in order: hits minus exclusions, minus ambiguous ones without context, minus those inside a longer one."""
        folded = unfold(text)
        found, against = self._hits(folded)
        if not found:
            return []
        found.sort()
        starts = [hit.start for hit in found]
        spans: dict[tuple[str, int, int], Span] = {}
        for hit in found:
            slug = hit.pattern.slug
            if slug in against and _silenced(hit, against[slug]):
                continue
            if hit.pattern.ambiguous and not self._in_context(folded.plain, hit):
                continue
            # Whatever covers this hit begins at most the longest pattern earlier, so long texts cost no more per hit than short ones.
            rivals = found[bisect_left(starts, hit.start - self._longest) : bisect_right(starts, hit.start)] if len(found) > 1 else ()
            if any(_inside(hit, other) for other in rivals):
                continue
            start, end = folded.span(hit.start, hit.end)
            spans.setdefault((slug, start, end), Span(slug, start, end, hit.pattern.alias, hit.how))
        return sorted(spans.values(), key=lambda span: (span.start, span.end, span.agency))

    def _hits(self, folded: Folded) -> tuple[list[_Hit], dict[str, list[_Hit]]]:
        """(places of aliases, places of exclusions by agency) that stand on their own."""
        found: list[_Hit] = []
        against: dict[str, list[_Hit]] = {}
        if self._longest:
            for stop, (length, patterns) in self._automaton.iter(folded.plain):
                end = stop + 1
                start = end - length
                for pattern in patterns:
                    if pattern.exact and folded.written(start, end) not in (pattern.bare, pattern.bare.replace(" ", "")):
                        continue
                    how = stands_as_handle(folded.plain, start, end) if pattern.handle else stands_as_name(folded, start, end)
                    if not how:
                        continue
                    hit = _Hit(start, end, how, pattern)
                    if pattern.exclusion:
                        against.setdefault(pattern.slug, []).append(hit)
                    else:
                        found.append(hit)
        slips = list(self._slips.find(folded.plain))
        if slips:
            taken = sorted((hit.start, hit.end) for hit in found)
            for start, end, matches in slips:
                near = taken[max(0, bisect_left(taken, (start - self._longest, 0))) : bisect_left(taken, (end, 0))]
                if not any(first < end and start < last for first, last in near):
                    found.extend(_Hit(start, end, "spelling", Pattern(slug, alias)) for slug, alias in matches)
        for hits in against.values():
            hits.sort()
        return found, against

    def _in_context(self, folded: str, hit: _Hit) -> bool:
        context = self._context[hit.pattern.slug]
        return context is None or bool(
            context.search(folded, max(0, hit.start - NEAR), hit.start) or context.search(folded, hit.end, min(len(folded), hit.end + NEAR))
        )


def _silenced(hit: _Hit, exclusions: list[_Hit]) -> bool:
    """An exclusion covers the hit, or one marked ~ stands near it and the hit is ambiguous. Exclusions in order of their start."""
    reach = NEAR if hit.pattern.ambiguous else 0
    at = bisect_left(exclusions, hit.end + reach, key=lambda exclusion: exclusion.start)
    for exclusion in reversed(exclusions[max(0, at - 50) : at]):  # those that begin before the reach ends; the last 50 are near enough
        overlap = exclusion.start < hit.end and hit.start < exclusion.end
        if overlap and exclusion.end - exclusion.start >= hit.end - hit.start:
            return True
        if reach and exclusion.pattern.ambiguous and exclusion.end + reach > hit.start:
            return True
    return False


def _inside(hit: _Hit, other: _Hit) -> bool:
    """The hit lies inside a longer one that is not ambiguous itself."""
    return (
        other.start <= hit.start
        and hit.end <= other.end
        and other.end - other.start > hit.end - hit.start
        and (not other.pattern.ambiguous or other.pattern.slug == hit.pattern.slug)
    )
