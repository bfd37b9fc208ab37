"""The desk in a real browser before a real folder: what it says is what the figures say, and it moves with them."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import County, incident, month, opened, served, thirty_days

pytestmark = [pytest.mark.browser, pytest.mark.chdb, pytest.mark.xdist_group("browser")]
READY = "#tile-incidents"


def number(page: Page, id_: str) -> str:
    return page.locator(f"[id='{id_}']").inner_text()


def wan(fen: int) -> str:
    """万元 as people write it, by other means than the screen's."""
    cents = (abs(fen) + 5_000) // 10_000
    return f"{cents // 100:,}.{cents % 100:02d}"


def rate(row: dict[str, Any]) -> str:
    """Two decimals; a star where some of the people are unknown."""
    return f"{row['rate_per_10k']:.2f}{'*' if row['unknown_communities'] else ''}"


def a_place(county: County) -> tuple[str, str]:
    """A station, and a community it answers for."""
    row = county.query("assignment")[0]
    return row["station"], row["community"]


@pytest.fixture
def broken(county: County) -> Iterator[Path]:
    names = county.folder / "broken"
    yield names
    names.unlink(missing_ok=True)


def test_what_it_says_is_what_the_figures_say(page: Page, county: County) -> None:
    page.goto("/?period=last_month")
    page.wait_for_selector(READY)
    since, to = month(county.now(), back=1)
    rows = county.query("rates", **{"from": since, "to": to})
    (whole,) = (row for row in rows if row["level"] == "county")
    assert whole["incidents"] > 0
    notices = page.locator("#host-notice").bounding_box()
    assert notices is not None
    assert notices["height"] == 0, "where nothing keeps anything from coming, nothing is said and no room is taken"
    assert number(page, "tile-incidents") == f"{whole['incidents']:,}"
    assert number(page, "tile-loss") == wan(whole["loss_fen"])
    assert number(page, "tile-recovered") == wan(whole["recovered_fen"])
    assert number(page, "tile-rate") == rate(whole)
    assert whole["unknown_communities"] > 0, "of one community nobody says how many live there"
    assert f"全县 {whole['unknown_communities']}" in number(page, "rate-note").replace("通城县", "全县")
    stations = {row["place"]: row for row in rows if row["level"] == "station"}
    assert len(stations) > 5
    for code, row in stations.items():
        assert number(page, f"stations-{code}-incidents") == f"{row['incidents']:,}"
        assert number(page, f"stations-{code}-loss_fen") == wan(row["loss_fen"])
        assert number(page, f"stations-{code}-rate_per_10k") == rate(row)
        rank = row["rank_per_10k"]
        assert number(page, f"stations-{code}-rank_per_10k") == ("—" if rank is None else str(rank))
    assert {row["rank_per_10k"] is None for row in stations.values()} == {True, False}
    shown = [int(text) for text in page.locator(".stations tbody tr td:nth-child(2)").all_inner_texts()]
    assert shown == sorted(shown, reverse=True)
    assert sum(shown) == whole["incidents"]
    (reached,) = county.query("coverage", where={"level": ["county"], "audience": [""]}, to=to)
    assert number(page, "tile-households") == f"{reached['visited_share'] * 100:.1f}%"
    assert number(page, "tile-receipts") == f"{reached['visit_receipts']:,}"


def test_percentages_stand_beside_their_base(page: Page, county: County) -> None:
    page.goto("/?period=last_month")
    page.wait_for_selector(READY)
    now = county.now()
    here, before, year = (month(now, back) for back in (1, 2, 13))
    counts = [
        county.query("rates", **{"from": since, "to": to}, where={"level": ["county"]})[0]["incidents"]
        for since, to in (here, before, year)
    ]
    for line, label, base in ((0, "去年同月", counts[2]), (1, "上期", counts[1])):
        moved = (counts[0] - base) / base * 100
        arrow = "→" if moved == 0 else "↑" if moved > 0 else "↓"
        text = number(page, f"incidents-{line}")
        assert text.startswith(f"{label} {base:,}，{arrow}")
        assert float(re.findall(r"[\d.]+(?=%)", text)[0]) == pytest.approx(abs(moved), abs=0.051)
        meaning = "same" if moved == 0 else "bad" if moved > 0 else "good"
        expect(page.locator(f"#incidents-{line} span")).to_have_class(meaning)
    page.goto("/?period=days&from=2020-01-01&to=2020-01-31")
    expect(page.locator(READY)).to_have_text("—")  # nothing was counted then, which is not zero


