"""A county on a screen and a browser before it, once for all tests here; each test has a page of its own.

Every page listens: a request to another host, an error on the console or in a script fails its test.
"""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from services.imports import Runner
from services.reach import reach
from services.settings import Settings
from tests.conftest import BROWSERS

ROOT = Path(__file__).resolve().parents[2]
ZONE = ZoneInfo("Asia/Shanghai")
START = "2026-12-01T00:00:20+08:00"  # the hardest day: a month under way of which nothing is known yet
PATIENCE = 20_000  # ms: what is expected comes in one or two seconds, unless the machine is busy with other tests
expect.set_options(timeout=PATIENCE)


@dataclass(frozen=True)
class County:
    """A served folder: its address, the way other commands take to it, and its clock, as it was at a moment of ours."""

    folder: Path
    url: str
    run: Runner
    started: tuple[datetime, float]
    process: int

    def now(self) -> datetime:
        moment, at = self.started
        return (moment + timedelta(seconds=monotonic() - at)).astimezone(ZONE)

    def query(self, figure: str, **asked: Any) -> list[dict[str, Any]]:
        """Rows as `fanzha query` prints them."""
        return list(self.run("query", {"figure": figure, **asked}))[1:]

    def submit(self, *events: dict[str, Any]) -> None:
        for answer in self.run("submit", {"events": list(events)}):
            assert answer["status"] == "accepted", answer


@dataclass
class Seen:
    """What a page did that it must not do."""

    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@contextmanager
def served(folder: Path, kind: str, start: str = START) -> Iterator[County]:
    command = [sys.executable, "-m", "tests.browser.served", str(folder), kind, start]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url, _, moment = process.stdout.readline().strip().partition(" ")
            started = monotonic()
            assert url.startswith("http://127.0.0.1:"), "the server did not start; its reason stands above"
            with reach(Settings(data=folder)) as run:
                yield County(folder, url, run, (datetime.fromisoformat(moment), started), process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    with served(tmp_path_factory.mktemp("county"), "simulated") as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        found = playwright.chromium.launch(executable_path=path, args=arguments)
        yield found
        found.close()


@contextmanager
def opened(browser: Browser, url: str, *, locale: str = "zh-CN", gone: bool = False) -> Iterator[Page]:
    """A page whose wrong doings fail the test; `gone`: that an address answers 404 is none."""
    seen = Seen()
    with ExitStack() as stack:
        context = browser.new_context(
            base_url=url, viewport={"width": 1440, "height": 900}, locale=locale, timezone_id="Asia/Shanghai"
        )
        stack.callback(context.close)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)

        def request(address: str) -> None:
            if not address.startswith((url, url.replace("http", "ws", 1), "data:", "blob:")):
                seen.foreign.append(address)

        page.on("request", lambda made: request(made.url))
        page.on("websocket", lambda made: request(made.url))
        page.on("pageerror", lambda error: seen.errors.append(str(error)))
        page.on("console", lambda said: seen.errors.append(said.text) if said.type == "error" else None)
        yield page
    assert not seen.foreign
    assert not [error for error in seen.errors if not (gone and "404" in error)]


@pytest.fixture
def page(browser: Browser, county: County) -> Iterator[Page]:
    with opened(browser, county.url) as found:
        yield found


def incident(number: str, station: str, community: str, when: datetime, **data: Any) -> dict[str, Any]:
    """A submission as the form makes it."""
    at = when.isoformat(timespec="seconds")
    return {
        "specversion": "1.0", "id": f"browser-{number}", "source": "/county/110", "type": "incident.reported",
        "subject": f"browser-{number}", "time": at, "dataversion": 1,
        "data": {"occurred_at": at, "station": station, "residence_community": community, "category": "task_rebate",
                 "loss_fen": 1_234_500, "stage": "completed"} | data,
    }  # fmt: skip


def thirty_days(today: datetime) -> tuple[str, str]:
    """What a desk opens on."""
    return f"{today - timedelta(days=29):%Y-%m-%d}", f"{today:%Y-%m-%d}"


def month(today: datetime, back: int) -> tuple[str, str]:
    """First and last day of a whole month before that of today."""
    first = last = today.replace(day=1)
    for _ in range(back):
        last = first - timedelta(days=1)
        first = last.replace(day=1)
    return f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"
