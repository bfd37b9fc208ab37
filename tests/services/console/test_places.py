"""Names of places on screens: one that was merged into another is named wherever its rows stand."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboards.labels import Lang
from schemas import Plan, default_catalogue
from schemas.catalogue import Catalogue
from services.cli.look import with_names
from services.console.asker import Asker
from services.console.frame import Frame
from services.console.places import read_places
from services.console.say import Say
from services.console.state import State
from streams.figures import Question, answer
from streams.progress import Version
from streams.pump import Pump
from streams.warehouse import Rows, Warehouse
from tests.memory_log import MemoryLog
from tests.wire import event, records

pytestmark = pytest.mark.chdb
NOW = datetime(2026, 3, 1, tzinfo=UTC)
NAMED = {"s1": "城关派出所", "s2": "老街派出所", "s3": "城关派出所", "s4": "s4"}
EVENTS = [
    *(
        event(f"e-{code}", "station.registered", code, {"name": name, "township": "t", "valid_from": "2025-01-01"})
        for code, name in NAMED.items()
    ),
    event("m-1", "station.merged", "s2", {"into": "s4", "valid_from": "2026-01-01"}),
    event("m-2", "station.merged", "s3", {"into": "unregistered", "valid_from": "2026-01-01"}),
]  # fmt: skip
ZH = {
    "s1": "城关派出所（s1）",
    "s2": "老街派出所（已并入s4）",
    "s3": "城关派出所（s3）（已并入unregistered）",
    "s4": "s4",
}
EN = {
    "s1": "城关派出所 (s1)",
    "s2": "老街派出所 (merged into s4)",
    "s3": "城关派出所 (s3) (merged into unregistered)",
    "s4": "s4",
}


class Asked:
    """Answers from a warehouse that stands still."""

    def __init__(self, warehouse: Warehouse, plan: Plan) -> None:
        self.warehouse, self.plan = warehouse, plan
        self.catalogue: Catalogue = default_catalogue()

    def plan_at(self, known: datetime | None) -> Plan:
        return self.plan

    def now(self) -> datetime:
        return NOW

    def version(self) -> Version:
        return Version(1, 1)

    def answer(self, question: Question) -> Rows:
        return answer(self.warehouse, question, self.plan, NOW)


@pytest.fixture
def asked(warehouse: Warehouse, plan: Plan) -> Asked:
    log = MemoryLog()
    log.append(records(EVENTS))
    Pump(log, warehouse, plan).drain()
    return Asked(warehouse, plan)


@pytest.mark.parametrize(("lang", "names"), [("zh", ZH), ("en", EN)])
def test_stations_that_are_gone_are_named(asked: Asked, lang: Lang, names: dict[str, str]) -> None:
    """In the tree and in rows; among those of whom zeros are shown they are not."""
    places = read_places(Asker(asked), lang, date(2026, 2, 1), "县")
    assert {code: places.label("station", code) for code in NAMED} == names
    assert (places.stations, places.gone) == (("s1", "s4"), ("s2", "s3"))
    gone = State().at(level="station", place="s2")
    assert (places.name_of(gone), places.knows(gone)) == (names["s2"], True)
    tree = Frame(Say(lang, ZoneInfo("Asia/Shanghai"))).tree(places, State())
    assert all(name in tree for name in names.values())

    def run(command: str, request: dict[str, Any]) -> Any:
        assert command == "query"
        rows = asked.answer(Question(request["figure"])).dicts()
        return iter([{"columns": []}, *rows])

    rows = [{"station": code, "incidents": 1} for code in (*NAMED, "", "nowhere")]
    told = [row["station"] for row in with_names(rows, run, None, lang)]
    assert told == [*(f"{c} {name}" if name != c else c for c, name in names.items()), "", "nowhere"]
    other = [{"category": "s1"}]
    assert with_names(other, run, None, lang) == other
