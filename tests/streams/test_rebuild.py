"""Rebuild: facts and marts anew from the archive, swapped in when equal or explained, whatever dies on the way."""

import json

import pytest

from schemas import Plan
from streams.lift import COLUMNS
from streams.log import NewRecord
from streams.marks import to_rebuild
from streams.progress import write_progress
from streams.pump import Pump, read_definition
from streams.rebuild import Rebuilt, rebuild
from streams.warehouse import Warehouse
from tests.marthash import mart_rows
from tests.streams.folders import Dying, Killed, filled
from tests.wire import event, record

pytestmark = pytest.mark.chdb
EPOCH = 1 << 40


def silent(done: int, total: int) -> None:
    """Whoever does not look."""


def rows(warehouse: Warehouse) -> list[dict[str, object]]:
    """Mart rows, their versions without the epoch."""
    found = [json.loads(line) for line in mart_rows(warehouse)]
    return [row | {"v": row["v"] % EPOCH} if "v" in row else row for row in found]


def tables(warehouse: Warehouse) -> list[tuple[object, ...]]:
    sql = "SELECT name, total_rows FROM system.tables WHERE database = {d:String} ORDER BY name"
    return warehouse.query(sql, {"d": f"{warehouse.database}_rebuild"}).rows


@pytest.fixture
def pump(shared: Warehouse, plan: Plan) -> Pump:
    return filled(shared, plan)


def test_equal_is_swapped_in(pump: Pump, plan: Plan) -> None:
    """The same rows under the next epoch, the progress told to its end, nothing left beside it; and it goes on."""
    before, epoch = rows(pump.warehouse), pump.definition.epoch
    told: list[tuple[int, int]] = []
    result = rebuild(pump, plan, lambda done, total: told.append((done, total)))
    total = sum(pump.log.count(place, end) for place, end in pump.log.ends().items())
    assert (result.records, result.differing, result.rejudged, result.swapped) == (total, 0, 0, True)
    assert told[-1] == (total, total)
    assert {c.table for c in result.comparisons} >= {
        "merge_said",
        "merge",
        "incident_place",
        "incident_day",
        "contact",
        "reached",
        "place",
    }
    assert all(c.compared for c in result.comparisons)
    assert rows(pump.warehouse) == before
    assert pump.definition.epoch == read_definition(pump.warehouse, plan).epoch == epoch + 1
    assert tables(pump.warehouse) == []
    assert not to_rebuild(pump.warehouse)
    pump.log.append(news(pump))
    pump.drain()
    assert rows(pump.warehouse) != before, "events after a rebuild are counted"


def news(pump: Pump) -> list[NewRecord]:
    """Something new about every incident that counts."""
    sql = "SELECT DISTINCT incident FROM incident_place FINAL WHERE incidents > 0 ORDER BY incident"
    subjects = [str(s) for (s,) in pump.warehouse.query(sql).rows]
    kind, late = "incident.loss_corrected", "2026-02-01T00:00:00Z"
    return [record(event(f"new-{s}", kind, s, {"loss_fen": 1_000_000}, recorded=late)) for s in subjects]


def test_records_judged_otherwise_today_explain_a_difference(pump: Pump, plan: Plan) -> None:
    """An older program refused a sound record: today it counts, and the figures move with a reason."""
    before = rows(pump.warehouse)
    (new, *_) = news(pump)
    (kept,) = pump.log.append([new])
    place = (new.topic, kept.partition, kept.offset, 0)
    refused = (*place, 0, "unknown_version", "of an older program", new.key, new.value, b"")
    pump.warehouse.insert("archive", dict(zip(COLUMNS, ([value] for value in refused), strict=True)))
    write_progress(pump.warehouse, pump.progress.stored(pump.log.ends()))
    pump.reopen()
    result = rebuild(pump, plan, silent)
    assert (result.rejudged, result.swapped) == (1, True)
    assert result.differing > 0
    assert rows(pump.warehouse) != before
    assert pump.warehouse.query("SELECT count() FROM rejected_record FINAL").rows == [(1,)]
    found = "SELECT loss_fen FROM incident_facts FINAL WHERE event_id = {id:String}"
    assert pump.warehouse.query(found, {"id": json.loads(new.value)["id"]}).rows == [(1_000_000,)]


def test_a_difference_without_a_reason_is_told_first(pump: Pump, plan: Plan) -> None:
    """A number put right by hand: nothing is swapped until somebody accepts it, and then it is gone."""
    right, epoch = rows(pump.warehouse), pump.definition.epoch
    pump.warehouse.run(
        """INSERT INTO incident_day SELECT * REPLACE (incidents + 7 AS incidents, v + 1 AS v)
           FROM incident_day FINAL ORDER BY ALL LIMIT 1"""
    )
    wrong = rows(pump.warehouse)
    result = rebuild(pump, plan, silent)
    assert (result.differing, result.rejudged, result.swapped) == (1, 0, False)
    (table,) = [c for c in result.comparisons if c.differing]
    assert table.table == "incident_day"
    assert table.examples
    assert rows(pump.warehouse) == wrong, "nothing was touched"
    assert pump.definition.epoch == epoch
    accepted = rebuild(pump, plan, silent, accept=True)
    assert accepted.swapped
    assert rows(pump.warehouse) == right


# Where the process dies: the words a statement begins with, and the how manieth of them.
SLOW = pytest.mark.slow
WITHIN_THE_SWAP = [
    ("EXCHANGE", 8),
    pytest.param("EXCHANGE TABLES `shared`.`definition`", 1, marks=SLOW),
    pytest.param("EXCHANGE", 1, marks=SLOW),
    pytest.param("insert definition ['swapping']", 2, marks=SLOW),
    pytest.param("insert definition ['swapping']", 3, marks=SLOW),
]


def dies(shared: Warehouse, plan: Plan, pump: Pump, word: str, at: int) -> None:
    with pytest.raises(Killed):
        rebuild(Pump(pump.log, Dying(shared, word, at), plan), plan, silent)


@pytest.mark.parametrize(("word", "at"), WITHIN_THE_SWAP)
def test_dying_on_the_way(shared: Warehouse, plan: Plan, pump: Pump, word: str, at: int) -> None:
    """Before the swap nothing is touched; within it the mark stays, and whoever opens the folder rebuilds before
    anything is asked: all is as before."""
    before = rows(shared)
    dies(shared, plan, pump, "INSERT INTO", 6)
    assert not to_rebuild(shared)
    assert rows(shared) == before
    dies(shared, plan, pump, word, at)
    assert to_rebuild(shared)
    result = opening(shared, plan, pump)
    assert result.swapped
    assert rows(shared) == before
    assert not to_rebuild(shared)
    assert tables(shared) == []


def opening(shared: Warehouse, plan: Plan, pump: Pump) -> Rebuilt:
    """What an office does with such a folder."""
    return rebuild(Pump(pump.log, shared, plan), plan, silent, accept=True)
