"""F13: other batches, other orders, everything twice: the marts and facts of a clean run, byte by byte.

Batches are cut and rounds played at other places; permutations go over all partitions; twice means records that are
in the log twice, and a log that is read twice.
"""

from collections.abc import Callable, Iterator
from functools import cache
from random import Random

import pytest

from schemas import Plan
from streams.log import NewRecord
from streams.migrations import migrate
from streams.progress import Progress, write_progress
from streams.pump import Pump
from streams.warehouse import Warehouse
from tests.faults.load import FULL, load
from tests.faults.survey import Survey, survey
from tests.memory_log import PLACES, MemoryLog
from tests.properties.programs import empty

pytestmark = [pytest.mark.chdb, pytest.mark.xdist_group("batches")]

SMALL = (1, 2, 3, 5, 11, 19, 31, 47, 71, 97)
LARGE = (101, 317, 1_009, 2_003, 4_999, 9_973, 19_997, 33_331, 77_773, 150_001)
ROUNDS = 6  # about, in one run: a round costs the same for one record as for some thousands
Clean = Callable[[int], Survey]


def played(warehouse: Warehouse, plan: Plan, records: list[NewRecord], batch: int) -> Survey:
    """In batches of one size, with a round after each of them or after some."""
    empty(warehouse)
    log = MemoryLog()
    log.append(records)
    pump = Pump(log, warehouse, plan, batch=batch)
    every = max(1, len(records) // batch // ROUNDS)
    number = 0
    while pump.take():
        number += 1
        if number % every == 0:
            pump.round()
    pump.round()
    return survey(log, warehouse, plan)


@pytest.fixture(scope="module")
def clean(engine: Warehouse, plan: Plan) -> Iterator[Clean]:
    """Everything in one batch and one round, by the number of events."""
    warehouse = engine.sibling("batches_clean")
    migrate(warehouse)

    @cache
    def run(size: int) -> Survey:
        records = load(size).records
        found = played(warehouse, plan, records, len(records))
        assert found.whole
        assert found.compared > size, "hardly anything counts in this load"
        return found

    yield run
    engine.run(f"DROP DATABASE `{warehouse.database}` SYNC")


def check_batch(warehouse: Warehouse, plan: Plan, clean: Clean, size: int, batch: int) -> None:
    assert played(warehouse, plan, load(size).records, batch) == clean(size)


def check_permutation(warehouse: Warehouse, plan: Plan, clean: Clean, size: int, seed: int) -> None:
    rng = Random(seed)
    records = rng.sample(load(size).records, len(load(size).records))
    found = played(warehouse, plan, records, rng.randrange(size // 8, size // 2))
    assert found.anywhere == clean(size).anywhere
    assert found.whole


def check_twice(warehouse: Warehouse, plan: Plan, clean: Clean, size: int) -> None:
    records = load(size).records
    assert played(warehouse, plan, records * 2, size // 3).anywhere == clean(size).anywhere, (
        "each record is there twice"
    )
    assert read_again(warehouse, plan, records, size // 3) == clean(size), "the log is read twice"


def read_again(warehouse: Warehouse, plan: Plan, records: list[NewRecord], batch: int) -> Survey:
    """All positions lost when everything was done."""
    empty(warehouse)
    log = MemoryLog()
    log.append(records)
    pump = Pump(log, warehouse, plan, batch=batch)
    pump.drain()
    nothing = dict.fromkeys(PLACES, 0)
    write_progress(warehouse, Progress(nothing, nothing, pump.progress.generation + 1))
    again = Pump(log, warehouse, plan, batch=batch)
    assert again.drain() == len(records)
    return survey(log, warehouse, plan)


@pytest.mark.parametrize("batch", [317])
def test_f13_other_batch_sizes(warehouse: Warehouse, plan: Plan, clean: Clean, batch: int) -> None:
    check_batch(warehouse, plan, clean, 1_200, batch)


@pytest.mark.parametrize("seed", range(1))
def test_f13_permutations(warehouse: Warehouse, plan: Plan, clean: Clean, seed: int) -> None:
    check_permutation(warehouse, plan, clean, 1_200, seed)


def test_f13_everything_twice(warehouse: Warehouse, plan: Plan, clean: Clean) -> None:
    check_twice(warehouse, plan, clean, 1_200)


@pytest.mark.slow
@pytest.mark.parametrize("batch", SMALL)
def test_f13_small_batches_for_long(warehouse: Warehouse, plan: Plan, clean: Clean, batch: int) -> None:
    check_batch(warehouse, plan, clean, 2_000, batch)


@pytest.mark.slow
@pytest.mark.parametrize("batch", LARGE)
def test_f13_large_batches_for_long(warehouse: Warehouse, plan: Plan, clean: Clean, batch: int) -> None:
    check_batch(warehouse, plan, clean, FULL, batch)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_f13_permutations_for_long(warehouse: Warehouse, plan: Plan, clean: Clean, seed: int) -> None:
    check_permutation(warehouse, plan, clean, 20_000, seed)


@pytest.mark.slow
def test_f13_everything_twice_for_long(warehouse: Warehouse, plan: Plan, clean: Clean) -> None:
    check_twice(warehouse, plan, clean, FULL)
