"""A database of an earlier edition is brought up to date when it is opened, once, with all that it held."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from kentongan.errors import StoreError
from kentongan.ports import Evaluation
from kentongan.records import Window
from kentongan.store import state_schema as t
from kentongan.store.state_migrations import STEPS
from kentongan.store.state_sql import SqlState
from tests.factories import T0, alert
from tests.servers.postgres import fresh_schema
from tests.store.conftest import POSTGRES

DAY = Window(start=T0.replace(hour=0), end=T0.replace(hour=23))


@pytest.fixture(params=["sqlite", POSTGRES])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty state database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'k.db'}"
        return
    with fresh_schema(request.getfixturevalue("postgres_url")) as found:
        yield found


def as_first_edition(url: str, version: int = 1) -> None:
    """Make the tables as the first edition did, or a later one, with something in them."""
    state = SqlState(url)
    state.save_alert(alert(id="a1"))
    state.add_evaluations([Evaluation(agency="pln", rule="v", bin_start=T0, observed=3, expected=1.5)])
    with state._write() as db:
        if version == 1:
            db.execute(sa.text("ALTER TABLE evaluation DROP COLUMN bin_expected"))
        db.execute(sa.text("DROP INDEX alert_updated"))
        db.execute(sa.text("ALTER TABLE alert DROP COLUMN updated_us"))
        db.execute(sa.update(t.schema_version).where(t.schema_version.c.part == t.PART).values(version=version))
    state.close()


def test_there_is_one_step_for_every_edition() -> None:
    assert sorted(STEPS) == list(range(2, t.VERSION + 1))


@pytest.mark.parametrize("version", sorted(step - 1 for step in STEPS))
def test_an_earlier_edition_is_brought_up_to_date_with_all_that_it_held(url: str, version: int) -> None:
    as_first_edition(url, version)
    state = SqlState(url)
    assert state._schema_version() == t.VERSION
    assert state.alert("a1") == alert(id="a1")
    assert state.alerts(updated_since=alert().updated_at) == [alert(id="a1")]
    (old,) = state.evaluations("pln", "v", DAY)
    assert (old.observed, old.expected, old.bin_expected) == (3, 1.5, None)
    state.add_evaluations([Evaluation(agency="pln", rule="v", bin_start=T0, observed=4, expected=1.5, bin_expected=0.25)])
    assert state.evaluations("pln", "v", DAY)[0].bin_expected == 0.25
    state.close()


def test_programs_that_open_it_at_once_bring_it_up_to_date_once(url: str) -> None:
    as_first_edition(url)

    def open_and_read(_: int) -> int | None:
        state = SqlState(url)
        try:
            return state._schema_version()
        finally:
            state.close()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(open_and_read, range(6))) == {t.VERSION}


def test_a_step_that_fails_leaves_the_earlier_edition_whole(url: str) -> None:
    as_first_edition(url)
    engine = sa.create_engine(url)
    with engine.begin() as db:
        db.execute(sa.text("ALTER TABLE evaluation ADD COLUMN bin_expected TEXT"))  # what the step would add is there already
    engine.dispose()
    with pytest.raises(StoreError):
        SqlState(url)
    engine = sa.create_engine(url)
    with engine.begin() as db:
        assert db.execute(sa.select(t.schema_version.c.version).where(t.schema_version.c.part == t.PART)).scalar() == 1
        db.execute(sa.text("ALTER TABLE evaluation DROP COLUMN bin_expected"))
    engine.dispose()
    state = SqlState(url)
    assert state._schema_version() == t.VERSION
    state.close()
