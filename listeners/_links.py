"""Addresses: one canonical form per page, and another server instead of the real one for tests."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

# What newsletters, social networks and analytics append; none of it changes which page is shown.
_TRACKING = re.compile(
    r"^(utm_\w+|fbclid|gclid|gclsrc|dclid|wbraid|gbraid|msclkid|yclid|twclid|ttclid|li_fat_id|igshid|igsh|mc_[ce]id|_ga|_gl|_hsenc|_hsmi|mkt_tok"
    r"|at_(medium|campaign|custom\d)|ns_(source|mchannel|campaign)|cmpid|cmp|ocid|wtmc|s_kwcid|spm|share_?id)$",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}


def canonical_link(link: str, base: str = "") -> str:
    """The address that all copies of a link to one page share, or "" when it is not one.

    https, lower-case host without default port, no user name, no tracking parameters, no fragment, parameters sorted.
    base: resolves a relative link.
    """
    link = link.strip()
    if not link:
        return ""  # resolved against a base it would become the base
    try:
        parts = urlsplit(urljoin(base, link))
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in _PORTS or not host:
        return ""
    if port is not None and port != _PORTS[parts.scheme.lower()]:
        host = f"{host}:{port}"
    pairs = sorted(pair for part in parts.query.split("&") if (pair := part.strip()) and not _TRACKING.match(pair.partition("=")[0]))
    return urlunsplit(("https", host, parts.path.rstrip() or "/", "&".join(pairs), ""))


def split_link(link: str) -> SplitResult:
    """The parts of an address; all empty when it is none."""
    try:
        return urlsplit(link)
    except ValueError:
        return SplitResult("", "", "", "", "")


def host_of(link: str) -> str:
    """The host of an address in lower case without "www.", or ""."""
    return (split_link(link).hostname or "").removeprefix("www.")


def rebased(url: str, base_url: str) -> str:
    """The same path and query at `base_url` (scheme, host, port, leading path) when it is given, else the address as it is."""
    if not base_url:
        return url
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return base_url.rstrip("/") + parts.path + query
