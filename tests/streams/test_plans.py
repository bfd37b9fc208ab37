"""The plans of the log: which is in force, now and as it was known, and what a figure counts under."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from schemas import Plan, default_plan, read_plan
from streams.figures import Question, answer
from streams.log import NewRecord
from streams.plans import Adoption, Plans, adopted_text, adoption, read_plans
from streams.pump import Pump
from streams.warehouse import Warehouse
from tests.memory_log import MemoryLog
from tests.plans import changed
from tests.wire import event, record, stamped

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def adopted(since: int, recorded: int, name: str = "a", **values: Any) -> Adoption:
    """Holding from and said on these days after the first of March."""
    plan = read_plan(changed(id="p", name=name, **values))[0]
    return Adoption(plan, MARCH + since * DAY, MARCH + recorded * DAY, name, name)


def in_force(adoptions: list[Adoption], day: int) -> str:
    return Plans(default_plan()[0], tuple(adoptions)).at(MARCH + day * DAY).name


GIVEN = default_plan()[0].name


@pytest.mark.parametrize(
    ("adoptions", "names"),
    [
        ([], {0: GIVEN, 9: GIVEN}),
        ([adopted(2, 2)], {1: GIVEN, 2: "a", 9: "a"}),
        ([adopted(5, 2)], {1: GIVEN, 2: "a", 5: "a"}),  # it is the only one known, though it holds from later on
        ([adopted(1, 1), adopted(5, 2, "b")], {1: "a", 4: "a", 5: "b"}),
        ([adopted(1, 1), adopted(0, 2, "b")], {1: "a", 3: "a"}),  # an earlier day loses, whenever it was said
        ([adopted(1, 1), adopted(1, 2, "b")], {1: "a", 2: "b"}),  # of one day the last said
        ([adopted(1, 1), adopted(2, 2, "b", primary=False)], {3: "a"}),  # another plan beside it
        ([adopted(1, 6), adopted(2, 3, "b")], {2: GIVEN, 3: "b", 7: "b"}),
    ],
)
def test_which_is_in_force(adoptions: list[Adoption], names: dict[int, str]) -> None:
    assert {day: in_force(adoptions, day) for day in names} == names


def test_pieces_of_a_span_stand_under_one_adoption_each() -> None:
    plans = Plans(default_plan()[0], (adopted(1, 2), adopted(5, 4, "b")))
    pieces = [(one.plan.name, (begin - MARCH).days, (end - MARCH).days)
              for one, begin, end in plans.pieces(MARCH, MARCH + 9 * DAY)]  # fmt: skip
    assert pieces == [("a", 2, 4), ("a", 4, 5), ("b", 5, 9)]
    assert not list(plans.pieces(MARCH, MARCH + DAY)), "rules speak of nothing before the first"
    long = [(end - begin).days for _, begin, end in plans.pieces(MARCH + 9 * DAY, MARCH + 100 * DAY)]
    assert (sum(long), max(long)) == (91, 31)


def report(number: int, occurred: str, reported: str) -> NewRecord:
    data = {"occurred_at": occurred, "station": "s1", "category": "romance", "loss_fen": 1, "stage": "completed"}
    return record(event(f"r{number}", "incident.reported", f"jq{number}", data, recorded=reported, time=reported))


@pytest.mark.chdb
def test_a_figure_counts_under_the_plan_of_its_moment(warehouse: Warehouse, plan: Plan) -> None:
    """Occurred in February, reported in March: another basis from the adoption on, and the old one as known before."""
    log = MemoryLog()
    pump = Pump(log, warehouse, plan)
    log.append([report(1, "2026-02-20T00:00:00Z", "2026-03-02T00:00:00Z")])
    said = adoption(changed(counting_basis="reported", version="2"), date(2026, 3, 4))
    log.append([stamped({**said, "actor": "office", "recordedtime": "2026-03-04T09:00:00.000000Z"})])
    pump.drain()
    plans = read_plans(warehouse, plan)
    (adopted,) = plans.adopted
    assert adopted_text(warehouse, adopted.event_id) == said["data"]["text"]
    assert read_plan(said["data"]["text"])[0] == adopted.plan

    def march(known: datetime | None) -> int:
        question = Question("incidents", since=date(2026, 3, 1), to=date(2026, 3, 31), as_known_at=known, by=("day",))
        now = datetime(2026, 3, 20, tzinfo=UTC)
        return sum(row["incidents"] for row in answer(warehouse, question, plans.at(known or now), now).dicts())

    assert march(None) == 1
    assert march(datetime(2026, 3, 3, tzinfo=UTC)) == 0


@pytest.mark.chdb
def test_an_adoption_without_a_text_is_history(warehouse: Warehouse, plan: Plan) -> None:
    log = MemoryLog()
    pump = Pump(log, warehouse, plan)
    data = {"version": "1", "sha256": "0" * 64, "valid_from": "2026-01-01"}
    log.append([record(event("p1", "plan.adopted", "county-year", data))])
    pump.drain()
    assert read_plans(warehouse, plan).adopted == ()
    assert answer(warehouse, Question("plans"), plan, MARCH).rows == []


@pytest.mark.chdb
def test_a_plan_of_a_later_program_counts_as_none(warehouse: Warehouse, plan: Plan) -> None:
    said = adoption(changed(version="2"), date(2026, 3, 4))
    said["data"]["plan"]["of_tomorrow"] = True
    log = MemoryLog()
    pump = Pump(log, warehouse, plan)
    log.append([stamped({**said, "actor": "office", "recordedtime": "2026-03-04T09:00:00.000000Z"})])
    pump.drain()
    assert read_plans(warehouse, plan).at(MARCH + 30 * DAY) == plan
    assert len(answer(warehouse, Question("plans"), plan, MARCH).rows) == 1, "and is listed"


def test_an_adoption_is_said_once_and_can_be_said_after_another() -> None:
    text, day = changed(), date(2026, 3, 4)
    assert adoption(text, day) == adoption(text, day)
    assert len({adoption(text, day)["id"], adoption(text, day, "before")["id"], adoption(text, day + DAY)["id"]}) == 3
