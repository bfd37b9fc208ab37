"""The console on a machine that has little left for it: every page is its frame, then its figures or our own words."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import County, opened, served

pytestmark = [
    pytest.mark.browser, pytest.mark.chdb, pytest.mark.slow, pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(900),
]  # fmt: skip
MINUTES = 240_000  # ms: so long a page may take for its figures, never for its frame
PAGES = ["/", "/?period=month", "/?level=station&place=nowhere", "/why?figure=rates&column=incidents",
         "/why?figure=coverage&column=visited", "/events?key=nobody", "/doubts"]  # fmt: skip


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """Served at the lowest priority, beside two processes that never rest."""
    with served(tmp_path_factory.mktemp("slow"), "simulated") as county, ExitStack() as stack:
        for task in Path(f"/proc/{county.process}/task").iterdir():
            os.setpriority(os.PRIO_PROCESS, int(task.name), 19)
        for _ in range(2):
            busy = stack.enter_context(subprocess.Popen([sys.executable, "-c", "while True: pass"]))
            stack.callback(busy.kill)
        yield county


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_its_frame_and_then_its_figures(browser: Browser, slow: County, path: str) -> None:
    with opened(browser, slow.url) as page:
        page.set_default_timeout(MINUTES)
        answer = page.goto(path, wait_until="commit")
        assert answer is not None
        assert answer.status == 200
        expect(page.locator(".top .brand")).to_be_visible(timeout=MINUTES)
        expect(page.locator(".skeleton")).to_have_count(0, timeout=MINUTES)
        said = page.locator("body").inner_text()
        assert "Server error" not in said
        assert "response_timeout" not in said
        figures = page.locator("#tile-incidents, .why .panel, .why [role=alert], .why p.note")
        expect(figures.first).to_be_visible(timeout=MINUTES)