def test_it_moves_while_events_arrive(
    page: Page, county: County, record_property: Callable[[str, object], None]
) -> None:
    """In place: no reload, the focus stays, and the rest of the page is not touched."""
    station, community = a_place(county)
    page.goto("/")
    page.wait_for_selector(READY)
    page.evaluate("window.same = document.querySelector('.tile h2'); same.mark = 1")
    before, row = int(number(page, "tile-incidents")), f"stations-{station}-incidents"
    of_station = int(number(page, row))
    page.locator(f"[id='{row}']").focus()
    county.submit(incident("live", station, community, county.now() - timedelta(minutes=1)))
    start = monotonic()
    expect(page.locator(READY)).to_have_text(f"{before + 1}")
    record_property("seconds", round(monotonic() - start, 2))
    expect(page.locator(f"[id='{row}']")).to_have_text(f"{of_station + 1}")
    assert page.evaluate("document.querySelector('.tile h2').mark") == 1
    assert page.evaluate("document.activeElement.id") == row
    (whole,) = county.query(
        "rates", **{"from": thirty_days(county.now())[0]}, where={"level": ["county"]}
    )  # fmt: skip
    assert number(page, "tile-incidents") == f"{whole['incidents']:,}"


def test_a_number_leads_to_its_events(page: Page, county: County) -> None:
    station, community = a_place(county)
    when = county.now() - timedelta(minutes=2)
    county.submit(incident("why", station, community, when, loss_fen=765_432_100))
    page.goto(f"/?level=station&place={station}")
    page.wait_for_selector(READY)
    expect(page.locator("#tile-loss")).to_contain_text(re.compile(r"\d"))
    (row,) = county.query(
        "rates", **{"from": thirty_days(county.now())[0]}, where={"level": ["station"], "place": [station]}
    )  # fmt: skip
    expect(page.locator(READY)).to_have_text(str(row["incidents"]))
    page.click(READY)
    page.wait_for_url("**/why?**")
    expect(page.locator("h1")).to_contain_text(f"发案数 {row['incidents']} 起")
    expect(page.locator("#demo")).to_have_text("演示数据")
    assert page.locator("#behind tbody tr").count() == row["incidents"]
    expect(page.locator(".why")).to_contain_text(f"fanzha query rates --where level=station --where place={station}")
    page.click("text=算法")
    expect(page.locator("details pre")).to_contain_text("GROUP BY")
    page.click("text=browser-why")
    page.wait_for_url("**/events?**")
    expect(page.locator("#demo")).to_have_text("演示数据")
    expect(page.locator(".why")).to_contain_text('"loss_fen": 765432100')
    page.go_back()
    page.go_back()
    expect(page.locator(READY)).to_have_text(str(row["incidents"]))


@pytest.mark.parametrize(
    "selector", ["#tile-rolling-incidents_30d", "#tile-loss", "#tile-dissuaded", "#tile-households", "#incidents-0 a"]
)
def test_every_kind_of_number_has_its_reason(page: Page, selector: str) -> None:
    page.goto("/?period=last_month")
    page.wait_for_selector(READY)
    said = re.findall(r"[\d.,%]+", page.locator(selector).inner_text())[0]
    page.click(selector)
    page.wait_for_url("**/why?**")
    expect(page.locator("h1")).to_contain_text(said)
    expect(page.locator("#behind h2")).to_contain_text("背后的")


