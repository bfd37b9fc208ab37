"""Verify: a mart that is right passes, and one false row in any table is found, named and left alone."""

import pytest

from schemas import Plan
from streams.pump import Pump
from streams.registers import REGISTERS
from streams.rounds import MARTS
from streams.verify import AT_ONCE, BUCKETS, EXAMPLES, Comparison, _together, compare, verify
from streams.warehouse import Warehouse
from tests.marthash import mart_hash
from tests.streams.folders import TABLES, filled

pytestmark = pytest.mark.chdb
ALL = {"merge_said", "merge", *TABLES, "arrival", *(register.name for register in REGISTERS)}
SLOTS = {mart.places for mart in MARTS if "slot" in mart.order}
# Something in each table that somebody may have put right by hand.
MEASURE = {
    "merge": "1 - holds AS holds",
    "incident_place": "loss_fen + 1 AS loss_fen",
    "incident_day": "incidents + 1 AS incidents",
    "contact": "1 - here AS here",
    "reached": "arrayPushBack(days, (toDate('2026-01-05'), 0, 1)) AS days",
}
# What a row of each table is told apart by, where it is not its community.
PLACE = {"merge": "incident"}


@pytest.fixture(scope="module")
def pump(shared: Warehouse, plan: Plan) -> Pump:
    return filled(shared, plan)


def checked(pump: Pump, facts: int = 1) -> dict[str, Comparison]:
    found = list(verify(pump.warehouse, pump.params, facts, lambda done, total: None))
    return {c.table: c for c in found}


def key_of(warehouse: Warehouse, table: str) -> str:
    sql = "SELECT sorting_key FROM system.tables WHERE database = currentDatabase() AND name = {t:String}"
    return str(warehouse.query(sql, {"t": table}).rows[0][0])


def test_a_right_mart_passes(pump: Pump) -> None:
    """In several pieces; every table has rows to compare, the progress comes to its end, nothing is left behind."""
    told: list[tuple[int, int]] = []
    before = mart_hash(pump.warehouse)
    found = list(verify(pump.warehouse, pump.params, 1_000_001, lambda done, total: told.append((done, total))))
    assert {c.table for c in found} == ALL
    assert [(c.table, c.examples) for c in found if c.differing or not c.compared] == []
    assert told == [(n, 6) for n in range(1, 7)]
    assert mart_hash(pump.warehouse) == before
    tables = "SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE 'verify%'"
    assert pump.warehouse.query(tables).rows == []


def falsify(warehouse: Warehouse) -> None:
    """In each mart a number put right by hand, a row too many, a row taken away; in each register one nobody said."""
    for table, measure in MEASURE.items():
        place = PLACE.get(table, "community")
        some = f"FROM {table} FINAL ORDER BY ALL LIMIT 1"
        warehouse.run(f"INSERT INTO {table} SELECT * REPLACE ({measure}, v + 1 AS v) {some}")
        nowhere = f"'nowhere' AS {place}" + (", toFixedString('nowhere', 16) AS slot" if table in SLOTS else "")
        warehouse.run(f"INSERT INTO {table} SELECT * REPLACE ({nowhere}) {some} OFFSET 1")
        key = key_of(warehouse, table)
        right = f"SELECT {key} FROM {table} FINAL WHERE {place} != 'nowhere'"
        there = f"({key}) IN ({right} ORDER BY ALL LIMIT 1 OFFSET 2)"
        warehouse.run(f"ALTER TABLE {table} DELETE WHERE {there} SETTINGS mutations_sync = 2")
    warehouse.run("INSERT INTO merge_said VALUES ('nowhere', 'nobody')")
    warehouse.run("INSERT INTO arrival SELECT * REPLACE (events + 1 AS events, v + 1 AS v) FROM arrival FINAL LIMIT 1")
    for register in REGISTERS:
        name, first = register.name, register.columns[0]
        warehouse.run(
            f"INSERT INTO {name} SELECT * REPLACE ('nowhere' AS {first}) FROM {name} "
            f"WHERE v = (SELECT max(v) FROM {name}) LIMIT 1"
        )


def test_every_false_row_is_found(pump: Pump) -> None:
    """Changed, missing or too many, in every table; told by side, and left alone."""
    falsify(pump.warehouse)
    before = mart_hash(pump.warehouse)
    found = checked(pump)
    registers = {register.name for register in REGISTERS}
    wrong = dict.fromkeys(MEASURE, 3) | dict.fromkeys(registers, 1) | {"arrival": 1, "merge_said": 1}
    assert {c.table: c.differing for c in found.values()} == wrong
    for table in MEASURE:
        sides = sorted(row["found_in"] for row in found[table].examples)
        assert sides == ["fold", "fold", "table", "table"], "a changed row is told as it is and as it should be"
        assert "nowhere" in [value for row in found[table].examples for value in row.values()]
    for name in registers:
        (row,) = found[name].examples
        assert row["found_in"] == "table"
        assert "nowhere" in row.values()
    assert mart_hash(pump.warehouse) == before, "nothing is mended behind one's back"


def test_buckets_are_looked_at_in_groups_that_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.verify.AT_ONCE", 10)
    rows = [(1, 4), (2, 6), (3, 1), (4, 30), (5, 2), (6, 8)]
    assert list(_together(rows)) == [[1, 2], [3], [4], [5, 6]]
    assert list(_together([])) == []


def test_what_was_put_right_meanwhile_is_no_difference(pump: Pump, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of a cluster go on: sums that differed a moment ago may stand for rows that are equal now."""
    pump.build()
    monkeypatch.setattr("streams.verify._together", lambda buckets: [list(range(BUCKETS))])
    found = compare(pump.warehouse, "incident_day", "(SELECT * FROM incident_day FINAL)")
    assert (found.differing, found.examples) == (0, [])


@pytest.mark.parametrize("at_once", [1, 10, AT_ONCE])
def test_many_false_rows_are_all_counted(pump: Pump, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """Examples are few, the count is whole, however few rows are looked at together; a version that the facts do not
    have is false too."""
    monkeypatch.setattr("streams.verify.AT_ONCE", at_once)
    pump.build()
    rows = pump.warehouse.query("SELECT count() FROM incident_place FINAL").rows[0][0]
    pump.warehouse.run("INSERT INTO incident_place SELECT * REPLACE (v + 5 AS v) FROM incident_place FINAL")
    found = checked(pump, 1_000_001)["incident_place"]
    assert found.differing == found.compared >= rows > EXAMPLES
    assert len(found.examples) == EXAMPLES
