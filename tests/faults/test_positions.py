"""F12: a position remembered ahead of the warehouse; and the order of steps 3 and 4, without which it would happen.

The start-up check rewinds by itself to the first record the archive lacks, in facts and marts. Controls: without the
check, and with `facts_next` remembered before the insert, the same situations leave other marts.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from schemas import Plan
from streams import pump as pumps
from streams.ahead import Ahead
from streams.errors import TerminalError
from streams.log import Log, NewRecord
from streams.migrations import migrate
from streams.progress import Progress, read_progress, write_progress
from streams.pump import Pump
from streams.warehouse import Warehouse
from tests.faults.load import load
from tests.faults.survey import Survey, survey
from tests.memory_log import MemoryLog

pytestmark = [pytest.mark.chdb, pytest.mark.xdist_group("positions")]

SIZE, BATCH = 2_000, 400


@pytest.fixture
def said() -> MemoryLog:
    """The whole load in a log with gaps."""
    return holding(load(SIZE).records)


@pytest.fixture(scope="module")
def right(engine: Warehouse, plan: Plan) -> Iterator[Survey]:
    """The clean run."""
    warehouse = engine.sibling("positions_right")
    migrate(warehouse)
    log = holding(load(SIZE).records)
    Pump(log, warehouse, plan).drain()
    found = survey(log, warehouse, plan)
    assert found.whole
    yield found
    engine.run(f"DROP DATABASE `{warehouse.database}` SYNC")


def holding(records: list[NewRecord]) -> MemoryLog:
    log = MemoryLog(gap=2)
    log.append(records)
    return log


def claim(log: Log, warehouse: Warehouse) -> None:
    """Both positions of every partition at the end of the log, as an offset committed too early would say."""
    ends = {place: end for place, end in log.ends().items() if end}
    write_progress(warehouse, replace(read_progress(warehouse).stored(ends), marts_next=ends))


def nothing_there(log: MemoryLog, warehouse: Warehouse, plan: Plan) -> None:
    claim(log, warehouse)


def half_there(log: MemoryLog, warehouse: Warehouse, plan: Plan) -> None:
    records = load(SIZE).records
    Pump(holding(records[: len(records) // 2]), warehouse, plan).drain()
    claim(log, warehouse)


def hole_in_the_middle(log: MemoryLog, warehouse: Warehouse, plan: Plan) -> None:
    """One batch was never written, those before and after it were, and their rounds played."""
    pump = Pump(log, warehouse, plan, batch=BATCH)
    for number in range(SIZE):
        if number == 2:
            ends = {(r.topic, r.partition): r.offset + 1 for r in log.read(pump.progress.facts_next, BATCH)}
            pump.progress = pump.progress.stored(ends)
        if not pump.take():
            return
        pump.round()


SITUATIONS = (nothing_there, half_there, hole_in_the_middle)
Situation = Callable[[MemoryLog, Warehouse, Plan], None]


def restarted(log: Log, warehouse: Warehouse, plan: Plan) -> Survey:
    Pump(log, warehouse, plan, batch=BATCH).drain()
    return survey(log, warehouse, plan)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_f12_start_up_rewinds_by_itself(
    situation: Situation, said: MemoryLog, right: Survey, warehouse: Warehouse, plan: Plan
) -> None:
    situation(said, warehouse, plan)
    assert restarted(said, warehouse, plan) == right


@pytest.mark.parametrize("situation", SITUATIONS)
def test_f12_without_the_check_it_is_found(
    situation: Situation,
    said: MemoryLog,
    right: Survey,
    warehouse: Warehouse,
    plan: Plan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def trusting(log: Log, warehouse: Warehouse, progress: Progress) -> Progress:
        return progress

    situation(said, warehouse, plan)
    monkeypatch.setattr(pumps, "checked_against", trusting)
    found = restarted(said, warehouse, plan)
    assert found.missing > 0
    assert found.marts != right.marts


def test_f12_a_log_older_than_the_warehouse_is_refused(said: MemoryLog, warehouse: Warehouse, plan: Plan) -> None:
    """What is appended to it would lie at offsets that were read already."""
    Pump(said, warehouse, plan).drain()
    with pytest.raises(TerminalError, match="older than the warehouse"):
        Pump(holding(load(SIZE).records[:-1]), warehouse, plan)


class FactsFirst(Pump):
    """Wrong: `facts_next` is remembered before the insert, so that one that stopped half-way stays so."""

    def take(self, ahead: Ahead | None = None, *, late: bool = False) -> int:
        batch = self._next(self.progress.facts_next, self.batch)
        if batch:
            self._remember(self.progress.stored(dict(batch.ends)))
            self._store(batch.columns)
        return batch.records if batch else 0


class Torn(Exception):
    """The process died inside an insert."""


def torn(pump: Pump, monkeypatch: pytest.MonkeyPatch) -> None:
    """A life in which the fourth insert reaches the archive, but neither the incidents nor the receipts."""
    insert, count = pump.warehouse.insert, 0

    def tearing(table: str, columns: Mapping[str, Sequence[Any]]) -> None:
        nonlocal count
        count += table == "archive"
        if table != "archive" or count < 4:
            insert(table, columns)
            return
        for view in ("incident_view", "receipt_view"):
            pump.warehouse.run(f"DETACH TABLE {view}")
        insert(table, columns)
        for view in ("incident_view", "receipt_view"):
            pump.warehouse.run(f"ATTACH TABLE {view}")
        raise Torn

    def live() -> None:
        while pump.take():
            pump.round()

    with monkeypatch.context() as patched:
        patched.setattr(pump.warehouse, "insert", tearing)
        with pytest.raises(Torn):
            live()


def test_an_insert_torn_in_the_middle_is_completed(
    said: MemoryLog, right: Survey, warehouse: Warehouse, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn(Pump(said, warehouse, plan, batch=BATCH), monkeypatch)
    assert restarted(said, warehouse, plan) == right


def test_facts_next_before_the_insert_is_found(
    said: MemoryLog, right: Survey, warehouse: Warehouse, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    torn(FactsFirst(said, warehouse, plan, batch=BATCH), monkeypatch)
    found = restarted(said, warehouse, plan)
    assert found.missing == 0, "the archive has the batch, so the start-up check cannot help"
    assert found.marts != right.marts
