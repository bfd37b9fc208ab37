"""How long people wait: for the demonstration, and for a desk that shows something else.

In: how often each change is made. Out: seconds. The demonstration is a process of its own with its live trickle, over
a folder that is gone afterwards; the browser is Debian's Chromium, headless, on the same cores.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from urllib.parse import quote

import psutil
from playwright.sync_api import Page, sync_playwright

from bench.report import Told

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
READY = "#tile-incidents"
LINKS = "#host-filters a"
PATIENCE = 120.0  # seconds
# The desk says that it is asking until what was asked for stands there.
_SHOWN = """href => document.querySelector(`#host-filters a[href="${href}"]`)?.matches('[aria-current]')
            && !document.body.classList.contains('asking')"""


@dataclass(frozen=True, slots=True)
class Screen:
    """Seconds from the command to the address and to figures; of a first paint; of each change, sorted. Bytes."""

    address: float
    figures: float
    paint: float
    changes: list[float]
    known: float
    resident: int

    @property
    def p50(self) -> float:
        return self.changes[len(self.changes) // 2]

    @property
    def p95(self) -> float:
        return self.changes[int(0.95 * (len(self.changes) - 1) + 0.5)]


def screen(times: int, months: int, told: Told) -> Screen:
    """Raises `RuntimeError` where the demonstration does not start or there is no Chromium."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise RuntimeError("缺少 chromium（Debian: apt-get install chromium） / there is no chromium")
    with _demonstration(months) as (process, url, address, began), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(base_url=url, viewport={"width": 1440, "height": 900})
        _painted(page, "/")
        figures = perf_counter() - began
        sleep(2.0)  # the start's own work ends
        paint = _painted(page, "/")
        changes: list[float] = []
        for done in range(times):
            changes += [_changed(page, href) for href in _links(page)]
            told(done + 1, times)
        earlier = datetime.now(UTC) - timedelta(days=14)
        known = _painted(page, f"/?known={quote(earlier.isoformat())}")
        resident = psutil.Process(process.pid).memory_info().rss
        browser.close()
    return Screen(address, figures, paint, sorted(changes), known, resident)


@contextmanager
def _demonstration(months: int) -> Iterator[tuple[subprocess.Popen[str], str, float, float]]:
    """Its process, its address, the seconds until that was said, and when it began."""
    with TemporaryDirectory(prefix="fanzha-bench-") as folder:
        words = [sys.executable, "-m", "services.cli", "--data", str(Path(folder) / "demo"), "demo"]
        said = {"FANZHA_PORT": "0", "FANZHA_DEMO_MONTHS": str(months)}
        began = perf_counter()
        process = subprocess.Popen(words, env=os.environ | said, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        try:
            lines = iter(process.stderr.readline, "")
            line = next((line for line in lines if "http://" in line), None)
            if line is None:
                raise RuntimeError("演示未能启动 / the demonstration did not start")
            yield process, line.split()[3], perf_counter() - began, began
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
            process.stderr.close()


def _painted(page: Page, path: str) -> float:
    began = perf_counter()
    page.goto(path)
    page.wait_for_selector(READY)
    return perf_counter() - began


def _links(page: Page) -> list[str]:
    """Other periods and other counting bases."""
    found = page.locator(LINKS).evaluate_all("all => all.map(one => one.getAttribute('href'))")
    return [href for href in found if href.startswith(("/?period", "/?basis"))]


def _changed(page: Page, href: str) -> float:
    began = perf_counter()
    page.click(f'{LINKS}[href="{href}"]')
    page.wait_for_function(_SHOWN, arg=href, polling=10)
    took = perf_counter() - began
    page.goto("/")
    page.wait_for_selector(READY)
    return took
