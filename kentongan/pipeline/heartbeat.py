"""Tells an outside watchdog that detection ran: when it hears nothing any more, it raises the alarm that Kentongan itself no longer can."""

from __future__ import annotations

import logging

import httpx

log = logging.getLogger(__name__)
TIMEOUT_S = 5.0


def beat(url: str) -> bool:
    """Request the address (GET); True when it answered with 2xx. A watchdog out of reach is logged and is no reason to fail.

    The address is a secret of sorts (who knows it can keep the watchdog quiet): it is never logged.
    """
    try:
        answer = httpx.get(url, timeout=TIMEOUT_S, follow_redirects=True)
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        log.warning("heartbeat: the watchdog does not answer: %s", type(exc).__name__)
        return False
    if not answer.is_success:
        log.warning("heartbeat: the watchdog answers HTTP %d", answer.status_code)
    return answer.is_success
