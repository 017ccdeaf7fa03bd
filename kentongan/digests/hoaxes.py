"""Which hoaxes went round: likely hoaxes of one week, told together where they are one story."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kentongan.config import AgencyConfig
from kentongan.digests.quotations import quotation
from kentongan.digests.tally import Cluster
from kentongan.digests.week import HoaxSeen
from kentongan.records import Claim, Mention

LOOKED_AT = 150  # clusters, the largest first; what lies behind is single texts
FEWEST = 3  # texts without a known claim, below which it is no hoax that goes round
ALIKE = 0.5  # share of the smaller text's words found in the other
SHOWN = 5
_WORD = re.compile(r"[^\W_]{3,}")


@dataclass(slots=True)
class Story:
    """Clusters that are one story."""

    words: frozenset[str]
    claim: Claim | None
    first: datetime
    first_id: str
    authors: set[int] = field(default_factory=set)
    mentions: int = 0

    def take(self, cluster: Cluster) -> None:
        """Join a cluster to it."""
        self.mentions += cluster.mentions
        self.authors |= cluster.authors
        if cluster.first is not None and cluster.first < self.first:
            self.first, self.first_id = cluster.first, cluster.first_id


def words_of(text: str) -> frozenset[str]:
    """The words that tell two stories apart."""
    return frozenset(_WORD.findall(text.casefold()))


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """True when two texts tell the same story in almost the same words."""
    fewer = min(len(one), len(other))
    return fewer >= 5 and len(one & other) >= ALIKE * fewer


def leading(clusters: Mapping[str, Cluster]) -> list[Cluster]:
    """The clusters that are looked at: with a claim first, then the largest."""
    return sorted(clusters.values(), key=lambda c: (not c.claims, -c.mentions, c.first_id))[:LOOKED_AT]


def stories(clusters: Iterable[Cluster], mentions: Mapping[str, Mention], claims: Mapping[str, Claim]) -> list[Story]:
    """The stories, most told first. Those with one claim are one, and so are those that are alike.

    A cluster bears the claim that any of its texts matched: texts that were scored before the fact-check came out bear none.
    mentions: by id, the clusters' first ones.
    """
    found: list[Story] = []
    for cluster in clusters:
        if cluster.first is None:
            continue
        claim = next((claims[key] for key, _ in cluster.claims.most_common() if key in claims), None)
        first = mentions.get(cluster.first_id)
        words = words_of(first.text) if first else frozenset()
        same = next((s for s in found if (claim and s.claim and s.claim.id == claim.id) or (claim is None and alike(s.words, words))), None)
        if same is None:
            same = Story(words=words, claim=claim, first=cluster.first, first_id=cluster.first_id)
            found.append(same)
        same.take(cluster)
    return sorted(found, key=lambda s: s.mentions, reverse=True)


def resembles_a_hoax(mention: Mention, clusters: Mapping[str, Cluster], mentions: Mapping[str, Mention]) -> bool:
    """True for a copy of a hoax that goes round, also where its own likelihood came out low: it must not be quoted as a complaint."""
    cluster = clusters.get(mention.cluster_id)
    if cluster is not None and cluster.mentions >= FEWEST:
        return True
    words = words_of(mention.text)
    told = (mentions.get(c.first_id) for c in leading(clusters) if c.mentions >= FEWEST)
    return any(alike(words_of(first.text), words) for first in told if first is not None)


def hoaxes_seen(
    clusters: Iterable[Cluster], mentions: Mapping[str, Mention], claims: Mapping[str, Claim], agency: AgencyConfig
) -> tuple[HoaxSeen, ...]:
    """Up to five hoaxes, most told first; without a known claim only what at least three mentions told."""
    told = [s for s in stories(clusters, mentions, claims) if s.claim or s.mentions >= FEWEST][:SHOWN]
    return tuple(
        HoaxSeen(
            claim=s.claim,
            mentions=s.mentions,
            authors=len(s.authors),
            first=s.first,
            example=quotation(mentions[s.first_id], agency) if s.first_id in mentions else None,
        )
        for s in told
    )
