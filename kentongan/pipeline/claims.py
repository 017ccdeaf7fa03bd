"""The claim base as people keep it: an agency's own entries and clarifications, lists taken in, claims taken out. Each is audited and looks back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kentongan.errors import InputError
from kentongan.pipeline.absorb import TOMBSTONE, note_changed
from kentongan.pipeline.factchecks import Rescored, rescore_recent
from kentongan.pipeline.unwatched import let_go_of_claim
from kentongan.pipeline.wiring import Context
from kentongan.records import Claim
from kentongan.scoring.claim_words import meaning
from kentongan.scoring.claims_file import claim_key
from kentongan.scoring.fact_checks import LONGEST_TITLE
from kentongan.text import clean
from kentongan.words import say

ALIKE = 0.6  # share of the words of two headlines that are common from which both are shown as the same story
SHORTEST = 8  # letters and digits of a headline: what is shorter would match half the world


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What became of the claims that were given."""

    new: int  # or changed
    known: int  # just so in the base already
    alike: tuple[tuple[Claim, Claim], ...]  # (new claim, an older one of the same story)
    rescored: Rescored


def own_claim(ctx: Context, *, title: str, text: str, verdict: str, url: str, agency: str, publisher: str, at: datetime) -> Claim:
    """A claim as an officer enters it; the agency's name is the publisher where none is given. Raises InputError."""
    title, text, publisher = (" ".join(clean(given).split()) for given in (title, text, publisher))
    if sum(map(str.isalnum, title)) < SHORTEST:
        raise InputError(say(f"--title: paling sedikit {SHORTEST} huruf", f"--title: at least {SHORTEST} letters"))
    if not publisher:
        publisher = ctx.config.agencies[agency].name if agency else "Kentongan"
    about = ctx.attributor.attribute(text, title).agencies
    return Claim(
        id=claim_key(url, publisher, title),
        title=title[:LONGEST_TITLE],
        text=text,
        verdict=verdict,
        publisher=publisher,
        url=url,
        published_at=at,
        agencies=tuple(sorted({*about, *([agency] if agency else ())})),
    )


def keep_claims(ctx: Context, claims: Sequence[Claim], by: str, how: str) -> Kept:
    """Put the claims into the base, write the audit trail, and score again the recent mentions that they touch.

    how: the audit's word for it. The order to look back is written with the claims, so that a crash in between does not lose it.
    """
    known = {claim.id: claim for claim in ctx.state.claims()}
    fresh = [claim for claim in {claim.id: claim for claim in claims}.values() if known.get(claim.id) != claim]
    alike = [
        (claim, match.claim)
        for claim in fresh
        for match in ctx.claims.nearest(claim.title, 3)
        if match.claim.id != claim.id and _alike(claim.title, match.claim.title)
    ]
    now = ctx.clock.now()
    with ctx.state.transaction():
        ctx.state.put_claims(fresh)
        for claim in fresh:
            ctx.state.add_audit(now, by, how, claim.id, f"{claim.verdict}: {claim.title}"[:200])
        if fresh:
            note_changed(ctx, [claim.id for claim in fresh])
    ctx.claims.add(fresh)
    done = rescore_recent(ctx, now) if fresh else Rescored()
    return Kept(new=len(fresh), known=len(claims) - len(fresh), alike=tuple(alike), rescored=done)


def _alike(one: str, other: str) -> bool:
    a, b = ({meaning(word) for word in re.findall(r"\w+", title.lower())} - {""} for title in (one, other))
    return len(a & b) >= ALIKE * len(a | b)


def find_claim(ctx: Context, start: str) -> Claim:
    """The one claim whose id begins so. Raises InputError."""
    found = [claim for claim in ctx.state.claims() if start and claim.id.startswith(start.lower())]
    if len(found) != 1:
        raise InputError(say(f"{len(found)} klaim bernama {start!r}; lihat: kentongan claims list",
                             f"{len(found)} claims named {start!r}; see: kentongan claims list"))  # fmt: skip
    return found[0]


def take_out(ctx: Context, claim: Claim, by: str, reason: str) -> Rescored:
    """Take a claim out for good, and score again the recent mentions that matched it; open alerts no longer point at it."""
    now = ctx.clock.now()
    with ctx.state.transaction():
        ctx.state.drop_claims([claim.id])
        ctx.state.add_tombstones(ids=[TOMBSTONE + claim.id], at=now, reason=reason)
        ctx.state.add_audit(now, by, "claim_remove", claim.id, reason)
        note_changed(ctx, [claim.id])
        let_go_of_claim(ctx, claim, by, now)
    ctx.claims.remove([claim.id])
    return rescore_recent(ctx, now)


def with_agencies(ctx: Context, claim: Claim) -> Claim:
    """The claim with the agencies that its words name."""
    return replace(claim, agencies=tuple(ctx.attributor.attribute(claim.text, claim.title).agencies))
