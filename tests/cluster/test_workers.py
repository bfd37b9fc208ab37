"""Faust workers, Kafka and a warehouse behind its protocol: the marts of the embedded shape, whatever is killed.

F1 (kills aimed at each stage), F2 (SIGTERM), F5 (warehouse killed), F10 (broker killed) of docs/reliability.md.
"""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from schemas import PARTITIONS, Plan
from services.simulate import Params, history
from streams.warehouse import Warehouse
from tests.cluster.parts import TestCluster, check
from tests.wire import record

pytestmark = [pytest.mark.kafka, pytest.mark.chdb]
END = datetime(2026, 3, 1, tzinfo=UTC)
STAGES = ("fetch", "validate", "archive+facts", "fold+places", "marts", "progress")
CHUNK = 180


def play(cluster: TestCluster, empty: Warehouse, plan: Plan, times: int, ends: int) -> None:
    """kill -9 of two workers by turns inside each stage, then of the warehouse and of the broker; at last SIGTERM.

    The load: a month of a county with retries, late events, corrections and moves. `times` all stages are gone through;
    `ends` workers end well and another comes.
    """
    params = Params(seed=23, end=END, months=1, receipts_per_month=600 + 1800 * (times - 1), duplicate=0.1)
    load = [record(event) for event in history(params)]
    random.Random(23).shuffle(load)  # so that every chunk has something for every worker
    chunks = (load[start : start + CHUNK] for start in range(0, len(load), CHUNK))
    kept = []
    for number, stage in enumerate(STAGES * times):
        name = f"w{number % 2}"
        worker = cluster.worker(name)
        cluster.worker(f"w{1 - number % 2}")
        kept += cluster.log.append(next(chunks))
        while not worker.comes_to(stage, 5):  # it was faster than we looked, or had no partition yet
            kept += cluster.log.append(next(chunks))
        cluster.kill(name)
    cluster.worker("w0"), cluster.worker("w1")
    for _ in range(times):
        kept += cluster.log.append(next(chunks))
        cluster.gate.stop(kill=True)
        cluster.gate.start()
        kept += cluster.log.append(next(chunks))
        cluster.broker.stop(kill=True)
        cluster.broker.start()
    took = []
    for number in range(ends):
        name = f"w{1 - number % 2}"
        ended = cluster.worker(name)
        ended.asked("/health")
        kept += cluster.log.append(next(chunks))
        del cluster.workers[name]
        took.append(ended.terminate())
    print(f"\n{len(STAGES) * times} kills, {times} of warehouse and broker, {ends} ends, longest {max(took):.1f} s")
    for chunk in chunks:
        kept += cluster.log.append(chunk)
    last = [cluster.worker("w0"), cluster.worker("w1")]
    cluster.settle()

    held = cluster.warehouse.query("SELECT topic, part, off FROM archive FINAL WHERE topic != 'alerts'").rows
    ends_ = {place: end for place, end in cluster.log.ends().items() if place[0] != "alerts"}
    assert len(held) == sum(ends_.values()) >= len(load), "every record once, none missing"
    assert {(a.topic, a.partition, a.offset) for a in kept} <= set(held), "whatever was acknowledged is there"
    check(cluster, load, empty, plan)

    shares = [json.loads(worker.asked("/health")) for worker in last]
    assert [(share["status"], share["lag_records"]) for share in shares] == [("ok", 0)] * 2
    assert sum(share["partitions"] for share in shares) == sum(PARTITIONS.values())
    text = last[1].asked("/metrics")
    assert "\nfanzha_worker_lag_records 0.0\n" in text
    assert "\nfanzha_worker_rounds " in text


def test_killed_everywhere_and_ended_well(
    cluster: TestCluster, new_database: Callable[[], Warehouse], plan: Plan
) -> None:
    play(cluster, new_database(), plan, 1, 1)


@pytest.mark.slow
def test_killed_everywhere_and_ended_well_for_long(
    cluster: TestCluster, new_database: Callable[[], Warehouse], plan: Plan
) -> None:
    """54 kills of workers, 9 of the warehouse, 9 of the broker, 20 ends."""
    play(cluster, new_database(), plan, 9, 20)
