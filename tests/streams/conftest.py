"""One database for tests that fill it themselves and leave it as they like: whoever comes next empties it."""

from collections.abc import Iterator

import pytest

from streams.migrations import migrate
from streams.warehouse import Warehouse


@pytest.fixture(scope="session")
def shared(engine: Warehouse) -> Iterator[Warehouse]:
    warehouse = engine.sibling("shared")
    migrate(warehouse)
    yield warehouse
    for name in ("shared", "shared_rebuild"):
        engine.run(f"DROP DATABASE IF EXISTS {name} SYNC")
