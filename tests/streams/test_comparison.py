"""Figures beside last year and beside the window before: what is added, and what is unknown for which reason."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from schemas import Plan
from streams.comparison import COMPARISONS, Compared, compared
from streams.figures import Question, WrongQuestion, answer, figures
from streams.migrations import migrate
from streams.pump import Pump
from streams.warehouse import Rows, Warehouse
from tests.memory_log import MemoryLog
from tests.wire import event, records

pytestmark = pytest.mark.chdb
NOW = datetime(2025, 3, 10, 4, tzinfo=UTC)
FEBRUARY: dict[str, Any] = {"since": date(2025, 2, 1), "to": date(2025, 2, 28)}
# Station, day, incidents of it: last year's leap day is among the base of a whole February.
CASES = {
    ("s1", "2024-01-05"): 1, ("s1", "2024-02-10"): 3, ("s1", "2024-02-29"): 5, ("s2", "2024-02-11"): 2,
    ("s1", "2025-01-31"): 4, ("s1", "2025-02-28"): 6, ("s3", "2025-02-03"): 1, ("s1", "2025-03-02"): 1,
    ("s1", "2024-03-10"): 2, ("s1", "2024-03-11"): 7,
}  # fmt: skip


def told() -> Iterator[dict[str, Any]]:
    for s in ("s1", "s2", "s3"):
        home = {"station": s, "township": "t1", "valid_from": "2000-01-01"}
        yield event(f"c-{s}", "community.assigned", f"c-{s}", home)
    for community, since in (("c-s1", "2023-01-01"), ("c-s2", "2024-06-01")):
        yield event(f"p-{community}", "population.recorded", community, {"valid_from": since, "pop_actual": 1_000})
    for (station, day), number in CASES.items():
        for n in range(number):
            data = {"occurred_at": f"{day}T09:00:00+08:00", "station": station, "category": "romance"}
            id_ = f"{station}-{day}-{n}"
            yield event(id_, "incident.reported", id_, data | {"loss_fen": 100, "stage": "completed"})


@pytest.fixture(scope="module")
def county(engine: Warehouse, plan: Plan) -> Iterator[Warehouse]:
    warehouse = engine.sibling("comparison_county")
    migrate(warehouse)
    log = MemoryLog(lambda: int(NOW.timestamp()) * 1_000_000)
    log.append(records(told()))
    Pump(log, warehouse, plan).drain()
    yield warehouse
    engine.run("DROP DATABASE comparison_county SYNC")


def asked(county: Warehouse, plan: Plan, question: Question, *against: str) -> Compared:
    return compared(question, against, plan, NOW, lambda q: answer(county, q, plan, NOW))


def by_place(found: Rows, *names: str) -> dict[str, tuple[Any, ...]]:
    return {row["station"]: tuple(row[name] for name in names) for row in found.dicts()}


def test_a_whole_month_beside_last_years_with_its_leap_day(county: Warehouse, plan: Plan) -> None:
    found = asked(county, plan, Question("incidents", **FEBRUARY), "yoy", "mom")
    names = ("incidents", "incidents_yoy_base", "incidents_yoy", "incidents_mom_base", "incidents_mom")
    assert by_place(found.rows, *names) == {
        "s1": (6, 8, -0.25, 4, 0.5),
        "s2": (0, 2, -1.0, 0, None),  # nothing this year is a row all the same
        "s3": (1, 0, None, 0, None),  # from zero there is no percentage
    }
    assert any("2024-02-01 – 2024-02-29" in note for note in found.notes)
    assert set(found.rows.columns) > {f"{m}_{c}" for m in figures()["incidents"].compares for c in COMPARISONS}


def test_to_date_ends_on_the_same_day(county: Warehouse, plan: Plan) -> None:
    """Where no last day is named: ten days of March stand beside ten."""
    found = asked(county, plan, Question("incidents", since=date(2025, 3, 1)), "yoy")
    assert by_place(found.rows, "incidents", "incidents_yoy_base") == {"s1": (1, 2)}
    year = asked(county, plan, Question("incidents"), "yoy", "mom")
    assert by_place(year.rows, "incidents", "incidents_mom_base")["s1"] == (11, None)
    assert any("没有上期" in note for note in year.notes)


def test_a_base_counted_in_part_is_unknown_and_says_so(county: Warehouse, plan: Plan) -> None:
    """Counting began on 5 January 2024, or where the plan says so."""
    january = Question("incidents", since=date(2025, 1, 1), to=date(2025, 1, 31))
    for plan_, base, reason in (
        (plan, None, "2024-01-05"),
        (plan.model_copy(update={"counting_from": date(2023, 7, 1)}), 1, "2024-01-01 – 2024-01-31"),
        (plan.model_copy(update={"counting_from": date(2024, 1, 2)}), None, "2024-01-02"),
    ):
        found = asked(county, plan_, january, "yoy")
        assert by_place(found.rows, "incidents", "incidents_yoy_base")["s1"] == (4, base)
        assert any(reason in note for note in found.notes)


def test_another_basis_began_on_another_day(county: Warehouse, plan: Plan) -> None:
    """Everything was reported in January 2026: there is nothing before."""
    question = Question("incidents", since=date(2026, 2, 1), to=date(2026, 2, 28), basis="reported")
    found = asked(county, plan, question, "mom")
    assert any("未计全" in note and "2026-01-18" in note for note in found.notes)


def test_rates_say_of_how_many_they_do_not_know(county: Warehouse, plan: Plan) -> None:
    """The second community's people are stated from June on: known in this February, not in the one before."""
    found = asked(county, plan, Question("rates", {"level": ("station",)}, **FEBRUARY), "yoy")
    rows = {row["place"]: row for row in found.rows.dicts()}
    names = ("unknown_communities", "unknown_communities_yoy_base", "rate_per_10k", "rate_per_10k_yoy_base")
    assert [rows[s][names[0]] for s in ("s1", "s2", "s3")] == [0, 0, 1]
    assert [rows[s][names[1]] for s in ("s1", "s2", "s3")] == [0, 1, 1]
    assert tuple(rows["s1"][name] for name in names[2:]) == (60, 80)
    assert rows["s2"]["rate_per_10k_yoy_base"] is None is rows["s2"]["rate_per_10k_yoy"]
    assert any("station s3 1/1" in note for note in found.notes)


def test_rows_are_limited_after_they_were_joined(county: Warehouse, plan: Plan) -> None:
    found = asked(county, plan, Question("incidents", **FEBRUARY, limit=2), "yoy")
    assert list(by_place(found.rows, "incidents")) == ["s1", "s2"]


@pytest.mark.parametrize(
    ("question", "against", "word"),
    [
        (Question("coverage"), "yoy", "incidents, rates"),
        (Question("incidents"), "yearly", "yoy, mom"),
        (Question("incidents", by=("station", "month")), "yoy", "month"),
        (Question("nothing"), "yoy", "nothing"),
    ],
)
def test_what_cannot_be_compared(county: Warehouse, plan: Plan, question: Question, against: str, word: str) -> None:
    with pytest.raises(WrongQuestion, match=word):
        asked(county, plan, question, against)
