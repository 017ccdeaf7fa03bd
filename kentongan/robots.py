"""What robots.txt allows (RFC 9309), remembered for a day per host."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from protego import Protego

from kentongan.errors import SourceChanged
from kentongan.http_answers import masked
from kentongan.words import say

CACHE_S = 24 * 3600.0  # RFC 9309 section 2.4
LONGEST_CRAWL_DELAY_S = 30.0


class Robots:
    """Rules by scheme and host; `product` is the name that the rules are looked up for."""

    def __init__(self, product: str, monotonic: Callable[[], float]) -> None:
        self._product, self._monotonic = product, monotonic
        self._rules: dict[str, tuple[float, Protego]] = {}

    def crawl_delay_s(self, address: httpx.URL, fetch: Callable[[httpx.URL], str]) -> float:
        """Seconds to leave between two requests, if the page may be read at all.

        fetch: gives the text of robots.txt. Its SourceDown goes on to the caller: a site that cannot say what it allows allows nothing
        for now. Its SourceChanged (4xx, nothing readable) means no rules. Raises SourceChanged when the page is forbidden.
        """
        root = address.copy_with(path="/robots.txt", query=None, fragment=None, username=None, password=None)
        known = self._rules.get(str(root))
        if known is None or known[0] < self._monotonic():
            try:
                text = fetch(root)
            except SourceChanged:
                text = ""
            known = (self._monotonic() + CACHE_S, Protego.parse(text))
            self._rules[str(root)] = known
        rules = known[1]
        if not rules.can_fetch(str(address), self._product):
            message = say(
                f"{masked(address)}: dilarang oleh robots.txt; pakai umpan atau API situs itu, atau minta izin",
                f"{masked(address)}: robots.txt forbids it; use the site's feed or API, or ask for permission",
            )
            raise SourceChanged(message)
        return min(float(rules.crawl_delay(self._product) or 0), LONGEST_CRAWL_DELAY_S)
