"""What is drawn: nothing unescaped, a stale stamp that says so, both languages."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboards import panels
from dashboards.labels import Lang
from dashboards.theme import DESK
from services.console.chart import trend_options
from services.console.draw import Draw
from services.console.frame import Frame
from services.console.places import Places
from services.console.say import Say
from services.console.state import State
from services.console.values import Desk, Failure, Point, Row, Stamp, Table, Trend, Value
from streams.windows import Window, Windows

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = Window(date(2026, 3, 1), date(2026, 3, 10))
RECORDED = datetime(2026, 3, 9, 17, 30, tzinfo=UTC)
PLACES = Places({("station", "s1"): "一所"}, (), ("s1",), {}, {}, "县")
HEIGHT = 200  # pixels from zero to the highest point of a trend, or more
EVIL = "<img src=x onerror=alert(1)>'\""


def desk(stamp: Stamp, name: str = "县") -> Desk:
    return Desk(State(), name, Windows(DAYS, DAYS, None), "occurred", stamp)


@pytest.mark.parametrize(
    ("age", "waiting", "state", "told"),
    [(1.0, 0, "fresh", "1 秒前"), (86_399.0, 0, "fresh", "23 小时前"), (86_401.0, 0, "stale", "已陈旧 1 天前"),
     (11.0, 5, "stale", "已陈旧 11 秒前"), (9.0, 5, "fresh", "9 秒前")],
)  # fmt: skip
def test_the_stamp_says_how_old_it_is(age: float, waiting: int, state: str, told: str) -> None:
    drawn = Frame(Say("zh", ZONE)).stamp(Stamp(RECORDED, age, waiting, simulated=False))
    assert f'class="stamp {state}"' in drawn
    assert told in drawn
    assert "2026-03-10 01:30:00" in drawn  # in the zone of the plan
    assert "演示数据" not in drawn


@pytest.mark.parametrize(("lang", "mark"), [("zh", "演示数据"), ("en", "SIMULATED DATA")])
def test_simulated_data_is_marked(lang: Lang, mark: str) -> None:
    assert mark in Frame(Say(lang, ZONE)).stamp(Stamp(RECORDED, 1.0, 0, simulated=True))


def test_nothing_is_drawn_unescaped() -> None:
    values = tuple(Value(m, EVIL, f"/why?{EVIL}") for m in panels.STATIONS.measures)
    table = Table(panels.STATIONS, (Row(EVIL, EVIL, f"/?{EVIL}", values),))
    found = desk(Stamp(RECORDED, 1.0, 0, simulated=False), EVIL)
    draw, frame = Draw(Say("zh", ZONE)), Frame(Say("zh", ZONE))
    for drawn in (
        draw.part(table, found),
        draw.part(Failure(panels.STATIONS, EVIL), found),
        frame.title(found, PLACES),
    ):
        assert "&lt;img" in drawn
        assert "<img" not in drawn
        assert "'\"" not in drawn


@pytest.mark.parametrize(
    ("state", "marked"),
    [
        (State(), False),
        (State("station", "s1"), False),
        (State("station", "s2"), True),
        (State("community", "s1"), True),
    ],
)
def test_a_place_in_no_register_is_marked(state: State, marked: bool) -> None:
    """Its zeros would look as certain as those of a quiet station."""
    found = replace(desk(Stamp(RECORDED, 1.0, 0, simulated=False)), state=state)
    assert ("现行名册中没有这个代码" in Frame(Say("zh", ZONE)).title(found, PLACES)) is marked


@pytest.mark.parametrize(("period", "told"), [("month", True), ("30d", False), ("last_month", False)])
def test_a_month_under_way_says_how_far_it_is(period: str, told: bool) -> None:
    """On its first day a quiet county would look like one without any incident."""
    found = desk(Stamp(RECORDED, 1.0, 0, simulated=False))
    found = replace(found, state=State(period=period))
    assert ("本月至今，第 10 天，共 31 天" in Frame(Say("zh", ZONE)).title(found, PLACES)) is told


@pytest.mark.parametrize(("this", "last"), [(0, 0), (0, 1), (1, 0), (5, 5), (40, 39), (20, 22), (40, 0), (3, 40)])
def test_the_names_of_a_trend_lie_apart_and_above_the_axis(this: int, last: int) -> None:
    points = (Point("2026-02", 40, "", 10, ""), Point("2026-03", this, "", last, ""))
    series = trend_options(Trend(panels.TREND, points, 3), DESK, lambda zh, en: zh)["series"]
    named = [one for one in series if one["endLabel"]["show"]]
    grey, blue = (n / 40 * HEIGHT - one["endLabel"]["offset"][1] for n, one in zip((last, this), named, strict=True))
    assert abs(grey - blue) >= 12
    assert min(grey, blue) >= 0


def test_a_month_under_way_is_hollow_and_dotted() -> None:
    """Its number is of a few days: a solid line would fall to it as if the month were over."""
    points = tuple(Point(f"2026-0{n}", 10 * n, "", 10, "") for n in (1, 2, 3))
    _, solid, dotted = trend_options(Trend(panels.TREND, points, 1), DESK, lambda zh, en: zh)["series"]
    assert solid["data"] == [10, 20, None]
    assert solid["symbol"] == "circle"
    silent = {"value": 20, "symbol": "none", "label": {"show": False}}
    assert (dotted["data"], dotted["symbol"]) == ([None, silent, 30], "emptyCircle")
    assert dotted["lineStyle"]["type"] == "dotted"
    _, whole = trend_options(Trend(panels.TREND, points, 0), DESK, lambda zh, en: zh)["series"]
    assert whole["data"] == [10, 20, 30]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_days_are_typed_alike_in_every_browser(lang: Lang) -> None:
    """A field of type `date` follows the language of the browser."""
    frame = Frame(Say(lang, ZONE))
    known = datetime(2026, 3, 10, 6, 30, tzinfo=UTC)
    drawn = frame.filters(desk(Stamp(RECORDED, 1.0, 0, simulated=False))) + frame.known(State(known=known))
    assert drawn.count('type="text"') == drawn.count("<input") == 3
    assert 'placeholder="2026-12-01"' in drawn
    assert 'value="2026-03-10 14:30"' in drawn


def test_an_english_desk_speaks_english() -> None:
    found = desk(Stamp(RECORDED, 1.0, 0, simulated=True), "County")
    say = Say("en", ZONE)
    draw, frame = Draw(say), Frame(say)
    values = tuple(Value(m, "1", "/why") for m in panels.STATIONS.measures)
    drawn = draw.part(Table(panels.STATIONS, (Row("1", "First", "/", values),)), found) + draw.empty()
    drawn += frame.stamp(found.stamp) + frame.title(found, PLACES) + frame.filters(found) + frame.known(found.state)
    assert not [letter for letter in drawn if "\u4e00" <= letter <= "\u9fff"]
