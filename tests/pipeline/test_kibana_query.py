"""Which posts an alert's link to Kibana opens."""

from __future__ import annotations

import pytest

from kentongan.pipeline.enclosures import posts_of
from tests.factories import alert


@pytest.mark.parametrize(
    ("rule", "claim", "query"),
    [
        ("negative_volume", "", 'negative_about: "pln" and not official_of: "pln"'),
        ("hoax_volume", "", 'agencies: "pln" and likely_hoax: true and not official_of: "pln"'),
        ("hoax_volume", "k1", 'agencies: "pln" and likely_hoax: true and hoax.claim_id: "k1" and not official_of: "pln"'),
        ("total_volume", "", 'agencies: "pln" and not official_of: "pln"'),
    ],
)
def test_it_opens_what_the_rule_counts(rule: str, claim: str, query: str) -> None:
    assert posts_of(alert(rule=rule, claim_id=claim)) == query
