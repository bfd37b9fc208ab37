"""Faust workers, Kafka and a warehouse behind its protocol: the marts of the embedded shape, whatever is killed.

F1 (kills aimed at each stage), F2 (SIGTERM), F5 (warehouse killed), F10 (broker killed) of docs/reliability.md.
"""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas import PARTITIONS, Plan
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
CHUNK = 180


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[TestCluster]:
    with running(tmp_path) as found:
        yield found


def clean(load: list[NewRecord], warehouse: Warehouse, plan: Plan) -> str:
    """The hash of the marts of the embedded shape over the same records."""
    migrate(warehouse)
    log = MemoryLog()
    log.append(load)
    Pump(log, warehouse, plan).drain()
    return mart_hash(warehouse)


def test_killed_everywhere_and_ended_well(
    cluster: TestCluster, new_database: Callable[[], Warehouse], plan: Plan
) -> None:
    """kill -9 of two workers by turns inside each stage, then of the warehouse and of the broker; at last SIGTERM.

    The load: a month of a county with retries, late events, corrections and moves.
    """
    params = Params(seed=23, end=END, months=1, receipts_per_month=600, duplicate=0.1)
    load = [record(event) for event in history(params)]
    random.Random(23).shuffle(load)  # so that every chunk has something for every worker
    chunks = (load[start : start + CHUNK] for start in range(0, len(load), CHUNK))
    kept = []
    for number, stage in enumerate(STAGES):
        name = f"w{number % 2}"
        worker = cluster.worker(name)
        cluster.worker(f"w{1 - number % 2}")
        kept += cluster.log.append(next(chunks))
        worker.wait_for(stage)
        cluster.kill(name)
    cluster.worker("w0"), cluster.worker("w1")
    kept += cluster.log.append(next(chunks))
    cluster.gate.stop(kill=True)
    cluster.gate.start()
    kept += cluster.log.append(next(chunks))
    cluster.broker.stop(kill=True)
    cluster.broker.start()
    for chunk in chunks:
        kept += cluster.log.append(chunk)
    ended = cluster.workers.pop("w1")
    ended.asked("/health")
    assert ended.terminate() < 15, cluster.said()
    last = cluster.worker("w1")
    cluster.settle()

    held = cluster.warehouse.query("SELECT topic, part, off FROM archive FINAL WHERE topic != 'alerts'").rows
    ends = {place: end for place, end in cluster.log.ends().items() if place[0] != "alerts"}
    assert len(held) == sum(ends.values()) >= len(load), "every record once, none missing"
    assert {(a.topic, a.partition, a.offset) for a in kept} <= set(held), "whatever was acknowledged is there"
    assert mart_hash(cluster.warehouse) == clean(load, new_database(), plan)
    other = Pump(cluster.log, cluster.warehouse, plan, own="fanzha_round_check")
    for found in verify(cluster.warehouse, other.params, other.facts(), lambda done, total: None):
        assert not found.differing, found

    shares = [json.loads(worker.asked("/health")) for worker in (last, cluster.worker("w0"))]
    assert [(share["status"], share["lag_records"]) for share in shares] == [("ok", 0)] * 2
    assert sum(share["partitions"] for share in shares) == sum(PARTITIONS.values())
    text = last.asked("/metrics")
    assert "\nfanzha_worker_lag_records 0.0\n" in text
    assert "\nfanzha_worker_rounds " in text
