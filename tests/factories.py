"""Records for tests: state only what matters, the rest is plain."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from kentongan import records as r

T0 = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)  # Monday 10:00 WIB


def post(**fields: Any) -> r.Post:
    """A post on Mastodon about PLN."""
    plain: dict[str, Any] = {"platform": "mastodon", "native_id": uuid.uuid4().hex, "published_at": T0, "text": "listrik PLN mati lagi"}
    return r.Post(**{**plain, **fields})


def mention(
    *,
    sentiment: float = -0.8,
    hoax: float = 0.02,
    agencies: tuple[str, ...] = ("pln",),
    labels: dict[str, str] | None = None,
    claim_id: str = "",
    lang: r.Language = "id",
    topics: tuple[str, ...] = (),
    **fields: Any,
) -> r.ScoredMention:
    """A scored mention of PLN, negative unless said otherwise; `fields` are those of Mention."""
    native = fields.pop("native_id", uuid.uuid4().hex)
    plain: dict[str, Any] = {
        "id": str(uuid.uuid5(r.MENTION_NAMESPACE, f"mastodon:{native}")),
        "platform": "mastodon",
        "source": "mastodon-pln",
        "category": r.Category.MICROBLOG,
        "native_id": native,
        "published_at": T0,
        "collected_at": T0 + timedelta(minutes=2),
        "text": "listrik PLN mati lagi",
        "agencies": agencies,
        "content_hash": f"h-{native}",
        "cluster_id": f"c-{native}",
        "author": r.Author(key=f"v1:{native}", kind=r.AuthorKind.CITIZEN),
    }
    label: r.Label = "negative" if sentiment < -0.1 else "positive" if sentiment > 0.1 else "neutral"
    score = r.Score(
        lang=lang,
        sentiment=r.Sentiment(label=label, score=sentiment, confidence=0.9),
        sentiment_by_agency={},
        sentiment_evidence=(),
        hoax=r.Hoax(likelihood=hoax, evidence=(r.Evidence(kind="none", weight=0, text_id="tidak ada tanda", text_en="no sign"),), claim_id=claim_id),
        topics=topics,
        scorer_version="test",
    )
    return r.ScoredMention(mention=r.Mention(**{**plain, **fields}), score=score, labels=labels or {})


def spike(**fields: Any) -> r.Spike:
    """A negative-volume spike of PLN in the hour after T0."""
    plain: dict[str, Any] = {
        "agency": "pln",
        "rule": "negative_volume",
        "window": r.Window(start=T0, end=T0 + timedelta(hours=1)),
        "observed": 37,
        "expected": 6.0,
        "chance_weeks": 120.0,
        "severity": "high",
        "bin_end": T0 + timedelta(hours=1),
        "distinct_authors": 31,
        "negative_share": 0.8,
    }
    return r.Spike(**{**plain, **fields})


def alert(**fields: Any) -> r.Alert:
    """An open, high alert of PLN."""
    s = fields.pop("spike", None) or spike()
    plain: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "agency": s.agency,
        "rule": s.rule,
        "state": r.AlertState.OPEN,
        "severity": s.severity,
        "opened_at": s.bin_end,
        "updated_at": s.bin_end,
        "spike": s,
        "peak_observed": s.observed,
        "notified_observed": s.observed,
    }
    return r.Alert(**{**plain, **fields})


def claim(**fields: Any) -> r.Claim:
    """A debunked claim about electricity tokens."""
    plain: dict[str, Any] = {
        "id": uuid.uuid4().hex,
        "title": "Token listrik gratis dari PLN",
        "text": "PLN bagi token listrik gratis, daftar di tautan ini",
        "verdict": "salah",
        "publisher": "Cek Fakta",
        "url": "https://cekfakta.example/1",
        "published_at": T0,
    }
    return r.Claim(**{**plain, **fields})
