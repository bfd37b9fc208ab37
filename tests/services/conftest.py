"""An office for tests of services: a fresh folder over one database, emptied for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.office import Office
from streams.migrations import migrate
from streams.warehouse import Warehouse
from tests.offices import Clock, Standing, office_on
from tests.properties.programs import empty


@pytest.fixture(scope="session")
def _of_offices(engine: Warehouse) -> Warehouse:
    warehouse = engine.sibling("offices")
    migrate(warehouse)
    return warehouse


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def standing(_of_offices: Warehouse) -> Standing:
    """The database of the office, empty."""
    empty(_of_offices)
    return Standing(_of_offices)


@pytest.fixture
def opened(tmp_path: Path, standing: Standing, clock: Clock) -> Iterator[Callable[[], Office]]:
    """Opens the office of one folder: the one that was open before is closed."""
    offices: list[Office] = []

    def again() -> Office:
        for office in offices:
            office.close()
        offices[:] = [office_on(tmp_path / "data", standing, clock)]
        return offices[0]

    yield again
    for office in offices:
        office.close()


@pytest.fixture
def office(opened: Callable[[], Office]) -> Office:
    return opened()
