"""Joins the rooms: opens stores, scorer, intake and receivers as the settings say."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import IO

from kentongan.agencies import Attributor
from kentongan.clock import SystemClock
from kentongan.config import Config, load_config
from kentongan.errors import StoreError
from kentongan.http import WebClient
from kentongan.intake import Intake
from kentongan.pipeline.receivers import build_receivers
from kentongan.ports import ClaimIndex, Clock, Copies, MentionStore, Receiver, Scorer, StateStore, Web
from kentongan.pseudonyms import Pseudonyms
from kentongan.settings import Settings
from kentongan.words import say


@dataclass(kw_only=True)
class Context:
    """Everything a use case needs. Parts that cost time to open are opened at first use.

    simulated: alerts are marked SIMULASI and never leave through a real receiver.
    event_time: the stream is played back; "now" is the end of the bin at hand, so nothing counts as late.
    """

    settings: Settings
    config: Config
    clock: Clock
    state: StateStore
    mentions: MentionStore
    receivers: Mapping[str, Receiver]
    copies: Copies | None = None  # for dashboards; None: nobody draws from us
    simulated: bool = False
    event_time: bool = False
    note: Callable[[str], None] = field(default=lambda line: print(line, file=sys.stderr))  # noqa: T201  # progress goes to people

    @cached_property
    def attributor(self) -> Attributor:
        """Finds the agencies in a text."""
        return Attributor(self.config.agencies)

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        """Keys of accounts."""
        return Pseudonyms(self.settings.var / "secrets")

    @cached_property
    def intake(self) -> Intake:
        """Turns posts into mentions."""
        return Intake(self.attributor, self.pseudonyms, self.clock)

    @cached_property
    def claims(self) -> ClaimIndex:
        """The claim base, loaded from the state store."""
        from kentongan.scoring.claims import HashedClaimIndex

        index = HashedClaimIndex()
        index.add(self.state.claims())
        return index

    @cached_property
    def scorer(self) -> Scorer:
        """The scorer, with the claim base behind it."""
        from kentongan.scoring.scorer import open_scorer

        return open_scorer(self.claims)

    @cached_property
    def _client(self) -> WebClient:
        return WebClient(clock=self.clock)

    def web(self, deadline_s: float) -> Web:
        """The HTTP client with a time limit from now on; all of them share each host's turns, so that ten searches of one host are paced."""
        return self._client.within(deadline_s)

    def moment(self, bin_end: datetime) -> datetime:
        """The present moment as alerts see it: the clock's, or the bin's own end while a stream is played back."""
        return bin_end if self.event_time else self.clock.now()


def _open_mentions(settings: Settings, clock: Clock) -> MentionStore:
    if settings.elasticsearch_url:
        from kentongan.store.mentions_elastic import ElasticMentions

        return ElasticMentions(settings.elasticsearch_url, api_key=settings.elasticsearch_api_key, prefix=settings.elasticsearch_prefix, clock=clock)
    from kentongan.store.mentions_sqlite import SqliteMentions

    return SqliteMentions(settings.database)


def _open_copies(settings: Settings) -> Copies | None:
    if not settings.elasticsearch_url:
        return None
    from kentongan.store.elastic_copies import ElasticCopies

    return ElasticCopies(settings.elasticsearch_url, api_key=settings.elasticsearch_api_key, prefix=settings.elasticsearch_prefix)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StoreError(
            say(
                f"{folder}: folder tidak dapat dibuat ({exc.strerror}); beri hak tulis, atau pilih folder lain dengan KENTONGAN_VAR atau --db",
                f"{folder}: the folder cannot be made ({exc.strerror}); allow writing, or choose another with KENTONGAN_VAR or --db",
            )
        ) from exc


@contextmanager
def open_context(
    settings: Settings,
    *,
    clock: Clock | None = None,
    config: Config | None = None,
    simulated: bool = False,
    event_time: bool = False,
    stream: IO[str] | None = None,
    terminal_only: bool = False,
) -> Iterator[Context]:
    """An open Context; stores are closed at the end. Raises ConfigError or StoreError.

    stream: where the terminal receiver writes (default standard output). terminal_only: no other receiver is built, whatever token is set.
    """
    from kentongan.store.state_sql import SqlState

    config = config or load_config(settings.config)
    clock = clock or SystemClock()
    _make_folder(Path(settings.database).parent)
    state = SqlState(settings.state_url or f"sqlite:///{settings.database}")
    with ExitStack() as stack:
        stack.callback(state.close)
        mentions = _open_mentions(settings, clock)
        stack.callback(mentions.close)
        copies = _open_copies(settings)
        if copies is not None:
            stack.callback(copies.close)
        yield Context(
            settings=settings,
            config=config,
            clock=clock,
            state=state,
            mentions=mentions,
            copies=copies,
            receivers=build_receivers(settings, config, stream or sys.stdout, terminal_only=terminal_only, state=state),
            simulated=simulated,
            event_time=event_time,
        )
