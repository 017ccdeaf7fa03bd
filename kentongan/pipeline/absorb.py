"""One page of posts on its way into the stores: attribute → mask → score → save → mark the bins to be counted again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kentongan.clock import floor_bin
from kentongan.intake import content_hash, mention_id
from kentongan.pipeline.wiring import Context
from kentongan.ports import Saved, ScoreRequest
from kentongan.records import AuthorKind, BinKey, Category, Mention, Post, ScoredMention
from kentongan.speakers import ORGANISATIONS

CLAIMS_CHANGED = "claims_changed"  # state: ids of the claims that changed since recent mentions were last scored again, as JSON
EVERYTHING = "yes"  # in their place: too many to look at one by one
MANY_CLAIMS = 2_000
TOMBSTONE = "claim:"  # before a claim's id: what was taken out does not come back with the next poll of its feed
NO_AGENCY = "none"  # what a person says of a mention that is about none of them
Span = tuple[str, int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """A post with the source it came through."""

    post: Post
    source: str
    category: Category


@dataclass(frozen=True, kw_only=True, slots=True)
class Absorbed:
    """What became of posts; add two with +."""

    collected: int = 0
    attributed: int = 0
    off_topic: int = 0  # about no agency: counted and dropped
    forgotten: int = 0  # tombstoned: somebody asked for its deletion
    deleted: int = 0  # gone at its source: blanked here
    scored: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    claims: int = 0  # new or changed fact-checks

    def __add__(self, other: Absorbed) -> Absorbed:
        return Absorbed(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})


def bin_keys(mentions: Iterable[Mention]) -> set[BinKey]:
    """The bins in which these mentions are counted."""
    return {BinKey(agency=agency, start=floor_bin(m.published_at)) for m in mentions for agency in m.agencies}


def as_corrected(mention: Mention, labels: Mapping[str, str]) -> Mention:
    """The mention about the agencies that a person named, if anybody did."""
    said = labels.get("agency")
    agencies = mention.agencies if not said else () if said == NO_AGENCY else tuple(sorted(said.split(",")))
    if agencies == mention.agencies:
        return mention
    return replace(mention, agencies=agencies, content_hash=content_hash(mention.title, mention.text, mention.rating, agencies))


def certain_kind(mention: Mention) -> str:
    """Who speaks, as far as it is certain: an account that merely calls itself a newsroom gets no trust for it."""
    author = mention.author
    return str(author.kind if author.kind not in ORGANISATIONS or author.name or mention.official_of else AuthorKind.UNKNOWN)


def score_mentions(ctx: Context, mentions: Sequence[tuple[Mention, Sequence[Span]]]) -> list[ScoredMention]:
    """The mentions with their scores and people's corrections, about the agencies that people named."""
    if not mentions:
        return []
    labels = ctx.state.labels([m.id for m, _ in mentions])
    corrected = [(as_corrected(m, labels.get(m.id, {})), spans) for m, spans in mentions]
    requests = [
        ScoreRequest(
            text=m.text, title=m.title, rating=m.rating, agencies=m.agencies, agency_spans=tuple(s for s in spans if s[0] in m.agencies),
            category=m.category, author_kind=certain_kind(m),
        )
        for m, spans in corrected
    ]  # fmt: skip
    scores = ctx.scorer.score(requests)
    return [ScoredMention(mention=m, score=score, labels=labels.get(m.id, {})) for (m, _), score in zip(corrected, scores, strict=True)]


def buried_among(ctx: Context, mentions: Sequence[Mention]) -> set[str]:
    """Ids of those that, or whose authors, somebody asked to forget."""
    ids, authors = ctx.state.tombstoned([m.id for m in mentions], sorted({m.author.key for m in mentions if m.author.key}))
    return {m.id for m in mentions if m.id in ids or m.author.key in authors}


def save_scored(ctx: Context, scored: Sequence[ScoredMention]) -> Saved:
    """Save what was scored, and take away again what somebody asked to forget while it was being scored.

    `forget` leaves its tombstone before it deletes: either it finds what was saved here, or its tombstone is found here.
    """
    if not scored:
        return Saved(new=0, changed=0, unchanged=0)
    saved = ctx.mentions.save(scored, ctx.clock.now())
    if late := buried_among(ctx, [one.mention for one in scored]):
        ctx.mentions.forget(ids=sorted(late))
    return saved


def note_changed(ctx: Context, claim_ids: Sequence[str]) -> None:
    """Order that recent mentions look at these claims again. Inside the transaction that changes them."""
    noted = ctx.state.meta(CLAIMS_CHANGED)
    if noted and not noted.startswith("["):
        return
    ids = sorted({*(json.loads(noted) if noted else ()), *claim_ids})
    ctx.state.set_meta(CLAIMS_CHANGED, json.dumps(ids) if len(ids) <= MANY_CLAIMS else EVERYTHING)


def learn_claims(ctx: Context, heard: Iterable[Heard]) -> int:
    """Put fact-checks among these posts into the claim base; returns how many are new or changed."""
    from kentongan.scoring.fact_checks import claim_from_post

    found = []
    for item in heard:
        if item.category is not Category.FACTCHECK:
            continue
        claim = claim_from_post(item.post, item.post.container or item.source)
        if claim is not None:
            about = ctx.attributor.attribute(claim.text, claim.title).agencies
            found.append(replace(claim, agencies=tuple(about)))
    gone, _ = ctx.state.tombstoned([TOMBSTONE + claim.id for claim in found], [])
    found = [claim for claim in found if TOMBSTONE + claim.id not in gone]
    if not found:
        return 0
    with ctx.state.transaction():
        changed = ctx.state.put_claims(found)
        if changed:  # in the same transaction: a crash must not lose the order to look back
            note_changed(ctx, [claim.id for claim in found])
    ctx.claims.add(found)
    return changed


def absorb(ctx: Context, heard: Sequence[Heard], agency: str = "") -> Absorbed:
    """Take the posts in; running it twice with the same posts changes nothing.

    agency: slug that every post is about, for streams of one agency; empty = find out from the text.
    Raises StoreError, and then nothing may be taken as saved.
    """
    claims = learn_claims(ctx, heard)
    pairs: dict[str, tuple[Mention, Sequence[Span]]] = {}
    attributed = off_topic = deleted = 0
    gone: list[str] = []
    for item in heard:
        if item.post.deleted:
            gone.append(mention_id(item.post.platform, item.post.native_id))
            deleted += 1
            continue
        taken = ctx.intake.mention(item.post, source=item.source, category=item.category, agency=agency)
        if taken is None:
            off_topic += 1
            continue
        attributed += 1
        pairs[taken[0].id] = taken
    buried = buried_among(ctx, [mention for mention, _ in pairs.values()])
    kept = [pair for pair in pairs.values() if pair[0].id not in buried]
    scored = score_mentions(ctx, kept)
    saved = save_scored(ctx, scored)
    if gone:
        ctx.mentions.blank(gone, ctx.clock.now())
        ctx.state.drop_quotes(gone)
    if scored:
        ctx.state.mark_dirty({*bin_keys(s.mention for s in scored), *saved.left})
    return Absorbed(
        collected=len(heard), attributed=attributed, off_topic=off_topic, forgotten=len(pairs) - len(kept), deleted=deleted, scored=len(scored),
        new=saved.new, changed=saved.changed, unchanged=saved.unchanged, claims=claims,
    )  # fmt: skip
