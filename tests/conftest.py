"""What holds for all tests: denied input and output, reproducible examples, and what needs a browser.

Fixtures that only one folder needs live in that folder's own conftest.py.
"""

import os
import shutil
from collections.abc import Generator

import pytest
from hypothesis import settings

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


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without a browser its tests are skipped and say so; in CI that would hide an untested screen."""
    if item.get_closest_marker("browser") and not any(map(shutil.which, BROWSERS)):
        if os.environ.get("CI") == "true":
            pytest.fail("no Chromium: tests/system-packages.sh installs it", pytrace=False)
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")


# Fresh databases stand here: fixtures that give one log and one warehouse per test, kept when the test fails.
