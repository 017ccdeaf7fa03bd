"""What people say of a mention against the machine: stored beside the score, counted in its place, kept for training."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kentongan.errors import InputError
from kentongan.intake import content_hash
from kentongan.pipeline.absorb import NO_AGENCY, bin_keys, save_scored, score_mentions
from kentongan.pipeline.detect import recount
from kentongan.pipeline.wiring import Context
from kentongan.records import Mention, ScoredMention
from kentongan.text import mask_handles, no_formula
from kentongan.words import say

FIELDS = ("text_sha256", "sentiment", "sentiment_by_agency", "hoax", "agencies", "machine_sentiment", "machine_hoax", "scorer_version")
PAGE = 500


def correct(ctx: Context, ids: Sequence[str], said: Mapping[str, str], by: str) -> tuple[list[ScoredMention], list[str]]:
    """(the mentions as they count now, ids that are not stored). said: kind → value as `ScoredMention.labels` has them.

    The word comes first, then the mention, then its counts: after a crash in between, saying it again completes it. What the detector has already
    decided stays decided. Raises InputError, and keeps nothing, where the agency of a deleted post would change (its text is gone), and for a
    sentiment about an agency that a mention is not about.
    """
    now = ctx.clock.now()
    found = {item.mention.id: item for item in ctx.mentions.get(ids)}
    for kind in said:
        _check_about(kind.partition(":")[2], said.get("agency"), found.values())
    if "agency" in said and (gone := next((one for one, item in found.items() if item.mention.deleted_at), "")):
        raise InputError(say(f"{gone}: sudah dihapus di sumbernya, instansinya tetap", f"{gone}: deleted at its source, its agencies stay"))
    with ctx.state.transaction():
        for one in found:
            for kind, value in said.items():
                ctx.state.put_label(one, kind, value, by, now)
                ctx.state.add_audit(now, by, "label", one, f"{kind}={value or 'auto'}")
    if not found:
        return [], list(ids)
    ctx.state.mark_dirty(bin_keys(item.mention for item in found.values()))
    labels = ctx.state.labels(list(found))
    if "agency" in said:
        again = score_mentions(ctx, [_attributed(ctx, item.mention, said["agency"]) for item in found.values()])
    else:
        again = [replace(item, labels=labels[one]) for one, item in found.items()]
    saved = save_scored(ctx, again)
    ctx.state.mark_dirty({*bin_keys(item.mention for item in again), *saved.left})
    recount(ctx)
    return ctx.mentions.get(list(found)), [one for one in ids if one not in found]


def _check_about(slug: str, agencies: str | None, items: Iterable[ScoredMention]) -> None:
    """agencies: what the same correction says the mentions are about; "" = what their text says, which is not known yet."""
    for item in items if slug and agencies != "" else ():
        about = agencies.split(",") if agencies else item.mention.agencies
        if slug not in about:
            named = ", ".join(about) or "-"
            what = say(
                f"{item.mention.id}: bukan tentang {slug} (melainkan {named}); tambahkan --agency {slug}, atau ganti --for",
                f"{item.mention.id}: not about {slug} (but {named}); add --agency {slug}, or change --for",
            )
            raise InputError(what)


def _attributed(ctx: Context, mention: Mention, said: str) -> tuple[Mention, Sequence[tuple[str, int, int]]]:
    """The mention with the places of its agencies; about what its text says again, where a person took his word back."""
    read = ctx.attributor.attribute(mention.text, mention.title, tags=mention.tags, links=mention.links, container=mention.container)
    if said or not read.agencies:
        return mention, read.spans
    named = content_hash(mention.title, mention.text, mention.rating, read.agencies)
    return replace(mention, agencies=read.agencies, content_hash=named), read.spans


def export(ctx: Context, path: Path, *, with_text: bool = False) -> int:
    """Write all corrections as CSV for training; returns how many mentions. A text is named by its hash, as in bench/quality_labels.csv.

    with_text: also the masked text, in a file that only its owner may read. Deleted posts are left out: nothing is left to learn from. A text
    that a spreadsheet would run begins with an apostrophe.
    """
    rows = 0
    fresh = path.with_name(path.name + ".part")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if with_text else 0o644), "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, [*FIELDS, *(["text"] if with_text else [])], lineterminator="\n")
        table.writeheader()
        ids = ctx.state.labelled()
        for start in range(0, len(ids), PAGE):
            for item in ctx.mentions.get(ids[start : start + PAGE]):
                if item.mention.deleted_at is None and any(item.labels.values()):
                    table.writerow(_row(item) | ({"text": no_formula(mask_handles(item.mention.text))} if with_text else {}))
                    rows += 1
    fresh.replace(path)
    return rows


def _row(item: ScoredMention) -> dict[str, str]:
    own = {kind.partition(":")[2]: value for kind, value in sorted(item.labels.items()) if kind.startswith("sentiment:") and value}
    said = item.labels.get("agency", "")
    return {
        "text_sha256": hashlib.sha256(item.mention.text.encode()).hexdigest()[:20],
        "sentiment": item.labels.get("sentiment", ""),
        "sentiment_by_agency": ";".join(f"{slug}={value}" for slug, value in own.items()),
        "hoax": item.labels.get("hoax", ""),
        "agencies": said if said == NO_AGENCY else said.replace(",", ";"),
        "machine_sentiment": item.score.sentiment.label,
        "machine_hoax": f"{item.score.hoax.likelihood:.3f}",
        "scorer_version": item.score.scorer_version,
    }
