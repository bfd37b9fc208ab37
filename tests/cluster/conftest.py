"""A cluster that is gone after the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.parts import TestCluster, running


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[TestCluster]:
    with running(tmp_path) as found:
        yield found
