"""How an alert and its agency are named. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from kentongan.config import AgencyConfig
from kentongan.records import Alert


def agency_of(slug: str, agencies: Mapping[str, AgencyConfig]) -> AgencyConfig:
    """The agency's configuration, or plain one under its slug when its file is gone since."""
    return agencies.get(slug) or AgencyConfig.model_construct(slug=slug, name=slug, aliases=(slug,))


def short_id(alert: Alert) -> str:
    """Enough of the id to name the alert in a command."""
    return alert.id[:8]
