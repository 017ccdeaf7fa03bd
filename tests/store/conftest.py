"""The homes that the store contracts run on. A factory opens the same home again at each call, as another process would.

Elasticsearch's own tests lie in `test_elastic*.py`; here it is one more home of the contract.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from kentongan.ports import MentionStore
from kentongan.store.mentions_elastic import ElasticMentions
from kentongan.store.mentions_sqlite import SqliteMentions
from kentongan.store.state_sql import SqlState
from tests.servers.elasticsearch import fresh_prefix
from tests.servers.postgres import fresh_schema
from tests.store.elastic_home import FOREVER_DAYS, remove

ELASTIC = pytest.param("elasticsearch", marks=pytest.mark.elasticsearch)
POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.fixture(autouse=True)
def _in_indonesian(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages are looked at in the default language, whatever the developer's own is."""
    monkeypatch.delenv("KENTONGAN_LANG", raising=False)


@contextmanager
def mention_home(request: pytest.FixtureRequest, folder: Path) -> Iterator[Callable[[], MentionStore]]:
    """An empty home of the kind that `request.param` names; all that was opened is closed at the end."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            opener: Callable[[], MentionStore] = lambda: SqliteMentions(folder / "kentongan.db")  # noqa: E731
        else:
            url = request.getfixturevalue("elasticsearch_server")
            prefix = fresh_prefix()
            stack.callback(remove, url, prefix)
            opener = lambda: ElasticMentions(url, prefix=prefix, retention_days=FOREVER_DAYS, backoff_s=0.05)  # noqa: E731

        def open_store() -> MentionStore:
            store = opener()
            stack.callback(store.close)
            return store

        yield open_store


@pytest.fixture(params=["sqlite", ELASTIC])
def mention_store_factory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], MentionStore]]:
    """Opens the home's mentions."""
    with mention_home(request, tmp_path) as opener:
        yield opener


@pytest.fixture
def mentions(mention_store_factory: Callable[[], MentionStore]) -> MentionStore:
    """An empty store of mentions."""
    return mention_store_factory()


@pytest.fixture(params=["sqlite", POSTGRES])
def state_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty state store."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'kentongan.db'}"
    else:
        with fresh_schema(request.getfixturevalue("postgres_url")) as url:
            yield url


@pytest.fixture
def state(state_url: str) -> Iterator[SqlState]:
    """An empty state store."""
    store = SqlState(state_url)
    yield store
    store.close()
