"""What several of these tests stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerts.builders import open_state
from tests.alerts.desk import Desk
from tests.servers.slack import SlackServer


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A store of its own beside a Slack server of its own."""
    with SlackServer() as server:
        state = open_state(tmp_path)
        yield Desk(state=state, slack=server)
        state.close()
