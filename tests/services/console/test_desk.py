"""The desk's values: what a rate with unknown people, a base counted in part and a window of few days look like."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dashboards import panels
from schemas import Plan, default_catalogue
from schemas.catalogue import Catalogue
from services.console.asker import Asker
from services.console.desk import Reader
from services.console.draw import Draw
from services.console.frame import Frame
from services.console.places import read_places
from services.console.say import Say
from services.console.state import State
from services.console.values import Desk, Failure, Table, Tile, Trend
from streams.figures import Question, answer
from streams.migrations import migrate
from streams.progress import Version
from streams.pump import Pump
from streams.rules import Alert
from streams.warehouse import Rows, Warehouse
from tests.memory_log import MemoryLog
from tests.wire import alert_record, event, records

pytestmark = [pytest.mark.chdb, pytest.mark.xdist_group("desk")]
NOW = datetime(2025, 3, 3, 4, tzinfo=UTC)
# Day and number of the incidents of the first station; the leap day is the last of its month.
CASES = {"2024-01-05": 1, "2024-02-10": 2, "2024-02-29": 3, "2024-03-02": 4, "2025-02-10": 3, "2025-03-02": 2}


@dataclass
class Counted:
    """Answers from a warehouse of the test."""

    warehouse: Warehouse
    plan: Plan
    catalogue: Catalogue
    at: datetime = NOW

    def plan_at(self, known: datetime | None) -> Plan:
        return self.plan

    def now(self) -> datetime:
        return self.at

    def version(self) -> Version:
        return Version(1, 1)

    def answer(self, question: Question) -> Rows:
        return answer(self.warehouse, question, self.plan, self.at)


def told() -> Iterator[dict[str, Any]]:
    for n, communities in (("1", ("a", "b")), ("2", ("c",))):
        station = {"name": f"{n}所", "township": f"t{n}", "valid_from": "2000-01-01"}
        yield event(f"s{n}", "station.registered", f"s{n}", station)
        for c in communities:
            home = {"station": f"s{n}", "township": f"t{n}", "valid_from": "2000-01-01"}
            yield event(f"h{c}", "community.assigned", c, home)
    for c in ("a", "c"):  # nobody says how many live in b
        yield event(f"p{c}", "population.recorded", c, {"valid_from": "2023-01-01", "pop_actual": 10_000})
    cases = [("s1", day) for day, times in CASES.items() for _ in range(times)] + [("s2", "2025-02-11")]
    for number, (place, day) in enumerate(cases):
        data = {"occurred_at": f"{day}T09:00:00+08:00", "station": place, "category": "romance"}
        yield event(f"i{number}", "incident.reported", f"i{number}", data | {"loss_fen": 100, "stage": "completed"})


@pytest.fixture(scope="module")
def answers(engine: Warehouse, plan: Plan) -> Iterator[Counted]:
    warehouse = engine.sibling("desk_county")
    migrate(warehouse)
    log = MemoryLog(lambda: int(NOW.timestamp()) * 1_000_000)
    log.append(records(told()))
    log.append(
        [alert_record(Alert("high_incidence", "s1", NOW.date() - n * timedelta(days=1), 2), plan) for n in (1, 2, 40)]
    )
    log.append([alert_record(Alert("rejected_records", "publicity", NOW.date(), 1), plan)])
    Pump(log, warehouse, plan).drain()
    yield Counted(warehouse, plan, default_catalogue())
    engine.run("DROP DATABASE desk_county SYNC")


def desk(answers: Counted, **at: Any) -> Desk:
    asker = Asker(answers)
    return Reader(asker, "zh").desk(State(**at), read_places(asker, "zh", NOW.date(), "全县"))


def counted_from(answers: Counted, day: date) -> Counted:
    return replace(answers, plan=answers.plan.model_copy(update={"counting_from": day}))


def days(since: str, to: str) -> dict[str, Any]:
    return {"period": "days", "since": date.fromisoformat(since), "to": date.fromisoformat(to)}


def tile(found: Desk, id_: str) -> Tile:
    part = found.parts[id_]
    assert isinstance(part, Tile)
    return part


def bases(found: Desk, id_: str = "incidents") -> list[tuple[str, str, str]]:
    return [(c.change.base, c.change.move, c.change.meaning) for c in tile(found, id_).values[0].compared]


def test_a_rate_with_unknown_people_is_marked_and_not_ranked(answers: Counted) -> None:
    found = desk(answers, **days("2025-02-01", "2025-02-28"))
    rate = tile(found, "rate")
    assert rate.values[0].text == "2.00*"  # four of 20,000
    assert rate.note == "* 人口未知的社区数：全县 1；不计入分母，不排名"
    assert bases(found, "rate")[0][0] == "去年同月 2.50*"
    assert tile(found, "incidents").values[0].text == "4"
    # of last year's window a month lies before anybody said how many people there are
    later = desk(counted_from(answers, date(2020, 1, 1)), **days("2023-12-01", "2024-12-31"))
    assert "全县 1（对比期 3）" in tile(later, "rate").note
    stations = found.parts["stations"]
    assert isinstance(stations, Table)
    column = {m.column: n for n, m in enumerate(panels.STATIONS.measures)}
    shown = {
        row.key: tuple(row.values[column[c]].text for c in ("rate_per_10k", "rank_per_10k")) for row in stations.rows
    }
    assert shown == {"s1": ("3.00*", "—"), "s2": ("1.00", "1")}
    assert "1所 1" in stations.note
    assert "2所" not in stations.note
    drawn = Draw(Say("zh", answers.plan.zone)).part(stations, found)
    assert stations.note in drawn


def test_a_whole_february_stands_beside_twenty_nine_days(answers: Counted) -> None:
    found = desk(answers, **days("2025-02-01", "2025-02-28"))
    assert bases(found) == [("去年同月 5", "↓20.0%", "good"), ("上期 0", "↑4", "bad")]
    last_month = desk(answers, period="last_month")
    assert bases(last_month) == bases(found)
    trend = last_month.parts["trend"]
    assert isinstance(trend, Trend)
    assert (trend.points[-1].month, trend.points[-1].this, trend.points[-1].last) == ("2025-02", 4, 5)


def test_a_few_days_have_no_colour(answers: Counted) -> None:
    """Three days of March: two, where last year had four."""
    assert bases(desk(answers, period="month"))[0] == ("去年同期 4", "↓50.0%", "same")
    assert bases(desk(answers, period="30d"))[0][2] == "good"


ANY_DAY = ["2025-01-01", "2025-01-02", "2025-01-06", "2025-01-31", "2025-03-01", "2025-03-02", "2025-03-31"]


@pytest.mark.parametrize("today", ANY_DAY)
def test_the_desk_on_any_day(answers: Counted, today: str) -> None:
    """Thirty days whatever the day; a month or a year that has just begun says so and colours nothing."""
    now = datetime.fromisoformat(f"{today}T00:00:30+08:00")
    on = replace(answers, at=now)
    frame, places = Frame(Say("zh", on.plan.zone)), read_places(Asker(on), "zh", now.date(), "全县")
    opened, month, year = (desk(on, **at) for at in ({}, {"period": "month"}, {"period": "year"}))
    assert (opened.windows.now.days, opened.windows.now.to) == (30, now.date())
    assert "至今" not in frame.title(opened, places)
    assert f"本月至今，第 {now.day} 天，共 31 天" in frame.title(month, places)
    assert f"今年至今，第 {now.timetuple().tm_yday} 天，共 365 天" in frame.title(year, places)
    for found in (month, year):
        if found.windows.now.days < 7:
            assert not {meaning for _, _, meaning in bases(found)} & {"good", "bad"}
    assert tile(opened, "receipts").note == f"{now.year}-01-01 起"
    trend = opened.parts["trend"]
    assert isinstance(trend, Trend)
    assert trend.until == (0 if now.day == 31 else now.day)
    assert trend.points[-1].month == today[:7]
    assert not [part for part in opened.parts.values() if isinstance(part, Failure)]


def test_the_first_of_a_month_still_shows_the_weeks_before(answers: Counted) -> None:
    on = replace(answers, at=datetime.fromisoformat("2025-03-01T00:00:30+08:00"))
    assert tile(desk(on), "incidents").values[0].text == "4"
    assert tile(desk(on, period="month"), "incidents").values[0].text == "0"


def test_a_base_counted_in_part_is_unknown_and_says_why(answers: Counted) -> None:
    found = desk(answers, **days("2025-01-01", "2025-01-31"))
    assert bases(found)[0] == ("去年同月 —", "", "unknown")
    assert "2024-01-05 起计数" in tile(found, "incidents").note
    said = counted_from(answers, date(2023, 1, 1))
    found = desk(said, **days("2025-01-01", "2025-01-31"))
    assert bases(found)[0] == ("去年同月 1", "↓100.0%", "good")
    assert tile(found, "incidents").note == ""


def test_a_window_counted_in_part_says_so(answers: Counted) -> None:
    found = desk(answers, **days("2024-01-01", "2024-01-31"))
    assert (tile(found, "incidents").values[0].text, found.began) == ("1", date(2024, 1, 5))
    places = read_places(Asker(answers), "zh", NOW.date(), "全县")
    assert "2024-01-05 起计数" in Frame(Say("zh", answers.plan.zone)).title(found, places)
    assert desk(answers, **days("2024-01-05", "2024-01-31")).began is None
    assert tile(desk(answers, **days("2023-12-01", "2023-12-31")), "incidents").values[0].text == "—"


def test_alerts_of_the_period_newest_first(answers: Counted) -> None:
    """Of the county all; of a station its own; of a township none are kept, and the panel is not there."""
    places = read_places(Asker(answers), "zh", NOW.date(), "全县")
    days = State(period="days", since=NOW.date() - timedelta(days=29), to=NOW.date())
    reader, draw = Reader(Asker(answers), "zh"), Draw(Say("zh", answers.plan.zone))

    def alerts(state: State) -> str:
        return draw.panels(reader.desk(state, places))["shares"]

    of_county = alerts(days)
    assert of_county.count("<time>") == 3
    first, second = (NOW.date() - timedelta(days=n) for n in (0, 1))
    assert of_county.index(f"<time>{first}") < of_county.index(f"<time>{second}")
    assert "高发地区" in of_county
    assert f"level=station&amp;place=s1&amp;period=days&amp;from={second}&amp;to={second}" in of_county
    assert "1所</a> 近 7 天 ≥ 2 起" in of_county
    assert "记录被拒</span> 宣传 ≥ 1 条" in of_county
    assert alerts(days.at(level="station", place="s1")).count("<time>") == 2
    assert "本期没有预警" in alerts(days.at(level="station", place="s2"))
    assert "预警" not in alerts(days.at(level="township", place="t1"))
