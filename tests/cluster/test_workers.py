"""Faust workers, Kafka and a warehouse behind its protocol: the marts of the embedded shape, whatever is killed.

F1 (kills aimed at each stage), F2 (SIGTERM), F5 (warehouse killed), F10 (broker killed) of docs/reliability.md.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas import Plan
from services.simulate import Params, history
from streams.log import NewRecord
from streams.migrations import migrate
from streams.pump import Pump
from streams.verify import verify
from streams.warehouse import Warehouse
from tests.cluster.parts import TestCluster, running
from tests.marthash import mart_hash
from tests.memory_log import MemoryLog
from tests.wire import record

pytestmark = [pytest.mark.kafka, pytest.mark.chdb]
END = datetime(2026, 3, 1, tzinfo=UTC)
STAGES = ("fetch", "validate", "archive+facts", "fold+places", "marts", "progress")
CHUNK = 300


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[TestCluster]:
    with running(tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def load() -> list[NewRecord]:
    """A month of a county: retries, late events, corrections and moves among it."""
    params = Params(seed=23, end=END, months=1, receipts_per_month=1_500, duplicate=0.1)
    return [record(event) for event in history(params)]


def clean(load: list[NewRecord], warehouse: Warehouse, plan: Plan) -> str:
    """The hash of the marts of the embedded shape over the same records."""
    migrate(warehouse)
    log = MemoryLog()
    log.append(load)
    Pump(log, warehouse, plan).drain()
    return mart_hash(warehouse)


def check(cluster: TestCluster, load: list[NewRecord], expected: str, plan: Plan) -> None:
    cluster.settle()
    ends = {place: end for place, end in cluster.log.ends().items() if place[0] != "alerts"}
    held = cluster.warehouse.query("SELECT uniqExact(topic, part, off) FROM archive WHERE topic != 'alerts'").rows
    assert held == [(sum(ends.values()),)], "every record once, none missing"
    assert sum(ends.values()) >= len(load)
    assert mart_hash(cluster.warehouse) == expected
    other = Pump(cluster.log, cluster.warehouse, plan, own="fanzha_round_check")
    for found in verify(cluster.warehouse, other.params, other.facts(), lambda done, total: None):
        assert not found.differing, found


def test_killed_at_every_stage(
    cluster: TestCluster, load: list[NewRecord], new_database: Callable[[], Warehouse], plan: Plan
) -> None:
    """kill -9 of two workers by turns inside each stage, then of the warehouse and of the broker under way."""
    chunks = (load[start : start + CHUNK] for start in range(0, len(load), CHUNK))
    for number, stage in enumerate(STAGES):
        name = f"w{number % 2}"
        worker = cluster.worker(name)
        cluster.worker(f"w{1 - number % 2}")
        cluster.log.append(next(chunks, []))
        worker.wait_for(stage)
        cluster.kill(name)
    cluster.worker("w0"), cluster.worker("w1")
    cluster.log.append(next(chunks, []))
    cluster.gate.stop(kill=True)
    cluster.gate.start()
    cluster.log.append(next(chunks, []))
    cluster.broker.stop(kill=True)
    cluster.broker.start()
    for chunk in chunks:
        cluster.log.append(chunk)
    check(cluster, load, clean(load, new_database(), plan), plan)


def test_ends_and_goes_on(
    cluster: TestCluster, load: list[NewRecord], new_database: Callable[[], Warehouse], plan: Plan
) -> None:
    """SIGTERM under load ends within 15 s and loses nothing; health and measures tell what is going on."""
    worker = cluster.worker("w0")
    for start in range(0, len(load), 1_000):
        cluster.log.append(load[start : start + 1_000])
    worker.wait_for("archive+facts")
    assert cluster.workers.pop("w0").terminate() < 15
    again = cluster.worker("w0")
    check(cluster, load, clean(load, new_database(), plan), plan)
    found = json.loads(again.asked("/health"))
    assert (found["status"], found["lag_records"], found["partitions"]) == ("ok", 0, 10)
    text = again.asked("/metrics")
    assert "\nfanzha_worker_lag_records 0.0\n" in text
    assert "\nfanzha_worker_rounds " in text