@pytest.mark.parametrize(
    ("path", "figure", "told"),
    [
        ("/why?figure=rates&column=incidents&period=30d&basis=reported", "rates", "由来"),
        ("/events?key=nobody-knows", "history", "nobody-knows"),
        ("/doubts?kind=tied", "doubts", "没有存疑"),
    ],
)
def test_a_page_is_there_before_its_figures(page: Page, broken: Path, path: str, figure: str, told: str) -> None:
    """However long they take: it is served, says that it looks, and fills when they come."""
    broken.write_text(f"slow {figure}", "utf-8")
    opened_as = page.goto(path)
    assert opened_as is not None
    assert opened_as.status == 200
    expect(page.locator(".why [role=status]")).to_contain_text("正在")
    page.wait_for_timeout(3_500)  # longer than the framework waits for a page
    expect(page.locator(".why [role=status]")).to_be_visible()
    broken.unlink()
    expect(page.locator(".why [role=status]")).to_be_hidden()
    expect(page.locator(".why")).to_contain_text(told)


def test_a_desk_that_takes_long_says_what_it_does(page: Page, broken: Path) -> None:
    """When it opens, and when another state is asked for."""
    broken.write_text("slow rates", "utf-8")
    page.goto("/?period=7d&basis=filed")
    expect(page.locator(".reading")).to_be_visible()
    expect(page.locator(".reading")).to_contain_text("正在读取")
    broken.unlink()
    page.wait_for_selector(READY)
    expect(page.locator(".reading")).to_be_hidden()
    broken.write_text("slow rates", "utf-8")
    page.click("text=按接报时间")
    expect(page.locator(".reading")).to_be_visible()
    broken.unlink()
    expect(page.locator("#host-title")).to_contain_text("按接报时间")
    expect(page.locator(".reading")).to_be_hidden()


def test_every_state_is_a_url_and_back_works(page: Page, county: County) -> None:
    station, _ = a_place(county)
    page.goto("/")
    page.wait_for_selector(READY)
    first = page.locator("#host-title").inner_text()
    page.click("text=上月")
    expect(page.locator("nav a[aria-current]").first).to_have_text("上月")
    page.click(f".tree [data-key='station-{station}']")
    expect(page.locator(".communities")).to_be_visible()
    page.click("text=按立案时间")
    expect(page.locator("#host-title")).to_contain_text("按立案时间")
    said = parse_qs(urlsplit(page.url).query)
    assert said == {"level": ["station"], "place": [station], "period": ["last_month"], "basis": ["filed"]}
    third, numbers = page.locator("#host-title").inner_text(), page.locator("#host-tiles").inner_text()
    page.reload()
    page.wait_for_selector(READY)
    assert page.locator("#host-title").inner_text() == third
    assert page.locator("#host-tiles").inner_text() == numbers
    for _ in range(3):
        page.go_back()
    expect(page.locator("#host-title")).to_have_text(first.replace("\n", ""), use_inner_text=False)
    expect(page.locator("nav a[aria-current]").first).to_have_text("近 30 天")


def test_days_and_what_was_known(page: Page, county: County) -> None:
    """Free days; and a moment before an event was learned of shows the number without it."""
    station, community = a_place(county)
    day = f"{county.now() - timedelta(days=40):%Y-%m-%d}"
    page.goto("/")
    page.wait_for_selector(READY)
    page.fill("input[name=from]", day)
    page.fill("input[name=to]", day)
    page.click("[data-form=days] button")
    expect(page.locator("#host-title")).to_contain_text(day)
    before = int(number(page, "tile-incidents"))
    noted = county.now() - timedelta(minutes=3)
    county.submit(incident("late", station, community, datetime.fromisoformat(f"{day}T12:00:00+08:00")))
    expect(page.locator(READY)).to_have_text(str(before + 1))
    page.fill("input[name=known]", f"{noted:%Y-%m-%d %H:%M}")
    page.click("[data-form=known] button")
    expect(page.locator("#host-title .known")).to_contain_text(f"{noted:%Y-%m-%d %H:%M}")
    expect(page.locator(READY)).to_have_text(str(before))
    page.click("text=回到现在")
    expect(page.locator(READY)).to_have_text(str(before + 1))


