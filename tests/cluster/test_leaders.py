"""Three brokers with a replica of everything each: whoever leads partitions is killed, and others lead on.

F10 (leader moved) of docs/reliability.md. The group's coordinator moves with its partitions.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

import pytest
from kafka import KafkaAdminClient

from schemas import PARTITIONS, Plan, partition_of
from services.simulate import Params, history
from streams import log_kafka
from streams.errors import TransientError
from streams.kafka_access import KafkaAccess
from streams.kafka_topics import create_topics
from streams.log import Appended, Log, NewRecord, Partition
from streams.log_kafka import KafkaLog
from streams.warehouse import Warehouse
from tests.brokers import ThreeBrokers
from tests.cluster.parts import PATIENCE, TestCluster, check, running
from tests.wire import record

pytestmark = [pytest.mark.kafka, pytest.mark.chdb]
END = datetime(2026, 3, 1, tzinfo=UTC)
CHUNK = 100


@pytest.fixture
def brokers(tmp_path: Path) -> ThreeBrokers:
    return ThreeBrokers(tmp_path / "kafka")


@pytest.fixture
def cluster(tmp_path: Path, brokers: ThreeBrokers) -> Iterator[TestCluster]:
    with running(tmp_path, (), brokers, kafka_replication=3) as found:
        yield found


def leaders(address: str) -> dict[Partition, int]:
    """The number of the broker that leads each of our partitions."""
    with closing(KafkaAdminClient(**KafkaAccess(address).options())) as admin:
        found = admin.describe_topics(list(PARTITIONS))
    return {(t["name"], p["partition_index"]): int(p["leader_id"]) for t in found for p in t["partitions"]}


def again(log: Log, records: list[NewRecord]) -> list[Appended]:
    """Said until it is acknowledged, as a submitter that was told 503 does."""
    end = monotonic() + PATIENCE
    while True:
        try:
            return log.append(records)
        except TransientError:
            assert monotonic() < end, "never acknowledged"
            sleep(0.2)


def play(cluster: TestCluster, brokers: ThreeBrokers, empty: Warehouse, plan: Plan, kills: int) -> None:
    """`kills` times: records arrive, whoever leads most is killed, records arrive, it comes back."""
    load = [record(event) for event in history(Params(seed=29, end=END, months=1, receipts_per_month=600))]
    random.Random(29).shuffle(load)  # so that every chunk has something for every partition
    chunks = [load[start : start + CHUNK] for start in range(0, len(load), CHUNK)]
    said, kept = list[list[NewRecord]](), list[Appended]()

    def some(number: int) -> None:
        for _ in range(number):
            said.append(chunks[len(said) % len(chunks)])
            kept.extend(again(cluster.log, said[-1]))

    cluster.worker("w0").asked("/health")
    for _ in range(kills):
        some(2)
        led = leaders(cluster.broker.address)
        killed = max(brokers.nodes, key=lambda number: list(led.values()).count(number))
        brokers.nodes[killed].stop(kill=True)
        some(3)
        now = leaders(cluster.broker.address)
        assert killed not in now.values()
        assert all(leader == now[place] for place, leader in led.items() if leader != killed), "others lead on"
        brokers.nodes[killed].start()
    some(max(2, len(chunks) - len(said)))
    cluster.settle()
    held = set(cluster.warehouse.query("SELECT topic, part, off FROM archive FINAL WHERE topic != 'alerts'").rows)
    assert {(a.topic, a.partition, a.offset) for a in kept} <= held, "whatever was acknowledged is there"
    check(cluster, [one for chunk in said for one in chunk], empty, plan)


@pytest.mark.slow
def test_leaders_move(
    cluster: TestCluster, brokers: ThreeBrokers, new_database: Callable[[], Warehouse], plan: Plan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(log_kafka, "ANSWER", 10.0)
    play(cluster, brokers, new_database(), plan, 1)


@pytest.mark.slow
def test_what_one_broker_alone_has_is_not_acknowledged(brokers: ThreeBrokers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who leads a partition and has lost both others keeps a record nowhere but on its own disk."""
    monkeypatch.setattr(log_kafka, "ANSWER", 3.0)
    brokers.start()
    create_topics(KafkaAccess(brokers.address), 3)
    ((topic, part), left) = next(iter(leaders(brokers.address).items()))
    key = next(str(n) for n in range(100) if partition_of(topic, str(n)) == part)
    log = KafkaLog(KafkaAccess(brokers.address))
    try:
        assert [kept.offset for kept in log.append([NewRecord(topic, key, b"1")])] == [0]
        others = [node for number, node in brokers.nodes.items() if number != left]
        for node in others:
            node.stop(kill=True)
        with pytest.raises(TransientError):
            log.append([NewRecord(topic, key, b"2")])
        for node in others:
            node.start()
        assert [kept.status for kept in again(log, [NewRecord(topic, key, b"3")])] == ["accepted"]
    finally:
        log.close()
        brokers.stop(kill=True)


@pytest.mark.slow
def test_leaders_move_for_long(
    cluster: TestCluster, brokers: ThreeBrokers, new_database: Callable[[], Warehouse], plan: Plan
) -> None:
    play(cluster, brokers, new_database(), plan, 10)
