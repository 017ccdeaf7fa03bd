"""For the whole suite: counts tests by the home they ran on, and makes a missing server a failure where servers are required.

A test that needs a server carries its marker (`pytest.param("postgres", marks=pytest.mark.postgres)`) and skips with a reason when there is
none. With KENTONGAN_REQUIRE_SERVERS=1 (as in .ci/run) such a skip fails instead: nothing is green by absence.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Generator, Iterator

import pytest

from tests.servers.elasticsearch import elasticsearch_server
from tests.servers.postgres import postgres_server

__all__ = ["elasticsearch_server"]  # a fixture: one server for the whole run

# They take many minutes, and a Docker engine: `make test-containers`.
collect_ignore = [] if os.environ.get("KENTONGAN_TEST_CONTAINERS") else ["containers"]

SERVERS = ("elasticsearch", "postgres")
HOMES = ("sqlite", *SERVERS)
STARTED = pytest.StashKey[float]()
OUR_SETTINGS = ("KENTONGAN_", "SLACK_", "ELASTICSEARCH_", "AIRFLOW_")
FOR_TESTS = ("KENTONGAN_TEST_", "KENTONGAN_REQUIRE_SERVERS", "KENTONGAN_CACHE", "KENTONGAN_SHARED", "KENTONGAN_WRITE_GOLDEN")


def pytest_configure(config: pytest.Config) -> None:
    """A developer's own settings (language, databases, tokens) are not for the tests to meet, nor for their subprocesses."""
    config.stash[STARTED] = time.monotonic()
    for name in list(os.environ):
        if name.startswith(OUR_SETTINGS) and not name.startswith(FOR_TESTS):
            del os.environ[name]


def _homes(item: pytest.Item) -> list[str]:
    """The homes this test runs on: by marker, or by a parameter of that name."""
    callspec = getattr(item, "callspec", None)
    named = set(callspec.id.split("-")) if callspec else set()
    return [home for home in HOMES if item.get_closest_marker(home) or home in named]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.user_properties.extend(("home", home) for home in _homes(item))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Once --session-timeout is over (the run fails then), what is left is passed over quickly: workers finish what they were given."""
    limit_s = item.config.getoption("session_timeout", None)
    if limit_s and time.monotonic() - item.config.stash[STARTED] > limit_s:
        pytest.skip(f"not run: the {limit_s:.0f} seconds of this run were over")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("KENTONGAN_REQUIRE_SERVERS") == "1":
        missing = [name for name in SERVERS if item.get_closest_marker(name)]
        if missing:
            why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
            report.outcome = "failed"
            report.longrepr = f"KENTONGAN_REQUIRE_SERVERS=1, but {', '.join(missing)} is missing here: {why}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    passed = Counter(home for report in terminalreporter.stats.get("passed", []) for name, home in report.user_properties if name == "home")
    if passed:
        terminalreporter.write_line("tests passed by home: " + ", ".join(f"{home} {passed[home]}" for home in HOMES))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL server, one for the whole run."""
    with postgres_server() as url:
        yield url