def test_keys_alone_are_enough(page: Page, county: County) -> None:
    station, _ = a_place(county)
    page.goto("/")
    page.wait_for_selector(READY)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("跳到数字")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "tile-incidents"
    page.locator(f".tree [data-key='station-{station}']").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".tree [aria-current]")).to_have_attribute("data-key", f"station-{station}")
    assert page.evaluate("document.activeElement.dataset.key") == f"station-{station}"
    page.locator("summary:has-text('逐月数字')").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".beneath tbody tr")).to_have_count(13)
    page.locator(READY).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/why?**")


def test_a_panel_that_fails_leaves_the_rest(page: Page, county: County, broken: Path) -> None:
    broken.write_text("rolling", "utf-8")
    page.goto("/?period=30d&basis=reported")
    alert = page.locator("[role=alert]")
    expect(alert.first).to_contain_text("指标 rolling 读不出来")
    assert alert.count() == 2  # the tile, and the table with a column of it
    assert re.fullmatch(r"[\d,]+", number(page, "tile-incidents"))
    expect(page.locator(".townships tbody tr").first).to_be_visible()
    broken.unlink()
    page.reload()
    expect(page.locator("#tile-rolling")).to_be_visible()
    assert page.locator("[role=alert]").count() == 0


def test_a_desk_opens_while_the_warehouse_is_away(page: Page, broken: Path) -> None:
    """It says why there are no figures, and has them as soon as there are."""
    broken.write_text("version", "utf-8")
    opened_as = page.goto("/")
    assert opened_as is not None
    assert opened_as.status == 200
    expect(page.get_by_text("仓库没有答复").first).to_be_visible()
    stamp = page.locator("#fresh")
    expect(stamp).to_have_text("正在读取…")
    page.evaluate("fanzha.last -= 60_000")
    expect(stamp).to_contain_text("秒没有答复")
    broken.unlink()
    page.wait_for_selector(READY)
    expect(stamp).to_have_class("stamp fresh")


def test_without_contact_the_stamp_says_so(page: Page) -> None:
    page.goto("/")
    expect(page.locator("#demo")).to_have_text("演示数据")
    stamp = page.locator("#fresh")
    expect(stamp).to_have_class("stamp fresh")
    # Deaf, because a beat of the server that arrives between the two would be contact again.
    page.evaluate("fanzha.ears = fanzha.heard; fanzha.heard = () => {}; fanzha.last -= 60_000")
    expect(stamp).to_have_class("stamp stale")
    expect(stamp).to_contain_text("失去联系")
    page.evaluate("fanzha.heard = fanzha.ears; fanzha.heard()")
    expect(stamp).to_have_class("stamp fresh")


def test_it_fits_the_screen_and_prints_on_a4(page: Page) -> None:
    page.goto("/")
    page.wait_for_selector(READY)
    for width in (1440, 1280, 1024):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = page.evaluate(
        "[...document.querySelectorAll('.tile,.panel')].filter(n=>n.scrollWidth>n.clientWidth+1).length"
    )
    assert wide == 0
    printed = page.pdf(format="A4")
    assert 1 <= len(re.findall(rb"/Type\s*/Page[^s]", printed)) <= 3
    page.emulate_media(media="print")
    expect(page.locator("#host-filters")).to_be_hidden()
    expect(page.locator("#demo")).to_be_visible()


