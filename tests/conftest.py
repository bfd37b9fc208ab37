"""What holds for all tests: denied input and output, reproducible examples, and what needs a browser.

Fixtures that only one folder needs live in that folder's own conftest.py.
"""

import importlib
import itertools
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from schemas import Plan, default_plan
from streams.log_sqlite import SqliteLog
from streams.migrations import migrate
from streams.warehouse import Warehouse
from tests.io_guard import GRANTS, Guard

GUARD = Guard()
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# The same examples in every `make test`, so that a red run is red again; `make test-long` looks further.
settings.register_profile("steady", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("long", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile("steady")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Around fixtures too: one of a wider scope may not do for a test what the test may not do."""
    marks = {mark.name for mark in item.iter_markers()}
    granted = frozenset[str]().union(*(GRANTS[mark] for mark in marks & GRANTS.keys()))
    with GUARD.watching(granted):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    result = yield
    GUARD.settle()
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `--dist loadgroup` one test process has all that need a broker, so that there is one broker. Files whose
    fixtures take long name a group of their own.
    """
    for item in items:
        if item.get_closest_marker("kafka"):
            item.add_marker(pytest.mark.xdist_group("kafka"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without a browser its tests are skipped and say so; in CI that would hide an untested screen."""
    if item.get_closest_marker("browser") and not any(map(shutil.which, BROWSERS)):
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium: tests/system-packages.sh installs it", pytrace=False)
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Where the time went: seconds of all test processes together, by folder."""
    spent: dict[str, float] = defaultdict(float)
    for report in itertools.chain(*terminalreporter.stats.values()):
        if isinstance(report, pytest.TestReport):
            spent[report.nodeid.partition("::")[0].rpartition("/")[0]] += report.duration
    if spent:
        terminalreporter.section("seconds by folder")
        for folder, seconds in sorted(spent.items(), key=lambda one: -one[1]):
            terminalreporter.write_line(f"{seconds:7.0f}  {folder}")


FAILED = pytest.StashKey[bool]()
NOW = 1_772_330_400_000_000  # 2026-03-01T02:00:00Z in microseconds: the time of the clocks that tests give


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The engine of this process: it serves one folder only, so a test gets a database of its own in it."""
    adapter = importlib.import_module("streams.warehouse_chdb")  # only here: whoever asks for it is marked so
    warehouse: Warehouse = adapter.ChdbWarehouse(tmp_path_factory.mktemp("chdb"), "first")
    yield warehouse
    warehouse.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The adapter of a server, before the gate of this test process."""
    gates, adapter = (importlib.import_module(m) for m in ("tests.gates", "streams.warehouse_clickhouse"))
    with gates.running(tmp_path_factory.mktemp("gate")) as gate:
        warehouse: Warehouse = adapter.ClickhouseWarehouse(gate.access, "first")
        yield warehouse
        warehouse.close()


@pytest.fixture
def new_database(engine: Warehouse, request: pytest.FixtureRequest) -> Iterator[Callable[[], Warehouse]]:
    """Gives empty databases: dropped when the test passes, kept and named when it fails."""
    name, numbers = re.sub(r"\W+", "_", request.node.nodeid)[-80:].strip("_"), itertools.count()
    opened: list[Warehouse] = []

    def new() -> Warehouse:
        opened.append(engine.sibling(f"{name}_{next(numbers)}"))
        return opened[-1]

    yield new
    for database in opened:
        if request.node.stash.get(FAILED, False):
            print(f"kept: {database.database}")
        else:
            engine.run(f"DROP DATABASE IF EXISTS `{database.database}` SYNC")


@pytest.fixture
def warehouse(new_database: Callable[[], Warehouse]) -> Warehouse:
    """A fresh database with all migrations."""
    database = new_database()
    migrate(database)
    return database


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SqliteLog]:
    """A fresh log, its clock a microsecond on with every call."""
    clock = itertools.count(NOW)
    log = SqliteLog(tmp_path / "log.db", lambda: next(clock))
    yield log
    log.close()


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The plan that stands from the first day."""
    return default_plan()[0]
