"""What is drawn: nothing unescaped, a stale stamp that says so, both languages."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboards import panels
from dashboards.labels import Lang
from services.console.draw import Draw
from services.console.frame import Frame
from services.console.say import Say
from services.console.state import State, Window, Windows
from services.console.values import Desk, Failure, Row, Stamp, Table, Value

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = Window(date(2026, 3, 1), date(2026, 3, 10))
RECORDED = datetime(2026, 3, 9, 17, 30, tzinfo=UTC)
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
    for drawn in (draw.part(table, found), draw.part(Failure(panels.STATIONS, EVIL), found), frame.title(found)):
        assert "&lt;img" in drawn
        assert "<img" not in drawn
        assert "'\"" not in drawn


def test_an_english_desk_speaks_english() -> None:
    found = desk(Stamp(RECORDED, 1.0, 0, simulated=True), "County")
    say = Say("en", ZONE)
    draw, frame = Draw(say), Frame(say)
    values = tuple(Value(m, "1", "/why") for m in panels.STATIONS.measures)
    drawn = draw.part(Table(panels.STATIONS, (Row("1", "First", "/", values),)), found) + draw.empty()
    drawn += frame.stamp(found.stamp) + frame.title(found) + frame.filters(found) + frame.known(found.state)
    assert not [letter for letter in drawn if "\u4e00" <= letter <= "\u9fff"]
