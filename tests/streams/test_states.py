"""What a source has said and by which event: what an importer compares its files with, held against the plain fold."""

from collections.abc import Iterator
from datetime import date, datetime
from random import Random
from typing import Any

import pytest

from schemas import Plan, wire_time
from streams.pump import Pump
from streams.states import STATES, states
from streams.warehouse import Warehouse
from tests.memory_log import MemoryLog
from tests.oracle import Known, Said
from tests.properties.programs import INCIDENTS, empty, program
from tests.wire import event, records

pytestmark = pytest.mark.chdb
# What an importer calls the oracle's fields.
NAMES = {
    "occurred_at": "occurred", "reported_at": "reported", "filed_at": "filed", "residence_community": "community"
}  # fmt: skip
COUNTY = "/county/110"  # who says everything here but what others say in the tests below
ODD = ("it's", "军水", "a\\b", "x")
REGISTRY = [
    event("a1", "community.assigned", ODD[0], {"station": "s1", "township": "t1", "valid_from": "2026-01-01"}),
    event("a2", "community.assigned", ODD[0], {"station": "s2", "township": "t1", "valid_from": "2026-02-01"}),
    event("a3", "community.assigned", ODD[0], {"station": "s3", "township": "t2", "valid_from": "2026-01-01"},
          recorded="2026-03-01T00:00:00Z"),
    event("p1", "population.recorded", ODD[0], {"valid_from": "2026-01-01", "pop_actual": 10, "households": 3}),
    event("p2", "population.recorded", ODD[0], {"valid_from": "2026-01-01", "pop_actual": 12},
          recorded="2026-03-01T00:00:00Z"),
    event("g1", "place.registered", ODD[1], {"level": "township", "name": "军水镇", "valid_from": "2026-01-01"}),
    event("t1", "station.registered", ODD[2], {"name": "所", "township": "t1", "valid_from": "2026-01-01"}),
    event("m1", "incident.withdrawn", "w1", {"withdrawn": True}),
    event("m2", "incident.withdrawn", "w1", {"withdrawn": False}, recorded="2026-03-01T00:00:00Z"),
]  # fmt: skip


@pytest.fixture(scope="module")
def known(shared: Warehouse, plan: Plan) -> Iterator[Known]:
    """A program with rivals, and a register; facts alone are asked, so that no round is needed."""
    empty(shared)
    events = [*program(Random(9), 120), *REGISTRY]
    log = MemoryLog()
    log.append(records(events))
    Pump(log, shared, plan).drain()
    yield Known(events, plan.time_zone)
    empty(shared)


def of(warehouse: Warehouse, family: str, *subjects: str, source: str = COUNTY) -> list[dict[str, Any]]:
    return list(states(warehouse, family, subjects, source))


def setter(events: list[Said], name: str) -> str:
    return [e for e in events if e.sets.get(name) is not None][-1].id


def test_incidents(shared: Warehouse, known: Known) -> None:
    """Each value that somebody set, and whose event it was that set it last; nothing of what nobody said."""
    found = {row["subject"]: row for row in of(shared, "incident", *INCIDENTS, "nobody", "w1")}
    assert set(found) == {subject for subject, _ in known.entities("incident")}
    fields = {"occurred_at", "reported_at", "filed_at", "station", "residence_community", "work_community", "category",
              "stage", "loss_fen", "frozen_fen", "returned_fen", "withdrawn"}  # fmt: skip
    seen: set[str] = set()
    for subject, events in known.entities("incident"):
        row, now = found[subject], known.incident_state(subject)
        want = {name: now.get(NAMES.get(name, name)) for name in fields}
        said = {name: plain(value) for name, value in want.items() if value not in (None, "")}
        assert row["valid_from"] is None
        assert row["values"] == said
        assert row["set_by"] == {name: setter(events, NAMES.get(name, name)) for name in said}
        assert row["stated"] is any(e.type == "incident.reported" for e in events)
        seen |= said.keys()
    assert seen == fields - {"work_community"}
    assert found["w1"]["values"] == {"withdrawn": False}
    assert found["w1"]["set_by"] == {"withdrawn": "m2"}


def plain(value: Any) -> Any:
    return wire_time(value) if isinstance(value, datetime) else value.isoformat() if isinstance(value, date) else value


def test_dated_statements(shared: Warehouse, known: Known) -> None:
    """One row for each day from which something was stated; each field as last said of that day."""
    assert of(shared, "assignment", ODD[0]) == [
        {"subject": "it's", "valid_from": "2026-01-01", "values": {"station": "s3", "township": "t2"},
         "set_by": {"station": "a3", "township": "a3"}, "updated": None, "stated": True},
        {"subject": "it's", "valid_from": "2026-02-01", "values": {"station": "s2", "township": "t1"},
         "set_by": {"station": "a2", "township": "a2"}, "updated": None, "stated": True},
    ]  # fmt: skip
    (population,) = of(shared, "population", ODD[0])
    assert population["values"] == {"pop_actual": 12, "households": 3}
    assert population["set_by"] == {"pop_actual": "p2", "households": "p1"}
    (place,) = of(shared, "place", *ODD)
    assert (place["subject"], place["values"]) == ("军水", {"level": "township", "name": "军水镇"})
    (station,) = of(shared, "station", *ODD)
    assert (station["subject"], station["values"]) == ("a\\b", {"name": "所", "township": "t1"})


def test_of_a_subject_that_only_others_have_stated(shared: Warehouse, known: Known) -> None:
    """That it is known, and nothing else: what others said is no word of this source."""
    nothing: dict[str, Any] = {"valid_from": None, "values": {}, "set_by": {}, "updated": None, "stated": True}
    reported = {s for s, events in known.entities("incident") if any(e.type == "incident.reported" for e in events)}
    found = of(shared, "incident", *INCIDENTS, "w1", source="elsewhere")
    assert found == [{"subject": subject, **nothing} for subject in sorted(reported)]
    assert of(shared, "station", *ODD, source="elsewhere") == [{"subject": "a\\b", **nothing}]


def test_nobody_was_asked_for(shared: Warehouse, known: Known) -> None:
    for family in STATES:
        assert of(shared, family) == []
        assert of(shared, family, "nobody", "'; DROP TABLE archive; --") == []


def test_many_at_once(shared: Warehouse, known: Known) -> None:
    """As many as an importer sends in one piece, those that are there among them."""
    names = [f"case-{n:07d}" for n in range(5_000)]
    assert {row["subject"] for row in of(shared, "incident", *names, "w1")} == {"w1"}
