"""Merges said in any order, undone, in chains and circles, before and after their reports: nothing is ever lost."""

from datetime import datetime
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas import Plan
from streams.fold import as_known
from streams.warehouse import Warehouse
from tests.oracle import Event, Known, Row, instant
from tests.properties.checker import check
from tests.properties.programs import MERGING, program
from tests.rows import same

pytestmark = pytest.mark.chdb

ANYWAY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
CHOICES = st.randoms(use_true_random=False, note_method_calls=False)
COUNTED = """SELECT incident, max(incidents + dissuaded) > 0 AS counts FROM {{incident_place}}
             WHERE basis = 'reported' GROUP BY incident"""


@settings(max_examples=2, phases=[Phase.explicit, Phase.generate], suppress_health_check=ANYWAY)
@given(rng=CHOICES)
def test_any_order(warehouse: Warehouse, plan: Plan, rng: Random) -> None:
    events = program(rng, 30, of=MERGING)
    check(warehouse, plan, events, rng, pieces=4)
    nothing_is_lost(warehouse, plan, events)
    moments = sorted({instant(e["recordedtime"]) for e in events})
    known_at(warehouse, plan, events, rng.choice(moments))


@pytest.mark.slow
@settings(max_examples=400, suppress_health_check=ANYWAY)
@given(rng=CHOICES, size=st.integers(1, 60), pieces=st.integers(1, 8))
def test_any_order_for_long(warehouse: Warehouse, plan: Plan, rng: Random, size: int, pieces: int) -> None:
    events = program(rng, size, of=MERGING)
    check(warehouse, plan, events, rng, pieces)
    nothing_is_lost(warehouse, plan, events)
    for at in sorted({instant(e["recordedtime"]) for e in events}):
        known_at(warehouse, plan, events, at)


def asked(warehouse: Warehouse, plan: Plan, sql: str, at: datetime) -> list[Row]:
    params: dict[str, Any] = {"zone": plan.time_zone, "epoch": 0, "known": at}
    return warehouse.query(as_known(sql), params).dicts()


def known_at(warehouse: Warehouse, plan: Plan, events: list[Event], at: datetime) -> None:
    """Merges and places as they were known, groups being those of now."""
    known = Known(events, plan.time_zone, at)
    rows = asked(warehouse, plan, "SELECT incident, into, holds, why FROM {{merge}} WHERE into != ''", at)
    same(rows, [{k: v for k, v in row.items() if k != "component"} for row in known.merge if row["into"]])
    rows = asked(warehouse, plan, "SELECT * EXCEPT v FROM {{incident_place}}", at)
    same([{k: v for k, v in row.items() if k not in ("at", "here", "slot")} for row in rows], known.incident_place)


def nothing_is_lost(warehouse: Warehouse, plan: Plan, events: list[Event]) -> None:
    """Of a group in which nobody is withdrawn one counts at least, as soon as any is reported."""
    known = Known(events, plan.time_zone)
    counts = {row["incident"]: row["counts"] for row in asked(warehouse, plan, COUNTED, max_of(events))}
    groups: dict[str, list[str]] = {}
    for row in known.merge:
        groups.setdefault(row["component"], []).append(row["incident"])
    for members in groups.values():
        states = [known.incident_state(subject) for subject in members]
        if any(subject in known.reports for subject in members) and not any(row["withdrawn"] for row in states):
            assert any(counts.get(subject) for subject in members), members


def max_of(events: list[Event]) -> datetime:
    return max(instant(e["recordedtime"]) for e in events)