def test_an_empty_folder_says_what_to_do(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path / "d", "empty") as county, opened(browser, county.url) as page:
        page.goto("/")
        expect(page.locator(".empty")).to_contain_text("fanzha import stations")
        expect(page.locator(".empty")).to_contain_text("fanzha import population")
        expect(page.locator(".empty")).to_contain_text("fanzha --data demo-data demo")
        expect(page.locator(".trend")).to_be_hidden()
        assert page.locator("#demo").count() == 0
        page.goto("/?level=moon")
        expect(page.locator(".q-notification")).to_contain_text("level=moon")
        page.goto("/why?figure=rates&column=nothing")
        expect(page.locator("[role=alert]")).to_contain_text("column=nothing")


PATHS = ["/", "/?period=month", "/why?figure=rates&column=incidents", "/events?key=nobody", "/doubts", "/nosuchpage"]


@pytest.mark.parametrize("path", PATHS)
def test_nothing_scrolls_sideways_at_375_pixels(browser: Browser, county: County, path: str) -> None:
    with opened(browser, county.url, gone=path == "/nosuchpage") as page:
        page.set_viewport_size({"width": 375, "height": 700})
        page.goto(path)
        expect(page.locator(".skeleton")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_a_narrow_screen_shows_figures_and_its_menus_open(page: Page, county: County) -> None:
    """By keys as well; a place that was chosen closes them, and so does Escape."""
    station, _ = a_place(county)
    page.set_viewport_size({"width": 375, "height": 700})
    page.goto("/")
    page.wait_for_selector(READY)
    box = page.locator("#tile-loss").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 700, "figures stand on the first screen"
    places = page.locator("[data-menu=tree]")
    expect(page.locator(".tree")).to_be_hidden()
    places.focus()
    page.keyboard.press("Enter")
    expect(places).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".tree")).to_be_hidden()
    assert page.evaluate("document.activeElement.dataset.menu") == "tree"
    page.keyboard.press("Enter")
    page.click(f".tree [data-key='station-{station}']")
    expect(page.locator(".communities")).to_be_visible()
    expect(page.locator(".tree")).to_be_hidden()
    page.click("[data-menu=filters]")
    expect(page.locator("input[name=known]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.locator(".tree")).to_be_visible()
    expect(page.locator(".menus")).to_be_hidden()


def test_the_first_of_a_month_opens_on_thirty_days(page: Page, county: County) -> None:
    page.goto("/")
    page.wait_for_selector(READY)
    since, to = thirty_days(county.now())
    expect(page.locator("#host-title")).to_contain_text(f"{since} – {to}")
    assert int(number(page, "tile-incidents").replace(",", "")) > 0
    page.click("text=本月")
    expect(page.locator("#host-title")).to_contain_text("本月至今，第 1 天，共 31 天")
    assert page.locator(".change .good, .change .bad, .was .good, .was .bad").count() == 0


@pytest.mark.parametrize("locale", ["en-US", "de-DE"])
def test_days_are_typed_alike_whatever_the_browser_speaks(browser: Browser, county: County, locale: str) -> None:
    with opened(browser, county.url, locale=locale) as page:
        page.goto("/")
        page.wait_for_selector(READY)
        assert page.input_value("input[name=to]") == f"{county.now():%Y-%m-%d}"
        page.fill("input[name=from]", "11/01/2026")
        page.click("[data-form=days] button")
        expect(page.locator(".q-notification")).to_contain_text("日期应写作 2026-12-01")
        page.fill("input[name=known]", "11/30/2026 10:00")
        page.click("[data-form=known] button")
        expect(page.locator(".q-notification").last).to_contain_text("时刻应写作 2026-12-01 14:30")
        assert page.url == f"{county.url}/"


def test_a_page_that_does_not_exist_is_told_in_our_words(browser: Browser, county: County) -> None:
    with opened(browser, county.url, gone=True) as page:
        found = page.goto("/nosuchpage")
        assert found is not None
        assert found.status == 404
        expect(page.locator("h1")).to_have_text("没有这一页")
        page.click("text=回到主页")
        page.wait_for_selector(READY)
