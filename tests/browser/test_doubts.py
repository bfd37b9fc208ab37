"""The page of doubts and its number on the desk, in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import County, incident

pytestmark = [pytest.mark.browser, pytest.mark.chdb, pytest.mark.xdist_group("browser")]


def test_the_desk_leads_to_what_is_doubtful(page: Page, county: County) -> None:
    """As many as the figure says, each kind with its remedy, each subject with its events."""
    station = county.query("assignment")[0]["station"]
    county.submit(incident("doubt", station, "no-such-community", county.now()))
    counts = {row["kind"]: row["doubts"] for row in county.query("doubt_counts")}
    assert counts["unknown_community"] >= 1
    page.goto("/")
    expect(page.locator("#doubts")).to_have_text(f"{sum(counts.values()):,}")
    page.locator("#host-doubts a").click()
    expect(page.locator("#kind-unknown_community")).to_contain_text("no-such-community")
    for kind, number in counts.items():
        expect(page.locator(f"#kind-{kind} h2")).to_contain_text(f"：{number:,}")
    page.locator("#kind-unknown_community a", has_text="browser-doubt").click()
    page.wait_for_url("**/events?key=browser-doubt")


def test_one_kind_at_375_pixels(page: Page, county: County) -> None:
    """Nothing is cut off at the right; another kind does not stand there; a wrong one is told."""
    station = county.query("assignment")[0]["station"]
    county.submit(incident("narrow", station, "no-such-community", county.now()))
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto("/doubts?kind=unknown_community")
    expect(page.locator("#kind-unknown_community")).to_contain_text("browser-narrow")
    assert page.locator("section.panel").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.goto("/doubts?kind=tied&known=2020-01-01T00:00:00+08:00")
    expect(page.locator(".doubts")).to_contain_text("没有存疑")
    page.goto("/doubts?kind=nonsense")
    expect(page.locator("[role=alert]")).to_contain_text("unknown_community")
