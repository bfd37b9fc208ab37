"""Kafka in the place of the embedded log: the same records, the same marts; a broker that dies loses nothing."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas import Plan, default_plan
from services.cluster.broker import running
from services.simulate import Params, history
from streams.errors import TransientError
from streams.kafka_access import KafkaAccess
from streams.log import Log, NewRecord
from streams.log_kafka import KafkaLog, create_topics
from streams.log_sqlite import SqliteLog
from streams.migrations import migrate
from streams.pump import Pump
from streams.warehouse import Warehouse
from tests.brokers import fresh_topics, new_broker
from tests.marthash import mart_hash
from tests.wire import record

pytestmark = [pytest.mark.kafka, pytest.mark.chdb]
END = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def records() -> list[NewRecord]:
    """A month of a county, retries with other stamps among it: neither log is told what it could refuse."""
    return [
        record(event) for event in history(Params(seed=11, end=END, months=1, receipts_per_month=500, duplicate=0.1))
    ]


def played(log: Log, warehouse: Warehouse, plan: Plan, records: list[NewRecord], batch: int) -> str:
    """The hash of the marts after all records, taken in batches while they arrive."""
    migrate(warehouse)
    pump = Pump(log, warehouse, plan, batch=batch)
    for start in range(0, len(records), 700):
        log.append(records[start : start + 700])
        pump.take()
    pump.drain()
    return mart_hash(warehouse)


def test_the_same_marts(records: list[NewRecord], log: SqliteLog, new_database: Callable[[], Warehouse]) -> None:
    plan, kafka = default_plan()[0], KafkaLog(fresh_topics())
    try:
        got = played(kafka, new_database(), plan, records, 333)
    finally:
        kafka.close()
    assert got == played(log, new_database(), plan, records, 20_000)


def test_a_killed_broker_loses_nothing_acknowledged(records: list[NewRecord], tmp_path: Path) -> None:
    """Killed and started again on its folder: what was answered is there, in its place."""
    broker = new_broker(tmp_path)
    with running(broker):
        access = KafkaAccess(broker.address)
        create_topics(access)
        log = KafkaLog(access)
        kept = log.append(records[:500])
        broker.stop(kill=True)
        broker.start()
        found = {(r.topic, r.partition, r.offset): r.value for r in log.read({}, 1_000)}
        assert [found[a.topic, a.partition, a.offset] for a in kept] == [r.value for r in records[:500]]
        again = log.append(records[500:600])
        assert len({(a.topic, a.partition, a.offset) for a in [*kept, *again]}) == 600
        log.close()


def test_no_broker_is_transient_and_named(tmp_path: Path) -> None:
    log = KafkaLog(KafkaAccess("127.0.0.1:9", user="ingest", password="secret"))
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:9") as told:
        log.read({}, 1)
    assert "secret" not in str(told.value)
    log.close()
