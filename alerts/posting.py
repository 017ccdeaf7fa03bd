"""What receivers have in common that post to an address from the environment and cannot read back what they sent.

A try without an answer is repeated once, marked as a repeat. The address is the secret: it is never shown.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from alerts.fragments import AlertText
from alerts.headlines import first_told_at
from alerts.message import compose
from alerts.names import agency_of, short_id
from alerts.phrases import near_time
from kentongan.config import AgencyConfig
from kentongan.errors import Final
from kentongan.records import Notice, NotifyReason
from kentongan.words import Lang, current_language, say

_LATER = frozenset({NotifyReason.ESCALATED, NotifyReason.DOUBLED, NotifyReason.REMINDER, NotifyReason.RESOLVED})


def refuse_simulated(notice: Notice) -> None:
    """Raises Final for a made-up alert: the outbox keeps them away from real receivers; nobody else may slip."""
    if any(alert.simulated for alert in (notice.alert, *notice.related)):
        raise Final(say(f"{notice.destination}: simulasi tidak pernah dikirim", f"{notice.destination}: a simulation is never sent"))


def variable_of(destination: str, prefix: str) -> str:
    """The environment variable that holds this destination's address: `x:humas-pln` → PREFIX_HUMAS_PLN, `x` → PREFIX_URL."""
    place = destination.partition(":")[2]
    return f"{prefix}_{place.upper().replace('-', '_')}" if place else f"{prefix}_URL"


def continued(notice: Notice, agency: AgencyConfig, lang: Lang) -> str:
    """What a later message of an alert continues, for a place without threads: which alert, and when it was first told; "" of a beginning."""
    if notice.transition not in _LATER or notice.within is not None:
        return ""
    at = near_time(first_told_at(notice.alert), notice.decided_at, agency.timezone, lang)
    name = short_id(notice.alert)
    return say(f"Kelanjutan peringatan {name}, dikabarkan {at}.", f"Continues alert {name}, told {at}.", lang)


class PostingReceiver(ABC):
    """Posts each message to the address that the destination's variable holds; the reference of a message is its delivery key."""

    name: str
    prefix: ClassVar[str]  # of the variables that hold addresses
    guide: ClassVar[str]  # where setting it up is explained
    real = True

    def __init__(self, environment: Mapping[str, str], agencies: Mapping[str, AgencyConfig], *, timeout_s: float = 10.0) -> None:
        self._environment = environment
        self._agencies = agencies
        self._timeout_s = timeout_s

    def send(self, notice: Notice, previous_ref: str) -> str:
        """Deliver. Raises Recoverable, Ambiguous or Final."""
        refuse_simulated(notice)
        lang = agency_of(notice.alert.agency, self._agencies).language
        text = compose(notice, self._agencies, lang)
        if earlier := continued(notice, agency_of(notice.alert.agency, self._agencies), lang):
            text = replace(text, marks=(earlier, *text.marks))
        self._post(notice.destination, text, lang, notice.key)
        return notice.key

    def find(self, notice: Notice, previous_ref: str = "") -> str | None:
        """None: what was sent cannot be read back."""
        return None

    def tell(self, destination: str, headline: str, sentence: str) -> str:
        """Deliver a message that is no alert."""
        self._post(destination, AlertText(headline=headline, sentence=sentence), current_language(), "")
        return destination

    def _address(self, destination: str) -> tuple[str, str]:
        """(the variable, the address in it). Raises Final when there is none."""
        variable = variable_of(destination, self.prefix)
        url = self._environment.get(variable, "")
        if not url:
            raise Final(say(f"{destination}: {variable} belum diisi ({self.guide})", f"{destination}: {variable} is not set ({self.guide})"))
        return variable, url

    @abstractmethod
    def _post(self, destination: str, text: AlertText, lang: Lang, key: str) -> None:
        """Send it. key: the delivery key, "" for what is no alert. Raises Recoverable, Ambiguous or Final."""
